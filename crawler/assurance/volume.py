"""How many articles a day of a publisher has: what is usual for such a day, and when the latest one is too old."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import median

from sqlalchemy import Connection

from crawler.assurance.answers import Answer, Level
from crawler.assurance.history import StoredRun, articles_by_day, covered_days, newest_article
from crawler.assurance.workdays import DayKind, day_kind, workdays_after
from crawler.publishers import Expectations, Publisher
from crawler.run import Window, shanghai_day

__all__ = ["LEAST_DAYS", "REACH", "DayVolume", "UsualVolume", "comparable_days", "day_volumes", "volume_answers"]

REACH = timedelta(days=56)
"""Eight weeks before and after a day are compared with it: long enough for a median, short enough for a trend."""

LEAST_DAYS = 5
"""Fewer comparable days are no history."""

_QUESTIONS = (
    ("articles are there", Level.HARD),
    ("volume is above its floor", Level.HARD),
    ("volume is usual", Level.USUAL),
    ("the latest article is not too old", Level.HARD),
    ("the latest article is as fresh as usual", Level.USUAL),
)


@dataclass(frozen=True, slots=True)
class UsualVolume:
    """What is usual for one day.

    Args:
        floor: fewer articles are a failure.
        low: fewer are unusual.
        middle: the median of the comparable days, or None where the range is that of the publisher's file.
        high: more are unusual.
        days: how many days it was drawn from.
        never_none: whether no comparable day had none.
        guess: whether the file says that nobody has measured its range yet.
    """

    floor: float
    low: float
    middle: float | None
    high: float
    days: int
    never_none: bool
    guess: bool = False

    @classmethod
    def guessed(cls, wanted: Expectations, days: int = 0) -> UsualVolume:
        """The range of the publisher's file, before there is a history."""
        least, most = "min_articles_per_day", "max_articles_per_day"
        guess = least in wanted.guessed or most in wanted.guessed
        return cls(0.0, wanted.min_articles_per_day, None, wanted.max_articles_per_day, days, True, guess)

    @classmethod
    def of(cls, counts: Sequence[int], wanted: Expectations) -> UsualVolume:
        """The range that comparable days give.

        A day is unusual when it lies below 0.7 or above 1.5 of the median and more than two spreads from it; below
        the publisher's floor (0.4 of the median by default) and more than three spreads it is a failure. The spread
        is the larger of the square root of the median (what counting alone makes of independent events) and
        1.4826 times the median absolute deviation (the standard deviation of a normal distribution, robust against
        outliers). So nine articles a day or fewer never fail by this rule, whatever their share.

        Args:
            counts: articles of each comparable day.
            wanted: the publisher's expectations.
        """
        if len(counts) < LEAST_DAYS:
            return cls.guessed(wanted, len(counts))
        middle = float(median(counts))
        spread = max(sqrt(middle), 1.4826 * float(median([abs(count - middle) for count in counts])), 1.0)
        return cls(
            floor=max(0.0, min(wanted.volume_floor * middle, middle - 3 * spread)),
            low=max(0.0, min(0.7 * middle, middle - 2 * spread)),
            middle=middle,
            high=max(1.5 * middle, middle + 2 * spread),
            days=len(counts),
            never_none=min(counts) > 0,
        )

    def fails(self, count: int) -> bool:
        """Whether so few articles are a failure."""
        return count < self.floor

    def short(self, count: int) -> bool:
        """Whether so few articles are unusual; none where no comparable day had none always is."""
        return count < self.low or (count == 0 and self.never_none)

    def unusual(self, count: int) -> bool:
        """Whether so many or so few articles are unusual."""
        return self.short(count) or count > self.high

    def __str__(self) -> str:
        file = "guessed" if self.guess else "publisher.toml"
        origin = file if self.middle is None else f"median {self.middle:g} of {self.days} comparable days"
        return f"{self.low:.0f} to {self.high:.0f} ({origin})"


def comparable_days(day: date, known: Iterable[date]) -> list[date]:
    """The days that a day can be compared with, of those that are known.

    A working day with the same weekday's working days, else with every working day; a holiday with holidays, else
    with every day off; a weekend with the same day of other weekends, else with every day off.

    Args:
        day: the day.
        known: days whose articles are known to be complete; those farther than `REACH` are left out.

    Returns:
        At least `LEAST_DAYS` days, or none.
    """
    kind = day_kind(day)
    near = sorted(other for other in known if other != day and abs(other - day) <= REACH)
    same = [other for other in near if day_kind(other) is kind]
    off = [other for other in near if day_kind(other) is not DayKind.WORKDAY]
    choices = {
        DayKind.WORKDAY: ([other for other in same if other.weekday() == day.weekday()], same),
        DayKind.WEEKEND: ([other for other in same if other.weekday() == day.weekday()], off),
        DayKind.HOLIDAY: (same, off),
    }[kind]
    return next((days for days in choices if len(days) >= LEAST_DAYS), [])


@dataclass(frozen=True, slots=True)
class DayVolume:
    """One day's articles beside what is usual for it."""

    day: date
    articles: int
    usual: UsualVolume

    def __str__(self) -> str:
        return f"{self.articles} on {self.day} ({self.day:%a}, {day_kind(self.day)})"


def day_volumes(
    connection: Connection,
    publisher: Publisher,
    days: Sequence[date],
    runs: Iterable[StoredRun],
    *,
    together: bool = True,
) -> list[DayVolume]:
    """What the store holds of some days, each beside the comparable days of the publisher's own history.

    Days that no good run covers are no measure.

    Args:
        connection: reads the store.
        publisher: whose articles.
        days: the days asked about.
        runs: every run of the publisher.
        together: whether the days were fetched together, so that one is no measure of another.
    """
    if not days:
        return []
    wanted = publisher.expectations
    asked = set(days)
    span = Window(min(asked) - REACH, max(asked) + REACH + timedelta(days=1))
    counts = articles_by_day(connection, publisher.key, span)
    since = wanted.history_since or date.min
    known = {day for day in covered_days(runs) if span.start <= day < span.end and day >= since}
    measure = known - asked if together else known
    return [
        DayVolume(
            day,
            counts[day],
            UsualVolume.of([counts[other] for other in comparable_days(day, measure)], wanted),
        )
        for day in sorted(asked)
    ]


def volume_answers(
    connection: Connection, publisher: Publisher, run: StoredRun, runs: Sequence[StoredRun], fetched: int
) -> list[Answer]:
    """Ask of a whole publisher's run whether its days have the articles that such days have.

    Args:
        connection: reads the store.
        publisher: whose run it is.
        run: the run.
        runs: every run of the publisher.
        fetched: URLs of the run that are articles, stored by it or before it.
    """
    if not run.whole:
        return [Answer.not_asked(*question, "only a part of the publisher was crawled") for question in _QUESTIONS]
    over = [day for day in run.window.days if run.covers(day)]
    volumes = day_volumes(connection, publisher, over, runs)
    quiet = bool(volumes) and all(not volume.usual.never_none for volume in volumes)
    answers = [
        Answer.of(
            *_QUESTIONS[0],
            fetched > 0 or quiet,
            f"{fetched} articles",
            "none, as on such days before" if quiet else "at least 1",
            "the whole window gave no article; look at the listings with `dibao probe` before believing it",
        )
    ]
    failing = [volume for volume in volumes if volume.usual.fails(volume.articles)]
    unusual = [volume for volume in volumes if volume.usual.unusual(volume.articles)]
    for (name, level), out in zip(_QUESTIONS[1:3], (failing, unusual), strict=True):
        shown = out or volumes
        answers.append(
            Answer.of(
                name,
                level,
                not out,
                _few(shown) or "no day of the window was over when it was crawled",
                _few([_expected(volume, level) for volume in shown]) or "nothing",
                f"{len(out)} of {len(volumes)} days have another number of articles than such days have: see "
                f"`dibao status {publisher.key}`, look at the listings with `dibao probe`, then run the days again",
            )
        )
    return [*answers, *_freshness(connection, publisher, run)]


def _few(items: Sequence[object], most: int = 3) -> str:
    return ", ".join(map(str, items[:most])) + (f" and {len(items) - most} more" if len(items) > most else "")


def _expected(volume: DayVolume, level: Level) -> str:
    return f"{volume.usual.floor:.0f} or more" if level is Level.HARD else str(volume.usual)


def _freshness(connection: Connection, publisher: Publisher, run: StoredRun) -> list[Answer]:
    if not run.fresh:
        return [Answer.not_asked(*question, "a run for past days says nothing of today") for question in _QUESTIONS[3:]]
    newest = newest_article(connection, publisher.key, run.crawled_at)
    last = min(shanghai_day(run.crawled_at), run.window.end) - timedelta(days=1)
    quiet = None if newest is None else workdays_after(shanghai_day(newest), last)
    most = publisher.expectations.quiet_workdays
    observed = "no article with a time" if newest is None else f"{quiet} working days since {shanghai_day(newest)}"
    return [
        Answer.of(
            name,
            level,
            quiet is not None and quiet <= limit,
            observed,
            f"{limit} or fewer",
            "nothing new has come for days: does the site show newer articles? `dibao probe` compares; if it has "
            "really published nothing, raise quiet_workdays in publisher.toml",
        )
        for (name, level), limit in zip(_QUESTIONS[3:], (3 * most, most), strict=True)
    ]
