"""The article that a page holds only as data: JSON in a script, HTML in a text area, which the browser sets itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any

__all__ = ["scripted_html"]

_JSON_SCRIPT = re.compile(
    r"<script[^>]{0,200}(?:application/(?:ld\+)?json|__NEXT_DATA__)[^>]{0,200}>\s*(?=[{\[])", re.I
)
_ASSIGNED = re.compile(r"(?:\bvar\s+\w{1,40}|\bwindow\.\w{1,40})\s*=\s*(?=\{\s*\")")
_AREA = re.compile(r"<textarea[^>]{0,200}class=[\"']article-(?P<name>[\w-]{2,20})[\"'][^>]{0,200}>")
_HAN = re.compile("[\u3400-\u9fff]")
_PARAGRAPH = re.compile(r"<p[\s>]", re.I)
_LEAST = 120
"""Han characters that a text must have: descriptions of videos and teasers have fewer."""
_MOST_SCRIPTS, _MOST_NODES = 30, 200_000

_KEYS = {
    "title": ("title", "name", "headline", "newstitle"),
    "time": ("newstime", "pubtime", "publishtime", "publish_time", "pubdate", "datepublished", "time", "ctime"),
    "source": ("source", "sourcename", "source-name", "copyfrom", "medianame", "from"),
    "author": ("author", "authorname", "authors", "writer"),
    "editor": ("responeditor", "editorname", "editor"),
}


def scripted_html(source: str) -> str | None:
    """A plain page made of the longest text that a page's data hold, or None where they hold none.

    Args:
        source: the page's source.
    """
    fields = _areas(source)
    if fields is None:
        best: tuple[int, dict[str, str]] = (0, {})
        for data in _data(source):
            for size, found in _articles(data):
                if size > best[0]:
                    best = (size, found)
        if best[0] < _LEAST:
            return None
        fields = best[1]
    lines = [fields.get("time", "")]
    lines += [
        f"{label}：{fields[kind]}"
        for kind, label in (("source", "来源"), ("author", "作者"), ("editor", "责任编辑"))
        if fields.get(kind)
    ]
    title = escape(fields.get("title", ""))
    header = "".join(f"<div>{escape(line)}</div>" for line in lines if line)
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{header}"
        f'<div id="page-text">{fields["content"]}</div></body></html>'
    )


def _areas(source: str) -> dict[str, str] | None:
    """环球网 keeps each field in a text area of its own."""
    if "<textarea" not in source:
        return None
    found: dict[str, str] = {}
    for match in _AREA.finditer(source):
        end = source.find("</textarea", match.end())
        if end < 0:
            break
        found.setdefault(match["name"], unescape(source[match.end() : end]).strip())
    content = found.get("content", "")
    if len(_HAN.findall(content)) < _LEAST:
        return None
    fields = {kind: _said(kind, found[key]) for kind, keys in _KEYS.items() for key in keys if key in found}
    return {**fields, "content": content}


def _data(source: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    seen = 0
    for pattern in (_JSON_SCRIPT, _ASSIGNED):
        for match in pattern.finditer(source):
            seen += 1
            if seen > _MOST_SCRIPTS:
                return
            try:
                yield decoder.raw_decode(source, match.end())[0]
            except (ValueError, RecursionError):
                # A script and no data: functions, single quotes, a cut end.
                continue


def _articles(data: Any) -> Iterator[tuple[int, dict[str, str]]]:
    """Each text of the data that is set in paragraphs, with what the objects around it say of it."""
    stack: list[tuple[Any, tuple[dict[str, Any], ...]]] = [(data, ())]
    nodes = 0
    while stack and nodes < _MOST_NODES:
        nodes += 1
        value, around = stack.pop()
        if isinstance(value, dict):
            inner = (value, *around[:3])
            stack.extend((item, inner) for item in value.values())
        elif isinstance(value, list):
            stack.extend((item, around) for item in value)
            parts = [item["data"] for item in value if isinstance(item, dict) and isinstance(item.get("data"), str)]
            if len(parts) > 1:
                # 凤凰网 parts a text where a film stands in it.
                stack.append(("\n".join(parts), around))
        elif isinstance(value, str) and len(value) >= _LEAST and _PARAGRAPH.search(value) is not None:
            size = len(_HAN.findall(value))
            if size >= _LEAST:
                yield size, {**_fields(around), "content": value}


def _fields(around: tuple[dict[str, Any], ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in around:
        said = {str(key).lower(): value for key, value in item.items() if isinstance(value, str | int)}
        for kind, keys in _KEYS.items():
            for key in keys:
                if not found.get(kind) and (text := _said(kind, said.get(key))):
                    found[kind] = text
    return found


def _said(kind: str, value: str | int | None) -> str:
    text = str(value or "").strip()
    if kind == "time":
        if re.fullmatch(r"\d{10}|\d{13}", text):
            return datetime.fromtimestamp(int(text[:10]), UTC).isoformat()
        return text if re.search(r"\d{4}", text) else ""
    return text if 2 <= len(text) <= 160 and "<" not in text and _HAN.search(text) else ""
