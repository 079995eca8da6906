"""Write WARC/1.1 records: one gzip member each, one write to the disk each, digests in the header."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from crawler.errors import ArtefactError
from crawler.fetch.warc_read import TRUNCATED, first_record_id, whole_records_end

__all__ = ["Exchange", "Header", "WarcFile"]

Header = tuple[bytes, bytes]


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


class WarcFile:
    """A WARC file that is being written; each record is one gzip member and one write to the disk.

    A kill loses at most the record that is being written; `WarcFile` cuts a torn tail off when it opens the file
    again.

    Args:
        path: on a local disk; made where it does not exist.
        software: who writes, for the warcinfo record.
        description: what is in it, for the warcinfo record.
        more: further fields of the warcinfo record, ASCII, each of one line.

    Raises:
        ArtefactError: the file cannot be opened or written.
    """

    def __init__(self, path: Path, *, software: str, description: str, more: Mapping[str, str] | None = None) -> None:
        self.path = path
        try:
            self._end = whole_records_end(path) if path.exists() else 0
            self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
            self._file.truncate(self._end)
            self._file.seek(self._end)
        except OSError as error:
            raise _cannot_write(path, error) from error
        if self._end:
            self._warcinfo_id = first_record_id(path)
        else:
            fields = f"software: {software}\r\nformat: WARC File Format 1.1\r\ndescription: {description}\r\n"
            fields += "".join(f"{name}: {value}\r\n" for name, value in (more or {}).items())
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
            extra.append((TRUNCATED.encode(), exchange.truncated.encode()))
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
