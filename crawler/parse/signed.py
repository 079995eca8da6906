"""Credits inside a text: writers, the editor's note at a line's end, the medium that a last line names."""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.parse.byline import Credits, read_credits
from crawler.parse.names import is_name, split_names, vouched_names, without_place
from crawler.parse.source_name import clean_source

__all__ = ["authors_in_text", "closing_source", "strip_tail"]

_BRACKET = re.compile(
    r"[\s\u3000]*[（(【\[〔［](?P<inner>[^（()【\[〔］】)）]{0,12}(?:责任编辑|責任編輯|责编|"
    r"責編|编辑|編輯|校对|审核)(?:[:：/／\s丨｜|"
    r"])[^（(【\[]{0,60})[)）】\]〕］][\s\u3000]*$"
)
_TAIL = re.compile(
    r"(?:^|(?<=[\s。！？”」）)】\u3000]))"
    r"(?P<inner>(?:责任编辑|責任編輯|责编|責編|编辑|編輯|校对|审核)\s?[:：][^。，；？！]{1,60})$"
)
# …五十分钟左右。来源：某报
_TAIL_SOURCE = re.compile(
    r"(?<=[。！？”」])[\s\u3000]*(?P<inner>(?:文章|稿件|信息)?(?:来源|稿源)\s?[:：][^。，；？！：:（）()]{2,24})$"
)
_REPORTER = r"(?:记者|記者|通讯员|通訊員|实习生|特派员|评论员|撰稿人|撰稿|作者|文[/／])"
_IN_BRACKETS = re.compile(rf"[（(【\[]([^（）()【】\[\]]{{0,40}}?{_REPORTER}[^（）()【】\[\]]{{1,60}})(?:[)）】\]]|$)")
_LEAD = re.compile(
    r"^[\s\u3000]*(?:[^\s，。：:]{0,24}?)(?:特约记者|首席记者|实习记者|见习记者|全媒体记者|"
    r"融媒体记者|记者|記者|评论员|通讯员|特约撰稿人?|撰稿人)[:：]?[\s\u3000\xa0]+(?P<nam"
    r"es>[\u3400-\u9fff·\s、，]{2,60}?)"
    r"(?:\s?(?:报道|摄影报道|综合报道|文[/、]?图?|发自.{2,12}|来源[:：].{0,24}|[（(].{0,30}))?$"
)
_LEAD_GLUED = re.compile(
    r"^[\s\u3000]*(?:本报|本刊|本网|[\u3400-\u9fff·/]{2,12}?)(?:特约|首席|实习|见习|全媒体|"
    r"融媒体)?(?:记者|記者)(?P<names>[\u3400-\u9fff·]"
    r"{2,4})(?:报道)?$"
)
# 新华社记者张三、李四
_LEAD_SEVERAL = re.compile(
    r"^[\u3400-\u9fff·/]{2,12}?(?:记者|記者)(?P<names>[\u3400-\u9fff·]{2,4}(?:[、\s][\u3400-\u9fff·]{2,8}){1,5})(?:报道)?$"
)
# 中新网兰州6月2日电 (张三 李四)
_DATELINE_NAMES = re.compile(
    r"^[\u3400-\u9fff]{4,14}\s?\d{1,2}月\d{1,2}日\s?[电讯][\s\u3000]*[（(](?P<names>[\u3400-\u9fff·\s、]{2,24})[)）]"
)
# 法制网讯 记者张三 警方通报…
_DATELINE_REPORTER = re.compile(
    r"^[\u3400-\u9fffA-Za-z0-9·+/-]{2,24}[讯电网报社刊][\s\u3000]{1,3}(?:特约|首席|实习|见习|全媒体|融媒体)?记者[\s\u3000]?"
    r"(?P<names>[\u3400-\u9fff·]{2,7}(?:[、\s\u3000]{1,2}[\u3400-\u9fff·]{2,7}){0,3})[\s\u3000]"
)
# 经济观察网 记者 张三
_LEAD_SPACED = re.compile(
    r"^[\u3400-\u9fffA-Za-z0-9·+-]{2,18}[\s\u3000]{1,3}(?:特约|首席|实习|见习|全媒体|融媒体)?(?:记者|通讯员)[\s\u3000:：]{1,3}"
    r"(?P<names>[\u3400-\u9fff·\s、，]{2,40}?)(?:\s?(?:报道|摄影报道|综合报道|文[/、]?图?))?$"
)
# 张三/文, 张三 李四 | 文
_TRAILED = re.compile(
    r"^(?P<names>[\u3400-\u9fff·\s、，]{2,24}?)[\s\u3000]?[/／|｜丨][\s\u3000]?(?:文|文[、/]图|图[、/]文|撰文)$"
)
_CLOSING_NAME = re.compile(r"[（(【]([\u3400-\u9fff·•\s、，/]{2,24})[)）】][\s\u3000]*$")
_INLINE = re.compile(
    r"(?:记者|記者)[\s\u3000]*(?P<names>[\u3400-\u9fff·]{2,6}(?:[、\s][\u3400-\u9fff·]{2,6}){0,4})[\s\u3000]*(?:报道|"
    r"報道|摄影报道|综合报道)"
)


_GLUED = re.compile(
    r"(?:人民网|新华网|新华社|中新网|中新社|光明网|央广网|中国网|本报|本网|[\u3400-\u9fff]{2,4}(?:日报|晚报|在线))[\s·]?(?P<name>[\u3400-\u9fff]{2,3})"
)
# 华夏时报（www.example.net.cn）记者 周明
_SITE = re.compile(r"[（(](?:www\.)?[\w-]{2,30}(?:\.[a-z]{2,6}){1,3}[）)]")
# 宣传部 周明
_OFFICE = re.compile(r"(?:部|科|处|办|办公室|中心|学院|院|局|室|委|馆|社|系|团委|工会|所|队)$")
# 编辑 王小川 校对 李四
_OTHER_ROLE = re.compile(r"[\s\u3000](?:编辑|责编|校对|审核|摄影|制图|排版|视频)[\s\u3000]")
_MEDIUM_FIRST = re.compile(
    r"[\u3400-\u9fff]{2,6}(?:财经|新闻|[报网社刊]|观察|周刊)[\s\u3000]{1,2}(?P<name>[\u3400-\u9fff]{2,3})"
)
_MARKS = "□■◎●◆▲○◇★☆※ \u3000"


# 某某大学 周明丽
_INSTITUTE = re.compile(r"\S{2,12}(?:大学|学院|研究院|研究所|党校|研究中心)$")


def _named_first(printed: str, text: str, following: int) -> list[str]:
    """The names of a first line that is nothing but names, behind a mark, an institute, or two and more of them."""
    tokens = text.replace("、", " ").split()
    marked = printed[:1] in "□■◎●◆▲○◇★☆※"
    if len(tokens) > 1 and _INSTITUTE.match(tokens[0]):
        marked, tokens = True, tokens[1:]
    if not tokens or following < 30 or not (marked or len(tokens) > 1) or len("".join(tokens)) < 3:
        return []
    return tokens if all(is_name(token, strict=True) for token in tokens) else []


def authors_in_text(paragraphs: list[str]) -> tuple[list[str], set[int]]:
    """Authors that the text names, and the indices of the lines that are nothing but a byline.

    Looked for where bylines stand: the first five lines and the last four.
    """
    names: list[str] = []
    bylines: set[int] = set()
    last = len(paragraphs) - 1
    where = [i for i in range(len(paragraphs)) if i < 5 or i > last - 4]

    def add(found: list[str]) -> bool:
        for name in found:
            if name not in names:
                names.append(name)
        return bool(found)

    for index in where:
        text = paragraphs[index].strip().lstrip(_MARKS)
        if " · " in text[:30]:
            text = text.replace(" · ", "·", 1)
        if "." in text[:40]:
            text = _SITE.sub("", text)
        # 记者 张三 摄 is said of a picture.
        if len(text) <= 90 and not text.endswith("摄"):
            match = _LEAD.match(text) or _LEAD_GLUED.match(text)
            if match is not None and add(split_names(_OTHER_ROLE.split(match["names"], maxsplit=1)[0], said=True)):
                bylines.add(index)
                continue
            match = _MEDIUM_FIRST.fullmatch(text) if index < 2 and len(text) <= 16 else None
            if match is not None and add(split_names(match["name"], strict=True)):
                bylines.add(index)
                continue
            match = _LEAD_SPACED.match(text) or _TRAILED.match(text) or _LEAD_SEVERAL.match(text)
            if match is not None and add(split_names(match["names"], strict=True)):
                bylines.add(index)
                continue
            said = read_credits(text)
            if said is not None and said.authors:
                add(said.authors)
                bylines.add(index)
                continue
        if index < 2 and len(text) <= 20 and index < last:
            found = _named_first(paragraphs[index].strip(), text, len(paragraphs[index + 1]))
            if found and add(found):
                bylines.add(index)
                continue
        match = _DATELINE_REPORTER.match(text) if "记者" in text[:40] else None
        if match is not None:
            for token in re.split(r"[、\s]+", without_place(match["names"])):
                # 记者张三 李四 警方通报…: the names end where the sentence begins.
                if not is_name(token, strict=True) or not add([token]):
                    break
        match = _DATELINE_NAMES.match(text)
        if match is not None and len(found := split_names(match["names"], strict=True)) == len(
            match["names"].replace("、", " ").split()
        ):
            add(found)
        head = text if index > last - 4 else text[:160]
        for match in _IN_BRACKETS.finditer(head):
            inner = match.group(1)
            if "来源" in inner or "作者" in inner:
                said = read_credits(inner, loose=True)
                if said is not None and said.authors:
                    add(said.authors)
                    continue
            at = re.search(_REPORTER, inner)
            assert at is not None
            if re.match(r"系|为|單位|单位", inner[at.end() :]):
                continue
            rest = inner[at.end() :].lstrip(":：丨｜|/／ ")
            # （人民网张三 通讯员李四）
            glued = _GLUED.fullmatch(inner[: at.start()].strip())
            if glued is not None and is_name(glued["name"], strict=True):
                add([glued["name"]])
            add(split_names(rest))
            found = split_names(rest)
            if (
                len(text) <= 40
                and match.group().strip() == text
                and (split_names(rest, strict=True) or (found and "".join(found) == re.sub(r"[\s、，]", "", rest)))
            ):
                bylines.add(index)
        if not names and index < 3:
            match = _INLINE.search(text[:60]) if "报道" in text[:80] or "報道" in text[:80] else None
            if match is not None:
                add(split_names(without_place(match["names"]), strict=True))
    if not names and paragraphs:
        for index in range(last, max(-1, last - 3), -1):
            match = _CLOSING_NAME.search(paragraphs[index])
            if match is not None and ("摄" not in match.group(1) or re.search("[文报稿]", match.group(1))):
                found = split_names(match.group(1), strict=True)
                if "、" in match.group(1) and not paragraphs[index][: match.start()].strip():
                    found = vouched_names(match.group(1))
                parts = [
                    part
                    for part in re.split(r"[\s、，/]+", match.group(1).strip())
                    if part
                    and not re.search("摄|报道|供稿|撰稿", part)
                    and _OFFICE.search(part) is None
                    and not _MEDIUM.search(part)
                ]
                if found and len(found) >= len([p for p in parts if len(p) > 1]):
                    add(found)
                    if not paragraphs[index][: match.start()].strip():
                        bylines.add(index)
                    break
    return names, bylines


_CLOSING_SOURCE = re.compile(
    r"[（(【](?:来源|来源于|稿源|转自|据|原载|综合)?[:：]?\s?([^（）()【】，。；]{2,24})[)）】][\s\u3000]*$"
)
# （原载2021年6月3日《某报》）
_PRINTED_IN = re.compile(
    r"[（(](?:本文)?(?:原载|[发刊]?刊于|发表于)于?(?:\d{4}年\d{1,2}月\d{1,2}日)?的?《(?P<medium>[^《》]{2,14})》[^（）()。]{0,24}[)）][\s\u3000]*$"
)
_MEDIUM = re.compile(
    r"(?:日报|晚报|时报|早报|周刊|周报|商报|青年报|导报|快报|都市报|晨报|新闻网|新闻社|新华社|"
    r"新华网|人民网|中新社|中新网|中国网|客户端|通讯社|电视台|广播|央视网|央视新闻|"
    r"央广网|光明网|证券报|参考消息|观察报|财联社|经济网|报$|网$|社$|新闻$|在线$|观察$|头条$|"
    r"融媒体?$|发布$|视听$|石榴云|(?:[报网]|新闻|经纬|财经|观察)APP$)"
)


def closing_source(line: str) -> tuple[str, bool] | None:
    """The first publisher that an article's last line names in brackets, and whether the line holds nothing else.

    `（新疆日报）` and `（来源：中国新闻网）` are; `（新华社记者张三）` and `（完）` are not.
    """
    printed = _PRINTED_IN.search(line) if "原载" in line or "刊于" in line else None
    if printed is not None:
        return printed["medium"], not line[: printed.start()].strip()
    match = _CLOSING_SOURCE.search(line)
    if match is None:
        return None
    text = match.group(1).strip()
    if not _MEDIUM.search(text) or re.search(
        r"\d[月日时]|^此[件文]|记者|通讯员|编辑|作者|摄$|供图|下同|以下简称|简称", text
    ):
        return None
    alone = not line[: match.start()].strip()
    labelled = re.match(r"[（(【](?:来源|稿源|转自|原载)", match.group()) is not None
    if not alone and not labelled and is_name(text, strict=True):
        return None
    medium, _, writer = text.rpartition(" ")
    if medium and is_name(writer, strict=True):
        # （人民日报客户端 张三）: the name is still to be read.
        return clean_source(medium), False
    return clean_source(text), alone


def strip_tail(line: str) -> tuple[str, Credits | None]:
    """A line without the editor's note in brackets that ends it, and what the note said."""
    noted: Credits | None = None
    if "编" in line or "編" in line or "校" in line or "审" in line:
        for pattern in (_BRACKET, _TAIL):
            match = pattern.search(line, max(0, len(line) - 100))
            if match is not None:
                said = read_credits(match["inner"], loose=True)
                if said is not None and (said.editor or said.other):
                    line, noted = line[: match.start()].rstrip(" \u3000（([【"), said
                    break
    match = _TAIL_SOURCE.search(line, max(0, len(line) - 60)) if "源" in line[-40:] else None
    if match is not None and (said := read_credits(match["inner"])) is not None and said.source:
        line = line[: match.start()]
        if noted is not None:
            # The credits that were read are shared.
            said = replace(noted, source=noted.source or said.source)
        noted = said
    return line, noted
