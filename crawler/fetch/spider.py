"""What every spider is: a crawl's beginning, its turn from the listings to the articles, and its end."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, UsageError
from twisted.python.failure import Failure

from crawler import publishers
from crawler.config import load_config
from crawler.errors import CrawlBroken, DibaoError, Fate
from crawler.fetch.article_fetch import ArticleFetch
from crawler.fetch.decide import decide
from crawler.fetch.discovery import Discovery
from crawler.fetch.failures import report_own_failure
from crawler.fetch.fates import Row
from crawler.fetch.listing import ListingPage
from crawler.fetch.outcome import write_outcome
from crawler.fetch.session import CrawlSession, ProblemKind
from crawler.fetch.walk import Walk
from crawler.publishers import Channel
from crawler.report import fates_table
from crawler.run import Run, Window

__all__ = ["PublisherSpider"]

logger = logging.getLogger("crawler")


class PublisherSpider(Spider):
    """The base of every publisher's spider; a subclass says how a listing is read, and maybe where walks begin.

    Command-line arguments (`scrapy crawl sina_finance -a start=2026-06-15 -a end=2026-06-17`): `start` and `end` as
    ISO days, `channels` and `sites` separated by commas, `page_limit`, `fetch_again=1`.
    """

    session: CrawlSession
    discovery: Discovery
    articles: ArticleFetch
    rows: list[Row]
    fetching: bool
    on_closed: Callable[[dict[str, Any]], None] | None = None
    one_article: bool = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make the spider, and let the run's settings take effect."""
        session = kwargs.pop("session", None) or _session_from_arguments(cls.name, kwargs)
        on_closed = kwargs.pop("on_closed", None)
        one_article = kwargs.pop("one_article", False)
        delay = session.delay
        for name, value in {
            "USER_AGENT": session.config.user_agent,
            "DOWNLOAD_DELAY": delay,
            "AUTOTHROTTLE_ENABLED": delay > 0,
            "AUTOTHROTTLE_START_DELAY": delay,
            "DOWNLOAD_TIMEOUT": session.config.timeout_seconds,
            "DOWNLOAD_MAXSIZE": session.config.response_limit_mb << 20,
            "DOWNLOAD_WARNSIZE": 0,
            "CLOSESPIDER_TIMEOUT": session.config.crawl_limit_minutes * 60,
        }.items():
            crawler.settings.set(name, value, priority="spider")
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.session = session
        spider.on_closed = on_closed
        spider.one_article = one_article
        spider.discovery = Discovery(session, spider.read)
        spider.articles = ArticleFetch(session)
        spider.rows = []
        spider.fetching = False
        crawler.signals.connect(spider._idle, signals.spider_idle)
        crawler.signals.connect(spider._error, signals.spider_error)
        crawler.signals.connect(spider._closed, signals.spider_closed)
        return spider

    # What a publisher says of its listings.

    def first_walks(self, channel: Channel) -> Iterable[Walk]:
        """Where the walks of a channel begin; one, at its address, unless a publisher knows better."""
        yield Walk(channel, channel.url)

    def read(self, text: str, url: str, walk: Walk) -> ListingPage:
        """Read one listing page.

        Raises:
            ListingError: it is not what a listing of this publisher looks like.
        """
        raise NotImplementedError

    # What Scrapy asks and tells.

    async def start(self) -> AsyncIterator[Request]:
        """The first listing page of every walk."""
        run = self.session.run
        channels = self.session.publisher.channels_in(run.window.start, run.window.end, run.channels, run.sites)
        self._plan(channels)
        if not channels:
            self.session.problem(
                ProblemKind.BROKEN, "", "no channel is selected; check the channels, sites and days asked for"
            )
        for channel in channels:
            if "menu" in channel.options or "menu_under" in channel.options:
                yield self.discovery.begin_menu(channel)
                continue
            for walk in self.first_walks(channel):
                if walk.day is None and channel.options.get("day_filter"):
                    # `check` would hold what the whole list claims to have against one day.
                    self.session.problem(
                        ProblemKind.BROKEN,
                        channel.key,
                        "publisher.toml says day_filter, and the spider does not ask day by day: give it first_walks "
                        "(crawler/publishers/sina_finance/spider.py has one), or leave day_filter out",
                    )
                    continue
                yield self.discovery.begin(walk)

    def _plan(self, channels: Sequence[Channel]) -> None:
        session, window, archive = self.session, self.session.run.window, self.session.archive
        session.say(
            f"crawl {session.run.run_id}: {len(channels)} channel{'s' if len(channels) != 1 else ''} of "
            f"{session.publisher.name}, "
            f"published from {window.start} to {window.end}, that day not included"
        )
        session.say(
            f"pause {session.delay:g} s between two requests to one host, more where robots.txt or a slow answer asks; "
            f"User-Agent {session.config.user_agent!r}"
        )
        if archive.resumed or archive.sealed:
            session.say(
                f"going on: the archive holds {archive.count} responses, {archive.resumed} of them from an attempt "
                "that was cut short"
            )
        if session.config.gateway:
            session.say(f"through the gateway {session.config.gateway}: no live host is spoken to")

    def _idle(self) -> None:
        """The listings are walked: decide, then fetch. Scrapy asks again when that is done."""
        if self.fetching:
            return
        # Where this fails the spider is closed, decides again there, and reports why it cannot.
        self.rows = decide(self.session, self.discovery.walks, one_article=self.one_article)
        self.fetching = True
        wanted = [row for row in self.rows if not row.settled]
        seconds = len(wanted) * self.session.delay
        self.session.say(
            f"{len(self.rows)} addresses found, {len(wanted)} to fetch"
            + (f", about {seconds / 60:.0f} minutes at this pace" if seconds >= 60 else "")
        )
        for row in wanted:
            self.crawler.engine.crawl(self.articles.begin(row))
        if wanted:
            raise DontCloseSpider

    def _error(self, failure: Failure) -> None:
        report_own_failure(self.session, failure)

    def _closed(self, reason: str) -> None:
        try:
            report = self._outcome(reason)
        except DibaoError as error:
            self.session.say(f"PROBLEM {error}")
            report = {"error": {"type": type(error).__name__, "message": str(error)}}
        except Exception as error:
            # Nothing goes on: the parent hears of it and fails the crawl. Without a report it would take this process
            # for one that was killed, and start it again.
            logger.exception("the crawl's outcome could not be written")
            message = (
                f"the outcome of the crawl of {self.session.run.run_id} could not be written: {error!r}; report it "
                "with the log. What was fetched is archived"
            )
            report = {"error": {"type": CrawlBroken.__name__, "message": message}}
        finally:
            self.session.close()
        if self.on_closed is not None:
            self.on_closed(report)
        elif "error" not in report:
            # `scrapy crawl`: there is no stage that shows it.
            for line in fates_table(self.session.folder).splitlines():
                self.session.say(line)

    def _outcome(self, reason: str) -> dict[str, Any]:
        if not self.fetching:
            self.rows = decide(self.session, self.discovery.walks)
        for row in self.rows:
            if not row.settled:
                row.end(Fate.NETWORK_ERROR, f"not fetched: the crawl ended before its turn ({reason})")
        return write_outcome(self.session, self.discovery.walks, self.rows, reason)


def _session_from_arguments(publisher: str, arguments: dict[str, Any]) -> CrawlSession:
    try:
        limit = arguments.pop("page_limit", None)
        window = Window.parse(arguments.pop("start"), arguments.pop("end"))
        window.refuse_outside(publishers.get(publisher).since, datetime.now(UTC))
        run = Run(
            publisher=publisher,
            window=window,
            channels=tuple(filter(None, arguments.pop("channels", "").split(","))),
            sites=tuple(filter(None, arguments.pop("sites", "").split(","))),
            page_limit=int(limit) if limit else None,
            fetch_again=arguments.pop("fetch_again", "") in ("1", "true", "yes"),
        )
        return CrawlSession.open(run, load_config(), logger.info)
    except KeyError as error:
        raise UsageError(f"say which days: -a start=2026-06-15 -a end=2026-06-17 (missing {error})") from error
    except (DibaoError, ValueError) as error:
        raise UsageError(str(error)) from error
