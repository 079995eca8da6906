"""A listing page read by the family that publisher.toml names: that of its channel, else of its site."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crawler.cms.trs.listing import read_listing as read_trs
from crawler.cms.ucap.listing import channel_id, json_listing_url, read_json_listing
from crawler.cms.ucap.listing import read_listing as read_ucap
from crawler.cms.vsb.listing import read_listing as read_vsb
from crawler.errors import ListingError
from crawler.fetch.listing import ListingPage
from crawler.publishers import Channel, Publisher

__all__ = ["read_listing"]

_READERS: Mapping[str, Callable[[str, str], ListingPage]] = {"trs": read_trs, "ucap": read_ucap, "vsb": read_vsb}


def read_listing(text: str, url: str, publisher: Publisher, channel: Channel) -> ListingPage:
    """Read one listing page as `cms` and `json_list` of publisher.toml say.

    Args:
        text: the page.
        url: its address.
        publisher: whose.
        channel: whose walk it is.

    Raises:
        ListingError: it is not what a listing of this family looks like, or the channel is of no known family.
    """
    if path := channel.options.get("json_list"):
        if path in url:
            return read_json_listing(text, url)
        # The column's page only tells its id; the rows come from the JSON list.
        return ListingPage((), json_listing_url(url, path, channel_id(text, url), 1))
    family = channel.options.get("cms") or publisher.site(channel.site).cms
    if family not in _READERS:
        raise ListingError(f"{channel.key} is of no known system (cms in publisher.toml): its spider must read {url}")
    return _READERS[family](text, url)
