"""Lines of a header: those that tell time, source, tools or names and nothing else."""

from __future__ import annotations

import re

from crawler.parse.byline import read_credits
from crawler.parse.dates import brief_time, first_time
from crawler.parse.line import Line
from crawler.parse.names import is_medium, is_name
from crawler.parse.page import squeeze

__all__ = ["ADDRESS", "INFO", "PARTED", "is_info", "names_beside_time"]

INFO = re.compile(
    r"来源|來源|发布|發布|时间|日期|作者|字号|字体|浏览|点击|访问|阅读|分享|打印|编辑|记者|\d{4}[-年./]\d"
)
_DATELINE = re.compile(r"(?:讯|电|讯员|日电|报道)[\s（(]")
PARTED = re.compile(r"\s+[·•|｜丨/]\s+")
_YEARLESS = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}-\d{1,2}(?:\s\d{1,2}:\d{2})?")
_COUNTED = re.compile(r"(?:浏览|阅读|点击|评论|人气)(?:量|数|次数)?[\s:：]*\d*次?")
_PUBLISHED = re.compile(r"^(?:发布|发表|刊登|更新)[于在]?[\s/／|｜]*(?=\d{4})")


ADDRESS = re.compile(r"https?://[\w./?=&%#:~+-]{4,200}")
_SITE = re.compile(r"(?:https?://|www\.)[\w./?=&%#:~+-]{4,80}\s", re.I)


def names_beside_time(line: Line) -> bool:
    """A line of nothing but a time with its hour, a medium or an account that is linked, and names."""
    text = line.text
    moment = first_time(text)
    if moment is None or len(moment.precision) == 3:
        return False
    rest = moment.cut_from(text)
    tokens = [token for token in re.split(r"[\s|｜丨/／•]+", rest) if token.strip("·•—-")]
    if not tokens or len(tokens) > 4 or re.search(r"[，。；！？：:]", rest):
        return False
    if line.linked >= len(squeeze(rest).strip("·•—-")) and len(tokens) <= 2:
        return True
    media = sum(1 for token in tokens if is_medium(token))
    return media == 1 and all(is_medium(token) or is_name(token, strict=True) for token in tokens)


# 3小时前 来源：某报
_AGO = re.compile(r"(?:\d{1,2}\s?(?:分钟|小时|天)前|刚刚|[昨前今]天\s?\d{1,2}:\d{2})\s*")


def is_info(text: str) -> bool:
    """A line that tells time, source or tools and nothing else."""
    if not INFO.search(text):
        return False
    found = read_credits(text)
    if found is not None and (found.times or found.source or found.agency):
        return True
    moment = first_time(text) or brief_time(text)
    if moment is None and (ago := _AGO.match(text)) is not None:
        return not text[ago.end() :].strip() or read_credits(text[ago.end() :]) is not None
    if moment is None and len(parts := PARTED.split(text)) > 2:
        # 06月03日 · 作者 周明 · 来源 某某网
        return all(_YEARLESS.fullmatch(part) or read_credits(part) is not None for part in parts)
    if moment is None or re.search(r"[。！？]", text):
        return False
    text = _PUBLISHED.sub("", _SITE.sub("", text).lstrip())
    rest = squeeze(text.replace(moment.printed, "", 1))
    loose = read_credits(text, loose=True)
    if loose is not None and (loose.source or loose.authors or loose.other):
        return len(rest) <= 60
    if loose is not None and loose.times and len(rest) <= 4 and ":" in moment.printed.replace("：", ":"):
        return True
    if ":" in moment.printed.replace("：", ":") and not re.search(r"[，：、；“]", rest) and not _DATELINE.search(text):
        # 某某报 2021-06-03 08:15 浏览 66
        counted = _COUNTED.sub("", rest)
        if counted != rest and len(counted) <= 10:
            return True
    return (
        text.strip(" （(【[").startswith(moment.printed[:4])
        and len(rest) <= 14
        and not _DATELINE.search(text)
        and not re.search(r"[，：、]", rest)
    )
