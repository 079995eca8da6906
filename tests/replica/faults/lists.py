"""Faults of listings, of the API and of robots.txt."""

from __future__ import annotations

import json
import re
from random import Random

from aiohttp import web

from tests.replica.faults.connection import stall
from tests.replica.faults.surgery import reshape, text_of
from tests.replica.faults.table import Context, fault

__all__: list[str] = []

# ---- listings ----


@fault("empty_listing", "a listing without a row", scope="listing")
async def _empty_listing(context: Context) -> web.StreamResponse:
    return context.page(context.variant("empty"))


@fault("stale_listing", "the list of `days` days ago (3), for ever", scope="listing")
async def _stale_listing(context: Context) -> web.StreamResponse:
    return context.page(context.variant(f"stale:{int(context.number('days', 3))}"))


@fault("endless_listing", "every page has rows and names a next one", scope="listing")
async def _endless_listing(context: Context) -> web.StreamResponse:
    return context.page(context.variant("endless"))


@fault("listing_layout", "the listing's markup, or the API's field names, have changed", scope="listing")
async def _listing_layout(context: Context) -> web.StreamResponse:
    if context.raw[:1] == b"{":
        return context.page(context.raw.replace(b'"data"', b'"items"').replace(b'"results"', b'"rowList"'))
    return context.page(reshape(text_of(context.raw)).encode())


@fault("million_links", "a listing with `count` links (1,000,000)", scope="listing")
async def _million_links(context: Context) -> web.StreamResponse | None:
    count = int(context.number("count", 1_000_000))
    raw = context.raw
    if raw[:1] == b"{":
        data = json.loads(raw)
        rows = data["result"]["data"] if "result" in data else data["data"]["results"]
        if not rows:
            return None
        row, rng = rows[0], Random("million")
        pieces = []
        for n in range(count):
            key = f"nq{n // 10**7:05d}".translate(str.maketrans("0123456789", "abcdefghij")) + f"{n % 10**7:07d}"
            url = re.sub(r"doc-i[a-z]{7}\d{7}", f"doc-i{key}", row["url"])
            url = re.sub(r"[0-9a-f]{32}", f"{rng.getrandbits(128):032x}", url)
            pieces.append({**row, "url": url, "docid": f"comos:{key}", "intro": "", "images": []})
        rows[:] = pieces
        return context.page(json.dumps(data, separators=(",", ":")).encode())
    match = re.search(
        rb"<(li|tr)\b[^>]*>(?:(?!</\1>)[\s\S])*?(?:t\d{8}_\d+|[0-9a-f]{32}|info/\d+/\d+)(?:(?!</\1>)[\s\S])*?</\1>", raw
    )
    if match is None:
        return None
    row = match.group(0)
    rng = Random("million")

    def another(n: int) -> bytes:
        text: bytes = re.sub(rb"[0-9a-f]{32}", lambda _: b"%032x" % rng.getrandbits(128), row)
        text = re.sub(rb"(t\d{8}_)\d+", lambda m: m[1] + b"%d" % (10**7 + n), text)
        return re.sub(rb"(info/\d+/)\d+", lambda m: m[1] + b"%d" % (10**7 + n), text)

    body = b"\n".join(another(n) for n in range(count))
    return context.page(raw[: match.end()] + body + raw[match.end() :])


@fault("api_invalid_json", "the API answers with half of its JSON", scope="listing")
async def _api_invalid_json(context: Context) -> web.StreamResponse | None:
    return context.page(context.raw[: len(context.raw) // 2]) if context.raw[:1] == b"{" else None


@fault("api_html", "the API answers with an HTML page", scope="listing")
async def _api_html(context: Context) -> web.StreamResponse | None:
    return context.page(b"<html><body>502</body></html>", content_type="text/html") if context.raw[:1] == b"{" else None


@fault("api_empty_data", "the roll API answers data: {} with a status code that is not 0", scope="listing")
async def _api_empty_data(context: Context) -> web.StreamResponse | None:
    if context.raw[:1] != b"{":
        return None
    code = int(context.number("code", 11))
    return context.page(json.dumps({"result": {"status": {"code": code, "msg": "system busy"}, "data": {}}}).encode())


@fault("api_jsonp", "the API answers in its JSONP form", scope="listing")
async def _api_jsonp(context: Context) -> web.StreamResponse | None:
    if context.raw[:1] != b"{":
        return None
    return context.page(
        b"try{feedCardJsonpCallback(" + context.raw + b");}catch(e){};", content_type="application/javascript"
    )


@fault("api_wrong_total", "the API claims more rows than it ever gives", scope="listing")
async def _api_wrong_total(context: Context) -> web.StreamResponse | None:
    return context.page(re.sub(rb'"total":\s*\d+', b'"total":987654', context.raw)) if context.raw[:1] == b"{" else None


@fault("api_nulls", "fields of the API's rows are null", scope="listing")
async def _api_nulls(context: Context) -> web.StreamResponse | None:
    if context.raw[:1] != b"{":
        return None
    data = json.loads(context.raw)
    for row in data["result"]["data"] if "result" in data else data["data"]["results"]:
        row |= {name: None for name in ("intro", "media_name", "author", "title", "keywords", "memo") if name in row}
    return context.page(json.dumps(data).encode())


# ---- robots.txt ----


def _robots(name: str, about: str, body: bytes, *, status: int = 200, kind: str = "text/plain") -> None:
    async def act(context: Context) -> web.StreamResponse:
        text = body.replace(b"DELAY", context.active.options.get("seconds", "1").encode())
        return context.page(text, status=status, content_type=kind)

    fault(name, about, scope="robots")(act)


_robots("robots_503", "robots.txt answers 503: all is disallowed for now (RFC 9309)", b"", status=503)
_robots("robots_403", "robots.txt answers 403: no rules (RFC 9309)", b"", status=403)
_robots("robots_disallow_all", "robots.txt shuts everybody out", b"User-agent: *\nDisallow: /\n")
_robots(
    "robots_delay",
    "robots.txt asks for `seconds` between requests (1)",
    b"User-agent: *\nCrawl-delay: DELAY\nAllow: /\n",
)
_robots("robots_html", "robots.txt is an HTML page", b"<html><body>hello</body></html>", kind="text/html")
_robots("robots_huge", "robots.txt of 5 MB", b"User-agent: *\n" + b"Disallow: /x/\n" * 370_000)
_robots("robots_binary", "robots.txt of bytes that are no text", bytes(range(256)) * 8)


@fault("robots_stall", "robots.txt is never answered", scope="robots")
async def _robots_stall(context: Context) -> web.StreamResponse | None:
    return await stall(context)


@fault("robots_loop", "robots.txt redirects to itself", scope="robots")
async def _robots_loop(context: Context) -> web.StreamResponse:
    return context.page(b"", status=302, Location="/robots.txt")
