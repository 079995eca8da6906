"""When each file of the archive was last read back whole, and the records that were not what their rows say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

__all__ = ["ArchiveFile", "DamagedRecord"]


class ArchiveFile(Base):
    """One WARC file of the archive, as it was when it was last read from its first byte to its last."""

    __tablename__ = "archive_file"

    file: Mapped[str] = mapped_column(primary_key=True, comment="relative to the data root")
    read_at: Mapped[datetime]
    bytes: Mapped[int]
    records: Mapped[int] = mapped_column(comment="response and resource records that are what their rows say")
    state: Mapped[str] = mapped_column(comment="whole, damaged or missing")


class DamagedRecord(Base):
    """A place in the archive that could not be read back; it stays as a row after it was mended."""

    __tablename__ = "damaged_record"

    file: Mapped[str] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="bytes; -1: the whole file")
    url: Mapped[str] = mapped_column(comment="whose answer it was; empty where no row names one")
    problem: Mapped[str]
    found_at: Mapped[datetime]
    mended_at: Mapped[datetime | None] = mapped_column(comment="when it was read back whole again")
