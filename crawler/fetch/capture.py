"""One archived response: where it lies in the archive, and its bytes from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from upath import UPath

from crawler.errors import ArtefactError
from crawler.fetch.content_coding import decode_content
from crawler.fetch.warc_read import ArchivedResponse, read_member

__all__ = ["Capture", "open_payload", "read_response"]

_DECODED_LIMIT = 1 << 30
"""Bytes; a crawl refuses what exceeds DIBAO_RESPONSE_LIMIT_MB, so this only guards against foreign files."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Where one archived response lies, and what its headers said.

    Args:
        file: of the archive, relative to the data root.
        offset: of the record's gzip member, bytes.
        length: of the record's gzip member, bytes.
        sha256: hex, of the payload as archived.
        status: the HTTP status.
        content_type: the HTTP header, or empty.
        url: the address that answered.
        fetched_at: aware, UTC.
        etag: the HTTP header, or None.
        last_modified: the HTTP header, or None.
        truncated: `disconnect` or `length` where the body is not whole, else empty.
    """

    file: str
    offset: int
    length: int
    sha256: str
    status: int
    content_type: str
    url: str
    fetched_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    truncated: str = ""

    def as_json(self) -> dict[str, Any]:
        """The form that `fates.jsonl` holds."""
        return {
            "file": self.file,
            "offset": self.offset,
            "length": self.length,
            "sha256": self.sha256,
            "status": self.status,
            "content_type": self.content_type,
            "url": self.url,
            "fetched_at": self.fetched_at.isoformat(),
        }


def read_response(data_root: UPath, file: str, offset: int, length: int) -> ArchivedResponse:
    """An archived response as it came over the wire.

    Args:
        data_root: the data root.
        file: of the archive, relative to the data root.
        offset: of the record's gzip member, bytes.
        length: of the record's gzip member, bytes.

    Raises:
        ArtefactError: the file is missing or the record is damaged.
    """
    path = data_root / file
    try:
        with path.open("rb") as opened:
            opened.seek(offset)
            data = opened.read(length)
    except FileNotFoundError as error:
        raise ArtefactError(f"{path} is missing; restore the archive from its backup") from error
    return read_member(data, f"{file} at {offset}")


def open_payload(data_root: UPath, file: str, offset: int, length: int) -> bytes:
    """An archived response's payload, its content coding undone, its charset untouched.

    Args, raises: as `read_response`.
    """
    response = read_response(data_root, file, offset, length)
    return decode_content(response.body, response.header("Content-Encoding"), _DECODED_LIMIT)
