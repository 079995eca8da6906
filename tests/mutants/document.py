"""The table of planted failures in docs/guarantees.md."""

from __future__ import annotations

from tests.mutants.planted import PLANTED, Mutant
from tests.mutants.run import ROOT

__all__ = ["markdown", "write", "written"]

_DOCUMENT = ROOT / "docs" / "guarantees.md"
_BEGIN, _END = "<!-- mutants: made by `make mutants` -->\n", "<!-- end of mutants -->\n"


def _by(mutant: Mutant) -> str:
    if not mutant.tests:
        return "a night of the replica"
    return ", ".join(f"`{name.split('::')[0]}`" for name in mutant.tests[: _options(mutant)])


def _options(mutant: Mutant) -> int:
    return mutant.tests.index("-k") if "-k" in mutant.tests else len(mutant.tests)


def markdown() -> str:
    """The table as it stands in the document."""
    lines = ["| planted | caught by | seen in |", "|---|---|---|"]
    lines += [f"| {mutant.about} | {mutant.guard} | {_by(mutant)} |" for mutant in PLANTED]
    return "\n".join(lines) + "\n"


def written() -> str:
    """The table that the document shows now."""
    return _DOCUMENT.read_text(encoding="utf-8").split(_BEGIN)[1].split(_END)[0]


def write() -> None:
    """Put the table into the document."""
    text = _DOCUMENT.read_text(encoding="utf-8")
    head, rest = text.split(_BEGIN)
    _DOCUMENT.write_text(head + _BEGIN + markdown() + _END + rest.split(_END)[1], encoding="utf-8")
