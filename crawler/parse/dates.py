"""Times as printed: every form that Chinese pages use, with precision, in Asia/Shanghai."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from crawler.parse.article import Precision
from crawler.run import SHANGHAI

__all__ = ["Moment", "brief_time", "find_times", "first_time", "from_url", "labelled_time", "parse_rfc822"]

_EARLIEST = 1994
"""China was joined to the Internet in April 1994; a page's time before that is a document's, not the page's."""

_CLOCK = (
    r"(?:[\sT|，,/\-—:：(]{0,4}(?:星期[一二三四五六日天]|周[一二三四五六日天])?[\s)]{0,3}"
    r"(?P<half>上午|下午|晚上|晚间|凌晨|早上|中午|傍晚|夜间|AM|PM|am|pm)?\s{0,2}"
    r"(?P<hour>[01]?\d|2[0-4])\s?(?::|时|点)\s?(?P<minute>[0-5]\d)(?:\s?(?::|分)\s?(?P<second>[0-5]\d)(?!\d)秒?)?分?"
    r"(?:\.\d{1,6})?\s?(?P<after>AM|PM|am|pm)?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_TIME = re.compile(
    r"(?<![\d.])(?P<year>(?:19|20)\d{2})(?:\s?[-/.年–—]\s?|\s{1,4}(?=\d{1,2}\s?/\s?\d))(?P<month>1[0-2]|"
    r"0?[1-9])\s?[-/.月–—]\s?"
    r"(?P<day>3[01]|[12]\d|0?[1-9])(?!\d(?!\d?:))(?:\s?[日号])?" + _CLOCK
)
_COMPACT = re.compile(r"(?<!\d)(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?!\d)" + _CLOCK)
_SHORT = re.compile(
    r"(?<![\d.])(?P<year>\d{2})\s?[-/.年]\s?(?P<month>1[0-2]|0?[1-9])\s?[-/.月]\s?(?P<day>3[01]|"
    r"[12]\d|0?[1-9])(?!\d)日?" + _CLOCK
)
_YEARLESS = re.compile(
    r"(?<![\d.年/-])(?P<month>1[0-2]|0?[1-9])\s?[-/月]\s?(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)日?" + _CLOCK
)
_REVERSED = re.compile(r"(?<!\d)(?P<day>3[01]|[0-2]\d)\s(?P<month>1[0-2]|0\d)\s(?P<year>20\d{2})\s+" + _CLOCK)
_NUMERAL = re.compile(
    r"(?P<year>[一二][〇零○Ｏ〇一二三四五六七八九O0]{3})年(?P<month>[一二三四五六七八九十]{1,2})月(?P<day"
    r">[一二三四五六七八九十]{1,3})日"
)
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTHS = {name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)}
_ENGLISH_MONTH = re.compile("|".join(_MONTHS))
# Jun 3, 2021 08:15; 3 June 2021
_ENGLISH = re.compile(
    rf"(?<![A-Za-z\d])(?:(?P<first>\d{{1,2}})(?:st|nd|rd|th)?\s)?(?P<name>{'|'.join([*_MONTH_NAMES, *_MONTHS])})t?\.?\s"
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s)?(?P<year>20\d{2})(?!\d)" + _CLOCK
)
_BRIEF = re.compile(r"(?<![\d/.-])\d{2}[-/.]\d{1,2}[-/.]\d{1,2}\s{1,2}\d{1,2}:\d{2}(?!\d)")
_YEAR = re.compile(r"[12１２]\s?[09０９]|[一二][〇零○Ｏ九O0]")
_FAR = datetime(9000, 1, 1, tzinfo=UTC)
_DIGITS = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0", "O": "0", "0": "0"}

_URL = (
    re.compile(r"(?<!\d)(20\d{2}|19\d{2})[-/](\d{1,2})[-/](\d{1,2})(?=[/_.-])"),
    re.compile(r"(?<!\d)(20\d{2}|19\d{2})-?(\d{2})/?(\d{2})(?=[/_.-])"),
    re.compile(r"(?<!\d)(20\d{2})[-/](\d{2})(\d{2})(?=/)"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it was printed.

    Args:
        at: aware, Asia/Shanghai.
        precision: how exactly it was printed.
        printed: the characters it was read from.
        start: where they begin in the text that was searched.
    """

    at: datetime
    precision: Precision
    printed: str
    start: int = 0

    def cut_from(self, text: str) -> str:
        """The text that it was found in, with a space in its place."""
        if self.printed in text:
            return text.replace(self.printed, " ", 1)
        # Full-width signs were folded for reading, one for one.
        return f"{text[: self.start]} {text[self.start + len(self.printed) :]}"


def find_times(text: str, *, latest: datetime | None = None) -> list[Moment]:
    """Every full time (with its year) of a text, in order.

    Args:
        text: as printed; full-width digits and colons are understood.
        latest: a later time is not believed (one day of slack for a clock or zone that is off).
    """
    found = _all_times(text)
    if not found:
        return []
    latest = latest or datetime.now(UTC)
    return [moment for moment in found if _believed(moment.at, latest)]


@lru_cache(maxsize=4096)
def _all_times(text: str) -> tuple[Moment, ...]:
    # The same short line is asked for by several readers of one page.
    if not _YEAR.search(text):
        return ()
    folded = _fold(text)
    found = []
    for pattern in (_TIME, _NUMERAL):
        if pattern is _NUMERAL and "年" not in folded:
            continue
        for match in pattern.finditer(folded):
            moment = _moment(match, _FAR)
            if moment is not None:
                found.append(moment)
    if not found and _ENGLISH_MONTH.search(folded):
        found = [moment for match in _ENGLISH.finditer(folded) if (moment := _moment(match, _FAR)) is not None]
    if len(found) > 1:
        found.sort(key=lambda moment: moment.start)
    return tuple(found)


def first_time(text: str, *, latest: datetime | None = None) -> Moment | None:
    """The first full time of a text; a time of day beside it makes a later one win over an earlier bare day."""
    times = find_times(text, latest=latest)
    if not times:
        return None
    first = times[0]
    for other in times[1:]:
        if (
            first.precision is Precision.DAY
            and other.precision is not Precision.DAY
            and other.at.date() == first.at.date()
        ):
            return other
    return first


def labelled_time(text: str, *, latest: datetime | None = None, year: int | None = None) -> Moment | None:
    """A time that stands after a label or alone in a field: compact, two-digit and yearless forms are read too.

    Args:
        text: the field's value.
        latest: a later time is not believed.
        year: the year for a form that prints none, usually the URL's.
    """
    moment = first_time(text, latest=latest)
    if moment is not None:
        return moment
    folded = _fold(text)
    for pattern in (_COMPACT, _REVERSED, _SHORT):
        match = pattern.search(folded)
        if match is not None:
            moment = _moment(match, latest)
            if moment is not None:
                return moment
    match = _YEARLESS.search(folded) if year is not None else None
    return _moment(match, latest, year) if match is not None else None


def brief_time(text: str, *, latest: datetime | None = None) -> Moment | None:
    """A time whose year has two digits and which prints the time of day, so that nothing else is meant by it.

    Args:
        text: a line of a page's header.
        latest: a later time is not believed.
    """
    match = _BRIEF.search(text)
    return labelled_time(match.group(), latest=latest) if match is not None else None


def from_url(url: str, *, latest: datetime | None = None) -> Moment | None:
    """The day that a URL's path names."""
    path = url.split("?", 1)[0]
    for pattern in _URL:
        for match in pattern.finditer(path):
            at = _build(int(match[1]), int(match[2]), int(match[3]))
            if at is not None and _believed(at, latest):
                return Moment(at, Precision.DAY, match.group(), match.start())
    return None


def parse_rfc822(text: str) -> Moment | None:
    """A time such as `Sun, 03 Oct 2021 12:58:39 GMT`."""
    try:
        at = parsedate_to_datetime(text.strip())
    except (TypeError, ValueError, IndexError, OverflowError):
        # Not this form; the caller tries others.
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    try:
        return Moment(at.astimezone(SHANGHAI), Precision.SECOND, text.strip())
    except OverflowError:
        return None


def _fold(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("：", ":")


def _moment(match: re.Match[str], latest: datetime | None, year: int | None = None) -> Moment | None:
    groups = match.groupdict()
    printed_year = groups.get("year")
    if match.re is _ENGLISH:
        groups["month"], groups["day"] = str(_MONTHS[groups["name"][:3]]), groups["day"] or groups["first"]
        if groups["day"] is None:
            return None
    if match.re is _NUMERAL:
        year = _numeral_year(groups["year"])
        month, day = _numeral(groups["month"]), _numeral(groups["day"])
        if year is None:
            return None
        at = _build(year, month, day)
        return Moment(at, Precision.DAY, match.group(), match.start()) if at and _believed(at, latest) else None
    if printed_year is not None:
        year = int(printed_year)
        if len(printed_year) == 2:
            year += 2000 if year < 70 else 1900
    if year is None:
        return None
    hour, minute, second = groups.get("hour"), groups.get("minute"), groups.get("second")
    if hour is None or minute is None:
        at = _build(year, int(groups["month"]), int(groups["day"]))
        precision = Precision.DAY
    else:
        at = _build(
            year, int(groups["month"]), int(groups["day"]),
            _hour(int(hour), groups.get(
                "half") or groups.get("after")), int(minute), int(second or 0), groups.get("zone"),
        )  # fmt: skip
        precision = Precision.SECOND if second is not None else Precision.MINUTE
    if at is None or not _believed(at, latest):
        return None
    return Moment(at, precision, match.group().strip(" \t\n|,，/-—:"), match.start())


def _hour(hour: int, half: str | None) -> int:
    """The hour of the day: 下午3时 is 15, 中午12时 is 12, 凌晨12时 is 0, 12 AM is 0; 下午15时 stays."""
    if half is None or hour > 12:
        return hour
    if half in ("下午", "晚上", "晚间", "傍晚", "夜间", "PM", "pm"):
        return hour if hour == 12 and half not in ("晚上", "夜间") else hour + 12 if hour < 12 else 24
    if half == "中午":
        return hour + 12 if hour < 4 else hour
    return 0 if hour == 12 and half in ("凌晨", "AM", "am") else hour


def _build(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, zone: str | None = None
) -> datetime | None:
    try:
        carry = timedelta(days=1) if hour == 24 else timedelta(0)
        at = datetime(year, month, day, hour % 24, minute, second, tzinfo=SHANGHAI) + carry
    except (ValueError, OverflowError):
        # Digits that only look like a date (2019-13-40, 30 February).
        return None
    if zone is None:
        return at
    offset = (
        timedelta(0)
        if zone == "Z"
        else timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
    )
    if abs(offset) > timedelta(hours=14):
        return at
    return (at.replace(tzinfo=UTC) - offset).astimezone(SHANGHAI)


def _believed(at: datetime, latest: datetime | None) -> bool:
    if at.year < _EARLIEST:
        return False
    return at <= (latest or datetime.now(UTC)) + timedelta(days=1)


def _numeral(text: str) -> int:
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (int(_DIGITS[tens]) if tens in _DIGITS else 1 if not tens else 0) * 10 + (
            int(_DIGITS[ones]) if ones in _DIGITS else 0
        )
    return int("".join(_DIGITS[c] for c in text))


def _numeral_year(text: str) -> int | None:
    digits = "".join(_DIGITS.get(c, "?") for c in text)
    return int(digits) if digits.isdigit() else None
