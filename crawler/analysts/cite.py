"""What names a version of the corpus, so that somebody else can tell whether theirs is the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select, true

from crawler.analysts.selection import Selection
from crawler.config import VERSION
from models.articles import Article, Revision
from models.contents import Content
from models.runs import Run

__all__ = ["Citation", "cite"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A version of the corpus, or of a part of it.

    The digests are SHA-256, hex, of lines of ASCII that end in a newline, in the order of their numbers. They hold what
    pages print and which texts are one story, not when it was fetched or in which file it lies.

    Args:
        dibao: the installed version.
        schema: of the store.
        parsers: version of the parser to how many of the articles it read.
        algorithms: version of the folding and of the rules of stories, to how many of the texts.
        articles: how many.
        image_only: of them, those without text.
        revisions: states of these articles.
        stories: that their texts belong to.
        publishers: keys of those that have an article here; empty for pages that are nobody's own.
        last_run: of these publishers, the one whose crawl was answered last; empty where there was none.
        last_crawled_at: aware; when that was, None where there was none.
        articles_digest: of lines `article_id record_hash`, the current revision of each: what an export holds.
        revisions_digest: of lines `article_id ordinal record_hash`, every state.
        stories_digest: of lines `article_id story_id`, `-` for an article without text.
    """

    dibao: str
    schema: str
    parsers: dict[str, int]
    algorithms: dict[int, int]
    articles: int
    image_only: int
    revisions: int
    stories: int
    publishers: tuple[str, ...]
    last_run: str
    last_crawled_at: datetime | None
    articles_digest: str
    revisions_digest: str
    stories_digest: str


def cite(connection: Connection, selection: Selection, schema: str) -> Citation:
    """Name what the store holds of some publishers and days.

    Args:
        connection: reads the store; everything is of one snapshot.
        selection: which articles.
        schema: the store's, as Alembic knows it.
    """
    article, revision, content = Article.__table__, Revision.__table__, Content.__table__
    current = (
        select(
            article.c.id, article.c.publisher, article.c.kind, revision.c.record_hash, revision.c.parser_version,
            content.c.story_id, content.c.algorithm,
        )
        .join_from(article, revision, revision.c.id == article.c.current_revision_id)
        .join(content, content.c.content_id == revision.c.content_id, isouter=True)
        .where(selection.holds())
        .order_by(article.c.id)
    )  # fmt: skip
    parsers: dict[str, int] = {}
    algorithms: dict[int, int] = {}
    publishers: set[str] = set()
    stories: set[int] = set()
    articles = image_only = 0
    of_articles, of_stories, of_revisions = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
    for row in connection.execute(current.execution_options(yield_per=1000)):
        articles += 1
        image_only += row.kind == "image_only"
        publishers.add(row.publisher)
        parsers[row.parser_version] = parsers.get(row.parser_version, 0) + 1
        of_articles.update(f"{row.id} {row.record_hash}\n".encode())
        of_stories.update(f"{row.id} {'-' if row.story_id is None else row.story_id}\n".encode())
        if row.story_id is not None:
            stories.add(row.story_id)
            algorithms[row.algorithm] = algorithms.get(row.algorithm, 0) + 1
    revisions = 0
    states = (
        select(revision.c.article_id, revision.c.ordinal, revision.c.record_hash)
        .join_from(revision, article, article.c.id == revision.c.article_id)
        .where(selection.holds())
        .order_by(revision.c.article_id, revision.c.ordinal)
    )
    for article_id, ordinal, record_hash in connection.execute(states.execution_options(yield_per=1000)):
        revisions += 1
        of_revisions.update(f"{article_id} {ordinal} {record_hash}\n".encode())
    last_run, last_crawled_at = _last_run(connection, selection)
    return Citation(
        dibao=VERSION,
        schema=schema,
        parsers=dict(sorted(parsers.items())),
        algorithms=dict(sorted(algorithms.items())),
        articles=articles,
        image_only=image_only,
        revisions=revisions,
        stories=len(stories),
        publishers=tuple(sorted(publishers)),
        last_run=last_run,
        last_crawled_at=last_crawled_at,
        articles_digest=of_articles.hexdigest(),
        revisions_digest=of_revisions.hexdigest(),
        stories_digest=of_stories.hexdigest(),
    )


def _last_run(connection: Connection, selection: Selection) -> tuple[str, datetime | None]:
    run = Run.__table__.c
    own = run.publisher == selection.publisher if selection.publisher else true()
    newest = select(func.max(run.crawled_at)).where(own).scalar_subquery()
    found = connection.execute(select(run.id, run.crawled_at).where(and_(own, run.crawled_at == newest))).all()
    # Sorted here: databases put letters in orders of their own.
    last = max(found, key=lambda row: str(row.id), default=None)
    return ("", None) if last is None else (last.id, last.crawled_at)
