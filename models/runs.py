"""Publishers, their runs, what their listings claimed, and how each run was judged."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

__all__ = ["CheckResult", "ListingCount", "Publisher", "Run"]


class Publisher(Base):
    """A site, or a family of sites, that we read."""

    __tablename__ = "publisher"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    home: Mapped[str]


class Run(Base):
    """One execution for one publisher and one window; the same window and selection are the same row."""

    __tablename__ = "run"

    id: Mapped[str] = mapped_column(primary_key=True, comment="publisher/run_key")
    publisher: Mapped[str] = mapped_column(ForeignKey("publisher.key"))
    run_key: Mapped[str]
    window_start: Mapped[date] = mapped_column(comment="first day, Asia/Shanghai")
    window_end: Mapped[date] = mapped_column(comment="the day after the last")
    selection: Mapped[dict[str, Any]] = mapped_column(comment="channels, sites, page limit; empty = everything")
    reason: Mapped[str]
    crawled_at: Mapped[datetime] = mapped_column(comment="when the site last answered its crawl")
    complete: Mapped[bool] = mapped_column(comment="whether every listing was walked to the window's start")

    __table_args__ = (Index("ix_run_publisher_window_start", "publisher", "window_start"),)


class ListingCount(Base):
    """What one run saw of one channel, beside what the site itself claims."""

    __tablename__ = "listing_count"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    pages: Mapped[int]
    links: Mapped[int]
    in_window: Mapped[int]
    total: Mapped[int | None] = mapped_column(comment="the listing's own total, where it tells one")
    oldest: Mapped[date | None]
    newest: Mapped[date | None]


class CheckResult(Base):
    """One question asked of one run, and its answer."""

    __tablename__ = "check_result"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(comment="sum, hard or usual")
    passed: Mapped[bool]
    observed: Mapped[str]
    expected: Mapped[str]
    message: Mapped[str]
    checked_at: Mapped[datetime]
