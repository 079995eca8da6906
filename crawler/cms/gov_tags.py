"""The page tags of the guide for government sites (国办发〔2017〕47号): SiteName … ArticleTitle, PubDate."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.parse.article import Article
from crawler.parse.page import HtmlPage

__all__ = ["GovTags", "fill", "read_tags"]

_GENERATED = re.compile(r"页面生成时间\s*(?P<time>[\d:\- ]+)")


@dataclass(frozen=True, slots=True)
class GovTags:
    """What a government page says of itself in its head.

    Names are looked up in any case; of a tag printed twice the first that says something counts, and `null`, blank
    and empty say nothing (all three are seen).
    """

    site_name: str
    site_id_code: str
    column: str
    title: str
    pub_date: str
    source: str
    author: str
    keywords: tuple[str, ...]
    url: str

    @property
    def present(self) -> bool:
        """Whether the page has any of the tags that mark a government site."""
        return bool(self.site_name or self.site_id_code or self.title)


def read_tags(page: HtmlPage) -> GovTags:
    """The tags of a page; a PubDate that only repeats the page's generation time is left out."""
    metas = page.metas
    generated = _GENERATED.search(metas.get("others", ""))
    pub_date = metas.get("pubdate", "")
    if generated is not None and generated["time"].strip() == pub_date:
        pub_date = ""
    return GovTags(
        site_name=metas.get("sitename", ""),
        site_id_code=metas.get("siteidcode", ""),
        column=metas.get("columnname", ""),
        title=metas.get("articletitle", ""),
        pub_date=pub_date,
        source=metas.get("contentsource", ""),
        author=metas.get("author", ""),
        keywords=tuple(word for word in re.split(r"[,;，；、\s]+", metas.get("keywords", "")) if word),
        url=page.absolute(metas.get("url", "")),
    )


def fill(article: Article, page: HtmlPage) -> None:
    """Fill from the tags what the page does not print for its reader; what is printed always wins."""
    tags = read_tags(page)
    if not tags.present:
        return
    if not article.breadcrumb:
        article.breadcrumb = [name for name in (tags.site_name, tags.column) if name]
    if not article.site_id_code:
        article.site_id_code = tags.site_id_code
    if not article.keywords:
        article.keywords = list(tags.keywords)
