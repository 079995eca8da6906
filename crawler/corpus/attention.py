"""What asks for a person: the checks that runs did not pass, and the URLs whose latest fate nobody has mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from crawler.corpus.runs import RunRef, StoredRun
from crawler.errors import Fate, FateGroup
from models.runs import CheckResult
from models.urls import Url, UrlEvent

__all__ = ["FailedCheck", "OpenUrls", "failed_checks", "open_urls"]

_MOST_CHECKS = 40
_MOST_SAMPLES = 3
_MOST_OPEN = 1000
"""Open URLs are counted up to here, so that a broken layout on a hundred thousand pages does not slow the page."""
_THE_CAUSE = "every listing was walked"
"""What was not read explains the other questions that such a run fails."""
_LOOK = tuple(fate for fate in Fate if fate.group is FateGroup.FAILED_LOOK)


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A question that a run did not pass."""

    name: str
    run: RunRef
    question: str
    level: str
    observed: str
    expected: str
    message: str

    @property
    def warning(self) -> bool:
        """Whether it is a warning only."""
        return self.level == "usual"


@dataclass(frozen=True, slots=True)
class OpenUrls:
    """URLs whose latest fate asks for a person; `samples` are (url, fate, message, run id)."""

    name: str
    count: int
    capped: bool
    samples: tuple[tuple[str, Fate, str, str], ...]


def failed_checks(connection: Connection, names: dict[str, str], runs: Sequence[StoredRun]) -> tuple[FailedCheck, ...]:
    """The questions that runs of the span did not pass: failures first, then warnings, the latest days first."""
    by_id = {run.ref.run_id: run for run in runs if run.failed or run.warned}
    table = CheckResult.__table__.c
    checks = [
        FailedCheck(
            names[by_id[row.run_id].ref.publisher],
            by_id[row.run_id].ref,
            row.name,
            row.level,
            row.observed,
            row.expected,
            row.message,
        )
        for row in connection.execute(select(CheckResult.__table__).where(table.run_id.in_(list(by_id)), ~table.passed))
    ]
    checks.sort(key=lambda check: check.question != _THE_CAUSE)
    checks.sort(key=lambda check: (check.run.start, check.run.end, check.name, check.run.run_id), reverse=True)
    checks.sort(key=lambda check: check.warning)
    return tuple(checks[:_MOST_CHECKS])


def open_urls(connection: Connection, names: dict[str, str], runs: Sequence[StoredRun]) -> tuple[OpenUrls, ...]:
    """The URLs of each publisher (key to name) whose latest fate asks for a person; samples are of the given runs."""
    url = Url.__table__.c
    found = []
    for key, name in names.items():
        of_publisher = (url.publisher == key, url.fate.in_(_LOOK))
        # Through the index alone, and not further than the page needs to know.
        some = select(url.publisher).where(*of_publisher).limit(_MOST_OPEN + 1).subquery()
        count = connection.execute(select(func.count()).select_from(some)).scalar_one()
        if count:
            failed = [run for run in runs if run.ref.publisher == key and any(fate in _LOOK for fate in run.urls)]
            latest = sorted(failed, key=lambda run: run.crawled_at, reverse=True)[:_MOST_SAMPLES]
            samples = _samples(connection, [run.ref.run_id for run in latest], of_publisher)
            found.append(OpenUrls(name, min(count, _MOST_OPEN), count > _MOST_OPEN, samples))
    return tuple(found)


def _samples(
    connection: Connection, run_ids: Sequence[str], of_publisher: tuple[Any, ...]
) -> tuple[tuple[str, Fate, str, str], ...]:
    """A few open URLs: of the given runs, else any; those that a later run has read are not open."""
    url, event = Url.__table__.c, UrlEvent.__table__.c
    query = (
        select(url.url, url.fate, event.message, url.last_run_id)
        .select_from(UrlEvent.__table__)
        .join(Url.__table__, (url.id == event.url_id) & (url.last_run_id == event.run_id))
        .where(event.current, event.fate == url.fate)
        .limit(_MOST_SAMPLES)
    )
    rows: list[Any] = []
    for run_id in run_ids:
        rows += connection.execute(query.where(event.run_id == run_id, event.fate.in_(_LOOK))).all()
    if not rows:
        rows += connection.execute(query.where(*of_publisher)).all()
    return tuple((row.url, Fate(row.fate), row.message, row.last_run_id) for row in rows[:_MOST_SAMPLES])
