"""Discovery: the channels' listings walked for the window, page by page, until it is passed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.errors import Fate, FateGroup, ListingError
from crawler.fetch.decide import in_window, url_day
from crawler.fetch.failures import raised, report_own_failure
from crawler.fetch.fates import fate_of_failure
from crawler.fetch.hosts import host_of
from crawler.fetch.listing import ListingBusy, ListingPage, menu_links, selector_of
from crawler.fetch.session import CrawlSession, ProblemKind
from crawler.fetch.walk import Walk
from crawler.publishers import Channel

__all__ = ["Discovery"]

_LISTING_TRIES = 3


class Discovery:
    """Walks listings and keeps what they name; whoever schedules its requests is the spider.

    Args:
        session: the crawl's.
        read: reads one listing page from its text, its address and its walk; raises ListingError where it is not what
            a listing of this publisher looks like.
    """

    def __init__(self, session: CrawlSession, read: Callable[[str, str, Walk], ListingPage]) -> None:
        self.session = session
        self.walks: list[Walk] = []
        self._read = read

    def begin(self, walk: Walk) -> Request:
        """The request for a walk's first page."""
        self.walks.append(walk)
        return self._listing(walk.url, self.on_listing, walk=walk)

    def begin_menu(self, channel: Channel) -> Request:
        """The request for the page whose menu names a channel's listings."""
        return self._listing(channel.url, self.on_menu, channel=channel)

    def _listing(self, url: str, callback: Callable[..., Any], **kwargs: Any) -> Request:
        return Request(
            url,
            callback=callback,
            errback=self.on_failed,
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
            self.session.say(f"{channel.key}: the menu names {url}")
            yield self.begin(Walk(channel, url, certain=url in targets[: len(wanted)]))

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
            page = self._read(_text(response), response.url, walk)
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
        if not self._bounded(page, response.url, walk):
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

    def _bounded(self, page: ListingPage, url: str, walk: Walk) -> bool:
        """Whether a listing page keeps to what one page, and one run, may list."""
        config, found = self.session.config, sum(len(each.links) for each in self.walks)
        if len(page.links) > config.link_ceiling:
            message = (
                f"{url} lists {len(page.links):,} links, more than DIBAO_LINK_CEILING={config.link_ceiling}: none of "
                "them is taken. Open it in a browser; if it really is that long, raise the ceiling"
            )
        elif found + len(page.links) > config.run_link_ceiling:
            message = (
                f"the run's listings have {found:,} links and {url} adds {len(page.links):,}, more than "
                f"DIBAO_RUN_LINK_CEILING={config.run_link_ceiling}: ask for a shorter window, or raise the ceiling"
            )
        else:
            return True
        self.session.problem(ProblemKind.BROKEN, walk.channel.key, message)
        return False

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

    def on_failed(self, failure: Failure) -> None:
        """A listing could not be had: its channel is not complete, the others go on."""
        request: Request = failure.request  # type: ignore[attr-defined]
        channel: Channel = request.cb_kwargs.get("channel") or request.cb_kwargs["walk"].channel
        reached = fate_of_failure(raised(failure))
        if reached is None:
            report_own_failure(self.session, failure)
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


def _text(response: Response) -> str:
    # A listing that is not text at all is one that cannot be read.
    return response.text if hasattr(response, "text") else ""


def _column_key(url: str) -> str:
    return urlsplit(url).path.lower().removesuffix("index.html")
