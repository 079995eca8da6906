"""拓尔思 TRS WCM: the marks that its editors leave around a text, on most ministries and many media."""

from __future__ import annotations

from crawler.cms import gov_tags
from crawler.parse.layout import layout

__all__ = ["LAYOUTS"]

LAYOUTS = (
    layout(
        "trs/editor",
        signs=(".trs_editor|.trs_ueditor|.trs_editor_view|.custom_unionstyle|.trs_preappend|.trs_web",),
        # Which of several editors' blocks holds the article is decided by looking, as the general reader does.
        body=(),
        drop=("fontzoom", "wzxg", "gd-tools"),
        finish=gov_tags.fill,
    ),
)
