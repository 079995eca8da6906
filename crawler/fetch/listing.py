"""What a listing page gives: links with what stands beside them, and where the list goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from crawler.errors import ListingError
from crawler.run import SHANGHAI

__all__ = ["Link", "ListingBusy", "ListingPage", "attribute", "date_in", "links_of", "menu_links", "selector_of"]


class ListingBusy(ListingError):
    """A listing answered with an error of the moment, such as an API without data; asking again may help."""


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a listing.

    Args:
        url: absolute, as found.
        title: as listed.
        time: aware, Asia/Shanghai, where the listing prints a time of day; else None.
        day: the day that the listing prints, or None.
        source: the medium's name, where the listing gives it.
        authors: where the listing gives them.
    """

    url: str
    title: str = ""
    time: datetime | None = None
    day: date | None = None
    source: str = ""
    authors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # JSON can say what no file and no database takes (`\u0000`, half of a surrogate pair).
        object.__setattr__(self, "url", _UNWRITABLE.sub("", self.url))
        object.__setattr__(self, "title", _writable(self.title))
        object.__setattr__(self, "source", _writable(self.source))
        object.__setattr__(self, "authors", tuple(filter(None, map(_writable, self.authors))))


@dataclass(frozen=True, slots=True)
class ListingPage:
    """What one listing page said.

    Args:
        links: in the page's order.
        next_url: the page after it, or None at the end of the list.
        pages: how many pages the listing claims to have, or None.
        total: how many rows the listing claims to have, or None.
    """

    links: tuple[Link, ...]
    next_url: str | None = None
    pages: int | None = None
    total: int | None = None


# 2025-03-28, 2025/3/28, 2025年3月28日, each maybe with a time of day.
_FULL = re.compile(
    r"(?<!\d)(20\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)\s*日?(?:[\sT]*(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)
# (03-28): the year stands in the address.
_SHORT = re.compile(r"(?<![\d-])(\d{1,2})[-/](\d{1,2})(?![\d-])")


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNWRITABLE = re.compile(r"[\x00-\x1f\ud800-\udfff]")


def _writable(text: str) -> str:
    """A listing's words without control characters and lone surrogates; a line's end or tab becomes a space."""
    return _UNWRITABLE.sub("", re.sub(r"[\t\n\r]+", " ", text))


def date_in(text: str, year: int | None = None) -> tuple[date | None, datetime | None]:
    """The day and, where one is printed, the time of day in a listing's text.

    Args:
        text: what stands beside a link.
        year: of the link's address, for dates printed as `(03-28)`.

    Returns:
        The day, and the aware moment in Asia/Shanghai; None for what is not printed.
    """
    if match := _FULL.search(text):
        try:
            day = date(*(int(part) for part in match.group(1, 2, 3)))
            if match.group(4) is None:
                return day, None
            clock = time(int(match.group(4)), int(match.group(5)), int(match.group(6) or 0))
        except ValueError:
            # Digits that are no date: a document number, a sports result.
            return None, None
        return day, datetime.combine(day, clock, SHANGHAI)
    if year is not None and (match := _SHORT.search(text)):
        try:
            return date(year, int(match.group(1)), int(match.group(2))), None
        except ValueError:
            return None, None
    return None, None


def selector_of(text: str) -> Selector:
    """A selector over a page of our own.

    Scrapy's `response.css` keeps every page's tree alive until the garbage collector comes by.
    """
    # lxml keeps control characters that it then refuses to hand out.
    return Selector(text=_CONTROL.sub("", text) or "<html></html>")


def links_of(page: Selector, url: str, items: Sequence[str]) -> tuple[Link, ...]:
    """The links of the first container that the page has.

    Args:
        page: the listing.
        url: its address, against which links are resolved.
        items: CSS selectors of one row each (`li`, `tr`), tried in order.
    """
    for css in items:
        links = tuple(_links(page.css(css), url))
        if links:
            return links
    return ()


def attribute(element: Selector, name: str) -> str:
    """An attribute's value, empty where there is none.

    Not by parsel's `attrib`: one brace among a tag's attributes, which a template has left there, makes all of them
    unreadable ("Invalid tag name").

    Args:
        element: selected by CSS or XPath, no text and no attribute.
        name: in small letters.
    """
    value: str = element.root.get(name, "")
    return value


def _links(rows: Iterable[Selector], url: str) -> Iterable[Link]:
    seen: set[str] = set()
    for row in rows:
        anchors = [a for a in row.css("a[href]") if _is_address(attribute(a, "href"))]
        if not anchors:
            continue
        # A row may begin with a picture or a column's name: the article's link is the one with the longest text.
        anchor = max(anchors, key=lambda a: len(_title(a)))
        target = _absolute(url, attribute(anchor, "href"))
        if target is None or target in seen:
            continue
        seen.add(target)
        beside = " ".join(row.xpath(".//text()[not(ancestor::a) and not(ancestor::script)]").getall())
        year = re.search(r"/(20\d{2})(?:/|\d{2})", urlsplit(target).path)
        day, moment = date_in(beside, int(year.group(1)) if year else None)
        if day is None:
            # Some skins put the date inside the link.
            day, moment = date_in(" ".join(anchor.xpath("./*//text()").getall()), int(year.group(1)) if year else None)
        yield Link(url=target, title=_title(anchor), time=moment, day=day)


def _is_address(href: str) -> bool:
    return bool(href.strip()) and not href.strip().lower().startswith(("javascript:", "#", "mailto:", "tel:"))


def _absolute(base: str, href: str) -> str | None:
    try:
        target = urljoin(base, href.strip())
        return target if urlsplit(target).scheme in ("http", "https") and urlsplit(target).hostname else None
    except ValueError:
        # Brackets and ports that are no address at all (`http://[关于]/`): nobody could follow it.
        return None


def _title(anchor: Selector) -> str:
    named = attribute(anchor, "title").strip()
    return named or " ".join(" ".join(anchor.xpath(".//text()").getall()).split())


def menu_links(page: Selector, url: str) -> dict[str, str]:
    """Every link of a page by its text, whitespace removed; the first wins.

    Args:
        page: a page with a menu.
        url: its address.
    """
    found: dict[str, str] = {}
    for anchor in page.css("a[href]"):
        text = "".join("".join(anchor.xpath(".//text()").getall()).split())
        target = _absolute(url, attribute(anchor, "href")) if _is_address(attribute(anchor, "href")) else None
        if text and target is not None:
            found.setdefault(text, target)
    return found
