"""What the class and id of an element tell of it: names that many sites share."""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.parse.page import Element

__all__ = ["CAPTION", "CREDIT", "DOUBTFUL", "bounded", "is_never_text", "kind_of_name", "names_of"]

# Class or id of what is never text of the article. Whole names only: a class that merely contains "ad" or "share" is
# often the article itself. Names that a site may use for its text are in DOUBTFUL and count only for small blocks.
_NEVER = re.compile(
    r"(?:^|[\s])(?:"
    r"(?:bd|b|j|jia|jiathis|social|news|art|article|content|page|m|g|u|gwds|pages)?[-_]?share[\w-]*|"
    r"fenxiang\w*|bdsharebuttonbox|sharecommend-wrap|"
    r"\w*(?:qr-?_?code|erweima|ewm)\w*|append_?qr\w*|weixin\w*|wechat\w*|"
    r"\w*comments?(?:[-_]?(?:box|wrap|area|list|con|content|section))?|pinglun\w*|gentie\w*|post_comment\w*|"
    r"related?(?:[-_]?\w+)?|\w+[-_]relate[ds]?|xiangguan\w*|xgyd|xgxw|xgwz|xglj|recommend\w*|tuijian\w*|"
    r"guess\w*|hot-?(?:news|list|rank)\w*|"
    r"(?:article|art|news)?[-_]?(?:keywords?|tags?)|copy-?right\w*|banquan\w*|content_banquan|statement|"
    r"show_statement|shengming|disclaimer|mianze|"
    r"crumbs?|bread[-_]?crumbs?|dqwz|location|"
    r"tool-?bars?|page-tools|font-?size\w*|dygnbox|dzbox|"
    r"(?:ad|ads|adv|advert|advertise|guanggao|sinaads|gg\d+x\d+|otherContent_01|article_?ad|ad[-_][\w-]+|"
    r"ads[-_][\w-]+|[\w]+[-_]ads?|adbox|adwrap|ad\d+)|"
    r"hqimg_\w+|ct_hqimg|finance_app_zqtg|app-kaihu-qr|tech-quotation|sinaad-toolkit-box|article-bottom(?:-tg)?|"
    r"wap_special|show_app|new_style_article|"
    r"artical-player-wrap|(?:video|audio|music)[-_]?(?:player|list|info|box|wrap|2017|url|area|con)?\w*|"
    r"player[-_]?\w*|tts\w*|"
    r"cookiecont|mod-?app\w*|app-?(?:down(?:load)?|qr|code|btn|guide)\w*|open-?app\w*|kaihu\w*|toupiao|"
    r"vote[-_]?\w*|zan|dianzan|praise\w*|like-?\w*|article-like|"
    r"backsohucom|back-?top|go-?top|login\w*|report(?:-c)?|articlereport|hidden-content|bottomlayer|"
    r"showall\w*|u-moretext"
    r")(?=[\s]|$)",
    re.I,
)
_DOUBTFUL = re.compile(
    r"(?:^|[\s])(?:page|pages|pager|pagination|paging|page[-_]?(?:nav|bar|list|num|box)|fenye\w*|fy|"
    r"hide|hidden|none|d-?none|source|time|date|info|editors?|edit|article[-_]?editor|"
    r"show_author|ep-source|zrbj\w*|author|liability|print|close|tip|tips|prompt|position|route|path|"
    r"nav|menu|footer|foot|share\w*|app\w*|"
    r"prev-?next|pre-?next|up-?down|link|links|xgtable|zrbjbox|ycdfj|fwl|hits|count|click)(?=[\s]|$)",
    re.I,
)
_CREDIT_BLOCK = re.compile(
    r"(?:^|[\s])(?:article-editor|show_author|editors?|edit|ep-source|ep-editor|zrbj|liability|articleedit|"
    r"p-tags|m-zbtool|ar_writer|pagesource_all|editor_baidu|author|rm_type|edit-?name|show_author_name)(?=[\s]|"
    r"$)",
    re.I,
)
_CAPTION = re.compile(
    r"(?:^|[\s])(?:img_descr|img-?desc\w*|pic-?text|picture-?desc\w*|pic_?(?:txt|desc|info|title)|img-?(?:note|"
    r"text|title|caption|info)|photo-?(?:desc|text|info)|f_center_caption|caption|imgtxt|image-?(?:caption|"
    r"desc)\w*|pictext|vsbcontent_img_desc|text_image_title)(?=[\s]|$)",
    re.I,
)

CAPTION, CREDIT, DOUBTFUL = 1, 2, 4

_USUAL = 120
_LONGEST = 1000
"""Characters of a class or id that are looked at; lists of a framework's small classes are the longest in use."""


def bounded(names: str) -> str:
    """A class or id as patterns may be tried on it: at each blank of a hostile one all of them would be."""
    return names if len(names) <= _USUAL else " ".join(names[:_LONGEST].split())


def names_of(element: Element) -> str:
    """Class and id of an element, parted by a space; empty where it has neither."""
    css, ident = element.get("class"), element.get("id")
    if not css and not ident:
        return ""
    names = f"{css or ''} {ident or ''}"
    return names if len(names) <= _USUAL else f"{bounded(css or '')} {bounded(ident or '')}"


@lru_cache(maxsize=2048)
def _known_name(css: str) -> int:
    return (
        (CAPTION if _CAPTION.search(css) else 0)
        | (CREDIT if _CREDIT_BLOCK.search(css) else 0)
        | (DOUBTFUL if _DOUBTFUL.search(css) else 0)
    )


@lru_cache(maxsize=2048)
def _known_never(css: str) -> bool:
    return _NEVER.search(css) is not None


def kind_of_name(css: str) -> int:
    """What class and id tell of an element, as flags; the same few names stand on every page of a site."""
    # A hostile page's names of any length are not kept.
    return _known_name(css) if len(css) <= _USUAL else _known_name.__wrapped__(css)


def is_never_text(css: str) -> bool:
    """Whether a class and id, joined by a space, name what is never text of an article."""
    return _known_never(css) if len(css) <= _USUAL else _known_never.__wrapped__(css)
