"""How old the latest article of each publisher is, and whether its nightly run is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from crawler import publishers
from crawler.corpus.coverage import NIGHT
from crawler.printed_time import PrintedTime
from models.articles import Article, Revision
from models.runs import Run

__all__ = ["Freshness", "freshness"]

_QUIET_HOURS = 72
"""A weekend: government sites publish little on one."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a publisher's latest article is, how exactly it is dated, and when the publisher was last crawled.

    Each is None where there is none.
    """

    publisher: str
    name: str
    latest: datetime | None
    precision: str | None
    crawled_at: datetime | None
    quiet: bool
    overdue: bool


def freshness(connection: Connection, names: dict[str, str], now: datetime) -> tuple[Freshness, ...]:
    """How fresh each publisher (key to name) is at a moment (aware)."""
    run, article, revision = Run.__table__.c, Article.__table__.c, Revision.__table__.c
    crawled: dict[str, datetime] = dict(
        connection.execute(select(run.publisher, func.max(run.crawled_at)).group_by(run.publisher)).all()
    )
    rows = []
    for key, name in names.items():
        found = connection.execute(
            select(article.published_at, revision.published_precision)
            .join_from(Article.__table__, Revision.__table__, revision.id == article.current_revision_id)
            .where(article.publisher == key, article.published_at.is_not(None))
            .order_by(article.published_at.desc())
            .limit(1)
        ).one_or_none()
        latest, precision = found or (None, None)
        rows.append(
            Freshness(
                key,
                name,
                latest,
                precision,
                crawled.get(key),
                quiet=latest is not None and now - PrintedTime(latest, precision).end > timedelta(hours=_QUIET_HOURS),
                overdue=key in crawled and _overdue(key, crawled[key], now),
            )
        )
    return tuple(rows)


def _overdue(key: str, crawled_at: datetime, now: datetime) -> bool:
    _, due = publishers.latest_night(key, now - NIGHT)
    return crawled_at < due
