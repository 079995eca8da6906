"""The folder of a reparse: its artefacts, written whole as those of a run are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from upath import UPath

from crawler.artefacts import RunFolder
from crawler.errors import ArtefactError
from crawler.reparse.request import Reparse
from crawler.run import Run, Window

__all__ = ["STEPS", "ReparseFolder"]

STEPS = ("read", "compare", "write")

_ANY_DAY = Window.parse("2000-01-01", "2000-01-02")


class ReparseFolder(RunFolder):
    """One reparse's artefacts: `<data>/reparse/<publisher>/<key>/`.

    Args:
        reparse: what is read again.
        data_root: the data root, a local folder or an object-store URL.
    """

    READINGS = "readings.jsonl"
    CHANGES = "changes.jsonl"
    REPORT = "report.md"

    def __init__(self, reparse: Reparse, data_root: UPath) -> None:
        # A reparse is no run: it has no row in the store, and lies apart from them.
        super().__init__(Run(reparse.publisher, reparse.window or _ANY_DAY), data_root)
        self.reparse = reparse
        self.path = data_root / "reparse" / reparse.publisher / reparse.key

    def write_summary(self, stage: str, counts: dict[str, Any]) -> None:
        """Store one step's counts; those of later steps are dropped, since they are out of date."""
        before = self.read_summary()
        kept = {name: before[name] for name in STEPS[: STEPS.index(stage)] if name in before}
        kept |= {"reparse": self.reparse.as_json(), stage: counts}
        self.write_bytes(self.SUMMARY, json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True).encode())

    def require(self, stage: str) -> dict[str, Any]:
        """The counts of a step that must have ended before the one that asks.

        Raises:
            ArtefactError: it has not.
        """
        counts: dict[str, Any] = self.read_summary().get(stage) or {}
        if not counts:
            raise ArtefactError(f"`{stage}` of the reparse in {self.path} has not ended; run `dibao reparse` again")
        return counts

    def placed_readings(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every row of `readings.jsonl` with its place, for `reading_at`.

        Raises:
            ArtefactError: it is missing, or a line is not JSON.
        """
        path = self.path / self.READINGS
        place = 0
        try:
            opened: Any
            with path.open("rb") as opened:
                for line in opened:
                    yield place, _row(path, line)
                    place += len(line)
        except FileNotFoundError as error:
            raise ArtefactError(f"{path} is missing; run `dibao reparse` again") from error

    def reading_at(self, place: int) -> dict[str, Any]:
        """The row at a place.

        Raises:
            ArtefactError: there is none.
        """
        path = self.path / self.READINGS
        opened: Any
        with path.open("rb") as opened:
            opened.seek(place)
            return _row(path, opened.readline())


def _row(path: UPath, line: bytes) -> dict[str, Any]:
    try:
        row: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise ArtefactError(f"a line of {path} is not JSON ({error}); run `dibao reparse` again") from error
    return row
