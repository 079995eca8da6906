"""What a page is, before it is read: a refusal, a soft 404, a gallery, a video, a list, an article."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crawler.errors import Fate
from crawler.fetch import challenge
from crawler.parse.body import text_length
from crawler.parse.page import HtmlPage, flat, squeeze, text_of

__all__ = ["kind_of_page", "looks_like_list", "refusal"]

_GONE = re.compile(
    r"页面没有找到|您(?:访问|请求|查看|浏览|要找)的(?:页面|内容|文章|网页|信息|资源)(?:已|"
    r"不|没有|可能|未|找不到|无法)|(?:页面|文章|网页|内容|信息|稿件|该新闻|"
    r"该信息|该文|此文|此页面?|该页面?)(?:已(?:经)?(?:被)?(?:删除|下线|失效|移除|撤销|过期)|"
    r"不存在|找不到|未找到|无法找到|走丢|丢失)|"
    r"抱歉[,，]?.{0,12}(?:页面|文章|内容|网页).{0,8}(?:不存在|删除|找不到|无法|失效|离家出走|"
    r"没有找到)|404\s*(?:Not Found|错误|页面|-|_|"
    r"－|找不到)|Not Found|秒钟?之?后.{0,12}(?:带您|自动|将)?(?:进入|跳转|返回).{0,10}首页|"
    r"文章已下线|信息不存在|参数错误|无此信息|暂无内容|该栏目不存在|"
    r"没有找到您?要?访问的",
    re.I,
)
_MOVED = re.compile(
    r"<meta[^>]{0,120}http-equiv\s*=\s*[\"']?refresh[\"']?[^>]{0,200}?url\s*=\s*[\"']?(?P<url>[^\"'>\s]+)|"
    r"(?:window\.|document\.|self\.|top\.)?location(?:\.href)?\s*=\s*[\"'](?P<url1>[^\"']+)[\"']|location\.replace"
    r"\(\s*[\"'](?P<url2>[^\"']+)[\"']",
    re.I,
)
_GALLERY_URL = re.compile(
    r"^https?://(?:slide|photo|photos|pic|picture|tu|tuku)\.|/slide_|/photo(?:s|set|view)?/|/gallery/|"
    r"/tuji/|/hdsrc/|/picture/",
    re.I,
)
_GALLERY = ("var slide_data", "GALLERY_DATA", "galleryData", "photo-set-list", 'id="SI_Scroll', 'id="photoview"')
_VIDEO_URL = re.compile(r"^https?://(?:video|v|tv|vod|live|zhibo)\.|/videonews/|/video/|/shipin/|/vod/", re.I)
_VIDEO = (
    "<video", "videojs", "video_id", "creatH5", "h5player", "vodplayer", "playerContainer", "SinaPageVideo",
    "artical-player-wrap", ".m3u8", ".mp4",
)  # fmt: skip


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> tuple[Fate, str] | None:
    """Whether an answer refuses us (see `crawler.fetch.challenge.recognise`)."""
    return challenge.recognise(status, headers, body)


def kind_of_page(page: HtmlPage, paragraphs: list[str], images: int, *, titled: bool) -> tuple[Fate, str] | None:
    """The fate of a page that is no article, or None for an article.

    Called after reading, since only what was read tells a short notice from an error page.

    Args:
        page: the page.
        paragraphs: what was read as text.
        images: pictures in the text.
        titled: whether a title and a time, source or editor were found: what only articles have.
    """
    size = sum(len(squeeze(text)) for text in paragraphs)
    url = page.page.url
    if size < 400:
        head = page.title[:200] + "\n" + "\n".join(paragraphs[:12])
        gone = _GONE.search(head)
        if gone is None and not titled and size < 120:
            body = page.root.find("body")
            if body is not None and text_length(body) < 1500:
                gone = _GONE.search(flat(text_of(body)))
        if gone is not None and (not titled or size < 120):
            return Fate.SOFT_404, f"status {page.page.status}, and the page says: {gone.group().strip()[:60]}"
    if size < 60:
        moved = _moved(page)
        if moved:
            return Fate.OTHER_KIND, f"the page only sends its reader to {moved}"
    if size < 20 and not images and "getNewsLinkUrl" in page.source:
        return Fate.OTHER_KIND, "a news item of VSB that only links to another site"
    if _GALLERY_URL.search(url) and (size < (120 if titled else 400) or _has(page, _GALLERY)):
        return Fate.GALLERY, "a picture gallery by its address"
    if size < 60 and _has(page, _GALLERY):
        return Fate.GALLERY, "a picture gallery by its script"
    # A film's page may print a sentence of its own; with an editor or a source it is a short article.
    told = titled and size >= 15 and any(mark in text for text in paragraphs for mark in "。，")
    if size < 30 and not told and not images and (_VIDEO_URL.search(url) or _has(page, _VIDEO)):
        return Fate.VIDEO, "a player and no text"
    return None


def _has(page: HtmlPage, signs: tuple[str, ...]) -> bool:
    return any(sign in page.source for sign in signs)


def _moved(page: HtmlPage) -> str:
    body = page.root.find("body")
    if body is not None and text_length(body) > 200:
        return ""
    match = _MOVED.search(page.source)
    if match is None:
        return ""
    url = page.absolute(match["url"] or match["url1"] or match["url2"] or "")
    return url if url and url.split("#")[0] != page.page.url.split("#")[0] else ""


def looks_like_list(page: HtmlPage) -> str:
    """Why a page is a list of links and not an article, or empty."""
    body = page.root.find("body")
    if body is None:
        return ""
    links = [len(squeeze(text_of(link))) for link in body.iter("a")]
    headlines = [size for size in links if size >= 8]
    total = text_length(body)
    if len(headlines) >= 8 and sum(links) * 10 >= total * 5:
        return f"{len(headlines)} headlines make up {sum(links) * 100 // max(total, 1)} % of the text"
    return ""
