"""How figures, times and addresses are written on the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from crawler.corpus.coverage import CoverageRow, DayState
from crawler.run import SHANGHAI

__all__ = ["FILTERS", "STATE_WORDS", "months", "tints"]

STATE_WORDS = {
    DayState.WHOLE: "complete",
    DayState.WARNED: "with a warning",
    DayState.FAILED: "failed",
    DayState.EMPTY: "covered, no article",
    DayState.GAP: "gap, no run",
    DayState.OUTSIDE: "not due",
}

_SHADES = 5


def _number(value: int) -> str:
    return f"{value:,}"


def _share(part: int, whole: int) -> str:
    """A percentage that never says 100 % of what is not whole, nor 0 % of what is not nothing."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if part and percent < 1:
        return "<1 %"
    return f"{math.floor(percent)} %" if part < whole else "100 %"


def _moment(value: datetime | None) -> str:
    return f"{value.astimezone(SHANGHAI):%-d %b %Y, %H:%M}" if value else "–"


def _printed(value: datetime | None, precision: str | None) -> str:
    """A page's own time, as exactly as the page prints it: a day alone has no hour."""
    return _day(value.astimezone(SHANGHAI)) if value and precision == "day" else _moment(value)


def _stamp(value: datetime, precision: str | None) -> str:
    """The same for a program that reads the page: HTML's `datetime`."""
    return value.astimezone(SHANGHAI).date().isoformat() if precision == "day" else value.isoformat()


def _clock(value: datetime, precision: str | None) -> str:
    local = value.astimezone(SHANGHAI)
    return f"{local:%-d %b}" if precision == "day" else f"{local:%-d %b, %H:%M}"


def _day(value: date) -> str:
    return f"{value:%-d %b %Y}"


def _window(start: date, end: date) -> str:
    last = end - timedelta(days=1)
    return _day(start) if start == last else f"{start:%-d %b} to {_day(last)}"


def _days(values: Sequence[date]) -> str:
    """Days in a row as spans: 5 to 6 Jun, 9 Jun."""
    spans: list[list[date]] = []
    for value in values:
        if spans and value - spans[-1][-1] == timedelta(days=1):
            spans[-1].append(value)
        else:
            spans.append([value])
    return ", ".join(f"{s[0]:%-d %b}" if len(s) == 1 else f"{s[0]:%-d %b} to {s[-1]:%-d %b}" for s in spans)


def _age(value: datetime, now: datetime) -> str:
    hours = (now - value).total_seconds() / 3600
    if hours < 1:
        return "less than an hour"
    if hours < 48:
        return f"{hours:.0f} hour{'s' if round(hours) != 1 else ''}"
    return f"{hours / 24:.0f} days"


def _link(url: str) -> str:
    """The URL where it may be a link; empty for every scheme but http and https."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.hostname else ""


def _words(name: str) -> str:
    return name.replace("_", " ")


def _next_day(value: date) -> date:
    return value + timedelta(days=1)


def _ticks(text: str) -> Markup:
    """Our own messages name commands in backticks; everything in them is escaped all the same."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))


def _mark(state: DayState) -> str:
    return {DayState.WARNED: "!", DayState.FAILED: "×"}.get(state, "")


FILTERS = {
    "number": _number,
    "share": _share,
    "moment": _moment,
    "printed": _printed,
    "stamp": _stamp,
    "clock": _clock,
    "day": _day,
    "days": _days,
    "window": _window,
    "age": _age,
    "link": _link,
    "words": _words,
    "mark": _mark,
    "next_day": _next_day,
    "ticks": _ticks,
}


def tints(row: CoverageRow) -> dict[date, int]:
    """How dark each day is, 0 to 5: against the publisher's own busiest day, so that a small site is seen too."""
    most = max((cell.articles for cell in row.cells), default=0)
    return {cell.day: math.ceil(_SHADES * cell.articles / most) if most else 0 for cell in row.cells}


def months(days: Sequence[date]) -> list[tuple[str, int]]:
    """The months of consecutive days, each with how many of them it has."""
    return [(f"{key:%B %Y}", len(list(group))) for key, group in groupby(days, lambda day: day.replace(day=1))]
