"""Xinjiang's portals on UCAP: the time is set in three nodes, PubDate is the time at which the page was made."""

from __future__ import annotations

import re

from crawler.cms import gov_tags
from crawler.cms.ucap.pages import DROP, TITLE
from crawler.parse.article import Article, Precision
from crawler.parse.byline import read_credits
from crawler.parse.dates import first_time
from crawler.parse.layout import layout
from crawler.parse.page import HtmlPage, flat, text_of

__all__ = ["LAYOUTS"]


def _finish(article: Article, page: HtmlPage) -> None:
    """The time of day, printed as `2020` · `09/11` · `12:13` in three nodes, beats every other print."""
    parts = []
    for name in ("yyyy", "mmdd", "hhmm"):
        for element in page.root.iter("p", "span", "div"):
            if element.get("class") == name:
                parts.append(re.sub(r"\s+", "", text_of(element)))
                break
    if len(parts) >= 2:
        moment = first_time(" ".join(parts), latest=page.page.fetched_at)
        if moment is not None:
            article.published_at, article.published_precision = moment.at, Precision(moment.precision)
            article.published_printed, article.published_from = moment.printed, "printed"
    # 作者 or 责任编辑, in a box of its own under the list of links.
    for element in page.root.iter("p"):
        said = read_credits(flat(text_of(element))) if element.get("class") == "zrbj" else None
        if said is not None:
            article.authors = list(dict.fromkeys([*said.authors, *article.authors]))
            article.editor = article.editor or said.editor
    gov_tags.fill(article, page)


LAYOUTS = (
    layout(
        "xinjiang_gov/2020",
        signs=("#newscontent",),
        body=("<ucapcontent", "#NewsContent"),
        title=(*TITLE[1:], "//div[@class = 'detail']//h1"),
        header=(".ysj", "//ul[@class = 'hide']"),
        source=("//p[@class = 'source']",),
        drop=DROP,
        finish=_finish,
    ),
)
