"""Retention: run folders that are old, loaded, checked and proven to be in the archive may go.

A run folder is working space. What it holds is in the archive (the WARC segments, byte for byte), in the store (fates,
articles, decisions), or follows from the two. A run that is wanted again is crawled again: its segments come back from
the archive, and nothing is asked of the site that they hold.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select
from upath import UPath

from crawler.artefacts import RunFolder, hold, local_path
from crawler.assurance.fixity import Expected, verify_file
from crawler.assurance.unloaded import stored_folder
from crawler.errors import ArtefactError
from crawler.fetch.segments import archive_name, same_or_explained, segment_name
from crawler.upkeep.report import JobReport
from models.base import identity
from models.runs import CheckResult, Run
from models.store import Store
from models.urls import Capture, UrlEvent

__all__ = ["GOING", "clear_run_folders", "why_it_stays"]

GOING = ".upkeep/going"
"""Where a folder is moved before it is deleted, relative to the data root: a kill leaves it here, not half in its
place."""

_SEGMENT = re.compile(r"captures(?:-([1-9]\d*))?\.warc\.gz")
_OURS = frozenset(
    {
        RunFolder.INDEX,
        RunFolder.FATES,
        RunFolder.ARTICLES,
        RunFolder.DECISIONS,
        RunFolder.SUMMARY,
        RunFolder.KNOWN,
        RunFolder.LOCK,
        RunFolder.CRAWL_LOCK,
    }
)
"""The files that come back, or that nobody misses."""


class _Stays(Exception):
    """A run folder must not go; the message says why."""


@dataclass(frozen=True, slots=True)
class _Size:
    freed: int
    shared: int


def clear_run_folders(
    store: Store,
    data_root: UPath,
    *,
    days: int,
    now: datetime,
    dry_run: bool,
    on_line: Callable[[str], None] = lambda line: None,
) -> JobReport:
    """Delete the run folders that nothing is lost with.

    Args:
        store: must say that a run is loaded and passed its check.
        data_root: where `runs` and `archive` lie.
        days: how long a folder was left alone before it may go.
        now: aware.
        dry_run: say what would go, and touch nothing.
        on_line: takes a line for each folder.

    Returns:
        `figures`: `folders`, `gone`, `kept_young`, `kept`, `mb_freed`.
    """
    report = JobReport("run folders", dry_run, ("run folder", "MB freed", "MB shared with the archive"))
    folders = sorted(folder for folder in (data_root / "runs").glob("*/*") if folder.is_dir())
    young = kept = freed = 0
    for path in folders:
        run_id = f"{path.parent.name}/{path.name}"
        try:
            touched = _last_touched(path)
            if now - touched < timedelta(days=days):
                young += 1
                continue
            with _held(path, dry_run):
                with store.reading() as connection:
                    why = why_it_stays(connection, data_root, path)
                if why:
                    raise _Stays(why)
                size = _size(path)
                if not dry_run:
                    _remove(data_root, path)
        except _Stays as error:
            kept += 1
            report.notes.append(f"{run_id} stays: {error}")
            continue
        except OSError as error:
            kept += 1
            report.problems.append(
                f"{run_id} cannot be read or deleted ({error.strerror or error}): check the owner of {path}"
            )
            continue
        freed += size.freed
        report.done.append((run_id, f"{size.freed / 1e6:.1f}", f"{size.shared / 1e6:.1f}"))
        on_line(f"{run_id}: {'may go' if dry_run else 'gone'}, {size.freed / 1e6:.1f} MB")
    report.figures = {
        "folders": len(folders),
        "may_go" if dry_run else "gone": len(report.done),
        "kept_young": young,
        "kept": kept,
        "mb_freed": round(freed / 1e6, 1),
    }
    return report


def why_it_stays(connection: Connection, data_root: UPath, path: UPath) -> str:
    """Why a run folder must not be deleted, however old it is; empty where nothing would be lost.

    Every byte of its segments is read, in the archive.

    Args:
        connection: reads the store.
        data_root: the data root.
        path: the folder.

    Raises:
        OSError: a file cannot be read.
    """
    try:
        folder = _folder_in_store(connection, data_root, path)
        _require_finished(folder)
        segments = _segments(folder)
        _require_fates(connection, folder)
        for number in segments:
            _require_archived(connection, folder, number)
    except _Stays as error:
        return str(error)
    except ArtefactError as error:
        return f"{error}"
    return ""


def _folder_in_store(connection: Connection, data_root: UPath, path: UPath) -> RunFolder:
    run_id = f"{path.parent.name}/{path.name}"
    run = Run.__table__.c
    row = connection.execute(
        select(run.publisher, run.run_key, run.window_start, run.window_end, run.selection, run.complete).where(
            run.id == run_id
        )
    ).one_or_none()
    if row is None:
        raise _Stays("it is not in the store: run `dibao load` of it and what is missing before")
    folder = stored_folder(data_root, *row[:-1])
    if folder.run.digest:
        raise _Stays("no crawl can make an import's folder again")
    if folder.path != path:
        raise _Stays(f"its row in the store names another folder, {folder.path}")
    if not row.complete:
        raise _Stays("its crawl is not complete: run it again")
    check = CheckResult.__table__.c
    answers = connection.execute(select(check.name, check.level, check.passed).where(check.run_id == run_id)).all()
    failed = sorted(name for name, level, passed in answers if not passed and level != "usual")
    if not answers:
        raise _Stays("it was never checked: run `dibao check` of it")
    if failed:
        raise _Stays(f"it failed its check ({'; '.join(failed[:3])})")
    return folder


def _require_finished(folder: RunFolder) -> None:
    """The last crawl that this folder knows is the one that was loaded and checked."""
    summary = folder.read_summary()
    crawl = summary.get("crawl", {})
    if not crawl.get("complete") or "ended_at" not in crawl:
        raise _Stays("its crawl did not end well: run it again")
    for stage in ("load", "check"):
        if stage not in summary:
            raise _Stays(f"it was crawled again and `{stage}` has not run since")
    if summary["check"].get("failures"):
        raise _Stays("it failed its check")


def _segments(folder: RunFolder) -> set[int]:
    """The numbers of the segments that the folder holds or names.

    Raises:
        _Stays: it holds something that is neither archived nor made again.
    """
    named = [*folder.read_summary()["crawl"].get("segments", ())]
    strange = []
    for path in folder.path.iterdir():
        if _SEGMENT.fullmatch(path.name):
            named.append(path.name)
        elif path.name.endswith(".open"):
            raise _Stays(f"{path.name} holds what a crawl that was cut short had fetched: run `dibao crawl` of it")
        elif path.name == RunFolder.FETCH_AGAIN:
            raise _Stays("its articles were to be fetched again, and are not all: run `dibao crawl` of it")
        elif path.name not in _OURS and not re.fullmatch(r"\..+\.tmp", path.name):
            strange.append(path.name)
    if strange:
        raise _Stays(f"Dibao did not write {', '.join(sorted(strange)[:3])}: move it elsewhere")
    found = {_SEGMENT.fullmatch(name) for name in named}
    if None in found:
        raise _Stays("its summary names a segment in a way that nobody understands")
    return {int(match[1] or 0) for match in found if match is not None}


def _require_fates(connection: Connection, folder: RunFolder) -> None:
    """Every fate that the folder tells of is a row."""
    event = UrlEvent.__table__.c
    stored: dict[int, int | None] = dict(
        connection.execute(
            select(event.url_id, event.capture_id).where(event.run_id == folder.run.run_id, event.current)
        ).all()
    )
    missing = 0
    for row in folder.read_lines(RunFolder.FATES, "crawl"):
        url_id, capture = identity("url", row["url"]), row["capture"]
        wanted = identity("capture", capture["file"], capture["offset"]) if capture else None
        missing += url_id not in stored or stored[url_id] != wanted
    if missing:
        raise _Stays(f"{missing:,} of its fates are not in the store: run `dibao load` of it")


def _require_archived(connection: Connection, folder: RunFolder, number: int) -> None:
    """The archive's copy of a segment is there, is the folder's byte for byte, and is what the rows say."""
    name = archive_name(folder.run, number)
    kept = folder.data_root / name
    if not kept.exists():
        raise _Stays(f"{name} is not in the archive; crawl it again, or restore the archive from its backup")
    own = folder / segment_name(number)
    if own.exists():
        _require_same(own, kept)
    rows = captures_of(connection, name)
    if not rows:
        raise _Stays(f"no row of the store leads to {name}: run `dibao load` of it")
    fixity = verify_file(kept, rows)
    if fixity.damaged or fixity.torn:
        offset, problem = (fixity.damaged[0].offset, fixity.damaged[0].problem) if fixity.damaged else fixity.torn[0]
        raise _Stays(f"{name} is damaged at byte {offset} ({problem}); compare {own}, restore the archive's")
    if fixity.unknown:
        raise _Stays(f"{len(fixity.unknown):,} records of {name} have no row: run `dibao load` of it")


def _require_same(own: UPath, kept: UPath) -> None:
    local = local_path(own)
    if local is not None:
        same_or_explained(local, kept)
        return
    with own.open("rb") as one, kept.open("rb") as other:
        while True:
            mine, archived = one.read(1 << 20), other.read(1 << 20)
            if mine != archived:
                raise _Stays(f"{own} is not {kept}, to whose bytes the store points: compare the two")
            if not mine:
                return


def captures_of(connection: Connection, file: str) -> list[Expected]:
    """What the store's rows say of the records of an archive file, in the order of their offsets."""
    capture = Capture.__table__.c
    rows = connection.execute(
        select(capture.offset, capture.length, capture.sha256, capture.url, capture.status)
        .where(capture.file == file)
        .order_by(capture.offset)
    )
    return [Expected(*row) for row in rows]


def _last_touched(path: UPath) -> datetime:
    """When anything in a folder was last written; what only holds or tells is not counted."""
    times = [file.stat().st_mtime for file in path.iterdir() if file.name not in (RunFolder.LOCK, RunFolder.CRAWL_LOCK)]
    return datetime.fromtimestamp(max(times, default=path.stat().st_mtime), UTC)


@contextlib.contextmanager
def _held(path: UPath, dry_run: bool) -> Iterator[None]:
    """Hold a run folder as a stage and a crawl do, so that none of them begins meanwhile.

    Raises:
        _Stays: a living process works on it.
    """
    local = local_path(path)
    handles: list[int] = []
    try:
        for name in (RunFolder.LOCK, RunFolder.CRAWL_LOCK) if local else ():
            if dry_run and not (local / name).exists():  # type: ignore[operator]
                continue
            handle = hold(local / name)  # type: ignore[operator]
            if handle is None:
                raise _Stays("a process works on it")
            handles.append(handle)
        yield
    finally:
        for handle in handles:
            os.close(handle)


def _size(path: UPath) -> _Size:
    freed = shared = 0
    for file in path.iterdir():
        stat: Any = file.stat()
        if getattr(stat, "st_nlink", 1) > 1:
            shared += stat.st_size
        else:
            freed += stat.st_size
    return _Size(freed, shared)


def _remove(data_root: UPath, path: UPath) -> None:
    local = local_path(path)
    if local is None:
        # The summary last: until then the folder still says that its run is finished, and is taken up again.
        for file in sorted(path.iterdir(), key=lambda file: file.name == RunFolder.SUMMARY):
            file.unlink()
        return
    going = local_path(data_root / GOING)
    assert going is not None
    going.mkdir(parents=True, exist_ok=True)
    target = going / f"{local.parent.name}--{local.name}"
    if target.exists():
        # What a kill left of an earlier time.
        shutil.rmtree(target)
    local.rename(target)
    shutil.rmtree(target)
