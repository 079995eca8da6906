"""Who is credited with a page: source, editor and authors, weighed by where they stand."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from crawler.parse.article import Article
from crawler.parse.byline import Credits, read_credits
from crawler.parse.dates import first_time
from crawler.parse.furniture import STATEMENT, is_clutter
from crawler.parse.heading import fold_title
from crawler.parse.info_line import PARTED
from crawler.parse.layout import Layout
from crawler.parse.line import Line
from crawler.parse.names import is_name, split_names, vouched_names
from crawler.parse.page import HtmlPage, line_of
from crawler.parse.published import TODAY
from crawler.parse.signed import authors_in_text
from crawler.parse.source_name import clean_source
from crawler.parse.trim import Trimmed
from crawler.parse.unlabelled import (
    MEDIUM_LINE,
    PICTURED,
    account,
    beside_time,
    edition,
    pictured_source,
    unlabelled_source,
)

__all__ = ["header_credits", "read_credited"]

_OPEN_SOURCE = re.compile(r"(?:来源|來源|稿源)\s*[:：]\s*$")
_OPEN_AUTHOR = re.compile(r"(?:作者|记者)\s*[:：]\s*$")
_AUTHOR_CSS = re.compile(
    r"(?:^|[\s_-])(?:auth|author|reporter|writer|zuozhe|byline|rich_media_meta_text)(?:[\s_-]|$)", re.I
)


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
        source = unlabelled_source(header, found)
    above_found = header_credits(above)
    linked = "" if source or above_found.source else account(page, header)
    if is_name(linked, strict=True):
        # A column's writer, who is linked as an account is.
        found.authors = found.authors or [linked]
        linked = ""
    source = source or above_found.source or linked or edition(above)
    if not source and any(PICTURED.search(line.text) for line in header):
        source = pictured_source(page)
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
        medium, writer = beside_time(header, page.title)
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
        medium = MEDIUM_LINE.match(text)
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
        if first is not None and MEDIUM_LINE.match(first["medium"]) and is_name(first["name"], strict=True):
            return [first["name"]]
    return []


_COUNTED = re.compile(r"(?:浏览|阅读|评论|点击)\s?[\d.]+\s?[wWkK万]?\+?")


def _lone_names(header: list[Line]) -> list[str]:
    """The writers whom a line of their own names, between the title and the line that prints the time.

    Two characters alone may be a column's name (金融): three, or several names, are asked for.
    """
    for line in header:
        moment = first_time(line.text) if len(line.text) <= 50 else None
        rest = moment.cut_from(line.text).strip() if moment is not None else ""
        # ◎张三 2021-06-03 08:15, 张三 李四 2021-06-03 08:15
        tokens = _COUNTED.sub("", rest).strip("□■◎●◆▲○◇★☆※·|｜ ").split()
        linked = len(tokens) == 1 and len(tokens[0]) == 3 and line.linked >= 3
        if (
            tokens
            and (len(tokens) > 1 or linked or rest[0] in "□■◎●◆▲○◇★☆※")
            and all(is_name(t, strict=True) for t in tokens)
        ):
            return tokens
    for line, following in pairwise(header):
        text = line.text
        if len(text) > 16 or line.linked or line.kind == "row" or first_time(following.text) is None:
            continue
        tokens = text.replace("、", " ").split()
        if line.kind == "heading" and len(tokens) == 1:
            continue
        if tokens and len("".join(tokens)) >= 3 and all(is_name(token, strict=True) for token in tokens):
            return tokens
    return []


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
