"""The layouts that read what the replica's fault `layout_overnight` makes of Xinjiang's pages.

They are what docs/layout-changed.md adds to `crawler/publishers/xinjiang_gov/pages.py`; no real site looks like this.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest

from crawler.cms import gov_tags
from crawler.parse import parse
from crawler.parse.article import Article, Precision
from crawler.parse.byline import read_credits
from crawler.parse.dates import first_time
from crawler.parse.layout import layout
from crawler.parse.page import HtmlPage, flat, text_of
from crawler.publishers.xinjiang_gov import pages
from crawler.reparse import read, run_files

__all__ = ["LAYOUTS", "mended"]


def _finish(article: Article, page: HtmlPage) -> None:
    """The time of day in three nodes, and the credits in a box below the body."""
    boxes: dict[str, str] = {}
    for element in page.root.iter("div"):
        boxes.setdefault(element.get("class") or "", flat(text_of(element)))
    parts = [re.sub(r"\s+", "", boxes.get(name, "")) for name in ("v71ca907", "vceb59b8", "v9d7f82f")]
    moment = first_time(" ".join(parts), latest=page.page.fetched_at) if all(parts) else None
    if moment is not None:
        article.published_at, article.published_precision = moment.at, Precision(moment.precision)
        article.published_printed, article.published_from = moment.printed, "printed"
    said = read_credits(boxes.get("v53d311a", ""))
    if said is not None:
        article.authors = list(dict.fromkeys([*said.authors, *article.authors]))
        article.editor = article.editor or said.editor
    gov_tags.fill(article, page)


LAYOUTS = (
    layout(
        "xinjiang_gov/2026",
        signs=("#va553a04",),
        body=("#va553a04",),
        title=("//div[@class = 'v951da6b']/div[1]",),
        header=(".v805309b",),
        source=("//div[@class = 'v36cd38f']",),
        finish=_finish,
    ),
    layout(
        "xinjiang_gov/2026-ucap",
        signs=("#v0639189",),
        body=("#v0639189",),
        title=(".v2b41d04",),
        header=(".v001ade6",),
        finish=_finish,
    ),
    layout(
        "xinjiang_gov/2026-vsb",
        signs=(".v1d5d888",),
        body=(".vaaef9c3", "#v660785a", "#v099bd14"),
        title=(".v4cb853b", ".v7209210"),
        header=(".v1d5d888",),
        finish=_finish,
    ),
)


@contextlib.contextmanager
def mended() -> Iterator[None]:
    """The parser as it is once these layouts are added and its version is raised."""
    version = str(int(parse.PARSER_VERSION) + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "LAYOUTS", (*LAYOUTS, *pages.LAYOUTS))
        for module in (parse, read, run_files):
            patch.setattr(module, "PARSER_VERSION", version)
        parse.layouts_of.cache_clear()
        try:
            yield
        finally:
            parse.layouts_of.cache_clear()
