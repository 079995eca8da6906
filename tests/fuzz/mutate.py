"""Makes a broken page of a sound one; the same seed always makes the same page."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

PAGES = Path(__file__).parent.parent / "parse" / "pages"
CHARSETS = (
    "utf-8",
    "gb18030",
    "gbk",
    "gb2312",
    "big5",
    "iso-8859-1",
    "utf-16",
    "x-unknown",
    "",
    "utf-8\x00",
    "UTF8;charset=gbk",
)
STATUSES = (200, 200, 200, 200, 200, 404, 403, 412, 521, 500)
URLS = (
    "https://finance.sina.com.cn/china/2021-10-22/doc-iabcdefg1234567.shtml", "http://www.tibet.cn/cn/news/202211/t20221102_7300001.html",
    "https://www.sc.gov.cn/10462/10464/2021/10/25/0123456789abcdef0123456789abcdef.shtml", "http://[broken/", "", "file:///x.txt",
    "http://www.xinjiang.gov.cn/xinjiang/xjyw/202010/aaaabbbbccccddddeeeeffff00001111.shtml", "https://a.example/\ud7ff/%ff%fe?x=[",
)  # fmt: skip
TYPES = (
    "text/html",
    "text/html; charset={}",
    "text/plain",
    "text/markdown",
    "",
    "application/octet-stream",
    "text/html; charset",
)
NASTY = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xef\xbf\xbd", b"</html>", b"</body>", b"<![CDATA[", b"<!--", b"-->", b"<script>", b"</script>", b"<style>",  # noqa: E501
    b"<textarea>", b"<title>", b"&#0;", b"&#xD800;", b"&#x110000;", b"&nbsp;" * 50, b"<table><tr><td>" * 40, b"<div>" * 300, b"</div>" * 300, b"<p><b><i>" * 200,  # noqa: E501
    b"<a href='javascript:alert(1)'>", b"<img src=data:image/png;base64,AAAA>", b"<a href='http://[::1'>x</a>", b"\x80", b"\xa3\xa0", "（".encode() * 400,  # noqa: E501
    "来源：".encode() * 300, "责任编辑：".encode() * 300, "记者 ".encode() * 300, b"2019-13-45 25:61 ", "2024年02月30日".encode(), "九九九九年十三月四十日".encode(),  # noqa: E501
    b"createPageHTML(99999,0,\"t20221102_7300001\",\"html\");", "<a href='t20221102_7300001_1.html'>下一页</a>".encode(), b"---\ntitle: 'x\n---\n",  # noqa: E501
    b"(q\xc4\x9bng)" * 30, "發(fā)".encode() * 30, "日?qǐng)?bào)".encode() * 30, "\u2028\u0085\u202e".encode(), "𬭚䶮".encode(), b"\x1a\x0b\x0c", b"&" * 500, b"<" * 500, b">" * 500,  # noqa: E501
    b"\" ' ` " * 100, b"<meta charset=big5>", b"<base href='http://[x'>", "：".encode() * 2000, b" " * 5000, b"\n" * 5000, "　".encode() * 3000, "、张三".encode() * 500,  # noqa: E501
    b"<p class='" + b" a" * 15000 + b"'>", b"<div id='" + b" " * 30000 + b"'>", b"<p style='" + b"display :" * 3000 + b"'>",  # noqa: E501
)  # fmt: skip


def seeds() -> list[bytes]:
    """The sound pages."""
    return [path.read_bytes() for path in sorted(PAGES.iterdir()) if path.suffix in (".html", ".md", ".txt")]


def _cut(body: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(body) + 1)
    return body[:start] if rng.random() < 0.7 else body[start:]


def _double(body: bytes, rng: random.Random) -> bytes:
    a, b = sorted((rng.randrange(len(body) + 1), rng.randrange(len(body) + 1)))
    return body[:b] + body[a:b] * rng.randint(1, 5) + body[b:]


def _shuffle(body: bytes, rng: random.Random) -> bytes:
    parts = body.split(b"<")
    rng.shuffle(parts)
    return b"<".join(parts)


def _swap(body: bytes, rng: random.Random) -> bytes:
    parts = body.split(b">")
    for _ in range(rng.randint(1, 12)):
        i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
        parts[i], parts[j] = parts[j], parts[i]
    return b">".join(parts)


def _flip(body: bytes, rng: random.Random) -> bytes:
    data = bytearray(body)
    for _ in range(rng.randint(1, 30)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _insert(body: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(body) + 1)
        body = body[:at] + rng.choice(NASTY) * rng.choice((1, 1, 1, 3, 30)) + body[at:]
    return body


def _repeat(body: bytes, rng: random.Random) -> bytes:
    """A few characters over and over: what a pattern may try in very many ways."""
    text = body.decode("utf-8", "ignore")
    at = rng.randrange(max(len(text) - 8, 1))
    piece = text[at : at + rng.randint(1, 6)]
    return (text[:at] + piece * rng.choice((5, 20, 40, 200)) + text[at:]).encode()


def _recode(body: bytes, rng: random.Random) -> bytes:
    for codec in ("utf-8", "gb18030"):
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        return text.encode(rng.choice(("utf-8", "gb18030", "big5", "utf-16", "utf-8-sig")), "ignore")
    return body


def _nest(body: bytes, rng: random.Random) -> bytes:
    tag = rng.choice((b"div", b"table", b"span", b"font", b"ul", b"section", b"a", b"b", b"form"))
    depth = rng.choice((10, 100, 1000, 4000))
    return b"<" + tag + b">" * 1 + (b"<" + tag + b">") * depth + body + (b"</" + tag + b">") * depth


def _lose(body: bytes, rng: random.Random) -> bytes:
    needle = rng.choice((b"</div>", b"</p>", b"<p>", b'"', b">", b"</a>", b"class=", b"id="))
    return body.replace(needle, b"", rng.randint(1, 50))


STEPS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut,
    _double,
    _shuffle,
    _swap,
    _flip,
    _insert,
    _insert,
    _repeat,
    _recode,
    _nest,
    _lose,
)


def broken(number: int, sound: list[bytes]) -> tuple[str, bytes, str, int]:
    """The broken page with a number: URL, bytes, content type, status."""
    rng = random.Random(number)
    body = rng.choice(sound)
    for _ in range(rng.randint(1, 4)):
        body = rng.choice(STEPS)(body, rng)
        if len(body) > 600_000:
            body = body[:600_000]
    kind = rng.choice(TYPES).format(rng.choice(CHARSETS))
    return rng.choice(URLS), body, kind, rng.choice(STATUSES)
