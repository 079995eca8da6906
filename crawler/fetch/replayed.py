"""A crawl out of the archive: what the wire once answered is answered again, and nobody is asked anything.

It is how `dibao rebuild` finds out what each attempt of a run had found: the same spider walks the same listings and
decides the same, while the answers come from the attempt's own segment in the order in which they came then.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import Headers, Response

from crawler.errors import Fate
from crawler.fetch.download import judge
from crawler.fetch.fates import FateReached
from crawler.fetch.session import session_of
from crawler.fetch.understand import decoded

__all__ = ["HANDLERS", "ReplayingDownloadHandler"]

_NAME = f"{__name__}.ReplayingDownloadHandler"
HANDLERS = {"http": _NAME, "https": _NAME, "data": None, "file": None, "ftp": None, "s3": None}
"""Scrapy's DOWNLOAD_HANDLERS of such a crawl; none of them has a connection to anywhere."""


class ReplayingDownloadHandler(BaseDownloadHandler):
    """Takes each answer from the attempt's segment; what is not there was never had."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawl = session_of(crawler)

    async def download_request(self, request: Request) -> Response:
        """The next archived answer to a request.

        Raises:
            FateReached: there is none, or it was cut off.
            ResponseDataLossError: the connection had ended before the page did.
        """
        session, attempt = self._crawl, self._crawl.attempt
        assert attempt is not None
        capture = attempt.take(request.url)
        if capture is None:
            raise FateReached(Fate.NETWORK_ERROR, "the archive holds no answer to it")
        archived = session.archive.read(capture)
        headers = Headers()
        for name, value in archived.headers:
            headers.appendlist(name.encode("latin-1"), value.encode("latin-1"))
        response = Response(request.url, status=archived.status, headers=headers, body=archived.body, request=request)
        request.meta["capture"] = capture
        if capture.truncated == "disconnect":
            raise ResponseDataLossError(f"only {len(archived.body):,} bytes came")
        plain = decoded(request, response, session.config.response_limit_mb << 20)
        judge(session.hosts, (urlsplit(request.url).hostname or "").lower(), request, plain)
        return plain
