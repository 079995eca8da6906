"""The failures: what is planted where, and which guard must notice; they stand in planted.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PLANTED", "Mutant"]


@dataclass(frozen=True)
class Mutant:
    """A defect of the code.

    Args:
        about: what it does, as a sentence would say it.
        edits: what to replace by what; each occurs exactly once below `crawler`, `models` and `dags`.
        guard: what must notice: one of those that a night is asked (`tests.mutants.night`), such as
            `check: captures = WARC records`; or what the tests hold, in a few words.
        tests: the tests that must fail, as pytest names them; none where a night is what notices.
        quick: whether the short form plants it too.
    """

    about: str
    edits: tuple[tuple[str, str], ...]
    guard: str
    tests: tuple[str, ...] = ()
    quick: bool = False


PLANTED: tuple[Mutant, ...] = tuple(
    Mutant(
        row["about"],
        tuple((edit["old"], edit["new"]) for edit in row["edit"]),
        row["guard"],
        tuple(row.get("tests", ())),
        row.get("quick", False),
    )
    for row in tomllib.loads(Path(__file__).with_name("planted.toml").read_text(encoding="utf-8"))["planted"]
)
