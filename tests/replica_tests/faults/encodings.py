"""What a fault of size, packing or charset shows a visitor."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest

from tests.replica import Handle
from tests.replica_tests.asking import get, packed, wire
from tests.replica_tests.faults.pages import holds


def unpacks(kind: str) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        named, body = packed(replica, url)
        assert named == kind
        assert len(body) < 2 << 20
        if kind == "zstd":
            # Every RLE block of four bytes is worth 128 kB.
            assert body[:4] == b"\x28\xb5\x2f\xfd"
            assert (len(body) - 6) // 4 * (128 << 10) == 256 << 20
            return
        if kind == "br":
            unpacked = len(brotli.decompress(body))
        else:
            machine = zlib.decompressobj(31 if kind == "gzip" else 15)
            unpacked = 0
            piece = body
            while piece or not machine.eof:
                unpacked += len(machine.decompress(piece, 1 << 24))
                piece = machine.unconsumed_tail
            assert machine.eof
        assert unpacked == 256 << 20

    return check


def broken_gzip(replica: Handle, url: str) -> None:
    named, body = packed(replica, url)
    assert named == "gzip"
    machine = zlib.decompressobj(31)
    try:
        machine.decompress(body)
    except zlib.error:
        return
    assert not machine.eof


def large(replica: Handle, url: str) -> None:
    got, end = wire(replica, url, most=8 << 20)
    assert f"Content-Length: {300 << 20}".encode() in got
    assert (len(got) >= 8 << 20, end) == (True, "open")


def undecodable(replica: Handle, url: str) -> None:
    body = get(replica, url).body
    for charset in ("utf-8", "gb18030", "big5"):
        with pytest.raises(UnicodeDecodeError):
            body.decode(charset)


def _claims_five_gigabytes(replica: Handle, url: str) -> None:
    got, end = wire(replica, url, open_for=0.4, after=b"\r\n\r\n")
    assert f"Content-Length: {5 << 30}".encode() in got
    assert end == "open"


def _lies_about_gzip(replica: Handle, url: str) -> None:
    named, body = packed(replica, url)
    assert named == "gzip"
    assert body.lstrip().startswith(b"<!DOCTYPE")


def _packed_twice(replica: Handle, url: str) -> None:
    assert b"</html>" in gzip.decompress(gzip.decompress(packed(replica, url)[1]))


def _unknown_encoding(replica: Handle, url: str) -> None:
    assert packed(replica, url)[0] == "x-snappy"


def _wrong_charset(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert answer.headers["content-type"] == "text/html; charset=gb2312"
    answer.body.decode("utf-8")


def _utf16(replica: Handle, url: str) -> None:
    assert "</html>" in get(replica, url).body.decode("utf-16")


def _pdf(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body.startswith(b"%PDF-")


CHECKS: dict[str, Callable[[Handle, str], None]] = {
    "huge_body": large,
    "huge_claim": _claims_five_gigabytes,
    **{f"bomb_{kind}": unpacks(kind) for kind in ("gzip", "deflate", "br", "zstd")},
    "gzip_broken": broken_gzip,
    "gzip_cut": broken_gzip,
    "gzip_lie": _lies_about_gzip,
    "gzip_twice": _packed_twice,
    "encoding_unknown": _unknown_encoding,
    "wrong_charset": _wrong_charset,
    "mixed_charset": undecodable,
    "utf16": _utf16,
    "null_bytes": holds(b"\x00\x00"),
    "pdf": _pdf,
}
