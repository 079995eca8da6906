"""Credits: who wrote, who edited, who published first; from lines that say nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from crawler.parse.english import read_english
from crawler.parse.names import is_name, split_names, without_code
from crawler.parse.source_name import MEDIUM_END, clean_source, part_writer

__all__ = ["Credits", "editor_names", "read_credits"]

# Labels by what they mean. The editor who answers for the page (责任编辑) outranks the article's own (编辑).
_LABELS: tuple[tuple[str, str], ...] = (
    ("editor3", r"(?:本文|本网|网站|稿件)?责任编辑|責任編輯|责任编缉|责编辑"),
    ("editor2", r"(?:本文|本期|本版|网络|新媒体|微信|网站)?(?:责编|責編)"),
    (
        "editor1",
        r"(?:本文|本期|本版|值班|版面|网络|网站|执行|见习|实习|新媒体|融媒体|栏目|微信|内容|文字|图文|"
        r"终端|在线)?(?:编辑|編輯|小编)(?:录入)?|选稿|网编",
    ),
    (
        "author",
        r"(?:本文|原文)?作者(?:姓名)?|文字|(?<![\u3400-\u9fff])文(?=\s?[:：])|撰文|撰稿人?|采写|执笔人?|文字?记者|通讯员|通訊員|记者|記者|"
        r"特约记者|见习记者|本报记者|文\s?[/／丨｜|](?:图)?|采访|文图|撰文[/／]?|发布[人者]|发稿人|供稿人|"
        r"投稿人|执笔|采编|著作者|信息员",
    ),
    (
        "source",
        r"(?:文章|信息|新闻|稿件|本文|消息|内容|资料|文字|原文|转载|来源|数据)?(?:来源|來源)(?:网站|"
        r"单位|部门|于)?|(?:本文)?(?:文章来源|稿源|转载自|摘自|转自)|来 源|文章出处|出处|"
        r"转载(?=\s?[:：])|[报上]送单位|来文单位|信息出处|供稿单位|来稿单位|"
        r"原标题来源",
    ),
    (
        "time",
        r"(?:发布|发表|发文|更新|发稿|公开|创建|添加|录入|刊发|上传|上线|时间|编辑|投稿|信息|撰写|生成|"
        r"成文|最后更新|修改|公布|印发|来源)?(?:时间|日期|時間|日期于)|发布于|发表于|更新于",
    ),
    (
        "agency",
        r"发布机构|发布单位|发文机关|发布部门|信息发布|公开责任部门|制发机关|发文单位|信息所属单位|"
        r"公开部门|发布机关|责任部门|提供单位",
    ),
    (
        "supply",
        r"供稿|来稿",
    ),
    (
        "other",
        r"(?:海报|平面|视觉|美术|封面|图片|视频|音频|动画|后期|新媒体|版式|整体)(?:设计|制作|剪辑|包装|编辑|处理|支持)|"
        r"浏览次数|浏览量|浏览数|浏览|点击次数|点击量|点击数|点击率|点击|访问量|访问次数|阅读次数|"
        r"阅读量|阅读数|阅读|人气|评论|字号|字体(?:大小)?|字体显示|文字大小|视力保护色?|分享到?|"
        r"分享至|打印|收藏|关键[词字]|标签|tags?|(?:内容|图文|信息)?审核人?|审稿人?|审校|校对|校審|校审|核稿|审签|签发|复审|终审|"
        r"初审|一审|二审|三审|监审|监制|监 制|总监制|"
        r"(?:总|联合|本期)(?:策划|统筹|主编|监制)|出品人?|策划|统筹|制片|设计|美编|美术编辑|视觉|"
        r"视觉设计|排版|版式|制图|制作|剪辑|摄影|摄像|图片|图片编辑|图片来源|图源|题?图|视频|视频来源|"
        r"(?:本文|本期)?(?:图编|文编)|主编|副主编|总编|总编辑|执行主编|值班主任|值班总编|翻译|编译|值班编委|责任校对|运营|"
        r"海报|后期|文案|配音|播音|供图|栏目|分类|所属栏目|索引号|文号|订阅|"
        r"实习生|新媒体编辑助理|信息分类|扫码|统稿|制表|作图|编审|审读|核校",
    ),
)
# A label begins with one of the characters that labels are made of: most places of a line are passed over by that.
_LABEL = re.compile(
    "(?=["
    + "".join(sorted({c for _, pattern in _LABELS for c in pattern if c.isalpha()}))
    + "])(?:"
    + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _LABELS)
    + r")(?:\s?[:：︰]|(?<=[/／丨｜|])|\s?[/／丨｜|](?=\s?[\u3400-\u9fff]))\s{0,4}",
    re.I,
)
# A label followed by a space and names only: 作者 周宇翔, 编辑 周褶褶 ｜ 排版 魏蔚, 责任编辑 张三.
_BARE = re.compile(
    r"(?:^|(?<=[\s\u3000|｜丨/／■◆●]))(?:[\u3400-\u9fff]{2,10}?(?:特约|首席|资深|实习|见习|全媒体|融媒体)?(?=记者|编辑))?"
    r"(?P<label>责任编辑|责任校对|责编|编辑|(?:值班|本期|本文|见习|实习)编辑|校对|审核|策划|统筹|编审|审读|[初复终一二三][审校]|排版|版式|制图|"
    r"视觉|运营|主编|监制|摄影|图片|设计|实习生|作者|撰文|"
    r"撰稿|采写|文|记者|通讯员|来源)[\s\u3000\xa0]{1,6}"
)
_FRAMED = re.compile(
    r"\s*[【\[（(〔](?P<label>责任编辑|责编|编辑)[\s\u3000\xa0]{1,6}(?P<name>[\u3400-\u9fff·]{2,7})[】\]）)〕]\s*$"
)
# 编 辑：, 来　源：
_SPREAD = re.compile(r"(?<![\u3400-\u9fff])[\u3400-\u9fff](?:[\s\u3000]{1,4}[\u3400-\u9fff]){1,3}(?=[\s\u3000]?[:：])")
# 【记者】张三
_BOXED = re.compile(
    r"^\s*[【\[〔［](?P<label>[\u3400-\u9fff/、]{2,8})[】\]〕］]\s*[:：]?\s*(?P<value>[^：:。，【】]{2,60})$"
)
# 【作者】张三 【来源】某报
_BOX = re.compile(r"[【〔［]\s{0,3}(?P<label>[\u3400-\u9fff/、]{2,8})\s{0,3}[】〕］][:：\s]{0,3}(?=[^\s【〔［])")
_MAIL = re.compile(
    r"[（(]?\s{0,2}(?:(?:电子)?(?:邮箱|邮件)|E-?mail)?\s{0,2}[:：]?\s{0,2}[\w.+-]{1,40}@[\w-]{1,40}(?:\.[\w-]{1,20}){1,4}\s{0,2}[）)]?",
    re.I,
)
_WRAP_SPACE = " \t\u3000\xa0"
_COLON = re.compile("[:：︰/／丨｜|]")
_BARE_RANK = {
    "责任编辑": 3,
    "责编": 2,
    "编辑": 1,
    "值班编辑": 1,
    "本期编辑": 1,
    "本文编辑": 1,
    "见习编辑": 1,
    "实习编辑": 1,
}
_WRAP = "[](){}（）【】〔〕［］<>《》「」|｜丨·•-—–─=*＊◆◇■□●○▲△★☆►▶▼※ \u3000\xa0\t/／、，,；;。"
_VALUE_WRAP = "[]{}【】〔〕［］<>|｜丨·•-—–─=*＊ \u3000\xa0\t/／、，,；;。"


@dataclass(slots=True)
class Credits:
    """What lines of credits said; of editors the rank of the label decides."""

    editor: str = ""
    editor_rank: int = 0
    authors: list[str] = field(default_factory=list)
    source: str = ""
    agency: str = ""
    times: list[tuple[str, str]] = field(default_factory=list)
    """(label, value) pairs, unread."""
    other: int = 0

    def merge(self, later: Credits) -> None:
        """Take over what a later line says: a higher editor wins, of equals the later; a first source stays."""
        if later.editor and later.editor_rank >= self.editor_rank:
            self.editor, self.editor_rank = later.editor, later.editor_rank
        for name in later.authors:
            if name not in self.authors:
                self.authors.append(name)
        self.source = self.source or later.source
        self.agency = self.agency or later.agency
        self.times.extend(later.times)
        self.other += later.other


@lru_cache(maxsize=4096)
def read_credits(line: str, *, loose: bool = False) -> Credits | None:
    """Read a line that is nothing but said, or None where it says anything else.

    Args:
        line: one line as printed.
        loose: what stands before the first label does not count against the line (a header line may begin with the
            time, a medium's name, a font-size switch).

    The result is shared between callers: it is read, never changed.
    """
    if line.isascii() and (english := read_english(line)) is not None:
        authors, source, editor = english
        return Credits(editor, 1 if editor else 0, authors, source, other=1)
    boxed = _BOXED.match(line)
    text = (f"{boxed['label']}：{boxed['value']}" if boxed is not None else line).strip(_WRAP)
    if not text or len(text) > 400:
        return None
    if boxed is None and "】" in text and line.lstrip(_WRAP_SPACE).startswith("【"):
        text = _unboxed(line)
    if "\t" in text and loose:
        text = _row(text)
    if "@" in text:
        text = _MAIL.sub(" ", text).strip(_WRAP)
    if _SPREAD.search(text) is not None:
        text = _SPREAD.sub(lambda spread: "".join(spread.group().split()), text)
    if not _COLON.search(text):
        framed = _FRAMED.match(line)
        if framed is not None and is_name(framed["name"]):
            # [责任编辑 娜仁]: a name without a known surname.
            return Credits(framed["name"], _BARE_RANK[framed["label"]], other=1)
        return _bare(text) if len(text) <= 80 and _BARE.match(text) is not None else None
    if not loose and (len(text) > 240 or (len(text) > 60 and _LABEL.match(text) is None)):
        return None
    if not loose and line.rstrip().endswith("。") and ("，" in text or len(text) > 30):
        return None
    labels = list(_LABEL.finditer(text))
    if not labels:
        return _bare(text) if len(text) <= 80 else None
    if not loose:
        before = text[: labels[0].start()].strip(_WRAP).removeprefix("本文")
        # 某报·某网记者 张三 来源：某报 is as short as a byline is, 张三 来源：某报 as a name.
        longest = 30 if before.startswith(("记者", "通讯员")) or _OF_REPORTER.search(before) is not None else 12
        if before and not (len(before) <= longest and split_names(before, strict=True)):
            end = labels[1].start() if len(labels) > 1 else len(text)
            if not _prefixed(before, labels[0], text[labels[0].end() : end]):
                return None
    found = Credits()
    if (
        not loose
        and before
        and labels[0].lastgroup == "author"
        and text[labels[0].end() :].strip(_VALUE_WRAP) in ("", "图", "摄", "摄影")
    ):
        # 张三 文/图
        found.authors.extend(split_names(before, strict=True))
    elif not loose and before and ("记者" in before or "通讯员" in before):
        # 某报记者张三 摄影：李四
        found.authors.extend(split_names(before, strict=True))
    for index, label in enumerate(labels):
        end = labels[index + 1].start() if index + 1 < len(labels) else len(text)
        raw = text[label.end() : end]
        kind = label.lastgroup or "other"
        if not _take(found, kind, label.group().strip(" :：\u3000"), raw, strict=not loose):
            if loose:
                continue
            return None
    return found


def _unboxed(line: str) -> str:
    """A line whose labels stand in boxes as one whose labels end with a colon; any other line as it is."""
    labels = list(_BOX.finditer(line))
    if len(labels) < 2 or any(
        _LABEL.fullmatch(f"{label['label']}：") is None or not line[label.start() - 1 : label.start()].isspace()
        for label in labels[1:]
    ):
        return line.strip(_WRAP)
    return _BOX.sub(lambda label: f" {label['label']}：", line).strip(_WRAP)


def _row(text: str) -> str:
    """A table's row whose cells are labels and values by turns, as labels that end with a colon."""
    cells = [cell.strip() for cell in text.split("\t")]
    if len(cells) < 4 or len(cells) % 2 or any(_LABEL.fullmatch(f"{cell}：") is None for cell in cells[::2]):
        return text
    return "　".join(f"{label}：{value}" for label, value in zip(cells[::2], cells[1::2], strict=True))


_STAMPED = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?)?")
_OF_REPORTER = re.compile(r"(?:记者|通讯员)[\s\u3000:：][\u3400-\u9fff·\s、]{2,20}$")
_OTHER_HAND = re.compile(r"[\s\u3000]+(?:摄影|图片|编辑|责编|审核|校对|制图|视频|剪辑)(?=[\s\u3000:：/／])")
_SOURCE_REPORTER = re.compile(r"[（(｜|丨\s].{0,8}?(?:记者|通讯员|作者)[:：\s]*(?P<names>[^（）()]{2,30})(?:[)）]|$)")


def _prefixed(before: str, label: re.Match[str], value: str) -> bool:
    """Whether what stands before a line's first label belongs to it: 每经记者：, 流程编辑：."""
    kind = label.lastgroup or ""
    pattern = r"[\u3400-\u9fffA-Za-z·+/-]{2,16}" if "记者" in label.group() else r"[\u3400-\u9fff]{2,6}"
    if re.fullmatch(pattern, before) is None:
        return False
    if not kind.startswith("editor") and "记者" not in label.group():
        return False
    return bool(split_names(value, strict=True)) or re.fullmatch(r"\s*[A-Za-z]{0,3}\d{2,6}\s*", value) is not None


_UNKNOWN = re.compile(r"[\s\u3000|｜，,；;]+[\u3400-\u9fff]{2,6}\s?[:：]")
# Shy夏夏, 阿飞Fly
_PEN_NAME = re.compile(r"[A-Za-z]{1,10}[\u3400-\u9fff]{1,6}|[\u3400-\u9fff]{1,6}[A-Za-z]{1,10}")


def _take(found: Credits, kind: str, label: str, raw: str, *, strict: bool) -> bool:
    value = raw.strip(_VALUE_WRAP)
    if (":" in value or "：" in value) and (kind == "author" or kind.startswith("editor")):
        # What stands behind a label that is not known is nobody's name: 编辑：王晓 信息类型：要闻.
        value = _UNKNOWN.split(value, maxsplit=1)[0]
    if "【" in value and not value.startswith("【") and (kind == "author" or kind.startswith("editor")):
        # 责编：李静 【推荐】
        value = value.partition("【")[0].strip(_VALUE_WRAP)
    if kind.startswith("editor"):
        if len(value) > 60 or "。" in value:
            return False
        editor = editor_names(value)
        rank = int(kind[-1])
        if label.startswith(("实习", "见习")) and found.editor:
            # 编辑：张三 实习编辑：李四
            editor = ""
        if editor and rank >= found.editor_rank:
            found.editor, found.editor_rank = editor, rank
        found.other += 1
        return True
    if kind == "author":
        if len(value) > 90 or "。" in value:
            return False
        # 记者：… and 作者：… also open the turns of an interview.
        if strict and re.search(r"[？?！!]", value):
            return False
        # 摄影 李四: who took the pictures wrote nothing.
        value = _OTHER_HAND.split(value, maxsplit=1)[0]
        certain = label in ("文字", "文") or ("者" in label and "作者" not in label)
        names = split_names(value, strict=strict and certain, said=True)
        if (
            strict
            and value
            and not names
            and (len(value) > 30 or not label.startswith(("作者", "本文作者", "原文作者")))
        ):
            return False
        if not names and label.endswith("作者") and len(value.split()) > 0:
            pen = value.split()[0]
            names = [pen] if _PEN_NAME.fullmatch(pen) and not MEDIUM_END.search(pen.rstrip("APp")) else []
        for name in names:
            if name not in found.authors:
                found.authors.append(name)
        found.other += 1
        return True
    if kind == "source":
        if strict and (len(value) > 60 or "。" in value):
            return False
        if strict and label.startswith(("资料", "数据")):
            # Where a table's figures come from: of the text, and not the article's source.
            return False
        found.other += 1
        source, writer = part_writer(clean_source(_UNKNOWN.split(value, maxsplit=1)[0]))
        if writer and writer not in found.authors:
            found.authors.append(writer)
        found.source = found.source or source
        said = _SOURCE_REPORTER.search(value)
        if said is not None:
            found.authors.extend(name for name in split_names(said["names"], strict=True) if name not in found.authors)
        return True
    if kind == "supply":
        names = split_names(value, strict=True)
        if not names:
            found.agency = found.agency or clean_source(value)
        found.authors.extend(name for name in names if name not in found.authors)
        found.other += 1
        return len(value) <= 40 and "。" not in value
    if kind == "agency":
        if strict and label.startswith("责任部门"):
            # Who is to carry out a measure.
            return False
        found.agency = found.agency or clean_source(value)
        return len(value) <= 60
    if kind == "time":
        if strict and (
            (not re.search(r"\d", value) and value) or (label in ("时间", "日期") and _STAMPED.fullmatch(value) is None)
        ):
            # 时间 alone is also the hour of a meeting.
            return False
        found.times.append((label, raw.strip()))
        return True
    if strict and (len(value) > 80 or "。" in value):
        return False
    if label.startswith(("监制", "总监制", "出品")):
        # 出品：科普中国
        found.other += 1
        return not strict or (len(value) <= 16 and not re.search("[，。；、]|由", value))
    named = _ROLE.match(label) is not None or label.endswith(("/", "／"))
    if strict and value and named and not (split_names(value) or _HOUSE.search(value)):
        # 设计：双向六车道 and 统筹：由市交通局牵头 say something else.
        return False
    found.other += 1
    return True


# 周明 某大学教授: a name, and what its bearer is.
_WHO = re.compile(
    r"[\u3400-\u9fff·]{2,7}[\s\u3000]{1,4}\S{2,24}(?:教授|研究员|主任|院长|所长|会长|经济学家|分析师|博士|律师|评论员|专家|学者|撰稿人)"
)


_ROLE = re.compile(
    r"审|校|核|签|初|复|终|一|二|三|监|总|出品|策划|统筹|制|设计|美|视觉|排|版|剪|摄|主|副|执行|翻译|编|运营|后期|文案|配音|播音|供图|实习|责任|作图|统稿"
)
_HOUSE = re.compile(
    r"^.{0,16}(?:社|报|网|台|中心|部|中国|资料|网络|新媒体|工作室|发布|公司|办公室|办|局|委|院|校|处|科|组|室|股|站|馆|所|厅|团委|镇|乡|街道)(?:供图|图片?)?$"
)


_WRITES = frozenset(("作者", "撰文", "撰稿", "采写", "文", "记者", "通讯员"))


def _bare(text: str) -> Credits | None:
    labels = list(_BARE.finditer(text))
    if not labels or labels[0].start() != 0:
        return None
    found = Credits()
    for index, label in enumerate(labels):
        end = labels[index + 1].start() if index + 1 < len(labels) else len(text)
        value = text[label.end() : end].strip(_WRAP)
        if label["label"] == "来源":
            source = clean_source(value)
            if not source or len(source) > 16:
                return None
            found.source = source
            continue
        names = split_names(value, strict=True)
        # Every word of the value must be a name: 编辑 部门 负责人 is a sentence.
        if len("".join(names)) != len(re.sub(r"[\s、，,/／|｜丨]", "", value)) and not (
            label["label"] in ("作者", "撰文", "撰稿", "文") and names and _WHO.fullmatch(value)
        ):
            return None
        rank = _BARE_RANK.get(label["label"], 0)
        if rank and rank >= found.editor_rank:
            found.editor, found.editor_rank = "、".join(names), rank
        elif label["label"] in _WRITES or (label["label"] == "实习生" and index and labels[0]["label"] in _WRITES):
            found.authors.extend(names)
        found.other += 1
    return found


def editor_names(value: str) -> str:
    """The editors of a label's value, joined by 、; a staff code alone is kept as printed."""
    names = split_names(value)
    if names:
        return "、".join(names)
    # A pen name, a single given name or a code is still the editor as printed.
    text = re.sub(r"[（(][^（）()]*[)）]?", "", value).strip(_WRAP)
    if not text or len(text) > 12 or re.search(r"[:：<>]|编辑|来源|打印|关闭|返回|分享|首页", text):
        return ""
    return without_code(text)
