"""The runs that a view of the corpus is drawn from, with what their checks and their URLs came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from crawler.errors import Fate
from models.aggregates import RunFate
from models.runs import CheckResult, Run

__all__ = ["RunRef", "StoredRun", "read_fates", "runs_touching", "stored_run"]


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run in the store: its id, its publisher's key, and its window `[start, end)`."""

    run_id: str
    publisher: str
    start: date
    end: date


@dataclass(slots=True)
class StoredRun:
    """A run with what is known of it.

    Args:
        ref: which.
        crawled_at: aware; when its site was last heard.
        whole: it was for the whole publisher, not for a selection.
        complete: it walked every listing.
        asked: the checks that were asked of it; 0 where it is not checked yet.
        failed, warned: the names of those that it did not pass.
        urls: how many of its URLs had each fate.
        captured: how many of its URLs have a capture.
    """

    ref: RunRef
    crawled_at: datetime
    whole: bool
    complete: bool
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    urls: dict[Fate, int] = field(default_factory=dict)
    captured: int = 0


def runs_touching(connection: Connection, keys: Sequence[str], first: date, last: date) -> list[StoredRun]:
    """The runs of some publishers whose window touches the days from `first` to `last`.

    Returns:
        The one to believe first: whole before partial, then the latest crawled.
    """
    table = Run.__table__.c
    rows = connection.execute(
        select(Run.__table__).where(table.publisher.in_(keys), table.window_start <= last, table.window_end > first)
    )
    runs = {row.id: stored_run(row) for row in rows}
    check = CheckResult.__table__.c
    for run_id, name, level, passed in connection.execute(
        select(check.run_id, check.name, check.level, check.passed).where(check.run_id.in_(list(runs)))
    ):
        runs[run_id].asked += 1
        if not passed:
            (runs[run_id].warned if level == "usual" else runs[run_id].failed).append(name)
    read_fates(connection, runs)
    return sorted(runs.values(), key=lambda run: (run.whole, run.crawled_at), reverse=True)


def stored_run(row: Any) -> StoredRun:
    """The run of a row of `run`; nothing is known yet of its checks and URLs."""
    return StoredRun(
        RunRef(row.id, row.publisher, row.window_start, row.window_end), row.crawled_at, not row.selection, row.complete
    )


def read_fates(connection: Connection, runs: dict[str, StoredRun]) -> None:
    """Fill in how many URLs of some runs, by id, had each fate."""
    table = RunFate.__table__.c
    for run_id, fate, urls, captured in connection.execute(
        select(table.run_id, table.fate, table.urls, table.captured).where(table.run_id.in_(list(runs)), table.urls > 0)
    ):
        runs[run_id].urls[Fate(fate)] = urls
        runs[run_id].captured += captured
