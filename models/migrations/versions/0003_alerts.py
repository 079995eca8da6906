"""What is wrong with a publisher and what has been said of it.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("publisher", sa.String(), nullable=False, comment="empty: not one publisher's matter"),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column(
            "since",
            UtcDateTime(),
            nullable=False,
            comment="first failure of this state, or of the last one that there was",
        ),
        sa.Column("well_at", UtcDateTime(), nullable=True, comment="when it ended; null while it lasts"),
        sa.Column("said_at", UtcDateTime(), nullable=True, comment="the last failure that a message spoke of"),
        sa.Column(
            "said_day", sa.Date(), nullable=True, comment="Asia/Shanghai day of that message: there is one a day"
        ),
        sa.Column("said_since", UtcDateTime(), nullable=True, comment="the state that it was about"),
        sa.Column("well_said_at", UtcDateTime(), nullable=True, comment="when it was said that this state has ended"),
        sa.Column(
            "claimed_until",
            UtcDateTime(),
            nullable=True,
            comment="a process is sending, or waits before the next try",
        ),
        sa.Column("claim", sa.String(), nullable=False, comment="whose turn it is; empty: nobody's"),
        sa.Column(
            "refused_at",
            UtcDateTime(),
            nullable=True,
            comment="when a message could not be sent; null once it was",
        ),
        sa.Column("refusal", sa.String(), nullable=False, comment="why not"),
        sa.PrimaryKeyConstraint("publisher", "cause", name=op.f("pk_alert")),
    )
    op.create_table(
        "alert_event",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("dag_run", sa.String(), nullable=False, comment="dag_id/run_id, or what else was looked at"),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column(
            "run_id",
            sa.String(),
            nullable=False,
            comment="publisher/run_key; no foreign key: a crawl that failed has no row",
        ),
        sa.Column("window_end", sa.Date(), nullable=True, comment="the day after the last one that the run covers"),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True, comment="when the same thing was seen to work"),
        sa.Column("message", sa.String(), nullable=False, comment="the failure's own sentence"),
        sa.Column("log_url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_event")),
    )
    op.create_index("ix_alert_event_publisher_cause", "alert_event", ["publisher", "cause", "last_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_alert_event_publisher_cause", table_name="alert_event")
    op.drop_table("alert_event")
    op.drop_table("alert")
