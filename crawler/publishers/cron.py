"""Cron expressions of `schedule`: five fields, checked when the file is read, and the nights that they name."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from crawler.run import SHANGHAI, shanghai_day

__all__ = ["Schedule", "read_schedule"]

_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of the week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
"""crontab(5): name, least, most, and the names that stand for numbers, counted from the least."""

_DAY = timedelta(days=1)

_LONGEST_PAUSE = 3000
"""Days. The 29th of February comes once in eight years at the least often; what comes less often never comes."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The moments that a cron expression names, Asia/Shanghai.

    Args:
        times: hours and minutes, on each of its days.
        months: 1 to 12.
        days: of the month.
        weekdays: 0 to 6, Sunday first.
        either: whether a day is one of them by its number or by its weekday: crontab(5), where both are restricted.
    """

    times: frozenset[tuple[int, int]]
    months: frozenset[int]
    days: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    @property
    def nightly(self) -> bool:
        """Whether it is once a day, every day."""
        numbers, names = len(self.days) == 31, len(self.weekdays) == 7
        every = (numbers or names) if self.either else (numbers and names)
        return len(self.times) == 1 and len(self.months) == 12 and every

    def on(self, day: date) -> bool:
        """Whether it names a moment of this day."""
        by_number, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (by_number or by_weekday if self.either else by_number and by_weekday)

    def latest_night(self, by: datetime) -> tuple[datetime, datetime]:
        """The latest night that has begun by a moment: the first run of a day, which has the days before it to read.

        Args:
            by: aware.

        Returns:
            The start of the run's data interval, which is the moment of the run before it, and its end, when it is due.

        Raises:
            ValueError: no day of the calendar is meant.
        """
        first, last = (time(*end(self.times)) for end in (min, max))
        day = self._latest_day(shanghai_day(by))
        if datetime.combine(day, first, SHANGHAI) > by:
            day = self._latest_day(day - _DAY)
        before = self._latest_day(day - _DAY)
        return datetime.combine(before, last, SHANGHAI), datetime.combine(day, first, SHANGHAI)

    def _latest_day(self, until: date) -> date:
        for count in range(_LONGEST_PAUSE):
            if self.on(day := until - count * _DAY):
                return day
        raise ValueError("no year has such a day")


@functools.lru_cache(maxsize=64)
def read_schedule(expression: str) -> Schedule:
    """Read a cron expression.

    The five fields of crontab(5) with `*`, numbers, names, ranges, steps and lists: what Airflow reads as well, without
    its own additions (`@daily`, `L`, `#`, seconds).

    Args:
        expression: such as `25 2 * * *`.

    Raises:
        ValueError: it is no such expression, or no day is ever meant by it; the message says which field.
    """
    parts = expression.split()
    if expression.startswith("@"):
        raise ValueError(f"{expression} is a word of Airflow's own: write it as five fields")
    if len(parts) != len(_FIELDS):
        raise ValueError(f"it has {len(parts)} fields, not five")
    minutes, hours, days, months, weekdays = [_field(part, *field) for part, field in zip(parts, _FIELDS, strict=True)]
    weekdays = {day % 7 for day in weekdays}
    found = Schedule(
        times=frozenset((hour, minute) for hour in hours for minute in minutes),
        months=frozenset(months),
        days=frozenset(days),
        weekdays=frozenset(weekdays),
        either=not _is_free(parts[2], len(days) == 31, parts[4])
        and not _is_free(parts[4], len(weekdays) == 7, parts[2]),
    )
    found.latest_night(datetime(2026, 1, 1, tzinfo=SHANGHAI))
    return found


def _is_free(text: str, everything: bool, other: str) -> bool:
    """Whether a field of days restricts nothing, as Airflow (croniter) decides it."""
    return text == "*" or (everything and "*" in other)


def _field(text: str, name: str, least: int, most: int, words: tuple[str, ...]) -> set[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        parsed = re.fullmatch(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", part, re.ASCII)
        if parsed is None:
            raise ValueError(f"its {name} is {text!r}")
        ends = [_number(word, least, words) for word in (parsed["first"], parsed["last"]) if word is not None]
        step = int(parsed["step"] or 1)
        # A star among others means everything, yet Airflow does not let it free a field of days.
        lonely = part == "*" and "," in text
        if None in ends or step < 1 or (len(ends) == 1 and parsed["step"]) or lonely:
            raise ValueError(f"its {name} is {text!r}")
        numbers = [end for end in ends if end is not None] or [least, most]
        if not least <= numbers[0] <= numbers[-1] <= most:
            raise ValueError(f"its {name} is {text!r}, outside {least} to {most}")
        found.update(range(numbers[0], numbers[-1] + 1, step))
    return found


def _number(word: str, least: int, words: tuple[str, ...]) -> int | None:
    if word in words:
        return words.index(word) + least
    return int(word) if word.isdecimal() else None
