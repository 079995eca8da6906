"""开普 UCAP: its own tags around title and text, on Sichuan, Xinjiang and many next sites."""

from __future__ import annotations

from crawler.cms import gov_tags
from crawler.parse.layout import layout

__all__ = ["DROP", "LAYOUTS", "TITLE"]

TITLE = ("<ucaptitle", "@articletitle")
DROP = ("zrbjbox", "ycdfj", "dygnbox", "dzbox", "pagebreak", "cmspro_reldocuments", "xgtable")

LAYOUTS = (
    layout(
        "ucap/tags",
        signs=("<ucapcontent",),
        body=("<ucapcontent",),
        title=TITLE,
        drop=DROP,
        finish=gov_tags.fill,
    ),
    layout(
        "ucap/content",
        signs=("#ucap-content",),
        body=("#UCAP-CONTENT",),
        drop=DROP,
        finish=gov_tags.fill,
    ),
)
