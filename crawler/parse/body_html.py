"""A body's HTML: what may stand in it, and edits of it after it was read, when the page's own tree is long gone."""

from __future__ import annotations

from collections.abc import Collection

import nh3
from bs4 import BeautifulSoup

from crawler.parse.page import squeeze

__all__ = ["CLEANER", "without"]

_TAGS = {
    "p",
    "h3",
    "strong",
    "em",
    "u",
    "a",
    "sub",
    "sup",
    "table",
    "tbody",
    "tr",
    "td",
    "ul",
    "li",
    "figure",
    "figcaption",
    "img",
}
CLEANER = nh3.Cleaner(
    tags=_TAGS, attributes={"a": {"href"}, "img": {"src"}}, url_schemes={"http", "https"}, link_rel=None
)

_BLOCKS = ("p", "h3", "li", "tr")


def without(html: str, texts: Collection[str], pictures: Collection[str] = ()) -> str:
    """A body without some of its lines and pictures; the marks and links inside a line do not hide it.

    Args:
        html: as rendered, clean.
        texts: paragraphs, as in `Article.paragraphs`.
        pictures: addresses of images.

    Returns:
        Clean HTML.
    """
    unwanted = {squeeze(text) for text in texts} - {""}
    if not unwanted and not pictures:
        return html
    soup = BeautifulSoup(html, "html.parser", preserve_whitespace_tags={*_BLOCKS, "figcaption"})
    for block in soup.find_all(_BLOCKS):
        if squeeze(block.get_text()) in unwanted:
            block.decompose()
    for figure in soup.find_all("figure"):
        picture = figure.find("img")
        if picture is not None and picture.get("src") in pictures:
            figure.decompose()
    for table in soup.find_all("table"):
        if table.find("tr") is None:
            table.decompose()
    lines = (line for line in str(soup).split("\n") if line)
    return CLEANER.clean("\n".join(lines))
