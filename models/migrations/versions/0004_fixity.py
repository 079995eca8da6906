"""When each archive file was last read back, and what was found damaged.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_file",
        sa.Column("file", sa.String(), nullable=False, comment="relative to the data root"),
        sa.Column("read_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "records",
            sa.BigInteger(),
            nullable=False,
            comment="response and resource records that are what their rows say",
        ),
        sa.Column("state", sa.String(), nullable=False, comment="whole, damaged or missing"),
        sa.PrimaryKeyConstraint("file", name=op.f("pk_archive_file")),
    )
    op.create_table(
        "damaged_record",
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False, comment="bytes; -1: the whole file"),
        sa.Column("url", sa.String(), nullable=False, comment="whose answer it was; empty where no row names one"),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("found_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("mended_at", UtcDateTime(timezone=True), nullable=True, comment="when it was read back whole again"),
        sa.PrimaryKeyConstraint("file", "offset", name=op.f("pk_damaged_record")),
    )


def downgrade() -> None:
    op.drop_table("damaged_record")
    op.drop_table("archive_file")
