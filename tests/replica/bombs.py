"""Small bodies that unpack to very large ones."""

from __future__ import annotations

import functools
import struct
import zlib

import brotli  # type: ignore[import-untyped]

__all__ = ["bomb"]

_BLOCK = 16 << 20


def _deflated(megabytes: int) -> bytes:
    """Zeros as raw deflate: one fully flushed block, repeated, since it refers to nothing before it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(_BLOCK)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * max(1, megabytes // 16) + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


@functools.cache
def bomb(kind: str, megabytes: int) -> bytes:
    """Zeros that unpack to so many megabytes.

    Args:
        kind: `gzip`, `deflate`, `br` or `zstd`.
        megabytes: the unpacked size, a multiple of 16.

    Raises:
        ValueError: an unknown kind.
    """
    size = max(1, megabytes // 16) * _BLOCK
    if kind in ("gzip", "deflate"):
        raw = _deflated(megabytes)
        if kind == "gzip":
            checksum = 0
            for _ in range(size // _BLOCK):
                checksum = zlib.crc32(bytes(_BLOCK), checksum)
            return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + raw + struct.pack("<II", checksum, size & 0xFFFFFFFF)
        checksum = 1
        for _ in range(size // _BLOCK):
            checksum = zlib.adler32(bytes(_BLOCK), checksum)
        return b"\x78\xda" + raw + struct.pack(">I", checksum)
    if kind == "br":
        brotli_packer = brotli.Compressor(quality=5, lgwin=24)
        pieces: list[bytes] = [brotli_packer.process(bytes(_BLOCK)) for _ in range(size // _BLOCK)]
        return b"".join([*pieces, brotli_packer.finish()])
    if kind == "zstd":
        # RFC 8878: magic, a frame header with a window of 8 MB, then RLE blocks of 128 kB, four bytes each.
        block_size = 128 << 10
        blocks = size // block_size
        run = struct.pack("<I", (block_size << 3) | (1 << 1))[:3] + b"\x00"
        last = struct.pack("<I", (block_size << 3) | (1 << 1) | 1)[:3] + b"\x00"
        return b"\x28\xb5\x2f\xfd" + b"\x00" + b"\x68" + run * (blocks - 1) + last
    raise ValueError(f"no bomb of the kind {kind!r}")
