# ruff: noqa: E501 -- a row of the table stands on one line
"""Faults of the page: hostile or broken HTML, other layouts, pages that lie."""

from __future__ import annotations

import re

from aiohttp import web

from tests.replica.faults.surgery import BODY_MARKS, into_body, reshape, text_of
from tests.replica.faults.table import Context, fault

__all__: list[str] = []


@fault("long_line", "a line of 10 MB inside the body", "loaded_new", "parse_failed", "too_large")
async def _long_line(context: Context) -> web.StreamResponse:
    size = int(context.number("mb", 10)) << 20
    return context.page(into_body(context.raw, b"<!-- " + b"x" * size + b" -->"))


@fault("deep_nesting", "100,000 tags inside one another, in the body", "loaded_new", "parse_failed", "layout_unknown")
async def _deep_nesting(context: Context) -> web.StreamResponse:
    depth = int(context.number("depth", 100_000))
    return context.page(into_body(context.raw, b"<b>" * depth + b"</b>" * depth))


@fault(
    "many_attributes", "an element with `count` attributes (200,000)", "loaded_new", "parse_failed", "layout_unknown"
)
async def _many_attributes(context: Context) -> web.StreamResponse:
    names = b" ".join(b'data-a%d="1"' % n for n in range(int(context.number("count", 200_000))))
    return context.page(into_body(context.raw, b"<span " + names + b"></span>"))


@fault("entity_bomb", "nested entities in a DOCTYPE, used in the body", "loaded_new", "parse_failed", "layout_unknown")
async def _entity_bomb(context: Context) -> web.StreamResponse:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    doctype = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">{entities}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    )
    return context.page(doctype.encode() + into_body(context.raw, b"<i>&l11;&x;</i>"))


_HOSTILE = (
    '<script>alert(document.cookie)</script><img src="x" onerror="alert(1)"><svg onload="alert(2)"></svg>'
    '<a href="javascript:alert(3)" onclick="alert(4)"></a><iframe src="javascript:alert(5)"></iframe>'
    '<form action="https://evil.example.com/"><input name="q" autofocus onfocus="alert(6)"></form>'
    '<object data="data:text/html;base64,PHNjcmlwdD4="></object><style>@import "https://evil.example.com/x.css";</style>'
    '<a href="&#106;avascript:alert(7)"></a><math><mtext><style><img src=x onerror=alert(8)></style></mtext></math>'
    '<base href="https://evil.example.com/"><meta http-equiv="refresh" content="0;url=https://evil.example.com/">'
)


@fault("hostile_html", "scripts, event handlers and javascript: addresses in the body", "loaded_new")
async def _hostile_html(context: Context) -> web.StreamResponse:
    return context.page(into_body(context.raw, _HOSTILE.encode()))


@fault("path_tricks", "attachments and pictures with ../ and drive letters in their names", "loaded_new")
async def _path_tricks(context: Context) -> web.StreamResponse:
    links = "".join(
        f'<a href="{href}"></a>'
        for href in ("../../../../../etc/passwd.pdf", "..%2f..%2fetc%2fshadow.doc", "C:\\windows\\win.ini.xls", "file:///etc/passwd.pdf",
                     "/a/b/%00.pdf", "http://[broken/x.pdf", f"{'x' * 5000}.docx")
    )  # fmt: skip
    return context.page(into_body(context.raw, (links + '<img src="../../..//../%2e%2e/secret.png">').encode()))


@fault("truncated_html", "the page ends in the middle of the text, with the length to match", "truncated", "parse_failed",
        "layout_unknown")  # fmt: skip
async def _truncated_html(context: Context) -> web.StreamResponse:
    raw = context.raw
    start = max(raw.find(mark) for mark in BODY_MARKS)
    return context.page(raw[: start + 700] if start > 0 else raw[: len(raw) // 3])


@fault("stray_html_end", "a stray </html> before the article", "loaded_new")
async def _stray_html_end(context: Context) -> web.StreamResponse:
    at = context.raw.find(b"<h")
    at = context.raw.find(b"<div", at)
    return context.page(context.raw[:at] + b"</body></html>" + context.raw[at:])


@fault("layout_overnight", "the same articles in a layout that nobody has seen", "layout_unknown", "parse_failed",
        "loaded_new")  # fmt: skip
async def _layout_overnight(context: Context) -> web.StreamResponse:
    text = re.sub(
        r"<meta name=\"(?:ArticleTitle|PubDate|ContentSource|publishid|weibo[^\"]*)\"[^>]*>", "", text_of(context.raw)
    )
    text = re.sub(r"<title>[^<]*</title>", "<title></title>", text)
    return context.page(reshape(text).encode())


@fault("error_page_200", "status 200 and a page that says that the system is busy", "soft_404", "layout_unknown", "server_error",
        "other_kind")  # fmt: skip
async def _error_page_200(context: Context) -> web.StreamResponse:
    body = "<!DOCTYPE html><html><head><meta charset='utf-8'><title>系统繁忙</title></head><body><h1>系统繁忙，请稍后再试</h1><p>错误代码：B0001</p></body></html>"
    return context.page(body.encode())


@fault("soft_404", "status 200 and 页面没有找到 under every address", "soft_404")
async def _soft_404(context: Context) -> web.StreamResponse:
    from tests.replica.sina_pages import soft_404

    return context.page(soft_404().encode())


@fault("login_page", "status 200 and a page that asks to log in", "layout_unknown", "blocked", "other_kind", "soft_404")
async def _login_page(context: Context) -> web.StreamResponse:
    body = "<!DOCTYPE html><html><head><meta charset='utf-8'><title>用户登录</title></head><body><form method='post'><p>请登录后继续访问</p><input name='user'><input name='pass' type='password'></form></body></html>"
    return context.page(body.encode())


@fault("future_date", "articles are dated ten years ahead", "parse_failed", "loaded_new", "out_of_window")
async def _future_date(context: Context) -> web.StreamResponse:
    year = context.replica.world.today.year
    # The address keeps its date; only what the page prints is moved.
    text = re.sub(rf"(?<![/\d]){year}(?=年\d|-\d\d-\d\d[ <\"T])", str(year + 10), text_of(context.raw))
    text = text.replace(f'<p class="yyyy">{year}</p>', f'<p class="yyyy">{year + 10}</p>')
    return context.page(text.encode("gb18030" if b"charset=gb2312" in context.raw else "utf-8"))
