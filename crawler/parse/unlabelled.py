"""Source and writer where no label names them: by their place beside the time, a link, a logo, an edition."""

from __future__ import annotations

import re

from crawler.parse.byline import Credits
from crawler.parse.dates import brief_time, first_time
from crawler.parse.furniture import is_clutter
from crawler.parse.line import Line
from crawler.parse.names import is_name
from crawler.parse.page import HtmlPage, line_of
from crawler.parse.source_name import clean_source, part_writer

__all__ = ["MEDIUM_LINE", "PICTURED", "account", "beside_time", "edition", "pictured_source", "unlabelled_source"]

_SOURCE_CSS = re.compile(
    r"(?:^|[\s_-])(?<!rich_)(?:source|media|laiyuan|origin|from|pub-?source)(?:[\s_A-Z-]|$)|[a-z](?:Source|"
    r"Media)"
)
_PAPER = re.compile(r"《(?P<name>[\u3400-\u9fff]{2,10}[报刊])》\s*[（(]\s*\d{4}\s?年\s?\d{1,2}\s?月")
MEDIUM_LINE = re.compile(
    r"^(?:(?P<name>[\u3400-\u9fff·]{2,4})\s?[/／]\s?)?(?P<medium>[\u3400-\u9fffA-Za-z0-9·+＋-]{2,20}(?:日报|海外版|"
    r"晚报|时报|早报|周刊|周报|商报|青年报|导报|快报|都市报|晨报|新闻网|新闻社|新华社|新华网|"
    r"人民网|中新社|中新网|中国网|客户端|通讯社|电视台|央视网|央视新闻|央广网|光明网|"
    r"证券报|观察报|财联社|经济网|经济报道|全媒体|证券时报网|报业|新闻|财经|报|网|社|報|網|新聞|週刊|电台|電視台|"
    r"(?:报|新闻|财经)(?:APP|App))|参考消息)$"
)


def beside_time(header: list[Line], head: str) -> tuple[str, str]:
    """Medium and writer that a line prints beside the time without a label: 盖世汽车 方盈盈 2021-06-03 08:15.

    The medium must be known by its ending or be named in the page's head.
    """
    for line in header:
        moment = first_time(line.text) if len(line.text) <= 60 else None
        if moment is None or len(moment.precision) == 3:
            continue
        tokens = [token for token in _BESIDE_PARTS.split(moment.cut_from(line.text)) if token.strip("·•—-")]
        if len(tokens) != 2:
            continue
        medium, writer = tokens
        if is_name(medium, strict=True) and not is_name(writer, strict=True):
            medium, writer = writer, medium
        if is_name(writer, strict=True) and (MEDIUM_LINE.match(medium) or (len(medium) >= 3 and medium in head)):
            return medium, writer
    return "", ""


_BESIDE_PARTS = re.compile(r"[\s|｜丨/／•]+")


# A medium's account on a platform: /c/user/88, author.example.com, /mediaShare/home/88/media, /dy/media/T1.html
_ACCOUNT = re.compile(
    r"(?:^|[/.?&=])(?:u|c|users?|author|profile|media\w{0,8}|mp|accounts?|space|member|home|subscribe|dingyue|"
    r"columnist|guest|om|cpid)(?=[/=?&.]|$)",
    re.I,
)
_NO_ACCOUNT = re.compile(
    r"关注|评论|打印|收藏|分享|举报|订阅|登录|注册|字[号体]|微[博信]|手机|客户端$|专题|论坛|纠错|朗读|听新闻|首页|更多|原创|参与|"
    r"有话|推荐|投稿|频道$|栏目$|进入|查看|返回|下载|转发|[:：。，！？]"
)
# 2021-06-03 08:15 来自河北: platforms print where an account is.
_HOME = re.compile(r"\d\s{0,3}(?:来自|发[布表]于|IP属地[:：]?)\s?[\u3400-\u9fff]{2,4}$")
_OFFICIAL = re.compile(r"(?:^|[\s·|｜])(?P<name>[^\s·|｜，。:：]{2,20})官方(?:账号|帐号)$")


def account(page: HtmlPage, header: list[Line]) -> str:
    """The account of a platform that published a page, named by nothing but a link to it beside the time."""
    for index, line in enumerate(header):
        official = _OFFICIAL.search(line.text) if len(line.text) <= 60 else None
        if official is not None:
            return clean_source(official["name"])
        following = header[index + 1].text if index + 1 < len(header) else ""
        if (
            2 <= len(line.text) <= 12
            and _HOME.search(following) is not None
            and first_time(following) is not None
            and _NO_ACCOUNT.search(line.text) is None
            and not is_clutter(line.text)
        ):
            return clean_source(line.text)
        near = any(
            first_time(other.text) or brief_time(other.text) or _YEARLESS.search(other.text)
            for other in header[max(0, index - 2) : index + 3]
        )
        if not line.linked or len(line.text) > 60 or not near:
            continue
        for link in page.root.iter("a"):
            href = link.get("href") or ""
            if not href or len(href) > 300 or _ACCOUNT.search(href) is None:
                continue
            name = line_of(link)
            if 2 <= len(name) <= 20 and name in line.text and _NO_ACCOUNT.search(name) is None:
                source = clean_source(name)
                if source and not is_clutter(source) and first_time(source) is None:
                    return source
    return ""


_EDITION = re.compile(r"第\s?[A-Z]?\d{1,3}\s?版|[A-Z]?\d{1,3}\s?版\s?[:：]")
_DATED_PAPER = re.compile(r"^(?:《\s?)?(?P<name>[\u3400-\u9fff]{2,10}[报報刊])(?:\s?》)?\s*(?:\d{4}\s?[年-]|$)")


def edition(above: list[Line]) -> str:
    """The newspaper of a page of its electronic edition, where paper and page number stand above the title."""
    if not any(_EDITION.search(line.text) for line in above if len(line.text) <= 60):
        return ""
    for line in above:
        paper = _DATED_PAPER.match(line.text) if len(line.text) <= 60 else None
        if paper is not None:
            return paper["name"]
    return ""


PICTURED = re.compile(r"(?:来源|來源)\s*[:：]\s*(?:$|[\s|｜])")


def pictured_source(page: HtmlPage) -> str:
    """A medium that a page names by its logo: 来源：<img alt="人民网">."""
    for image in page.root.iter("img"):
        name = image.get("alt") or image.get("title") or ""
        parent = image.getparent()
        if not 2 <= len(name) <= 16 or parent is None:
            continue
        if parent.tag == "a":
            parent = parent.getparent()
        if parent is not None and len(text := line_of(parent)) <= 120 and re.search("来源|來源", text):
            return clean_source(name)
    return ""


_YEARLESS = re.compile(r"(?<![\d-])\d{1,2}(?:-|月)\d{1,2}日?\s{1,3}\d{1,2}:\d{2}(?!\d)")
# 本文来源于 国家统计局 2024-05-11 09:36
_SPACED_SOURCE = re.compile(
    r"(?:^|[\s\u3000])(?:本文|文章|稿件|信息|新闻)?(?:来源|稿源)于?[\s\u3000]+(?P<name>[^\s\d:：，。|｜][^\s:：，。|｜]{1,19})"
)


def unlabelled_source(header: list[Line], found: Credits) -> str:
    """A medium's name that stands beside the time or in a line of its own, without a label."""
    for line in header:
        for text, css in [*line.pieces, (line.text, line.css)]:
            if len(text.strip()) <= 24 and css and _SOURCE_CSS.search(css) and first_time(text) is None:
                source, writer = part_writer(clean_source(text))
                if source and not is_clutter(source) and not re.search(r"来自|关注|原创|[:：。，]", source):
                    if writer and writer not in found.authors:
                        found.authors.append(writer)
                    return source
    for line in header:
        # 《人民日报》（2022年06月13日 第 01 版）
        paper = _PAPER.search(line.text)
        if paper is not None:
            return paper["name"]
    for index, line in enumerate(header):
        text = line.text
        if len(text) > 60:
            continue
        moment = first_time(text)
        spaced = _SPACED_SOURCE.search(text) if moment is not None and "源" in text else None
        if spaced is not None and (source := clean_source(spaced["name"])):
            return source
        near = moment is not None or any(
            first_time(other.text) or brief_time(other.text) or _YEARLESS.search(other.text)
            for other in header[max(0, index - 1) : index + 2]
        )
        rest = moment.cut_from(text) if moment is not None else text
        for part in re.split(r"[\s|｜]+", rest.strip()):
            medium = MEDIUM_LINE.match(part.strip("：:·"))
            if medium is not None and near and len(medium["medium"]) >= 3 and "来自" not in part:
                return clean_source(medium["medium"])
    return ""
