"""What a printed time says, and what it leaves open: a page that prints its day alone may be of any hour of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler.parse.article import Precision
from crawler.run import SHANGHAI

__all__ = ["PrintedTime", "may_be_first"]

_LENGTH = {
    Precision.DAY.value: timedelta(days=1),
    Precision.MINUTE.value: timedelta(minutes=1),
    Precision.SECOND.value: timedelta(seconds=1),
}
_LONG_AGO, _FAR_AHEAD = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PrintedTime:
    """When a page says that it was published, as exactly as it says so.

    Args:
        at: aware, the first moment that the page can mean; None if it prints no time.
        precision: `day`, `minute` or `second` (`crawler.parse.article.Precision`); None counts as `minute`.
        seen: aware, when it was first fetched, if known: a page without a time was published before that.
    """

    at: datetime | None
    precision: str | None
    seen: datetime | None = None

    @property
    def day_only(self) -> bool:
        """Whether the page prints its day and no hour."""
        return self.at is not None and self.precision == Precision.DAY.value

    @property
    def start(self) -> datetime:
        """The earliest moment at which the page can have been published."""
        return self.at or _LONG_AGO

    @property
    def end(self) -> datetime:
        """The moment before which it was published."""
        if self.at is None:
            return self.seen or _FAR_AHEAD
        return self.at + _LENGTH[self.precision or Precision.MINUTE.value]

    def __str__(self) -> str:
        """As a reader writes it, in Shanghai: the day alone where the page prints no more; empty without a time."""
        if self.at is None:
            return ""
        form = {"day": "%Y-%m-%d", "second": "%Y-%m-%d %H:%M:%S"}.get(self.precision or "", "%Y-%m-%d %H:%M")
        return f"{self.at.astimezone(SHANGHAI):{form}}"


def may_be_first(times: Sequence[PrintedTime]) -> list[bool]:
    """Which of some pages may have been published before all the others, as far as their times tell.

    One page surely came before another if all of the time that it can mean lies before all that the other can mean.

    Args:
        times: of the pages.

    Returns:
        For each page, whether none of the others surely came before it. One True alone is certain; several are a tie.
    """
    ends = min((time.end for time in times), default=_LONG_AGO)
    return [time.start < ends for time in times]
