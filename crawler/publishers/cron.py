"""Cron expressions of `schedule`: five fields, checked when the file is read, and the times of day they name."""

from __future__ import annotations

import re

__all__ = ["times_of_day"]

_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of the week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
"""crontab(5): name, least, most, and the names that stand for numbers, counted from the least."""


def times_of_day(expression: str) -> frozenset[tuple[int, int]]:
    """The times of day that a cron expression names, on whatever days.

    The five fields of crontab(5) with `*`, numbers, names, ranges, steps and lists: what Airflow reads as well, without
    its own additions (`@daily`, `L`, `#`, seconds).

    Args:
        expression: such as `25 2 * * *`.

    Returns:
        Hours and minutes.

    Raises:
        ValueError: it is no such expression; the message says which field.
    """
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"it has {len(parts)} fields, not five")
    minutes, hours, *_ = [_field(part, *field) for part, field in zip(parts, _FIELDS, strict=True)]
    return frozenset((hour, minute) for hour in hours for minute in minutes)


def _field(text: str, name: str, least: int, most: int, words: tuple[str, ...]) -> set[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        parsed = re.fullmatch(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", part, re.ASCII)
        if parsed is None:
            raise ValueError(f"its {name} is {text!r}")
        ends = [_number(word, least, words) for word in (parsed["first"], parsed["last"]) if word is not None]
        step = int(parsed["step"] or 1)
        if None in ends or step < 1 or (len(ends) == 1 and parsed["step"]):
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
