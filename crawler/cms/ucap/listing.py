"""Listings of UCAP (开普云): `<prefix>.shtml`, then `<prefix>_2.shtml` …; or a JSON list that a script loads."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from crawler.errors import ListingError
from crawler.fetch.listing import Link, ListingBusy, ListingPage, attribute, links_of, selector_of
from crawler.run import SHANGHAI

__all__ = ["channel_id", "json_listing_url", "read_json_listing", "read_listing"]

# createPageHTML('page_div', total, current, 'prefix', 'shtml', rows); older pages write 'page-div'.
_PAGER = re.compile(
    r"""\(\s*["']page[_-]?div["']\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*["']([^"']+)["']\s*,\s*["'](\w+)["']\s*(?:,\s*(\d+))?"""
)
_PAGES = re.compile(r"共\s*(\d+)\s*页")

_ITEMS = (
    "#dash-table li",
    "#dash-table tr",
    ".biaobody li",
    "ul.list li",
    "li:has(> .coninfo .contitle a)",
)

_JSON_PAGE_SIZE = 20


def read_listing(text: str, url: str) -> ListingPage:
    """Read one static listing page.

    Args:
        text: the page.
        url: its address.

    Raises:
        ListingError: it holds no row of a listing.
    """
    page = selector_of(text)
    links = links_of(page, url, _ITEMS)
    if not links:
        raise ListingError(
            f"{url} has no row in {' or '.join(_ITEMS)}: the layout has changed, or its rows are loaded by script "
            "(then the channel needs json_list)"
        )
    pages: int | None
    path = urlsplit(url).path
    file = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    number = re.fullmatch(r"(.+?)_(\d+)", file)
    pager = _PAGER.search(text)
    if pager is not None:
        pages, prefix, suffix = int(pager.group(1)), pager.group(3), pager.group(4)
        # A prefix may itself end in digits, so the page's number is what follows the pager's own prefix.
        shown = re.fullmatch(rf"{re.escape(prefix.rsplit('/', 1)[-1])}_(\d+)", file)
        current = int(shown.group(1)) if shown else 1
        total = _total(pager.group(5), pages, len(links))
    else:
        claimed = _PAGES.search(page.css(".pagination_index").xpath("string()").get() or "")
        pages = int(claimed.group(1)) if claimed else None
        prefix, current = (number.group(1), int(number.group(2))) if number and pages else (file, 1)
        suffix, total = "shtml", None
    if pages is None or current >= pages:
        return ListingPage(links, None, pages, total)
    return ListingPage(links, urljoin(url, f"{prefix}_{current + 1}.{suffix}"), pages, total)


def _total(rows: str | None, pages: int, on_page: int) -> int | None:
    # The last argument is the number of rows on most sites and the rows of a page on some: believed only as a sum.
    if rows is None or not (pages - 1) * on_page < int(rows) <= pages * max(on_page, 1):
        return None
    return int(rows)


def channel_id(text: str, url: str) -> str:
    """The 32-hex id of the channel that a column page belongs to.

    Raises:
        ListingError: the page does not tell it.
    """
    page = selector_of(text)
    for meta in page.css("meta"):
        name = attribute(meta, "name").lower()
        if name == "channelid" and attribute(meta, "content"):
            return attribute(meta, "content").strip()
        if name == "column" and attribute(meta, "channelid"):
            return attribute(meta, "channelid").strip()
    raise ListingError(f"{url} names no channel id in its meta tags, so its JSON list cannot be asked")


def json_listing_url(base: str, path: str, channel: str, page: int) -> str:
    """The address of one page of a JSON list.

    Args:
        base: any address of the site.
        path: the site's own, such as `/search/` or `/common/search/`.
        channel: the channel's id.
        page: from 1.
    """
    query = {
        "_isAgg": "true",
        "_isJson": "true",
        "_pageSize": _JSON_PAGE_SIZE,
        "_template": "index",
        "_rangeTimeGte": "",
        "_rangeTimeLt": "",
        "_channelName": "",
        "page": page,
    }
    return urljoin(base, f"{path.rstrip('/')}/{channel}?{urlencode(query)}")


def read_json_listing(text: str, url: str) -> ListingPage:
    """Read one page of a JSON list.

    Args:
        text: the answer.
        url: its address, which names the page.

    Raises:
        ListingBusy: the answer is no JSON, or holds no data.
    """
    try:
        data: dict[str, Any] = json.loads(text)["data"]
        results, total = data["results"], int(data["total"])
        rows = int(data.get("rows") or _JSON_PAGE_SIZE)
    except (ValueError, KeyError, TypeError) as error:
        raise ListingBusy(f"{url} did not answer with a UCAP list: {type(error).__name__} {error}") from error
    if not isinstance(results, list):
        raise ListingBusy(f"{url} answered with data that are no list of rows")
    current = int(match.group(1)) if (match := re.search(r"[?&]page=(\d+)", url)) else 1
    pages = -(-total // rows)
    following = re.sub(r"([?&]page=)\d+", rf"\g<1>{current + 1}", url) if current < pages else None
    try:
        links = tuple(_json_link(row, url) for row in results)
    except (KeyError, ValueError, TypeError) as error:
        raise ListingError(f"{url} has a row of another form: {type(error).__name__} {error}") from error
    return ListingPage(links, following, pages, total)


def _json_link(row: dict[str, Any], url: str) -> Link:
    # publishedTime can disagree with publishedTimeStr; the string is what the site prints.
    printed = row.get("publishedTimeStr") or ""
    moment = datetime.fromisoformat(printed).replace(tzinfo=SHANGHAI) if printed else None
    return Link(
        url=urljoin(url, str(row["url"])),
        title=str(row.get("title") or ""),
        time=moment,
        day=moment.date() if moment else None,
    )
