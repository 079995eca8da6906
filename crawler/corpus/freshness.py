"""How old the latest article of each publisher is, and whether its nightly run is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from crawler import publishers
from crawler.corpus.coverage import NIGHT
from crawler.printed_time import PrintedTime
from crawler.run import shanghai_day
from models.articles import Article, Revision
from models.runs import Run

__all__ = ["Freshness", "freshness"]

_QUIET_HOURS = 72
"""A weekend: government sites publish little on one."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a publisher's latest article is, how exactly it is dated, and when the publisher was last crawled.

    Each is None where there is none. `off_since` is when it was first seen that its nights are switched off in Airflow.
    """

    publisher: str
    name: str
    latest: datetime | None
    precision: str | None
    crawled_at: datetime | None
    quiet: bool
    overdue: bool
    off_since: datetime | None


def freshness(
    connection: Connection, names: dict[str, str], now: datetime, off: Mapping[str, datetime], *, scheduled: bool
) -> tuple[Freshness, ...]:
    """How fresh each publisher (key to name) is at a moment (aware).

    Args:
        connection: reads the store.
        names: the publishers, key to name.
        now: the present, aware.
        off: since when a publisher's nights are switched off, aware; those that are on are not in it.
        scheduled: whether nights start by themselves, so that one can be overdue.
    """
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
                quiet=key not in off
                and latest is not None
                and now - PrintedTime(latest, precision).end > timedelta(hours=_QUIET_HOURS),
                overdue=scheduled and key not in off and key in crawled and _overdue(key, crawled[key], now),
                off_since=off.get(key),
            )
        )
    return tuple(rows)


def _overdue(key: str, crawled_at: datetime, now: datetime) -> bool:
    _, due = publishers.latest_night(key, now - NIGHT)
    # By the day: a run of that morning, by whomever, has read what the night would.
    return shanghai_day(crawled_at) < shanghai_day(due)
