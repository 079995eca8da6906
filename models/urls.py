"""Every URL that was ever discovered, what became of it in each run, and the bytes that were archived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

__all__ = ["Capture", "Url", "UrlEvent"]


class Url(Base):
    """One canonical URL and its latest fate."""

    __tablename__ = "url"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    url: Mapped[str]
    publisher: Mapped[str] = mapped_column(ForeignKey("publisher.key"), comment="who listed it")
    site: Mapped[str | None] = mapped_column(comment="empty for a URL that is nobody's article")
    key: Mapped[str | None] = mapped_column(comment="the article key")
    fate: Mapped[str]
    last_run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]

    __table_args__ = (
        Index("ix_url_publisher_fate", "publisher", "fate"),
        Index("ix_url_publisher_site_key", "publisher", "site", "key"),
    )


class Capture(Base):
    """One archived HTTP response: where its WARC record lies, and how its bytes became text."""

    __tablename__ = "capture"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file: Mapped[str] = mapped_column(comment="WARC file, relative to the data root")
    offset: Mapped[int]
    length: Mapped[int] = mapped_column(comment="of the compressed record, bytes")
    sha256: Mapped[str] = mapped_column(comment="of the payload as it came over the wire, hex")
    url: Mapped[str] = mapped_column(comment="the address that answered")
    status: Mapped[int]
    content_type: Mapped[str]
    fetched_at: Mapped[datetime]
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    charset_declared: Mapped[str | None]
    charset_used: Mapped[str | None]
    charset_how: Mapped[str | None] = mapped_column(comment="which rung of the ladder decided")
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]

    __table_args__ = (Index("ix_capture_run_id", "run_id"), Index("ix_capture_file_offset", "file", "offset"))


class UrlEvent(Base):
    """What became of one URL in one run; append-only, the last attempt of a run is its fate."""

    __tablename__ = "url_event"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    url_id: Mapped[int] = mapped_column(ForeignKey("url.id"), primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="counts from 1")
    current: Mapped[bool] = mapped_column(comment="whether no later attempt of this run replaced it")
    fate: Mapped[str]
    status: Mapped[int | None]
    message: Mapped[str]
    channels: Mapped[list[str]]
    layout: Mapped[str]
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("capture.id"))
    listed_title: Mapped[str] = mapped_column(
        default="", comment="the title that the listing gave; empty where it gave none, and before schema 0005"
    )

    __table_args__ = (
        Index("ix_url_event_run_id_current_fate", "run_id", "current", "fate"),
        Index("ix_url_event_url_id", "url_id"),
    )
