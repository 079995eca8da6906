"""Articles that their site has taken down: told from repeated evidence, kept all the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from crawler.errors import Fate, FateGroup
from models.articles import Article
from models.runs import Run
from models.urls import Capture, Url, UrlEvent

__all__ = ["RemovedArticle", "removed_articles"]

_APART = timedelta(days=1)
"""One 404 is an accident of a moment; two a day apart, with no sign of life between, are a removal."""

_SILENT = frozenset({FateGroup.REFUSED, FateGroup.FAILED_RETRY, FateGroup.OUT_OF_SCOPE})
"""These say nothing of whether the article is still there."""


@dataclass(frozen=True, slots=True)
class RemovedArticle:
    """An article that its site no longer has.

    Args:
        article_id: of the article row, which stays with all its revisions.
        publisher: the publisher's key.
        url: the article's.
        title: of its current revision.
        gone_since: the first answer without it, UTC.
        confirmed_at: the latest one, at least a day later, UTC.
    """

    article_id: int
    publisher: str
    url: str
    title: str
    gone_since: datetime
    confirmed_at: datetime


def removed_articles(connection: Connection, publisher: str = "") -> list[RemovedArticle]:
    """Every article whose address answered `gone` or `soft_404` in two runs at least a day apart, and nothing since.

    Any answer that shows the page, under any of the article's addresses, ends the evidence.

    Args:
        connection: reads the store.
        publisher: only this one's.
    """
    event, url, article = UrlEvent.__table__.c, Url.__table__.c, Article.__table__.c
    capture, run = Capture.__table__.c, Run.__table__.c
    gone = [fate.value for fate in Fate if fate.group is FateGroup.GONE]
    suspected = (
        select(url.publisher, url.site, url.key)
        .join(UrlEvent.__table__, event.url_id == url.id)
        .where(event.fate.in_(gone), url.key.is_not(None))
        .distinct()
        .subquery()
    )
    query = (
        select(
            article.id,
            article.publisher,
            article.url,
            article.title,
            event.run_id,
            event.fate,
            capture.fetched_at,
            run.crawled_at,
        )
        .join(
            suspected,
            (suspected.c.publisher == article.publisher)
            & (suspected.c.site == article.site)
            & (suspected.c.key == article.key),
        )
        .join(
            Url.__table__,
            (url.publisher == article.publisher) & (url.site == article.site) & (url.key == article.key),
        )
        .join(UrlEvent.__table__, event.url_id == url.id)
        .join(Run.__table__, run.id == event.run_id)
        .outerjoin(Capture.__table__, capture.id == event.capture_id)
    )
    if publisher:
        query = query.where(article.publisher == publisher)
    evidence: dict[tuple[int, str, str, str], list[tuple[datetime, str, Fate]]] = {}
    for *which, run_id, fate, fetched_at, crawled_at in connection.execute(query):
        article_id, key, address, title = which
        rows = evidence.setdefault((article_id, key, address, title), [])
        rows.append((fetched_at or crawled_at, run_id, Fate(fate)))
    found = []
    for which_article, rows in sorted(evidence.items()):
        streak: list[tuple[datetime, str]] = []
        for moment, run_id, fate in sorted(rows):
            if fate.group is FateGroup.GONE:
                streak.append((moment, run_id))
            elif fate.group not in _SILENT and fate is not Fate.NOT_DUE:
                streak.clear()
        if len({run_id for _, run_id in streak}) >= 2 and streak[-1][0] - streak[0][0] >= _APART:
            found.append(RemovedArticle(*which_article, streak[0][0], streak[-1][0]))
    return found
