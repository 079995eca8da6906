"""The files of a run: read and written whole, under one data root."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from upath import UPath

from crawler.errors import ArtefactError, RunLocked
from crawler.run import Run

__all__ = ["RunFolder", "hold", "local_path"]


def local_path(path: UPath) -> Path | None:
    """The same place as a local path, or None where the data root is not a local disk."""
    return Path(path.path) if path.protocol in ("", "file") else None


def hold(path: Path) -> int | None:
    """Take a lock of the operating system; it ends with the process, or when the handle is closed.

    Args:
        path: the lock's file, made where it is not there; its folder is made too.

    Returns:
        The handle, or None where another living process holds the lock.

    Raises:
        ArtefactError: the file cannot be kept in its place.
    """
    for _ in range(100):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            # The folder went away between the two.
            continue
        except PermissionError as error:
            raise ArtefactError(
                f"cannot lock {path}: {error.strerror}; check its owner and that of its folder"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        try:
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except FileNotFoundError:
            pass
        # Whoever held it has taken its folder away (upkeep): this is the lock of nothing.
        os.close(handle)
    raise ArtefactError(f"cannot lock {path}: it goes away as often as it is made; look at its folder")


class RunFolder:
    """One run's artefacts; every write is a temporary name, then a rename.

    Args:
        run: the run.
        data_root: the data root, a local folder or an object-store URL.
    """

    CAPTURES = "captures.warc.gz"
    INDEX = "captures.cdxj"
    FATES = "fates.jsonl"
    ARTICLES = "articles.jsonl"
    DECISIONS = "decisions.jsonl"
    SUMMARY = "summary.json"
    KNOWN = "known.jsonl"
    """By which the parent tells the crawl's process what the store holds already."""
    FETCH_AGAIN = "fetch-again.json"
    """Says where fetching again began; there until a crawl has been complete."""
    LOCK = ".lock"
    CRAWL_LOCK = ".crawl.lock"
    """Held by the crawl's own process, which may outlive for a moment the one that started it."""

    def __init__(self, run: Run, data_root: UPath) -> None:
        self.run = run
        self.data_root = data_root
        self.path = run.folder(data_root)

    def __truediv__(self, name: str) -> UPath:
        return self.path / name

    def create(self) -> None:
        """Make the folder.

        Raises:
            ArtefactError: the data root cannot be written.
        """
        with _explained(self.path, "make the folder"):
            self.path.mkdir(parents=True, exist_ok=True)

    def write_bytes(self, name: str, data: bytes) -> None:
        """Replace an artefact whole.

        Raises:
            ArtefactError: the disk is full or the folder cannot be written; the old file is untouched.
        """
        self.write_chunks(name, (data,))

    def write_lines(self, name: str, rows: Iterable[dict[str, Any]]) -> int:
        """Replace a JSON-lines artefact whole, row by row, and return how many rows it has."""
        return self.write_chunks(name, (_line(row).encode() for row in rows))

    def write_chunks(self, name: str, chunks: Iterable[bytes]) -> int:
        """Replace an artefact whole, piece by piece; how many pieces it has.

        On a local disk it is never in memory whole; an object store is given all of it at once.

        Raises:
            ArtefactError: as `write_bytes`.
        """
        target = self.path / name
        count = 0
        with _explained(target, "write"):
            local = local_path(target)
            if local is None:
                pieces = list(chunks)
                target.write_bytes(b"".join(pieces))
                return len(pieces)
            temporary = local.with_name(f".{local.name}.{os.getpid()}.tmp")
            try:
                with temporary.open("wb") as file:
                    for chunk in chunks:
                        file.write(chunk)
                        count += 1
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(local)
            finally:
                temporary.unlink(missing_ok=True)
        return count

    def read_lines(self, name: str, written_by: str) -> Iterator[dict[str, Any]]:
        """The rows of a JSON-lines artefact.

        Args:
            name: the artefact.
            written_by: the stage that writes it, for the message.

        Raises:
            ArtefactError: it is missing or a line is not JSON.
        """
        path = self.path / name
        try:
            with path.open("r", encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    try:
                        row = json.loads(line)
                    except ValueError as error:
                        raise ArtefactError(
                            f"line {number} of {path} is not JSON ({error}); run `{written_by}` of this run again"
                        ) from error
                    yield row
        except FileNotFoundError as error:
            raise ArtefactError(f"{path} is missing; run `{written_by}` of this run first") from error

    def read_summary(self) -> dict[str, Any]:
        """What each stage has counted so far; empty before the first."""
        path = self.path / self.SUMMARY
        try:
            with path.open("r", encoding="utf-8") as file:
                summary: dict[str, Any] = json.load(file)
                return summary
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise ArtefactError(f"{path} is damaged ({error}); run the stages of this run again") from error

    def write_summary(self, stage: str, counts: dict[str, Any]) -> None:
        """Store one stage's counts; those of later stages are dropped, since they are out of date."""
        order = ["crawl", "parse", "dedupe", "load", "check"]
        kept = {name: row for name, row in self.read_summary().items() if order.index(name) < order.index(stage)}
        kept[stage] = counts
        self.write_bytes(self.SUMMARY, json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True).encode())

    def require(self, stage: str) -> dict[str, Any]:
        """The counts of a stage that must have ended before the one that asks.

        Raises:
            ArtefactError: it has not ended since the stages before it ran; what it left is of an earlier time.
        """
        counts: dict[str, Any] = self.read_summary().get(stage) or {}
        if not counts or (stage == "crawl" and "ended_at" not in counts):
            raise ArtefactError(f"`{stage}` of {self.run.run_id} has not ended; run `{stage}` of this run first")
        return counts

    @contextlib.contextmanager
    def locked(self, *, after: str = "") -> Iterator[None]:
        """Hold the run for this process, so that two starts of the same run do not mix.

        On a local disk this is a lock of the operating system and ends with the process. On an object store
        Airflow is the guard: it runs one crawl of a publisher at a time.

        Args:
            after: the stage that must have ended; where it has not, no folder of a run that nobody crawled is left.

        Raises:
            RunLocked: another living process holds the run.
            ArtefactError: that stage has not ended.
        """
        local = local_path(self.path)
        if after and (local is None or not local.exists()):
            self.require(after)
        self.create()
        if local is None:
            yield
            return
        with _explained(self.path, "lock"):
            handle = hold(local / self.LOCK)
        if handle is None:
            raise RunLocked(f"{self.run.run_id} is being worked on by another process; wait for it or stop it first")
        try:
            if after:
                # Only now: a crawl that is at work holds the lock, and has not ended either.
                self.require(after)
            with _explained(self.path, "tidy up"):
                # Whoever was killed while writing cannot have removed these; nobody else writes here now.
                for left in local.glob(".*.tmp"):
                    left.unlink(missing_ok=True)
            yield
        finally:
            os.close(handle)


_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""Control characters and lone surrogates: no UTF-8 file holds the latter, no PostgreSQL text a NUL."""

_ESCAPED_CONTROL = re.compile(r"\\u00(?:0[0-8bcef]|1[0-9a-f])")


def _line(row: dict[str, Any]) -> str:
    text = json.dumps(row, ensure_ascii=False, sort_keys=True)
    if _ESCAPED_CONTROL.search(text) or _NO_TEXT.search(text):
        # Rare, so the rows that have none pay for one look only.
        text = json.dumps(_as_text(row), ensure_ascii=False, sort_keys=True)
    return text + "\n"


def _as_text(value: Any) -> Any:
    if isinstance(value, str):
        return _NO_TEXT.sub("", value)
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, dict):
        return {_as_text(key): _as_text(item) for key, item in value.items()}
    return value


@contextlib.contextmanager
def _explained(path: UPath, action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArtefactError(
            f"cannot {action} {path}: {error.strerror or error}. "
            "Check the disk's free space and the folder's owner, then run the stage again; nothing was lost."
        ) from error
