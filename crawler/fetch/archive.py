"""A run's archive: segments of WARC that survive a kill, sealed at the end, indexed from what was read back."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from upath import UPath

from crawler.artefacts import RunFolder, local_path
from crawler.config import VERSION
from crawler.errors import ArtefactError
from crawler.fetch.warc import ArchivedResponse, Exchange, WarcFile, decode_content, read_member, read_responses
from crawler.run import Run

__all__ = ["Capture", "RunArchive", "archive_name", "open_payload", "read_index", "read_response", "spool"]

_KEY_SAFE = "%:/?#[]@!$&'()*+,;="
"""What RFC 3986 lets stand in an address, beside letters, digits and `-._~`."""

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


def archive_name(run: Run, segment: int) -> str:
    """Where a segment is kept for good, relative to the data root.

    Args:
        run: the run.
        segment: 0 for the first.
    """
    suffix = f"-{segment}" if segment else ""
    day = run.window.start
    return f"archive/{run.publisher}/{day:%Y}/{day:%m}/{run.publisher}-{run.run_key}{suffix}.warc.gz"


def spool(folder: RunFolder) -> Path:
    """The local folder in which a run's files lie while its data root is an object store."""
    root = hashlib.sha256(str(folder.data_root).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / "dibao-spool" / root / folder.run.publisher / folder.run.run_key


def segment_name(segment: int) -> str:
    """The name of a segment in the run folder."""
    return RunFolder.CAPTURES if segment == 0 else f"captures-{segment}.warc.gz"


class RunArchive:
    """Everything that one run has fetched.

    While the crawl runs it appends to an open segment (`….open`); a crawl that was killed leaves it, and the next one
    goes on with it after its last whole record. `seal` gives it its name; a sealed segment is never written again.

    The archive's copy of a sealed segment is the one that the store's rows point to: where the run folder has lost its
    own, or a local spool holds what another worker has published since, the archive's is taken.

    Args:
        folder: the run's.

    Raises:
        ArtefactError: the folder cannot be written, a sealed segment is damaged, or it is not the archive's.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        local = local_path(folder.path)
        self._remote = local is None
        # An object store cannot be appended to: the segments lie in a local folder until they are sealed.
        self._work = local or spool(folder)
        try:
            self._work.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArtefactError(f"cannot make {self._work}: {error.strerror}; check its owner and the disk") from error
        self._captures: dict[str, list[tuple[int, Capture]]] = defaultdict(list)
        self._kept: set[int] = set()
        self.sealed = self._sealed_segments()
        for number in range(self.sealed):
            self._remember(number, read_responses(self._segment(number)))
        self._number = self.sealed
        self._open_path = self._work / f"{segment_name(self._number)}.open"
        self._file: WarcFile | None = None
        self.resumed = 0
        if self._open_path.exists():
            self._file = self._open()
            self.resumed = self._remember(self._number, read_responses(self._open_path))
        self.written = 0

    def _sealed_segments(self) -> int:
        number = 0
        while self._has(number):
            number += 1
        return number

    def _has(self, number: int) -> bool:
        """Whether a segment is sealed; where only the archive holds it, it is brought back."""
        path = self._segment(number)
        kept = self._folder.data_root / archive_name(self._folder.run, number)
        published = kept if kept.exists() else self._folder / path.name
        if self._remote and published.exists():
            # What lies in the spool may be left over from before another worker published its own.
            _copy(published, UPath(path))
        elif kept.exists():
            if path.exists():
                _same_or_explained(path, kept)
            else:
                _link(kept, path)
        if kept.exists():
            self._kept.add(number)
        return path.exists()

    def _segment(self, number: int) -> Path:
        return self._work / segment_name(number)

    def _open(self) -> WarcFile:
        return WarcFile(
            self._open_path,
            software=f"Dibao/{VERSION}",
            description=f"crawl {self._folder.run.run_id}, segment {self._number}",
        )

    def _remember(self, number: int, responses: Iterator[ArchivedResponse]) -> int:
        count = 0
        for response in responses:
            self._captures[response.url].append((number, self._capture(number, response)))
            count += 1
        return count

    def _capture(self, number: int, response: ArchivedResponse) -> Capture:
        return Capture(
            file=archive_name(self._folder.run, number),
            offset=response.offset,
            length=response.length,
            sha256=response.sha256,
            status=response.status,
            content_type=response.header("Content-Type"),
            url=response.url,
            fetched_at=response.fetched_at,
            etag=response.header("ETag") or None,
            last_modified=response.header("Last-Modified") or None,
            truncated=response.truncated,
        )

    def write(self, exchange: Exchange) -> Capture:
        """Archive one exchange before anyone uses it.

        Raises:
            ArtefactError: the disk is full or gone.
        """
        if self._file is None:
            self._file = self._open()
        offset, length, sha256 = self._file.write(exchange)
        self.written += 1
        headers = {name.lower(): value.decode("latin-1") for name, value in reversed(exchange.headers)}
        capture = Capture(
            file=archive_name(self._folder.run, self._number),
            offset=offset,
            length=length,
            sha256=sha256,
            status=int(exchange.status_line.split(b" ", 2)[1]),
            content_type=headers.get(b"content-type", ""),
            url=exchange.url,
            fetched_at=exchange.fetched_at,
            etag=headers.get(b"etag") or None,
            last_modified=headers.get(b"last-modified") or None,
            truncated=exchange.truncated,
        )
        self._captures[exchange.url].append((self._number, capture))
        return capture

    def write_resource(self, url: str, content_type: str, body: bytes, fetched_at: datetime) -> Capture:
        """Archive a page that somebody saved.

        Raises:
            ArtefactError: the disk is full or gone.
        """
        if self._file is None:
            self._file = self._open()
        offset, length, sha256 = self._file.write_resource(url, content_type, body, fetched_at)
        self.written += 1
        capture = Capture(
            file=archive_name(self._folder.run, self._number),
            offset=offset,
            length=length,
            sha256=sha256,
            status=200,
            content_type=content_type,
            url=url,
            fetched_at=fetched_at,
        )
        self._captures[url].append((self._number, capture))
        return capture

    def captures(self, url: str, *, since: int = 0) -> list[Capture]:
        """This run's captures of one address, oldest first.

        Args:
            url: exactly as it was asked for.
            since: the first segment that counts; `sealed` for only the open one, which this attempt goes on with.
        """
        return [capture for number, capture in self._captures.get(url, ()) if number >= since]

    def read(self, capture: Capture) -> ArchivedResponse:
        """The archived response of a capture of this run."""
        number = next(n for n, known in self._captures[capture.url] if known is capture)
        path = self._open_path if number == self._number and self._open_path.exists() else self._segment(number)
        with path.open("rb") as file:
            file.seek(capture.offset)
            return read_member(file.read(capture.length), path.name)

    @property
    def count(self) -> int:
        """Responses of the run, all segments together."""
        return sum(map(len, self._captures.values()))

    @property
    def size(self) -> int:
        """Bytes in the open segment."""
        return self._file.size if self._file else 0

    def seal(self) -> list[str]:
        """Close the open segment, keep every segment for good, and write the index from what is read back.

        Returns:
            The names of the run's segments.

        Raises:
            ArtefactError: a file cannot be written, or what was read back is not what was written.
        """
        if self._file is not None:
            self._file.close()
            with _explained(self._open_path):
                if any(number == self._number for rows in self._captures.values() for number, _ in rows):
                    self._open_path.rename(self._segment(self._number))
                    self.sealed = self._number + 1
                else:
                    self._open_path.unlink()
            self._file = None
        # A crawl of fifty thousand pages holds each capture in memory once, not twice.
        known = {(number, c.offset): c for rows in self._captures.values() for number, c in rows}
        index = []
        for number in range(self.sealed):
            path = self._segment(number)
            for response in read_responses(path):
                found = self._capture(number, response)
                same = known.get((number, found.offset))
                index.append(same if same == found else found)
            self._keep(path, number)
        del known
        index.sort(key=_cdxj_order)
        self._folder.write_bytes(RunFolder.INDEX, b"".join(_cdxj_line(capture).encode() for capture in index))
        if self._remote:
            # Published; the next start fetches what it needs.
            shutil.rmtree(self._work)
        return [segment_name(number) for number in range(self.sealed)]

    def _keep(self, path: Path, number: int) -> None:
        in_run = self._folder / path.name
        if self._remote and not in_run.exists():
            _copy(UPath(path), in_run)
        if number in self._kept:
            return
        kept = self._folder.data_root / archive_name(self._folder.run, number)
        if kept.exists():
            _same_or_explained(path, kept)
        elif (local := local_path(kept)) is None:
            _copy(UPath(path), kept)
        else:
            _link(UPath(path), local)
        self._kept.add(number)


def _same_or_explained(path: Path, kept: UPath) -> None:
    """Hold a run's segment against the archive's by their bytes.

    Raises:
        ArtefactError: they are not the same, or cannot be read.
    """
    with _explained(path):
        local = local_path(kept)
        if local is not None and local.samefile(path):
            return
        digests = set()
        for file in (UPath(path), kept):
            opened: Any
            with file.open("rb") as opened:
                digests.add(hashlib.file_digest(opened, "sha256").digest())
        if len(digests) == 1:
            return
    raise ArtefactError(
        f"{path} is not {kept}, to whose bytes the store points. Leave the archive's file where it is; move {path} "
        "out of its folder and crawl again: the archive's is taken, and what it lacks is fetched"
    )


def _link(source: UPath, target: Path) -> None:
    with _explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source.path, target)
        except OSError:
            # A file system without hard links, or another disk.
            temporary = target.with_name(f".{target.name}.tmp")
            shutil.copyfile(source.path, temporary)
            temporary.replace(target)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArtefactError(
            f"cannot seal {path}: {error.strerror or error}. Check the disk's free space and the folder's owner, "
            "then start the crawl again; what was fetched is kept."
        ) from error


def _copy(source: UPath, target: UPath) -> None:
    with _explained(Path(target.path)):
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as reader, target.open("wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)


def _surt(url: str) -> str:
    """The sort-friendly form of an address: `cn,com,sina,finance)/path` (as CDX indexes key it), without a space."""
    try:
        parts = urlsplit(url)
        host = ",".join(reversed((parts.hostname or "").split(".")))
        port = f":{parts.port}" if parts.port else ""
        key = f"{host}{port}){parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    except ValueError:
        # A stranger's archive may name what is no address.
        key = url
    # A space or a line's end in the key would break the line; what is encoded already stays.
    return quote(key, safe=_KEY_SAFE, errors="replace")


def _cdxj_order(capture: Capture) -> tuple[str, datetime, str, int]:
    return _surt(capture.url), capture.fetched_at, capture.file, capture.offset


def _cdxj_line(capture: Capture) -> str:
    fields = {
        "url": capture.url,
        "mime": capture.content_type.split(";")[0].strip() or "unk",
        "status": str(capture.status),
        "digest": f"sha256:{capture.sha256}",
        "length": str(capture.length),
        "offset": str(capture.offset),
        "filename": capture.file,
        "content_type": capture.content_type,
        "fetched_at": capture.fetched_at.isoformat(),
        "etag": capture.etag,
        "last_modified": capture.last_modified,
        "truncated": capture.truncated or None,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return f"{_surt(capture.url)} {capture.fetched_at:%Y%m%d%H%M%S} {json.dumps(kept, ensure_ascii=False)}\n"


def read_index(folder: RunFolder) -> Iterator[Capture]:
    """Every response record of a run, from its CDXJ index, in the index's order.

    Raises:
        ArtefactError: the crawl has not ended yet, or a line is damaged.
    """
    path = folder / RunFolder.INDEX
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ArtefactError(f"{path} is missing; run `crawl` of this run first") from error
    # Not `splitlines`: a header may hold U+0085 or U+2028, which end no line of JSON.
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        try:
            # Older indexes have keys with spaces.
            fields = json.loads(line[line.index(" {") :])
            yield Capture(
                file=fields["filename"],
                offset=int(fields["offset"]),
                length=int(fields["length"]),
                sha256=fields["digest"].removeprefix("sha256:"),
                status=int(fields["status"]),
                content_type=fields["content_type"],
                url=fields["url"],
                fetched_at=datetime.fromisoformat(fields["fetched_at"]),
                etag=fields.get("etag"),
                last_modified=fields.get("last_modified"),
                truncated=fields.get("truncated", ""),
            )
        except (ValueError, KeyError, IndexError) as error:
            raise ArtefactError(
                f"line {number} of {path} is damaged ({error}); run `crawl` of this run again"
            ) from error


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
