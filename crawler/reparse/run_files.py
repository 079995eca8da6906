"""The files of a run whose pages were read again: `articles.jsonl` and its counts follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from crawler.artefacts import RunFolder
from crawler.errors import Fate
from crawler.parse import PARSER_VERSION

__all__ = ["take_over"]


def take_over(folder: RunFolder, accepted: Mapping[str, int], reading_at: Callable[[int], dict[str, Any]]) -> bool:
    """Put readings that the store has taken in the place of a run's own.

    The counts of the stages after parse are dropped, since they are of the readings before.

    Args:
        folder: the run's, locked.
        accepted: addresses and the places of their readings.
        reading_at: gives the reading of a place.

    Returns:
        Whether anything differed; a second time nothing does, and nothing is written.

    Raises:
        ArtefactError: a file of the run is missing or damaged, or cannot be written.
    """
    outcomes: Counter[str] = Counter()
    layouts: Counter[str] = Counter()
    differs = False
    for before, after in _rows(folder, accepted, reading_at):
        differs = differs or before != after
        outcomes[after["fate"] or "article"] += 1
        if after["article"] is not None:
            layouts[after["article"]["layout"]] += 1
    if not differs:
        return False
    # First, so that whoever is killed here leaves a run that counts as not loaded, and is gone on with.
    folder.write_summary(
        "parse",
        {
            **folder.read_summary()["parse"],
            "pages": outcomes.total(),
            "articles": outcomes["article"],
            "image_only": outcomes[Fate.IMAGE_ONLY],
            "refused": outcomes.total() - outcomes["article"] - outcomes[Fate.IMAGE_ONLY],
            "outcomes": dict(sorted(outcomes.items())),
            "layouts": dict(sorted(layouts.items())),
            "parser_version": PARSER_VERSION,
        },
    )
    folder.write_lines(RunFolder.ARTICLES, (after for _, after in _rows(folder, accepted, reading_at)))
    return True


def _rows(
    folder: RunFolder, accepted: Mapping[str, int], reading_at: Callable[[int], dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every row before and after; a reading of another capture than the row's is not the row's."""
    for row in folder.read_lines(RunFolder.ARTICLES, "parse"):
        place = accepted.get(row["url"])
        reading = reading_at(place) if place is not None else None
        mine = reading is not None and all(reading["capture"][x] == row["capture"][x] for x in ("file", "offset"))
        yield row, {name: reading[name] for name in row} if reading is not None and mine else row
