"""A run: one publisher, one window, one folder of artefacts."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from upath import UPath

from crawler.errors import ConfigurationError

__all__ = ["SHANGHAI", "Run", "Window", "shanghai_day"]

SHANGHAI = ZoneInfo("Asia/Shanghai")


def shanghai_day(moment: datetime) -> date:
    """The day in Shanghai on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span of publication days that a run covers, in Asia/Shanghai.

    Args:
        start: the first day.
        end: the day after the last one.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ConfigurationError(
                f"the window {self.start} to {self.end} is empty: the end is the day after the last day wanted"
            )

    @classmethod
    def parse(cls, start: str, end: str) -> Window:
        """Read a window from two ISO days.

        Raises:
            ConfigurationError: a day is not written YYYY-MM-DD, or the window is empty.
        """
        return cls(_day(start), _day(end))

    @classmethod
    def of_interval(cls, start: datetime, end: datetime) -> Window:
        """The days that a scheduled run reads: those from one moment of its schedule to the next.

        Args:
            start: of the data interval, aware.
            end: of it, aware. Inside the day of `start`, as with several runs a day, that day is the window.
        """
        first = shanghai_day(start)
        return cls(first, max(shanghai_day(end), first + timedelta(days=1)))

    @classmethod
    def asked(cls, start: str | None, end: str | None) -> Window | None:
        """The window of the two days, From and To, that a person has filled in; None where both are empty.

        Raises:
            ConfigurationError: only one was given, one is not written YYYY-MM-DD, or To is not the later one.
        """
        if not (start or end):
            return None
        if not (start and end):
            raise ConfigurationError(
                f"only {'From' if start else 'To'} was given ({start or end}): both days are needed, "
                "and To is the day after the last one wanted"
            )
        first, after = _day(start), _day(end)
        if after <= first:
            raise ConfigurationError(
                f"To ({end}) must be a later day than From ({start}): it is the day after the last one wanted"
            )
        return cls(first, after)

    def refuse_outside(self, since: date, now: datetime) -> None:
        """Refuse days of which a publisher can have no page: a mistyped year.

        Args:
            since: the first day that the publisher is crawled for; `date.min` where no publisher is meant.
            now: the present, aware.

        Raises:
            ConfigurationError: the window begins before that day or after today, or its last day is later than today.
        """
        if self.start < since:
            raise ConfigurationError(
                f"From is {self.start}, but this publisher is crawled from {since} on (since in its publisher.toml): "
                "its older pages have other addresses"
            )
        today = shanghai_day(now)
        if self.start > today:
            raise ConfigurationError(
                f"From is {self.start}, but it is {today} in Shanghai: nothing can be published yet"
            )
        if self.end > today + timedelta(days=1):
            raise ConfigurationError(
                f"To is {self.end}, but it is {today} in Shanghai: nothing can be published yet on the days "
                f"after it; To is {today + timedelta(days=1)} at the latest"
            )

    @property
    def start_time(self) -> datetime:
        """The first instant of the window, UTC."""
        return datetime.combine(self.start, time.min, SHANGHAI).astimezone(UTC)

    @property
    def end_time(self) -> datetime:
        """The first instant after the window, UTC."""
        return datetime.combine(self.end, time.min, SHANGHAI).astimezone(UTC)

    @property
    def days(self) -> list[date]:
        """Every day of the window, in order."""
        return [self.start + timedelta(days=n) for n in range((self.end - self.start).days)]

    def holds(self, moment: datetime) -> bool:
        """Whether an aware moment lies inside the window."""
        return self.start_time <= moment < self.end_time

    def __str__(self) -> str:
        return f"{self.start}_{self.end}"


def _day(text: str) -> date:
    """A day as people write it; the other forms of ISO 8601 are typos here."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"there is no day {text}; a day is written YYYY-MM-DD") from error
    raise ConfigurationError(f"a day is written YYYY-MM-DD, such as 2026-06-15, not {text!r}")


@dataclass(frozen=True, slots=True)
class Run:
    """One execution for one publisher and one window.

    The same publisher, window and selection give the same `run_key` and the same folder, so that the
    same night run twice is the same run.

    Args:
        publisher: the publisher's key, such as `sina_finance`.
        window: the days covered.
        channels: keys of the channels to walk; empty for all.
        sites: keys of the sites of the publisher to walk; empty for all.
        page_limit: at most so many pages of each list of a channel; None for as many as the window needs.
        fetch_again: fetch articles again even where this run's WARC or the store holds them already.
        listings_again: ask for the listings again, for articles that came late, and for no article that this run's
            WARC or the store holds already.
        reason: why a person asked for it; kept with the run.
        digest: of the files, for an import; it takes the window's place in the run_key.
    """

    publisher: str
    window: Window
    channels: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    page_limit: int | None = None
    fetch_again: bool = field(default=False, compare=False)
    listings_again: bool = field(default=False, compare=False, kw_only=True)
    reason: str = field(default="", compare=False)
    digest: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.publisher):
            raise ConfigurationError(f"{self.publisher!r} is not a publisher's key; `dibao publishers` lists them")
        if self.page_limit is not None and self.page_limit < 1:
            raise ConfigurationError(f"a page limit is 1 or more, not {self.page_limit}")
        object.__setattr__(self, "channels", tuple(sorted(set(self.channels))))
        object.__setattr__(self, "sites", tuple(sorted(set(self.sites))))

    @property
    def run_key(self) -> str:
        """The window, and a digest of the selection where it is not the whole publisher."""
        if self.digest:
            return f"import-{self.digest}"
        if not (self.channels or self.sites or self.page_limit):
            return str(self.window)
        selection = json.dumps([self.channels, self.sites, self.page_limit], ensure_ascii=True)
        return f"{self.window}-{hashlib.sha256(selection.encode()).hexdigest()[:8]}"

    @property
    def run_id(self) -> str:
        """The run's name everywhere: publisher and run_key."""
        return f"{self.publisher}/{self.run_key}"

    def folder(self, data_root: UPath) -> UPath:
        """Where this run's artefacts lie under the data root."""
        return data_root / "runs" / self.publisher / self.run_key

    def as_json(self) -> dict[str, Any]:
        """A form that survives JSON and `from_json`."""
        return {
            "publisher": self.publisher,
            "start": self.window.start.isoformat(),
            "end": self.window.end.isoformat(),
            "channels": list(self.channels),
            "sites": list(self.sites),
            "page_limit": self.page_limit,
            "fetch_again": self.fetch_again,
            "listings_again": self.listings_again,
            "reason": self.reason,
            "digest": self.digest,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Run:
        """The run that `as_json` wrote."""
        return cls(
            publisher=data["publisher"],
            window=Window.parse(data["start"], data["end"]),
            channels=tuple(data.get("channels") or ()),
            sites=tuple(data.get("sites") or ()),
            page_limit=data.get("page_limit"),
            fetch_again=bool(data.get("fetch_again", False)),
            listings_again=bool(data.get("listings_again", False)),
            reason=data.get("reason") or "",
            digest=data.get("digest") or "",
        )
