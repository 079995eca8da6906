"""What becomes of each fault: the table that the tests hold the crawls against, and that docs/guarantees.md shows."""

from __future__ import annotations

from pathlib import Path

from crawler.errors import Fate
from tests.replica.faults import FAULTS

__all__ = ["EXPECTED", "GAPS", "OVER", "markdown", "write"]

EXPECTED: dict[str, tuple[str, ...]] = {
    "http_500": ("server_error",),
    "http_502": ("server_error",),
    "http_503": ("server_error",),
    "http_403": ("blocked",),
    "http_429": ("rate_limited",),
    "http_202": ("rate_limited",),
    "http_410": ("gone",),
    "http_451": ("blocked",),
    "flaky": ("loaded_new",),
    "empty_200": ("blocked",),
    "redirect_loop": ("redirect_loop",),
    "redirect_chain": ("redirect_loop",),
    "redirect_nowhere": ("server_error",),
    "redirect_self": ("redirect_loop",),
    "redirect_home": ("layout_unknown",),
    "redirect_off_site": ("off_site",),
    "redirect_loopback": ("off_site",),
    "redirect_localhost": ("off_site",),
    "redirect_private": ("off_site",),
    "redirect_private_172": ("off_site",),
    "redirect_link_local": ("off_site",),
    "redirect_metadata": ("off_site",),
    "redirect_dns": ("off_site",),
    "redirect_ipv6": ("off_site",),
    "redirect_mapped": ("off_site",),
    "redirect_decimal": ("off_site",),
    "redirect_userinfo": ("off_site",),
    "redirect_file": ("off_site",),
    "redirect_data": ("off_site",),
    "reset": ("network_error",),
    "reset_midway": (
        "truncated",
        "network_error",
    ),
    "close_early": ("network_error",),
    "stall": ("timeout",),
    "stall_midway": (
        "timeout",
        "truncated",
    ),
    "drip": ("timeout",),
    "drip_headers": (
        "timeout",
        "network_error",
    ),
    "slow": ("loaded_new",),
    "short_body": ("truncated",),
    "long_body": (
        "network_error",
        "truncated",
    ),
    "endless_chunked": ("too_large",),
    "chunked_cut": ("truncated",),
    "chunked_bad": ("network_error",),
    "not_http": ("network_error",),
    "huge_header": ("network_error",),
    "cookie_flood": ("network_error",),
    "two_lengths": ("network_error",),
    "huge_body": ("too_large",),
    "huge_claim": ("too_large",),
    "bomb_gzip": ("too_large",),
    "bomb_deflate": ("too_large",),
    "bomb_br": ("too_large",),
    "bomb_zstd": ("truncated",),
    "gzip_broken": ("truncated",),
    "gzip_cut": ("truncated",),
    "gzip_lie": ("truncated",),
    "gzip_twice": ("decode_failed",),
    "encoding_unknown": ("truncated",),
    "wrong_charset": ("loaded_new",),
    "mixed_charset": ("decode_failed",),
    "utf16": ("loaded_new",),
    "null_bytes": ("loaded_new",),
    "pdf": ("decode_failed",),
    "long_line": ("too_large",),
    "deep_nesting": ("layout_unknown",),
    "many_attributes": ("loaded_new",),
    "entity_bomb": ("loaded_new",),
    "hostile_html": ("loaded_new",),
    "path_tricks": ("loaded_new",),
    "truncated_html": ("truncated",),
    "stray_html_end": ("loaded_new",),
    "layout_overnight": ("loaded_new",),
    "error_page_200": ("layout_unknown",),
    "soft_404": ("soft_404",),
    "login_page": ("layout_unknown",),
    "future_date": ("loaded_new",),
    "challenge_yunsuo": ("challenged",),
    "challenge_jsl": ("challenged",),
    "challenge_ruishu": ("challenged",),
    "challenge_acw": ("challenged",),
    "wrong_clock": ("loaded_new",),
    "https_only": ("loaded_new",),
    "empty_listing": ("crawl: CrawlBroken",),
    "stale_listing": ("loaded",),
    "endless_listing": ("loaded",),
    "listing_layout": ("crawl: CrawlBroken",),
    "million_links": (
        "crawl: CrawlBroken",
        "crawl: CrawlTransient",
    ),
    "api_invalid_json": ("crawl: CrawlTransient",),
    "api_html": ("crawl: CrawlTransient",),
    "api_empty_data": ("crawl: CrawlTransient",),
    "api_jsonp": ("crawl: CrawlTransient",),
    "api_wrong_total": ("loaded",),
    "api_nulls": ("loaded",),
    "robots_503": ("crawl: CrawlTransient",),
    "robots_403": ("loaded",),
    "robots_disallow_all": ("crawl: CrawlBroken",),
    "robots_delay": ("loaded",),
    "robots_html": ("loaded",),
    "robots_huge": ("loaded",),
    "robots_binary": ("loaded",),
    "robots_stall": ("crawl: CrawlTransient",),
    "robots_loop": ("loaded",),
}
"""The fate of the article that met the fault; for a listing or robots.txt, which stage refused the run and how, or
`loaded`. More than one where the network's timing decides."""

GAPS: dict[str, str] = {}
"""What is not yet as it should be."""

_FOR_NOW = frozenset(fate.value for fate in Fate if fate.retry) | {Fate.TOO_LARGE, Fate.REDIRECT_LOOP}


def _over(name: str) -> str:
    if name == "robots_disallow_all":
        return "asked again a day later (RFC 9309 2.4)"
    if any(fate.startswith("crawl:") or fate in _FOR_NOW for fate in EXPECTED[name]):
        return "loaded"
    return ""


OVER: dict[str, str] = {name: _over(name) for name in EXPECTED}
"""What a second try of the same run makes of it once the fault is over; empty where the first try had the answer."""

_DOCUMENT = Path(__file__).parents[2] / "docs" / "guarantees.md"
_BEGIN, _END = "<!-- faults: made by `python -m tests.faults` -->\n", "<!-- end of faults -->\n"


def markdown() -> str:
    """The table as it stands in the document."""
    lines = [
        "| fault | what the site does | what becomes of it | the same run again, when it is over |",
        "|---|---|---|---|",
    ]
    for name, fault in FAULTS.items():
        fates = " or ".join(f"`{fate}`" for fate in EXPECTED[name])
        gap = f" (**gap**: {GAPS[name]})" if name in GAPS else ""
        lines.append(f"| `{name}` | {fault.about} | {fates}{gap} | {OVER[name]} |")
    return "\n".join(lines) + "\n"


def written() -> str:
    """The table that the document shows now."""
    return _DOCUMENT.read_text(encoding="utf-8").split(_BEGIN)[1].split(_END)[0]


def write() -> None:
    """Put the table into the document."""
    text = _DOCUMENT.read_text(encoding="utf-8")
    head, rest = text.split(_BEGIN)
    _DOCUMENT.write_text(head + _BEGIN + markdown() + _END + rest.split(_END)[1], encoding="utf-8")
