"""Which store this is: one row, made with the schema, that a data root remembers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

__all__ = ["StoreIdentity"]


class StoreIdentity(Base):
    """The one row that tells a store from every other; a copy or a restored backup is the same store."""

    __tablename__ = "store_identity"

    id: Mapped[str] = mapped_column(primary_key=True, comment="a UUID; the data root holds it too, in store.id")
    made_at: Mapped[datetime]
