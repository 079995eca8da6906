"""China Tibet Net: TRS listings; the columns of 即时新闻 are read from its own menu."""

from __future__ import annotations

from crawler.cms.families import read_listing
from crawler.fetch.listing import ListingPage
from crawler.fetch.spider import PublisherSpider
from crawler.fetch.walk import Walk


class TibetNetSpider(PublisherSpider):
    """Walks the columns of publisher.toml."""

    name = "tibet_net"

    def read(self, text: str, url: str, walk: Walk) -> ListingPage:
        """Read one TRS listing page."""
        return read_listing(text, url, self.session.publisher, walk.channel)
