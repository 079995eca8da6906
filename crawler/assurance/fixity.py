"""Fixity: read a WARC file from its first byte to its last, and hold every record against its digest."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from upath import UPath

from crawler.errors import ArtefactError
from crawler.fetch.warc_read import read_member

__all__ = ["Damage", "Expected", "FileFixity", "verify_file"]

_CHUNK = 1 << 16

_PAYLOADS = (b"response", b"resource")
"""The records that have a capture row: what a site answered, and saved pages that were imported."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a capture row says of a record.

    Args:
        offset: of the record's gzip member, bytes.
        length: of the record's gzip member, bytes.
        sha256: hex, of the payload.
        url: the address that answered.
        status: the HTTP status.
    """

    offset: int
    length: int
    sha256: str
    url: str
    status: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that is not what its row says.

    Args:
        offset: of the row.
        problem: what is wrong.
    """

    offset: int
    problem: str


@dataclass(frozen=True, slots=True)
class FileFixity:
    """What reading one file gave.

    Args:
        responses: response records that were read whole.
        damaged: rows whose record is not as they say.
        unknown: offsets of whole response records that have no row.
        torn: bytes that belong to no whole record and no row: (offset, what is wrong).
    """

    responses: int
    damaged: tuple[Damage, ...]
    unknown: tuple[int, ...]
    torn: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Member:
    offset: int
    length: int
    data: bytes
    problem: str = ""


def verify_file(path: UPath, rows: Sequence[Expected]) -> FileFixity:
    """Read a WARC file once, in order, and compare each response record with its row.

    After bytes that cannot be read it goes on at the next row's offset, so that one damaged record does not hide
    the state of those behind it.

    Args:
        path: the file.
        rows: what is known of its records, in the order of their offsets.

    Raises:
        OSError: the file cannot be read.
    """
    by_offset = {row.offset: row for row in rows}
    found: set[int] = set()
    damaged: list[Damage] = []
    unknown: list[int] = []
    torn: list[tuple[int, str]] = []
    responses = 0
    with path.open("rb") as file:
        for member in _members(file, sorted(by_offset)):
            row = by_offset.get(member.offset)
            if member.problem:
                if row is None:
                    torn.append((member.offset, member.problem))
                continue
            if row is not None:
                found.add(row.offset)
                problem = _compare(row, member)
                if problem:
                    damaged.append(Damage(row.offset, problem))
                else:
                    responses += 1
            elif _kind(member.data) in _PAYLOADS:
                responses += 1
                unknown.append(member.offset)
    damaged += [Damage(offset, "no whole record begins there") for offset in by_offset.keys() - found]
    return FileFixity(responses, tuple(sorted(damaged, key=lambda each: each.offset)), tuple(unknown), tuple(torn))


def _members(file: BinaryIO, resume_at: Sequence[int]) -> Iterator[_Member]:
    """Every gzip member of a file, decompressed; its checksum is held by zlib."""
    offset = 0
    pending = b""
    while True:
        inflater = zlib.decompressobj(wbits=31)
        parts: list[bytes] = []
        consumed = 0
        problem = ""
        while not inflater.eof:
            chunk = pending or file.read(_CHUNK)
            pending = b""
            if not chunk:
                if not consumed:
                    return
                problem = "the file ends inside a record"
                break
            try:
                parts.append(inflater.decompress(chunk))
            except zlib.error as error:
                problem = str(error)
                break
            consumed += len(chunk)
        if not problem:
            pending = inflater.unused_data
            length = consumed - len(pending)
            yield _Member(offset, length, b"".join(parts))
            offset += length
            continue
        yield _Member(offset, 0, b"", problem)
        following = next((known for known in resume_at if known > offset), None)
        if following is None:
            return
        file.seek(following)
        offset, pending = following, b""


def _kind(data: bytes) -> bytes:
    """The WARC-Type of the record in a member."""
    match = re.search(rb"^WARC-Type:\s*(\S+)", data[: data.find(b"\r\n\r\n")], re.M | re.I)
    return match[1] if match else b"nothing"


def _compare(row: Expected, member: _Member) -> str:
    """What is wrong with a record, or an empty string."""
    kind = _kind(member.data)
    if kind not in _PAYLOADS:
        return f"{kind.decode('latin-1')} instead of a response or resource record"
    if member.length != row.length:
        return f"it is {member.length} bytes long, not {row.length}"
    try:
        response = read_member(member.data, "the archive")
    except ArtefactError:
        return "its payload does not match the digest in its own WARC header"
    for name, expected in (("sha256", row.sha256), ("url", row.url), ("status", row.status)):
        if (read := getattr(response, name)) != expected:
            return f"its {name} is {read}, not {expected}"
    return ""
