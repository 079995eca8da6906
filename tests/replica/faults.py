# ruff: noqa: E501 -- a row of the table stands on one line
"""Every way in which a site can misbehave, by name, with the fates that a crawl may give to what it meets.

A fault is switched on for a publisher, a site's host or everybody, for one kind of request (`scope`), maybe for some
paths, some share of the addresses, or the first few requests only. FAULTS is the table; `docs` are its second column.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import hashlib
import json
import re
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.replica.bombs import bomb
from tests.replica.model import SiteServer
from tests.replica.wire import Wire

if TYPE_CHECKING:
    from tests.replica.server import Replica

__all__ = ["FAULTS", "Active", "Fault", "run"]

SCOPES = ("article", "listing", "robots", "any")


@dataclass(slots=True)
class Context:
    """One request that a fault has hold of."""

    replica: Replica
    request: web.BaseRequest
    host: str
    target: str
    role: str
    active: Active

    def number(self, name: str, default: float) -> float:
        """A numeric option of the fault."""
        return float(self.active.options.get(name, default))

    @property
    def raw(self) -> bytes:
        """The page as it would have been."""
        return self.replica.prepared(self.host, self.target, self.request).raw

    def variant(self, name: str) -> bytes:
        """The page as the site makes it in a variant (see `model.Request`)."""
        return self.replica.variant(self.host, self.target, name)

    def page(self, body: bytes, *, status: int = 200, content_type: str = "", **headers: str) -> web.Response:
        """Another page in its place, without validators."""
        kept = self.replica.prepared(self.host, self.target, self.request)
        shown = content_type or dict(kept.headers).get("Content-Type", "text/html")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=body, headers={"Content-Type": shown, "Server": "nginx", **named})

    @property
    def on(self) -> bool:
        """Whether the fault is still switched on."""
        return self.active in self.replica.faults


Act = Callable[[Context], Awaitable[web.StreamResponse | None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table.

    Args:
        name: what it is switched on by.
        about: what the site does.
        scope: which requests it meets when nothing else is said.
        fates: what a crawl may make of an article that it meets; the first is the best. For a listing or
            robots.txt: empty, since the channel fails and no article has a fate of its own.
        act: the doing.
    """

    name: str
    about: str
    scope: str
    fates: tuple[str, ...]
    act: Act

    def as_json(self) -> dict[str, Any]:
        """The row for a reader."""
        return {"about": self.about, "scope": self.scope, "fates": list(self.fates)}


FAULTS: dict[str, Fault] = {}


def _fault(name: str, about: str, *fates: str, scope: str = "article") -> Callable[[Act], Act]:
    def register(act: Act) -> Act:
        FAULTS[name] = Fault(name, about, scope, fates, act)
        return act

    return register


@dataclass(eq=False, slots=True)
class Active:
    """A fault that is switched on.

    Args:
        name: its row.
        site: a publisher's key, a host, or empty for all.
        scope: `article`, `listing`, `robots` or `any`.
        path: a regular expression that is searched in path and query.
        times: how many requests it meets; 0 is all.
        rate: the share of addresses that it meets, chosen by the address itself.
        options: what the fault itself reads (`seconds`, `mb`, `count`, `days` …).
    """

    name: str
    site: str = ""
    scope: str = "article"
    path: str = ""
    times: int = 0
    rate: float = 1.0
    options: dict[str, str] = field(default_factory=dict)
    hits: int = 0

    @classmethod
    def make(cls, name: str, options: dict[str, str]) -> Active:
        """Read the options of a switch-on request.

        Raises:
            KeyError: there is no such fault.
            ValueError: an option has no sense.
        """
        if name not in FAULTS:
            raise KeyError(f"no fault {name!r}; there are {', '.join(sorted(FAULTS))}")
        rest = dict(options)
        scope = rest.pop("scope", FAULTS[name].scope)
        if scope not in SCOPES:
            raise ValueError(f"scope is one of {', '.join(SCOPES)}, not {scope!r}")
        path = rest.pop("path", "")
        re.compile(path)
        return cls(
            name=name,
            site=rest.pop("site", "").removeprefix("*"),
            scope=scope,
            path=path,
            times=int(rest.pop("times", "0")),
            rate=float(rest.pop("rate", "1")),
            options=rest,
        )

    @classmethod
    def none(cls) -> Active:
        """What stands for no fault."""
        return cls(name="none", times=-1)

    def as_json(self) -> dict[str, Any]:
        """How it is switched on, and how often it struck."""
        return {
            "name": self.name,
            "site": self.site,
            "scope": self.scope,
            "path": self.path,
            "times": self.times,
            "rate": self.rate,
            "options": self.options,
            "hits": self.hits,
        }

    def applies(self, host: str, target: str, role: str, site: SiteServer | None) -> bool:
        """Whether a request meets it."""
        if self.times and self.hits >= self.times:
            return False
        if self.site and self.site != host and (site is None or self.site != site.publisher):
            return False
        if self.scope != "any" and role != self.scope:
            return False
        if self.path and not re.search(self.path, target):
            return False
        if self.rate >= 1:
            return True
        digest = hashlib.md5(f"{self.name}/{host}{target}".encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:4]) / 2**32 < self.rate


async def run(
    active: Active, replica: Replica, request: web.BaseRequest, host: str, target: str, role: str
) -> web.StreamResponse | None:
    """Let a fault answer; None where it lets the request through."""
    return await FAULTS[active.name].act(Context(replica, request, host, target, role, active))


# ---- the wire ----


def _abort(transport: asyncio.Transport) -> None:
    # SO_LINGER with zero seconds makes the close a RST and not a FIN.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _head(length: int | None = None, *, status: str = "200 OK", extra: str = "", kind: str = "text/html") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Server: nginx", f"Content-Type: {kind}"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + f"\r\n{extra}\r\n").encode("latin-1")


async def _linger(context: Context, seconds: float) -> None:
    """Wait, but no longer than the client does or the fault is on."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end and context.on:
        transport = context.request.transport
        if transport is None or transport.is_closing():
            return
        await asyncio.sleep(0.05)


@_fault("reset", "the connection is reset before a byte was sent", "network_error")
async def _reset(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        _abort(transport)

    return Wire(write)


@_fault("reset_midway", "reset after the headers and half of the body", "truncated", "network_error")
async def _reset_midway(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(len(body)) + body[: len(body) // 2])
        await asyncio.sleep(0.05)
        _abort(transport)

    return Wire(write)


@_fault("close_early", "the connection is closed without an answer", "network_error")
async def _close_early(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        transport.close()

    return Wire(write)


@_fault("stall", "the request is taken and never answered (`seconds`, 600)", "timeout")
async def _stall(context: Context) -> web.StreamResponse | None:
    async def write(transport: asyncio.Transport) -> None:
        await _linger(context, context.number("seconds", 600))
        transport.abort()

    return Wire(write)


@_fault("stall_midway", "half of the body, then silence (`seconds`, 600)", "timeout", "truncated")
async def _stall_midway(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(len(body)) + body[: len(body) // 2])
        await _linger(context, context.number("seconds", 600))
        transport.abort()

    return Wire(write)


@_fault("drip", "one byte of the body every `every` seconds (0.5)", "timeout")
async def _drip(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(len(body)))
        for at in range(len(body)):
            if transport.is_closing() or not context.on:
                break
            transport.write(body[at : at + 1])
            await asyncio.sleep(context.number("every", 0.5))
        transport.abort()

    return Wire(write)


@_fault("drip_headers", "the header lines come one a second and never end", "timeout", "network_error")
async def _drip_headers(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
        for n in range(100_000):
            if transport.is_closing() or not context.on:
                break
            transport.write(f"X-Slow-{n}: {n}\r\n".encode())
            await asyncio.sleep(context.number("every", 1.0))
        transport.abort()

    return Wire(write)


@_fault("slow", "the answer is right and comes late (`seconds`, 2)", "loaded_new", scope="any")
async def _slow(context: Context) -> None:
    await _linger(context, context.number("seconds", 2))


@_fault("short_body", "Content-Length promises more than comes", "truncated", "network_error")
async def _short_body(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(len(body) + 4096) + body)
        transport.close()

    return Wire(write)


@_fault("long_body", "more comes than Content-Length promises: what counts ends in the middle of the page",
        "truncated", "layout_unknown", "parse_failed")  # fmt: skip
async def _long_body(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(len(body) // 3) + body)
        transport.close()

    return Wire(write)


@_fault("endless_chunked", "a chunked body that never ends", "too_large", "timeout")
async def _endless_chunked(context: Context) -> web.StreamResponse:
    chunk = b"4000\r\n" + (b"<!-- " + b"x" * 16374 + b" -->")[:16384] + b"\r\n"

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(extra="Transfer-Encoding: chunked\r\n"))
        while not transport.is_closing() and context.on:
            while transport.get_write_buffer_size() > 1 << 20 and not transport.is_closing():
                await asyncio.sleep(0.01)
            transport.write(chunk * 16)
            await asyncio.sleep(0)
        transport.abort()

    return Wire(write)


@_fault("chunked_cut", "a chunked body without its last chunk", "truncated", "network_error")
async def _chunked_cut(context: Context) -> web.StreamResponse:
    body = context.raw[: len(context.raw) * 2 // 3]

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(extra="Transfer-Encoding: chunked\r\n") + f"{len(body):x}\r\n".encode() + body + b"\r\n")
        transport.close()

    return Wire(write)


@_fault("chunked_bad", "a chunk size that is no number", "network_error", "truncated")
async def _chunked_bad(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(extra="Transfer-Encoding: chunked\r\n") + b"zz\r\n<html>\r\n0\r\n\r\n")
        transport.close()

    return Wire(write)


@_fault("not_http", "an answer that is not HTTP", "network_error", "layout_unknown")
async def _not_http(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        transport.write(b"\x15\x03\x01\x00\x02\x02\x46" + b"SSH-2.0-OpenSSH_7.4\r\n" * 3)
        transport.close()

    return Wire(write)


@_fault("huge_header", "one response header of 1 MB", "network_error", "loaded_new")
async def _huge_header(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(len(body), extra=f"X-Trace: {'a' * (1 << 20)}\r\n") + body)
        await asyncio.sleep(0.05)
        transport.close()

    return Wire(write)


@_fault("cookie_flood", "300 cookies with every answer", "loaded_new", "network_error")
async def _cookie_flood(context: Context) -> web.StreamResponse:
    body = context.raw
    cookies = "".join(f"Set-Cookie: c{n}={'v' * 40}; Path=/; HttpOnly\r\n" for n in range(300))

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(len(body), extra=f"{cookies}Connection: close\r\n") + body)
        await asyncio.sleep(0.05)
        transport.close()

    return Wire(write)


@_fault("two_lengths", "two Content-Length headers that disagree", "network_error", "truncated", "loaded_new")
async def _two_lengths(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(len(body), extra=f"Content-Length: {len(body) // 2}\r\n") + body)
        transport.close()

    return Wire(write)


# ---- status ----


def _status(name: str, status: int, about: str, fate: str, body: str, **headers: str) -> None:
    async def act(context: Context) -> web.StreamResponse:
        shown = dict(headers)
        if "retry_after" in context.active.options:
            shown["Retry_After"] = context.active.options["retry_after"]
        return context.page(body.encode(), status=status, content_type="text/html; charset=utf-8", **shown)

    _fault(name, about, fate, scope="any")(act)


_status("http_500", 500, "status 500", "server_error", "<html><body>Internal Server Error</body></html>")
_status("http_502", 502, "status 502 from the proxy", "server_error", "<html><body>Bad Gateway</body></html>")
_status("http_503", 503, "the site is down: status 503", "server_error", "<html><body>系统维护中</body></html>")
_status("http_403", 403, "the site refuses us: status 403", "blocked", "<html><body>403 Forbidden</body></html>")
_status("http_429", 429, "too many requests: status 429 with Retry-After", "rate_limited", "<html><body>访问过于频繁</body></html>",
        Retry_After="2")  # fmt: skip
_status("http_202", 202, "status 202 and nothing in it: a rate limit in disguise", "rate_limited", "")
_status("http_410", 410, "status 410", "gone", "<html><body>Gone</body></html>")
_status("http_451", 451, "status 451", "blocked", "<html><body>Unavailable</body></html>")


@_fault("flaky", "status 503 for the first `fails` requests of an address (2), then right", "loaded_new", scope="any")
async def _flaky(context: Context) -> web.StreamResponse | None:
    seen = context.active.options.setdefault(f"seen {context.host}{context.target}", "0")
    if int(seen) >= context.number("fails", 2):
        return None
    context.active.options[f"seen {context.host}{context.target}"] = str(int(seen) + 1)
    return context.page(b"<html><body>503</body></html>", status=503)


@_fault("empty_200", "status 200 and an empty body", "blocked", "truncated", "rate_limited")
async def _empty_200(context: Context) -> web.StreamResponse:
    return context.page(b"")


# ---- challenges ----

_JSL = (
    "<script>document.cookie=('_')+('_')+('j')+('s')+('l')+('_')+('c')+('l')+'earance_s='+(-~[]+'')+'781604.53|-1|x;"
    "max-age=3600;path=/';location.href=location.pathname+location.search</script>"
)
_RUISHU = (
    '<!DOCTYPE html><html><head><meta id="9DhefwqGPrzGxEp9hPaoag" content="{qKqo0MvIF8sJTgcV4xu3jpJBqiVcOXy8Yz1" r="m">'
    '<script type="text/javascript" charset="iso-8859-1" src="/4QbVtADbnLVIc/c.FxJzG50F.a5f6d7c.js" r="m"></script>'
    '<script type="text/javascript" r="m">$_ts=window["$_ts"];if(!$_ts)$_ts={};$_ts.nsd=74231;</script></head><body>'
    "<script>_$bO();</script></body></html>"
)


@_fault("challenge_yunsuo", "云锁 on every page: status 200, only a script", "challenged", scope="any")
async def _challenge_yunsuo(context: Context) -> web.StreamResponse:
    from tests.replica.xinjiang_pages import yunsuo

    return context.page(yunsuo().encode(), content_type="text/html", Set_Cookie="security_session_verify=ab12; path=/")


@_fault("challenge_jsl", "加速乐: status 521, a cookie and a script", "challenged", scope="any")
async def _challenge_jsl(context: Context) -> web.StreamResponse:
    return context.page(
        _JSL.encode(), status=521, X_Via_JSL="d02dff2,-", Set_Cookie="__jsluid_s=3e9f; path=/; HttpOnly"
    )


@_fault("challenge_ruishu", "瑞数: status 412, a blob in a meta tag and three scripts", "challenged", scope="any")
async def _challenge_ruishu(context: Context) -> web.StreamResponse:
    return context.page(_RUISHU.encode(), status=412, Set_Cookie="FSSBBIl1UgzbN7N80S=1.AbCd; path=/; HttpOnly")


@_fault("challenge_acw", "a cloud WAF: status 200, `var arg1=` and acw_sc__v2", "challenged", scope="any")
async def _challenge_acw(context: Context) -> web.StreamResponse:
    body = "<html><script>var arg1='5F1A0B9C';function setCookie(n,v){document.cookie=n+'='+v};setCookie('acw_sc__v2',arg1);document.location.reload();</script></html>"
    return context.page(body.encode())


# ---- redirects ----


def _redirect(name: str, about: str, to: str, *fates: str, status: int = 302) -> None:
    async def act(context: Context) -> web.StreamResponse:
        home = f"https://{context.host}/"
        return context.page(b"", status=status, Location=to.format(host=context.host, target=context.target, home=home))

    _fault(name, about, *fates)(act)


@_fault("redirect_loop", "a redirect that leads back by way of a second address", "redirect_loop")
async def _redirect_loop(context: Context) -> web.StreamResponse:
    mark = "?" if "?" not in context.target else "&"
    plain = re.sub(r"[?&]_r=\d", "", context.target)
    there = plain if "_r=1" in context.target else f"{plain}{mark}_r=1"
    return context.page(b"", status=302, Location=there)


@_fault("redirect_chain", "a new address at every step, without end", "redirect_loop")
async def _redirect_chain(context: Context) -> web.StreamResponse:
    match = re.search(r"[?&]_step=(\d+)", context.target)
    step = int(match.group(1)) + 1 if match else 1
    plain = re.sub(r"[?&]_step=\d+", "", context.target)
    return context.page(b"", status=302, Location=f"{plain}{'&' if '?' in plain else '?'}_step={step}")


@_fault(
    "redirect_nowhere",
    "status 302 without a Location",
    "redirect_loop",
    "layout_unknown",
    "server_error",
    "network_error",
)
async def _redirect_nowhere(context: Context) -> web.StreamResponse:
    return context.page(b"", status=302)


_redirect("redirect_self", "a redirect to the same address", "{target}", "redirect_loop")
_redirect("redirect_home", "every article leads to the home page", "{home}", "listing", "soft_404", "other_kind",
          "layout_unknown", "off_site")  # fmt: skip
_redirect(
    "redirect_off_site", "to a host that is not the publisher's", "https://ads.example.com/landing?x=1", "off_site"
)
_redirect("redirect_loopback", "to a service on this machine", "http://127.0.0.1:22/", "off_site")
_redirect("redirect_localhost", "to localhost by name", "http://localhost/admin", "off_site")
_redirect("redirect_private", "to an address of a private network", "http://10.0.0.1/", "off_site")
_redirect("redirect_private_172", "to an address of a private network", "http://172.16.3.4/", "off_site")
_redirect(
    "redirect_link_local", "to the metadata service of a cloud", "http://169.254.169.254/latest/meta-data/", "off_site"
)
_redirect(
    "redirect_metadata",
    "to a metadata service by name",
    "http://metadata.google.internal/computeMetadata/v1/",
    "off_site",
)
_redirect("redirect_dns", "to a public name that resolves to loopback", "http://127.0.0.1.nip.example/", "off_site")
_redirect("redirect_ipv6", "to the IPv6 loopback", "http://[::1]:8080/", "off_site")
_redirect("redirect_mapped", "to loopback, written as an IPv4-mapped address", "http://[::ffff:127.0.0.1]/", "off_site")
_redirect("redirect_decimal", "to loopback, written as one number", "http://2130706433/", "off_site")
_redirect("redirect_userinfo", "a host that looks like ours before an @", "http://{host}@127.0.0.1/", "off_site")
_redirect("redirect_file", "to a file", "file:///etc/passwd", "off_site", "network_error", "redirect_loop")
_redirect("redirect_data", "to a data URL", "data:text/html,<h1>x</h1>", "off_site", "network_error", "redirect_loop")


@_fault("https_only", "plain http is redirected to https", "loaded_new", scope="any")
async def _https_only(context: Context) -> web.StreamResponse | None:
    if context.request.headers.get("X-Forwarded-Proto", "http") == "https":
        return None
    return context.page(b"", status=301, Location=f"https://{context.host}{context.target}")


# ---- size and encoding ----


@_fault("huge_body", "a body of `mb` megabytes (300)", "too_large")
async def _huge_body(context: Context) -> web.StreamResponse:
    size = int(context.number("mb", 300)) << 20
    block = b"<p>" + b"a" * 65529 + b"</p>"

    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(size))
        sent = 0
        while sent < size and not transport.is_closing() and context.on:
            while transport.get_write_buffer_size() > 1 << 20 and not transport.is_closing():
                await asyncio.sleep(0.005)
            piece = block[: min(len(block), size - sent)]
            transport.write(piece)
            sent += len(piece)
            await asyncio.sleep(0)
        transport.close()

    return Wire(write)


@_fault("huge_claim", "Content-Length of 5 GB", "too_large")
async def _huge_claim(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        transport.write(_head(5 << 30) + b"<html>")
        await _linger(context, context.number("seconds", 600))
        transport.abort()

    return Wire(write)


def _bomb(kind: str) -> None:
    async def act(context: Context) -> web.StreamResponse:
        return context.page(bomb(kind, int(context.number("mb", 256))), Content_Encoding=kind)

    _fault(f"bomb_{kind}", f"a small {kind} body that unpacks to `mb` megabytes (256)", "too_large")(act)


for _kind in ("gzip", "deflate", "br", "zstd"):
    _bomb(_kind)


@_fault(
    "gzip_broken",
    "Content-Encoding gzip, and bytes in the middle are wrong",
    "truncated",
    "decode_failed",
    "network_error",
)
async def _gzip_broken(context: Context) -> web.StreamResponse:
    packed = bytearray(gzip.compress(context.raw, 6, mtime=0))
    for at in range(len(packed) // 2, len(packed) // 2 + 40):
        packed[at] ^= 0x5A
    return context.page(bytes(packed), Content_Encoding="gzip")


@_fault(
    "gzip_cut",
    "a gzip body that ends too early, with the length to match",
    "truncated",
    "decode_failed",
    "network_error",
)
async def _gzip_cut(context: Context) -> web.StreamResponse:
    packed = gzip.compress(context.raw, 6, mtime=0)
    return context.page(packed[: len(packed) // 2], Content_Encoding="gzip")


@_fault("gzip_lie", "Content-Encoding gzip over a body that is not packed", "loaded_new", "decode_failed", "truncated",
        "network_error")  # fmt: skip
async def _gzip_lie(context: Context) -> web.StreamResponse:
    return context.page(context.raw, Content_Encoding="gzip")


@_fault("gzip_twice", "a gzip body packed once more than it says", "decode_failed", "layout_unknown", "loaded_new")
async def _gzip_twice(context: Context) -> web.StreamResponse:
    return context.page(gzip.compress(gzip.compress(context.raw, 1, mtime=0), 1, mtime=0), Content_Encoding="gzip")


@_fault("encoding_unknown", "a Content-Encoding that nobody knows", "decode_failed", "layout_unknown", "network_error")
async def _encoding_unknown(context: Context) -> web.StreamResponse:
    return context.page(zlib.compress(context.raw), Content_Encoding="x-snappy")


@_fault("wrong_charset", "the header says gb2312, the page is UTF-8", "loaded_new", "decode_failed")
async def _wrong_charset(context: Context) -> web.StreamResponse:
    return context.page(context.raw, content_type="text/html; charset=gb2312")


@_fault("mixed_charset", "a run of bytes in the body that no charset explains", "decode_failed")
async def _mixed_charset(context: Context) -> web.StreamResponse:
    return context.page(_into_body(context.raw, b"\xff\xfe\x80\xc3\x28\xf5\xff\xfe\x81"))


@_fault(
    "utf16", "the page in UTF-16 with a byte order mark, undeclared", "loaded_new", "decode_failed", "layout_unknown"
)
async def _utf16(context: Context) -> web.StreamResponse:
    return context.page(_text(context.raw).encode("utf-16"))


@_fault("null_bytes", "null bytes among the characters of the text", "loaded_new", "decode_failed")
async def _null_bytes(context: Context) -> web.StreamResponse:
    return context.page(_into_body(context.raw, b"\x00\x00").replace("，".encode(), "，".encode() + b"\x00", 3))


@_fault("pdf", "a PDF under an article's address", "other_kind", "decode_failed", "layout_unknown")
async def _pdf(context: Context) -> web.StreamResponse:
    body = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    return context.page(body, content_type="application/pdf")


# ---- hostile or broken HTML ----


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


_BODY_MARKS = (b"<UCAPCONTENT>", b'id="artibody"', b'class="art_p"', b'id="text"', b'id="NewsContent"', b"vsb_content",
               b'class="contText"', b'class="text botborder"')  # fmt: skip


def _into_body(raw: bytes, what: bytes) -> bytes:
    """Put bytes into the article's first paragraph."""
    start = max((raw.find(mark) for mark in _BODY_MARKS), default=-1)
    at = raw.find(b"<p", max(start, 0))
    end = raw.find(b"</p>", at)
    if at < 0 or end < 0:
        at = raw.find(b"</body>")
        return raw[:at] + what + raw[at:]
    return raw[:end] + what + raw[end:]


@_fault("long_line", "a line of 10 MB inside the body", "loaded_new", "parse_failed", "too_large")
async def _long_line(context: Context) -> web.StreamResponse:
    size = int(context.number("mb", 10)) << 20
    return context.page(_into_body(context.raw, b"<!-- " + b"x" * size + b" -->"))


@_fault("deep_nesting", "100,000 tags inside one another, in the body", "loaded_new", "parse_failed", "layout_unknown")
async def _deep_nesting(context: Context) -> web.StreamResponse:
    depth = int(context.number("depth", 100_000))
    return context.page(_into_body(context.raw, b"<b>" * depth + b"</b>" * depth))


@_fault("many_attributes", "an element with 200,000 attributes", "loaded_new", "parse_failed", "layout_unknown")
async def _many_attributes(context: Context) -> web.StreamResponse:
    names = b" ".join(b'data-a%d="1"' % n for n in range(200_000))
    return context.page(_into_body(context.raw, b"<span " + names + b"></span>"))


@_fault("entity_bomb", "nested entities in a DOCTYPE, used in the body", "loaded_new", "parse_failed", "layout_unknown")
async def _entity_bomb(context: Context) -> web.StreamResponse:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    doctype = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">{entities}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    )
    return context.page(doctype.encode() + _into_body(context.raw, b"<i>&l11;&x;</i>"))


_HOSTILE = (
    '<script>alert(document.cookie)</script><img src="x" onerror="alert(1)"><svg onload="alert(2)"></svg>'
    '<a href="javascript:alert(3)" onclick="alert(4)"></a><iframe src="javascript:alert(5)"></iframe>'
    '<form action="https://evil.example.com/"><input name="q" autofocus onfocus="alert(6)"></form>'
    '<object data="data:text/html;base64,PHNjcmlwdD4="></object><style>@import "https://evil.example.com/x.css";</style>'
    '<a href="&#106;avascript:alert(7)"></a><math><mtext><style><img src=x onerror=alert(8)></style></mtext></math>'
    '<base href="https://evil.example.com/"><meta http-equiv="refresh" content="0;url=https://evil.example.com/">'
)


@_fault("hostile_html", "scripts, event handlers and javascript: addresses in the body", "loaded_new")
async def _hostile_html(context: Context) -> web.StreamResponse:
    return context.page(_into_body(context.raw, _HOSTILE.encode()))


@_fault("path_tricks", "attachments and pictures with ../ and drive letters in their names", "loaded_new")
async def _path_tricks(context: Context) -> web.StreamResponse:
    links = "".join(
        f'<a href="{href}"></a>'
        for href in ("../../../../../etc/passwd.pdf", "..%2f..%2fetc%2fshadow.doc", "C:\\windows\\win.ini.xls", "file:///etc/passwd.pdf",
                     "/a/b/%00.pdf", "http://[broken/x.pdf", f"{'x' * 5000}.docx")
    )  # fmt: skip
    return context.page(_into_body(context.raw, (links + '<img src="../../..//../%2e%2e/secret.png">').encode()))


@_fault("truncated_html", "the page ends in the middle of the text, with the length to match", "truncated", "parse_failed",
        "layout_unknown")  # fmt: skip
async def _truncated_html(context: Context) -> web.StreamResponse:
    raw = context.raw
    start = max(raw.find(mark) for mark in _BODY_MARKS)
    return context.page(raw[: start + 700] if start > 0 else raw[: len(raw) // 3])


@_fault("stray_html_end", "a stray </html> before the article", "loaded_new")
async def _stray_html_end(context: Context) -> web.StreamResponse:
    at = context.raw.find(b"<h")
    at = context.raw.find(b"<div", at)
    return context.page(context.raw[:at] + b"</body></html>" + context.raw[at:])


def _reshape(text: str) -> str:
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


@_fault("layout_overnight", "the same articles in a layout that nobody has seen", "layout_unknown", "parse_failed")
async def _layout_overnight(context: Context) -> web.StreamResponse:
    text = re.sub(
        r"<meta name=\"(?:ArticleTitle|PubDate|ContentSource|publishid|weibo[^\"]*)\"[^>]*>", "", _text(context.raw)
    )
    text = re.sub(r"<title>[^<]*</title>", "<title></title>", text)
    return context.page(_reshape(text).encode())


@_fault("error_page_200", "status 200 and a page that says that the system is busy", "soft_404", "layout_unknown", "server_error",
        "other_kind")  # fmt: skip
async def _error_page_200(context: Context) -> web.StreamResponse:
    body = "<!DOCTYPE html><html><head><meta charset='utf-8'><title>系统繁忙</title></head><body><h1>系统繁忙，请稍后再试</h1><p>错误代码：B0001</p></body></html>"
    return context.page(body.encode())


@_fault("soft_404", "status 200 and 页面没有找到 under every address", "soft_404")
async def _soft_404(context: Context) -> web.StreamResponse:
    from tests.replica.sina_pages import soft_404

    return context.page(soft_404().encode())


@_fault(
    "login_page", "status 200 and a page that asks to log in", "layout_unknown", "blocked", "other_kind", "soft_404"
)
async def _login_page(context: Context) -> web.StreamResponse:
    body = "<!DOCTYPE html><html><head><meta charset='utf-8'><title>用户登录</title></head><body><form method='post'><p>请登录后继续访问</p><input name='user'><input name='pass' type='password'></form></body></html>"
    return context.page(body.encode())


@_fault("future_date", "articles are dated ten years ahead", "parse_failed", "loaded_new", "out_of_window")
async def _future_date(context: Context) -> web.StreamResponse:
    year = context.replica.world.today.year
    # The address keeps its date; only what the page prints is moved.
    text = re.sub(rf"(?<![/\d]){year}(?=年\d|-\d\d-\d\d[ <\"T])", str(year + 10), _text(context.raw))
    text = text.replace(f'<p class="yyyy">{year}</p>', f'<p class="yyyy">{year + 10}</p>')
    return context.page(text.encode("gb18030" if b"charset=gb2312" in context.raw else "utf-8"))


# ---- listings ----


@_fault("empty_listing", "a listing without a row", scope="listing")
async def _empty_listing(context: Context) -> web.StreamResponse:
    return context.page(context.variant("empty"))


@_fault("stale_listing", "the list of `days` days ago (3), for ever", scope="listing")
async def _stale_listing(context: Context) -> web.StreamResponse:
    return context.page(context.variant(f"stale:{int(context.number('days', 3))}"))


@_fault("endless_listing", "every page has rows and names a next one", scope="listing")
async def _endless_listing(context: Context) -> web.StreamResponse:
    return context.page(context.variant("endless"))


@_fault("listing_layout", "the listing's markup, or the API's field names, have changed", scope="listing")
async def _listing_layout(context: Context) -> web.StreamResponse:
    if context.raw[:1] == b"{":
        return context.page(context.raw.replace(b'"data"', b'"items"').replace(b'"results"', b'"rowList"'))
    return context.page(_reshape(_text(context.raw)).encode())


@_fault("million_links", "a listing with `count` links (1,000,000)", scope="listing")
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


@_fault("api_invalid_json", "the API answers with half of its JSON", scope="listing")
async def _api_invalid_json(context: Context) -> web.StreamResponse | None:
    return context.page(context.raw[: len(context.raw) // 2]) if context.raw[:1] == b"{" else None


@_fault("api_html", "the API answers with an HTML page", scope="listing")
async def _api_html(context: Context) -> web.StreamResponse | None:
    return context.page(b"<html><body>502</body></html>", content_type="text/html") if context.raw[:1] == b"{" else None


@_fault("api_empty_data", "the roll API answers data: {} with a status code that is not 0", scope="listing")
async def _api_empty_data(context: Context) -> web.StreamResponse | None:
    if context.raw[:1] != b"{":
        return None
    code = int(context.number("code", 11))
    return context.page(json.dumps({"result": {"status": {"code": code, "msg": "system busy"}, "data": {}}}).encode())


@_fault("api_jsonp", "the API answers in its JSONP form", scope="listing")
async def _api_jsonp(context: Context) -> web.StreamResponse | None:
    if context.raw[:1] != b"{":
        return None
    return context.page(
        b"try{feedCardJsonpCallback(" + context.raw + b");}catch(e){};", content_type="application/javascript"
    )


@_fault("api_wrong_total", "the API claims more rows than it ever gives", scope="listing")
async def _api_wrong_total(context: Context) -> web.StreamResponse | None:
    return context.page(re.sub(rb'"total":\s*\d+', b'"total":987654', context.raw)) if context.raw[:1] == b"{" else None


@_fault("api_nulls", "fields of the API's rows are null", scope="listing")
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

    _fault(name, about, scope="robots")(act)


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


@_fault("robots_stall", "robots.txt is never answered", scope="robots")
async def _robots_stall(context: Context) -> web.StreamResponse | None:
    return await _stall(context)


@_fault("robots_loop", "robots.txt redirects to itself", scope="robots")
async def _robots_loop(context: Context) -> web.StreamResponse:
    return context.page(b"", status=302, Location="/robots.txt")
