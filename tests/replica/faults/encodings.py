"""Faults of size and encoding: huge bodies, bombs, broken gzip, wrong charsets."""

from __future__ import annotations

import asyncio
import gzip
import zlib

from aiohttp import web

from tests.replica.bombs import bomb
from tests.replica.faults.surgery import into_body, text_of
from tests.replica.faults.table import Context, fault
from tests.replica.wire import Wire, head, linger

__all__: list[str] = []


@fault("huge_body", "a body of `mb` megabytes (300)", "too_large")
async def _huge_body(context: Context) -> web.StreamResponse:
    size = int(context.number("mb", 300)) << 20
    block = b"<p>" + b"a" * 65529 + b"</p>"

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(size))
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


@fault("huge_claim", "Content-Length of 5 GB", "too_large")
async def _huge_claim(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(5 << 30) + b"<html>")
        await linger(context, context.number("seconds", 600))
        transport.abort()

    return Wire(write)


def _bomb(kind: str) -> None:
    async def act(context: Context) -> web.StreamResponse:
        return context.page(bomb(kind, int(context.number("mb", 256))), Content_Encoding=kind)

    # What was never asked for (zstd) need not be unpacked at all.
    fates = ("too_large", "truncated") if kind == "zstd" else ("too_large",)
    fault(f"bomb_{kind}", f"a small {kind} body that unpacks to `mb` megabytes (256)", *fates)(act)


for _kind in ("gzip", "deflate", "br", "zstd"):
    _bomb(_kind)


@fault(
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


@fault(
    "gzip_cut",
    "a gzip body that ends too early, with the length to match",
    "truncated",
    "decode_failed",
    "network_error",
)
async def _gzip_cut(context: Context) -> web.StreamResponse:
    packed = gzip.compress(context.raw, 6, mtime=0)
    return context.page(packed[: len(packed) // 2], Content_Encoding="gzip")


@fault("gzip_lie", "Content-Encoding gzip over a body that is not packed", "loaded_new", "decode_failed", "truncated",
        "network_error")  # fmt: skip
async def _gzip_lie(context: Context) -> web.StreamResponse:
    return context.page(context.raw, Content_Encoding="gzip")


@fault("gzip_twice", "a gzip body packed once more than it says", "decode_failed", "layout_unknown", "loaded_new")
async def _gzip_twice(context: Context) -> web.StreamResponse:
    return context.page(gzip.compress(gzip.compress(context.raw, 1, mtime=0), 1, mtime=0), Content_Encoding="gzip")


@fault("encoding_unknown", "a Content-Encoding that nobody knows", "decode_failed", "layout_unknown", "network_error",
        "truncated")  # fmt: skip
async def _encoding_unknown(context: Context) -> web.StreamResponse:
    return context.page(zlib.compress(context.raw), Content_Encoding="x-snappy")


@fault("wrong_charset", "the header says gb2312, the page is UTF-8", "loaded_new", "decode_failed")
async def _wrong_charset(context: Context) -> web.StreamResponse:
    return context.page(context.raw, content_type="text/html; charset=gb2312")


@fault("mixed_charset", "a run of bytes in the body that no charset explains", "decode_failed")
async def _mixed_charset(context: Context) -> web.StreamResponse:
    return context.page(into_body(context.raw, b"\xff\xfe\x80\xc3\x28\xf5\xff\xfe\x81"))


@fault(
    "utf16", "the page in UTF-16 with a byte order mark, undeclared", "loaded_new", "decode_failed", "layout_unknown"
)
async def _utf16(context: Context) -> web.StreamResponse:
    return context.page(text_of(context.raw).encode("utf-16"))


@fault("null_bytes", "null bytes among the characters of the text", "loaded_new", "decode_failed")
async def _null_bytes(context: Context) -> web.StreamResponse:
    return context.page(into_body(context.raw, b"\x00\x00").replace("，".encode(), "，".encode() + b"\x00", 3))


@fault("pdf", "a PDF under an article's address", "other_kind", "decode_failed", "layout_unknown")
async def _pdf(context: Context) -> web.StreamResponse:
    body = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    return context.page(body, content_type="application/pdf")
