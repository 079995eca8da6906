"""What belongs to the page and not to the text: cut from a body's lines by rules on whole lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.parse.byline import Credits, read_credits
from crawler.parse.document import has_marks, is_document_row
from crawler.parse.furniture import FOOTER, LINK_LINE, LIST_HEADING, STATEMENT, SURE_FOOTER, is_clutter
from crawler.parse.heading import fold_title
from crawler.parse.info_line import ADDRESS, INFO, is_info, names_beside_time
from crawler.parse.line import Line
from crawler.parse.names import is_medium
from crawler.parse.page import squeeze
from crawler.parse.repair import is_spam
from crawler.parse.signed import closing_source, strip_tail

__all__ = ["Trimmed", "trim"]

_ORIGINAL = re.compile(
    r"^[\s（(【\[]*原(?:文)?(?:标题|题)(?:为[:：]?|[:：]|[\s\u3000丨｜|]+(?=[^。]{2,60}$))\s*(?P<title>.{2,120}?)[)）】\]]?$"
)
_PRINT = re.compile(
    r"^[\s《]*(?P<medium>[\u3400-\u9fff]{2,12})[\s》]*(?:[（(]|(?<=》))\s*\d{4}年\d{1,2}月\d{1,2}日\s*(?:第\s*)?\d{1,3}\s*"
    r"版\s*[)）]?$"
)
_ROLE_ONLY = re.compile(
    r"^(?:新华社|本报|本刊|本网|人民日报|中新社|光明日报|经济日报)?(?:特约)?(?:记者|评论员|通讯员)$"
)
_CREDITED = re.compile(
    r"^图为|^图\d{0,2}[:：]|(?:摄|供图|图源.{0,12}|资料图片?|视觉中国(?:\s?资料)?|新华社发|图片来源.{0,20})[)）"
    r"。\s]*$"
)
# Centred under a picture and yet the text's own: a numbered heading, the date under a notice.
_NO_CAPTION = re.compile(
    r"[（(]?[一二三四五六七八九十]{1,3}[）)、.]|第[一二三四五六七八九十]|\d{4}年\d{1,2}月\d{1,2}日$|二[〇○零]"
)
# 本文来自微信公众号“某某”（ID：abc），作者：周明，编辑：王小川，某网经授权发布。
_CAME_FROM = re.compile(
    r"[（(]?本文(?:来自|来源于?|转自|转载自|首发[于自])(?P<medium>[^，。（）“”：:\s]{2,14}(?=[，。]))?[^。]{0,80}?"
    r"(?:作者\s?[:：]|编辑\s?[:：]|授权|ID\s?[:：]|公众号|更多.{0,12}(?:下载|关注))"
)


# 本文转载自某报
_TAKEN = re.compile(r"本文(?:转载?自|来自|来源于|选自|摘自|原载于?)[《“]?(?P<medium>[^《》“”。，：:]{2,20})[》”]?。?")


@dataclass(slots=True)
class Trimmed:
    """The text of a body, and what the lines said that left it."""

    lines: list[Line]
    credits: Credits = field(default_factory=Credits)
    head: list[Line] = field(default_factory=list)
    """Lines before the text inside the body: title, time, source."""
    original_title: str = ""
    first_publisher: str = ""
    cut: int = 0
    spam: int = 0
    copies: int = 0


def trim(lines: list[Line], title: str = "", parted: Sequence[Line] = ()) -> Trimmed:
    """Cut from a body's lines all that is not its text.

    Args:
        lines: as read.
        title: the article's title, whose repetition at the head is no paragraph.
        parted: the first lines with a space wherever elements part them, as a header's line is read.
    """
    result = Trimmed([])
    lines, cut = _end(_head(lines, title, result, {squeeze(line.text): line for line in parted}))
    for line in cut:
        if line.text and len(line.text) <= 160 and (said := read_credits(line.text)) is not None:
            result.credits.merge(said)
    result.cut += len(cut)
    total = sum(len(line.text) for line in lines)
    seen = 0
    listing = False
    for line in lines:
        seen += len(line.text)
        if line.kind == "image":
            result.lines.append(line)
            continue
        text = line.text
        if listing and len(text) <= 60 and line.linked * 10 >= len(squeeze(text)) * 8 and not line.files:
            result.cut += 1
            continue
        listing = False
        late = seen * 3 >= total * 2
        if result.lines and result.lines[-1].kind == "image" and _is_caption(line):
            line.kind = "caption"
        paper = _PRINT.match(text) if "版" in text else None
        if paper is not None:
            result.first_publisher = paper["medium"]
            continue
        if text[:3].lstrip("（(").startswith("本文") and len(text) <= 240 and (came := _CAME_FROM.match(text)):
            if came["medium"] and is_medium(came["medium"]):
                result.first_publisher = result.first_publisher or came["medium"]
            if (said := read_credits(text, loose=True)) is not None:
                result.credits.merge(said)
            result.cut += 1
            continue
        taken = _TAKEN.fullmatch(text) if text.startswith("本文") and len(text) <= 30 else None
        if taken is not None and is_medium(taken["medium"]):
            result.first_publisher = result.first_publisher or taken["medium"]
            result.cut += 1
            continue
        if len(text) <= 20 and _ROLE_ONLY.match(text):
            result.cut += 1
            continue
        original = _ORIGINAL.match(text) if "原" in text else None
        if original is not None and "。" not in text:
            result.original_title = result.original_title or _unwrapped(text, original["title"])
            continue
        if is_clutter(text):
            result.cut += 1
            # The links that stand below 相关阅读 go with it.
            listing = LIST_HEADING.match(text) is not None
            continue
        if line.kind != "row":
            said = read_credits(text)
            if said is not None:
                result.credits.merge(said)
                continue
            rest, noted = strip_tail(text)
            if noted is not None:
                result.credits.merge(noted)
                if not rest:
                    continue
                if is_clutter(rest):
                    result.cut += 1
                    continue
                line.text = text = rest
                line.html = ""
        if line.linked and _is_menu(line):
            result.cut += 1
            continue
        if line.linked * 2 >= len(text) and len(text) <= 80 and not line.files and LINK_LINE.match(text):
            result.cut += 1
            continue
        if (late or seen == len(text)) and "。" not in text and is_spam(text) and not re.search("[！？]", text):
            result.spam += 1
            continue
        if late and STATEMENT.match(text) and len(text) <= 600:
            result.cut += 1
            continue
        result.lines.append(line)
    _closing(result)
    _one_copy(result, fold_title(title))
    return result


def _is_menu(line: Line) -> bool:
    """A row of short links side by side and nothing else: 资金流向 千股千评 个股诊断."""
    links = line.html.count("<a ")
    return (
        links >= 3
        and line.kind != "row"
        and not line.files
        and line.linked >= len(squeeze(line.text))
        and len(line.text) <= links * 8
    )


def _unwrapped(line: str, title: str) -> str:
    """An original title without the brackets that stood around the whole remark, and with its own."""
    title = title.strip()
    if line.lstrip()[0] not in "（(【[" and line.rstrip()[-1] in "）)】]":
        title += line.rstrip()[-1]
    if title.startswith("《") and title.endswith("》") and title.count("《") == 1:
        title = title[1:-1]
    return title


def _is_caption(line: Line) -> bool:
    """A short line right under a picture that is set or worded like its caption."""
    if line.kind not in ("text", "caption") or len(line.text) > 100:
        return False
    return (
        line.kind == "caption"
        or _CREDITED.search(line.text) is not None
        or (line.centred and len(line.text) <= 50 and not _NO_CAPTION.match(line.text))
    )


def _title_below_menus(lines: list[Line], folded: str) -> int:
    """Where the title stands, with a text below it, in a container that begins with the page's menus; else 0."""
    size = linked = 0
    for index, line in enumerate(lines):
        text = line.text
        if index >= 14 and abs(len(text) - len(folded)) <= 8 and fold_title(text) == folded:
            told = any(len(later.text) > 40 and later.linked * 2 < len(later.text) for later in lines[index + 1 :])
            return index if told and linked * 2 >= size else 0
        if len(text) > 40 and line.linked * 2 < len(text):
            return 0
        size += len(text)
        linked += line.linked
    return 0


def _head(lines: list[Line], title: str, result: Trimmed, parted: dict[str, Line]) -> list[Line]:
    """Take title, time and source lines from the head of a body that holds its own heading."""
    folded = fold_title(title)
    keep: list[Line] = []
    start = _title_below_menus(lines, folded) if len(lines) > 14 and folded else 0
    if start:
        result.head.extend(line for line in lines[start - 6 : start] if line.text)
        lines = lines[start:]
    broken = 0
    formal = has_marks([line for line in lines[:14] if line.kind == "row"])
    for index, line in enumerate(lines[:14]):
        text = line.text
        if line.kind == "image":
            keep.append(line)
            continue
        if folded and fold_title(text) == folded:
            # Everything before a repeated title is breadcrumb and tools, if it is short.
            if all(len(before.text) <= 40 or INFO.search(before.text) for before in keep if before.text):
                result.head.extend(before for before in keep if before.text)
                keep = [before for before in keep if before.kind == "image"]
            result.head.append(line)
            continue
        if index < broken:
            continue
        if formal and is_document_row(line):
            result.head.append(line)
            continue
        if folded and len(text) < 60 and folded.startswith(fold_title(text)):
            # A title that a line break parts.
            for end in (index + 2, index + 3):
                if fold_title("".join(part.text for part in lines[index:end])) == folded:
                    broken = end
                    break
            if index < broken:
                result.head.append(line)
                continue
        if len(text) <= 90 and (is_info(text) or ADDRESS.fullmatch(text)):
            result.head.append(line)
            continue
        told = parted.get(squeeze(text)) if len(text) <= 90 else None
        if told is not None and names_beside_time(told):
            result.head.append(told)
            continue
        if is_clutter(text):
            result.cut += 1
            result.head.append(line)
            continue
        if len(text) > 40 or text.endswith(("。", "，", "：", "；")):
            return keep + lines[index:]
        keep.append(line)
    return keep + lines[14:]


def _end(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Part a text from the lists of other things that follow it inside its container."""
    total = sum(len(line.text) for line in lines)
    seen = 0
    for index, line in enumerate(lines):
        seen += len(line.text)
        if seen * 10 < total * 3 or line.kind == "image" or not line.text:
            continue
        if len(line.text) <= 60 and not line.text.endswith("。") and LIST_HEADING.match(line.text):
            rest = [other for other in lines[index + 1 :] if other.text]
            if line.text.startswith(("主办", "承办")) and not any(
                SURE_FOOTER.search(other.text) for other in (line, *rest)
            ):
                continue
            if not rest and not line.linked and _ASIDE.match(line.text):
                continue
            size = sum(len(other.text) for other in rest)
            linked = sum(other.linked for other in rest) + (len(line.text) if line.linked else 0)
            # Short sentences below 相关阅读 and a link or two are the text that goes on.
            told = sum(1 for other in rest if not other.linked and other.text.endswith(("。", "。”", "！", "？")))
            goes_on = told >= 2 and told * 2 >= len(rest) and _OF_READERS.search(line.text) is None
            short = 0 if goes_on else sum(1 for other in rest if len(other.text) <= 40)
            if (
                not rest
                or linked * 2 >= size
                or FOOTER.search(line.text)
                or (short * 10 >= len(rest) * 8 and len(rest) >= 2)
                or _teasers(rest)
            ):
                return _foot(lines[:index], lines[index:])
    return _foot(lines, [])


# 相关链接：什么是…？: what a text says at its end, and no link.
_ASIDE = re.compile(r"^(?:相关(?:链接|阅读)|推荐阅读)[\u3400-\u9fff]{0,4}[:：].{6,}[？。》”]$")
_OF_READERS = re.compile("评论|跟[帖贴]|感兴趣|喜欢")


def _teasers(rest: list[Line]) -> bool:
    """Whether lines are a list of linked headlines, each with a sentence or a time of its own."""
    headlines = sum(1 for line in rest if len(line.text) >= 10 and line.linked * 10 >= len(line.text) * 8)
    return headlines >= 3 and headlines * 4 >= len(rest)


def _foot(lines: list[Line], rest: list[Line]) -> tuple[list[Line], list[Line]]:
    """Part from a text the link lists and footers that end a container without a heading of their own."""
    last = len(lines)
    while last:
        line = lines[last - 1]
        if len(line.text) >= 24 and line.linked * 2 < len(line.text) and not FOOTER.search(line.text[:200]):
            break
        last -= 1
    tail = lines[last:]
    links = [
        index
        for index, line in enumerate(tail)
        if line.text and line.linked * 10 >= len(line.text) * 8 and not line.files
    ]
    footers = [index for index, line in enumerate(tail) if FOOTER.search(line.text)]
    if not any(SURE_FOOTER.search(line.text) for line in tail):
        # 主办单位 also ends the notice of an event.
        footers = []
    # A single linked line may end a text (a reference); a run of them does not.
    start = min([*links[:1], *footers[:1]]) if len(links) >= 2 or footers else len(tail)
    while 0 < start < len(tail) and len(tail[start - 1].text) <= 16 and LIST_HEADING.match(tail[start - 1].text):
        start -= 1
    kept = [line for line in tail[start:] if line.files]
    return [*lines[: last + start], *kept], [*(line for line in tail[start:] if not line.files), *rest]


def _closing(result: Trimmed) -> None:
    if result.first_publisher:
        return
    for index in range(len(result.lines) - 1, max(-1, len(result.lines) - 4), -1):
        line = result.lines[index]
        if not line.text:
            continue
        found = closing_source(line.text)
        if found is not None:
            result.first_publisher, alone = found
            if alone:
                del result.lines[index]
            return
        if len(line.text) > 40:
            return


def _one_copy(result: Trimmed, title: str) -> None:
    """Keep one of two renderings of the same text in one container."""
    lines = result.lines
    long = [
        (index, squeeze(line.text)) for index, line in enumerate(lines) if len(line.text) >= 24 and line.kind != "row"
    ]
    first: dict[str, int] = {}
    for index, text in long:
        if text not in first:
            first[text] = index
            continue
        start = first[text]
        # The text starts again here: how much of what follows is a repetition of what was?
        rest = [squeeze(line.text) for line in lines[index:] if line.text]
        before = Counter(squeeze(line.text) for line in lines[:index] if line.text)
        repeated = sum(len(text) for text in rest if text in before)
        size = sum(len(text) for text in rest)
        head = sum(len(squeeze(line.text)) for line in lines[:start])
        body = sum(len(squeeze(line.text)) for line in lines[start:index])
        if size and repeated * 10 >= size * 8 and repeated * 10 >= body * 8 and head * 3 <= body:
            end = index
            head_lines = {squeeze(line.text) for line in result.head}
            # The second copy's own heading goes with it.
            while end > start + 1 and (
                (before[squeeze(lines[end - 1].text)] > 1 and len(lines[end - 1].text) < 24)
                or (title and fold_title(lines[end - 1].text) == title)
                or squeeze(lines[end - 1].text) in head_lines
            ):
                end -= 1
            del lines[end:]
            result.copies += 1
            return
