"""The answer to one question asked of a run, and what a "no" means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Answer", "Level", "failures", "too_many"]

LEAST = 3
"""So many URLs or articles at least must be wrong before a share of them means anything."""


class Level(StrEnum):
    """What a failed answer means."""

    SUM = "sum"
    """The books do not balance: the corpus would be wrong; the task fails."""
    HARD = "hard"
    """Below what the publisher can look like; the task fails."""
    USUAL = "usual"
    """Outside the usual range; a warning."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question asked of a run.

    Args:
        name: of the question, stable, so that a trend can be asked for.
        level: what it means when it did not pass.
        passed: whether it did.
        observed: what was found.
        expected: what should have been.
        message: a sentence that says what to look at when it did not pass.
    """

    name: str
    level: Level
    passed: bool
    observed: str
    expected: str
    message: str

    @classmethod
    def of(cls, name: str, level: Level, passed: bool, observed: str, expected: str, message: str) -> Answer:
        """An answer whose sentence is kept only where it did not pass."""
        return cls(name, level, passed, observed, expected, "" if passed else message)

    @classmethod
    def not_asked(cls, name: str, level: Level, why: str) -> Answer:
        """The answer of a question that a run cannot be asked; it replaces what an earlier check of it answered."""
        return cls(name, level, True, f"not asked: {why}", "", "")


def failures(answers: list[Answer]) -> list[Answer]:
    """The answers for which a task must fail."""
    return [answer for answer in answers if not answer.passed and answer.level is not Level.USUAL]


def too_many(bad: int, of: int, share: float) -> bool:
    """Whether so many bad ones fail a run: more than the share and at least three, or every one there is.

    A share alone would fail a run of four pages for one challenge; a floor alone would let a run of two pages
    that were both refused pass.

    Args:
        bad: how many are.
        of: of how many.
        share: the largest that is tolerated, 0 to 1.
    """
    return bad > 0 and (bad == of or (bad >= LEAST and bad > share * of))
