"""What a publisher's rows say of the last night that must be done, and of how fresh its articles are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from crawler.assurance.history import newest_article, stored_runs
from crawler.assurance.workdays import workdays_after
from crawler.publishers import Publisher
from crawler.publishers.cron import read_schedule
from crawler.run import SHANGHAI, Window, shanghai_day

__all__ = ["Night", "NightState", "last_night", "night_state", "quiet_for"]


@dataclass(frozen=True, slots=True)
class Night:
    """One nightly run that must be done by now.

    Args:
        window: the publication days that it covers; more than one where the schedule leaves days out.
        due: when it starts, aware.
        logical_date: Airflow's name for it: the start of its data interval.
        deadline: by when it must be done.
    """

    window: Window
    due: datetime
    logical_date: datetime
    deadline: datetime


def last_night(publisher: Publisher, deadline: time, now: datetime) -> Night:
    """The latest night of a publisher whose deadline has passed.

    Args:
        publisher: whose. Of several runs a day the first is the night: it reads the day that is over.
        deadline: the time of day, Asia/Shanghai.
        now: the present, aware.
    """
    schedule = read_schedule(publisher.schedule)
    by = now
    while True:
        start, due = schedule.latest_night(by)
        # A deadline before the start is that of the next morning.
        day = shanghai_day(due) + timedelta(days=deadline <= due.time())
        limit = datetime.combine(day, deadline, SHANGHAI)
        if limit <= now:
            return Night(Window.of_interval(start, due), due, start, limit)
        by = due - timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NightState:
    """What the store holds of a night.

    Args:
        known: whether the publisher had been crawled before that night, so that it could be expected.
        done: whether each of its days is covered by a run of the whole publisher that was checked, whatever the check
            said.
    """

    known: bool
    done: bool


def night_state(connection: Connection, publisher: Publisher, night: Night) -> NightState:
    """Ask the store for a night: a run that somebody triggered, or started on the command line, counts as well."""
    runs = stored_runs(connection, publisher.key)
    judged = [run for run in runs if run.whole and run.checked]
    return NightState(
        known=any(run.crawled_at < night.due for run in runs),
        done=all(any(run.covers(day) for run in judged) for day in night.window.days),
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
