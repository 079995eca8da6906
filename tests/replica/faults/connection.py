"""Faults of the connection: resets, stalls, wrong lengths, chunks without end, broken headers."""

from __future__ import annotations

import asyncio

from aiohttp import web

from tests.replica.faults.table import Context, fault
from tests.replica.wire import Wire, head, linger, reset

__all__ = ["stall"]


@fault("reset", "the connection is reset before a byte was sent", "network_error")
async def _reset(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        reset(transport)

    return Wire(write)


@fault("reset_midway", "reset after the headers and half of the body", "truncated", "network_error")
async def _reset_midway(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(len(body)) + body[: len(body) // 2])
        await asyncio.sleep(0.05)
        reset(transport)

    return Wire(write)


@fault("close_early", "the connection is closed without an answer", "network_error")
async def _close_early(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        transport.close()

    return Wire(write)


@fault("stall", "the request is taken and never answered (`seconds`, 600)", "timeout")
async def stall(context: Context) -> web.StreamResponse | None:
    async def write(transport: asyncio.Transport) -> None:
        await linger(context, context.number("seconds", 600))
        transport.abort()

    return Wire(write)


@fault("stall_midway", "half of the body, then silence (`seconds`, 600)", "timeout", "truncated")
async def _stall_midway(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(len(body)) + body[: len(body) // 2])
        await linger(context, context.number("seconds", 600))
        transport.abort()

    return Wire(write)


@fault("drip", "one byte of the body every `every` seconds (0.5)", "timeout")
async def _drip(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(len(body)))
        for at in range(len(body)):
            if transport.is_closing() or not context.on:
                break
            transport.write(body[at : at + 1])
            await asyncio.sleep(context.number("every", 0.5))
        transport.abort()

    return Wire(write)


@fault("drip_headers", "the header lines come one a second and never end", "timeout", "network_error")
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


@fault("slow", "the answer is right and comes late (`seconds`, 2)", "loaded_new", scope="any")
async def _slow(context: Context) -> None:
    await linger(context, context.number("seconds", 2))


@fault("short_body", "Content-Length promises more than comes", "truncated", "network_error")
async def _short_body(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(len(body) + 4096) + body)
        transport.close()

    return Wire(write)


@fault("long_body", "more comes than Content-Length promises: what counts ends in the middle of the page",
        "truncated", "network_error", "layout_unknown", "parse_failed")  # fmt: skip
async def _long_body(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(len(body) // 3) + body)
        transport.close()

    return Wire(write)


@fault("endless_chunked", "a chunked body that never ends", "too_large", "timeout")
async def _endless_chunked(context: Context) -> web.StreamResponse:
    chunk = b"4000\r\n" + (b"<!-- " + b"x" * 16374 + b" -->")[:16384] + b"\r\n"

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(extra="Transfer-Encoding: chunked\r\n"))
        while not transport.is_closing() and context.on:
            while transport.get_write_buffer_size() > 1 << 20 and not transport.is_closing():
                await asyncio.sleep(0.01)
            transport.write(chunk * 16)
            await asyncio.sleep(0)
        transport.abort()

    return Wire(write)


@fault("chunked_cut", "a chunked body without its last chunk", "truncated", "network_error")
async def _chunked_cut(context: Context) -> web.StreamResponse:
    body = context.raw[: len(context.raw) * 2 // 3]

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(extra="Transfer-Encoding: chunked\r\n") + f"{len(body):x}\r\n".encode() + body + b"\r\n")
        transport.close()

    return Wire(write)


@fault("chunked_bad", "a chunk size that is no number", "network_error", "truncated")
async def _chunked_bad(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(extra="Transfer-Encoding: chunked\r\n") + b"zz\r\n<html>\r\n0\r\n\r\n")
        transport.close()

    return Wire(write)


@fault("not_http", "an answer that is not HTTP", "network_error", "layout_unknown")
async def _not_http(context: Context) -> web.StreamResponse:
    async def write(transport: asyncio.Transport) -> None:
        transport.write(b"\x15\x03\x01\x00\x02\x02\x46" + b"SSH-2.0-OpenSSH_7.4\r\n" * 3)
        transport.close()

    return Wire(write)


@fault("huge_header", "one response header of 1 MB", "network_error", "loaded_new")
async def _huge_header(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(len(body), extra=f"X-Trace: {'a' * (1 << 20)}\r\n") + body)
        await asyncio.sleep(0.05)
        transport.close()

    return Wire(write)


@fault("cookie_flood", "300 cookies with every answer", "loaded_new", "network_error")
async def _cookie_flood(context: Context) -> web.StreamResponse:
    body = context.raw
    cookies = "".join(f"Set-Cookie: c{n}={'v' * 40}; Path=/; HttpOnly\r\n" for n in range(300))

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(len(body), extra=f"{cookies}Connection: close\r\n") + body)
        await asyncio.sleep(0.05)
        transport.close()

    return Wire(write)


@fault("two_lengths", "two Content-Length headers that disagree", "network_error", "truncated", "loaded_new")
async def _two_lengths(context: Context) -> web.StreamResponse:
    body = context.raw

    async def write(transport: asyncio.Transport) -> None:
        transport.write(head(len(body), extra=f"Content-Length: {len(body) // 2}\r\n") + body)
        transport.close()

    return Wire(write)
