"""博达 VSB (Visual SiteBuilder): county portals of Xinjiang before 2024, universities everywhere."""

from __future__ import annotations

from crawler.cms import gov_tags
from crawler.parse.layout import layout

__all__ = ["LAYOUTS"]

LAYOUTS = (
    layout(
        "vsb/content",
        signs=("#vsb_content|.v_news_content|_newscontent_fromname",),
        body=(
            "//*[starts-with(@id, 'vsb_content')]",
            "//form[@name = '_newscontent_fromname']//*[contains(@class, 'v_news_content')]",
            "//form[@name = '_newscontent_fromname']",
        ),
        drop=("nattach", "vsb_content_attach", "pre_next"),
        finish=gov_tags.fill,
    ),
)
