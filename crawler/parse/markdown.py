"""Markdown copies of articles: as much of it as feeds and mirrors write, made into the HTML that is read."""

from __future__ import annotations

import re
from html import escape, unescape

__all__ = ["is_markdown", "markdown_to_html", "with_marks_as_html"]

_BLOCK = re.compile(r"<(?:p|div|br|table|section|article|ul|ol|h[1-6]|figure|blockquote)\b", re.I)
_ESCAPED = re.compile(r"&lt;/?(?:p|div|br|span|section|strong|img|table|h[1-6])\b", re.I)
_PICTURE = re.compile(r"!\[(?P<name>[^\]\n]{0,200})\]\((?P<url>https?://[^\s()]{1,500})(?:\s\"[^\"\n]{0,200}\")?\)")
_LINK = re.compile(r"(?<!!)\[(?P<name>[^\[\]\n]{1,200})\]\((?P<url>https?://[^\s()]{1,500})(?:\s\"[^\"\n]{0,200}\")?\)")
_EMPTY_PICTURE = re.compile(r"!\[[^\]\n]{0,200}\]\([^()\n]{0,500}\)")
_STRONG = re.compile(r"(?<!\*)\*\*(?P<text>[^*\n]{1,400})\*\*(?!\*)")
_EMPHASIS = re.compile(r"(?<![*\w])\*(?P<text>[^*\s](?:[^*\n]{0,400}[^*\s])?)\*(?![*\w])")
_HEADING = re.compile(r"(?P<marks>#{1,6})\s+(?P<text>.+?)(?:\s#+)?$")
_RULE = re.compile(r"(?:[-*_]\s?){3,}$|={3,}$")
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(?=\S)")
_TABLE_RULE = re.compile(r"\|?(?:\s?:?-{2,}:?\s?\|)+(?:\s?:?-{2,}:?\s?)?$")
_SIGNS = re.compile(r"^#{1,6} \S|^> |\*\*[^*\n]+\*\*|!?\[[^\]\n]*\]\(https?://", re.M)


def is_markdown(text: str) -> bool:
    """Whether a text is written in Markdown: marks of it, and no block of HTML."""
    return _BLOCK.search(text) is None and _SIGNS.search(text) is not None


def with_marks_as_html(text: str) -> str:
    """The HTML of a post whose pictures or links are written in Markdown, or whose tags are escaped, set right.

    Args:
        text: what stands under a post's front matter.
    """
    if _BLOCK.search(text) is None or len(_ESCAPED.findall(text)) > 2 * len(_BLOCK.findall(text)):
        if _ESCAPED.search(text) is not None:
            # The feed's HTML was taken for text on the way.
            text = unescape(text)
        elif "\n" in text.strip():
            return markdown_to_html(text)
    return _EMPTY_PICTURE.sub("", _LINK.sub(_link, _PICTURE.sub(_picture, text))) if "](" in text else text


def markdown_to_html(text: str) -> str:
    """Markdown as HTML, one paragraph for each block of lines; lines of HTML stay as they are."""
    parts: list[str] = []
    open_lines: list[str] = []

    def close() -> None:
        if open_lines:
            parts.append("<p>" + "<br>".join(_inline(line) for line in open_lines) + "</p>")
            open_lines.clear()

    for raw in text.splitlines():
        line = raw.strip(" \t\r\u3000>") if raw.lstrip().startswith(">") else raw.strip(" \t\r\u3000")
        heading = _HEADING.match(line)
        if not line or _RULE.match(line) or _TABLE_RULE.match(line):
            close()
        elif heading is not None:
            close()
            level = len(heading["marks"])
            parts.append(f"<h{level}>{_inline(heading['text'])}</h{level}>")
        elif line.startswith("|") and line.endswith("|") and line.count("|") > 2:
            close()
            cells = "".join(f"<td>{_inline(cell.strip())}</td>" for cell in line.strip("|").split("|"))
            parts.append(f"<table><tr>{cells}</tr></table>")
        elif line.startswith("<"):
            close()
            parts.append(line)
        elif (item := _ITEM.match(line)) is not None and not line[0].isdigit():
            close()
            parts.append(f"<p>{_inline(line[item.end() :])}</p>")
        else:
            open_lines.append(line)
    close()
    return "\n".join(parts)


def _inline(line: str) -> str:
    """A line's own marks as HTML."""
    html = escape(unescape(line), quote=False)
    html = _EMPTY_PICTURE.sub("", _LINK.sub(_link, _PICTURE.sub(_picture, html)))
    html = _STRONG.sub(r"<strong>\g<text></strong>", html)
    return _EMPHASIS.sub(r"<em>\g<text></em>", html)


def _picture(match: re.Match[str]) -> str:
    return f'<img src="{escape(unescape(match["url"]))}">'


def _link(match: re.Match[str]) -> str:
    return f'<a href="{escape(unescape(match["url"]))}">{match["name"]}</a>'
