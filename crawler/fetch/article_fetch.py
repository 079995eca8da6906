"""Fetching: one row's page after the other, with its further pages, until each row has its capture or its fate."""

from __future__ import annotations

from collections.abc import Iterator

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.errors import Fate
from crawler.fetch.capture import Capture
from crawler.fetch.clock import BORNE, ahead_of_server
from crawler.fetch.content_coding import PayloadError, decode_content
from crawler.fetch.decide import instead
from crawler.fetch.failures import raised, report_own_failure
from crawler.fetch.fates import Row, fate_of_failure, fate_of_status
from crawler.fetch.session import CrawlSession
from crawler.parse.article import Page
from crawler.parse.further import MOST_PARTS, further_pages

__all__ = ["ArticleFetch"]


class ArticleFetch:
    """Asks for the pages of articles; whoever schedules its requests is the spider.

    Args:
        session: the crawl's.
    """

    def __init__(self, session: CrawlSession) -> None:
        self.session = session

    def begin(self, row: Row) -> Request:
        """The request for an article's first page."""
        return self._article(row, row.fetch_url)

    def _article(self, row: Row, url: str) -> Request:
        article = row.article
        known = self.session.known.get(article.site, article.key) if article else None
        headers: dict[str, str] = {}
        etag, modified = (known.etag, known.last_modified) if known else (None, None)
        own = row.earlier if known is None and self.session.run.fetch_again else None
        if own is not None and not self._may_stand(own):
            # A 304 would leave the row with it.
            own = row.earlier = None
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
            errback=self.on_failed,
            cb_kwargs={"row": row},
            headers=headers,
            dont_filter=True,
            meta={"purpose": "article", "validators_known": known is not None or own is not None},
        )

    def _may_stand(self, capture: Capture) -> bool:
        """Whether a capture is a whole page whose printed dates are believed."""
        ahead = ahead_of_server(self.session.archive.read(capture))
        if ahead is not None and abs(ahead) > BORNE:
            return False
        try:
            self._archived(capture)
        except PayloadError:
            return False
        return True

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
            yield from self._not_modified(row)
        else:
            content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
            yield from self._further(Page(response.url, response.body, content_type, response.status), row)

    def _instead(self, row: Row) -> Iterator[Request]:
        other = instead(self.session, row)
        if other is not None:
            self.session.say(f"{row.url} is {row.fate}: the article is asked for at {other.fetch_url}")
            yield self.begin(other)

    def _not_modified(self, row: Row) -> Iterator[Request]:
        article = row.article
        if article is not None and self.session.known.get(article.site, article.key) is not None:
            row.end(Fate.NOT_MODIFIED, "the site says that it has not changed since", 304)
        elif row.earlier is not None:
            # The store has not seen it yet; this run's own earlier capture is what the site means.
            row.capture = row.earlier
            row.status = row.earlier.status
            # Of the later pages of an article the answer says nothing.
            yield from self._further(self._archived(row.earlier), row)
        else:
            row.end(Fate.SERVER_ERROR, "the site answers 304 to a request without conditions", 304)

    def _archived(self, capture: Capture) -> Page:
        archived = self.session.archive.read(capture)
        body = decode_content(
            archived.body, archived.header("Content-Encoding"), self.session.config.response_limit_mb << 20
        )
        return Page(capture.url, body, capture.content_type, capture.status)

    def _further(self, page: Page, row: Row) -> Iterator[Request]:
        known = {row.fetch_url, *row.parts}
        row.parts += [url for url in dict.fromkeys(further_pages(page)) if url not in known]
        if len(row.parts) > MOST_PARTS:
            # Each part may name more: a pager without end.
            row.end(Fate.TOO_LARGE, f"the article names more than {MOST_PARTS} further pages", page.status)
            yield from self._instead(row)
            return
        # One after the other, in order: a part's own pager may name more.
        if len(row.further) < len(row.parts):
            yield self._article(row, row.parts[len(row.further)])

    def on_failed(self, failure: Failure) -> Iterator[Request]:
        """An article could not be had; its row says why."""
        request: Request = failure.request  # type: ignore[attr-defined]
        row: Row = request.cb_kwargs["row"]
        reached = fate_of_failure(raised(failure))
        if reached is None:
            report_own_failure(self.session, failure)
            reached = Fate.NETWORK_ERROR, f"the crawler failed: {raised(failure)!r}"
        if row.capture is None:
            row.capture = request.meta.get("capture")
        row.end(*reached)
        yield from self._instead(row)
