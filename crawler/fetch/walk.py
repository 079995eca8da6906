"""One series of listing pages, as far as it has been walked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from crawler.fetch.listing import Link
from crawler.publishers import Channel

__all__ = ["Walk"]


@dataclass
class Walk:
    """One series of listing pages of a channel, from its first page until the window's start is passed.

    Args:
        channel: which.
        url: the first page.
        day: the day that the series is asked for, where the site filters by day; else None.
        certain: publisher.toml names it; a menu may hold entries that lead nowhere.
    """

    channel: Channel
    url: str
    day: date | None = None
    certain: bool = True
    links: list[Link] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    in_window: int = 0
    pages: int = 0
    total: int | None = None
    before: int = 0
    seen: dict[tuple[str, ...], int] = field(default_factory=dict)
