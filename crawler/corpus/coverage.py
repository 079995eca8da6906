"""The coverage calendar: a publisher's days, what the corpus holds of each, and whether it can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, func, select

from crawler import publishers
from crawler.corpus.runs import RunRef, StoredRun
from crawler.errors import FateGroup
from crawler.run import shanghai_day
from models.aggregates import ArticleDay
from models.runs import Run

__all__ = ["CALENDAR_DAYS", "NIGHT", "Cell", "CoverageRow", "DayState", "coverage", "span"]

CALENDAR_DAYS = 28
"""Four weeks: what fits on a screen with a figure in each cell, and shows a week's rhythm."""
NIGHT = timedelta(hours=5)
"""A night has until the morning to arrive."""
_TROUBLE = frozenset({FateGroup.REFUSED, FateGroup.FAILED_RETRY, FateGroup.FAILED_LOOK})


class DayState(StrEnum):
    """What is to be thought of one publisher's day."""

    WHOLE = "whole"
    """A run covers it and passed every check."""
    WARNED = "warned"
    """A run covers it; a warning, URLs that failed, only a part was asked for, or it is not checked yet."""
    FAILED = "failed"
    """The run that covers it failed a check, or did not walk every listing."""
    EMPTY = "empty"
    """A run covers it and the corpus has no article of it."""
    GAP = "gap"
    """No run that covers it is in the store."""
    OUTSIDE = "outside"
    """Before the publisher's first run, or not over yet."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One publisher's day: articles published on it, its state and why, the run that says so."""

    day: date
    articles: int
    state: DayState
    note: str
    run: RunRef | None


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One publisher's days, oldest first."""

    publisher: str
    name: str
    cells: tuple[Cell, ...]


def span(connection: Connection, keys: Sequence[str], now: datetime, until: date | None) -> tuple[date, date, bool]:
    """The calendar's first and last day, both included, and whether it ends long ago because nothing was crawled since.

    Args:
        connection: reads the store.
        keys: the publishers.
        now: the present, aware.
        until: the last day that was asked for, or None.
    """
    today = shanghai_day(now)
    reach = timedelta(days=CALENDAR_DAYS - 1)
    if until is not None:
        return until - reach, until, False
    # Not the runs of days to come: a mistyped year moves no calendar.
    newest_end = connection.execute(
        select(func.max(Run.window_end)).where(Run.publisher.in_(keys), Run.window_start <= today)
    ).scalar_one()
    newest = newest_end - timedelta(days=1) if newest_end else None
    last = today if newest and newest >= today else today - timedelta(days=1)
    if newest and newest < last - reach:
        return newest - reach, newest, True
    return last - reach, last, False


def coverage(
    connection: Connection,
    names: dict[str, str],
    runs: Sequence[StoredRun],
    first: date,
    last: date,
    now: datetime,
    off: Mapping[str, datetime],
) -> tuple[CoverageRow, ...]:
    """The calendar of some publishers.

    Args:
        connection: reads the store.
        names: the publishers, key to name.
        runs: those that touch the span, the one to believe first.
        first, last: the calendar's first and last day, both included.
        now: the present, aware.
        off: since when a publisher's nights are switched off, aware; those that are on are not in it.
    """
    day_of = ArticleDay.__table__.c
    articles: dict[tuple[str, date], int] = {
        (publisher, day): count
        for publisher, day, count in connection.execute(
            select(day_of.publisher, day_of.day, day_of.articles).where(
                day_of.publisher.in_(list(names)), day_of.day.between(first, last)
            )
        )
    }
    run_table = Run.__table__.c
    first_runs: dict[str, date] = dict(
        connection.execute(
            select(run_table.publisher, func.min(run_table.window_start)).group_by(run_table.publisher)
        ).all()
    )
    covering: dict[tuple[str, date], StoredRun] = {}
    for run in runs:
        day = max(first, run.ref.start)
        while day < run.ref.end and day <= last:
            covering.setdefault((run.ref.publisher, day), run)
            day += timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rows = []
    for key, name in names.items():
        due_before = shanghai_day(publishers.latest_night(key, min(now - NIGHT, off.get(key, now)))[1])
        cells = []
        for day in days:
            found = covering.get((key, day))
            count = articles.get((key, day), 0)
            due = key in first_runs and first_runs[key] <= day < due_before
            state, note = _judge(found, count, due=due)
            if state is DayState.OUTSIDE and key in off and day >= due_before:
                note = f"its DAG is switched off in Airflow, seen first on {shanghai_day(off[key])}"
            cells.append(Cell(day, count, state, note, found.ref if found else None))
        rows.append(CoverageRow(key, name, tuple(cells)))
    return tuple(rows)


def _judge(run: StoredRun | None, articles: int, *, due: bool) -> tuple[DayState, str]:
    if run is None:
        if not due:
            return DayState.OUTSIDE, "no run was due"
        return DayState.GAP, "no run that covers this day is in the store"
    if run.failed:
        return DayState.FAILED, f"its run failed {_listed(run.failed)}"
    if not run.complete:
        return DayState.FAILED, "its run did not walk every listing"
    if not run.asked:
        return DayState.WARNED, "its run is not checked yet"
    if not run.whole:
        return DayState.WARNED, "only a part of the publisher was asked for"
    if articles == 0:
        return DayState.EMPTY, "its run is complete and found no article of this day"
    trouble = sum(count for fate, count in run.urls.items() if fate.group in _TROUBLE)
    if run.warned:
        return DayState.WARNED, f"its run warns: {_listed(run.warned)}"
    if trouble:
        return DayState.WARNED, f"{trouble:,} URLs of its run were refused or failed"
    return DayState.WHOLE, "its run is complete and passed every check"


def _listed(names: Sequence[str]) -> str:
    shown = "; ".join(f"“{name}”" for name in sorted(names)[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
