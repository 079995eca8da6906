"""From bytes to text by one strict ladder; every decision is kept with its evidence."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import Any

from crawler.errors import DecodeFailed

__all__ = ["Decoded", "decode"]

_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)", re.I)

_LOOK = 8192
"""Bytes searched for a meta declaration. Browsers stop at 1,024, but log lines and comments stand before it."""

_ALIASES = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "gb-2312": "gb18030",
    "cp936": "gb18030", "ms936": "gb18030", "hz-gb-2312": "gb18030", "gb18030": "gb18030", "chinese": "gb18030",
    "utf8": "utf-8", "utf-8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf_8": "utf-8",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-big5": "big5hkscs", "cn-big5": "big5hkscs", "cp950": "cp950",
}  # fmt: skip

# What Python's gb18030 (the edition of 2000) maps to the private use area and later editions to real characters;
# U+E5E5 is the ideographic space of GBK (WHATWG encoding standard, index gb18030).
_PRIVATE = {
    0xE5E5: "\u3000", 0xE78D: "\ufe10", 0xE78E: "\ufe12", 0xE78F: "\ufe11", 0xE790: "\ufe13", 0xE791: "\ufe14",
    0xE792: "\ufe15", 0xE793: "\ufe16", 0xE794: "\ufe17", 0xE795: "\ufe18", 0xE796: "\ufe19", 0xE81E: "\u9fb4",
    0xE826: "\u9fb5", 0xE82B: "\u9fb6", 0xE82C: "\u9fb7", 0xE832: "\u9fb8", 0xE843: "\u9fb9", 0xE854: "\u9fba",
    0xE864: "\u9fbb",
}  # fmt: skip
_PRIVATE_RE = re.compile("[" + "".join(map(chr, _PRIVATE)) + "]")

# The most frequent characters of Chinese print, Simplified and Traditional: text read with the wrong table has
# next to none of them.
_COMMON = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后"
    "小么心多天而能好都然"
    "没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些"
    "与高意进把法此实回二"
    "理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口"
    "使教西再平真听世气信"
    "北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表"
    "原车白应路期叫死常提"
    "感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题"
    "建南度统色字请交爱让认"
    "算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运"
    "武半候七必城父强步完革"
    "這來國個說們為時對過會後還發樣現將與進實問從動兩長經點種聲話兒機給業間電門東關內產萬體別處總場師書員"
    "報馬張難數車應親務邊戰"
    "請讓認論義術結連遠資隊帶條變聯權領傳紅決達運強"
)
_CJK = re.compile("[\u3400-\u9fff\uf900-\ufaff]+")
_ASCII = bytes(range(128))
_PLAUSIBLE = 0.2

_MAX_DAMAGE = 8
"""Broken byte runs outside which a page is refused at once; inside, only text that holds none of them is loaded."""

MARK = "\ufffd"


@dataclass(slots=True)
class Decoded:
    """The text of a page and how it was found.

    Args:
        text: without BOM and NUL; a damaged place is U+FFFD until the reader has seen that no field holds it.
        used: the codec.
        how: the rung of the ladder: `bom`, `utf-8`, `header`, `meta`, `guess`.
        header: the charset that the HTTP header declares, or empty.
        meta: the charset that the page declares, or empty.
        damaged: byte offsets of what could not be read.
        cut: the page ends in the middle of a character.
        utf8: the text in UTF-8 where decoding had it at hand, which spares the tree's parser from making it again;
            None where it did not, or the text was changed.
    """

    text: str
    used: str
    how: str
    header: str = ""
    meta: str = ""
    damaged: list[int] = field(default_factory=list)
    cut: bool = False
    utf8: bytes | None = None

    def evidence(self) -> dict[str, Any]:
        """What is stored with the article."""
        data: dict[str, Any] = {"header": self.header, "meta": self.meta, "used": self.used, "how": self.how}
        if self.cut:
            data["cut"] = True
        if self.damaged:
            data["damaged"] = self.damaged
        return data


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read bytes as text: BOM, strict UTF-8, what is declared, GB18030, Big5; never with silent replacement.

    GB2312 and GBK are read as GB18030, their superset (bytes beyond GB2312 under that label are the rule, and
    Python's gb2312 turns the dot of Uyghur and Tibetan names into another character). UTF-8 comes before the
    declaration, since GB text of any length is never valid UTF-8 by chance.

    Args:
        body: after content decoding.
        content_type: the HTTP header, or empty.

    Raises:
        DecodeFailed: no charset explains the bytes; its offset is the first byte that the best one cannot read.
    """
    header_match = _HEADER.search(content_type)
    header = header_match.group(1).lower() if header_match else ""
    meta_match = _META.search(body, 0, _LOOK) or _XML.search(body[:200])
    meta = meta_match.group(1).decode("ascii", "replace").lower() if meta_match else ""

    for bom, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(bom):
            found = _strict(body[len(bom) :], name)
            if found is not None:
                return _done(body, found, name, "bom", header, meta)
    found = _strict(body, "utf-8")
    if found is not None:
        return _done(body, found, "utf-8", "utf-8", header, meta, None if found[1] else body)

    tried: list[tuple[float, str, str, tuple[str, bool], bytes]] = []
    for label, how in ((header, "header"), (meta, "meta")):
        codec = _ALIASES.get(label)
        if codec is None or codec == "utf-8":
            continue
        found = _strict(body, codec)
        if found is not None:
            data = found[0].encode()
            share = _share(found[0], data)
            if share >= _PLAUSIBLE:
                return _done(body, found, codec, how, header, meta, data)
            tried.append((share, codec, how, found, data))
    for codec in ("gb18030", "big5hkscs", "cp950"):
        if all(codec != name for _, name, _, _, _ in tried):
            found = _strict(body, codec)
            if found is not None:
                data = found[0].encode()
                tried.append((_share(found[0], data), codec, "guess", found, data))
    if tried:
        share, codec, how, found, data = max(tried, key=lambda item: item[0])
        if share >= _PLAUSIBLE or how != "guess":
            return _done(body, found, codec, how, header, meta, data)
    return _damaged(body, header, meta)


def _strict(body: bytes, codec: str) -> tuple[str, bool] | None:
    try:
        return body.decode(codec, "dibao-euro" if codec == "gb18030" else "strict"), False
    except UnicodeDecodeError as error:
        # A page that was cut in the middle of its last character is whole but for that character.
        if error.start >= len(body) - 3 and error.start > 0 and _incomplete(body[error.start :], codec):
            try:
                return body[: error.start].decode(codec, "dibao-euro" if codec == "gb18030" else "strict"), True
            except UnicodeDecodeError:
                return None
        return None


def _incomplete(tail: bytes, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        return decoder.decode(tail, final=False) == ""
    except UnicodeDecodeError:
        return False


def _euro(error: UnicodeError) -> tuple[str, int]:
    # Windows code page 936 writes the euro sign as the single byte 0x80, which GB18030 does not know (WHATWG does).
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == 0x80:
        return "€", error.start + 1
    raise error


codecs.register_error("dibao-euro", _euro)


def _share(text: str, data: bytes) -> float:
    """Of the Chinese characters of the text (or its first 4,000), the share of frequent ones; 1 where it has none.

    Args:
        text: the text.
        data: the same in UTF-8, from which what is ASCII, mostly markup, is taken at once.
    """
    other = data.translate(None, _ASCII).decode()
    characters = ""
    for start in range(0, len(other), 8_192):
        characters += "".join(_CJK.findall(other, start, start + 8_192))
        if len(characters) >= 4000:
            characters = characters[:4000]
            break
    if not characters:
        # No Chinese, yet not UTF-8: believed only when what is not ASCII is a little.
        foreign = sum(1 for character in text if character > "\x7f")
        return 1.0 if foreign * 20 < len(text) else 0.0
    return sum(map(_COMMON.__contains__, characters)) / len(characters)


def _damaged(body: bytes, header: str, meta: str) -> Decoded:
    """The best reading of bytes that nothing explains whole, if the damage is a few places."""
    best: tuple[int, float, str, str, list[int]] | None = None
    declared = [_ALIASES[label] for label in (header, meta) if label in _ALIASES]
    for codec in dict.fromkeys([*declared, "utf-8", "gb18030", "big5hkscs"]):
        offsets: list[int] = []
        parts: list[str] = []
        start = 0
        while start < len(body) and len(offsets) <= _MAX_DAMAGE:
            try:
                parts.append(body[start:].decode(codec))
                start = len(body)
            except UnicodeDecodeError as error:
                parts.append(body[start : start + error.start].decode(codec))
                offsets.append(start + error.start)
                parts.append("€" if codec == "gb18030" and body[start + error.start] == 0x80 else MARK)
                start += max(error.end, error.start + 1)
        if start < len(body):
            if best is None:
                best = (len(offsets) + 1, 0.0, "", codec, offsets)
            continue
        text = "".join(parts)
        share = _share(text, text.encode())
        candidate = (len(offsets), share, text, codec, offsets)
        if share >= _PLAUSIBLE and (best is None or not best[2] or candidate[0] < best[0]):
            best = candidate
    if best is None or not best[2]:
        offset = best[4][0] if best and best[4] else 0
        said = ", ".join(filter(None, (header and f"header {header}", meta and f"meta {meta}"))) or "nothing declared"
        raise DecodeFailed(f"neither UTF-8, GB18030 nor Big5 explains the bytes ({said})", offset)
    _, _, text, codec, offsets = best
    how = "header" if _ALIASES.get(header) == codec else "meta" if _ALIASES.get(meta) == codec else "guess"
    return Decoded(_tidy(text, codec, body), codec, how, header, meta, offsets)


def _done(
    body: bytes, found: tuple[str, bool], codec: str, how: str, header: str, meta: str, data: bytes | None = None
) -> Decoded:
    text = _tidy(found[0], codec, body, data)
    return Decoded(text, codec, how, header, meta, cut=found[1], utf8=data if text is found[0] else None)


def _tidy(text: str, codec: str, body: bytes, data: bytes | None = None) -> str:
    text = text.removeprefix("\ufeff")
    # The bytes are searched, which is quicker: in every charset of the ladder a NUL has a zero byte.
    if b"\0" in body and "\0" in text:
        # The tree's parser would end the page here; other control characters leave with each line's invisible ones.
        text = text.replace("\0", "")
    # In UTF-8 only characters from U+E000 to U+EFFF, all of them private, begin with this byte.
    if codec == "gb18030" and (data is None or b"\xee" in data) and _PRIVATE_RE.search(text):
        text = _PRIVATE_RE.sub(lambda match: _PRIVATE[ord(match.group())], text)
    return text
