"""The newest articles, each with the other articles of its story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from crawler.printed_time import PrintedTime
from models.articles import Article, Revision
from models.contents import Content

__all__ = ["NewestArticle", "copies_of", "newest_articles"]

_NEWEST = 12
_MOST_COPIES = 5


@dataclass(frozen=True, slots=True)
class NewestArticle:
    """An article with the other articles of its story, at most a few; `more` says that there are others."""

    article_id: int
    publisher: str
    title: str
    source: str
    published_at: datetime | None
    precision: str | None
    copies: tuple[NewestArticle, ...] = ()
    more: bool = False


def newest_articles(connection: Connection, now: datetime, publisher: str) -> tuple[NewestArticle, ...]:
    """The articles published last before a moment (aware), one of each story; of one publisher or, if empty, of all."""
    article, revision, content = Article.__table__, Revision.__table__, Content.__table__
    query = (
        select(
            article.c.id,
            article.c.publisher,
            article.c.title,
            article.c.published_at,
            revision.c.source,
            revision.c.published_precision,
            content.c.story_id,
        )
        .join(revision, revision.c.id == article.c.current_revision_id)
        .outerjoin(content, content.c.content_id == revision.c.content_id)
        .where(article.c.published_at <= now)
        .order_by(article.c.published_at.desc())
        .limit(4 * _NEWEST)
    )
    if publisher:
        query = query.where(article.c.publisher == publisher)
    found: list[NewestArticle] = []
    stories = set()
    for row in connection.execute(query):
        if row.story_id in stories:
            # Shown already, as a copy of a newer one.
            continue
        if row.story_id is not None:
            stories.add(row.story_id)
        copies, more = copies_of(connection, row.id, row.story_id)
        found.append(
            NewestArticle(
                row.id, row.publisher, row.title, row.source, row.published_at, row.published_precision, copies, more
            )
        )
        if len(found) == _NEWEST:
            break
    return tuple(found)


def copies_of(
    connection: Connection, article_id: int, story_id: int | None, most: int = _MOST_COPIES
) -> tuple[tuple[NewestArticle, ...], bool]:
    """The other articles of a story.

    Args:
        connection: reads the store.
        article_id: the article whose copies they are.
        story_id: its story; None for a record without text, which has no copies.
        most: how many at most.

    Returns:
        The copies, oldest first, and whether there are more. One dated by its day alone comes after those of that day
        whose hour is known; one without a time comes last.
    """
    if story_id is None:
        return (), False
    article, revision, content = Article.__table__, Revision.__table__, Content.__table__
    rows = connection.execute(
        select(
            article.c.id,
            article.c.publisher,
            article.c.title,
            revision.c.source,
            article.c.published_at,
            revision.c.published_precision,
        )
        .select_from(content)
        .join(revision, revision.c.content_id == content.c.content_id)
        .join(article, (article.c.id == revision.c.article_id) & (article.c.current_revision_id == revision.c.id))
        .where(content.c.story_id == story_id, article.c.id != article_id)
        .order_by(article.c.published_at.is_(None), article.c.published_at, article.c.id)
        .limit(most + 1)
    ).all()
    copies = [NewestArticle(*row) for row in rows[:most]]
    copies.sort(key=lambda copy: (PrintedTime(copy.published_at, copy.precision).end, copy.article_id))
    return tuple(copies), len(rows) > most
