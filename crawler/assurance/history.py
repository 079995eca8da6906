"""What the store tells of a publisher's earlier runs and days: the measure that a new run is held against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from crawler.assurance.answers import Level
from crawler.errors import Fate
from crawler.parse.article import Kind
from crawler.run import Window, shanghai_day
from models.articles import Article, Revision, brought_an_article, is_latest_reading
from models.runs import CheckResult, ListingCount, Run
from models.upsert import batches
from models.urls import Url, UrlEvent

__all__ = [
    "FIELDS",
    "ChannelCount",
    "ChannelLinks",
    "FieldHistory",
    "StoredRun",
    "articles_by_day",
    "channel_counts",
    "covered_days",
    "fates_by_channel",
    "fates_of_runs",
    "field_history",
    "layouts_by_site",
    "neighbours",
    "newest_article",
    "stored_runs",
]

_READ = (Fate.LOADED_NEW, Fate.LOADED_REVISION, Fate.UNCHANGED, Fate.LAYOUT_UNKNOWN, Fate.PARSE_FAILED)
"""The fates of pages that were meant to be read as articles, whether that worked or not."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One run of a publisher, as its rows tell.

    Args:
        run_id: publisher and run_key.
        window: the days that it covers.
        selection: channels, sites, page limit; empty for the whole publisher.
        crawled_at: when the site last answered its crawl, UTC.
        complete: whether every listing was walked.
        checked: whether check has judged it.
        failed: the questions for which it failed.
    """

    run_id: str
    window: Window
    selection: Mapping[str, Any]
    crawled_at: datetime
    complete: bool
    checked: bool = False
    failed: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it crawled the whole publisher: no selection, and no import of saved pages."""
        return not self.selection and not self.run_id.partition("/")[2].startswith("import-")

    @property
    def good(self) -> bool:
        """Whether it is complete, was checked and did not fail."""
        return self.complete and self.checked and not self.failed

    @property
    def fresh(self) -> bool:
        """Whether it asked the site within a day of its window's end, as nightly runs do and back-fill does not."""
        return abs((shanghai_day(self.crawled_at) - self.window.end).days) <= 1

    def covers(self, day: date) -> bool:
        """Whether the day lies in its window and was over when it was crawled."""
        return self.window.start <= day < self.window.end and day < shanghai_day(self.crawled_at)


def stored_runs(connection: Connection, publisher: str) -> list[StoredRun]:
    """Every run of a publisher, in the order in which they were crawled."""
    run, check = Run.__table__.c, CheckResult.__table__.c
    checked: set[str] = set()
    failed: defaultdict[str, list[str]] = defaultdict(list)
    answers = connection.execute(
        select(check.run_id, check.name, check.level, check.passed)
        .join(Run.__table__, run.id == check.run_id)
        .where(run.publisher == publisher)
        .order_by(check.run_id, check.name)
    )
    for run_id, name, level, passed in answers:
        checked.add(run_id)
        if not passed and level != Level.USUAL:
            failed[run_id].append(name)
    rows = connection.execute(
        select(run.id, run.window_start, run.window_end, run.selection, run.crawled_at, run.complete)
        .where(run.publisher == publisher)
        .order_by(run.crawled_at, run.id)
    )
    return [
        StoredRun(run_id, Window(start, end), selection, crawled_at, complete, run_id in checked, tuple(failed[run_id]))
        for run_id, start, end, selection, crawled_at, complete in rows
    ]


def covered_days(runs: Iterable[StoredRun]) -> set[date]:
    """The days that a good run of the whole publisher covers."""
    return {day for run in runs if run.whole and run.good for day in run.window.days if run.covers(day)}


def articles_by_day(connection: Connection, publisher: str, window: Window) -> dict[date, int]:
    """How many stored articles were published on each day of a window; every day is there, if with 0."""
    table = Article.__table__.c
    day = _day_expression(connection, table.published_at)
    rows = connection.execute(
        select(day, func.count())
        .where(
            table.publisher == publisher,
            table.published_at >= window.start_time,
            table.published_at < window.end_time,
        )
        .group_by(day)
    )
    return dict.fromkeys(window.days, 0) | {date.fromisoformat(text): count for text, count in rows}


def _day_expression(connection: Connection, moment: ColumnElement[datetime | None]) -> ColumnElement[str]:
    # UTC+8 all year since 1991.
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone("Asia/Shanghai", moment), "YYYY-MM-DD")
    return func.strftime("%Y-%m-%d", moment, "+8 hours")


def newest_article(connection: Connection, publisher: str, before: datetime) -> datetime | None:
    """When the newest stored article was published that is not later than a moment."""
    table = Article.__table__.c
    found: datetime | None = connection.execute(
        select(func.max(table.published_at)).where(table.publisher == publisher, table.published_at <= before)
    ).scalar_one()
    return found


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """What one run saw of one channel; see `models.runs.ListingCount`."""

    links: int
    in_window: int
    total: int | None
    newest: date | None


def channel_counts(connection: Connection, run_ids: Sequence[str]) -> dict[str, dict[str, ChannelCount]]:
    """What each of the runs saw of each channel."""
    table = ListingCount.__table__.c
    found: dict[str, dict[str, ChannelCount]] = {run_id: {} for run_id in run_ids}
    rows = connection.execute(
        select(table.run_id, table.channel, table.links, table.in_window, table.total, table.newest).where(
            table.run_id.in_(run_ids)
        )
    )
    for run_id, channel, *counts in rows:
        found[run_id][channel] = ChannelCount(*counts)
    return found


def fates_of_runs(connection: Connection, run_ids: Sequence[str]) -> Counter[Fate]:
    """How many URLs met each fate in the runs together."""
    table = UrlEvent.__table__.c
    rows = connection.execute(
        select(table.fate, func.count()).where(table.run_id.in_(run_ids), table.current).group_by(table.fate)
    )
    return Counter({Fate(fate): count for fate, count in rows})


@dataclass(slots=True)
class ChannelLinks:
    """The links of one channel in one run, counted from their fates.

    Args:
        links: distinct addresses.
        articles: those that are an article's address, by what the publisher's file says.
        first_seen: those that no earlier run had seen.
    """

    links: int = 0
    articles: int = 0
    first_seen: int = 0


def fates_by_channel(connection: Connection, run_id: str, since: datetime | None = None) -> dict[str, ChannelLinks]:
    """What the links of each channel of a run were.

    Args:
        connection: reads the store.
        run_id: the run.
        since: a link first seen after this moment is new; None counts none as new.
    """
    event, url = UrlEvent.__table__.c, Url.__table__.c
    rows = connection.execute(
        select(event.channels, url.key, url.first_seen)
        .join(Url.__table__, url.id == event.url_id)
        .where(event.run_id == run_id, event.current)
    )
    found: defaultdict[str, ChannelLinks] = defaultdict(ChannelLinks)
    for channels, key, first_seen in rows:
        for channel in channels:
            counts = found[channel]
            counts.links += 1
            counts.articles += key is not None
            counts.first_seen += since is not None and first_seen > since
    return dict(found)


def layouts_by_site(connection: Connection, run_ids: Sequence[str]) -> dict[str, Counter[str]]:
    """By which layout the pages of each site were read in the runs together; unread pages count under no name."""
    event, url = UrlEvent.__table__.c, Url.__table__.c
    rows = connection.execute(
        select(url.site, event.layout, event.fate, func.count())
        .join(Url.__table__, url.id == event.url_id)
        .where(event.run_id.in_(run_ids), event.current, event.fate.in_([fate.value for fate in _READ]))
        .group_by(url.site, event.layout, event.fate)
    )
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for site, layout, fate, count in rows:
        unread = fate in (Fate.LAYOUT_UNKNOWN, Fate.PARSE_FAILED)
        found[site or ""]["" if unread else layout] += count
    return dict(found)


FIELDS = ("title", "published_at", "source", "authors", "editor", "body")
"""The fields whose filling is watched; `body` are the paragraphs."""


@dataclass(slots=True)
class FieldHistory:
    """How the fields of a publisher's earlier articles were filled.

    Args:
        articles: how many were looked at.
        filled: how many of them have each field.
        lengths: characters of each body, in order of size.
    """

    articles: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    lengths: list[int] = field(default_factory=list)


def field_history(connection: Connection, run_ids: Sequence[str], most: int = 1000) -> FieldHistory:
    """How the articles that the runs loaded were filled; those without text are left out.

    Args:
        connection: reads the store.
        run_ids: the runs, the latest last.
        most: how many articles at most, from the latest runs.
    """
    revision, article = Revision.__table__.c, Article.__table__.c
    found = FieldHistory()
    for batch in batches(reversed(run_ids), 10):
        if found.articles >= most:
            break
        rows = connection.execute(
            select(
                revision.title,
                revision.published_at,
                revision.source,
                revision.authors,
                revision.editor,
                revision.paragraphs,
            )
            .join(Article.__table__, article.id == revision.article_id)
            .where(
                revision.run_id.in_(batch),
                brought_an_article(),
                is_latest_reading(),
                article.kind != Kind.IMAGE_ONLY,
            )
            .order_by(revision.id)
            .limit(most - found.articles)
        )
        for values in rows:
            found.articles += 1
            found.filled.update(name for name, value in zip(FIELDS, values, strict=True) if value)
            found.lengths.append(len("\n".join(values[-1])))
    found.lengths.sort()
    return found


def neighbours(runs: Iterable[StoredRun], run_id: str, window: Window, reach: timedelta) -> list[StoredRun]:
    """The other good runs of the whole publisher for windows near this one, the nearest last.

    Args:
        runs: of the publisher.
        run_id: this run.
        window: its window.
        reach: how far a window may begin from this one.
    """
    near = [
        run
        for run in runs
        if run.whole and run.good and run.run_id != run_id and abs(run.window.start - window.start) <= reach
    ]
    return sorted(near, key=lambda run: (-abs((run.window.start - window.start).days), run.crawled_at))
