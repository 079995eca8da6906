"""The wire: every exchange is archived here, before Scrapy sees it; the gateway and the address check live here too."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, ResponseDataLossError
from scrapy.http import Headers, Response

from crawler.errors import ArtefactError, Fate
from crawler.fetch.capture import Capture
from crawler.fetch.fates import FateReached, fate_of_failure
from crawler.fetch.hosts import Hosts
from crawler.fetch.session import CrawlSession, ProblemKind, session_of
from crawler.fetch.understand import decoded, refusal_of, retry_after
from crawler.fetch.warc_write import Exchange

__all__ = ["ArchivingDownloadHandler", "PublicAddresses", "judge"]

_FORWARDED = "X-Forwarded-Proto"


class _Wire(NamedTuple):
    status_line: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    sent: tuple[tuple[bytes, bytes], ...]
    ip_address: str


class PublicAddresses(AbstractResolver):
    """Resolves names as the system does, and refuses those that lead into a private network.

    A listing, a redirect or a poisoned name must not make the crawler read what only this machine can reach.
    """

    def __init__(self) -> None:
        self._resolver = aiohttp.DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of a host.

        Raises:
            OSError: it has none.
            PermissionError: one of them is not public.
        """
        found = await self._resolver.resolve(host, port, family)
        for address in found:
            if not _is_public(address["host"]):
                message = f"{host} resolves to {address['host']}, which is not a public address: refused"
                raise PermissionError(errno.EACCES, message)
        return found

    async def close(self) -> None:
        """Free what the system's resolver holds."""
        await self._resolver.close()


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")  # RFC 8215; Python knows it since 3.11.10


def _is_public(host: str) -> bool:
    """Whether an address is one of the public Internet; one that carries an IPv4 address is what that is."""
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64_LOCAL:
            return False
        within = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None
        carried = within or address.ipv4_mapped or address.sixtofour
        if carried is not None:
            return _is_public(str(carried))
    return address.is_global and not address.is_multicast


class _Bodiless(Request):
    """A GET; Scrapy's handler would announce an empty body with it, which no browser does and some shields refuse."""

    @property
    def body(self) -> bytes:
        return None  # type: ignore[return-value]


class ArchivingDownloadHandler(AiohttpDownloadHandler):
    """Downloads over HTTP and HTTPS, and archives each exchange as it came over the wire.

    Scrapy's aiohttp handler gives the headers as received and the payload with its content coding on; the default
    handler gives neither. `experimental` is Scrapy's word for it; this class is tested against every fault that
    fates name.
    """

    experimental = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._session_of_crawl: CrawlSession = session_of(crawler)
        self._gateway = self._session_of_crawl.config.gateway
        self._unused = self._session
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._closing: asyncio.Future[None] | None = None
        # One connection per host is the downloader slots' business; behind the gateway all hosts are one address.
        connector = (
            aiohttp.TCPConnector(limit=self._pool_size_total)
            if self._gateway
            else aiohttp.TCPConnector(
                limit=self._pool_size_total, limit_per_host=self._pool_size_per_host, resolver=PublicAddresses()
            )
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=self._unused._response_class,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )

    async def close(self) -> None:
        """End every connection."""
        await self._session.close()
        await self._unused.close()

    async def download_request(self, request: Request) -> Response:
        """Fetch, archive, then hand over.

        Raises:
            FateReached: the host is closed or foreign, or the answer is too large.
            ResponseDataLossError: the connection ended before the page did; what came is archived.
        """
        session = self._session_of_crawl
        host = _host(request.url)
        if host not in session.hosts.allowed:
            raise FateReached(Fate.OFF_SITE, f"{host} is not a host of {session.publisher.key}")
        # One at a time: where there is no delay, Scrapy's slots let a whole queue through at once (2.19: a request
        # counts as under way only when its task has begun).
        async with self._turns[host]:
            if host in session.hosts.closed:
                # Closed while this request stood in the queue.
                raise FateReached(*session.hosts.closed[host])
            return await self._exchange(request)

    async def _exchange(self, request: Request) -> Response:
        session = self._session_of_crawl
        request.meta.pop("wire", None)
        session.requests += 1
        host = _host(request.url)
        try:
            response = await super().download_request(request)
        except DownloadCancelledError as error:
            limit = session.config.response_limit_mb
            raise FateReached(Fate.TOO_LARGE, f"larger than DIBAO_RESPONSE_LIMIT_MB={limit}: {error}") from error
        except Exception as error:
            if (reached := fate_of_failure(error)) is not None:
                session.hosts.failed(host, *reached)
            raise
        lost = "dataloss" in response.flags
        plain, broken = response, None
        if not lost:
            try:
                plain = decoded(request, response, session.config.response_limit_mb << 20)
            except FateReached as error:
                # Archived first, marked as what it is: neither a second try nor a 304 may lead back to it.
                broken = error
        cut = broken is not None and broken.fate is Fate.TRUNCATED
        request.meta["capture"] = self._archive(request, response, "disconnect" if lost else "length" if cut else "")
        if lost:
            torn = ResponseDataLossError(f"only {len(response.body):,} bytes came")
            session.hosts.failed(host, Fate.TRUNCATED, str(torn))
            raise torn
        if broken is not None:
            raise broken
        # Judged before the next request to this host may go.
        judge(session.hosts, host, request, plain)
        return plain

    def _archive(self, request: Request, response: Response, truncated: str) -> Capture:
        session = self._session_of_crawl
        wire: _Wire = request.meta.pop("wire")
        try:
            return session.archive.write(
                Exchange(
                    url=request.url,
                    request_line=f"{request.method} {_target(request.url)} HTTP/1.1".encode(),
                    request_headers=wire.sent,
                    status_line=wire.status_line,
                    headers=wire.headers,
                    body=response.body,
                    fetched_at=datetime.now(UTC),
                    ip_address="" if self._gateway else wire.ip_address,
                    truncated=truncated,
                )
            )
        except ArtefactError as error:
            # Nothing may be used that is not archived, and nothing more can be: the crawl ends here.
            session.problem(ProblemKind.BROKEN, "", str(error))
            for host in session.hosts.allowed:
                session.hosts.close(host, Fate.NETWORK_ERROR, str(error))
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="cannot_archive"))
            raise FateReached(Fate.NETWORK_ERROR, "it could not be archived, so it does not count") from error

    @asynccontextmanager
    async def _make_request(self, request: Request, timeout: float) -> AsyncIterator[Any]:
        url, headers = request.url, Headers(request.headers)
        if self._gateway:
            # The URL stays the live one everywhere else; only the bytes go to the gateway.
            parts = urlsplit(url)
            url = self._gateway + _target(url)
            headers["Host"] = parts.netloc
            headers[_FORWARDED] = parts.scheme
        asked = _Bodiless(url, headers=headers, meta={"verbatim_url": True})
        async with super()._make_request(asked, timeout) as response:
            yield response

    @staticmethod
    def _extract_headers(response: Any) -> Headers:
        # As received: aiohttp's own form cannot be encoded again where a header is not UTF-8, such as GBK.
        return Headers(list(response.raw_headers))

    @staticmethod
    def _build_base_response_args(response: Any, request: Request, headers: Headers) -> Any:
        version = response.version
        request.meta["wire"] = _Wire(
            f"HTTP/{version.major}.{version.minor} {response.status} {response.reason or ''}".encode(
                "latin-1", "replace"
            ),
            tuple(response.raw_headers),
            tuple(
                (name.encode(), value.encode())
                for name, value in response.request_info.headers.items()
                if name != _FORWARDED
            ),
            str(response._peername[0]) if response._peername else "",
        )
        return AiohttpDownloadHandler._build_base_response_args(response, request, headers)


def judge(hosts: Hosts, host: str, request: Request, response: Response) -> None:
    """Note what an answer says of its host: that it refuses us, is down, asks for a pause, or behaves.

    Args:
        hosts: of the crawl.
        host: that answered.
        request: gets the refusal, or None, as `meta["refusal"]`.
        response: decoded.
    """
    refusal = refusal_of(response)
    request.meta["refusal"] = refusal
    asked = retry_after(response)
    if asked is not None and (refusal or response.status >= 500):
        hosts.pause(host, asked)
    if refusal is None:
        if response.status >= 500:
            hosts.failed(host, Fate.SERVER_ERROR, f"it answers {response.status}")
        else:
            hosts.answered(host)
        return
    # A robots.txt that is forbidden is, by RFC 9309 2.3.1.3, one without rules.
    if request.meta["purpose"] != "robots" or refusal[0] is not Fate.BLOCKED:
        hosts.refused(host, *refusal)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
