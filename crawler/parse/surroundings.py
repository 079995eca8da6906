"""The lines that stand before and after an element on its page, in page order."""

from __future__ import annotations

from typing import cast

from lxml import etree

from crawler.parse.class_names import bounded, names_of
from crawler.parse.line import BLOCKS, HEADINGS, Line
from crawler.parse.page import Element, flat

__all__ = ["lines_after", "lines_before", "lines_inside"]

# The nearest pieces of text only: a header is near, and a menu may hold thousands.
_BEFORE = etree.XPath("preceding::text()[normalize-space()][position() <= $count]")
_INSIDE = etree.XPath("descendant::text()[normalize-space()][position() <= $count]")
# The axis `following` would look at all the rest of the page before the first pieces are counted off.
_WHOLE = etree.XPath("descendant::text()[normalize-space()]")
_OWN = etree.XPath("text()[normalize-space()]")
_BESIDE = etree.XPath("following-sibling::text()[normalize-space()]")
_MANY = etree.XPath("boolean(descendant::text()[64])")
_BLANKS = " \t\r\n"
_SILENT = frozenset(("title", "script", "style", "option", "button", "head"))


_ENDS = BLOCKS | _SILENT
"""What a climb from a piece of text stops at: its line's block."""


def lines_before(element: Element, count: int = 56) -> list[Line]:
    """The last lines of the page before an element, made of its `count` last pieces of text."""
    return _lines(cast("list[etree._ElementUnicodeResult]", _BEFORE(element, count=count)))


def lines_after(element: Element, count: int = 30) -> list[Line]:
    """The first lines of the page after an element."""
    return _lines(_following(element, count))


def lines_inside(element: Element, count: int = 60) -> list[Line]:
    """The first lines inside an element."""
    return _lines(cast("list[etree._ElementUnicodeResult]", _INSIDE(element, count=count)))


def _following(element: Element, count: int) -> list[etree._ElementUnicodeResult]:
    """The first pieces of text after an element that are not blank, as XPath finds them.

    XPath itself is asked for each piece: where a script was cut out of a text, two stand side by side, and an
    element's own `text` would run them together.
    """
    found: list[etree._ElementUnicodeResult] = []
    node = element
    while len(found) < count:
        if (tail := node.tail) and tail.strip(_BLANKS):
            found += [text for text in _texts(_BESIDE, node) if text.getparent() is node]
        following = node.getnext()
        if following is None:
            parent = node.getparent()
            if parent is None:
                break
            node = parent
            continue
        node = following
        while len(node) and _MANY(node):
            found += [text for text in _texts(_OWN, node) if text.is_text]
            node = node[0]
        if len(node) or node.text:
            found += _texts(_WHOLE, node)
    return found[:count]


def _texts(expression: etree.XPath, element: Element) -> list[etree._ElementUnicodeResult]:
    return cast("list[etree._ElementUnicodeResult]", expression(element))


def _lines(texts: list[etree._ElementUnicodeResult]) -> list[Line]:
    """Pieces of text joined to lines as a browser would set them, parted by a space where elements part them."""
    lines: list[Line] = []
    block: Element | None = None
    cell: Element | None = None
    parts: list[str] = []
    pieces: list[tuple[str, str]] = []
    linked = 0
    continued = False

    def flush() -> None:
        nonlocal linked
        if parts and block is not None:
            joined = "".join(parts)
            text = "\t".join(flat(part) for part in joined.split("\t")) if block.tag == "tr" else flat(joined)
            if text:
                line = _line(text, block, linked)
                if cell is not None and "\t" not in text:
                    # A row of one cell is named by its cell: <td class="title">.
                    line.css = names_of(cell) or line.css
                line.pieces.extend(pieces)
                line.broken = continued
                lines.append(line)
        parts.clear()
        pieces.clear()
        linked = 0

    for text in texts:
        node = text.getparent()
        if node is None:
            continue
        broken = bool(text.is_tail) and node.tag == "br"
        if text.is_tail:
            node = node.getparent()
        in_link = False
        css = ""
        while node is not None and (tag := node.tag) not in _ENDS:
            in_link = in_link or tag == "a"
            css = css or node.get("class") or node.get("id") or ""
            node = node.getparent()
        if node is None or tag in _SILENT:
            continue
        own_cell = None
        if tag == "td" or tag == "th":
            own_cell, parent = node, node.getparent()
            node = parent if parent is not None else node
        if node is not block or broken:
            flush()
            continued = broken and node is block
            block, cell = node, own_cell
        elif own_cell is not cell:
            parts.append("\t")
            cell = own_cell
        elif parts:
            parts.append(" ")
        # A line's end in the source would swallow the space that parts two elements.
        parts.append(flat(text) if "\n" in text else text)
        if css:
            pieces.append((text, bounded(css)))
        if in_link:
            linked += len(text.strip())
    flush()
    return lines


def _line(text: str, block: Element, linked: int) -> Line:
    tag = block.tag
    kind = "row" if tag == "tr" and "\t" in text else "heading" if tag in HEADINGS else "text"
    parent = block.getparent()
    if kind == "text" and parent is not None and parent.tag in HEADINGS:
        kind = "heading"
    return Line(text, kind, "", linked, names_of(block))
