"""China Tibet Net's article pages: TRS, with a heading box of its own."""

from __future__ import annotations

from crawler.parse.layout import layout

__all__ = ["LAYOUTS"]

LAYOUTS = (
    layout(
        "tibet_net/2018",
        signs=(".title_box",),
        # Paragraphs stand in an editor's block or directly in #text: the whole node, then cleaned.
        body=("#text", ".botborder"),
        title=(
            "//div[contains(concat(' ', @class, ' '), ' title_box ')]//h2",
            "//div[contains(concat(' ', @class, ' '), ' title_box ')]//h1",
        ),
        header=(
            "//div[contains(concat(' ', @class, ' '), ' title_box ')]//*[contains(concat(' ', @class, ' '), ' info ')]",
        ),
        drop=("content_banquan",),
    ),
    layout(
        "tibet_net/2015",
        signs=("#text|#content",),
        body=("#text", "#content"),
        drop=("content_banquan",),
    ),
)
