"""A layout: how one template of one site (or site family) sets an article, as data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from crawler.parse.article import Article
from crawler.parse.page import Element, HtmlPage, select

__all__ = ["Layout", "layout"]


@dataclass(frozen=True)
class Layout:
    """How to recognise and read one template.

    Args:
        name: `<owner>/<template>`, stored with each article, so that a template that stops reading is seen.
        signs: names that must all be on the page, `#id`, `.class` or a piece of markup, alternatives parted by a bar; chosen
            by looking, never by date.
        body: XPath expressions for the container, the first with matter wins.
        title: XPath expressions for the title.
        header: XPath expressions for the elements whose text holds time, source and author.
        source: XPath expressions for an element that holds the source alone.
        drop: class or id names inside the body that are no text of it.
        finish: a last step for what no expression can say; it may change the article.
    """

    name: str
    signs: tuple[tuple[str, ...], ...]
    body: tuple[etree.XPath, ...]
    title: tuple[etree.XPath, ...] = ()
    header: tuple[etree.XPath, ...] = ()
    source: tuple[etree.XPath, ...] = ()
    drop: re.Pattern[str] | None = None
    finish: Callable[[Article, HtmlPage], None] | None = field(default=None, compare=False)

    def applies(self, page: HtmlPage) -> bool:
        """Whether the page looks like this template."""
        return all(any(_found(name, page) for name in sign) for sign in self.signs)

    def first(self, expressions: tuple[etree.XPath, ...], page: HtmlPage) -> list[Element]:
        """The elements of the first expression that finds any."""
        for expression in expressions:
            found = select(expression, page.root)
            if found:
                return found
        return []


def _found(name: str, page: HtmlPage) -> bool:
    if name[0] in "#.":
        return name in page.names
    return name in page.source or name.upper() in page.source


def layout(
    name: str,
    *,
    signs: tuple[str, ...],
    body: tuple[str, ...],
    title: tuple[str, ...] = (),
    header: tuple[str, ...] = (),
    source: tuple[str, ...] = (),
    drop: tuple[str, ...] = (),
    finish: Callable[[Article, HtmlPage], None] | None = None,
) -> Layout:
    """A layout from plain strings; `drop` names whole classes and ids, a trailing `*` stands for any ending."""
    pattern = None
    if drop:
        names = "|".join(re.escape(item).replace(r"\*", r"[\w-]*") for item in drop)
        pattern = re.compile(rf"(?:^|\s)(?:{names})(?=\s|$)", re.I)
    return Layout(
        name=name,
        signs=tuple(tuple(sign.lower().split("|")) for sign in signs),
        body=tuple(etree.XPath(expression) for expression in body),
        title=tuple(etree.XPath(expression) for expression in title),
        header=tuple(etree.XPath(expression) for expression in header),
        source=tuple(etree.XPath(expression) for expression in source),
        drop=pattern,
        finish=finish,
    )  # fmt: skip
