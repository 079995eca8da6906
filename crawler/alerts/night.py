"""What a publisher's rows say of the last night that must be done, and of how fresh its articles are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from crawler.assurance.history import newest_article, stored_runs
from crawler.assurance.workdays import workdays_after
from crawler.publishers import Publisher
from crawler.run import SHANGHAI, Window, shanghai_day

__all__ = ["Night", "NightState", "last_night", "night_state", "quiet_for"]

_DAILY = re.compile(r"^(\d{1,2}) (\d{1,2}) \* \* \*$")


@dataclass(frozen=True, slots=True)
class Night:
    """One nightly run that must be done by now.

    Args:
        window: the publication day that it covers.
        due: when it starts, aware.
        logical_date: Airflow's name for it: the start of its data interval.
        deadline: by when it must be done.
    """

    window: Window
    due: datetime
    logical_date: datetime
    deadline: datetime


def last_night(publisher: Publisher, deadline: time, now: datetime) -> Night | None:
    """The latest night of a publisher whose deadline has passed.

    Args:
        publisher: whose.
        deadline: the time of day, Asia/Shanghai.
        now: the present, aware.

    Returns:
        The night, or None where the publisher does not run once a day.
    """
    found = _DAILY.match(publisher.schedule)
    if found is None:
        return None
    start = time(int(found[2]), int(found[1]))
    day = shanghai_day(now)
    while True:
        due = datetime.combine(day, start, SHANGHAI)
        # A deadline before the start is that of the next morning.
        limit = datetime.combine(day + timedelta(days=deadline <= start), deadline, SHANGHAI)
        if limit <= now:
            return Night(Window(day - timedelta(days=1), day), due, due - timedelta(days=1), limit)
        day -= timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NightState:
    """What the store holds of a night.

    Args:
        known: whether the publisher had been crawled before that night, so that it could be expected.
        done: whether a run of the whole publisher covers it and was checked, whatever the check said.
    """

    known: bool
    done: bool


def night_state(connection: Connection, publisher: Publisher, night: Night) -> NightState:
    """Ask the store for a night: a run that somebody triggered, or started on the command line, counts as well."""
    runs = stored_runs(connection, publisher.key)
    day = night.window.start
    return NightState(
        known=any(run.crawled_at < night.due for run in runs),
        done=any(run.whole and run.checked and run.covers(day) for run in runs),
    )


def quiet_for(connection: Connection, publisher: Publisher, now: datetime) -> tuple[date, int] | None:
    """Since which day, and for how many working days, a publisher has had no new article, if that is too long.

    Args:
        connection: reads the store.
        publisher: whose.
        now: the present, aware.

    Returns:
        The day of the newest article and the working days since, today not counted; None where it is not unusual, or
        where the publisher has no article with a time.
    """
    newest = newest_article(connection, publisher.key, now)
    if newest is None:
        return None
    day = shanghai_day(newest)
    quiet = workdays_after(day, shanghai_day(now) - timedelta(days=1))
    return (day, quiet) if quiet > publisher.expectations.quiet_workdays else None
