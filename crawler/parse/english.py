"""Credits as the English pages of Chinese media print them: By NAME in PLACE | China Daily | Updated: …"""

from __future__ import annotations

import re

__all__ = ["read_english"]

_WORD = r"[A-Z][A-Za-z'’.-]{0,20}"
_NAME = rf"{_WORD}(?:\s{_WORD}){{1,3}}"
_PLACE = rf"(?:\s(?:in|from|at)\s{_WORD}(?:[\s,]{{1,2}}{_WORD}){{0,3}})?"
_BY = re.compile(rf"(?:By|BY)\s(?P<names>{_NAME}{_PLACE}(?:(?:\s?[,;&]|\sand|\s?,\sand)\s{_NAME}{_PLACE}){{0,5}})")
_PARTED = re.compile(r"\s?[,;&]\s?(?:and\s)?|\sand\s")
_WHERE = re.compile(r"\s(?:in|from|at)\s.*$")
_SAID = re.compile(r"(?P<label>Source|Editor|Author|By)\s?[:：]\s?(?P<value>[A-Za-z0-9.,&'’ -]{2,60})$", re.I)
_TIMED = re.compile(
    r"(?:(?:Last\s)?Updated|Published|Posted|Time)(?:\s(?:on|at))?\s?[:：]?(?=\s?\w{2,9}[\s\d])|\d{4}-\d{1,2}-\d{1,2}"
)
_MEDIUM = re.compile(r"[A-Za-z][A-Za-z.&' -]{2,40}")
_TOOLS = re.compile(r"^(?:Share|Print|Comments?|Font|A\+?|Views?|More)\b", re.I)


def read_english(line: str) -> tuple[list[str], str, str] | None:
    """Writers, source and editor of an English header line, or None where it is none.

    Args:
        line: one line in Latin letters, at most 200 characters of which are looked at.
    """
    if len(line) > 200:
        return None
    names: list[str] = []
    source = editor = ""
    known = timed = False
    for part in re.split(r"\s?[|丨｜]\s?", line.strip(" ()[]")):
        at = _TIMED.search(part)
        timed = timed or at is not None
        text = (part[: at.start()] if at is not None else part).strip(" ,;-/()")
        if not text or _TOOLS.match(text):
            continue
        by = _BY.fullmatch(text)
        said = _SAID.match(text) if by is None else None
        if by is not None:
            names = [_WHERE.sub("", name).strip() for name in _PARTED.split(by["names"])]
            names = [name for name in names if re.fullmatch(_NAME, name)]
            known = True
        elif said is not None:
            known = True
            label, value = said["label"].casefold(), said["value"].strip(" .")
            if label == "source":
                source = value
            elif label == "editor":
                editor = value
            else:
                names = [name for name in _PARTED.split(value) if name]
        elif (known or timed) and not source and _MEDIUM.fullmatch(text) is not None:
            source = text
        elif not known or len(text) > 40:
            return None
    # A line that is all byline is one; a line that only begins so is a sentence.
    return (names, source, editor) if known else None
