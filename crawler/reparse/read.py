"""First step: read every capture that is asked for again, from the archive, with the parser that is installed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from crawler.config import Config
from crawler.errors import ArtefactError
from crawler.importing import IMPORTED
from crawler.parse import PARSER_VERSION
from crawler.reparse.context import Context
from crawler.reparse.folder import ReparseFolder
from crawler.reparse.request import Reparse
from crawler.reparse.targets import runs_to_read, targets_of
from crawler.stages import open_store, parsed_row
from crawler.tables import counted
from models.store import Store

__all__ = ["read"]

Line = Callable[[str], None]


def read(reparse: Reparse, config: Config, *, on_line: Line = print) -> dict[str, Any]:
    """Read the captures again; the network is not touched, nothing is written to the store.

    Args:
        reparse: which captures.
        config: our settings.
        on_line: takes a line of progress every few seconds.

    Returns:
        Counts: `pages`, `runs`, `damaged` (captures that the archive did not give back), `parser_version`, `seconds`.

    Raises:
        ArtefactError: the data root cannot be written, or a run's file is damaged.
        StoreError: the store cannot be read.
        RunLocked: another process does the same reparse.
    """
    folder = ReparseFolder(reparse, config.data_root)
    started = monotonic()
    counts: Counter[str] = Counter()
    with folder.locked(), open_store(config) as store:
        pages = folder.write_lines(ReparseFolder.READINGS, _readings(store, config, reparse, counts, on_line))
        summary = {
            "pages": pages,
            "runs": counts["runs"],
            "damaged": counts["damaged"],
            "parser_version": PARSER_VERSION,
            "read_at": datetime.now(UTC).isoformat(),
            "seconds": round(monotonic() - started, 2),
        }
        folder.write_summary("read", summary)
    return summary


def _readings(
    store: Store, config: Config, reparse: Reparse, counts: Counter[str], on_line: Line
) -> Iterator[dict[str, Any]]:
    with store.reading() as connection:
        runs = runs_to_read(connection, reparse)
    last = monotonic()
    for run in runs:
        counts["runs"] += 1
        context = Context(store, config.data_root, run.run_id)
        owner = run.run_id.partition("/")[0]
        publisher = None if owner == IMPORTED else owner
        for batch in targets_of(store, reparse, run):
            for target in batch:
                reading: dict[str, Any] = {
                    "run": run.run_id,
                    "revision": target.revision_id,
                    "was": {"fate": target.fate, "layout": target.layout, "message": target.message},
                    "damaged": "",
                    "listing_known": True,
                }
                try:
                    found = context.row(target)
                    if found is None:
                        continue
                    row, reading["listing_known"] = found
                    reading |= {"further": len(row["further"]), **parsed_row(config.data_root, row, publisher)}
                except ArtefactError as error:
                    # One record that the archive has lost must not hide what the others say; it is counted and told.
                    reading |= {"url": target.url, "site": target.site, "capture": target.capture}
                    reading["damaged"] = str(error)
                    counts["damaged"] += 1
                counts["pages"] += 1
                yield reading
            if monotonic() - last > 5:
                last = monotonic()
                on_line(
                    f"read {counted(counts['pages'], 'page')} again, of {counts['runs']} of {counted(len(runs), 'run')}"
                )
