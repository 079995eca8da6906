# ruff: noqa: E501 -- a row of the table stands on one line
"""Faults of the answer: status codes, challenges, redirects."""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime, timedelta

from aiohttp import web

from tests.replica.faults.table import Context, fault

__all__: list[str] = []

# ---- status ----


def _status(name: str, status: int, about: str, fate: str, body: str, **headers: str) -> None:
    async def act(context: Context) -> web.StreamResponse:
        shown = dict(headers)
        if "retry_after" in context.active.options:
            shown["Retry_After"] = context.active.options["retry_after"]
        return context.page(body.encode(), status=status, content_type="text/html; charset=utf-8", **shown)

    fault(name, about, fate, scope="any")(act)


_status("http_500", 500, "status 500", "server_error", "<html><body>Internal Server Error</body></html>")
_status("http_502", 502, "status 502 from the proxy", "server_error", "<html><body>Bad Gateway</body></html>")
_status("http_503", 503, "the site is down: status 503", "server_error", "<html><body>系统维护中</body></html>")
_status("http_403", 403, "the site refuses us: status 403", "blocked", "<html><body>403 Forbidden</body></html>")
_status("http_429", 429, "too many requests: status 429 with Retry-After", "rate_limited", "<html><body>访问过于频繁</body></html>",
        Retry_After="2")  # fmt: skip
_status("http_202", 202, "status 202 and nothing in it: a rate limit in disguise", "rate_limited", "")
_status("http_410", 410, "status 410", "gone", "<html><body>Gone</body></html>")
_status("http_451", 451, "status 451", "blocked", "<html><body>Unavailable</body></html>")


@fault("flaky", "status 503 for the first `fails` requests of an address (2), then right", "loaded_new", scope="any")
async def _flaky(context: Context) -> web.StreamResponse | None:
    seen = context.active.options.setdefault(f"seen {context.host}{context.target}", "0")
    if int(seen) >= context.number("fails", 2):
        return None
    context.active.options[f"seen {context.host}{context.target}"] = str(int(seen) + 1)
    return context.page(b"<html><body>503</body></html>", status=503)


@fault("empty_200", "status 200 and an empty body", "blocked", "truncated", "rate_limited")
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


@fault("challenge_yunsuo", "云锁 on every page: status 200, only a script", "challenged", scope="any")
async def _challenge_yunsuo(context: Context) -> web.StreamResponse:
    from tests.replica.xinjiang_pages import yunsuo

    return context.page(yunsuo().encode(), content_type="text/html", Set_Cookie="security_session_verify=ab12; path=/")


@fault("challenge_jsl", "加速乐: status 521, a cookie and a script", "challenged", scope="any")
async def _challenge_jsl(context: Context) -> web.StreamResponse:
    return context.page(
        _JSL.encode(), status=521, X_Via_JSL="d02dff2,-", Set_Cookie="__jsluid_s=3e9f; path=/; HttpOnly"
    )


@fault("challenge_ruishu", "瑞数: status 412, a blob in a meta tag and three scripts", "challenged", scope="any")
async def _challenge_ruishu(context: Context) -> web.StreamResponse:
    return context.page(_RUISHU.encode(), status=412, Set_Cookie="FSSBBIl1UgzbN7N80S=1.AbCd; path=/; HttpOnly")


@fault("challenge_acw", "a cloud WAF: status 200, `var arg1=` and acw_sc__v2", "challenged", scope="any")
async def _challenge_acw(context: Context) -> web.StreamResponse:
    body = "<html><script>var arg1='5F1A0B9C';function setCookie(n,v){document.cookie=n+'='+v};setCookie('acw_sc__v2',arg1);document.location.reload();</script></html>"
    return context.page(body.encode())


# ---- redirects ----


def _redirect(name: str, about: str, to: str, *fates: str, status: int = 302) -> None:
    async def act(context: Context) -> web.StreamResponse:
        home = f"https://{context.host}/"
        return context.page(b"", status=status, Location=to.format(host=context.host, target=context.target, home=home))

    fault(name, about, *fates)(act)


@fault("redirect_loop", "a redirect that leads back by way of a second address", "redirect_loop")
async def _redirect_loop(context: Context) -> web.StreamResponse:
    mark = "?" if "?" not in context.target else "&"
    plain = re.sub(r"[?&]_r=\d", "", context.target)
    there = plain if "_r=1" in context.target else f"{plain}{mark}_r=1"
    return context.page(b"", status=302, Location=there)


@fault("redirect_chain", "a new address at every step, without end", "redirect_loop")
async def _redirect_chain(context: Context) -> web.StreamResponse:
    match = re.search(r"[?&]_step=(\d+)", context.target)
    step = int(match.group(1)) + 1 if match else 1
    plain = re.sub(r"[?&]_step=\d+", "", context.target)
    return context.page(b"", status=302, Location=f"{plain}{'&' if '?' in plain else '?'}_step={step}")


@fault(
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


@fault("wrong_clock", "the server's clock is `hours` off (72), and its Date says so", "loaded_new", scope="any")
async def _wrong_clock(context: Context) -> web.StreamResponse:
    answer = context.replica.reply(
        context.request, context.replica.prepared(context.host, context.target, context.request)
    )
    told = datetime.now(UTC) + timedelta(hours=context.number("hours", 72))
    answer.headers["Date"] = email.utils.format_datetime(told, usegmt=True)
    return answer


@fault("https_only", "plain http is redirected to https", "loaded_new", scope="any")
async def _https_only(context: Context) -> web.StreamResponse | None:
    if context.request.headers.get("X-Forwarded-Proto", "http") == "https":
        return None
    return context.page(b"", status=301, Location=f"https://{context.host}{context.target}")
