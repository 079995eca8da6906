"""Days of a publisher that the store does not hold, or not well enough, found from the outcomes of its runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import Connection, and_, case, func, select
from upath import UPath

from crawler import publishers
from crawler.assurance.answers import LEAST
from crawler.assurance.history import StoredRun, stored_runs
from crawler.assurance.unloaded import BegunRun, begun_runs
from crawler.assurance.volume import day_volumes
from crawler.errors import Fate, FateGroup
from crawler.fetch.revisit import LOOKS
from crawler.run import SHANGHAI, Window, shanghai_day
from models.urls import Url, UrlEvent

__all__ = ["Gap", "GapKind", "find_gaps", "folded", "gap_windows", "recent_windows"]

_DAY = timedelta(days=1)

_MOST_DAYS = 7
"""Days that were never covered are fetched together up to so many: the listings are then walked once."""

_OPEN_SHARE = 0.05
"""A good run with more URLs than this share that still wait for another try leaves a gap."""

_LEAST_PAUSE = timedelta(hours=20)


class GapKind(StrEnum):
    """Why a day is a gap."""

    NEVER = "never"
    """No run of the whole publisher has covered it since it was over."""
    FAILED = "failed"
    """Runs covered it, none well: incomplete, unchecked, failed its check, too many URLs failed for the moment, or one
    was begun and never loaded."""
    SHORT = "short"
    """It has fewer articles than such days have, and nobody has looked a second time."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One publisher-day that wants fetching.

    Args:
        publisher: the publisher's key.
        day: Asia/Shanghai.
        kind: why.
        why: a sentence.
        window: what to run so that it closes.
        crawled_at: when the run of that window last crawled, UTC; None where none did.
    """

    publisher: str
    day: date
    kind: GapKind
    why: str
    window: Window
    crawled_at: datetime | None = None

    def due(self, moment: datetime) -> bool:
        """Whether another automatic try is due; the pauses grow with the day's age, so that tries end in politeness.

        The next try is due after half the age that the day had at the last one, at least 20 hours after it.

        Args:
            moment: aware; the present.
        """
        if self.crawled_at is None:
            return True
        over = datetime.combine(self.day + _DAY, time.min, SHANGHAI)
        return moment - self.crawled_at >= max(_LEAST_PAUSE, (self.crawled_at - over) / 2)


def find_gaps(
    connection: Connection, publisher: str, since: date | None, until: date, data_root: UPath | None = None
) -> list[Gap]:
    """The gaps of one publisher, oldest first.

    Args:
        connection: reads the store.
        publisher: the publisher's key.
        since: the first day asked about; None for the first day that any run of the whole publisher covers, and the
            days of runs before it that were begun and never loaded. Days before the publisher's own `since` are no
            gaps.
        until: the day after the last one.
        data_root: where the folders of runs lie that were begun; None to ask the store alone.

    Raises:
        ConfigurationError: there is no such publisher.
        ArtefactError: the summary of a run that was begun cannot be read.
    """
    known = publishers.get(publisher)
    everything = stored_runs(connection, publisher)
    runs = [run for run in everything if run.whole]
    # Not a back-fill of months that somebody stopped: it would be begun again, whole, by whoever closes gaps.
    begun = (
        [
            run
            for run in begun_runs(data_root, publisher, {run.run_id for run in everything})
            if len(run.window.days) <= _MOST_DAYS
        ]
        if data_root is not None
        else []
    )
    days = _days_asked_about(runs, begun, since, known.since, until)
    failing = _open_urls(connection, [run.run_id for run in runs if run.good])
    found: dict[date, Gap] = {}
    closed: dict[date, list[StoredRun]] = {}
    for day in days:
        covering = [run for run in runs if run.window.start <= day < run.window.end]
        good = [run for run in covering if run.good and run.covers(day)]
        settled = [run for run in good if run.run_id not in failing]
        if settled:
            closed[day] = settled
        elif good:
            waiting, asked = failing[good[-1].run_id]
            why = f"{waiting} of {asked} URLs of {good[-1].run_id} wait for another try"
            found[day] = Gap(publisher, day, GapKind.FAILED, why, good[-1].window, good[-1].crawled_at)
        else:
            found[day] = _uncovered(publisher, day, covering, [run for run in begun if day in run.window.days])
    for volume in day_volumes(connection, known, sorted(closed), everything, together=False):
        looks = closed[volume.day]
        if volume.usual.short(volume.articles) and not any(_second_look(run, volume.day) for run in looks):
            why = f"{volume.articles} articles, usual are {volume.usual}"
            run = min(looks, key=lambda each: len(each.window.days))
            window = run.window if len(run.window.days) <= _MOST_DAYS else Window(volume.day, volume.day + _DAY)
            found[volume.day] = Gap(publisher, volume.day, GapKind.SHORT, why, window, run.crawled_at)
    return [found[day] for day in sorted(found)]


def _days_asked_about(
    runs: Sequence[StoredRun], begun: Sequence[BegunRun], since: date | None, least: date, until: date
) -> list[date]:
    """The days among which the gaps are, in order."""
    first = since or min((run.window.start for run in runs), default=until)
    days = set(Window(max(first, least), until).days) if max(first, least) < until else set()
    if since is None:
        # A first night that failed before it was loaded left no row; of the days around it nobody has asked.
        days |= {day for run in begun for day in run.window.days if least <= day < until}
    return sorted(days)


def folded(gaps: Sequence[Gap]) -> list[list[Gap]]:
    """Gaps in runs of days that follow each other and are gaps for the same reason, in the order given.

    Args:
        gaps: of any publishers, each publisher's oldest first.
    """
    runs: list[list[Gap]] = []
    for gap in gaps:
        last = runs[-1][-1] if runs else None
        same = last is not None and (last.publisher, last.kind, last.why) == (gap.publisher, gap.kind, gap.why)
        if last is not None and same and last.day + _DAY == gap.day:
            runs[-1].append(gap)
        else:
            runs.append([gap])
    return runs


def _uncovered(publisher: str, day: date, covering: Sequence[StoredRun], begun: Sequence[BegunRun]) -> Gap:
    """The gap of a day that no good run covers."""
    over = [run for run in covering if run.covers(day)]
    if not over and begun:
        run_id, window, tried_at = begun[-1].run_id, begun[-1].window, begun[-1].tried_at
        return Gap(publisher, day, GapKind.FAILED, f"{run_id} was begun and never loaded", window, tried_at)
    if not over:
        why = f"{covering[-1].run_id} was crawled before the day was over" if covering else "no run covers it"
        crawled_at = covering[-1].crawled_at if covering else None
        return Gap(publisher, day, GapKind.NEVER, why, Window(day, day + _DAY), crawled_at)
    run = over[-1]
    if not run.complete:
        why = f"{run.run_id} did not walk every listing"
    elif run.failed:
        why = f"{run.run_id} failed its check: {', '.join(run.failed)}"
    else:
        why = f"{run.run_id} was never checked"
    return Gap(publisher, day, GapKind.FAILED, why, run.window, run.crawled_at)


def _second_look(run: StoredRun, day: date) -> bool:
    """Whether a run looked at a day later than the night after it."""
    return shanghai_day(run.crawled_at) > day + _DAY


def _open_urls(connection: Connection, run_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """The runs with many URLs that failed for the moment and have not been had since: how many, of how many asked."""
    event, url = UrlEvent.__table__.c, Url.__table__.c
    passing = [fate.value for fate in Fate if fate.group is FateGroup.FAILED_RETRY or fate.retry]
    outside = [fate.value for fate in Fate if fate.group is FateGroup.OUT_OF_SCOPE or fate is Fate.NOT_DUE]
    waiting = func.sum(case((and_(event.fate.in_(passing), url.fate.in_(passing)), 1), else_=0))
    rows = connection.execute(
        select(event.run_id, waiting, func.count())
        .join(Url.__table__, url.id == event.url_id)
        .where(event.run_id.in_(run_ids), event.current, event.fate.not_in(outside))
        .group_by(event.run_id)
    )
    return {run_id: (count, asked) for run_id, count, asked in rows if count >= LEAST and count > _OPEN_SHARE * asked}


def gap_windows(found: Iterable[Gap], due_at: datetime | None = None) -> list[Window]:
    """The windows to run so that a publisher's gaps close, the newest first, since listings forget their oldest rows.

    Run them with `listings_again`: a run that has ended answers from its own archive otherwise.

    Args:
        found: gaps of one publisher.
        due_at: aware; leave out what was tried again too recently (see `Gap.due`). None takes every gap.
    """
    gaps = [gap for gap in found if due_at is None or gap.due(due_at)]
    whole = {gap.window for gap in gaps if gap.kind is not GapKind.NEVER}
    # A day that was never covered may lie in a window that is run again anyway.
    alone = [
        gap.day
        for gap in gaps
        if gap.kind is GapKind.NEVER and not any(window.start <= gap.day < window.end for window in whole)
    ]
    return sorted({*whole, *_joined(alone)}, key=lambda window: (window.start, window.end), reverse=True)


def _joined(days: Iterable[date]) -> list[Window]:
    windows: list[Window] = []
    for day in sorted(days):
        last = windows[-1] if windows else None
        if last is not None and last.end == day and len(last.days) < _MOST_DAYS:
            windows[-1] = Window(last.start, day + _DAY)
        else:
            windows.append(Window(day, day + _DAY))
    return windows


def recent_windows(connection: Connection, publisher: str, today: date) -> list[Window]:
    """The closed windows whose listings are due for a second look: 1, 3 and 14 days after their own night.

    They are the windows of the nightly runs, so that each is the same run again. Run them with `listings_again`:
    the listings are asked for anew, articles that the run or the store holds are not, and late ones are found.
    A day that has had no first look gets no second: where it is missing it is a gap, and before the first day ever
    covered nobody has asked for it.

    Args:
        connection: reads the store.
        publisher: the publisher's key.
        today: the day on which they run, Asia/Shanghai; the nightly run of that day covers the day before.
    """
    runs = [run for run in stored_runs(connection, publisher) if run.whole]
    windows = [Window(today - _DAY - look, today - look) for look in LOOKS]
    return [window for window in windows if any(run.covers(window.start) for run in runs)]
