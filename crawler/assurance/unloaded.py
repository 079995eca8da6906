"""What lies on the disk beside the store: run folders and archive files, and whether they were loaded."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from upath import UPath

from crawler.artefacts import RunFolder
from crawler.errors import ArtefactError
from crawler.fetch.segments import ARCHIVE_NAME
from crawler.run import Run, Window

__all__ = [
    "BegunRun",
    "RunFiles",
    "archive_files",
    "begun_runs",
    "run_files",
    "stored_folder",
    "way_to_load",
]

_WHOLE = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})", re.ASCII)
"""The run_key of a run of the whole publisher; see `crawler.run.Run.run_key`."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """One run's folder, as its summary tells.

    Args:
        run_id: publisher and run_key.
        discovered: by the last crawl that ended; 0 where none has.
        segments: WARC files of that crawl.
        ended_at: when it ended, or empty.
        started_at: when a crawl began that has not ended, or empty.
        stages: those that have run since, in order.
    """

    run_id: str
    discovered: int = 0
    segments: tuple[str, ...] = ()
    ended_at: str = ""
    started_at: str = ""
    stages: tuple[str, ...] = ()

    @property
    def loaded(self) -> bool:
        """Whether load has run since the last crawl."""
        return "load" in self.stages

    @property
    def next_step(self) -> str:
        """What to do with a run that is not loaded."""
        stage = next((stage for stage in ("crawl", "parse", "dedupe", "load") if stage not in self.stages), "load")
        return f"run `dibao {stage}` and what follows, or wait if it is at work"

    def waits_for(self, file: str) -> bool:
        """Whether an archive file is one of this run's that load has not seen yet.

        Args:
            file: of the archive, relative to the data root.
        """
        publisher, _, run_key = self.run_id.partition("/")
        match = re.fullmatch(rf"{re.escape(f'{publisher}-{run_key}')}(?:-(\d+))?\.warc\.gz", file.rpartition("/")[2])
        if match is None:
            return False
        name = f"captures-{match[1]}.warc.gz" if match[1] else RunFolder.CAPTURES
        # A segment that the summary does not name was sealed by a crawl that was killed before it could report.
        return not self.loaded or name not in self.segments


def run_files(data_root: UPath, publisher: str = "", run_key: str = "") -> dict[str, RunFiles]:
    """Every run folder under the data root, by run id.

    Args:
        data_root: the data root.
        publisher: only this one's.
        run_key: only this run's.

    Raises:
        ArtefactError: a summary cannot be read.
    """
    found = {}
    for folder in (data_root / "runs").glob(f"{publisher or '*'}/{run_key or '*'}"):
        if folder.is_dir():
            run_id = f"{folder.parent.name}/{folder.name}"
            found[run_id] = _read(folder, run_id)
    return found


def _read(folder: UPath, run_id: str) -> RunFiles:
    path = folder / RunFolder.SUMMARY
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return RunFiles(run_id)
    except ValueError as error:
        raise ArtefactError(f"{path} is damaged ({error}); run the stages of this run again") from error
    crawl = summary.get("crawl", {})
    return RunFiles(
        run_id,
        discovered=int(crawl.get("discovered", 0)),
        segments=tuple(crawl.get("segments", ())),
        ended_at=str(crawl.get("ended_at", "")),
        started_at=str(crawl.get("started_at", "")),
        stages=tuple(stage for stage in ("crawl", "parse", "dedupe", "load", "check") if stage in summary),
    )


@dataclass(frozen=True, slots=True)
class BegunRun:
    """A run of the whole publisher that has a folder, and no row in the store: no load of it has come to its end.

    Args:
        run_id: publisher and run_key.
        window: its days.
        tried_at: when its crawl began or ended, UTC; None where no crawl has written that down.
    """

    run_id: str
    window: Window
    tried_at: datetime | None


def begun_runs(data_root: UPath, publisher: str, stored: Collection[str]) -> list[BegunRun]:
    """The runs of a publisher that were begun and are not in the store, the earliest days first.

    Args:
        data_root: the data root.
        publisher: the publisher's key.
        stored: ids of the runs that the store holds.

    Raises:
        ArtefactError: a summary cannot be read.
    """
    found = []
    for folder in (data_root / "runs" / publisher).glob("*"):
        run_id = f"{publisher}/{folder.name}"
        if run_id in stored or not (days := _WHOLE.fullmatch(folder.name)) or not folder.is_dir():
            continue
        files = _read(folder, run_id)
        tried_at = files.ended_at or files.started_at
        window = Window.parse(days[1], days[2])
        found.append(BegunRun(run_id, window, datetime.fromisoformat(tried_at) if tried_at else None))
    return sorted(found, key=lambda run: (run.window.start, run.window.end))


def stored_folder(data_root: UPath, publisher: str, run_key: str, start: date, end: date, selection: Any) -> RunFolder:
    """The folder of a run as its row in the store names it.

    Args:
        data_root: the data root.
        publisher, run_key, start, end, selection: the columns of `run`.
    """
    digest = run_key.removeprefix("import-") if run_key.startswith("import-") else ""
    run = Run.from_json(
        {**selection, "publisher": publisher, "start": start.isoformat(), "end": end.isoformat(), "digest": digest}
    )
    return RunFolder(run, data_root)


def way_to_load(file: str) -> str:
    """How the store gets the pages of an archive file whose run folder is gone: from its own bytes, as its own run.

    Args:
        file: of the archive, relative to the data root.
    """
    if ARCHIVE_NAME.fullmatch(file) is None:
        return "its name is none of a run"
    return "`dibao rebuild` loads it from these bytes and asks no site"


def archive_files(data_root: UPath, publisher: str = "") -> dict[str, int]:
    """Every WARC file of the archive, relative to the data root, and its size in bytes."""
    root = data_root / "archive"
    return {
        f"archive/{path.relative_to(root).as_posix()}": path.stat().st_size
        for path in root.glob(f"{publisher or '*'}/**/*.warc.gz")
        if not path.name.startswith(".")
    }
