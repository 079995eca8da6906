"""A run's archive: segments of WARC that survive a kill, sealed at the end, indexed from what was read back."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from upath import UPath

from crawler.artefacts import RunFolder, local_path
from crawler.config import VERSION
from crawler.errors import ArtefactError
from crawler.fetch.capture import Capture
from crawler.fetch.cdxj import write_index
from crawler.fetch.segments import (
    archive_name,
    copy_file,
    explained,
    link_or_copy,
    same_or_explained,
    segment_name,
    spool,
)
from crawler.fetch.warc_read import ArchivedResponse, read_member, read_responses
from crawler.fetch.warc_write import Exchange, WarcFile

__all__ = ["RUN_FIELD", "RunArchive"]

RUN_FIELD = "dibao-run"
"""The field of a segment's warcinfo record that holds the run, as `Run.as_json` gives it."""


class RunArchive:
    """Everything that one run has fetched.

    While the crawl runs it appends to an open segment (`….open`); a crawl that was killed leaves it, and the next one
    goes on with it after its last whole record. `seal` gives it its name; a sealed segment is never written again.

    The archive's copy of a sealed segment is the one that the store's rows point to: where the run folder has lost its
    own, or a local spool holds what another worker has published since, the archive's is taken.

    Args:
        folder: the run's.
        last: the last segment to look at, where a run is rebuilt from them; nothing can be written then, and what a
            crawl has left open stays as it is. None for a crawl.

    Raises:
        ArtefactError: the folder cannot be written, a sealed segment is damaged, or it is not the archive's.
    """

    def __init__(self, folder: RunFolder, *, last: int | None = None) -> None:
        self._folder = folder
        self._last = last
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
        if self._open_path.exists() and last is None:
            self._file = self._open()
            self.resumed = self._remember(self._number, read_responses(self._open_path))
        self.written = 0

    def _sealed_segments(self) -> int:
        number = 0
        while (self._last is None or number <= self._last) and self._has(number):
            number += 1
        return number

    def _has(self, number: int) -> bool:
        """Whether a segment is sealed; where only the archive holds it, it is brought back."""
        path = self._segment(number)
        kept = self._folder.data_root / archive_name(self._folder.run, number)
        published = kept if kept.exists() else self._folder / path.name
        if self._remote and published.exists():
            # What lies in the spool may be left over from before another worker published its own.
            copy_file(published, UPath(path))
        elif kept.exists():
            if path.exists():
                same_or_explained(path, kept)
            else:
                link_or_copy(kept, path)
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
            # The file says whose it is when run folder and store are gone: `dibao rebuild`.
            more={"isPartOf": self._folder.run.run_id, RUN_FIELD: json.dumps(self._folder.run.as_json())},
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
        assert self._last is None, "what is rebuilt is only read"
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

    def in_order(self) -> list[Capture]:
        """Every capture of the run, as they were written."""
        rows = [(number, capture.offset, capture) for found in self._captures.values() for number, capture in found]
        return [capture for _, _, capture in sorted(rows, key=lambda row: row[:2])]

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
            with explained(self._open_path):
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
                same = known.pop((number, found.offset), None)
                index.append(same if same == found else found)
            self._keep(path, number)
        if known:
            number, offset = min(known)
            raise ArtefactError(
                f"{len(known)} responses that were written cannot be read back, the first at byte {offset} of "
                f"{self._segment(number)}: the disk has lost them. Check it, then start the crawl again: it fetches "
                "what is missing"
            )
        write_index(self._folder, index)
        if self._remote and not self._open_path.exists():
            # Published; the next start fetches what it needs.
            shutil.rmtree(self._work)
        return [segment_name(number) for number in range(self.sealed)]

    def _keep(self, path: Path, number: int) -> None:
        in_run = self._folder / path.name
        if self._remote and not in_run.exists():
            copy_file(UPath(path), in_run)
        if number in self._kept:
            return
        kept = self._folder.data_root / archive_name(self._folder.run, number)
        if kept.exists():
            same_or_explained(path, kept)
        elif (local := local_path(kept)) is None:
            copy_file(UPath(path), kept)
        else:
            link_or_copy(UPath(path), local)
        self._kept.add(number)
