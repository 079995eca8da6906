"""Second step: hold what was read against the store, and write down what would change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from time import monotonic
from typing import Any

from crawler.config import Config
from crawler.reparse.differences import Outcome
from crawler.reparse.folder import ReparseFolder
from crawler.reparse.held import Held, hold
from crawler.reparse.report import Tally, report
from crawler.reparse.request import Reparse
from crawler.stages import open_store
from models.store import Store
from models.upsert import batches

__all__ = ["by_run", "compare"]

Line = Callable[[str], None]


def compare(reparse: Reparse, config: Config, *, on_line: Line = print) -> dict[str, Any]:
    """Say field by field what the readings would change; nothing is written to the store.

    Args:
        reparse: what was read; see `crawler.reparse.read.read`.
        config: our settings.
        on_line: takes a line of progress every few seconds.

    Returns:
        Counts: `pages`, `outcomes`, `fields` and `layouts` (see `Tally.as_json`), `report` (its path), `seconds`.

    Raises:
        ArtefactError: nothing was read yet, or the data root cannot be written.
        StoreError: the store cannot be read.
    """
    folder = ReparseFolder(reparse, config.data_root)
    started = monotonic()
    tally = Tally()
    with folder.locked(), open_store(config) as store:
        was_read = folder.require("read")
        folder.write_lines(ReparseFolder.CHANGES, _changes(store, folder, tally, on_line))
        folder.write_bytes(ReparseFolder.REPORT, report(reparse, was_read, tally).encode())
        counts = {
            **tally.as_json(),
            "parser_version": was_read["parser_version"],
            "report": str(folder / ReparseFolder.REPORT),
            "changes": str(folder / ReparseFolder.CHANGES),
            "seconds": round(monotonic() - started, 2),
        }
        folder.write_summary("compare", counts)
    return counts


def by_run(readings: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Iterator[list[dict[str, Any]]]]]:
    """The readings run by run, each run's in batches; a run's readings stand together."""
    for run_id, rows in groupby(readings, key=lambda row: str(row["run"])):
        yield run_id, batches(rows)


def _changes(store: Store, folder: ReparseFolder, tally: Tally, on_line: Line) -> Iterator[dict[str, Any]]:
    last = monotonic()
    for _, chunks in by_run(folder.read_lines(ReparseFolder.READINGS, "reparse")):
        for chunk in chunks:
            with store.reading() as connection:
                found = list(hold(connection, chunk))
            for held in found:
                change = _change(held)
                tally.add(change)
                if held.outcome not in (Outcome.SAME, Outcome.STILL_REFUSED, Outcome.SUPERSEDED):
                    yield change
            if monotonic() - last > 5:
                last = monotonic()
                on_line(f"compared {tally.pages:,} pages")


def _change(held: Held) -> dict[str, Any]:
    """One row of `changes.jsonl`."""
    reading, before = held.reading, held.stored
    article = reading.get("article")
    captured = reading["capture"]
    return {
        "run": reading["run"],
        "url": reading["url"],
        "site": reading["site"],
        "outcome": held.outcome.value,
        "capture": {name: captured[name] for name in ("file", "offset", "length", "sha256", "fetched_at")},
        "before": {
            "fate": held.event.fate if held.event is not None else reading["was"]["fate"],
            "message": reading["was"]["message"],
            "layout": before.layout if before is not None else reading["was"]["layout"],
            "parser_version": before.parser_version if before is not None else None,
            "revision": before.ordinal if before is not None else None,
        },
        "after": {
            "fate": reading.get("fate"),
            "message": reading["damaged"] or reading.get("message", ""),
            "layout": article["layout"] if article else reading.get("layout", ""),
            "parser_version": article["parser_version"] if article else None,
            "title": article["title"] if article else None,
        },
        "fields": held.fields,
    }
