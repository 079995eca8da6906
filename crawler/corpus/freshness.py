"""How old the latest article of each publisher is, and whether its nightly run is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from models.articles import Article
from models.runs import Run

__all__ = ["Freshness", "freshness"]

_RUN_DUE_HOURS = 30
"""A night every 24 hours, and some hours for it to end."""
_QUIET_HOURS = 72
"""A weekend: government sites publish little on one."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a publisher's latest article is and when it was last crawled; None where there is none."""

    publisher: str
    name: str
    latest: datetime | None
    crawled_at: datetime | None
    quiet: bool
    overdue: bool


def freshness(connection: Connection, names: dict[str, str], now: datetime) -> tuple[Freshness, ...]:
    """How fresh each publisher (key to name) is at a moment (aware)."""
    run, article = Run.__table__.c, Article.__table__.c
    crawled: dict[str, datetime] = dict(
        connection.execute(select(run.publisher, func.max(run.crawled_at)).group_by(run.publisher)).all()
    )
    rows = []
    for key, name in names.items():
        latest = connection.execute(
            select(article.published_at)
            .where(article.publisher == key, article.published_at.is_not(None))
            .order_by(article.published_at.desc())
            .limit(1)
        ).scalar()
        rows.append(
            Freshness(
                key,
                name,
                latest,
                crawled.get(key),
                quiet=latest is not None and now - latest > timedelta(hours=_QUIET_HOURS),
                overdue=key in crawled and now - crawled[key] > timedelta(hours=_RUN_DUE_HOURS),
            )
        )
    return tuple(rows)
