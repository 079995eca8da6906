"""One line of a page as a reader sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["BLOCKS", "HEADINGS", "Line", "Picture"]


@dataclass(slots=True)
class Picture:
    """An image in its place in the text."""

    url: str
    caption: str = ""


@dataclass(slots=True)
class Line:
    """One line as a reader sees it.

    Args:
        text: flat.
        kind: `text`, `heading`, `row` (of a table), `item` (of a list), `caption`, `image`.
        html: the same with emphasis and links, safe by construction.
        linked: how many characters stand inside links.
        css: class and id of the block, in lower case.
        files: the links of the line that point to files, as (url, name).
        centred: whether the block is centred.
    """

    text: str
    kind: str = "text"
    html: str = ""
    linked: int = 0
    css: str = ""
    files: list[tuple[str, str]] = field(default_factory=list)
    picture: Picture | None = None
    centred: bool = False
    bold: bool = False
    broken: bool = False
    """Of a header's line: whether only a `<br>` parts it from the line before."""
    pieces: list[tuple[str, str]] = field(default_factory=list)
    """Of a header's line: the text and the class of each inline element in it."""


BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "blockquote",
        "pre",
        "figure",
        "figcaption",
        "center",
        "form",
        "fieldset",
        "hr",
        "main",
        "header",
        "footer",
        "nav",
        "aside",
        "address",
        "details",
        "summary",
        "body",
        "html",
        "ucapcontent",
        "ucaptitle",
        "label",
        "option",
        "marquee",
        "video",
        "audio",
        "button",
        "legend",
    ]
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
