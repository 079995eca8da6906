"""An answer that is written to the connection byte by byte, past the HTTP library."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

__all__ = ["Wire", "head", "linger", "reset"]


class Wire(web.StreamResponse):
    """A response whose bytes its writer sends; nothing is added and the connection is not used again."""

    def __init__(self, write: Callable[[asyncio.Transport], Awaitable[None]]) -> None:
        super().__init__(status=200)
        self._write = write
        self._over = False
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> Any:
        """Run the writer once."""
        if not self._over:
            self._over = True
            transport = request.transport
            if transport is not None and not transport.is_closing():
                await self._write(transport)

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is added."""


class Lingering(Protocol):
    """A request that a fault keeps waiting."""

    request: web.BaseRequest

    @property
    def on(self) -> bool:
        """Whether the fault is still switched on."""
        ...


def reset(transport: asyncio.Transport) -> None:
    """Close a connection with a RST."""
    # SO_LINGER with zero seconds makes the close a RST and not a FIN.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def head(length: int | None = None, *, status: str = "200 OK", extra: str = "", kind: str = "text/html") -> bytes:
    """The status line and headers of a raw answer."""
    lines = [f"HTTP/1.1 {status}", "Server: nginx", f"Content-Type: {kind}"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + f"\r\n{extra}\r\n").encode("latin-1")


async def linger(context: Lingering, seconds: float) -> None:
    """Wait, but no longer than the client does or the fault is on."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end and context.on:
        transport = context.request.transport
        if transport is None or transport.is_closing():
            return
        await asyncio.sleep(0.05)
