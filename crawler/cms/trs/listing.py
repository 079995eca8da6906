"""Listings of TRS WCM: `index.html`, then `index_1.html` …, as `createPageHTML(total, current, …)` says."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from crawler.errors import ListingError
from crawler.fetch.listing import ListingPage, links_of, selector_of

__all__ = ["read_listing"]

_PAGER = re.compile(
    r"""createPageHTML\(\s*["']?(\d+)["']?\s*,\s*["']?(\d+)["']?\s*,\s*["'](\w+)["']\s*,\s*["'](\w+)["']"""
)

_ITEMS = (".listnews li", "li:has(a[href*='/t20'])", "dd:has(a[href*='/t20'])")
"""The container that was seen; else every row that links to an article of this CMS (`…/t20260615_123.html`)."""


def read_listing(text: str, url: str) -> ListingPage:
    """Read one listing page.

    Args:
        text: the page.
        url: its address.

    Raises:
        ListingError: it holds no row of a listing.
    """
    links = links_of(selector_of(text), url, _ITEMS)
    if not links:
        raise ListingError(f"{url} has no row in {' or '.join(_ITEMS)}: the layout of the listing has changed")
    pager = _PAGER.search(_without_comments(text))
    if pager is None:
        return ListingPage(links)
    # The pager's current page counts from 0; page 2 is index_1.
    pages, current, prefix, suffix = int(pager.group(1)), int(pager.group(2)), pager.group(3), pager.group(4)
    shown = re.search(rf"{re.escape(prefix)}_(\d+)\.{re.escape(suffix)}$", urlsplit(url).path)
    current = int(shown.group(1)) if shown else current
    if current + 1 >= pages:
        return ListingPage(links, None, pages)
    return ListingPage(links, urljoin(url, f"{prefix}_{current + 1}.{suffix}"), pages)


def _without_comments(text: str) -> str:
    # Old pagers are commented out, and the function's own definition stands beside its call.
    return re.sub(r"<!--.*?-->|^\s*//[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)
