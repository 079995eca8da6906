"""Undo the content coding of a payload (gzip, deflate, br), within a limit."""

from __future__ import annotations

import zlib

import brotli  # type: ignore[import-untyped]

from crawler.errors import ArtefactError

__all__ = ["PayloadError", "decode_content"]


class PayloadError(ArtefactError):
    """A payload's content coding cannot be undone.

    Args:
        message: what is wrong.
        too_large: it would be larger than allowed.
    """

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large


def decode_content(body: bytes, coding: str, limit: int) -> bytes:
    """Undo the content codings of a payload (RFC 9110 8.4).

    Args:
        body: as it came over the wire.
        coding: the Content-Encoding header, empty for none.
        limit: the most bytes that may come out of any coding.

    Raises:
        PayloadError: the payload is damaged, of an unknown coding, or larger than the limit.
    """
    for name in reversed([part.strip().lower() for part in coding.split(",") if part.strip()]):
        if name == "identity" or not body:
            continue
        try:
            if name in ("gzip", "x-gzip", "deflate"):
                body = _inflate(body, limit, raw_allowed=name == "deflate")
            elif name == "br":
                decoder = brotli.Decompressor()
                body = decoder.process(body, output_buffer_limit=limit + 1)
                if len(body) <= limit and not decoder.is_finished():
                    raise PayloadError("the br payload ends too early")
            else:
                raise PayloadError(f"the content coding {name!r} is not known")
        except (zlib.error, brotli.error) as error:
            raise PayloadError(f"the {name} payload is damaged: {error}") from error
        if len(body) > limit:
            raise PayloadError(f"the payload is larger than {limit:,} bytes when decoded", too_large=True)
    return body


def _inflate(body: bytes, limit: int, *, raw_allowed: bool) -> bytes:
    whole = b""
    # 47: gzip or zlib, told by its header. A "deflate" without a header is a raw stream: against RFC 9110, but sent.
    raw = raw_allowed and (len(body) < 2 or body[0] & 0x0F != 8 or int.from_bytes(body[:2], "big") % 31)
    while body:
        inflater = zlib.decompressobj(wbits=-15 if raw else 47)
        whole += inflater.decompress(body, limit + 1 - len(whole))
        if len(whole) > limit:
            return whole
        if not inflater.eof:
            raise PayloadError("the compressed payload ends too early")
        # A gzip payload may be several members; what follows and is none is padding.
        body = inflater.unused_data if inflater.unused_data.startswith(b"\x1f\x8b") else b""
    return whole
