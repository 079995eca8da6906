"""A layout: how one template of one site (or site family) sets an article, as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

from lxml import etree

from crawler.parse.article import Article
from crawler.parse.page import Element, HtmlPage, look_for, select

__all__ = ["Layout", "layout"]


Where = str | etree.XPath
"""A name (`#id`, `.class`, `<tag`, looked up in the page's index) or, where a name cannot say it, an XPath."""


@dataclass(frozen=True)
class Layout:
    """How to recognise and read one template.

    Args:
        name: `<owner>/<template>`, stored with each article, so that a template that stops reading is seen.
        signs: names that must all be on the page, `#id`, `.class` or `<tag`, alternatives parted by a bar; chosen by
            looking, never by date.
        body: where the container is, the first with matter wins; none for what the general reader finds.
        title: where the title is; `@name` is a meta tag.
        header: the elements whose text holds time, source and author.
        source: an element that holds the source alone; one inside the header comes first.
        drop: class or id names inside the body that are no text of it.
        finish: a last step for what no expression can say; it may change the article.
    """

    name: str
    signs: tuple[tuple[str, ...], ...]
    body: tuple[Where, ...]
    title: tuple[Where, ...] = ()
    header: tuple[Where, ...] = ()
    source: tuple[Where, ...] = ()
    drop: re.Pattern[str] | None = None
    finish: Callable[[Article, HtmlPage], None] | None = field(default=None, compare=False)

    def applies(self, page: HtmlPage) -> bool:
        """Whether the page looks like this template."""
        return all(any(page.has(name) for name in sign) for sign in self.signs)

    def titles(self, page: HtmlPage) -> Iterator[str]:
        """What stands at the layout's places of the title, the first place first."""
        for where in self.title:
            if isinstance(where, str) and where[0] == "@":
                yield page.metas.get(where[1:], "")
                continue
            for element in self.find(where, page):
                yield " ".join(cast("Iterator[str]", element.itertext()))

    def sources(self, page: HtmlPage) -> list[Element]:
        """The elements that hold the source alone."""
        found = self.first(self.source, page)
        headers = self.first(self.header, page)
        inside = [element for element in found if any(header in element.iterancestors() for header in headers)]
        return inside or found

    def find(self, where: Where, page: HtmlPage) -> list[Element]:
        """The elements at one place of the layout."""
        return page.named(where) if isinstance(where, str) else select(where, page.root)

    def first(self, places: tuple[Where, ...], page: HtmlPage) -> list[Element]:
        """The elements of the first place that has any."""
        for where in places:
            found = self.find(where, page)
            if found:
                return found
        return []


def _where(text: str) -> Where:
    return text.lower() if text[0] in "#.<@" else etree.XPath(text)


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
    look_for(
        name.lower()
        for name in (*(name for sign in signs for name in sign.split("|")), *body, *title, *header, *source)
        if re.fullmatch(r"[#.][\w-]+", name)
    )
    return Layout(
        name=name,
        signs=tuple(tuple(sign.lower().split("|")) for sign in signs),
        body=tuple(map(_where, body)),
        title=tuple(map(_where, title)),
        header=tuple(map(_where, header)),
        source=tuple(map(_where, source)),
        drop=pattern,
        finish=finish,
    )  # fmt: skip
