"""What the store knows already of a publisher's articles, for a crawl that fetches only what is new or due."""

from __future__ import annotations

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


def known_urls(store: Store, run: Run) -> list[KnownUrl]:
    """The publisher's stored articles from around the run's window, with what a conditional request needs.

    What this very run has loaded is left out: its own WARC answers for that.

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
    query = (
        select(
            article.c.site,
            article.c.key,
            func.coalesce(gone_at, article.c.last_seen, type_=UtcDateTime()),
            article.c.published_at,
            capture.c.url,
            capture.c.etag,
            capture.c.last_modified,
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
    with store.reading() as connection:
        return [KnownUrl(*row) for row in connection.execute(query)]
