"""Between the engine and the wire: replay, manners, second tries, redirects."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.responsetypes import responsetypes

from crawler.errors import Fate, FateGroup
from crawler.fetch.capture import Capture
from crawler.fetch.fates import FateReached, fate_of_failure
from crawler.fetch.hosts import host_of
from crawler.fetch.session import CrawlSession, ProblemKind, session_of
from crawler.fetch.understand import decoded, refusal_of, retry_after

__all__ = [
    "HostGate",
    "Redirect",
    "Replay",
    "Retry",
    "Robots",
    "Throttle",
]

_LISTING_FRESH = timedelta(hours=1)
"""A listing taken before its window had ended says nothing of what came later."""

_ROBOTS_FRESH = timedelta(hours=24)
"""RFC 9309 2.4: a copy of robots.txt older than a day should not be used."""

_RETRY_TIMES = 2
_RETRY_STATUS = frozenset({408, 500, 502, 503, 504, 522, 524})
_RETRY_FATES = frozenset({Fate.TIMEOUT, Fate.NETWORK_ERROR, Fate.SERVER_ERROR, Fate.TRUNCATED})


class _Part:
    """A component that knows the crawl's session."""

    def __init__(self, crawler: Crawler) -> None:
        assert crawler.spider is not None
        self._spider = crawler.spider
        self.crawler = crawler
        self.session: CrawlSession = session_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make a component."""
        return cls(crawler)


class Replay(_Part):
    """Answers a request from the run's own WARC where a good answer is there, so that only what is missing is fetched.

    `request.meta["purpose"]` is `article`, `listing` or `robots`.
    """

    def process_request(self, request: Request) -> Response | None:
        """The archived answer, or None where the site must be asked."""
        request.meta.pop("capture", None)
        if request.meta.get("ignore_replay"):
            return None
        attempt = self.session.attempt
        if attempt is not None and attempt.left(request.url):
            # The site was asked then, whatever the archive held already.
            return None
        purpose = request.meta["purpose"]
        captures = self.session.archive.captures(request.url, since=self._since(purpose))
        may_be_gone = purpose != "listing" or request.meta.get("may_be_gone", False)
        usable = [
            capture
            for capture in captures
            if not capture.truncated
            and (_lasting(capture.status, purpose) or (may_be_gone and capture.status in _GONE))
        ]
        # A 304 says less than the page itself.
        usable.sort(key=lambda capture: capture.status != 304)
        for capture in reversed(usable):
            if capture.status == 304 and not request.meta.get("validators_known"):
                continue
            if self._fresh(capture, purpose) and (response := self._archived(request, capture)) is not None:
                request.meta["capture"] = capture
                request.meta["refusal"] = None
                return response
        return None

    def _since(self, purpose: str) -> int:
        """The first segment whose answers are believed."""
        if self.session.attempt is not None:
            # What was not asked for in that attempt, it had from those before.
            return 0
        run, archive = self.session.run, self.session.archive
        if purpose == "listing" and (run.fetch_again or run.listings_again):
            # Only what this very attempt had fetched before it was killed: an earlier one may have been told nonsense.
            return archive.sealed
        if purpose == "article" and run.fetch_again:
            return self.session.fetched_again_since
        return 0

    def _archived(self, request: Request, capture: Capture) -> Response | None:
        archived = self.session.archive.read(capture)
        headers = Headers()
        for name, value in archived.headers:
            # The bytes as received: the archive's reader hands them out as Latin-1.
            headers.appendlist(name.encode("latin-1"), value.encode("latin-1"))
        raw = Response(request.url, status=archived.status, headers=headers, body=archived.body, request=request)
        try:
            response = decoded(request, raw, self.session.config.response_limit_mb << 20)
        except FateReached:
            # It was no use when it came; the site is asked again.
            return None
        if refusal_of(response) is not None:
            return None
        if response.status in _REDIRECTS and not self._leads_to_a_page(capture):
            # It led nowhere or in a circle when it came; the site may know better by now.
            return None
        kind = responsetypes.from_args(headers=response.headers, url=response.url, body=response.body)
        return response.replace(cls=kind)

    def _leads_to_a_page(self, capture: Capture) -> bool:
        """Whether an archived redirect ended, as far as the archive tells, at something that is no redirect."""
        seen = {capture.url}
        while capture.status in _REDIRECTS:
            location = self.session.archive.read(capture).header("Location")
            try:
                url = urljoin(capture.url, location)
            except ValueError:
                return False
            following = self.session.archive.captures(url)
            if not location or url in seen or len(seen) > _LONGEST_CHAIN:
                return False
            if not following:
                # Not asked for yet, or of a host that we do not speak to.
                return True
            seen.add(url)
            capture = following[-1]
        return True

    def _fresh(self, capture: Capture, purpose: str) -> bool:
        if self.session.attempt is not None:
            return True
        age = datetime.now(UTC) - capture.fetched_at
        if purpose != "article" and age < timedelta():
            # The clock was put back since: nobody knows how old this is, and it must not stay fresh until then.
            return False
        if purpose == "robots":
            return age < _ROBOTS_FRESH
        if purpose == "listing" and capture.fetched_at < self.session.run.window.end_time:
            return age < _LISTING_FRESH
        return True


def _lasting(status: int, purpose: str) -> bool:
    if purpose == "article":
        return 200 <= status < 400
    return status == 200 or status in _REDIRECTS


_GONE = (404, 410)
_REDIRECTS = (301, 302, 303, 307, 308)
_LONGEST_CHAIN = 5
"""Redirects, as REDIRECT_MAX_TIMES in the settings."""


class HostGate(_Part):
    """Lets a request through only to a host of the publisher that neither refuses us nor asked for a pause."""

    async def process_request(self, request: Request) -> None:
        """Wait out a pause; refuse what may not be asked."""
        host = host_of(request.url)
        hosts = self.session.hosts
        if host not in hosts.allowed:
            raise FateReached(Fate.OFF_SITE, f"{host} is not a host of {self.session.publisher.key}")
        attempt = self.session.attempt
        if attempt is not None:
            # Nobody waits for anybody; and what was answered then was asked before its host was closed.
            if host in hosts.closed and not attempt.left(request.url):
                raise FateReached(*hosts.closed[host])
            return
        while host not in hosts.closed and (left := hosts.pause_left(host)) > 0:
            await asyncio.sleep(min(left, 1.0))
        if host in hosts.closed:
            raise FateReached(*hosts.closed[host])


class _Rules:
    """A host's robots.txt, or why it could not be had."""

    def __init__(self, parser: Protego | None, failure: tuple[Fate, str] | None = None) -> None:
        self.parser = parser
        self.failure = failure


class Robots(_Part):
    """Obeys robots.txt (RFC 9309), its Crawl-delay included.

    Scrapy's own middleware takes a robots.txt that cannot be had for "no rules"; RFC 9309 2.3.1.4 takes it for
    "keep out", and so do we.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, asyncio.Future[_Rules]] = {}

    async def process_request(self, request: Request) -> None:
        """Refuse what the host's robots.txt disallows; the first request to a host has it fetched."""
        if request.meta["purpose"] == "robots":
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._fetch(origin, host_of(request.url)))
        rules = await asyncio.shield(self._rules[origin])
        if rules.failure is not None:
            raise FateReached(*rules.failure)
        agent = self.session.config.user_agent
        if rules.parser is not None and not rules.parser.can_fetch(request.url, agent):
            raise FateReached(Fate.ROBOTS_DISALLOWED, f"{origin}/robots.txt disallows it")

    async def _fetch(self, origin: str, host: str) -> _Rules:
        url = f"{origin}/robots.txt"
        asked = Request(url, callback=NO_CALLBACK, priority=1000, dont_filter=True, meta={"purpose": "robots"})
        try:
            response = await self.crawler.engine.download_async(asked)
        except Exception as error:
            reached = fate_of_failure(error)
            if reached is None:
                raise
            if self.session.attempt is not None:
                # What was answered then was allowed then.
                return _Rules(None)
            if reached[0] in (Fate.OFF_SITE, Fate.REDIRECT_LOOP):
                self.session.say(f"{url} leads elsewhere ({reached[1]}): taken for no rules")
                return _Rules(None)
            return self._unreachable(host, url, reached)
        refused = response.meta.get("refusal")
        if refused is not None and refused[0] in (Fate.CHALLENGED, Fate.RATE_LIMITED):
            return self._unreachable(host, url, refused)
        if response.status >= 500:
            return self._unreachable(host, url, (Fate.SERVER_ERROR, f"the site answers {response.status}"))
        if response.status != 200:
            self.session.say(f"{url} answers {response.status}: no rules")
            return _Rules(None)
        # RFC 9309 2.5: at least the first 500 KiB count; what is longer is a mistake or a trap.
        text = response.body[: 512 << 10].decode("utf-8", "replace")
        if text.lstrip().lower().startswith(("<!doctype", "<html")):
            self.session.say(f"{url} is a web page, not a robots.txt: no rules")
            return _Rules(None)
        parser = Protego.parse(text)
        delay = parser.crawl_delay(self.session.config.user_agent)
        if delay:
            self._slow_down(host, float(delay))
        self.session.say(f"{url} read{f', Crawl-delay {delay} s obeyed' if delay else ''}")
        return _Rules(parser)

    def _unreachable(self, host: str, url: str, reached: tuple[Fate, str]) -> _Rules:
        message = f"{url} cannot be had ({reached[1]}), so nothing of {host} is fetched; try the run again later"
        self.session.hosts.close(host, reached[0], message)
        kind = ProblemKind.BLOCKED if reached[0].group is FateGroup.REFUSED else ProblemKind.TRANSIENT
        self.session.problem(kind, host, message)
        return _Rules(None, (reached[0], message))

    def _slow_down(self, host: str, delay: float) -> None:
        if self.session.attempt is not None:
            return
        delays = self.session.hosts.crawl_delays
        delays[host] = max(delays.get(host, 0.0), delay)
        downloader = self.crawler.engine.downloader
        downloader.per_slot_settings[host] = {
            "concurrency": 1,
            "delay": max(self.session.delay, delays[host]),
            "jitter": 0,
        }
        if host in downloader.slots:
            slot = downloader.slots[host]
            slot.delay = max(slot.delay, delays[host])


class Throttle(AutoThrottle):
    """AutoThrottle that never goes below the pause that was asked for, by a setting, a publisher's file or robots.txt.

    Its own least pause gives way to its longest (AUTOTHROTTLE_MAX_DELAY, a minute).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._session: CrawlSession = session_of(crawler)

    def _adjust_delay(self, slot: Any, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        host = host_of(response.url)
        slot.delay = max(slot.delay, self._session.delay, self._session.hosts.crawl_delays.get(host, 0.0))


class Retry(_Part):
    """Tries again what may pass, after a pause that grows or that the site names; never a refusal."""

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """Another try after a status that may pass, or the answer as it is."""
        if request.meta.get("refusal") is not None or response.status not in _RETRY_STATUS:
            return response
        return await self._again(request, f"the site answers {response.status}", retry_after(response)) or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Another try after a failure that may pass."""
        reached = fate_of_failure(exception)
        if reached is None or reached[0] not in _RETRY_FATES or host_of(request.url) in self.session.hosts.closed:
            return None
        return await self._again(request, reached[1], None)

    async def _again(self, request: Request, reason: str, asked: float | None) -> Request | None:
        attempt = self.session.attempt
        if attempt is not None and not attempt.left(request.url):
            return None
        again = get_retry_request(
            request,
            spider=self._spider,
            reason=reason,
            max_retry_times=_RETRY_TIMES,
            # At once in its turn, so that a failing address does not end up in a heap of them at the end.
            priority_adjust=1,
            give_up_log_level="DEBUG",
        )
        if again is None or host_of(request.url) in self.session.hosts.closed:
            return None
        tried = again.meta["retry_times"]
        pause = asked if asked is not None and attempt is None else 2 * self.session.delay * 3 ** (tried - 1)
        self.session.say(f"{request.url}: {reason}; try {tried + 1} of {_RETRY_TIMES + 1} in {pause:.0f} s")
        await asyncio.sleep(pause)
        return again


class Redirect(RedirectMiddleware):
    """Follows redirects within the publisher's hosts; each hop is a request of its own, archived like any other."""

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Follow one hop, or end here.

        Raises:
            FateReached: it leads off the publisher's hosts, in a circle, or too far.
        """
        location = (response.headers.get("Location") or b"").decode("latin-1").strip()
        try:
            scheme = urlsplit(location).scheme
            result = super().process_response(request, response)
        except ValueError as error:
            # Brackets that enclose no address, a port that is no number.
            raise FateReached(Fate.SERVER_ERROR, f"it redirects to {location!r}, which is no address") from error
        except IgnoreRequest as error:
            raise FateReached(Fate.REDIRECT_LOOP, f"more than {self.max_redirect_times} redirects: {error}") from error
        if result is response and 300 <= response.status < 400 and scheme not in ("", "http", "https"):
            raise FateReached(Fate.OFF_SITE, f"it redirects to a {scheme}: address")
        if isinstance(result, Request):
            session = session_of(self.crawler)
            if host_of(result.url) not in session.hosts.allowed:
                raise FateReached(Fate.OFF_SITE, f"it redirects to {host_of(result.url)}, which is not the publisher's")
            if result.url in (*request.meta.get("redirect_urls", ()), request.url):
                raise FateReached(Fate.REDIRECT_LOOP, f"it redirects in a circle: {result.url}")
            result.dont_filter = True
        return result
