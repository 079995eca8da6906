"""The rows that say what a run was: its publisher, the run itself, and what its listings claimed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from crawler import publishers
from crawler.artefacts import RunFolder
from models.runs import ListingCount, Publisher, Run
from models.upsert import upsert

__all__ = ["write_run"]


def write_run(connection: Connection, folder: RunFolder, crawl_counts: dict[str, Any], crawled_at: datetime) -> int:
    """Write the run, every publisher of the registry that can be read, and one row for each listing.

    Args:
        connection: the writer's transaction.
        folder: the run.
        crawl_counts: what crawl has counted.
        crawled_at: aware; when the site was last heard.

    Returns:
        Rows written.
    """
    run = folder.run
    rows = [{"key": "imported", "name": "Imported pages", "home": ""}]
    rows += [{"key": p.key, "name": p.name, "home": p.home} for p in publishers.readable()]
    written = upsert(connection, Publisher.__table__, rows, update=("name", "home"))
    written += upsert(
        connection,
        Run.__table__,
        [
            {
                "id": run.run_id,
                "publisher": run.publisher,
                "run_key": run.run_key,
                "window_start": run.window.start,
                "window_end": run.window.end,
                "selection": {
                    name: value
                    for name, value in run.as_json().items()
                    if name in ("channels", "sites", "page_limit") and value
                },
                "reason": _reasons(connection, run.run_id, crawl_counts.get("reason") or run.reason),
                "crawled_at": crawled_at,
                "complete": bool(crawl_counts["complete"]),
            }
        ],
        update=("reason", "crawled_at", "complete"),
    )
    listings = [
        {
            "run_id": run.run_id,
            "channel": channel,
            "pages": seen["pages"],
            "links": seen["links"],
            "in_window": seen["in_window"],
            "total": seen["total"],
            "oldest": date.fromisoformat(seen["oldest"]) if seen["oldest"] else None,
            "newest": date.fromisoformat(seen["newest"]) if seen["newest"] else None,
        }
        for channel, seen in sorted(crawl_counts["channels"].items())
    ]
    return written + upsert(
        connection,
        ListingCount.__table__,
        listings,
        update=("pages", "links", "in_window", "total", "oldest", "newest"),
    )


def _reasons(connection: Connection, run_id: str, reason: str) -> str:
    """Why the run was asked for, each time that somebody said why: a second look must not blot out the first."""
    known = connection.execute(select(Run.__table__.c.reason).where(Run.__table__.c.id == run_id)).scalar() or ""
    if not reason or f"; {reason}; " in f"; {known}; ":
        return known
    return "; ".join(filter(None, (known, reason)))
