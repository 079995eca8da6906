"""Cuts into a page: its text, a place inside its body, the same words in another layout."""

from __future__ import annotations

import functools
import hashlib
import re

__all__ = ["BODY_MARKS", "into_body", "reshape", "text_of"]


def text_of(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


BODY_MARKS = (b"<UCAPCONTENT>", b'id="artibody"', b'class="art_p"', b'id="text"', b'id="NewsContent"', b"vsb_content",
               b'class="contText"', b'class="text botborder"')  # fmt: skip


def into_body(raw: bytes, what: bytes) -> bytes:
    """Put bytes into the article's first paragraph."""
    start = max((raw.find(mark) for mark in BODY_MARKS), default=-1)
    at = raw.find(b"<p", max(start, 0))
    end = raw.find(b"</p>", at)
    if at < 0 or end < 0:
        at = raw.find(b"</body>")
        return raw[:at] + what + raw[at:]
    return raw[:end] + what + raw[end:]


def reshape(text: str) -> str:
    """The same words in another layout: every class and id has another name, every list and heading is a div."""

    @functools.cache
    def renamed(name: str) -> str:
        return "v" + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:7]

    text = re.sub(
        r"""\b(class|id|name)=(["'])([^"'<>]+)\2""",
        lambda m: (
            f'{m[1]}="{" ".join(renamed(part) for part in m[3].split())}"'
            if m[1] != "name" or m[3] == "_newscontent_fromname"
            else m[0]
        ),
        text,
    )
    text = re.sub(
        r"<(/?)(?:ucaptitle|ucapcontent|h1|h2|h4|ul|li|table|tbody|tr|td|p)\b", r"<\1div", text, flags=re.IGNORECASE
    )
    text = re.sub(r"<!--(?!\[if)[\s\S]*?-->", "", text)
    return text.replace("createPageHTML", "renderPager")
