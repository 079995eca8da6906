"""Sina's templates from 2005 to today: finance, news, tech and mobile pages, and the posts made from its feed."""

from __future__ import annotations

import re

from crawler.parse.article import Article
from crawler.parse.layout import layout
from crawler.parse.page import HtmlPage

__all__ = ["LAYOUTS"]

# Promotions, quotes that change at every fetch, polls and shares that Sina sets inside or under the text.
_DROP = (
    "new_style_article", "appendQr_*", "otherContent_01", "ad_*", "sinashareto", "finance_app_zqtg",
    "hqimg_*", "ct_hqimg", "left_hzh_ad", "app-kaihu-qr", "tech-quotation", "sinaad-toolkit-box",
    "show_statement", "article-bottom*", "tip", "wap_special", "sinaads", "quote_*", "artical-player-wrap",
    "a-p-hd", "a-p-bd", "a-p-slide", "video-2017", "videoList*", "video-list", "fin_art_weixin",
    "blk-zcapp", "xb_new_finance_app", "finance_app_*", "hotSe", "wt_article_link_img",
    "textcontentguanggao", "M_Weibo*", "article-editor-app", "special_tag_list", "page-tools",
    "j_relevent_box", "look_more*", "wx_qrcode", "s_relevent", "unfold_*", "sina_keyword_ad_area*",
    "blkComment", "otherNews", "moduleSingleTextarea", "BSHARE_POP", "ceditor_videos", "corrTxt_01",
    "guba", "stock_price*", "zhuanti*",
)  # fmt: skip


def _finish(article: Article, page: HtmlPage) -> None:
    """Sina repeats its own name as the author, and prints no keywords but in the head."""
    article.authors = [name for name in article.authors if not re.match(r"新浪|sina", name, re.I)]


LAYOUTS = (
    layout(
        "sina_finance/feed",
        signs=("#dibao-post",),
        body=("#dibao-post",),
        drop=_DROP,
        finish=_finish,
    ),
    layout(
        "sina_finance/2017",
        signs=(".main-title", "#artibody|#article"),
        body=("#artibody", "#article"),
        title=(".main-title",),
        header=(".date-source",),
        source=(".source",),
        drop=_DROP,
        finish=_finish,
    ),
    layout(
        "sina_finance/2014",
        signs=(".time-source|.page-info|#navtimesource", "#artibody"),
        body=("#artibody",),
        title=("#artibodyTitle", "//div[@class = 'page-header']//h1"),
        header=(".time-source", "#navtimeSource", ".page-info"),
        source=("//*[@data-sudaclick = 'media_name']",),
        drop=_DROP,
        finish=_finish,
    ),
    layout(
        "sina_finance/2012",
        signs=("#pub_date", "#artibody"),
        body=("#artibody",),
        title=("#artibodyTitle",),
        header=("//*[@id = 'pub_date' or @id = 'media_name' or @id = 'author_ename']",),
        source=("#media_name",),
        drop=_DROP,
        finish=_finish,
    ),
    layout(
        "sina_finance/2005",
        signs=("#artibody|#artibodytitle|#zoom",),
        body=("#artibody", "#zoom", "#fontzoom"),
        title=("#artibodyTitle",),
        drop=_DROP,
        finish=_finish,
    ),
    layout(
        "sina_finance/wap",
        signs=(".art_content|.art_box|.art_tit_h1",),
        body=(".art_content", ".art_box"),
        title=(".art_tit_h1",),
        header=(".weibo_detail", "<time"),
        source=(".weibo_user", ".art_cite"),
        drop=_DROP,
        finish=_finish,
    ),
)
