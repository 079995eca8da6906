"""The state of the corpus for a person who looks at it: figures from aggregates and bounded look-ups, never a scan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select

from crawler import publishers
from crawler.errors import ConfigurationError, Fate, FateGroup
from crawler.report import fate_columns
from crawler.run import SHANGHAI
from models.aggregates import ArticleDay, RunFate, RunLayout, RunYield
from models.articles import Article, Revision
from models.contents import Content
from models.runs import CheckResult, Publisher, Run
from models.urls import Url, UrlEvent

__all__ = [
    "CALENDAR_DAYS",
    "Cell",
    "CoverageRow",
    "DayState",
    "FailedCheck",
    "FateDay",
    "Fields",
    "Freshness",
    "Funnel",
    "Layouts",
    "NewestArticle",
    "OpenUrls",
    "Overview",
    "RunRef",
    "Totals",
    "copies_of",
    "overview",
]

CALENDAR_DAYS = 28
"""Four weeks: what fits on a screen with a figure in each cell, and shows a week's rhythm."""

_FATE_DAYS = 14
_NEWEST = 12
_MOST_COPIES = 5
_MOST_CHECKS = 40
_MOST_SAMPLES = 3
_MOST_OPEN = 1000
"""Open URLs are counted up to here, so that a broken layout on a hundred thousand pages does not slow the page."""
_RUN_DUE_HOURS = 30
"""A night every 24 hours, and some hours for it to end."""
_QUIET_HOURS = 72
"""A weekend: government sites publish little on one."""
_FIELD_FLOOR = 0.95
"""Below it a field counts as often empty; `check` warns at the same share."""
_LOOK = tuple(fate for fate in Fate if fate.group is FateGroup.FAILED_LOOK)
_LOADED = (Fate.LOADED_NEW, Fate.LOADED_REVISION, Fate.UNCHANGED, Fate.IMAGE_ONLY)
_TROUBLE = frozenset({FateGroup.REFUSED, FateGroup.FAILED_RETRY, FateGroup.FAILED_LOOK})


class DayState(StrEnum):
    """What is to be thought of one publisher's day."""

    WHOLE = "whole"
    """A run covers it and passed every check."""
    WARNED = "warned"
    """A run covers it; a warning, URLs that failed, only a part was asked for, or it is not checked yet."""
    FAILED = "failed"
    """The run that covers it failed a check, or did not walk every listing."""
    EMPTY = "empty"
    """A run covers it and the corpus has no article of it."""
    GAP = "gap"
    """No run that covers it is in the store."""
    OUTSIDE = "outside"
    """Before the publisher's first run, or not over yet."""


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run in the store: its id, its publisher's key, and its window `[start, end)`."""

    run_id: str
    publisher: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Cell:
    """One publisher's day: articles published on it, its state and why, the run that says so."""

    day: date
    articles: int
    state: DayState
    note: str
    run: RunRef | None


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One publisher's days, oldest first."""

    publisher: str
    name: str
    cells: tuple[Cell, ...]


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


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a publisher's latest article is and when it was last crawled; None where there is none."""

    publisher: str
    name: str
    latest: datetime | None
    crawled_at: datetime | None
    quiet: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class Fields:
    """How many of `texts` revisions have each field; `low` names expected fields that are often empty."""

    name: str
    texts: int
    filled: dict[str, int]
    low: frozenset[str]


@dataclass(frozen=True, slots=True)
class Layouts:
    """Which layouts read the articles; `general` were left to the general reader, `limit` is their largest share."""

    name: str
    articles: int
    layouts: tuple[tuple[str, int], ...]
    general: int
    limit: float


@dataclass(frozen=True, slots=True)
class NewestArticle:
    """An article with the other articles of its story, at most a few; `more` says that there are others."""

    article_id: int
    publisher: str
    title: str
    source: str
    published_at: datetime | None
    precision: str | None
    copies: tuple[NewestArticle, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A question that a run did not pass."""

    name: str
    run: RunRef
    question: str
    level: str
    observed: str
    expected: str
    message: str

    @property
    def warning(self) -> bool:
        """Whether it is a warning only."""
        return self.level == "usual"


@dataclass(frozen=True, slots=True)
class OpenUrls:
    """URLs whose latest fate asks for a person; `samples` are (url, fate, message, run id)."""

    name: str
    count: int
    capped: bool
    samples: tuple[tuple[str, Fate, str, str], ...]


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
        first_day, last_day: the calendar's span.
        moved: whether the calendar ends long ago because nothing was crawled since.
        names: the publishers shown, key to name.
        problems: sentences about publishers whose file cannot be read.
    """

    now: datetime
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
    def failures(self) -> list[FailedCheck]:
        """The checks for which a run failed."""
        return [check for check in self.failed_checks if not check.warning]

    @property
    def warnings(self) -> list[FailedCheck]:
        """The checks that only warn."""
        return [check for check in self.failed_checks if check.warning]

    @property
    def hands_needed(self) -> int:
        """How many things ask for a person."""
        return len(self.failures) + len(self.open_urls) + len(self.gaps) + len(self.late) + len(self.problems)


@dataclass(slots=True)
class _StoredRun:
    ref: RunRef
    crawled_at: datetime
    whole: bool
    complete: bool
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    urls: dict[Fate, int] = field(default_factory=dict)
    captured: int = 0


def overview(connection: Connection, now: datetime, *, publisher: str = "", until: date | None = None) -> Overview:
    """Read the state of the corpus.

    Args:
        connection: reads the store.
        now: the present, aware.
        publisher: only this one; all of the registry by default.
        until: the calendar's last day; by default yesterday in Shanghai, or the last day that was crawled if that
            lies further back than the calendar reaches.

    Raises:
        ConfigurationError: there is no such publisher.
    """
    names, problems = _names(connection, publisher)
    keys = list(names)
    first_day, last_day, moved = _span(connection, keys, now, until)
    runs = _runs(connection, keys, first_day, last_day)
    coverage = _coverage(connection, names, runs, first_day, last_day, now)
    return Overview(
        now=now,
        first_day=first_day,
        last_day=last_day,
        moved=moved,
        names=names,
        problems=problems,
        totals=_totals(connection, publisher),
        coverage=coverage,
        funnels=_funnels(connection, names),
        fate_days=_fate_days(connection, keys),
        freshness=_freshness(connection, names, now),
        fields=_fields(connection, names, runs),
        layouts=_layouts(connection, names, runs),
        newest=_newest(connection, now, publisher),
        failed_checks=_failed_checks(connection, names, runs),
        open_urls=_open_urls(connection, names, runs),
    )


def _pairs(rows: Iterable[Any]) -> dict[str, Any]:
    # Not dict(rows): a result has keys() and passes for a mapping.
    return {row[0]: row[1] for row in rows}


def _names(connection: Connection, publisher: str) -> tuple[dict[str, str], tuple[str, ...]]:
    keys = publishers.keys()
    if publisher and publisher not in keys:
        raise ConfigurationError(f"there is no publisher {publisher!r}; there are {', '.join(keys)}")
    stored: dict[str, str] = _pairs(connection.execute(select(Publisher.__table__.c.key, Publisher.__table__.c.name)))
    names, problems = {}, []
    for key in [publisher] if publisher else keys:
        try:
            names[key] = publishers.load(key).name
        except ConfigurationError as error:
            names[key] = stored.get(key, key)
            problems.append(str(error))
    return names, tuple(problems)


def _span(connection: Connection, keys: Sequence[str], now: datetime, until: date | None) -> tuple[date, date, bool]:
    today = now.astimezone(SHANGHAI).date()
    reach = timedelta(days=CALENDAR_DAYS - 1)
    if until is not None:
        return until - reach, until, False
    newest_end = connection.execute(select(func.max(Run.window_end)).where(Run.publisher.in_(keys))).scalar_one()
    newest = newest_end - timedelta(days=1) if newest_end else None
    last = today if newest and newest >= today else today - timedelta(days=1)
    if newest and newest < last - reach:
        return newest - reach, newest, True
    return last - reach, last, False


def _runs(connection: Connection, keys: Sequence[str], first: date, last: date) -> list[_StoredRun]:
    """The runs whose window touches the span, the one to believe first: whole before partial, then the latest."""
    table = Run.__table__.c
    rows = connection.execute(
        select(Run.__table__).where(table.publisher.in_(keys), table.window_start <= last, table.window_end > first)
    )
    runs = {row.id: _stored(row) for row in rows}
    check = CheckResult.__table__.c
    for run_id, name, level, passed in connection.execute(
        select(check.run_id, check.name, check.level, check.passed).where(check.run_id.in_(list(runs)))
    ):
        runs[run_id].asked += 1
        if not passed:
            (runs[run_id].warned if level == "usual" else runs[run_id].failed).append(name)
    _read_fates(connection, runs)
    return sorted(runs.values(), key=lambda run: (run.whole, run.crawled_at), reverse=True)


def _stored(row: Any) -> _StoredRun:
    return _StoredRun(
        RunRef(row.id, row.publisher, row.window_start, row.window_end), row.crawled_at, not row.selection, row.complete
    )


def _read_fates(connection: Connection, runs: dict[str, _StoredRun]) -> None:
    table = RunFate.__table__.c
    for run_id, fate, urls, captured in connection.execute(
        select(table.run_id, table.fate, table.urls, table.captured).where(table.run_id.in_(list(runs)), table.urls > 0)
    ):
        runs[run_id].urls[Fate(fate)] = urls
        runs[run_id].captured += captured


def _coverage(
    connection: Connection, names: dict[str, str], runs: list[_StoredRun], first: date, last: date, now: datetime
) -> tuple[CoverageRow, ...]:
    day_of = ArticleDay.__table__.c
    articles: dict[tuple[str, date], int] = {
        (publisher, day): count
        for publisher, day, count in connection.execute(
            select(day_of.publisher, day_of.day, day_of.articles).where(
                day_of.publisher.in_(list(names)), day_of.day.between(first, last)
            )
        )
    }
    run_table = Run.__table__.c
    first_runs: dict[str, date] = _pairs(
        connection.execute(select(run_table.publisher, func.min(run_table.window_start)).group_by(run_table.publisher))
    )
    covering: dict[tuple[str, date], _StoredRun] = {}
    for run in runs:
        day = max(first, run.ref.start)
        while day < run.ref.end and day <= last:
            covering.setdefault((run.ref.publisher, day), run)
            day += timedelta(days=1)
    # A night has until the morning to arrive.
    due_before = (now.astimezone(SHANGHAI) - timedelta(hours=6)).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rows = []
    for key, name in names.items():
        cells = []
        for day in days:
            found = covering.get((key, day))
            count = articles.get((key, day), 0)
            due = key in first_runs and first_runs[key] <= day < due_before
            state, note = _judge(found, count, due=due)
            cells.append(Cell(day, count, state, note, found.ref if found else None))
        rows.append(CoverageRow(key, name, tuple(cells)))
    return tuple(rows)


def _judge(run: _StoredRun | None, articles: int, *, due: bool) -> tuple[DayState, str]:
    if run is None:
        if not due:
            return DayState.OUTSIDE, "no run was due"
        return DayState.GAP, "no run that covers this day is in the store"
    if run.failed:
        return DayState.FAILED, f"its run failed {_listed(run.failed)}"
    if not run.complete:
        return DayState.FAILED, "its run did not walk every listing"
    if not run.asked:
        return DayState.WARNED, "its run is not checked yet"
    if not run.whole:
        return DayState.WARNED, "only a part of the publisher was asked for"
    if articles == 0:
        return DayState.EMPTY, "its run is complete and found no article of this day"
    trouble = sum(count for fate, count in run.urls.items() if fate.group in _TROUBLE)
    if run.warned:
        return DayState.WARNED, f"its run warns: {_listed(run.warned)}"
    if trouble:
        return DayState.WARNED, f"{trouble:,} URLs of its run were refused or failed"
    return DayState.WHOLE, "its run is complete and passed every check"


def _listed(names: Sequence[str]) -> str:
    shown = "; ".join(f"“{name}”" for name in sorted(names)[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _funnels(connection: Connection, names: dict[str, str]) -> tuple[Funnel, ...]:
    table = Run.__table__.c
    chosen: dict[str, _StoredRun] = {}
    for key in names:
        rows = connection.execute(
            select(Run.__table__).where(table.publisher == key).order_by(table.window_start.desc()).limit(50)
        )
        # A back-fill of old days is not the latest night, however late it was crawled.
        runs = sorted((_stored(row) for row in rows), key=lambda run: (run.whole, run.ref.end, run.crawled_at))
        if runs:
            chosen[runs[-1].ref.run_id] = runs[-1]
    _read_fates(connection, chosen)
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


def _fate_days(connection: Connection, keys: Sequence[str]) -> tuple[FateDay, ...]:
    run, fate = Run.__table__.c, RunFate.__table__.c
    moments = connection.execute(select(run.crawled_at).where(run.publisher.in_(keys)).order_by(run.crawled_at.desc()))
    runs: Counter[date] = Counter()
    since = None
    for (moment,) in moments:
        day = moment.astimezone(SHANGHAI).date()
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
        counts[moment.astimezone(SHANGHAI).date()][Fate(name)] += urls
    return tuple(FateDay(day, count, fate_columns(counts[day])) for day, count in sorted(runs.items(), reverse=True))


def _freshness(connection: Connection, names: dict[str, str], now: datetime) -> tuple[Freshness, ...]:
    run, article = Run.__table__.c, Article.__table__.c
    crawled: dict[str, datetime] = _pairs(
        connection.execute(select(run.publisher, func.max(run.crawled_at)).group_by(run.publisher))
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


_FIELDS = {
    "title": "with_title",
    "published_at": "with_time",
    "source": "with_source",
    "authors": "with_authors",
    "editor": "with_editor",
    "body": "with_body",
}


def _fields(connection: Connection, names: dict[str, str], runs: Iterable[_StoredRun]) -> tuple[Fields, ...]:
    publisher_of = {run.ref.run_id: run.ref.publisher for run in runs}
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(
        select(RunYield.__table__).where(RunYield.__table__.c.run_id.in_(list(publisher_of)))
    ).mappings():
        sums[publisher_of[row["run_id"]]].update({name: row[name] for name in ("texts", *_FIELDS.values())})
    rows = []
    for key, name in names.items():
        texts = sums[key]["texts"]
        filled = {label: sums[key][column] for label, column in _FIELDS.items()}
        expected = _expectations(key).filled if _expectations(key) else ()
        low = frozenset(label for label in expected if texts and filled.get(label, texts) < _FIELD_FLOOR * texts)
        rows.append(Fields(name, texts, filled, low))
    return tuple(rows)


def _expectations(key: str) -> Any:
    try:
        return publishers.load(key).expectations
    except ConfigurationError:
        # Said already, as one of the page's problems.
        return None


def _layouts(connection: Connection, names: dict[str, str], runs: Iterable[_StoredRun]) -> tuple[Layouts, ...]:
    publisher_of = {run.ref.run_id: run.ref.publisher for run in runs}
    table = RunLayout.__table__.c
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for run_id, layout, articles in connection.execute(
        select(table.run_id, table.layout, table.articles).where(
            table.run_id.in_(list(publisher_of)), table.articles > 0
        )
    ):
        sums[publisher_of[run_id]][layout] += articles
    rows = []
    for key, name in names.items():
        general = sum(count for layout, count in sums[key].items() if layout.startswith("generic"))
        wanted = _expectations(key)
        rows.append(
            Layouts(
                name,
                sums[key].total(),
                tuple(sums[key].most_common()),
                general,
                wanted.generic_share if wanted else 1.0,
            )
        )
    return tuple(rows)


def _newest(connection: Connection, now: datetime, publisher: str) -> tuple[NewestArticle, ...]:
    article, revision, content = Article.__table__, Revision.__table__, Content.__table__
    query = (
        select(
            article.c.id,
            article.c.publisher,
            article.c.title,
            article.c.published_at,
            revision.c.source,
            revision.c.published_precision,
            content.c.story_id,
        )
        .join(revision, revision.c.id == article.c.current_revision_id)
        .outerjoin(content, content.c.content_id == revision.c.content_id)
        .where(article.c.published_at <= now)
        .order_by(article.c.published_at.desc())
        .limit(4 * _NEWEST)
    )
    if publisher:
        query = query.where(article.c.publisher == publisher)
    found: list[NewestArticle] = []
    stories = set()
    for row in connection.execute(query):
        if row.story_id in stories:
            # Shown already, as a copy of a newer one.
            continue
        if row.story_id is not None:
            stories.add(row.story_id)
        copies, more = copies_of(connection, row.id, row.story_id)
        found.append(
            NewestArticle(
                row.id, row.publisher, row.title, row.source, row.published_at, row.published_precision, copies, more
            )
        )
        if len(found) == _NEWEST:
            break
    return tuple(found)


def copies_of(
    connection: Connection, article_id: int, story_id: int | None, most: int = _MOST_COPIES
) -> tuple[tuple[NewestArticle, ...], bool]:
    """The other articles of a story.

    Args:
        connection: reads the store.
        article_id: the article whose copies they are.
        story_id: its story; None for a record without text, which has no copies.
        most: how many at most.

    Returns:
        The copies, oldest first, and whether there are more.
    """
    if story_id is None:
        return (), False
    article, revision, content = Article.__table__, Revision.__table__, Content.__table__
    rows = connection.execute(
        select(
            article.c.id,
            article.c.publisher,
            article.c.title,
            revision.c.source,
            article.c.published_at,
            revision.c.published_precision,
        )
        .select_from(content)
        .join(revision, revision.c.content_id == content.c.content_id)
        .join(article, (article.c.id == revision.c.article_id) & (article.c.current_revision_id == revision.c.id))
        .where(content.c.story_id == story_id, article.c.id != article_id)
        .limit(most + 1)
    ).all()
    copies = [NewestArticle(*row) for row in rows[:most]]
    copies.sort(key=lambda copy: (copy.published_at is None, copy.published_at, copy.article_id))
    return tuple(copies), len(rows) > most


def _totals(connection: Connection, publisher: str) -> Totals:
    articles = select(func.sum(ArticleDay.articles))
    revisions = select(func.sum(RunYield.new + RunYield.revised))
    runs = select(func.count()).select_from(Run)
    if publisher:
        articles = articles.where(ArticleDay.publisher == publisher)
        revisions = revisions.join(Run, Run.id == RunYield.run_id).where(Run.publisher == publisher)
        runs = runs.where(Run.publisher == publisher)
    return Totals(*(int(connection.execute(query).scalar() or 0) for query in (articles, revisions, runs)))


def _failed_checks(
    connection: Connection, names: dict[str, str], runs: Sequence[_StoredRun]
) -> tuple[FailedCheck, ...]:
    """The questions that runs of the span did not pass: failures first, then warnings, the latest days first."""
    by_id = {run.ref.run_id: run for run in runs if run.failed or run.warned}
    table = CheckResult.__table__.c
    checks = [
        FailedCheck(
            names[by_id[row.run_id].ref.publisher],
            by_id[row.run_id].ref,
            row.name,
            row.level,
            row.observed,
            row.expected,
            row.message,
        )
        for row in connection.execute(select(CheckResult.__table__).where(table.run_id.in_(list(by_id)), ~table.passed))
    ]
    checks.sort(key=lambda check: (check.run.start, check.name, check.question), reverse=True)
    checks.sort(key=lambda check: check.warning)
    return tuple(checks[:_MOST_CHECKS])


def _open_urls(connection: Connection, names: dict[str, str], runs: Sequence[_StoredRun]) -> tuple[OpenUrls, ...]:
    url = Url.__table__.c
    found = []
    for key, name in names.items():
        of_publisher = (url.publisher == key, url.fate.in_(_LOOK))
        # Through the index alone, and not further than the page needs to know.
        some = select(url.publisher).where(*of_publisher).limit(_MOST_OPEN + 1).subquery()
        count = connection.execute(select(func.count()).select_from(some)).scalar_one()
        if count:
            failed = [run for run in runs if run.ref.publisher == key and any(fate in _LOOK for fate in run.urls)]
            latest = sorted(failed, key=lambda run: run.crawled_at, reverse=True)[:_MOST_SAMPLES]
            samples = _samples(connection, [run.ref.run_id for run in latest], of_publisher)
            found.append(OpenUrls(name, min(count, _MOST_OPEN), count > _MOST_OPEN, samples))
    return tuple(found)


def _samples(
    connection: Connection, run_ids: Sequence[str], of_publisher: tuple[Any, ...]
) -> tuple[tuple[str, Fate, str, str], ...]:
    """A few open URLs: of the given runs, else any; those that a later run has read are not open."""
    url, event = Url.__table__.c, UrlEvent.__table__.c
    query = (
        select(url.url, url.fate, event.message, url.last_run_id)
        .select_from(UrlEvent.__table__)
        .join(Url.__table__, (url.id == event.url_id) & (url.last_run_id == event.run_id))
        .where(event.current, event.fate == url.fate)
        .limit(_MOST_SAMPLES)
    )
    rows: list[Any] = []
    for run_id in run_ids:
        rows += connection.execute(query.where(event.run_id == run_id, event.fate.in_(_LOOK))).all()
    if not rows:
        rows += connection.execute(query.where(*of_publisher)).all()
    return tuple((row.url, Fate(row.fate), row.message, row.last_run_id) for row in rows[:_MOST_SAMPLES])
