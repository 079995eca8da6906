"""Chinese working days: public holidays, the days off that go with them, and the weekends worked in exchange."""

from __future__ import annotations

import functools
from datetime import date, timedelta
from enum import StrEnum

import holidays

__all__ = ["DayKind", "day_kind", "is_workday", "workdays_after"]


class DayKind(StrEnum):
    """What kind of day it is to a newsroom or an office in China."""

    WORKDAY = "workday"
    """Monday to Friday, and the Saturdays and Sundays that are worked in exchange for a longer holiday (调休)."""
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    """A public holiday, a day off in exchange, and the weekend that lies in or beside it."""


@functools.cache
def _calendar() -> holidays.HolidayBase:
    # Exchanged days are announced each November for the year after; for years not announced yet the package knows
    # the statutory days only.
    return holidays.country_holidays("CN")


def is_workday(day: date) -> bool:
    """Whether offices work on that day (State Council notices, as the package `holidays` records them)."""
    # The look-up makes the package fill in the day's year, its exchanged weekends included.
    return day not in _calendar() and bool(_calendar().is_working_day(day))


@functools.lru_cache(maxsize=4096)
def day_kind(day: date) -> DayKind:
    """What kind of day it is."""
    if is_workday(day):
        return DayKind.WORKDAY
    block = [day]
    for step in (-1, 1):
        other = day + timedelta(days=step)
        while not is_workday(other):
            block.append(other)
            other += timedelta(days=step)
    return DayKind.HOLIDAY if any(each in _calendar() for each in block) else DayKind.WEEKEND


def workdays_after(first: date, last: date) -> int:
    """How many working days lie after `first`, up to and with `last`."""
    return sum(is_workday(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))
