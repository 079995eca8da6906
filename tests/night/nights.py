"""A whole night against the replica, and the store's content in a form that two stores can be compared by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from crawler import stages
from crawler.config import Config
from crawler.run import Run, Window
from models.articles import Article, Revision
from models.contents import Content
from models.urls import Url, UrlEvent

WINDOW = Window.parse("2026-06-15", "2026-06-17")


def quiet(_: str) -> None:
    """A night's log is the crawl's own tests' matter."""


def night(publisher: str, config: Config, *, window: Window = WINDOW, **options: Any) -> dict[str, dict[str, Any]]:
    """Do the five stages; the counts of each."""
    run = Run(publisher, window, **options)
    return {name: getattr(stages, name)(run, config, on_line=quiet) for name in stages.STAGES}


def squeezed(text: str) -> str:
    """Without white space, which is not what a page says."""
    return re.sub(r"\s+", "", text)


def stored_articles(connection: Connection) -> dict[tuple[str, str, str], Any]:
    """The current revision of every article, by publisher, site and key."""
    article, revision = Article.__table__.c, Revision.__table__
    query = select(article.publisher, article.site, article.key, article.kind, revision).join_from(
        Article.__table__, revision, revision.c.id == article.current_revision_id
    )
    return {(row.publisher, row.site, row.key): row for row in connection.execute(query)}


def stored_fates(connection: Connection) -> dict[str, str]:
    """The current fate of every URL, by its canonical form."""
    url, event = Url.__table__.c, UrlEvent.__table__.c
    query = select(url.url, event.fate).join_from(Url.__table__, UrlEvent.__table__, url.id == event.url_id)
    return dict(connection.execute(query.where(event.current)).all())


def content(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """What a store says, without what differs between two honest nights (when, and at which byte of which file)."""
    article, revision, text = Article.__table__.c, Revision.__table__.c, Content.__table__.c
    queries = {
        "articles": select(article.publisher, article.site, article.key, article.url, article.kind, article.title),
        "revisions": select(
            article.key,
            revision.ordinal,
            revision.kind,
            revision.record_hash,
            revision.content_id,
            revision.layout,
            revision.run_id,
        ).join_from(Revision.__table__, Article.__table__, article.id == revision.article_id),
        "contents": select(text.content_id, text.story_id, text.text),
    }
    rows = {name: sorted(map(tuple, connection.execute(query)), key=repr) for name, query in queries.items()}
    rows["fates"] = sorted(stored_fates(connection).items())
    return rows


def in_window(truth: Iterable[dict[str, Any]], window: Window = WINDOW) -> list[dict[str, Any]]:
    """The truth of the articles that a night of this window must bring home."""
    return [row for row in truth if window.holds(datetime.fromisoformat(row["published"]))]
