"""The state of the corpus for a person who looks at it: figures from aggregates and bounded look-ups, never a scan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, func, select

from crawler import publishers
from crawler.alerts.due import Notice, open_alerts, switched_off
from crawler.corpus.attention import FailedCheck, OpenUrls, failed_checks, open_urls
from crawler.corpus.coverage import CoverageRow, DayState, coverage, span
from crawler.corpus.freshness import Freshness, freshness
from crawler.corpus.funnel import FateDay, Funnel, fate_days, funnels
from crawler.corpus.newest import NewestArticle, newest_articles
from crawler.corpus.readings import Fields, Layouts, fields_filled, layouts_used
from crawler.corpus.runs import runs_touching
from crawler.errors import ConfigurationError
from crawler.run import shanghai_day
from models.aggregates import ArticleDay, RunYield
from models.runs import Publisher, Run

__all__ = ["Overview", "Totals", "overview"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Articles and revisions of the whole store, and the runs that brought them."""

    articles: int
    revisions: int
    runs: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the Corpus page shows, read in one snapshot.

    Args:
        now: the moment it is the state of.
        scheduled: whether nights start by themselves.
        first_day, last_day: the calendar's span.
        moved: whether the calendar ends long ago because nothing was crawled since.
        names: the publishers shown, key to name.
        problems: sentences about publishers whose file cannot be read.
        unsaid: messages that could not be sent, so that nobody may know.
    """

    now: datetime
    scheduled: bool
    first_day: date
    last_day: date
    moved: bool
    names: dict[str, str]
    problems: tuple[str, ...]
    totals: Totals
    coverage: tuple[CoverageRow, ...]
    funnels: tuple[Funnel, ...]
    fate_days: tuple[FateDay, ...]
    freshness: tuple[Freshness, ...]
    fields: tuple[Fields, ...]
    layouts: tuple[Layouts, ...]
    newest: tuple[NewestArticle, ...]
    failed_checks: tuple[FailedCheck, ...]
    open_urls: tuple[OpenUrls, ...]
    unsaid: tuple[Notice, ...]

    @property
    def gaps(self) -> dict[str, list[date]]:
        """The days of the calendar that no run covers, by publisher's name."""
        found = {row.name: [c.day for c in row.cells if c.state is DayState.GAP] for row in self.coverage}
        return {name: days for name, days in found.items() if days}

    @property
    def late(self) -> list[Freshness]:
        """The publishers whose nightly run is overdue."""
        return [row for row in self.freshness if row.overdue]

    @property
    def off(self) -> list[Freshness]:
        """The publishers whose nights are switched off, which asks for nobody and is not to be forgotten."""
        return [row for row in self.freshness if row.off_since]

    @property
    def failures(self) -> list[FailedCheck]:
        """The checks for which a run failed."""
        return [check for check in self.failed_checks if not check.warning]

    @property
    def failed_runs(self) -> list[list[FailedCheck]]:
        """The same, by run: a site that was down fails several questions of one run, and asks for one person."""
        return [list(checks) for _, checks in groupby(self.failures, key=lambda check: check.run)]

    @property
    def warnings(self) -> list[FailedCheck]:
        """The checks that only warn."""
        return [check for check in self.failed_checks if check.warning]

    @property
    def hands_needed(self) -> int:
        """How many things ask for a person."""
        found = (self.failed_runs, self.open_urls, self.gaps, self.late, self.problems, self.unsaid)
        return sum(len(things) for things in found)


def overview(
    connection: Connection, now: datetime, *, publisher: str = "", until: date | None = None, scheduled: bool = True
) -> Overview:
    """Read the state of the corpus.

    Args:
        connection: reads the store.
        now: the present, aware.
        publisher: only this one; all of the registry by default.
        until: the calendar's last day; by default yesterday in Shanghai, or the last day that was crawled if that
            lies further back than the calendar reaches.
        scheduled: whether nights start by themselves (`DIBAO_SCHEDULE`), so that one can be overdue.

    Raises:
        ConfigurationError: there is no such publisher.
    """
    names, problems = _names(connection, publisher)
    off = switched_off(connection)
    keys = list(names)
    first_day, last_day, moved = span(connection, keys, now, until)
    runs = runs_touching(connection, keys, first_day, last_day)
    judged = {run.ref.run_id: run for run in runs}
    if until is None:
        # Days to come are not in the calendar, and a run of them that failed wants a person all the same.
        tomorrow = shanghai_day(now) + timedelta(days=1)
        judged |= {run.ref.run_id: run for run in runs_touching(connection, keys, tomorrow, date.max)}
    return Overview(
        now=now,
        scheduled=scheduled,
        first_day=first_day,
        last_day=last_day,
        moved=moved,
        names=names,
        problems=problems,
        totals=_totals(connection, publisher),
        coverage=coverage(connection, names, runs, first_day, last_day, now, off),
        funnels=funnels(connection, names, now),
        fate_days=fate_days(connection, keys),
        freshness=freshness(connection, names, now, off, scheduled=scheduled),
        fields=fields_filled(connection, names, runs),
        layouts=layouts_used(connection, names, runs),
        newest=newest_articles(connection, now, publisher),
        failed_checks=failed_checks(connection, names, list(judged.values())),
        open_urls=open_urls(connection, names, runs),
        unsaid=tuple(
            notice
            for notice in open_alerts(connection)
            if notice.late_since is not None and (not publisher or notice.publisher == publisher)
        ),
    )


def _names(connection: Connection, publisher: str) -> tuple[dict[str, str], tuple[str, ...]]:
    keys = publishers.keys()
    if publisher and publisher not in keys:
        raise ConfigurationError(f"there is no publisher {publisher!r}; there are {', '.join(keys)}")
    publisher_of = Publisher.__table__.c
    stored: dict[str, str] = dict(connection.execute(select(publisher_of.key, publisher_of.name)).all())
    names, problems = {}, []
    for key in [publisher] if publisher else keys:
        try:
            names[key] = publishers.load(key).name
        except ConfigurationError as error:
            names[key] = stored.get(key, key)
            problems.append(str(error))
    return names, tuple(problems)


def _totals(connection: Connection, publisher: str) -> Totals:
    articles = select(func.sum(ArticleDay.articles))
    revisions = select(func.sum(RunYield.new + RunYield.revised))
    runs = select(func.count()).select_from(Run)
    if publisher:
        articles = articles.where(ArticleDay.publisher == publisher)
        revisions = revisions.join(Run, Run.id == RunYield.run_id).where(Run.publisher == publisher)
        runs = runs.where(Run.publisher == publisher)
    return Totals(*(int(connection.execute(query).scalar() or 0) for query in (articles, revisions, runs)))
