"""The Sichuan government's pages: UCAP tags since 2018, table cells before; one of two renderings is taken."""

from __future__ import annotations

from crawler.cms import gov_tags
from crawler.cms.ucap.pages import DROP, TITLE
from crawler.parse.layout import layout

__all__ = ["LAYOUTS"]

_HEADER = ("#articleattribute",)

LAYOUTS = (
    layout(
        "sichuan_gov/2018",
        signs=("#articlecontent|#cmsarticlecontent|.cmsarticlecontent",),
        # The second rendering of the same article follows in its own container: the first with text is taken.
        body=("<ucapcontent", "#cmsArticleContent", ".cmsArticleContent"),
        title=(*TITLE[:1], "//*[@id = 'articlecontent']//h2", *TITLE[1:]),
        header=_HEADER,
        drop=DROP,
        finish=gov_tags.fill,
    ),
    layout(
        "sichuan_gov/2015",
        signs=(".conttext",),
        body=(".contText",),
        title=TITLE[1:],
        header=_HEADER,
        drop=DROP,
        finish=gov_tags.fill,
    ),
)
