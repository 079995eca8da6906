"""Who is credited with a page: source, editor and authors, weighed by where they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import cast

from crawler.parse.article import Article
from crawler.parse.byline import Credits, clean_source, part_writer, read_credits
from crawler.parse.dates import brief_time, first_time
from crawler.parse.furniture import STATEMENT, is_clutter
from crawler.parse.heading import fold_title
from crawler.parse.layout import Layout
from crawler.parse.line import Line
from crawler.parse.names import is_name, split_names, vouched_names
from crawler.parse.page import Element, HtmlPage, flat
from crawler.parse.published import TODAY
from crawler.parse.signed import authors_in_text
from crawler.parse.trim import PARTED, Trimmed

__all__ = ["header_credits", "line_of", "read_credited"]

_OPEN_SOURCE = re.compile(r"(?:来源|來源|稿源)\s*[:：]\s*$")
_OPEN_AUTHOR = re.compile(r"(?:作者|记者)\s*[:：]\s*$")
_AUTHOR_CSS = re.compile(
    r"(?:^|[\s_-])(?:auth|author|reporter|writer|zuozhe|byline|rich_media_meta_text)(?:[\s_-]|$)", re.I
)
_SOURCE_CSS = re.compile(
    r"(?:^|[\s_-])(?<!rich_)(?:source|media|laiyuan|origin|from|pub-?source)(?:[\s_A-Z-]|$)|[a-z](?:Source|"
    r"Media)"
)
_PAPER = re.compile(r"《(?P<name>[\u3400-\u9fff]{2,10}[报刊])》\s*[（(]\s*\d{4}\s?年\s?\d{1,2}\s?月")
_MEDIUM_LINE = re.compile(
    r"^(?:(?P<name>[\u3400-\u9fff·]{2,4})\s?[/／]\s?)?(?P<medium>[\u3400-\u9fffA-Za-z0-9·+＋-]{2,20}(?:日报|海外版|"
    r"晚报|时报|早报|周刊|周报|商报|青年报|导报|快报|都市报|晨报|新闻网|新闻社|新华社|新华网|"
    r"人民网|中新社|中新网|中国网|客户端|通讯社|电视台|央视网|央视新闻|央广网|光明网|"
    r"证券报|观察报|财联社|经济网|经济报道|全媒体|证券时报网|报业|新闻|财经|报|网|社|報|網|新聞|週刊|电台|電視台|"
    r"(?:报|新闻|财经)(?:APP|App))|参考消息)$"
)


def line_of(element: Element) -> str:
    """An element's text as one line, its parts set apart."""
    return flat(" ".join(cast("Iterator[str]", element.itertext())))


def header_credits(header: list[Line]) -> Credits:
    """Credits of the lines between title and text; a label whose value stands in the next line gets it."""
    found = Credits()
    for index, line in enumerate(header):
        text = line.text
        if len(text) > 200 or TODAY.search(text):
            continue
        said = read_credits(text, loose=True)
        if said is None:
            # 06月03日 · 作者 周明 · 来源 某某网
            parts = PARTED.split(text)
            for part in parts if len(parts) > 1 else ():
                if (of_part := read_credits(part)) is not None:
                    found.merge(of_part)
            continue
        found.merge(said)
        if index + 1 == len(header):
            continue
        following = header[index + 1].text
        if len(following) > 24:
            continue
        if (
            not found.source
            and _OPEN_SOURCE.search(text)
            and not re.search(r"[:：。，]", following)
            and not is_clutter(following)
            and first_time(following) is None
        ):
            found.source = clean_source(following)
        if not found.authors and _OPEN_AUTHOR.search(text):
            found.authors = split_names(following, strict=True)
    return found


def read_credited(
    article: Article,
    page: HtmlPage,
    layout: Layout | None,
    header: list[Line],
    above: list[Line],
    after: list[Line],
    found: Credits,
    trimmed: Trimmed,
    document: dict[str, str] | None,
) -> None:
    """Set an article's source, editor and authors, and take lines that are nothing but a byline from its text.

    Args:
        article: gets the fields.
        page: the page.
        layout: the layout that it is read by, or None.
        header: the lines between title and text.
        above: the lines right above the title.
        after: the lines after the text.
        found: what the header's credits said.
        trimmed: the text and what its lines said.
        document: the header table of a policy document, or None.
    """
    metas = page.metas
    source = ""
    if layout is not None:
        for element in layout.sources(page):
            source = clean_source(re.sub(r"^\s*(?:稿件|信息)?来源\s*[:：]", "", line_of(element)))
            if source:
                article.source_url = page.absolute(element.get("href") or "")
                break
    if not source:
        source = found.source
    if source and fold_title(source) == fold_title(article.title):
        source = ""
    if not source:
        source = _unlabelled_source(header, found)
    above_found = header_credits(above)
    source = source or above_found.source or _account(page, header) or _edition(above)
    if not source and any(_PICTURED.search(line.text) for line in header):
        source = _pictured_source(page)
    end = _after(after)
    if not source:
        source = found.agency or (document or {}).get("发布机构", "") or (document or {}).get("发文机关", "")
    if not source:
        for name in ("mediaid", "contentsource", "source", "article:author", "og:article:author", "copyrightfrom"):
            value = clean_source(re.sub(r"^\s*(?:稿件|信息|文章)?来源\s*[:：]", "", metas.get(name, "")))
            if (
                value
                and fold_title(value) != fold_title(article.title)
                and not (name.endswith("author") and is_name(value, strict=True))
            ):
                source = value
                break
    listed = page.page.listed
    source = (
        source
        or trimmed.credits.source
        or end.source
        or (listed.source if listed is not None else "")
        or trimmed.first_publisher
    )
    article.source = unicodedata.normalize("NFC", source)

    editor, rank = "", 0
    for said in (found, trimmed.credits, end):
        if said.editor and said.editor_rank >= rank:
            editor, rank = said.editor, said.editor_rank
    article.editor = editor

    texts = [line.text for line in trimmed.lines if line.kind in ("text", "item", "heading", "caption")]
    in_text, bylines = authors_in_text(texts)
    if bylines:
        gone = {texts[index] for index in bylines}
        for line in trimmed.lines:
            if (
                line.text in gone
                and not trimmed.credits.source
                and (byline := read_credits(line.text, loose=True))
                and byline.source
            ):
                article.source = article.source or byline.source
        trimmed.lines = [line for line in trimmed.lines if line.text not in gone or line.kind == "image"]
    names: list[str] = []
    for group in (found.authors, trimmed.credits.authors, in_text):
        for name in group:
            if name not in names:
                names.append(name)
    if not names:
        names.extend(_header_reporters([*above, *header]))
    if not names:
        names.extend(above_found.authors)
    if not names:
        medium, writer = _beside_time(header, page.title)
        if writer:
            names.append(writer)
            article.source = article.source or medium
    if not names:
        names.extend(_lone_names(header))
    if not names:
        names.extend(end.authors)
    if not names and listed is not None:
        names.extend(listed.authors)
    if not names:
        # A name in the head counts where the page prints it too, alone or beside the time.
        writer = metas.get("author", "")
        if is_name(writer, strict=True) and any(writer in re.split(r"[\s/／|｜]+", line.text) for line in header):
            names.append(writer)
    article.authors = names


_REPORTER_LINE = re.compile(
    r"^(?:[\u3400-\u9fffA-Za-z·/／]{0,16}?)(?:记者|通讯员|评论员|作者|文)[\s/／丨｜|:：]+(?P<names>.{2,40})$"
)


_BESIDE = re.compile(
    r"(?:^|[\s■◆|｜丨])[^\s，。：:]{0,10}?(?:记者|通讯员|撰文|撰稿|文)[\s/／丨｜|:：]+(?P<names>[\u3400-\u9fff·\s、]{2,40})"
)
_MEDIUM_FIRST = re.compile(r"^(?P<medium>\S{2,16}?)[\s/／|｜丨·]+(?P<name>[\u3400-\u9fff·]{2,7})$")


def _header_reporters(header: list[Line]) -> list[str]:
    for line in header:
        text = line.text
        if len(text) > 60:
            continue
        for piece, css in [*line.pieces, (text, line.css)]:
            if css and len(piece) <= 24 and _AUTHOR_CSS.search(css) and (names := vouched_names(piece)):
                return names
        match = _REPORTER_LINE.match(text)
        if match is not None and (names := vouched_names(match["names"])):
            return names
        medium = _MEDIUM_LINE.match(text)
        if medium is not None and medium["name"] and is_name(medium["name"], strict=True):
            return [medium["name"]]
        moment = first_time(text)
        rest = text.replace(moment.printed, "\t") if moment is not None else text
        match = _BESIDE.search(rest)
        if match is not None:
            tokens = match["names"].split("\t")[0].replace("、", " ").split()
            names = []
            for token in tokens:
                if token in ("通讯员", "实习生", "记者"):
                    continue
                if not is_name(token, strict=True):
                    break
                names.append(token)
            if names:
                return names
        first = _MEDIUM_FIRST.match(text)
        if first is not None and _MEDIUM_LINE.match(first["medium"]) and is_name(first["name"], strict=True):
            return [first["name"]]
    return []


def _beside_time(header: list[Line], head: str) -> tuple[str, str]:
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
        if is_name(writer, strict=True) and (_MEDIUM_LINE.match(medium) or (len(medium) >= 3 and medium in head)):
            return medium, writer
    return "", ""


_BESIDE_PARTS = re.compile(r"[\s|｜丨/／•]+")


def _lone_names(header: list[Line]) -> list[str]:
    """The writers whom a line of their own names, between the title and the line that prints the time.

    Two characters alone may be a column's name (金融): three, or several names, are asked for.
    """
    for line, following in pairwise(header):
        text = line.text
        if len(text) > 16 or line.linked or line.kind in ("heading", "row") or first_time(following.text) is None:
            continue
        tokens = text.replace("、", " ").split()
        if tokens and len("".join(tokens)) >= 3 and all(is_name(token, strict=True) for token in tokens):
            return tokens
    return []


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
_OFFICIAL = re.compile(r"(?:^|[\s·|｜])(?P<name>[^\s·|｜，。:：]{2,20})官方(?:账号|帐号)$")


def _account(page: HtmlPage, header: list[Line]) -> str:
    """The account of a platform that published a page, named by nothing but a link to it beside the time."""
    for index, line in enumerate(header):
        official = _OFFICIAL.search(line.text) if len(line.text) <= 60 else None
        if official is not None:
            return clean_source(official["name"])
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


def _edition(above: list[Line]) -> str:
    """The newspaper of a page of its electronic edition, where paper and page number stand above the title."""
    if not any(_EDITION.search(line.text) for line in above if len(line.text) <= 60):
        return ""
    for line in above:
        paper = _DATED_PAPER.match(line.text) if len(line.text) <= 60 else None
        if paper is not None:
            return paper["name"]
    return ""


_PICTURED = re.compile(r"(?:来源|來源)\s*[:：]\s*(?:$|[\s|｜])")


def _pictured_source(page: HtmlPage) -> str:
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


def _unlabelled_source(header: list[Line], found: Credits) -> str:
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
            medium = _MEDIUM_LINE.match(part.strip("：:·"))
            if medium is not None and near and len(medium["medium"]) >= 3 and "来自" not in part:
                return medium["medium"]
    return ""


_EDITED = re.compile(r"责任?编|(?:^|[\s】\])）|])编辑\s?[:：丨｜|/]")
# 【纠错】 编辑 张三
_EDITED_LAST = re.compile(r"(?:责任编辑|责编|编辑)[\s\u3000]+[\u3400-\u9fff·、\s]{2,20}$")


def _after(after: list[Line]) -> Credits:
    """Editor and source below the text, up to where other things begin."""
    found = Credits()
    for line in after:
        text = line.text
        if len(text) > 160:
            # A statement stands between text and editor; another text ends the search.
            if STATEMENT.match(text) or sum(text.count(mark) for mark in "，。") * 40 < len(text):
                continue
            break
        if re.match(r"^[\s【\[]*(?:相关|推荐|热门|延伸|更多|猜你|为您|精彩)", text):
            break
        said = read_credits(text) or (
            read_credits(text, loose=True) if _EDITED.search(text) is not None and len(text) <= 120 else None
        )
        if said is None and (edited := _EDITED_LAST.search(text)) is not None and len(text) <= 60:
            said = read_credits(edited.group())
        if said is not None:
            found.merge(said)
    return found
