"""The later parts of an article that its site spread over several pages (分页)."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from crawler.errors import DecodeFailed
from crawler.parse.article import Page
from crawler.parse.decode import decode
from crawler.parse.page import HtmlPage, flat, text_of

__all__ = ["MOST_PARTS", "further_pages"]

MOST_PARTS = 60
"""Parts of one article; more is a list or a trap."""

# TRS writes the pager of an article with the article's own name, and that of a list with `index` or the list's name.
_TRS = re.compile(
    r"createPageHTML\(\s*(?P<count>\d{1,3})\s*,\s*(?P<current>\d{1,3})\s*,\s*[\"'](?P<name>t\d{8}_\d+)[\"']\s*,\s*"
    r"[\"'](?P<ext>s?html?)[\"']",
    re.I,
)
_COUNT = re.compile(r"(?:var\s+)?countPage\s*=\s*(?P<count>\d{1,3})\b")
_NEXT = re.compile(r"^[\[【(（<《»›\s]*(?:下一页|下页|后一页|下一頁|Next)[\]】)）>》»›\s]*$", re.I)
_NUMBER = re.compile(r"^[\[【(（\s]*(\d{1,2})[\]】)）\s]*$")
_STEM = re.compile(r"^(?P<stem>.+?)(?:(?P<sep>[_-])(?P<part>\d{1,2}))?\.(?P<ext>s?html?)$", re.I)


def further_pages(page: Page) -> list[str]:
    """The absolute URLs of the later parts of an article, in order; empty for the one page that most articles are.

    A part's address is the article's own with a number before its ending (`_1`, `-2`), so the pager of a list, whose
    pages are named after the list, is never taken for one.

    Args:
        page: the first part.
    """
    # Looked for in the bytes first: nearly every page has none of these, and need not be decoded again.
    body = page.body
    if b"createPageHTML" not in body and b"countPage" not in body and not _has_pager(body):
        return []
    try:
        decoded = decode(body, page.content_type)
    except DecodeFailed:
        # Parsing the page itself gives it this fate, with the offset.
        return []
    text = decoded.text
    base = page.url.split("#", 1)[0].split("?", 1)[0]
    try:
        file = urlsplit(base).path.rsplit("/", 1)[-1]
    except ValueError:
        # An address that is none (a broken manifest line) has no parts.
        return []
    own = _STEM.match(file)
    if own is None:
        return []
    trs = _TRS.search(text)
    if trs is not None:
        if int(trs["current"]) != 0 or trs["name"].lower() != own["stem"].lower():
            return []
        return [
            urljoin(base, f"{trs['name']}_{number}.{trs['ext']}")
            for number in range(1, min(int(trs["count"]), MOST_PARTS))
        ]
    count = _COUNT.search(text)
    if count is not None and int(count["count"]) > 1 and re.search(r"createPageHTML|nextPage|prevPage", text):
        if own["part"] is None or len(own["part"]) > 2:
            return [
                urljoin(base, f"{own['stem']}_{number}.{own['ext']}")
                for number in range(1, min(int(count["count"]), MOST_PARTS))
            ]
        return []
    return _linked(HtmlPage(page, decoded), base, own)


def _has_pager(body: bytes) -> bool:
    return any(phrase in body for phrase in _NEXT_BYTES)


_NEXT_BYTES = tuple(
    phrase.encode(codec)
    for phrase in ("下一页", "下页", "下一頁")
    for codec in ("utf-8", "gb18030", "big5hkscs")
    if not (codec == "big5hkscs" and "页" in phrase)
)


def _linked(html: HtmlPage, base: str, own: re.Match[str]) -> list[str]:
    """Parts that numbers and 下一页 link to: each the article's own name with one more number."""
    stem, ext = own["stem"], own["ext"]
    whole = f"{stem}{own['sep']}{own['part']}" if own["part"] else stem
    name = re.compile(rf"{re.escape(whole)}[_-](\d{{1,2}})\.{re.escape(ext)}", re.I)
    parts: dict[int, str] = {}
    following = ""
    folder = base.rsplit("/", 1)[0]
    for link in html.root.iter("a"):
        label = flat(text_of(link))
        is_next = len(label) <= 8 and _NEXT.match(label) is not None
        if not is_next and (len(label) > 6 or _NUMBER.match(label) is None):
            continue
        url = html.absolute(link.get("href") or "").split("#", 1)[0]
        if url.rsplit("/", 1)[0] != folder:
            continue
        match = name.fullmatch(url.rsplit("/", 1)[-1])
        if match is None:
            continue
        if is_next:
            following = url
        parts.setdefault(int(match[1]), url)
    if not parts or (not following and len(parts) < 2):
        return []
    numbers = sorted(parts)
    # Some pagers elide the middle; fill the gap, since the names are regular.
    separator = parts[numbers[0]].rsplit("/", 1)[-1][len(whole)]
    filled = [
        f"{folder}/{whole}{separator}{number}.{ext}" for number in range(numbers[0], min(numbers[-1], MOST_PARTS) + 1)
    ]
    return filled if numbers[0] in (1, 2) else []
