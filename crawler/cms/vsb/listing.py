"""Listings of VSB (博达), which count down: first `x.htm`, then `x/{total-1}.htm`, at last `x/1.htm`."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from parsel import Selector

from crawler.errors import ListingError
from crawler.fetch.listing import ListingPage, attribute, links_of, selector_of

__all__ = ["read_listing"]

_ITEMS = (
    "li:has(> a[href*='info/']), li:has(> * > a[href*='info/'])",
    "tr:has(a[href*='info/']):not(:has(tr))",
    "li:has(a[href*='content.jsp'])",
    "tr:has(a[href*='content.jsp']):not(:has(tr))",
)
_TOTAL = re.compile(r"共\s*(\d+)\s*条")


def read_listing(text: str, url: str) -> ListingPage:
    """Read one listing page.

    Args:
        text: the page.
        url: its address.

    Raises:
        ListingError: it holds no row of a listing.
    """
    page = selector_of(text)
    links = links_of(page, url, _ITEMS)
    if not links:
        raise ListingError(f"{url} has no row that links to info/…: the layout of the listing has changed")
    pager = " ".join(page.css("[id*=fanye], .p_pages, .pb_sys_common").xpath("string()").getall())
    shown = re.search(r"(\d+)\s*/\s*(\d+)", pager)
    pages = int(shown.group(2)) if shown else None
    total = int(match.group(1)) if (match := _TOTAL.search(pager)) else None
    if (marked := _next_link(page, url)) is not None:
        return ListingPage(links, marked, pages, total)
    if pages is None or shown is None or int(shown.group(1)) >= pages:
        return ListingPage(links, None, pages, total)
    # Page n of N lies at x/{N-n+1}.htm, so the page after n at x/{N-n}.htm.
    directory = re.sub(r"(?:/\d+)?\.htm$", "", url)
    return ListingPage(links, f"{directory}/{pages - int(shown.group(1))}.htm", pages, total)


def _next_link(page: Selector, url: str) -> str | None:
    for anchor in page.css("a[href]"):
        if "".join(anchor.xpath(".//text()").getall()).strip() in ("下页", "下一页"):
            href = attribute(anchor, "href").strip()
            return urljoin(url, href) if href and not href.startswith(("javascript", "#")) else None
    return None
