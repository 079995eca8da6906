"""The government of Xinjiang and its prefectures: each site's CMS says how its listings are read."""

from __future__ import annotations

from crawler.cms.ucap.listing import channel_id, json_listing_url, read_json_listing
from crawler.cms.ucap.listing import read_listing as read_ucap
from crawler.cms.vsb.listing import read_listing as read_vsb
from crawler.fetch.listing import ListingPage
from crawler.fetch.spider import PublisherSpider
from crawler.fetch.walk import Walk


class XinjiangGovSpider(PublisherSpider):
    """Walks the columns of publisher.toml, site by site."""

    name = "xinjiang_gov"

    def read(self, text: str, url: str, walk: Walk) -> ListingPage:
        """Read one listing page with its site's CMS, or the CMS that the channel names."""
        channel = walk.channel
        if path := channel.options.get("json_list"):
            if path in url:
                return read_json_listing(text, url)
            # The column's page only tells its id; the rows come from the JSON list.
            return ListingPage((), json_listing_url(url, path, channel_id(text, url), 1))
        cms = channel.options.get("cms") or self.session.publisher.site(channel.site).cms
        return {"ucap": read_ucap, "vsb": read_vsb}[cms](text, url)
