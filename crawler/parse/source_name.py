"""The name of who published first, as printed and without what stands around it."""

from __future__ import annotations

import re

from crawler.parse.names import is_medium, is_name

__all__ = ["MEDIUM_END", "clean_source", "part_writer"]

MEDIUM_END = re.compile(r"(?:[报社网台刊]|经济报道|客户端|新闻|在线|周[刊报])$")
_SOURCE_CUT = re.compile(
    r"\s*(?:作者|[大中小]字|[（(]\s?(?:ID|微信|公众号)[:：]|"
    r"编辑|责编|责任编辑|记者|浏览|点击|访问|阅读|字号|字体|【字|\[字|分享|打印|"
    r"发布时间|发布日期|时间|日期|更新|评论|收藏|关注|我[要来]|有?\s?\d+\s?[条人]|查看|手机|扫一扫|大 中 小|"
    r"大中小|T[\|大小]|"
    r"A-|A\+|小 中 大|听新闻|语音|朗读|视力|纠错|\d{4}[-年/.]\d|\d{2}([-/.])\d{1,2}\1\d|免责|参与|撰写|发表|"
    r"网友(?:评论|跟)|保护视力|责任|原标题|类型|分类|跟[贴帖]|字號|字級|編輯|時間|瀏覽|發[布佈])"
)
_PLACE = re.compile(
    r"\s+(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|"
    r"湖北|湖南|广东|广西|海南|四川|"
    r"贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|内蒙古|香港|澳门|台湾|举报|参与互动|我有话说|"
    r"进入贴吧|订阅|＋关注|\+关注)(?:举报)?(?:\s.*)?$"
)
_SOURCE_PARTED = re.compile(r"(?<=\S)(?:\s[|｜丨]\s|\s[【\[]|\s[\u3400-\u9fff·]{2,4}\s?[/／]?\s?摄(?:$|\s))")
_SOURCE_EDGE = " \t\u3000\xa0|｜丨:：·•-—–\"'，,；;。、>＞<＜*"


def clean_source(value: str) -> str:
    """A source as printed, without what stands around it in the same line."""
    text = re.sub(r"\s+", " ", value).strip(_SOURCE_EDGE)
    text = re.sub(r"^(?:(?:本文|文章|信息|新闻|稿件)来源[于自]?[:：\s]*|北京时间\s*)", "", text)
    text = re.sub(r"\s+(?:微博|官方微博)\s*$", "", text)
    text = _PLACE.sub("", text)
    cut = _SOURCE_CUT.search(text)
    if cut is not None:
        text = text[: cut.start()] if cut.start() else ""
    parted = _SOURCE_PARTED.search(text)
    if parted is not None:
        text = text[: parted.start()]
    text = text.strip(_SOURCE_EDGE)
    for opening, closing in ("（）", "()", "【】", "[]", "《》", "“”"):
        # 《人民日报》 alone is the name with its marks; an unpaired bracket belongs to what was cut.
        if text.startswith(opening) and text.endswith(closing) and text.count(opening) == 1:
            text = text[1:-1].strip()
        elif (text.endswith(closing) and opening not in text) or (text.endswith(opening)):
            text = text[:-1].strip()
        elif text.startswith(opening) and closing not in text:
            text = text[1:].strip()
    for opening, closing in ("《》", "（）", "()"):
        # 人民网-《人民日报 at a line's end, whose marks were taken for its frame.
        if text.count(opening) > text.count(closing):
            text += closing
    # 2015 网易: 来源: 上海证券报·中国证券网 (上海)
    text = re.sub(r"\s[（(][\u3400-\u9fff]{2,4}[)）]?$", "", text)
    if (
        not text
        or len(text) > 60
        or re.fullmatch(r"[\W\d_]+|null|无|undefined|空|.{0,4}来源", text)
        or "{" in text
        or "function" in text
    ):
        return ""
    return _first_of_two(text)


# 县委宣传部 周明丽, but 教育部 高教司
_OFFICE_END = re.compile(r"(?:[部局办科处室院委会站镇乡司厅所系队股组]|中心|街道|[中小大]学|学校|公司)$")
_TWO = re.compile(r"(?P<first>\S{3,20})\s(?P<second>\S{4,20})")


def _first_of_two(text: str) -> str:
    """The first of two media that a space parts: who published, and on whose site it stands."""
    two = _TWO.fullmatch(text)
    return two["first"] if two is not None and is_medium(two["first"]) and is_medium(two["second"]) else text


def part_writer(source: str) -> tuple[str, str]:
    """A cleaned source without the writer who is printed behind it (`科技日报 付丽丽`), and the writer."""
    medium, _, writer = source.rpartition(" ")
    if (
        medium
        and is_name(writer, strict=True)
        and (
            MEDIUM_END.search(medium) is not None
            or (_OFFICE_END.search(medium) is not None and len(writer) == 3 and _OFFICE_END.search(writer) is None)
        )
    ):
        return medium.strip(), writer
    return source, ""
