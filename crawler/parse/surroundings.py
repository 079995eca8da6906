"""The lines that stand before and after an element on its page, nearest first read, in page order."""

from __future__ import annotations

from crawler.parse.body import Line, lines_of
from crawler.parse.page import Element, HtmlPage

__all__ = ["lines_after", "lines_before"]


def lines_before(element: Element, page: HtmlPage, limit: int = 45) -> list[Line]:
    """The last lines of the page before an element, in page order."""
    found: list[list[Line]] = []
    count = 0
    node: Element | None = element
    while node is not None and count < limit:
        sibling = node.getprevious()
        while sibling is not None and count < limit:
            if isinstance(sibling.tag, str):
                if sibling.tail and sibling.tail.strip():
                    found.append(_tail(sibling))
                    count += 1
                if sibling.tag != "head":
                    lines = lines_of(sibling, page, bare=True, limit=400)
                    found.append(lines)
                    count += len(lines)
            sibling = sibling.getprevious()
        node = node.getparent()
        if node is not None and node.text and node.text.strip() and node.tag not in ("html",):
            found.append([Line(" ".join(node.text.split()))])
            count += 1
    return [line for lines in reversed(found) for line in lines][-limit * 2 :]


def lines_after(element: Element, page: HtmlPage, limit: int = 30) -> list[Line]:
    """The first lines of the page after an element, in page order."""
    found: list[Line] = []
    node: Element | None = element
    while node is not None and len(found) < limit:
        if node.tail and node.tail.strip():
            found.extend(_tail(node))
        sibling = node.getnext()
        while sibling is not None and len(found) < limit:
            if isinstance(sibling.tag, str):
                found.extend(lines_of(sibling, page, bare=True, limit=limit))
                if sibling.tail and sibling.tail.strip():
                    found.extend(_tail(sibling))
            sibling = sibling.getnext()
        node = node.getparent()
    return found[:limit]


def _tail(element: Element) -> list[Line]:
    text = " ".join((element.tail or "").split())
    parent = element.getparent()
    css = f"{parent.get('class') or ''} {parent.get('id') or ''}" if parent is not None else ""
    return [Line(text, css=css)]
