"""Load: one run's artefacts become rows, in one transaction, as the store's only writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from crawler import publishers
from crawler.artefacts import RunFolder
from crawler.dedupe.decide import Candidate, Decision, Verdict, candidate, decide
from crawler.dedupe.stories import StoryDocument, assign
from crawler.errors import ArtefactError, Fate
from crawler.fetch.cdxj import read_index
from crawler.parse.article import Article, Kind
from crawler.run import SHANGHAI
from models.aggregates import refresh_aggregates
from models.articles import Article as ArticleRow
from models.articles import Revision
from models.base import identity
from models.runs import ListingCount, Publisher, Run
from models.upsert import batches, upsert
from models.urls import Capture, Url, UrlEvent

__all__ = ["candidates", "load_run"]

_LOADED = frozenset({Fate.LOADED_NEW, Fate.LOADED_REVISION, Fate.UNCHANGED, Fate.IMAGE_ONLY})


def candidates(folder: RunFolder) -> Iterator[Candidate]:
    """Every article of a run, ready to be decided on.

    Raises:
        ArtefactError: parse has not run, or its artefact is damaged.
    """
    for row in folder.read_lines(RunFolder.ARTICLES, "parse"):
        if row["article"] is not None:
            yield candidate(row["url"], Article.from_json(row["article"]), row["capture"])


def load_run(connection: Connection, folder: RunFolder) -> dict[str, int]:
    """Write everything that a run found, decided afresh against what the store holds at this moment.

    Args:
        connection: the writer's transaction; this function does not commit.
        folder: the run, crawled, parsed and deduplicated.

    Returns:
        Counts of what this execution wrote: `new`, `revised`, `unchanged` articles, `image_only` records,
        `rows_written`; a second execution finds everything unchanged and writes no row.
    """
    crawl_counts = folder.read_summary().get("crawl")
    if crawl_counts is None:
        raise ArtefactError(f"{folder.path} has no crawl summary; run `crawl` of this run first")
    # When the site was last heard, not when a crawl that asked for nothing ended: a repeated run writes no row.
    crawled_at = max((capture.fetched_at for capture in read_index(folder)), default=None)
    crawled_at = crawled_at or datetime.fromisoformat(crawl_counts["ended_at"])
    written = _write_run(connection, folder, crawl_counts, crawled_at)
    written += _write_captures(connection, folder)
    counts: Counter[str] = Counter()
    fates: dict[str, Fate] = {}
    last_seen: dict[str, datetime] = {}
    for batch in batches(candidates(folder)):
        decisions = decide(connection, batch)
        written += _write_articles(connection, folder, decisions)
        for decision in decisions:
            fates[decision.candidate.url] = _fate(decision)
            last_seen[decision.candidate.url] = decision.candidate.fetched_at
            image_only = decision.candidate.article.kind is Kind.IMAGE_ONLY
            counts["image_only" if image_only else _COUNTED_AS[decision.verdict]] += 1
    written += _write_urls(connection, folder, crawled_at, fates, last_seen)
    written += refresh_aggregates(connection, folder.run.run_id)
    return {
        "new": counts["new"],
        "revised": counts["revised"],
        "unchanged": counts["unchanged"],
        "image_only": counts["image_only"],
        "rows_written": written,
    }


_COUNTED_AS = {Verdict.NEW: "new", Verdict.REVISION: "revised", Verdict.UNCHANGED: "unchanged"}


def _fate(decision: Decision) -> Fate:
    if decision.candidate.article.kind is Kind.IMAGE_ONLY:
        return Fate.IMAGE_ONLY
    return {
        Verdict.NEW: Fate.LOADED_NEW,
        Verdict.REVISION: Fate.LOADED_REVISION,
        Verdict.UNCHANGED: Fate.UNCHANGED,
    }[decision.verdict]


def _write_run(connection: Connection, folder: RunFolder, crawl_counts: dict[str, Any], crawled_at: datetime) -> int:
    run = folder.run
    rows = [{"key": "imported", "name": "Imported pages", "home": ""}]
    rows += [{"key": p.key, "name": p.name, "home": p.home} for p in map(publishers.load, publishers.keys())]
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
                "reason": run.reason,
                "crawled_at": crawled_at,
                "complete": bool(crawl_counts["complete"]),
            }
        ],
        update=("crawled_at", "complete"),
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


def _write_captures(connection: Connection, folder: RunFolder) -> int:
    charsets = {
        (row["capture"]["file"], row["capture"]["offset"]): row["charset"] or {}
        for row in folder.read_lines(RunFolder.ARTICLES, "parse")
    }
    written = 0
    for batch in batches(read_index(folder)):
        rows = []
        for capture in batch:
            charset = charsets.get((capture.file, capture.offset), {})
            rows.append(
                {
                    "id": identity("capture", capture.file, capture.offset),
                    "file": capture.file,
                    "offset": capture.offset,
                    "length": capture.length,
                    "sha256": capture.sha256,
                    "url": capture.url,
                    "status": capture.status,
                    "content_type": capture.content_type,
                    "fetched_at": capture.fetched_at,
                    "run_id": folder.run.run_id,
                    "charset_declared": charset.get("declared"),
                    "charset_used": charset.get("used"),
                    "charset_how": charset.get("how"),
                    "etag": capture.etag,
                    "last_modified": capture.last_modified,
                }
            )
        written += upsert(
            connection, Capture.__table__, rows, update=("charset_declared", "charset_used", "charset_how")
        )
    return written


def _write_articles(connection: Connection, folder: RunFolder, decisions: Sequence[Decision]) -> int:
    new = [decision for decision in decisions if decision.verdict is not Verdict.UNCHANGED]
    texts = [decision for decision in new if decision.candidate.folded.sentences]
    written = assign(
        connection,
        [
            StoryDocument(
                folded=decision.candidate.folded,
                day=_day(decision.candidate),
            )
            for decision in texts
        ],
    ).rows_written
    # The article row comes first: its revisions refer to it.
    written += upsert(
        connection, ArticleRow.__table__, _last_per_article(_article_row(d) for d in new if d.verdict is Verdict.NEW)
    )
    written += upsert(connection, Revision.__table__, [_revision_row(folder, decision) for decision in new])
    current = [decision for decision in new if decision.is_current]
    written += upsert(
        connection,
        ArticleRow.__table__,
        _last_per_article(_article_row(decision) for decision in current),
        update=("url", "kind", "title", "published_at", "current_revision_id"),
    )
    return written + _extend_sight(
        connection,
        [(d.candidate.article_id, d.revision_id, d.candidate.fetched_at) for d in decisions],
    )


def _extend_sight(connection: Connection, sights: Sequence[tuple[int, int, datetime]]) -> int:
    """Note when articles and their revisions were last seen as they are.

    Args:
        connection: the writer's transaction.
        sights: article id, revision id, moment.
    """
    if not sights:
        return 0
    revision, article = Revision.__table__, ArticleRow.__table__
    rows = [{"of_article": a, "of_revision": r, "moment": moment} for a, r, moment in sights]
    written = 0
    for statement in (
        update(revision)
        .where(revision.c.id == bindparam("of_revision"), revision.c.seen_to < bindparam("moment"))
        .values(seen_to=bindparam("moment")),
        update(article)
        .where(article.c.id == bindparam("of_article"), article.c.last_seen < bindparam("moment"))
        .values(last_seen=bindparam("moment")),
    ):
        written += max(connection.execute(statement, rows).rowcount, 0)
    return written


def _last_per_article(rows: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({row["id"]: row for row in rows}.values())


def _day(row: Candidate) -> date | None:
    moment = row.article.published_at
    return moment.astimezone(SHANGHAI).date() if moment else None


def _article_row(decision: Decision) -> dict[str, Any]:
    row = decision.candidate
    return {
        "id": row.article_id,
        "publisher": row.article.publisher,
        "site": row.article.site,
        "key": row.article.key,
        "url": row.article.url,
        "kind": row.article.kind.value,
        "title": row.article.title,
        "published_at": row.article.published_at,
        "first_seen": row.fetched_at,
        "last_seen": row.fetched_at,
        "current_revision_id": decision.revision_id,
    }


def _revision_row(folder: RunFolder, decision: Decision) -> dict[str, Any]:
    row = decision.candidate
    article = row.article
    return {
        "id": decision.revision_id,
        "article_id": row.article_id,
        "ordinal": decision.ordinal,
        "kind": decision.kind,
        "run_id": folder.run.run_id,
        "capture_id": row.capture_id,
        "content_id": row.folded.content_id,
        "record_hash": row.record_hash,
        "parser_version": article.parser_version,
        "layout": article.layout,
        "seen_from": row.fetched_at,
        "seen_to": row.fetched_at,
        "url": article.url,
        "title": article.title,
        "subtitle": article.subtitle,
        "original_title": article.original_title,
        "source": article.source,
        "source_url": article.source_url,
        "first_publisher": article.first_publisher,
        "authors": article.authors,
        "editor": article.editor,
        "published_at": article.published_at,
        "published_precision": article.published_precision.value if article.published_precision else None,
        "published_printed": article.published_printed,
        "published_from": article.published_from,
        "modified_at": article.modified_at,
        "breadcrumb": article.breadcrumb,
        "paragraphs": article.paragraphs,
        "body_html": article.body_html,
        "images": [asdict(image) for image in article.images],
        "attachments": [asdict(attachment) for attachment in article.attachments],
        "keywords": article.keywords,
        "site_id_code": article.site_id_code,
        "document": article.document,
        "notes": article.notes,
    }


def _write_urls(
    connection: Connection,
    folder: RunFolder,
    crawled_at: datetime,
    fates: dict[str, Fate],
    last_seen: dict[str, datetime],
) -> int:
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
    table = ArticleRow.__table__.c
    current = connection.execute(select(table.id, table.current_revision_id).where(table.id.in_(list(moments))))
    return _extend_sight(
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
            loaded_before = event["fate"] == Fate.UNCHANGED and Fate(known.fate) in _LOADED
            if loaded_before and known.capture_id == event["capture_id"]:
                # This run loaded this very capture: that is its fate, not that it is here now.
                event["fate"] = known.fate
            if all(getattr(known, name) == value for name, value in event.items()):
                continue
        fresh.append({**event, "attempt": known.attempt + 1 if known else 1, "current": True})
    changed = {event["url_id"] for event in fresh}
    fate_of = {event["url_id"]: event["fate"] for event in events}
    for row in urls:
        row["fate"] = fate_of[row["id"]]
    written = upsert(connection, Url.__table__, urls)
    written += _advance_urls(connection, [row for row in urls if row["id"] in changed])
    replaced = [event["url_id"] for event in fresh if event["url_id"] in stored]
    if replaced:
        written += connection.execute(
            update(UrlEvent)
            .where(table.run_id == run_id, table.current, table.url_id.in_(replaced))
            .values(current=False)
        ).rowcount
    return written + upsert(connection, UrlEvent.__table__, fresh)


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
