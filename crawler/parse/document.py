"""The header table of a policy document (索引号, 发文字号, 发布机构 …), label to value as printed."""

from __future__ import annotations

import re

from crawler.parse.line import Line
from crawler.parse.page import squeeze

__all__ = ["has_marks", "is_document_row", "read_document"]

_LABELS = {
    "索引号": "索引号", "索引": "索引号", "发文字号": "发文字号", "文号": "发文字号",
    "文件编号": "发文字号", "发布机构": "发布机构", "发布单位": "发布机构", "发文机关": "发文机关",
    "发文单位": "发文机关", "制发机关": "发文机关", "公文种类": "公文种类", "信息分类": "信息分类",
    "主题分类": "主题分类", "分类": "主题分类", "成文日期": "成文日期", "生成日期": "成文日期",
    "发文日期": "成文日期", "发布日期": "发布日期", "公开日期": "发布日期", "公开时间": "发布日期",
    "印发日期": "发布日期", "名称": "名称", "标题": "名称", "信息名称": "名称", "文件名称": "名称",
    "主题词": "主题词", "关键词": "主题词", "有效性": "有效性", "效力状态": "有效性", "时效": "有效性",
    "生效日期": "生效日期", "施行日期": "生效日期", "废止日期": "废止日期", "失效日期": "废止日期",
    "组配分类": "组配分类", "体裁分类": "体裁分类", "服务对象": "服务对象", "公开方式": "公开方式",
    "公开责任部门": "公开责任部门", "内容概述": "内容概述", "信息格式": "信息格式", "语种": "语种",
    "统一编号": "统一编号", "登记号": "登记号", "规范性文件编号": "登记号", "公开范围": "公开范围",
    "公开形式": "公开方式",
}  # fmt: skip
# Labels as sites print them, to what they mean; the record keeps them as printed.
_CORE = ("索引号", "发文字号", "发布机构", "发文机关")
_PAIR = re.compile(
    r"(?P<label>[\u3400-\u9fff](?:[ \u3000]?[\u3400-\u9fff]){1,7})\s*[:：】\]]\s*(?P<value>[^:：【\[\t]{0"
    r",80}?)(?=\s*"
    r"[【\[]?[\u3400-\u9fff](?:[ \u3000]?[\u3400-\u9fff]){1,7}\s*[:：】\]]|\t|$)"
)


_MARKS = re.compile("索引号|发文字号|发文机关|制发机关|文号")


def has_marks(lines: list[Line]) -> bool:
    """Whether lines speak of a document's header at all; the table is looked for only then."""
    return _MARKS.search(squeeze("".join(line.text for line in lines if len(line.text) <= 160))) is not None


def is_document_row(line: Line) -> bool:
    """Whether a line is a row of such a table: its cells are labels and values by turns."""
    if line.kind != "row":
        return False
    cells = [squeeze(cell).strip(":：[]【】") for cell in line.text.split("\t")]
    if len(cells) < 2:
        return False
    if _LABELS.get(cells[0]) == "名称" and len(cells[1]) < 6:
        # 名称, 数量: the head of a table of the text.
        return False
    return 2 <= len(cells) <= 6 and cells[0] in _LABELS and all(cell in _LABELS for cell in cells[2::2] if cell)


def read_document(lines: list[Line]) -> dict[str, str] | None:
    """The header table that stands before or at the head of a text, or None where the page has none.

    At least two of 索引号, 发文字号, 发布机构/发文机关 must be there as labels: a lone 发布机构 is a byline.
    """
    found: dict[str, str] = {}
    for index, line in enumerate(lines):
        if line.kind == "row":
            cells = line.text.split("\t")
            for position, cell in enumerate(cells):
                label = squeeze(cell).strip(":：[]【】")
                if label not in _LABELS:
                    continue
                value = cells[position + 1].strip() if position + 1 < len(cells) else ""
                if _LABELS.get(squeeze(value).strip(":：[]【】")) is not None:
                    value = ""
                if value or label not in found:
                    found[label] = value
            for cell in cells:
                if not cell.rstrip().endswith((":", "：")) and (":" in cell or "：" in cell):
                    _pairs(cell, found)
        elif len(line.text) <= 160:
            bare = squeeze(line.text).strip(":：[]【】")
            if bare in _LABELS and line.text.rstrip().endswith((":", "：", "]", "】")) and index + 1 < len(lines):
                value = lines[index + 1].text
                found.setdefault(
                    bare, value if len(value) <= 100 and _LABELS.get(squeeze(value).strip(":：")) is None else ""
                )
            else:
                _pairs(line.text, found)
    meant = {_LABELS[label] for label in found}
    if len(meant.intersection(_CORE)) < 2 or not meant.intersection(("索引号", "发文字号")):
        return None
    return found


def _pairs(text: str, found: dict[str, str]) -> None:
    for match in _PAIR.finditer(text):
        label = squeeze(match["label"])
        if label in _LABELS and (match["value"].strip() or label not in found):
            found[label] = match["value"].strip()
