"""The text of a page, without its markup: given back the structure that a reader sees in its lines."""

from __future__ import annotations

import re
from html import escape

from crawler.parse.article import Page
from crawler.parse.byline import read_credits
from crawler.parse.dates import first_time
from crawler.parse.furniture import is_clutter
from crawler.parse.page import flat

__all__ = ["is_page_text", "text_to_html"]

_MARKUP = re.compile(r"<(?:html|head|body|div|p|table|article|section|td|span|br|h[1-6])\b[^>]{0,200}>\s*[^<\s]", re.I)
_SCRIPT = re.compile(r"<(?:script|style)\b", re.I)
_SCRIPT_END = re.compile(r"</(?:script|style)\s{0,20}>", re.I)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,400}>")
_BULLET = re.compile(r"^[\s\u3000]*(?:[•·●▪◦*]|\d{1,2}\.(?=\s{2,}))[\s\u3000]*")
_CRUMB = re.compile(r"(?:当前|所在)的?位置|您的位置|(?:>>|＞|>|»)\s*\S{2,20}\s*$|^\S{2,12}\s*(?:>|＞|»|>>)")
_LABEL_ONLY = re.compile(r"^[\u3400-\u9fff]{2,6}\s*[:：]\s*$")


def is_page_text(page: Page, text: str) -> bool:
    """Whether a page is text without markup that carries it (stray tags of a broken copy do not count)."""
    if page.content_type.startswith("text/html"):
        return False
    if not page.content_type.startswith("text/plain") and "<" in text[:5000]:
        return False
    return len(_MARKUP.findall(text[:200_000])) < 3


def text_to_html(text: str) -> str:
    """Page text as a plain page: a heading, a line of time and source, a container with one paragraph per line.

    The title is the line before the first line that prints a time; what stands above it is the site's menu.
    """
    lines = [flat(_BULLET.sub("", line)) for line in _TAG.sub("\n", _without_scripts(text)).splitlines()]
    lines = [line for line in lines if line]
    info = _info(lines)
    title, start = "", 0
    menu: list[str] = []
    if info is None:
        for index, line in enumerate(lines[:20]):
            if len(line) >= 6 and not _CRUMB.search(line) and not is_clutter(line):
                title, start, menu = line, index + 1, lines[:index]
                break
    else:
        for index in range(info - 1, max(-1, info - 8), -1):
            line = lines[index]
            if len(line) >= 4 and not _CRUMB.search(line) and not is_clutter(line) and read_credits(line) is None:
                title, menu = line, lines[:index]
                break
        else:
            menu = lines[:info]
        start = info
    header: list[str] = []
    while start < len(lines) and len(header) < 12:
        line = lines[start]
        if len(line) > 90 or not (
            is_clutter(line) or _LABEL_ONLY.match(line) or read_credits(line) is not None or _timed(line)
        ):
            break
        header.append(line)
        start += 1
    body = "\n".join(f"<p>{escape(line)}</p>" for line in lines[start:])
    above = "\n".join(f"<div>{escape(line)}</div>" for line in menu[-40:])
    info_lines = "\n".join(f"<div>{escape(line)}</div>" for line in header)
    return (
        f"<html><head><title>{escape(title)}</title></head><body>{above}<h1>{escape(title)}</h1>{info_lines}"
        f'<div id="page-text">{body}</div></body></html>'
    )


def _without_scripts(text: str) -> str:
    """Text without the scripts and styles that are closed in it, each of them a line's end."""
    parts: list[str] = []
    at = 0
    while (start := _SCRIPT.search(text, at)) is not None and (
        end := _SCRIPT_END.search(text, start.end())
    ) is not None:
        parts.append(text[at : start.start()])
        at = end.end()
    return "\n".join((*parts, text[at:]))


def _info(lines: list[str]) -> int | None:
    """The first line that prints a time and is no paragraph."""
    for index, line in enumerate(lines):
        if len(line) <= 90 and _timed(line) and not re.search(r"[。；]|今天是", line):
            return index
    return None


def _timed(line: str) -> bool:
    moment = first_time(line)
    if moment is None:
        return False
    said = read_credits(line, loose=True)
    return said is not None or len(line) <= len(moment.printed) + 12
