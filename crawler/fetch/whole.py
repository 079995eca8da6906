"""Whether a page came whole: one that a server cut off, and counted only then, looks like an ordinary answer."""

from __future__ import annotations

import re

__all__ = ["ends_early"]

_OPENS = re.compile(rb"<(?:!doctype\s+html|html|body)\b", re.I)
_CLOSES = re.compile(rb"</\s*(?:html|body)\b", re.I)
_LAST_TAG = re.compile(rb"<(?P<name>/?[a-z][a-z0-9]*)\b[^<>]*>[^<>]*\Z", re.I)
_IN_TEXT = frozenset(b"p span font strong b em i u a td th li div section h1 h2 h3 h4 br".split())
_ENDED_IN_LINE = frozenset(b"/span /font /strong /b /em /i /u /a /sub /sup".split())
_FOOT = re.compile("版权|备案|ICP|copyright|主办|技术支持".encode() + "|版权|备案".encode("gb18030"), re.I)
_LOOK = 20_000
"""Bytes at the end that are looked at closely."""


def ends_early(body: bytes) -> str:
    """Where a page breaks off, in words, or empty where nothing shows that it does.

    Many whole pages of old systems close neither body nor document, so their absence is not enough: the page must
    also end inside a tag, inside a script, or in words that no element has closed. A page that was cut exactly
    between two tags cannot be told.

    Args:
        body: after content decoding.
    """
    if _OPENS.search(body, 0, 4096) is None or _CLOSES.search(body) is not None:
        return ""
    end = body[-_LOOK:].rstrip()
    lower = end.lower()
    script = lower.rfind(b"<script")
    if script >= 0 and lower.find(b"</script", script) < 0:
        return "it ends inside a script, and nothing closes the page"
    opened, closed = end.rfind(b"<"), end.rfind(b">")
    if opened > closed and re.match(rb"</?[a-z]*", end[opened:], re.I):
        return "it ends inside a tag, and nothing closes the page"
    last = _LAST_TAG.search(end)
    if last is None:
        return ""
    words = end[end.rfind(b">") + 1 :].strip()
    name = last["name"].lower()
    if len(words) < 6 or words.isascii() or _FOOT.search(words) is not None:
        return ""
    if name in _IN_TEXT or name in _ENDED_IN_LINE:
        return "it ends in the middle of its text, and nothing closes the page"
    return ""
