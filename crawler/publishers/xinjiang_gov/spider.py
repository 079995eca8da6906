"""The government of Xinjiang and its prefectures: each site's CMS says how its listings are read."""

from __future__ import annotations

from crawler.cms.families import read_listing
from crawler.fetch.listing import ListingPage
from crawler.fetch.spider import PublisherSpider
from crawler.fetch.walk import Walk


class XinjiangGovSpider(PublisherSpider):
    """Walks the columns of publisher.toml, site by site."""

    name = "xinjiang_gov"

    def read(self, text: str, url: str, walk: Walk) -> ListingPage:
        """Read one listing page with its site's CMS, or the CMS that the channel names."""
        return read_listing(text, url, self.session.publisher, walk.channel)
