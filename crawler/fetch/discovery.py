"""What every spider does: walk the channels for the window, decide about every link, fetch what is to be fetched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import date
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, UsageError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.config import load_config
from crawler.errors import CrawlBroken, DibaoError, Fate, FateGroup, ListingError
from crawler.fetch.capture import Capture
from crawler.fetch.decide import decide, host_of, in_window, instead, url_day
from crawler.fetch.fates import Row, fate_of_failure, fate_of_status
from crawler.fetch.listing import ListingBusy, ListingPage, menu_links, selector_of
from crawler.fetch.outcome import write_outcome
from crawler.fetch.session import CrawlSession, ProblemKind
from crawler.fetch.walk import Walk
from crawler.parse.article import Page
from crawler.parse.further import further_pages
from crawler.publishers import Channel
from crawler.run import Run, Window

__all__ = ["PublisherSpider", "Walk"]

logger = logging.getLogger("crawler")

_LISTING_TRIES = 3


class PublisherSpider(Spider):
    """The base of every publisher's spider; a subclass says how a listing is read, and maybe where walks begin.

    Command-line arguments (`scrapy crawl sina_finance -a start=2026-06-15 -a end=2026-06-17`): `start` and `end` as
    ISO days, `channels` and `sites` separated by commas, `page_limit`, `fetch_again=1`.
    """

    session: CrawlSession
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
        spider.walks = []
        spider.rows = []
        spider.fetching = False
        crawler.signals.connect(spider._idle, signals.spider_idle)
        crawler.signals.connect(spider._error, signals.spider_error)
        crawler.signals.connect(spider._closed, signals.spider_closed)
        return spider

    walks: list[Walk]
    rows: list[Row]
    fetching: bool

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

    # Walking.

    def channels(self) -> list[Channel]:
        """The channels of this run: as selected, and alive in the window."""
        run = self.session.run
        return [
            channel
            for channel in self.session.publisher.channels
            if (not run.channels or channel.key in run.channels)
            and (not run.sites or channel.site in run.sites)
            and _alive(channel, run.window)
        ]

    async def start(self) -> AsyncIterator[Request]:
        """The first listing page of every walk."""
        channels = self.channels()
        self._plan(channels)
        if not channels:
            self.session.problem(
                ProblemKind.BROKEN, "", "no channel is selected; check the channels, sites and days asked for"
            )
        for channel in channels:
            if "menu" in channel.options or "menu_under" in channel.options:
                yield self._listing(channel.url, self.on_menu, channel=channel)
                continue
            for walk in self.first_walks(channel):
                self.walks.append(walk)
                yield self._listing(walk.url, self.on_listing, walk=walk)

    def _plan(self, channels: list[Channel]) -> None:
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

    def _listing(self, url: str, callback: Callable[..., Any], **kwargs: Any) -> Request:
        return Request(
            url,
            callback=callback,
            errback=self.on_listing_failed,
            cb_kwargs=kwargs,
            dont_filter=True,
            priority=10,
            # An address that only a menu names may lead nowhere: then that is its answer, and not asked again.
            meta={"purpose": "listing", "may_be_gone": not getattr(kwargs.get("walk"), "certain", True)},
        )

    def on_menu(self, response: Response, channel: Channel) -> Iterator[Request]:
        """Read a channel's addresses from the page's own menu, then walk each."""
        if not self._usable(response, channel):
            return
        menu = menu_links(selector_of(_text(response)), response.url)
        wanted = list(channel.options.get("menu", ()))
        missing = [name for name in wanted if name not in menu]
        if missing:
            self.session.problem(
                ProblemKind.BROKEN,
                channel.key,
                f"the menu of {response.url} has no entry {', '.join(missing)}: look at the page",
            )
        targets = [menu[name] for name in wanted if name in menu]
        under = channel.options.get("menu_under")
        if under:
            targets += [url for url in menu.values() if self._is_column(url, response.url, under)]
        unique = {_column_key(url): url for url in reversed(targets)}
        first = _column_key(response.url)
        if not channel.options.get("menu_only"):
            unique.pop(first, None)
            own = Walk(channel, response.url)
            self.walks.append(own)
            yield from self._turn(response, own)
        for url in reversed(unique.values()):
            walk = Walk(channel, url, certain=url in targets[: len(wanted)])
            self.walks.append(walk)
            self.session.say(f"{channel.key}: the menu names {url}")
            yield self._listing(url, self.on_listing, walk=walk)

    def _is_column(self, url: str, base: str, under: str) -> bool:
        path = urlsplit(url).path
        rest = path.lower().removeprefix(under.lower()).removesuffix("index.html")
        return (
            urlsplit(url).hostname == urlsplit(base).hostname
            and path.lower().startswith(under.lower())
            and rest.endswith("/")
            and rest.count("/") == 1
        )

    async def on_listing(self, response: Response, walk: Walk) -> AsyncIterator[Request]:
        """Take a listing page's links, and go on to the next page while the window is not passed."""
        if not walk.certain and response.status in (404, 410):
            self.session.say(f"{walk.channel.key}: the menu's entry {response.url} leads nowhere ({response.status})")
            return
        if not self._usable(response, walk.channel):
            return
        try:
            for request in self._turn(response, walk):
                yield request
        except ListingBusy as error:
            tries = response.meta.get("listing_tries", 1)
            if tries >= _LISTING_TRIES:
                self.session.problem(
                    ProblemKind.TRANSIENT, walk.channel.key, f"{error}; asked {tries} times. Run it again later"
                )
                return
            self.session.say(f"{walk.channel.key}: {error}; asking again")
            await asyncio.sleep(2 * self.session.delay * 3 ** (tries - 1))
            again = self._listing(response.url, self.on_listing, walk=walk)
            again.meta.update(listing_tries=tries + 1, ignore_replay=True)
            yield again

    def _usable(self, response: Response, channel: Channel) -> bool:
        refusal = response.meta.get("refusal")
        if refusal is not None:
            self.session.problem(ProblemKind.BLOCKED, channel.key, f"{response.url}: {refusal[1]}")
        elif response.status in (404, 410):
            self.session.problem(
                ProblemKind.BROKEN,
                channel.key,
                f"the listing {response.url} is gone ({response.status}): mend publisher.toml",
            )
        elif response.status != 200:
            self.session.problem(
                ProblemKind.TRANSIENT,
                channel.key,
                f"the listing {response.url} answers {response.status}; run it again later",
            )
        else:
            return True
        return False

    def _turn(self, response: Response, walk: Walk) -> list[Request]:
        """Read one page of a walk; the request for the next one, or none."""
        try:
            page = self.read(_text(response), response.url, walk)
        except ListingBusy:
            raise
        except ListingError as error:
            self.session.problem(ProblemKind.BROKEN, walk.channel.key, str(error))
            return []
        if not page.links and walk.pages == 0 and page.next_url is not None:
            # A column page whose rows are loaded from elsewhere.
            return [self._listing(page.next_url, self.on_listing, walk=walk)]
        if not page.links and walk.pages == 0:
            self.session.problem(
                ProblemKind.BROKEN,
                walk.channel.key,
                f"{response.url} lists nothing at all; open it in a browser and compare",
            )
            return []
        if walk.pages == 0 and not self._has_articles(page):
            self.session.problem(
                ProblemKind.BROKEN,
                walk.channel.key,
                f"none of the {len(page.links)} links of {response.url} is the address of an article: the listing is "
                "empty, or its layout or addresses have changed",
            )
            return []
        signature = tuple(link.url for link in page.links)
        if signature and signature in walk.seen:
            self.session.problem(
                ProblemKind.BROKEN,
                walk.channel.key,
                f"page {walk.pages + 1} ({response.url}) repeats page {walk.seen[signature]}: "
                "the list does not move on",
            )
            return []
        walk.pages += 1
        walk.seen[signature] = walk.pages
        walk.links += page.links
        if walk.total is None:
            walk.total = page.total
        dated = []
        for link in page.links:
            article = self.session.publisher.identify(link.url)
            walk.in_window += in_window(self.session.run.window, link, article)
            if (day := link.day or url_day(article)) is not None:
                dated.append(day)
        walk.days += dated
        return self._next(walk, page, dated)

    def _has_articles(self, page: ListingPage) -> bool:
        # A column may well link to other sites alone; a menu that was taken for a list links to our own.
        publisher = self.session.publisher
        return any(publisher.identify(link.url) or host_of(link.url) not in publisher.hosts for link in page.links)

    def _next(self, walk: Walk, page: ListingPage, dated: list[date]) -> list[Request]:
        run, config, key = self.session.run, self.session.config, walk.channel.key
        walk.before = walk.before + 1 if dated and max(dated) < run.window.start else 0
        if walk.before >= 2 or page.next_url is None or not page.links:
            # A whole page before the window, and one more: lists are re-ordered and back-dated.
            if walk.before == 0 and walk.day is None and dated and min(dated) > run.window.start:
                self.session.say(
                    f"{key}: the list ends at {min(dated)}, after the window's first day; "
                    "what is older is no longer listed"
                )
            return []
        if run.page_limit is not None and walk.pages >= run.page_limit:
            self.session.say(f"{key}: stopped after {walk.pages} pages, as asked")
            return []
        if walk.pages >= config.page_ceiling:
            self.session.problem(
                ProblemKind.BROKEN,
                key,
                f"{walk.pages} pages and the window's first day is not reached; is the list endless? "
                "If it is only long, raise DIBAO_PAGE_CEILING or ask for a later window",
            )
            return []
        return [self._listing(page.next_url, self.on_listing, walk=walk)]

    def on_listing_failed(self, failure: Failure) -> None:
        """A listing could not be had: its channel is not complete, the others go on."""
        request: Request = failure.request  # type: ignore[attr-defined]
        channel: Channel = request.cb_kwargs.get("channel") or request.cb_kwargs["walk"].channel
        reached = fate_of_failure(_raised(failure))
        if reached is None:
            self._error(failure)
            return
        fate, message = reached
        if any(problem.message == message for problem in self.session.problems):
            # Its host is closed, and that has been said.
            return
        if fate.group is FateGroup.REFUSED:
            kind = ProblemKind.BROKEN if fate is Fate.ROBOTS_DISALLOWED else ProblemKind.BLOCKED
        elif fate in (Fate.OFF_SITE, Fate.REDIRECT_LOOP, Fate.TOO_LARGE):
            kind = ProblemKind.BROKEN
        else:
            kind = ProblemKind.TRANSIENT
        self.session.problem(kind, channel.key, f"{request.url}: {message}")

    # Fetching.

    def _idle(self) -> None:
        """The listings are walked: decide, then fetch. Scrapy asks again when that is done."""
        if self.fetching:
            return
        # Where this fails the spider is closed, decides again there, and reports why it cannot.
        self.rows = decide(self.session, self.walks, one_article=self.one_article)
        self.fetching = True
        wanted = [row for row in self.rows if not row.settled]
        seconds = len(wanted) * self.session.delay
        self.session.say(
            f"{len(self.rows)} addresses found, {len(wanted)} to fetch"
            + (f", about {seconds / 60:.0f} minutes at this pace" if seconds >= 60 else "")
        )
        for row in wanted:
            self.crawler.engine.crawl(self._article(row, row.fetch_url))
        if wanted:
            raise DontCloseSpider

    def _article(self, row: Row, url: str) -> Request:
        article = row.article
        known = self.session.known.get(article.site, article.key) if article else None
        headers: dict[str, str] = {}
        etag, modified = (known.etag, known.last_modified) if known else (None, None)
        own = row.earlier if known is None and self.session.run.fetch_again else None
        if own is not None:
            etag, modified = own.etag, own.last_modified
        if url == row.fetch_url:
            if etag:
                headers["If-None-Match"] = etag
            if modified:
                headers["If-Modified-Since"] = modified
        return Request(
            url,
            callback=self.on_article,
            errback=self.on_article_failed,
            cb_kwargs={"row": row},
            headers=headers,
            dont_filter=True,
            meta={"purpose": "article", "validators_known": known is not None or own is not None},
        )

    def on_article(self, response: Response, row: Row) -> Iterator[Request]:
        """An article's page has come: it goes on to parse, or its status says why not."""
        capture: Capture = response.meta["capture"]
        is_part = row.capture is not None
        ended = response.meta.get("refusal") or fate_of_status(response.status)
        if is_part and ended is not None:
            # Half an article is none: the row fails as its part did, and is tried again with it.
            row.end(ended[0], f"a further page, {response.url}: {ended[1]}", status=response.status)
            yield from self._instead(row)
            return
        row.status = response.status
        if is_part:
            row.further.append(capture)
        else:
            row.capture = capture
        if ended is not None:
            row.end(ended[0], ended[1], response.status)
            yield from self._instead(row)
        elif response.status == 304:
            self._not_modified(row)
        else:
            yield from self._further(response, row)

    def _instead(self, row: Row) -> Iterator[Request]:
        other = instead(self.session, row)
        if other is not None:
            self.session.say(f"{row.url} is {row.fate}: the article is asked for at {other.fetch_url}")
            yield self._article(other, other.fetch_url)

    def _not_modified(self, row: Row) -> None:
        article = row.article
        if article is not None and self.session.known.get(article.site, article.key) is not None:
            row.end(Fate.NOT_MODIFIED, "the site says that it has not changed since", 304)
        elif row.earlier is not None:
            # The store has not seen it yet; this run's own earlier capture is what the site means.
            row.capture = row.earlier
            row.status = row.earlier.status
        else:
            row.end(Fate.SERVER_ERROR, "the site answers 304 to a request without conditions", 304)

    def _further(self, response: Response, row: Row) -> Iterator[Request]:
        page = Page(
            url=response.url,
            body=response.body,
            content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
            status=response.status,
        )
        known = {row.fetch_url, *row.parts}
        row.parts += [url for url in dict.fromkeys(further_pages(page)) if url not in known]
        # One after the other, in order: a part's own pager may name more.
        if len(row.further) < len(row.parts):
            yield self._article(row, row.parts[len(row.further)])

    def on_article_failed(self, failure: Failure) -> Iterator[Request]:
        """An article could not be had; its row says why."""
        request: Request = failure.request  # type: ignore[attr-defined]
        row: Row = request.cb_kwargs["row"]
        reached = fate_of_failure(_raised(failure))
        if reached is None:
            self._error(failure)
            reached = Fate.NETWORK_ERROR, f"the crawler failed: {_raised(failure)!r}"
        if row.capture is None:
            row.capture = request.meta.get("capture")
        row.end(*reached)
        yield from self._instead(row)

    # Ending.

    def _error(self, failure: Failure) -> None:
        error = _raised(failure)
        logger.error("the crawler itself failed", exc_info=error)
        self.session.problem(ProblemKind.BROKEN, "", f"the crawler itself failed: {error!r}; report it with the log")

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

    def _outcome(self, reason: str) -> dict[str, Any]:
        if not self.fetching:
            self.rows = decide(self.session, self.walks)
        for row in self.rows:
            if not row.settled:
                row.end(Fate.NETWORK_ERROR, f"not fetched: the crawl ended before its turn ({reason})")
        return write_outcome(self.session, self.walks, self.rows, reason)


def _raised(failure: Failure) -> BaseException:
    assert failure.value is not None
    return failure.value


def _session_from_arguments(publisher: str, arguments: dict[str, Any]) -> CrawlSession:
    try:
        limit = arguments.pop("page_limit", None)
        run = Run(
            publisher=publisher,
            window=Window.parse(arguments.pop("start"), arguments.pop("end")),
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


def _alive(channel: Channel, window: Window) -> bool:
    since, until = channel.options.get("since"), channel.options.get("until")
    return not (
        (since and window.end <= date.fromisoformat(since)) or (until and window.start > date.fromisoformat(until))
    )


def _text(response: Response) -> str:
    # A listing that is not text at all is one that cannot be read.
    return response.text if hasattr(response, "text") else ""


def _column_key(url: str) -> str:
    return urlsplit(url).path.lower().removesuffix("index.html")
