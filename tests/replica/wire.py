"""An answer that is written to the connection byte by byte, past the HTTP library."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

__all__ = ["Wire"]


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
