"""Where the segments of a run's archive lie: in its folder, in a local spool, and for good in the archive."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from upath import UPath

from crawler.artefacts import RunFolder, local_path
from crawler.errors import ArtefactError
from crawler.run import Run

__all__ = [
    "ARCHIVE_NAME",
    "archive_name",
    "copy_file",
    "explained",
    "link_or_copy",
    "same_or_explained",
    "segment_name",
    "spool",
    "spools",
]


def archive_name(run: Run, segment: int) -> str:
    """Where a segment is kept for good, relative to the data root.

    Args:
        run: the run.
        segment: 0 for the first.
    """
    suffix = f"-{segment}" if segment else ""
    day = run.window.start
    return f"archive/{run.publisher}/{day:%Y}/{day:%m}/{run.publisher}-{run.run_key}{suffix}.warc.gz"


ARCHIVE_NAME = re.compile(
    r"archive/(?P<publisher>[a-z][a-z0-9_]*)/\d{4}/\d{2}/(?P=publisher)-"
    r"(?:import-(?P<digest>[0-9a-f]{16})"
    r"|(?P<start>\d{4}-\d\d-\d\d)_(?P<end>\d{4}-\d\d-\d\d)(?:-(?P<selection>[0-9a-f]{8}))?)"
    r"(?:-(?P<number>\d{1,7}))?\.warc\.gz",
    re.ASCII,
)
"""What `archive_name` gives; a segment's number never has the eight digits that a selection has."""


def spool(folder: RunFolder) -> Path:
    """The local folder in which a run's files lie while its data root is an object store."""
    return _spool_root(folder.data_root) / folder.run.publisher / folder.run.run_key


def spools(data_root: UPath) -> list[Path]:
    """Every run's local folder on this machine; empty where the data root is a local disk."""
    return sorted(path for path in _spool_root(data_root).glob("*/*") if path.is_dir())


def _spool_root(data_root: UPath) -> Path:
    digest = hashlib.sha256(str(data_root).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / "dibao-spool" / digest


def segment_name(segment: int) -> str:
    """The name of a segment in the run folder."""
    return RunFolder.CAPTURES if segment == 0 else f"captures-{segment}.warc.gz"


def same_or_explained(path: Path, kept: UPath) -> None:
    """Hold a run's segment against the archive's, byte by byte unless they are one file.

    Raises:
        ArtefactError: they are not the same, or cannot be read.
    """
    with explained(path):
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


def link_or_copy(source: UPath, target: Path) -> None:
    """Give a local file a second name; where the file system cannot, a copy that appears whole.

    Raises:
        ArtefactError: the target cannot be written.
    """
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source.path, target)
        except OSError:
            # A file system without hard links, or another disk.
            temporary = target.with_name(f".{target.name}.tmp")
            shutil.copyfile(source.path, temporary)
            temporary.replace(target)


def copy_file(source: UPath, target: UPath) -> None:
    """Copy a file between a local disk and an object store.

    Raises:
        ArtefactError: one of them cannot be reached, read or written.
    """
    with explained(Path(target.path)):
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as reader, target.open("wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say what to do where the system refuses to seal a segment.

    Raises:
        ArtefactError: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise ArtefactError(
            f"cannot seal {path}: {error.strerror or error}. Check the disk's free space and the folder's owner, "
            "then start the crawl again; what was fetched is kept."
        ) from error
