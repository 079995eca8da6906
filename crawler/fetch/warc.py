"""WARC/1.1 records: written one gzip member each, read back with fastwarc, digests held against the bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import brotli  # type: ignore[import-untyped]
from fastwarc import ArchiveIterator, WarcRecordType

from crawler.errors import ArtefactError

__all__ = [
    "ArchivedResponse",
    "Exchange",
    "Header",
    "PayloadError",
    "WarcFile",
    "decode_content",
    "read_member",
    "read_responses",
]

Header = tuple[bytes, bytes]

_TRUNCATED = "WARC-Truncated"
_PAYLOADS = WarcRecordType.response | WarcRecordType.resource


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange as it came over the wire.

    Args:
        url: the address asked for, the live one also where a gateway answered.
        request_line: such as `GET /path HTTP/1.1`.
        request_headers: as sent.
        status_line: as received, such as `HTTP/1.1 200 OK`.
        headers: as received, in order.
        body: the payload with its content coding, without its transfer coding.
        fetched_at: aware; when the answer was complete.
        ip_address: of the server, or empty where it is not known.
        truncated: `disconnect` or `length` where the body is not whole, else empty.
    """

    url: str
    request_line: bytes
    request_headers: Sequence[Header]
    status_line: bytes
    headers: Sequence[Header]
    body: bytes
    fetched_at: datetime
    ip_address: str = ""
    truncated: str = ""


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


class WarcFile:
    """A WARC file that is being written; each record is one gzip member and one write to the disk.

    A kill loses at most the record that is being written; `WarcFile` cuts a torn tail off when it opens the file
    again.

    Args:
        path: on a local disk; made where it does not exist.
        software: who writes, for the warcinfo record.
        description: what is in it, for the warcinfo record.

    Raises:
        ArtefactError: the file cannot be opened or written.
    """

    def __init__(self, path: Path, *, software: str, description: str) -> None:
        self.path = path
        try:
            self._end = _whole_records_end(path) if path.exists() else 0
            self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
            self._file.truncate(self._end)
            self._file.seek(self._end)
        except OSError as error:
            raise _cannot_write(path, error) from error
        if self._end:
            self._warcinfo_id = _first_record_id(path)
        else:
            fields = f"software: {software}\r\nformat: WARC File Format 1.1\r\ndescription: {description}\r\n"
            self._warcinfo_id = _record_id()
            self._append(
                _record("warcinfo", self._warcinfo_id, datetime.now(UTC), b"application/warc-fields", fields.encode())
            )

    def write(self, exchange: Exchange) -> tuple[int, int, str]:
        """Archive one exchange: the response, then the request that it answers.

        Returns:
            Offset and length of the response's gzip member in bytes, and the payload's SHA-256 in hex.

        Raises:
            ArtefactError: the disk is full or gone; the file ends with its last whole record.
        """
        head = [exchange.status_line, *(b"%b: %b" % _archived(header) for header in exchange.headers)]
        sha256 = hashlib.sha256(exchange.body)
        target = exchange.url.encode()
        response_id = _record_id()
        extra: list[Header] = [
            (b"WARC-Target-URI", target),
            (b"WARC-Warcinfo-ID", self._warcinfo_id),
            (b"WARC-Payload-Digest", b"sha256:" + base64.b32encode(sha256.digest())),
        ]
        if exchange.ip_address:
            extra.append((b"WARC-IP-Address", exchange.ip_address.encode()))
        if exchange.truncated:
            extra.append((_TRUNCATED.encode(), exchange.truncated.encode()))
        response = _record(
            "response",
            response_id,
            exchange.fetched_at,
            b"application/http; msgtype=response",
            b"\r\n".join(head) + b"\r\n\r\n" + exchange.body,
            extra,
        )
        asked = [exchange.request_line, *(b"%b: %b" % header for header in exchange.request_headers)]
        request = _record(
            "request",
            _record_id(),
            exchange.fetched_at,
            b"application/http; msgtype=request",
            b"\r\n".join(asked) + b"\r\n\r\n",
            [
                (b"WARC-Target-URI", target),
                (b"WARC-Warcinfo-ID", self._warcinfo_id),
                (b"WARC-Concurrent-To", response_id),
            ],
        )
        offset = self._end
        self._append(response + request)
        return offset, len(response), sha256.hexdigest()

    def write_resource(self, url: str, content_type: str, body: bytes, fetched_at: datetime) -> tuple[int, int, str]:
        """Archive bytes that did not come over the wire with us: a page that somebody saved (WARC/1.1, `resource`).

        Args:
            url: where it came from, or a URI of its own where nobody knows.
            content_type: what it is.
            body: the bytes.
            fetched_at: aware; when it was saved.

        Returns:
            Offset and length of the gzip member in bytes, and the payload's SHA-256 in hex.

        Raises:
            ArtefactError: as `write`.
        """
        sha256 = hashlib.sha256(body)
        record = _record(
            "resource",
            _record_id(),
            fetched_at,
            content_type.encode() or b"application/octet-stream",
            body,
            [
                (b"WARC-Target-URI", url.encode()),
                (b"WARC-Warcinfo-ID", self._warcinfo_id),
                (b"WARC-Payload-Digest", b"sha256:" + base64.b32encode(sha256.digest())),
            ],
        )
        offset = self._end
        self._append(record)
        return offset, len(record), sha256.hexdigest()

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._end

    def close(self) -> None:
        """Bring the file to the disk and close it."""
        try:
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise _cannot_write(self.path, error) from error

    def _append(self, data: bytes) -> None:
        try:
            written = 0
            while written < len(data):
                written += self._file.write(data[written:])
        except OSError as error:
            # Nothing half-written stays: what follows must begin at a record's border.
            self._file.truncate(self._end)
            self._file.seek(self._end)
            raise _cannot_write(self.path, error) from error
        self._end += len(data)


def _archived(header: Header) -> Header:
    # The payload is archived without its transfer coding, so the header must not promise chunks (the convention of
    # the Internet Archive's writers).
    name, value = header
    return (b"X-Archive-Orig-" + name, value) if name.lower() == b"transfer-encoding" else header


def _record_id() -> bytes:
    return f"<urn:uuid:{uuid4()}>".encode()


def _record(
    kind: str, record_id: bytes, date: datetime, content_type: bytes, block: bytes, extra: Iterable[Header] = ()
) -> bytes:
    headers: list[Header] = [
        (b"WARC-Type", kind.encode()),
        (b"WARC-Record-ID", record_id),
        (b"WARC-Date", date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()),
        *extra,
        (b"WARC-Block-Digest", b"sha256:" + base64.b32encode(hashlib.sha256(block).digest())),
        (b"Content-Type", content_type),
        (b"Content-Length", str(len(block)).encode()),
    ]
    head = b"WARC/1.1\r\n" + b"".join(b"%b: %b\r\n" % header for header in headers)
    # mtime=0: the same record gives the same bytes.
    return gzip.compress(head + b"\r\n" + block + b"\r\n\r\n", compresslevel=6, mtime=0)


def _cannot_write(path: Path, error: OSError) -> ArtefactError:
    return ArtefactError(
        f"cannot write {path}: {error.strerror or error}. Free space on the disk or mend the folder's permissions, "
        "then start the crawl again: it goes on from its last whole record."
    )


def _members(file: BinaryIO) -> Iterator[tuple[int, int]]:
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


def _whole_records_end(path: Path) -> int:
    end = 0
    with path.open("rb") as file:
        for offset, length in _members(file):
            end = offset + length
    return end


def _first_record_id(path: Path) -> bytes:
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.warcinfo, parse_http=False):
            return str(record.headers["WARC-Record-ID"]).encode()
    raise ArtefactError(f"{path} holds no warcinfo record, so it was not written by this crawler; move it away")


def read_responses(path: Path) -> Iterator[ArchivedResponse]:
    """Every response record of a WARC file, its digests verified.

    Raises:
        ArtefactError: the file is torn, or a record's bytes are not those that were written.
    """
    with path.open("rb") as file:
        borders = dict(_members(file))
        if (end := max((offset + length for offset, length in borders.items()), default=0)) != path.stat().st_size:
            raise ArtefactError(f"{path} is damaged after byte {end}; restore it from a backup")
        file.seek(0)
        for record in ArchiveIterator(file, record_types=_PAYLOADS, parse_http=False):
            offset = record.stream_pos
            if offset not in borders:
                raise ArtefactError(f"{path} has a record at byte {offset} that is no gzip member of its own")
            block = record.reader.read()
            yield _response(path.name, offset, borders[offset], dict(record.headers.items()), block)


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
        truncated=warc.get(_TRUNCATED, ""),
    )


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
