"""Read WARC records back with fastwarc, each one's digest held against its bytes."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from fastwarc import ArchiveIterator, WarcRecordType
from upath import UPath

from crawler.errors import ArtefactError

__all__ = [
    "TRUNCATED",
    "ArchivedResponse",
    "Warcinfo",
    "first_record_id",
    "members",
    "read_member",
    "read_responses",
    "read_warcinfo",
    "whole_records_end",
]

TRUNCATED = "WARC-Truncated"
_PAYLOADS = WarcRecordType.response | WarcRecordType.resource


@dataclass(frozen=True, slots=True)
class ArchivedResponse:
    """A response record, read back.

    Args:
        offset: of its gzip member in the file, bytes.
        length: of its gzip member, bytes.
        url: WARC-Target-URI.
        status: the HTTP status.
        headers: of the response, names as received.
        body: the payload as archived, its content coding still on.
        sha256: hex, of `body`.
        fetched_at: aware, UTC.
        truncated: as in `Exchange`.
    """

    offset: int
    length: int
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    sha256: str
    fetched_at: datetime
    truncated: str

    def header(self, name: str) -> str:
        """The first header of this name, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def read_responses(path: Path) -> Iterator[ArchivedResponse]:
    """Every response record of a WARC file, its digests verified.

    Raises:
        ArtefactError: the file is torn, or a record's bytes are not those that were written.
    """
    with path.open("rb") as file:
        # Where each member begins and the last one ends: 8 bytes each, since a night may have a hundred thousand.
        borders = array("q", (0,))
        borders.extend(offset + length for offset, length in members(file))
        if borders[-1] != path.stat().st_size:
            raise ArtefactError(f"{path} is damaged after byte {borders[-1]}; restore it from a backup")
        file.seek(0)
        for record in ArchiveIterator(file, record_types=_PAYLOADS, parse_http=False):
            offset = record.stream_pos
            at = bisect_left(borders, offset)
            if at + 1 >= len(borders) or borders[at] != offset:
                raise ArtefactError(f"{path} has a record at byte {offset} that is no gzip member of its own")
            block = record.reader.read()
            yield _response(path.name, offset, borders[at + 1] - offset, dict(record.headers.items()), block)


def read_member(data: bytes, name: str) -> ArchivedResponse:
    """One response record from its gzip member.

    Args:
        data: exactly the bytes at the record's offset and length.
        name: of the file, for messages.

    Raises:
        ArtefactError: the bytes are not one whole response record, or its digest does not match.
    """
    try:
        for record in ArchiveIterator(io.BytesIO(data), record_types=_PAYLOADS, parse_http=False):
            return _response(name, 0, len(data), dict(record.headers.items()), record.reader.read())
    except OSError as error:
        # Bytes from the middle of a member: fastwarc's word for what cannot be inflated.
        raise ArtefactError(
            f"{name} is damaged, or not the file that its index was written for ({error}); restore it from its backup"
        ) from error
    raise ArtefactError(f"{name} holds no response record where its index says so; run `crawl` of this run again")


def members(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Offset and length of every whole gzip member from the start of a file; ends at the first torn one."""
    offset = 0
    pending = b""
    while True:
        inflater = zlib.decompressobj(wbits=31)
        consumed = 0
        while not inflater.eof:
            chunk = pending or file.read(1 << 16)
            pending = b""
            if not chunk:
                return
            try:
                inflater.decompress(chunk)
            except zlib.error:
                return
            consumed += len(chunk)
        pending = inflater.unused_data
        length = consumed - len(pending)
        yield offset, length
        offset += length


def whole_records_end(path: Path) -> int:
    """Where the last whole gzip member of a file ends, in bytes; what follows is torn."""
    end = 0
    with path.open("rb") as file:
        for offset, length in members(file):
            end = offset + length
    return end


@dataclass(frozen=True, slots=True)
class Warcinfo:
    """What the first record of a WARC file says of it.

    Args:
        written_at: aware; when the file was begun.
        fields: of the record, names in lower case.
    """

    written_at: datetime
    fields: dict[str, str]


def read_warcinfo(path: UPath) -> Warcinfo:
    """The warcinfo record at the start of a file; nothing else of it is read.

    Raises:
        ArtefactError: it begins with no such record, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=False):
                if record.record_type != WarcRecordType.warcinfo:
                    break
                lines = record.reader.read().decode("utf-8", "replace").splitlines()
                pairs = (line.partition(":") for line in lines if ":" in line)
                fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
                return Warcinfo(datetime.fromisoformat(record.headers["WARC-Date"]), fields)
    except (OSError, KeyError, ValueError) as error:
        raise ArtefactError(f"{path} cannot be read: {error}; restore it from the backup of the archive") from error
    raise ArtefactError(f"{path} does not begin with a warcinfo record, so it was not written by this crawler")


def first_record_id(path: Path) -> bytes:
    """The WARC-Record-ID of a file's warcinfo record.

    Raises:
        ArtefactError: it has none.
    """
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.warcinfo, parse_http=False):
            return str(record.headers["WARC-Record-ID"]).encode()
    raise ArtefactError(f"{path} holds no warcinfo record, so it was not written by this crawler; move it away")


def _answer(block: bytes, warc: dict[str, str]) -> tuple[int, tuple[tuple[str, str], ...], bytes] | None:
    """Status, headers and payload of a record's block; None where it is no HTTP response."""
    if warc["WARC-Type"] == "resource":
        return 200, (("Content-Type", warc.get("Content-Type", "")),), block
    head, separator, body = block.partition(b"\r\n\r\n")
    if not separator:
        return None
    status_line, *lines = head.split(b"\r\n")
    headers = tuple(
        (key.decode("latin-1"), value.strip().decode("latin-1"))
        for key, _, value in (line.partition(b":") for line in lines)
    )
    return int(status_line.split(b" ", 2)[1]), headers, body


def _response(name: str, offset: int, length: int, warc: dict[str, str], block: bytes) -> ArchivedResponse:
    answer = _answer(block, warc)
    status, headers, body = answer or (0, (), b"")
    sha256 = hashlib.sha256(body)
    expected = warc.get("WARC-Payload-Digest", "")
    if answer is None or expected != "sha256:" + base64.b32encode(sha256.digest()).decode():
        raise ArtefactError(
            f"the record at byte {offset} of {name} is damaged: its payload does not match its digest {expected}"
        )
    return ArchivedResponse(
        offset=offset,
        length=length,
        url=warc["WARC-Target-URI"],
        status=status,
        headers=headers,
        body=body,
        sha256=sha256.hexdigest(),
        fetched_at=datetime.fromisoformat(warc["WARC-Date"]),
        truncated=warc.get(TRUNCATED, ""),
    )
