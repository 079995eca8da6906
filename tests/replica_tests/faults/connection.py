"""What a fault of the connection shows on the wire."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable

import pytest

from tests.replica import Handle
from tests.replica_tests.asking import get, wire


def ends(how: str, *, starts: bytes = b"", complete: bool = False) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        got, end = wire(replica, url, open_for=0.6 if how == "open" else None, after=starts)
        assert end == how, (end, got[:80])
        assert got.startswith(starts)
        assert (b"</html>" in got) == complete

    return check


def claims_too_much(replica: Handle, url: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        get(replica, url)


def late(replica: Handle, url: str) -> None:
    replica.clear()
    replica.fault("slow", seconds=0.3)
    before = time.monotonic()
    assert get(replica, url).status == 200
    assert time.monotonic() - before >= 0.3


def dripping(replica: Handle, url: str) -> None:
    got, end = wire(replica, url, open_for=1.3, after=b"\r\n\r\n")
    assert end == "open"
    assert 1 <= len(got.split(b"\r\n\r\n", 1)[1]) <= 6


def both_lengths(replica: Handle, url: str) -> None:
    assert wire(replica, url)[0].count(b"Content-Length") == 2


def _ends_in_the_middle(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert answer.status == 200
    assert b"</html>" not in answer.body


def _never_ends(replica: Handle, url: str) -> None:
    got, end = wire(replica, url, most=6 << 20)
    assert (len(got) >= 6 << 20, end) == (True, "open")


def _long_header(replica: Handle, url: str) -> None:
    got, _ = wire(replica, url, most=4 << 20)
    assert len(got.split(b"\r\n\r\n", 1)[0]) > 1 << 20


def _cookies(replica: Handle, url: str) -> None:
    got, _ = wire(replica, url)
    assert got.count(b"Set-Cookie:") == 300
    assert b"</html>" in got


CHECKS: dict[str, Callable[[Handle, str], None]] = {
    "reset": ends("reset"),
    "reset_midway": ends("reset", starts=b"HTTP/1.1 200"),
    "close_early": ends("closed"),
    "stall": ends("open"),
    "stall_midway": ends("open", starts=b"HTTP/1.1 200"),
    "drip": dripping,
    "drip_headers": ends("open", starts=b"HTTP/1.1 200"),
    "slow": late,
    "short_body": claims_too_much,
    "long_body": _ends_in_the_middle,
    "endless_chunked": _never_ends,
    "chunked_cut": claims_too_much,
    "chunked_bad": ends("closed", starts=b"HTTP/1.1 200"),
    "not_http": ends("closed", starts=b"\x15\x03\x01"),
    "huge_header": _long_header,
    "cookie_flood": _cookies,
    "two_lengths": both_lengths,
}
