"""What a fault of an answer (status, challenge, redirect) shows a visitor."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from tests.replica import Handle
from tests.replica_tests.asking import get


def status(code: int) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        assert get(replica, url).status == code

    return check


def location(to: str) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        answer = get(replica, url)
        assert answer.status == 302
        assert re.search(to, answer.headers["location"])

    return check


def says(words: str, code: int = 200) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        answer = get(replica, url)
        assert answer.status == code
        assert words in answer.text

    return check


def loop(replica: Handle, url: str) -> None:
    seen = []
    for _ in range(6):
        answer = get(replica, url)
        assert answer.status == 302
        seen.append(url)
        url = urljoin(url, answer.headers["location"])
    assert len(set(seen)) == 2


def chain(replica: Handle, url: str) -> None:
    seen = set()
    for _ in range(30):
        url = urljoin(url, get(replica, url).headers["location"])
        seen.add(url)
    assert len(seen) == 30


def flaky(replica: Handle, url: str) -> None:
    assert [get(replica, url).status for _ in range(4)] == [503, 503, 200, 200]


def upgraded(replica: Handle, url: str) -> None:
    assert get(replica, url).status == 200
    answer = get(replica, url.replace("https:", "http:"))
    assert (answer.status, answer.headers["location"]) == (301, url)


def _has_retry_after(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert (answer.status, answer.headers["retry-after"]) == (429, "2")


def _empty(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert (answer.status, answer.body) == (200, b"")


def _no_location(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert answer.status == 302
    assert "location" not in answer.headers


def _three_days_ahead(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    told = parsedate_to_datetime(answer.headers["date"])
    assert timedelta(hours=71) < told - datetime.now(UTC) < timedelta(hours=73)
    assert "</html>" in answer.text


CHECKS: dict[str, Callable[[Handle, str], None]] = {
    **{f"http_{code}": status(code) for code in (500, 502, 503, 403, 202, 410, 451)},
    "http_429": _has_retry_after,
    "flaky": flaky,
    "empty_200": _empty,
    "challenge_yunsuo": says("YunSuoAutoJump"),
    "challenge_jsl": says("document.cookie", 521),
    "challenge_ruishu": says("$_ts", 412),
    "challenge_acw": says("acw_sc__v2"),
    "redirect_loop": loop,
    "redirect_chain": chain,
    "redirect_nowhere": _no_location,
    "redirect_self": location(r"^/10462/.*\.shtml$"),
    "redirect_home": location(r"^https://www\.sc\.gov\.cn/$"),
    "redirect_off_site": location("ads.example.com"),
    "redirect_loopback": location("^http://127.0.0.1:22/"),
    "redirect_localhost": location("^http://localhost/"),
    "redirect_private": location("^http://10.0.0.1/"),
    "redirect_private_172": location("^http://172.16.3.4/"),
    "redirect_link_local": location("169.254.169.254"),
    "redirect_metadata": location("metadata.google.internal"),
    "redirect_dns": location("nip.example"),
    "redirect_ipv6": location(r"\[::1\]"),
    "redirect_mapped": location(r"\[::ffff:127.0.0.1\]"),
    "redirect_decimal": location("2130706433"),
    "redirect_userinfo": location("^http://www.sc.gov.cn@127.0.0.1/"),
    "redirect_file": location("^file:///"),
    "redirect_data": location("^data:"),
    "wrong_clock": _three_days_ahead,
    "https_only": upgraded,
}
