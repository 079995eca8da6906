"""What the latest night of each publisher made of what it discovered, and what became of URLs day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from crawler.corpus.runs import RunRef, StoredRun, read_fates, stored_run
from crawler.errors import Fate
from crawler.report import fate_columns
from crawler.run import shanghai_day
from models.aggregates import RunFate, RunYield
from models.runs import Run

__all__ = ["FateDay", "Funnel", "fate_days", "funnels"]

_FATE_DAYS = 14
_LOADED = (Fate.LOADED_NEW, Fate.LOADED_REVISION, Fate.UNCHANGED, Fate.IMAGE_ONLY)


@dataclass(frozen=True, slots=True)
class Funnel:
    """What one run made of what it discovered; `rest` is every URL that is no article of it, by fate."""

    name: str
    run: RunRef
    crawled_at: datetime
    discovered: int
    fetched: int
    parsed: int
    new: int
    revised: int
    stories: int
    rest: tuple[tuple[Fate, int], ...]


@dataclass(frozen=True, slots=True)
class FateDay:
    """What became of the URLs of the runs whose crawl ended on one Shanghai day; see `report.fate_columns`."""

    day: date
    runs: int
    figures: dict[str, int]


def funnels(connection: Connection, names: dict[str, str], now: datetime) -> tuple[Funnel, ...]:
    """The latest whole run of each publisher, or its latest partial one where it has no other.

    Args:
        connection: reads the store.
        names: the publishers, key to name.
        now: the present, aware; a run of days to come (a mistyped year) is nobody's latest night.
    """
    table = Run.__table__.c
    today = shanghai_day(now)
    chosen: dict[str, StoredRun] = {}
    for key in names:
        rows = connection.execute(
            select(Run.__table__)
            .where(table.publisher == key, table.window_start <= today)
            .order_by(table.window_start.desc())
            .limit(50)
        )
        # A back-fill of old days is not the latest night, however late it was crawled.
        runs = sorted(
            (stored_run(row) for row in rows),
            key=lambda run: (run.whole, min(run.ref.end, today + timedelta(days=1)), run.crawled_at),
        )
        if runs:
            chosen[runs[-1].ref.run_id] = runs[-1]
    read_fates(connection, chosen)
    yields = {
        row.run_id: row
        for row in connection.execute(select(RunYield.__table__).where(RunYield.__table__.c.run_id.in_(list(chosen))))
    }
    funnels = []
    for run_id, run in chosen.items():
        brought = yields.get(run_id)
        rest = Counter({fate: count for fate, count in run.urls.items() if fate not in _LOADED})
        funnels.append(
            Funnel(
                names[run.ref.publisher],
                run.ref,
                run.crawled_at,
                discovered=sum(run.urls.values()),
                fetched=run.captured,
                parsed=sum(run.urls.get(fate, 0) for fate in _LOADED),
                new=brought.new if brought else 0,
                revised=brought.revised if brought else 0,
                stories=brought.stories if brought else 0,
                rest=tuple(rest.most_common()),
            )
        )
    return tuple(funnels)


def fate_days(connection: Connection, keys: Sequence[str]) -> tuple[FateDay, ...]:
    """The fates of some publishers' URLs by the day of their crawl, the latest first: the last two weeks with one."""
    run, fate = Run.__table__.c, RunFate.__table__.c
    moments = connection.execute(select(run.crawled_at).where(run.publisher.in_(keys)).order_by(run.crawled_at.desc()))
    runs: Counter[date] = Counter()
    since = None
    for (moment,) in moments:
        day = shanghai_day(moment)
        if day not in runs and len(runs) == _FATE_DAYS:
            break
        runs[day] += 1
        since = moment
    if since is None:
        return ()
    counts: dict[date, Counter[Fate]] = defaultdict(Counter)
    for moment, name, urls in connection.execute(
        select(run.crawled_at, fate.fate, fate.urls)
        .join(RunFate.__table__, fate.run_id == run.id)
        .where(run.publisher.in_(keys), run.crawled_at >= since)
    ):
        counts[shanghai_day(moment)][Fate(name)] += urls
    return tuple(FateDay(day, count, fate_columns(counts[day])) for day, count in sorted(runs.items(), reverse=True))
