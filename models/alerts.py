"""What is wrong with a publisher, since when, how often, and what has been said of it to a person."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

__all__ = ["Alert", "AlertEvent"]


class Alert(Base):
    """One cause of trouble at one publisher: one row, whatever number of runs and tasks meet it."""

    __tablename__ = "alert"

    publisher: Mapped[str] = mapped_column(primary_key=True, comment="empty: not one publisher's matter")
    cause: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(comment="first failure of this state, or of the last one that there was")
    well_at: Mapped[datetime | None] = mapped_column(comment="when it ended; null while it lasts")
    said_at: Mapped[datetime | None] = mapped_column(comment="the last failure that a message spoke of")
    said_day: Mapped[date | None] = mapped_column(comment="Asia/Shanghai day of that message: there is one a day")
    said_since: Mapped[datetime | None] = mapped_column(comment="the state that it was about")
    well_said_at: Mapped[datetime | None] = mapped_column(comment="when it was said that this state has ended")
    claimed_until: Mapped[datetime | None] = mapped_column(comment="a process is sending, or waits before the next try")
    claim: Mapped[str] = mapped_column(comment="whose turn it is; empty: nobody's")
    refused_at: Mapped[datetime | None] = mapped_column(comment="when a message could not be sent; null once it was")
    refusal: Mapped[str] = mapped_column(comment="why not")


class AlertEvent(Base):
    """One failure that a DAG run met: the same task, run and cause are the same row, however often it is tried."""

    __tablename__ = "alert_event"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    publisher: Mapped[str]
    cause: Mapped[str]
    dag_run: Mapped[str] = mapped_column(comment="dag_id/run_id, or what else was looked at")
    stage: Mapped[str]
    run_id: Mapped[str] = mapped_column(comment="publisher/run_key; no foreign key: a crawl that failed has no row")
    window_end: Mapped[date | None] = mapped_column(comment="the day after the last one that the run covers")
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None] = mapped_column(comment="when the same thing was seen to work")
    message: Mapped[str] = mapped_column(comment="the failure's own sentence")
    log_url: Mapped[str]

    __table_args__ = (Index("ix_alert_event_publisher_cause", "publisher", "cause", "last_at"),)
