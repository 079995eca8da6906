"""Every URL of some nights that did not become an article, and why, from the stored rows of its runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from crawler.errors import Fate, FateGroup
from crawler.importing import IMPORTED
from crawler.run import Window
from models.runs import Run
from models.views import URL_FATE

__all__ = ["Lost", "LostUrl", "lost"]


@dataclass(frozen=True, slots=True)
class LostUrl:
    """One address that no article is stored of.

    Args:
        publisher: key, of who listed it.
        run_id: the latest run of the window that met it.
        url: canonical.
        listed_title: what the listing called it; empty where it gave no title.
        channels: that listed it, joined by commas.
        fate: in that run.
        group: of the fate.
        http_status: of the answer; None where there was none, or nothing was asked.
        message: the evidence.
    """

    publisher: str
    run_id: str
    url: str
    listed_title: str
    channels: str
    fate: Fate
    group: FateGroup
    http_status: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Lost:
    """What became no article.

    Args:
        urls: by publisher, group, fate and address, each once.
        runs: how many runs cover days of the window.
        unwalked: runs whose listings were not all read: they may lack URLs that nobody has seen.
        missing: publisher and day that no run of the whole publisher covers.
    """

    urls: tuple[LostUrl, ...]
    runs: int
    unwalked: tuple[str, ...]
    missing: tuple[tuple[str, date], ...]

    def counts(self) -> dict[Fate, int]:
        """How many URLs met each fate, most first."""
        return dict(Counter(row.fate for row in self.urls).most_common())


def lost(connection: Connection, publishers: Sequence[str], window: Window | None) -> Lost:
    """What the runs that cover days of a window left out of the corpus.

    A URL that is stored by now, from whatever run, is not lost; one that several runs met is told of by the latest.

    Args:
        connection: reads the store.
        publishers: keys; `crawler.importing.IMPORTED` for imports, whose window is the day of the import.
        window: Shanghai days, as the runs' windows are; None for all runs, of which no day is missing.
    """
    run = Run.__table__.c
    runs = connection.execute(
        select(run.id, run.publisher, run.window_start, run.window_end, run.complete, run.selection)
        .where(run.publisher.in_(publishers), *_touching(run, window))
        .order_by(run.window_start, run.id)
    ).all()
    view = URL_FATE.c
    query = (
        select(view.publisher, view.run_id, view.url, view.listed_title, view.channels, view.fate, view.http_status,
               view.message, view.article_id, view.crawled_utc)
        .where(view.publisher.in_(publishers), *_touching(view, window))
    )  # fmt: skip
    latest: dict[str, tuple[tuple[datetime, str], LostUrl]] = {}
    for row in connection.execute(query):
        fate = Fate(row.fate)
        if row.article_id is not None or fate.group is FateGroup.FETCHED:
            continue
        seen = (row.crawled_utc, row.run_id)
        if row.url not in latest or latest[row.url][0] < seen:
            told = LostUrl(
                publisher=row.publisher,
                run_id=row.run_id,
                url=row.url,
                listed_title=row.listed_title,
                channels=row.channels,
                fate=fate,
                group=fate.group,
                http_status=row.http_status,
                message=row.message,
            )
            latest[row.url] = (seen, told)
    groups, fates = list(FateGroup), list(Fate)
    return Lost(
        urls=tuple(
            sorted(
                (told for _, told in latest.values()),
                key=lambda told: (told.publisher, groups.index(told.group), fates.index(told.fate), told.url),
            )
        ),
        runs=len(runs),
        unwalked=tuple(row.id for row in runs if not row.complete),
        missing=_missing(
            [key for key in publishers if key != IMPORTED],
            window,
            # A run of some channels or pages alone has not looked at the day.
            [(row.publisher, row.window_start, row.window_end) for row in runs if not row.selection],
        )
        if window is not None
        else (),
    )


def _touching(columns: Any, window: Window | None) -> list[ColumnElement[bool]]:
    return [] if window is None else [columns.window_start < window.end, columns.window_end > window.start]


def _missing(
    publishers: Sequence[str], window: Window, runs: Sequence[tuple[str, date, date]]
) -> tuple[tuple[str, date], ...]:
    covered = {
        (key, start + timedelta(days=n)) for key, start, end in runs for n in range((min(end, window.end) - start).days)
    }
    days = [window.start + timedelta(days=n) for n in range((window.end - window.start).days)]
    return tuple((key, day) for key in publishers for day in days if (key, day) not in covered)
