"""What is in the store, counted from its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, select

from crawler.assurance.check import stored_fates
from crawler.report import fate_columns
from models.articles import Article
from models.runs import CheckResult, Run
from models.urls import Capture, UrlEvent

__all__ = ["DayCount", "RunState", "articles_per_day", "count_runs", "fetched_since", "never_crawled", "run_states"]


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many articles of one publisher were published on one Asia/Shanghai day (None: no time printed)."""

    publisher: str
    day: date | None
    articles: int


@dataclass(frozen=True, slots=True)
class RunState:
    """One run as the store knows it.

    Args:
        run_id: publisher and run_key.
        publisher: the publisher's key.
        window_start: first day.
        window_end: the day after the last.
        crawled_at: when the site last answered its crawl, UTC.
        fetched: pages that the run holds a capture of, listings apart.
        figures: see `crawler.report.fate_columns`.
        failed_checks: questions that were not passed, warnings included.
    """

    run_id: str
    publisher: str
    window_start: date
    window_end: date
    crawled_at: datetime
    fetched: int
    figures: dict[str, int]
    failed_checks: int


def articles_per_day(connection: Connection, publisher: str = "", most: int = 14) -> list[DayCount]:
    """Articles per publisher and publication day, the newest days first.

    Args:
        connection: reads the store.
        publisher: only this one.
        most: how many days of each publisher.
    """
    table = Article.__table__.c
    day = _shanghai_day(connection, table.published_at)
    query = select(table.publisher, day, func.count()).group_by(table.publisher, day)
    if publisher:
        query = query.where(table.publisher == publisher)
    counts: dict[str, list[DayCount]] = defaultdict(list)
    for key, text, count in connection.execute(query):
        counts[key].append(DayCount(key, date.fromisoformat(text) if text else None, count))
    return [
        row
        for _, days in sorted(counts.items())
        for row in sorted(days, key=lambda row: row.day or date.min, reverse=True)[:most]
    ]


def fetched_since(connection: Connection, run_ids: Sequence[str], moment: datetime) -> dict[str, int]:
    """How many pages of some runs were fetched from a moment on, listings apart; what an earlier crawl got is not.

    Args:
        connection: reads the store.
        run_ids: the runs.
        moment: aware.
    """
    event, capture = UrlEvent.__table__.c, Capture.__table__.c
    rows = connection.execute(
        select(event.run_id, func.count())
        .join(Capture.__table__, capture.id == event.capture_id)
        .where(event.run_id.in_(run_ids), event.current, capture.fetched_at >= moment)
        .group_by(event.run_id)
    )
    return dict.fromkeys(run_ids, 0) | {row[0]: int(row[1]) for row in rows}


def _shanghai_day(connection: Connection, moment: ColumnElement[datetime | None]) -> ColumnElement[str | None]:
    """The Asia/Shanghai day (UTC+8 all year since 1991) of a stored moment, as YYYY-MM-DD."""
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone("Asia/Shanghai", moment), "YYYY-MM-DD")
    return func.strftime("%Y-%m-%d", moment, "+8 hours")


def count_runs(connection: Connection, publisher: str = "") -> int:
    """How many runs the store knows, of one publisher or of all."""
    query = select(func.count()).select_from(Run)
    if publisher:
        query = query.where(Run.__table__.c.publisher == publisher)
    return connection.execute(query).scalar_one()


def never_crawled(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Which publishers have no run in the store, in the order given."""
    crawled = set(connection.execute(select(Run.__table__.c.publisher).distinct()).scalars())
    return [key for key in keys if key not in crawled]


def run_states(
    connection: Connection, publisher: str = "", run_ids: Sequence[str] = (), most: int = 20
) -> list[RunState]:
    """The latest runs, or the named ones, with what became of their URLs.

    Args:
        connection: reads the store.
        publisher: only this one.
        run_ids: only these.
        most: how many at most.
    """
    table, check, event = Run.__table__.c, CheckResult.__table__.c, UrlEvent.__table__.c
    query = select(Run.__table__).order_by(table.crawled_at.desc()).limit(most)
    if publisher:
        query = query.where(table.publisher == publisher)
    if run_ids:
        query = query.where(table.id.in_(run_ids))
    states = []
    for row in connection.execute(query).all():
        fates = stored_fates(connection, row.id)
        failed = connection.execute(
            select(func.count()).select_from(CheckResult).where(check.run_id == row.id, ~check.passed)
        ).scalar_one()
        fetched = connection.execute(
            select(func.count())
            .select_from(UrlEvent)
            .where(event.run_id == row.id, event.current, event.capture_id.is_not(None))
        ).scalar_one()
        states.append(
            RunState(
                row.id,
                row.publisher,
                row.window_start,
                row.window_end,
                row.crawled_at,
                fetched,
                fate_columns(fates),
                failed,
            )
        )
    return states
