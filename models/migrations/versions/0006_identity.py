"""Which store this is, so that two data roots are not taken for one.

Revision ID: 0006
Revises: 0005
"""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table(
        "store_identity",
        sa.Column("id", sa.String(), nullable=False, comment="a UUID; the data root holds it too, in store.id"),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_identity")),
    )
    op.bulk_insert(table, [{"id": str(uuid4()), "made_at": datetime.now(UTC)}])


def downgrade() -> None:
    op.drop_table("store_identity")
