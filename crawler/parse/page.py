"""One decoded page as a tree that is parsed once and looked at by every reader."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import cast
from urllib.parse import urljoin, urlsplit

from lxml import etree

from crawler.parse.article import Page
from crawler.parse.decode import Decoded

__all__ = [
    "STEMS",
    "Element",
    "HtmlPage",
    "flat",
    "line_of",
    "look_for",
    "plain",
    "select",
    "set_flat",
    "squeeze",
    "text_of",
]

Element = etree._Element

# Comments and processing instructions are dropped by the parser; what needs them searches the source text.
_DROP = ("script", "style", "noscript", "iframe", "object", "embed", "select", "svg", "template", "textarea", "canvas")

_CLOSERS = re.compile(rb"</html\s*>", re.I)
_START = re.compile(r"<!doctype|<html|<head|<meta|<body", re.I)
_ENCODING = re.compile(r"<\?xml[^>]{0,200}\?>", re.I)
_BLANK = re.compile(r"[\s\u3000\xa0\u200b\u200c\u200d\u2060\ufeff\u00ad]+")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,5});")


# Addresses that are the same before and after `urljoin`: nothing empty, no dot segments, no parameters.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9_./~-]*(?:\?[A-Za-z0-9_./=&%-]+)?)?")
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9_.~-]*)+/?(?:\?[A-Za-z0-9_./=&%-]+)?")

_WANTED: set[str] = set()
_WANTED_CLASSES: set[str] = set()
STEMS: tuple[str, ...] = ("#vsb_content_", ".index_text_", ".index_centent", ".article_content__")
"""Names that carry a number or a build's hash; each has a low line in it, which most classes have not."""


_TAGS = ("meta", "link", "title", "article", "time", "ucapcontent", "ucaptitle")


def look_for(names: Iterable[str]) -> None:
    """Ask for ids (`#name`) and classes (`.name`), in lower case, to be found on every page from now on."""
    for name in names:
        if name[0] in "#.":
            _WANTED.add(name)
        if name[0] == ".":
            _WANTED_CLASSES.add(name[1:])


_STRING = etree.XPath("string()", smart_strings=False)


def line_of(element: Element) -> str:
    """An element's text as one line, its parts set apart."""
    return flat(" ".join(cast("Iterator[str]", element.itertext())))


def text_of(element: Element) -> str:
    """All text inside an element, as it stands in the source."""
    # Most are leaves, and asking for their own text costs a sixth of an XPath.
    return cast("str", _STRING(element)) if len(element) else element.text or ""


def select(expression: etree.XPath, element: Element, **variables: str) -> list[Element]:
    """The elements that an XPath expression finds."""
    found = expression(element, **variables)
    return [item for item in found if isinstance(item, etree._Element)] if isinstance(found, list) else []


def flat(text: str) -> str:
    """One line of text as a reader sees it: runs of space are one, invisible characters gone."""
    return set_flat(plain(text) if "&" in text else text)


def plain(text: str) -> str:
    """Text whose system escaped it twice: its reader sees `&nbsp;` as letters, its writer did not mean them."""
    return html.unescape(text) if _ENTITY.search(text) else text


def set_flat(text: str) -> str:
    """`flat` for what must keep its entities, such as HTML."""
    text = text.strip()
    # No space but the plain one is printable, nor a line's end, nor what is invisible: most lines stay as they are.
    if text.isprintable() and "  " not in text:
        return text
    if "\n" in text:
        text = _unbroken(text)
    text = " ".join(text.split())
    return text if text.isprintable() else _INVISIBLE.sub("", text).strip()


def squeeze(text: str) -> str:
    """Text without any white space, for comparing."""
    text = "".join(text.split())
    # What `split` leaves of the blanks are format characters, which are not printable.
    return text if text.isprintable() else _BLANK.sub("", text)


# Nothing asks libxml2's own table of ids, so it is not made.
_PARSER = etree.HTMLParser(
    encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True, recover=True,
    collect_ids=False,
)  # fmt: skip


def _unbroken(text: str) -> str:
    """Source lines joined: Chinese runs on over a line's end, everything else is parted by a space."""
    parts = [part for part in (line.strip() for line in text.split("\n")) if part]
    joined = parts[:1]
    for before, after in pairwise(parts):
        if not (_wide(before[-1]) and _wide(after[0])):
            joined.append(" ")
        joined.append(after)
    return "".join(joined)


def _wide(character: str) -> bool:
    return "\u3000" <= character <= "\u303f" or "\u3400" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"


def _end_tag(data: bytes) -> int:
    """Where the first `</html` stands, or -1; without its bracket it is found in half the time."""
    at = data.find(b"/html")
    while at >= 0:
        if data[at - 1 : at] == b"<":
            return at - 1
        at = data.find(b"/html", at + 1)
    return -1


def _rejoin(root: Element) -> None:
    """Put back into the body what a stray `</body>` in the middle parted from it."""
    body = root.find("body")
    if body is None or (body.getnext() is None and not (body.tail or "").strip()):
        return
    if body.tail:
        # What libxml2 lets into a tree it may refuse to take again.
        etree.SubElement(body, "p").text = _INVISIBLE.sub("", body.tail)
        body.tail = None
    body.extend(list(body.itersiblings()))


class HtmlPage:
    """A decoded page.

    Args:
        page: the bytes and what is known of them.
        decoded: what they say.
        data: the text in UTF-8, where it is at hand already.

    `source` is the text, `root` its tree without scripts, styles and comments. A stray `</html>` in the middle does
    not end the tree, and what a tool wrote before the document (log lines) is cut off.
    """

    def __init__(self, page: Page, decoded: Decoded, data: bytes | None = None) -> None:
        self.page = page
        self.decoded = decoded
        self.source = decoded.text
        text = self.source
        start = _START.search(text, 0, 20000)
        if start is not None and start.start() and "<" not in text[: start.start()]:
            text, data = text[start.start() :], None
        if text.startswith("<?xml"):
            text, data = _ENCODING.sub("", text, count=1), None
        if data is None:
            data = text.encode("utf-8", "replace")
        end = _end_tag(data)
        if end < 0:
            end = data.find(b"</HTML")
        if end >= 0 and len(data) - end > 9:
            # libxml2 drops whatever follows the first end tag of the document.
            data = _CLOSERS.sub(b"", data)
        root: Element | None
        try:
            root = etree.fromstring(data or b"<html/>", _PARSER)
        except etree.XMLSyntaxError:
            # Nothing that is markup at all ("Document is empty").
            root = None
        if root is None:
            root = etree.Element("html")
        etree.strip_elements(root, *_DROP, with_tail=False)
        _rejoin(root)
        self.root = root

    @cached_property
    def _index(self) -> dict[str, list[Element]]:
        # One pass for every reader; only names that some reader asks for, since a page has hundreds.
        found: dict[str, list[Element]] = {}
        # A class is set on many elements of a page alike.
        known: dict[str, list[str]] = {}
        wanted = _WANTED
        for element in self.root.iter():
            ident = element.get(b"id")
            if ident:
                name = "#" + ident.lower()
                if name in wanted or (len(name) > 12 and name.startswith(STEMS)):
                    found.setdefault(name, []).append(element)
            css = element.get(b"class")
            if css:
                names = known.get(css)
                if names is None:
                    names = known[css] = []
                    parts = css.lower().split()
                    if "_" in css or not _WANTED_CLASSES.isdisjoint(parts):
                        for part in parts:
                            name = "." + part
                            if name in wanted or (len(name) > 12 and name.startswith(STEMS)):
                                names.append(name)
                for name in names:
                    found.setdefault(name, []).append(element)
        return found

    @cached_property
    def _tagged(self) -> dict[str, list[Element]]:
        # The tags that every page is asked for, in one pass.
        found: dict[str, list[Element]] = {tag: [] for tag in _TAGS}
        for element in self.root.iter(*_TAGS):
            found[element.tag].append(element)
        return found

    @property
    def names(self) -> Iterable[str]:
        """The names of the page that readers have asked to be looked for."""
        return self._index.keys()

    def has(self, name: str) -> bool:
        """Whether the page has an id (`#name`), a class (`.name`) or a tag (`<name`)."""
        return name in self._index if name[0] != "<" else bool(self.named(name))

    def named(self, name: str) -> list[Element]:
        """The elements with an id (`#name`), a class (`.name`) or a tag (`<name`), in page order.

        Names other than tags must have been given to `look_for` before the page was read.
        """
        if name[0] != "<":
            return self._index.get(name, [])
        found = self._tagged.get(name[1:])
        return found if found is not None else list(self.root.iter(name[1:]))

    @cached_property
    def metas(self) -> dict[str, str]:
        """Meta tags, names in lower case without spaces; of several with one name the first that says something."""
        found: dict[str, str] = {}
        for meta in self._tagged["meta"]:
            name = meta.get("name") or meta.get("property") or meta.get("itemprop")
            content = meta.get("content")
            if not name or content is None:
                continue
            name = name.strip().lower().replace(" ", "")
            content = content.strip()
            if content and content.lower() not in ("null", "undefined") and not found.get(name):
                found[name] = content
        return found

    @cached_property
    def title(self) -> str:
        """The text of `<title>`."""
        for element in self._tagged["title"]:
            text = flat(text_of(element))
            if text:
                return text
        return ""

    @cached_property
    def host(self) -> str:
        """The host that answered, in lower case."""
        try:
            return (urlsplit(self.page.url).hostname or "").lower()
        except ValueError:
            # A URL that is none (a broken manifest line) has no host.
            return ""

    @cached_property
    def canonical(self) -> str:
        """What the page says its own address is: `link rel=canonical`, then og:url."""
        for link in self._tagged["link"]:
            if (link.get("rel") or "").lower() == "canonical" and link.get("href"):
                return self.absolute(str(link.get("href")))
        return self.absolute(self.metas.get("og:url", ""))

    @cached_property
    def _origin(self) -> str | None:
        """Scheme and host of the page's address, None where it is no address on the web."""
        try:
            parts = urlsplit(self.page.url)
        except ValueError:
            return None
        return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else None

    def absolute(self, href: str) -> str:
        """A link of this page as an absolute URL, or empty where it is none that can be fetched."""
        href = squeeze(href)
        if not href or href.startswith(("javascript:", "#", "data:", "mailto:", "about:")):
            return ""
        origin = self._origin
        if origin is not None:
            # What `urljoin` makes of nearly every link, at a tenth of its cost.
            if _PLAIN_URL.fullmatch(href):
                return href
            if _PLAIN_PATH.fullmatch(href):
                return origin + href
        try:
            url = urljoin(self.page.url, href)
        except ValueError:
            # Brackets that are no IPv6 address and the like.
            return ""
        return url if url.startswith(("http://", "https://")) else ""
