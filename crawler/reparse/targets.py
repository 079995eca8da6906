"""Which captures a reparse reads: those of current revisions, and the pages that nobody could read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, true

from crawler.errors import Fate, FateGroup
from crawler.importing import IMPORTED
from crawler.reparse.request import By, Reparse
from models.articles import Article, Revision
from models.base import identity
from models.runs import Run
from models.store import Store
from models.upsert import BATCH
from models.urls import Capture, Url, UrlEvent

__all__ = ["Target", "TargetRun", "runs_to_read", "targets_of"]

_REFUSED = tuple(
    fate
    for fate in Fate
    if fate.group in (FateGroup.FAILED_LOOK, FateGroup.NOT_ARTICLE) or fate is Fate.SOFT_404
    if fate is not Fate.IMAGE_ONLY
)
"""The fates that parse gives to a page which it takes for no article, or cannot read."""

_CAPTURE = ("file", "offset", "length", "sha256", "status", "content_type", "url", "fetched_at")


@dataclass(frozen=True, slots=True)
class TargetRun:
    """A run that has captures to read again.

    Args:
        run_id: publisher and run_key.
        unread: whether the pages that it could not read are asked for too.
        overlaps: whether its window and the days asked for have one in common.
    """

    run_id: str
    unread: bool
    overlaps: bool


@dataclass(frozen=True, slots=True)
class Target:
    """One capture to read again, and what it was until now.

    Args:
        run_id: the run that archived it.
        url: as in `fates.jsonl`.
        site: key of the site, or None.
        key: the article key, or None.
        capture: as in `fates.jsonl`.
        capture_id: of the store.
        fate: of the URL in the run.
        layout: that read it, or empty.
        message: of the fate.
        revision_id: of the current revision that was read from it; None where nothing was.
        listed_time: the time, where the stored one is that of the listing.
    """

    run_id: str
    url: str
    site: str | None
    key: str | None
    capture: dict[str, Any]
    capture_id: int
    fate: str
    layout: str
    message: str
    revision_id: int | None = None
    listed_time: datetime | None = None


def runs_to_read(connection: Connection, reparse: Reparse) -> list[TargetRun]:
    """The runs that have captures to read again, in the order in which they were crawled."""
    run, window = Run.__table__.c, reparse.window
    rows = {
        row.id: row
        for row in connection.execute(select(run.id, run.publisher, run.window_start, run.window_end, run.crawled_at))
    }
    overlaps = {
        run_id: window is None or (row.window_start < window.end and row.window_end > window.start)
        for run_id, row in rows.items()
    }
    revision, article, capture = Revision.__table__, Article.__table__, Capture.__table__
    with_articles = set(
        connection.scalars(
            select(revision.c.run_id)
            .join(article, article.c.current_revision_id == revision.c.id)
            .join(capture, capture.c.id == revision.c.capture_id)
            .where(_of_publisher(reparse), _article_days(reparse, overlap=True), *_sites(reparse, article))
            .distinct()
        )
    )
    event = UrlEvent.__table__.c
    with_pages = set(
        connection.scalars(
            select(event.run_id)
            .join(Run.__table__, run.id == event.run_id)
            .join(capture, capture.c.id == event.capture_id)
            .where(
                run.publisher == reparse.publisher,
                event.current,
                event.fate.in_(_REFUSED),
                _captured_days(reparse),
            )
            .distinct()
        )
    )
    if reparse.by is By.PUBLISHED:
        with_pages = {run_id for run_id in with_pages if overlaps[run_id]}
    if reparse.urls:
        ids = [identity("url", url) for url in reparse.urls]
        asked = set(connection.scalars(select(event.run_id).where(event.url_id.in_(ids)).distinct()))
        with_articles &= asked
        with_pages &= asked
    return [
        TargetRun(run_id, run_id in with_pages, overlaps[run_id])
        for run_id in sorted(with_articles | with_pages, key=lambda run_id: (rows[run_id].crawled_at, run_id))
    ]


def _of_publisher(reparse: Reparse) -> ColumnElement[bool]:
    if reparse.publisher == IMPORTED:
        return Revision.run_id.startswith(f"{IMPORTED}/", autoescape=True)
    return Article.publisher == reparse.publisher


def _sites(reparse: Reparse, table: Any) -> list[ColumnElement[bool]]:
    return [table.c.site.in_(reparse.sites)] if reparse.sites else []


def _captured_days(reparse: Reparse) -> ColumnElement[bool]:
    window = reparse.window
    if window is None or reparse.by is not By.CAPTURED:
        return true()
    return and_(Capture.fetched_at >= window.start_time, Capture.fetched_at < window.end_time)


def _article_days(reparse: Reparse, *, overlap: bool) -> ColumnElement[bool]:
    """The articles of the days; one without a time counts as one of its run's days."""
    window = reparse.window
    if window is None or reparse.by is By.CAPTURED:
        return _captured_days(reparse)
    dated = and_(Article.published_at >= window.start_time, Article.published_at < window.end_time)
    return or_(dated, Article.published_at.is_(None) if overlap else false())


def targets_of(store: Store, reparse: Reparse, run: TargetRun) -> Iterator[list[Target]]:
    """The captures of one run to read again, in batches; no transaction is open between them.

    Args:
        store: the SQL store.
        reparse: what is asked for.
        run: one of `runs_to_read`.
    """
    for read in (_articles, _pages) if run.unread else (_articles,):
        after = -1
        while True:
            with store.reading() as connection:
                last, found = read(connection, reparse, run, after)
            if last is None:
                break
            after = last
            wanted = [target for target in found if _wanted(reparse, target)]
            if wanted:
                yield wanted


def _wanted(reparse: Reparse, target: Target) -> bool:
    if reparse.urls and target.url not in reparse.urls:
        return False
    return reparse.wants_layout(target.layout, unread=target.revision_id is None)


def _articles(connection: Connection, reparse: Reparse, run: TargetRun, after: int) -> tuple[int | None, list[Target]]:
    """The next current revisions that the run wrote, and the last id looked at."""
    revision, article, capture = Revision.__table__, Article.__table__, Capture.__table__
    rows = connection.execute(
        select(
            revision.c.id.label("revision_id"),
            revision.c.layout,
            revision.c.published_from,
            revision.c.published_at,
            revision.c.url.label("article_url"),
            revision.c.capture_id,
            article.c.site,
            article.c.key,
            *(capture.c[name] for name in _CAPTURE),
        )
        .join(article, article.c.current_revision_id == revision.c.id)
        .join(capture, capture.c.id == revision.c.capture_id)
        .where(
            revision.c.run_id == run.run_id,
            revision.c.id > after,
            _of_publisher(reparse),
            _article_days(reparse, overlap=run.overlaps),
            *_sites(reparse, article),
        )
        .order_by(revision.c.id)
        .limit(BATCH)
    ).all()
    if not rows:
        return None, []
    event, url = UrlEvent.__table__.c, Url.__table__.c
    # The latest fate that names the capture: the page may have been fetched again since, in the same run.
    fates = {
        found.capture_id: found
        for found in connection.execute(
            select(event.capture_id, event.fate, event.message, url.url, url.site, url.key)
            .join(Url.__table__, url.id == event.url_id)
            .where(event.run_id == run.run_id, event.capture_id.in_([row.capture_id for row in rows]))
            .order_by(event.attempt)
        )
    }
    found = []
    for row in rows:
        fate = fates.get(row.capture_id)
        found.append(
            Target(
                run.run_id,
                fate.url if fate else row.article_url,
                fate.site if fate else row.site,
                fate.key if fate else row.key,
                _capture(row),
                row.capture_id,
                fate.fate if fate else "",
                row.layout,
                fate.message if fate else "",
                row.revision_id,
                row.published_at if row.published_from == "listing" else None,
            )
        )
    return rows[-1].revision_id, found


def _pages(connection: Connection, reparse: Reparse, run: TargetRun, after: int) -> tuple[int | None, list[Target]]:
    """The next pages of the run that were taken for no article, and the last id looked at."""
    event, url, capture = UrlEvent.__table__, Url.__table__, Capture.__table__
    rows = connection.execute(
        select(
            event.c.url_id,
            event.c.fate,
            event.c.layout,
            event.c.message,
            event.c.capture_id,
            url.c.url.label("page_url"),
            url.c.site,
            url.c.key,
            *(capture.c[name] for name in _CAPTURE),
        )
        .join(url, url.c.id == event.c.url_id)
        .join(capture, capture.c.id == event.c.capture_id)
        .where(
            event.c.run_id == run.run_id,
            event.c.current,
            event.c.fate.in_(_REFUSED),
            event.c.url_id > after,
            _captured_days(reparse),
            *_sites(reparse, url),
        )
        .order_by(event.c.url_id)
        .limit(BATCH)
    ).all()
    if not rows:
        return None, []
    found = [
        Target(
            run.run_id,
            row.page_url,
            row.site,
            row.key,
            _capture(row),
            row.capture_id,
            row.fate,
            row.layout,
            row.message,
        )
        for row in rows
    ]
    return rows[-1].url_id, found


def _capture(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _CAPTURE} | {"fetched_at": row.fetched_at.isoformat()}
