"""The rows of a run's URLs: what became of each in this run, and the latest fate of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from crawler.artefacts import RunFolder
from crawler.errors import ArtefactError, Fate
from crawler.load.article_rows import extend_sight
from models.articles import Article
from models.base import identity
from models.upsert import batches, upsert
from models.urls import Url, UrlEvent

__all__ = ["LOADED", "READ_AGAIN", "append_events", "write_urls"]

READ_AGAIN = "read again by parser"
"""How the message of a fate begins that `dibao reparse` gave."""

LOADED = frozenset({Fate.LOADED_NEW, Fate.LOADED_REVISION, Fate.UNCHANGED, Fate.IMAGE_ONLY})
"""The fates of pages that were read as articles."""


def write_urls(
    connection: Connection,
    folder: RunFolder,
    crawled_at: datetime,
    fates: dict[str, Fate],
    last_seen: dict[str, datetime],
) -> int:
    """Write the fate of each URL that a run discovered.

    Args:
        connection: the writer's transaction.
        folder: the run.
        crawled_at: aware; when the site was last heard.
        fates: of the URLs whose pages were articles.
        last_seen: aware; when the captures of those URLs were fetched.

    Returns:
        Rows written; those of URLs with the fate of before are left alone.

    Raises:
        ArtefactError: a captured URL has no fate.
    """
    refused = {row["url"]: row for row in folder.read_lines(RunFolder.ARTICLES, "parse") if row["article"] is None}
    layouts = {row["url"]: row["layout"] for row in folder.read_lines(RunFolder.ARTICLES, "parse")}
    written = 0
    for batch in batches(folder.read_lines(RunFolder.FATES, "crawl")):
        events, urls = [], []
        for row in batch:
            url, message, status = row["url"], row["evidence"]["message"], row["evidence"]["status"]
            fate = Fate(row["fate"]) if row["fate"] else fates.get(url)
            if url in refused:
                fate, message = Fate(refused[url]["fate"]), refused[url]["message"]
            if fate is None:
                raise ArtefactError(
                    f"{url} was captured but parse says nothing of it; run `parse` of {folder.run.run_id} again"
                )
            capture = row["capture"]
            fetched_at = datetime.fromisoformat(capture["fetched_at"]) if capture else crawled_at
            urls.append(
                {
                    "id": identity("url", url),
                    "url": url,
                    "publisher": folder.run.publisher,
                    "site": row["site"],
                    "key": row["key"],
                    "fate": fate.value,
                    "last_run_id": folder.run.run_id,
                    "first_seen": fetched_at,
                    "last_seen": last_seen.get(url, fetched_at),
                }
            )
            events.append(
                {
                    "run_id": folder.run.run_id,
                    "url_id": identity("url", url),
                    "fate": fate.value,
                    "status": status,
                    "message": message,
                    "channels": row["channels"],
                    "layout": layouts.get(url, ""),
                    "capture_id": identity("capture", capture["file"], capture["offset"]) if capture else None,
                    "listed_title": row["listed"]["title"],
                }
            )
        written += _write_url_batch(connection, urls, events)
        written += _extend_not_modified(connection, folder, batch)
    return written


def _extend_not_modified(connection: Connection, folder: RunFolder, batch: Sequence[dict[str, Any]]) -> int:
    """A 304 says that the current revision still stands."""
    moments = {
        identity("article", folder.run.publisher, row["site"], row["key"]): row["capture"]["fetched_at"]
        for row in batch
        if row["fate"] == Fate.NOT_MODIFIED and row["key"] is not None
    }
    if not moments:
        return 0
    table = Article.__table__.c
    current = connection.execute(select(table.id, table.current_revision_id).where(table.id.in_(list(moments))))
    return extend_sight(
        connection,
        [(article, revision, datetime.fromisoformat(moments[article])) for article, revision in current],
    )


def _write_url_batch(connection: Connection, urls: list[dict[str, Any]], events: list[dict[str, Any]]) -> int:
    table = UrlEvent.__table__.c
    run_id = events[0]["run_id"]
    stored = {
        row.url_id: row
        for row in connection.execute(
            select(UrlEvent.__table__).where(
                table.run_id == run_id, table.current, table.url_id.in_([event["url_id"] for event in events])
            )
        )
    }
    fresh = []
    for event in events:
        known = stored.get(event["url_id"])
        if known is not None:
            loaded_before = event["fate"] == Fate.UNCHANGED and Fate(known.fate) in LOADED
            if loaded_before and known.capture_id == event["capture_id"]:
                # This run loaded this very capture: that is its fate, not that it is here now.
                event["fate"] = known.fate
            # Another title on a listing that was walked again is no other fate.
            different = {name for name, value in event.items() if getattr(known, name) != value} - {"listed_title"}
            # The artefacts hold by now what was read again; why it was stands in the row alone.
            if not different or (different == {"message"} and known.message.startswith(READ_AGAIN)):
                continue
        fresh.append({**event, "attempt": known.attempt + 1 if known else 1, "current": True})
    changed = {event["url_id"] for event in fresh}
    fate_of = {event["url_id"]: event["fate"] for event in events}
    for row in urls:
        row["fate"] = fate_of[row["id"]]
    written = upsert(connection, Url.__table__, urls)
    written += _advance_urls(connection, [row for row in urls if row["id"] in changed])
    return written + append_events(connection, run_id, fresh)


def append_events(connection: Connection, run_id: str, events: Sequence[dict[str, Any]]) -> int:
    """Append fates of one run, each in the place of the one before it; returns how many rows were written.

    Args:
        connection: the writer's transaction.
        run_id: the run.
        events: whole rows of `url_event`, at most one per URL, that are current from now on.
    """
    table = UrlEvent.__table__.c
    written = 0
    replaced = [event["url_id"] for event in events if event["attempt"] > 1]
    if replaced:
        written += connection.execute(
            update(UrlEvent)
            .where(table.run_id == run_id, table.current, table.url_id.in_(replaced))
            .values(current=False)
        ).rowcount
    return written + upsert(connection, UrlEvent.__table__, events)


def _advance_urls(connection: Connection, rows: list[dict[str, Any]]) -> int:
    """Bring the latest fate of URLs up to date, but never back to that of an older look."""
    if not rows:
        return 0
    table = Url.__table__.c
    stored = {
        row.id: row
        for row in connection.execute(
            select(table.id, table.last_seen, table.last_run_id, table.publisher, table.key).where(
                table.id.in_([row["id"] for row in rows])
            )
        )
    }
    newer = []
    for row in rows:
        known = stored[row["id"]]
        # What the same run says now it says later, whatever a clock that was put back in between makes of it.
        if (row["last_seen"] >= known.last_seen or row["last_run_id"] == known.last_run_id) and _may_describe(
            row, known
        ):
            newer.append({**row, "last_seen": max(row["last_seen"], known.last_seen)})
    return upsert(
        connection, Url.__table__, newer, update=("publisher", "fate", "last_run_id", "last_seen", "site", "key")
    )


def _may_describe(row: dict[str, Any], stored: Any) -> bool:
    """Whether a run may say what a URL is: its owner may, and the first that knows it as an article of its own.

    A link on another publisher's listing, or an import, does not change what the owner knows.
    """
    if row["publisher"] == stored.publisher:
        return True
    return row["key"] is not None and (stored.key is None or stored.publisher == "imported")
