"""What the store knows already of a publisher's articles, for a crawl that fetches only what is new or due."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, or_, select

from crawler.errors import Fate
from crawler.fetch.revisit import KnownUrl
from crawler.run import Run
from models.articles import Article, Revision
from models.base import UtcDateTime
from models.store import Store
from models.urls import Capture, Url

__all__ = ["known_urls"]

_MARGIN = timedelta(days=45)
"""Listings are walked little further than the window; what was published long before or after is not listed there."""

_SECOND_PAGE = re.compile(r"^(.+)[_-][12](\.s?html?)$", re.I)
"""The second page of an article is named after the first (see `crawler.parse.further`)."""


def known_urls(store: Store, run: Run) -> list[KnownUrl]:
    """The publisher's stored articles from around the run's window, with what a conditional request needs.

    What this very run has loaded is left out: its own WARC answers for that. An article of several pages comes without
    validators, since "not modified" would be said of its first page only.

    Args:
        store: the SQL store.
        run: names the publisher.
    """
    article, revision, capture, url = Article.__table__, Revision.__table__, Capture.__table__, Url.__table__
    # An article that is gone was looked at when its address last said so, not when it was last there.
    gone_at = (
        select(func.max(url.c.last_seen))
        .where(
            url.c.publisher == article.c.publisher,
            url.c.site == article.c.site,
            url.c.key == article.c.key,
            url.c.fate.in_((Fate.GONE, Fate.SOFT_404)),
        )
        .scalar_subquery()
    )
    known = (
        select(
            article.c.site,
            article.c.key,
            func.coalesce(gone_at, article.c.last_seen, type_=UtcDateTime()),
            article.c.published_at,
            capture.c.url,
            capture.c.etag,
            capture.c.last_modified,
            revision.c.run_id,
        )
        .join(revision, revision.c.id == article.c.current_revision_id)
        .join(capture, capture.c.id == revision.c.capture_id)
        .where(
            article.c.publisher == run.publisher,
            revision.c.run_id != run.run_id,
            # A copy that somebody imported is no look of ours at the site.
            revision.c.run_id.startswith(f"{run.publisher}/", autoescape=True),
            or_(
                article.c.published_at.is_(None),
                article.c.published_at.between(run.window.start_time - _MARGIN, run.window.end_time + _MARGIN),
            ),
        )
    )
    # Every second page of those runs; LIKE's `_` is any character, which the pattern then looks at.
    second_pages = select(capture.c.run_id, capture.c.url).where(
        capture.c.run_id.in_(select(known.subquery().c.run_id)),
        or_(capture.c.url.like("%_1.%htm%"), capture.c.url.like("%_2.%htm%")),
    )
    with store.reading() as connection:
        several = {
            (row.run_id, match.expand(r"\1\2"))
            for row in connection.execute(second_pages)
            if (match := _SECOND_PAGE.match(row.url))
        }
        found = []
        for *values, run_id in connection.execute(known):
            article_known = KnownUrl(*values)
            if (run_id, article_known.url) in several:
                article_known = replace(article_known, etag=None, last_modified=None)
            found.append(article_known)
        return found
