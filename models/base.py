"""What every table shares: naming, times in UTC, ids that follow from what a row is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import xxhash
from sqlalchemy import JSON, BigInteger, DateTime, MetaData, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

__all__ = ["Base", "UtcDateTime", "identity"]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC on every database and given back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time, whose zone nobody knows."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the time {value} has no zone; the store takes aware times only")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite keeps no zone: what was stored is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The declarative base of every table."""

    if TYPE_CHECKING:
        # Every class of ours is a table, never a join or a subquery.
        __table__: ClassVar[Table]

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy reads it as a class attribute
        datetime: UtcDateTime(),
        int: BigInteger(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        list[dict[str, Any]]: JSON(),
    }


def identity(*parts: str | int) -> int:
    """A positive 63-bit id that follows from what a row is about.

    The same article has the same id in every store and after every crash, so that an insert can be repeated
    and two stores can be compared row for row. At ten million rows the chance of one collision is 5e-6
    (birthday bound); primary keys would refuse it loudly.

    Args:
        parts: the natural key, in order.
    """
    text = "\x1f".join(str(part) for part in parts)
    return int(xxhash.xxh3_64_intdigest(text.encode()) & 0x7FFF_FFFF_FFFF_FFFF)
