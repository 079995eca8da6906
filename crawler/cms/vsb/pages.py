"""博达 VSB (Visual SiteBuilder): county portals of Xinjiang before 2024, universities everywhere."""

from __future__ import annotations

from crawler.cms import gov_tags
from crawler.parse.layout import layout

__all__ = ["LAYOUTS"]

LAYOUTS = (
    layout(
        "vsb/content",
        signs=("#vsb_content|#vsb_content_2|#vsb_content_4|#vsb_content_500|#vsb_content_1001|.v_news_content",),
        body=("#vsb_content", ".v_news_content", "//*[starts-with(@id, 'vsb_content')]"),
        drop=("nattach", "vsb_content_attach", "pre_next"),
        finish=gov_tags.fill,
    ),
)
