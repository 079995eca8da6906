"""One row per discovered address, each with exactly one fate; and which fate a failure is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from crawler.errors import Fate
from crawler.fetch.capture import Capture
from crawler.fetch.listing import Link
from crawler.publishers import ArticleUrl

__all__ = ["FateReached", "Row", "fate_of_failure", "fate_of_status"]


class FateReached(IgnoreRequest):
    """A request ends here, and this is the fate of its address.

    Args:
        fate: what it is.
        message: a sentence of evidence.
    """

    def __init__(self, fate: Fate, message: str) -> None:
        super().__init__(message)
        self.fate = fate
        self.message = message


def fate_of_status(status: int) -> tuple[Fate, str] | None:
    """The fate that an HTTP status means, or None where the page must be read."""
    if status in (404, 410):
        return Fate.GONE, f"the site answers {status}"
    if status == 429:
        return Fate.RATE_LIMITED, "the site answers 429: too many requests"
    if status in (412, 521):
        # The statuses of the script challenges of government sites.
        return Fate.CHALLENGED, f"the site answers {status}, as script challenges do"
    if 400 <= status < 500:
        return Fate.BLOCKED, f"the site answers {status}"
    if status >= 500:
        return Fate.SERVER_ERROR, f"the site answers {status}"
    if 300 <= status < 400 and status != 304:
        return Fate.SERVER_ERROR, f"the site answers {status} without a usable Location"
    return None


def fate_of_failure(error: BaseException) -> tuple[Fate, str] | None:
    """The fate that a failed download means, or None where the error is ours.

    Args:
        error: what Scrapy's downloader raised.
    """
    if isinstance(error, FateReached):
        return error.fate, error.message
    if isinstance(error, DownloadTimeoutError):
        return Fate.TIMEOUT, "no whole answer within DIBAO_TIMEOUT_SECONDS"
    if isinstance(error, ResponseDataLossError):
        return Fate.TRUNCATED, f"the connection ended before the page did: {_words(error)}"
    if isinstance(error, CannotResolveHostError):
        return Fate.NETWORK_ERROR, f"the host's address cannot be had: {_words(error)}"
    if isinstance(error, DownloadConnectionRefusedError):
        return Fate.NETWORK_ERROR, f"the host takes no connection: {_words(error)}"
    if isinstance(error, DownloadFailedError | UnsupportedURLSchemeError):
        return Fate.NETWORK_ERROR, f"the exchange failed: {_words(error)}"
    return None


def _words(error: BaseException) -> str:
    """What the library says, without the page's bytes that it quotes."""
    cause = error.__cause__
    os_error = getattr(cause, "os_error", None)
    said = getattr(os_error, "strerror", None) or getattr(cause, "message", None)
    lines = str(said or error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(": ")[:200]


@dataclass
class Row:
    """What is known of one discovered address.

    Args:
        url: canonical, or as found where it is not an article's address.
        link: as the listing gives it.
        article: what the address tells, or None.
        channels: keys of the channels that list it, in order.
    """

    url: str
    link: Link
    article: ArticleUrl | None
    channels: list[str]
    fetch_url: str = ""
    in_window: bool = False
    fate: Fate | None = None
    status: int | None = None
    message: str = ""
    capture: Capture | None = None
    further: list[Capture] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    """Every page of the article that is asked for, in order; the first is `fetch_url`."""
    earlier: Capture | None = None
    others: list[Row] = field(default_factory=list)
    """The other addresses of the same article, to be tried in turn where this one does not give it."""

    @property
    def settled(self) -> bool:
        """Whether its fate is known, or its page captured."""
        return self.fate is not None or self.capture is not None

    def end(self, fate: Fate, message: str, status: int | None = None) -> None:
        """Give the address its fate."""
        self.fate, self.message, self.status = fate, message, status

    @property
    def day(self) -> date | None:
        """The day that decides about the window: as listed, else as the address names it."""
        if self.link.day is not None:
            return self.link.day
        return self.article.day if self.article else None

    def as_json(self) -> dict[str, Any]:
        """The row of `fates.jsonl`."""
        time: datetime | None = self.link.time
        return {
            "url": self.url,
            "found_url": self.link.url,
            "site": self.article.site if self.article else None,
            "key": self.article.key if self.article else None,
            "channels": self.channels,
            "listed": {
                "title": self.link.title,
                "time": time.isoformat() if time else None,
                "day": self.link.day.isoformat() if self.link.day else None,
                "source": self.link.source,
                "authors": list(self.link.authors),
            },
            "fate": self.fate.value if self.fate else None,
            "evidence": {"status": self.status, "message": self.message},
            "capture": self.capture.as_json() if self.capture else None,
            "further": [capture.as_json() for capture in self.further],
        }


def count_fates(rows: list[Row]) -> dict[str, int]:
    """How many rows met each fate; `captured` for those that go on to parse."""
    return dict(sorted(Counter(row.fate.value if row.fate else "captured" for row in rows).items()))
