"""Answers that refuse us: blocks, rate limits and the pages that want a script to run. Reported, never solved."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crawler.errors import Fate

__all__ = ["recognise"]

_HEAD = 49_152
"""Bytes from which on a page is too long to be one of these; a real article's text may speak of anything."""

_ENOUGH = 1200
"""Bytes of text from which on a page says something of its own; how many more it has is not counted."""

_PIECE = 4096

_HIDDEN = re.compile(rb"<(?:!--|script\b|style\b)", re.I)
_TAG = re.compile(rb"<[^<>]{0,2000}>")

# What the common shields put into their pages. The first of each pair names the product for the evidence.
_SIGNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    (
        "云锁",
        re.compile(
            rb"YunSuoAutoJump|security_session_verify|security_verify_data",
            re.I,
        ),
    ),
    (
        "加速乐",
        re.compile(
            rb"__jsl_clearance|__jsluid_[sh]",
            re.I,
        ),
    ),
    (
        "阿里云 WAF",
        re.compile(
            rb"acw_sc__v2|var\s+arg1\s*=\s*['\"][0-9A-F]{20,}|_waf_is_mobile|aliyun_waf|"
            rb"awsc_?nc",
            re.I,
        ),
    ),
    (
        "瑞数",
        re.compile(
            rb"\$_ts\s*=\s*window|\$_ts\.nsd|FSSBBIl1UgzbN7N|MmEwMD=|"
            rb"<meta[^>]{0,80}r=['\"]m['\"]",
            re.I,
        ),
    ),
    (
        "Cloudflare",
        re.compile(
            rb"cf-browser-verification|cf_chl_opt|challenge-platform|<title>Just a moment",
            re.I,
        ),
    ),
    (
        "腾讯云 WAF",
        re.compile(
            rb"waf\.tencent|TencentCaptcha|__captcha_js",
            re.I,
        ),
    ),
    (
        "安全狗",
        re.compile(
            rb"safedog|WAF_BLOCK|D\xe7\x9b\xbe",
            re.I,
        ),
    ),
    (
        "宝塔",
        re.compile(
            rb"btwaf|bt_waf",
            re.I,
        ),
    ),
)
_CAPTCHA = re.compile(
    "请输入验证码|滑动验证|拖动滑块|人机验证|安全验证|访问验证|请完成验证|验证您是否是真人|"
    "正在进行安全检测|浏览器安全检查"
)
_BLOCKED = re.compile(
    "您的访问被拦截|访问被阻断|访问被拒绝|您的IP.{0,20}(?:禁止|封|拦截|限制)|请求被拦截|已被网站管理员设置"
    "拦截|当前访问疑似黑客攻击|拒绝访问|非法请求|网站防火墙|Access Denied|"
    "Request blocked|403 Forbidden",
    re.I,
)
_TOO_OFTEN = re.compile("访问(?:过于|太)?频繁|请求过于频繁|操作频繁|Too Many Requests|rate limit", re.I)


def recognise(status: int, headers: Mapping[str, str], body: bytes) -> tuple[Fate, str] | None:
    """Whether an answer refuses us, and how.

    Sources: what the shields print on Chinese government and news sites (加速乐 521, 瑞数 412, 云锁 and Alibaba Cloud
    with status 200).

    Args:
        status: the HTTP status.
        headers: the response headers, names in any case.
        body: after content decoding.

    Returns:
        The fate (`challenged`, `blocked`, `rate_limited`) and what was seen, or None for an ordinary answer.
    """
    names = {name.lower(): value for name, value in headers.items()}
    if status == 429:
        wait = names.get("retry-after")
        return Fate.RATE_LIMITED, f"429 Too Many Requests{f', retry after {wait}' if wait else ''}"
    cookies = names.get("set-cookie", "")
    if status == 521 or "__jsl_clearance" in cookies or (status != 200 and "x-via-jsl" in names):
        return Fate.CHALLENGED, f"{status} 加速乐 challenge"
    if status == 412:
        return Fate.CHALLENGED, "412 瑞数 challenge"
    text_size = _visible(body) if len(body) < _HEAD else _HEAD
    if text_size < _ENOUGH:
        for product, sign in _SIGNS:
            if sign.search(body):
                return Fate.CHALLENGED, f"{status} {product}: a page that only runs a script"
    if status == 403:
        return Fate.BLOCKED, "403 Forbidden"
    empty = not body or body.isspace()
    if status == 202 and empty:
        # Sina's way to say 429.
        return Fate.RATE_LIMITED, "202 with an empty body: a rate limit"
    if status == 202 and text_size < 200:
        return Fate.CHALLENGED, "202 with a page that only runs a script"
    if status == 200 and empty:
        return Fate.BLOCKED, "200 with an empty body"
    if text_size < _ENOUGH:
        for codec in ("utf-8", "gb18030"):
            # Only looked through for phrases; nothing of this reading is stored.
            text = body.decode(codec, "ignore")
            if _CAPTCHA.search(text):
                return Fate.CHALLENGED, f"{status} asks for a captcha"
            if _TOO_OFTEN.search(text):
                return Fate.RATE_LIMITED, f"{status} says that we ask too often"
            if _BLOCKED.search(text):
                return Fate.BLOCKED, f"{status} says that the request was blocked"
        if (
            text_size == 0
            and re.search(rb"<script", body, re.I)
            and re.search(rb"document\.cookie|location\.(?:href|reload|replace)|eval\(", body)
        ):
            return Fate.CHALLENGED, f"{status} with a body that is only a script"
    return None


def _visible(body: bytes) -> int:
    """The bytes of a page's text without tags and blanks, counted piece by piece until there are enough."""
    size = at = 0
    rest = b""
    while True:
        match = _HIDDEN.search(body, at)
        stop = len(body) if match is None else match.start()
        for start in range(at, stop, _PIECE):
            rest += body[start : min(stop, start + _PIECE)]
            # No tag goes over a bracket that opens another: what stands before the last one is whole.
            cut = rest.rfind(b"<")
            if cut < 0:
                cut = len(rest)
            size += _text_bytes(rest[:cut])
            if size >= _ENOUGH:
                return size
            rest = rest[cut:]
        if match is None:
            return size + _text_bytes(rest)
        rest += b" "
        opened = match.group().lower()
        closing = b"-->" if opened == b"<!--" else b"</" + opened[1:]
        end = body.find(closing, match.end())
        if end < 0:
            end = body.find(closing.upper(), match.end())
        at = (body.find(b">", end) + 1 or len(body)) if end >= 0 else len(body)


def _text_bytes(markup: bytes) -> int:
    return len(b"".join(_TAG.sub(b" ", markup).split()))
