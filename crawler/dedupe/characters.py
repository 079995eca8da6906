"""One form for each character, for comparing texts only: NFKC, lower case, Simplified; pinyin noise removed."""

from __future__ import annotations

import functools
import re
import unicodedata

import opencc

__all__ = ["mainland_words", "one_form", "same_words", "skeleton", "without_pinyin"]

_ENDERS = "。！？；!?;…\n"

# Pairs that OpenCC's character tables keep apart because the left one is also a word of its own in Simplified text;
# a copy that was converted to Traditional and back confuses them, so for comparison they are one.
_CONFUSED = dict(
    zip(
        "瞭覆藉像祇著甯牠揹甦耡籐荳唚俱座坏伕隄瑯燄菓鎗拏觔暱彷餘諮託鉅鍾麼賬乾妳佔週僱昇濬"
        "薰菸喂穀衹粧鏇逕蘊醞砲簷夥輓蒐",
        "了复借象只着宁它背苏锄藤豆吣具坐坯夫堤琅焰果枪拿斤昵仿余咨托巨钟么账干你占周雇升浚"
        "熏烟喂谷只妆旋径蕴酝炮檐伙挽搜",
        strict=True,
    )
)


@functools.cache
def _simplified() -> dict[str, str]:
    """One Simplified character for each Traditional one and each Taiwan or Hong Kong variant, from OpenCC.

    By character, not by phrase: a phrase table turns a text and its round trip into different texts.
    """
    characters = [chr(code) for start, end in ((0x3400, 0xA000), (0xF900, 0xFB00)) for code in range(start, end)]
    table: dict[str, str] = {}
    for variant in ("t2s", "tw2s", "hk2s"):
        converted = opencc.OpenCC(variant).convert("\n".join(characters)).split("\n")
        for old, new in zip(characters, converted, strict=True):
            # Taiwan's tables take 么 for a variant of 幺; in Simplified text it is the 么 of 什么.
            if old != new and len(new) == 1 and old != "么":
                table.setdefault(old, new)
    table.update(_CONFUSED)
    # A candidate may itself be one of the confused characters (馀 for 餘).
    return {old: _CONFUSED.get(new, new) for old, new in table.items()}


@functools.cache
def _line_table() -> list[str]:
    """For `str.translate`: one form per character, punctuation kept; a list is twice as fast as a dict."""
    simplified = _simplified()
    table: list[str] = []
    # The planes with signs and pictures; beyond them there are rare characters, which stay as they are.
    for code in range(0x20000):
        character = chr(code)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Mn") and character not in "\n\t":
            table.append("")
            continue
        folded = unicodedata.normalize("NFKC", character).lower()
        table.append("".join(simplified.get(part, part) for part in folded))
    return table


@functools.cache
def _skeleton_table() -> list[str | None]:
    """For `str.translate`: letters and digits in one form, sentence ends as newlines, everything else gone."""
    table: list[str | None] = []
    for code, folded in enumerate(_line_table()):
        if chr(code) in _ENDERS:
            table.append("\n")
        else:
            table.append("".join(part for part in folded if part.isalnum() or part in "%‰.") or None)
    return table


# A minus, not a hyphen (歼-10), a range (3%-5%) or a date: before a number that stands alone or has a unit.
# (Each pattern begins with what it is about: one that begins by looking back is ten times slower.)
_MINUS = re.compile(
    r"[-−－](?=[0-9０-９])(?<![\w%％‰℃°)）.,，:：].)|[-−－](?=[0-9０-９][0-9０-９.]*\s?[%％‰℃])(?<=[^\W0-9a-zA-Z_].)"
)
_LOOSE_DOT = re.compile(r"\.(?:(?!\d)|(?<!\d\.))")


def one_form(text: str) -> str:
    """Every character in one form, punctuation kept."""
    return text.translate(_line_table())


def skeleton(text: str) -> str:
    """Letters and digits of a text in one form, with the signs that change a number (`.` inside it, `%`, `‰`).

    Args:
        text: any text; sentence ends and newlines are kept as newlines.
    """
    if "-" in text or "−" in text or "－" in text:
        text = _MINUS.sub("负", text)
    folded = text.translate(_skeleton_table())
    return _LOOSE_DOT.sub("", folded) if "." in folded else folded


# A mirror that writes the pinyin after each converted character: 網(wǎng), with lost bytes as 日?qǐng)?bào).
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_TONE = re.compile(f"[(（?][a-zü]{{0,5}}[{_TONES}][a-zü]{{0,4}}[)）]")
_PINYIN = re.compile(f"\\??[(（?][a-zü{_TONES}]{{1,6}}[)）]")


def without_pinyin(text: str) -> str:
    """The text without pinyin in brackets after its characters, where a text has at least three such."""
    found = 0
    for found, _ in enumerate(_TONE.finditer(text), 1):
        if found == 3:
            return _PINYIN.sub("", text)
    return text


# Words that a text from Taiwan has and one that was only converted to Traditional script has not.
_TAIWAN = re.compile("網路|軟體|硬體|資訊|訊息|程式|伺服器|釋出|網際|數位|晶片|硬碟|記憶體|演算法|資料庫|行動電話|點選")


@functools.cache
def _taiwan() -> opencc.OpenCC:
    return opencc.OpenCC("tw2sp")


def mainland_words(text: str) -> str:
    """The text with mainland words for Taiwan's (網路 is 网络, 軟體 is 软件), where it has at least two such."""
    # Most texts are Simplified: three quick looks spare them the search.
    if ("國" in text or "這" in text or "們" in text or "發" in text) and len(_TAIWAN.findall(text)) > 1:
        return str(_taiwan().convert(text))
    return text


@functools.cache
def _to_taiwan() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")


@functools.lru_cache(maxsize=4096)
def same_words(one: str, other: str) -> bool:
    """Whether two skeletons differ only as the vocabularies of the mainland and of Taiwan do (项目, 专案)."""
    return skeleton(_to_taiwan().convert(one)) == other or skeleton(_to_taiwan().convert(other)) == one
