"""The rows of articles and their revisions, and until when each was seen as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from crawler.dedupe.decide import Candidate, Decision, Verdict
from crawler.dedupe.stories import StoryDocument, assign
from crawler.run import shanghai_day
from models.articles import Article, Revision
from models.upsert import upsert

__all__ = ["extend_sight", "write_articles"]


def write_articles(connection: Connection, run_id: str, decisions: Sequence[Decision]) -> int:
    """Write what was decided on some articles of a run: articles, revisions, contents with their stories.

    Args:
        connection: the writer's transaction.
        run_id: the run whose captures they were read from.
        decisions: on articles of the run, in its order.

    Returns:
        Rows written.
    """
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
        connection, Article.__table__, _last_per_article(_article_row(d) for d in new if d.verdict is Verdict.NEW)
    )
    written += upsert(connection, Revision.__table__, [_revision_row(run_id, decision) for decision in new])
    current = [decision for decision in new if decision.is_current]
    written += upsert(
        connection,
        Article.__table__,
        _last_per_article(_article_row(decision) for decision in current),
        update=("url", "kind", "title", "published_at", "current_revision_id"),
    )
    return written + extend_sight(
        connection,
        [(d.candidate.article_id, d.revision_id, d.candidate.fetched_at) for d in decisions],
    )


def extend_sight(connection: Connection, sights: Sequence[tuple[int, int, datetime]]) -> int:
    """Note when articles and their revisions were last seen as they are.

    Args:
        connection: the writer's transaction.
        sights: article id, revision id, moment.
    """
    if not sights:
        return 0
    revision, article = Revision.__table__, Article.__table__
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
    return shanghai_day(moment) if moment else None


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


def _revision_row(run_id: str, decision: Decision) -> dict[str, Any]:
    row = decision.candidate
    article = row.article
    return {
        "id": decision.revision_id,
        "article_id": row.article_id,
        "ordinal": decision.ordinal,
        "kind": decision.kind,
        "run_id": run_id,
        "capture_id": row.capture_id,
        "content_id": row.folded.content_id,
        "record_hash": row.record_hash,
        "parser_version": article.parser_version,
        "layout": article.layout,
        "seen_from": decision.seen_from,
        "seen_to": decision.seen_to,
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
