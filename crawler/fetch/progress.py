"""A line every few seconds while a crawl runs, for the person who reads the task's log."""

from __future__ import annotations

from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call

from crawler.errors import FateGroup
from crawler.fetch.session import session_of

__all__ = ["Progress"]

_SECONDS = 10.0


class Progress:
    """Says how far the crawl is, where something has changed."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._last = ""
        self._task = create_looping_call(self._say)
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make a component."""
        return cls(crawler)

    def _opened(self) -> None:
        self._task.start(_SECONDS, now=False)

    def _closed(self) -> None:
        if self._task.running:
            self._task.stop()

    def _say(self) -> None:
        spider: Any = self._crawler.spider
        session = session_of(self._crawler)
        size = f"{session.archive.size / 1024:,.0f} KiB archived"
        walks = spider.discovery.walks
        if not spider.fetching:
            pages, links = sum(w.pages for w in walks), sum(len(w.links) for w in walks)
            line = f"listings: {pages} pages of {len(walks)} walks read, {links} links found, {size}"
        else:
            wanted = [row for row in spider.rows if row.fetch_url]
            fetched = sum(1 for row in wanted if row.capture is not None and row.fate is None)
            failed = sum(
                1
                for row in wanted
                if row.fate is not None and row.fate.group in (FateGroup.FAILED_RETRY, FateGroup.REFUSED)
            )
            waiting = sum(1 for row in wanted if not row.settled)
            line = f"articles: {fetched} fetched, {failed} failed, {waiting} waiting, {size}"
        if line != self._last:
            self._last = line
            session.say(line)
