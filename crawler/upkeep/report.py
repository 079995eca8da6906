"""What one job of the upkeep did, or would do, and what it leaves to a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crawler.tables import table

__all__ = ["JobReport"]

_SHOWN = 40


@dataclass
class JobReport:
    """What one job did.

    Args:
        job: its name.
        dry: nothing was changed; `done` is what would be done.
        figures: counts, in the order in which they are shown.
        done: what was done, each a row of `columns`.
        columns: the head of `done`.
        notes: what was left for another time, and why.
        problems: what a person must look at, each a sentence that says what to do.
    """

    job: str
    dry: bool
    columns: tuple[str, ...] = ("what", "")
    figures: dict[str, int | float] = field(default_factory=dict)
    done: list[tuple[object, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The report for a log: a table, then notes, then problems, then the figures."""
        text = [f"{self.job}{' (dry run: nothing is changed)' if self.dry else ''}"]
        if self.done:
            text += table(self.columns, self.done[:_SHOWN]).splitlines()
        if len(self.done) > _SHOWN:
            text.append(f"… and {len(self.done) - _SHOWN:,} more")
        text += [f"note: {note}" for note in _shortened(self.notes)]
        text += [f"PROBLEM: {problem}" for problem in _shortened(self.problems)]
        text.append(" ".join([f"{self.job}:", *(f"{name}={value:,}" for name, value in self.figures.items())]))
        return text

    def as_json(self) -> dict[str, Any]:
        """The figures for XCom and scripts."""
        return {"job": self.job, "dry_run": self.dry, **self.figures, "problems": list(_shortened(self.problems))}


def _shortened(lines: list[str]) -> list[str]:
    more = len(lines) - _SHOWN
    return lines if more <= 0 else [*lines[:_SHOWN], f"… and {more:,} more"]
