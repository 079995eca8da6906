"""What `check` has stored of a run, as the text of a message, each question with the night since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from crawler.assurance.answers import Level
from models.runs import CheckResult, Run

__all__ = ["Judgement", "judgement"]

FRESHNESS = "the latest article is as fresh as usual"
"""The warning that `watch` gives too, on days without any run as well; see `crawler.assurance.volume`."""

_MOST_RUNS = 60


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run's check did not pass.

    Args:
        text: one question a line, each with what to look at and since which night.
        since: when the first run of the oldest unbroken series was checked, or None where all was passed.
        books: whether a sum does not hold, which no broken site explains.
    """

    text: str
    since: datetime | None
    books: bool


def judgement(connection: Connection, run_id: str, *, warnings: bool) -> Judgement:
    """Read the answers of one run.

    Args:
        connection: reads the store.
        run_id: publisher/run_key.
        warnings: the warnings, instead of what failed.
    """
    check = CheckResult.__table__.c
    rows = connection.execute(
        select(check.name, check.level, check.observed, check.message)
        .where(check.run_id == run_id, ~check.passed)
        .order_by(check.name)
    ).all()
    wanted = [
        row for row in rows if (row.level == Level.USUAL) is warnings and not (warnings and row.name == FRESHNESS)
    ]
    series = _series(connection, run_id, [row.name for row in wanted])
    lines = []
    for row in wanted:
        night, _ = series.get(row.name, (None, None))
        since = f" (so since {night})" if night else ""
        lines.append(f"- {row.name}{since}: {row.observed}; {row.message}")
    return Judgement(
        text="\n".join(lines),
        since=min((moment for _, moment in series.values()), default=None),
        books=any(row.level == Level.SUM for row in wanted),
    )


def _series(connection: Connection, run_id: str, names: Sequence[str]) -> dict[str, tuple[date, datetime]]:
    """For each question, the first day and the check of the unbroken series of runs that did not pass it."""
    run, check = Run.__table__.c, CheckResult.__table__.c
    own = connection.execute(select(Run.__table__).where(run.id == run_id)).one_or_none()
    if own is None or own.selection:
        return {}
    found: dict[str, tuple[date, datetime]] = {}
    for name in names:
        rows = connection.execute(
            select(run.window_start, run.selection, check.passed, check.checked_at)
            .join(CheckResult.__table__, check.run_id == run.id)
            .where(run.publisher == own.publisher, check.name == name, run.window_start <= own.window_start)
            .order_by(run.window_start.desc(), run.id.desc())
            .limit(_MOST_RUNS)
        )
        for start, selection, passed, checked_at in rows:
            if selection:
                continue
            if passed:
                break
            found[name] = start, checked_at
    return found
