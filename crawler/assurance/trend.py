"""How the answers to each question went over a publisher's latest runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from crawler.assurance.answers import Level
from models.runs import CheckResult, Run

__all__ = ["StoredAnswer", "Trend", "trends"]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One row of `check_result` with its run.

    Args:
        run_id: publisher and run_key.
        crawled_at: when the run crawled, UTC.
        passed: whether the answer was yes.
        observed: what was found.
        expected: what should have been.
        message: what to look at, where it did not pass.
    """

    run_id: str
    crawled_at: datetime
    passed: bool
    observed: str
    expected: str
    message: str


@dataclass(frozen=True, slots=True)
class Trend:
    """The answers to one question, oldest run first.

    Args:
        name: of the question.
        level: what a "no" means.
        answers: one per run that was asked.
    """

    name: str
    level: Level
    answers: tuple[StoredAnswer, ...]

    @property
    def marks(self) -> str:
        """One character per run: `.` passed, `w` warned, `F` failed."""
        no = "w" if self.level is Level.USUAL else "F"
        return "".join("." if answer.passed else no for answer in self.answers)


def trends(connection: Connection, publisher: str, runs: int = 14) -> list[Trend]:
    """Every question of a publisher's latest runs, in alphabetical order.

    Args:
        connection: reads the store.
        publisher: the publisher's key.
        runs: how many runs, the latest.
    """
    check, run = CheckResult.__table__.c, Run.__table__.c
    latest = select(run.id).where(run.publisher == publisher).order_by(run.crawled_at.desc(), run.id).limit(runs)
    rows = connection.execute(
        select(
            check.name,
            check.level,
            check.run_id,
            run.crawled_at,
            check.passed,
            check.observed,
            check.expected,
            check.message,
        )
        .join(Run.__table__, run.id == check.run_id)
        .where(run.id.in_(latest))
        .order_by(check.name, run.crawled_at, run.id)
    )
    found: dict[str, tuple[Level, list[StoredAnswer]]] = {}
    for name, level, *answer in rows:
        # The level of the latest answer is that of the question.
        answers = found.get(name, (Level(level), []))[1]
        answers.append(StoredAnswer(*answer))
        found[name] = Level(level), answers
    return [Trend(name, level, tuple(answers)) for name, (level, answers) in found.items()]
