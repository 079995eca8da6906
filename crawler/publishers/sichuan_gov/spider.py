"""The government of Sichuan: static UCAP listings."""

from __future__ import annotations

from crawler.cms.families import read_listing
from crawler.fetch.listing import ListingPage
from crawler.fetch.spider import PublisherSpider
from crawler.fetch.walk import Walk


class SichuanGovSpider(PublisherSpider):
    """Walks the columns of publisher.toml."""

    name = "sichuan_gov"

    def read(self, text: str, url: str, walk: Walk) -> ListingPage:
        """Read one UCAP listing page."""
        return read_listing(text, url, self.session.publisher, walk.channel)
