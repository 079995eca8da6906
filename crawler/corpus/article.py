"""One article for a person who looks at it: its fields, its revisions, its copies, and where its bytes lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from crawler.corpus.newest import NewestArticle, copies_of
from models.articles import Article, Revision
from models.contents import Content
from models.runs import Publisher
from models.urls import Capture

__all__ = ["ArticleView", "RevisionLine", "read_article"]

_MOST_REVISIONS = 200


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One state of an article in the list of its states; times are aware."""

    ordinal: int
    kind: str
    seen_from: datetime
    seen_to: datetime
    title: str
    layout: str
    parser_version: str
    current: bool


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article in one of its states.

    Args:
        article: the row of `article`.
        publisher: the publisher's name.
        revision: the row of `revision` that is shown, with every field as printed.
        capture: the row of `capture` that it was read from.
        revisions: every state, the first first; at most 200.
        copies: the other articles of its story, at most 20.
        more: whether there are further copies.
    """

    article: dict[str, Any]
    publisher: str
    revision: dict[str, Any]
    capture: dict[str, Any]
    revisions: tuple[RevisionLine, ...]
    copies: tuple[NewestArticle, ...]
    more: bool


def read_article(connection: Connection, article_id: int, ordinal: int | None = None) -> ArticleView | None:
    """Read one article.

    Args:
        connection: reads the store.
        article_id: its id.
        ordinal: which of its revisions, counted from 1; the current one by default.

    Returns:
        The article, or None where there is no such article or revision.
    """
    articles, revisions, captures = Article.__table__, Revision.__table__, Capture.__table__
    article = connection.execute(select(articles).where(articles.c.id == article_id)).mappings().one_or_none()
    if article is None:
        return None
    wanted = (
        revisions.c.id == article["current_revision_id"]
        if ordinal is None
        else (revisions.c.article_id == article_id) & (revisions.c.ordinal == ordinal)
    )
    revision = connection.execute(select(revisions).where(wanted)).mappings().one_or_none()
    if revision is None:
        return None
    capture = connection.execute(select(captures).where(captures.c.id == revision["capture_id"])).mappings().one()
    story = connection.execute(
        select(Content.__table__.c.story_id).where(Content.__table__.c.content_id == revision["content_id"])
    ).scalar()
    copies, more = copies_of(connection, article_id, story, 20)
    name = connection.execute(
        select(Publisher.__table__.c.name).where(Publisher.__table__.c.key == article["publisher"])
    ).scalar()
    return ArticleView(
        dict(article),
        name or article["publisher"] or "imported",
        dict(revision),
        dict(capture),
        _revisions(connection, article_id, article["current_revision_id"]),
        copies,
        more,
    )


def _revisions(connection: Connection, article_id: int, current: int) -> tuple[RevisionLine, ...]:
    table = Revision.__table__.c
    rows = connection.execute(
        select(
            table.ordinal,
            table.kind,
            table.seen_from,
            table.seen_to,
            table.title,
            table.layout,
            table.parser_version,
            table.id,
        )
        .where(table.article_id == article_id)
        .order_by(table.ordinal)
        .limit(_MOST_REVISIONS)
    )
    return tuple(RevisionLine(*row[:-1], current=row.id == current) for row in rows)
