"""What kills left behind and nobody needs: temporary files, half-deleted folders, folders without a file.

Locks are the system's and end with their process (`crawler.artefacts.hold`), so there is no stale one to remove; a
lock's empty file goes with its folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from upath import UPath

from crawler.artefacts import RunFolder, hold, local_path
from crawler.fetch.segments import spools
from crawler.upkeep.report import JobReport
from crawler.upkeep.run_folders import GOING

__all__ = ["clear_leftovers"]

_OLD = timedelta(days=1)
"""No stage takes so long to write a file."""

_LOCKS = (RunFolder.LOCK, RunFolder.CRAWL_LOCK)


def clear_leftovers(data_root: UPath, *, now: datetime, dry_run: bool) -> JobReport:
    """Remove what was left behind for more than a day.

    Args:
        data_root: the data root; an object store has no temporary files, and only its local spool is looked at.
        now: aware.
        dry_run: say what would go, and touch nothing.

    Returns:
        `figures`: `files`, `folders`, `mb_freed`.
    """
    report = JobReport("leftovers", dry_run, ("left behind", "MB"))
    root = local_path(data_root)
    files = folders = freed = 0
    for left in _stale(root, now) if root else ():
        size = sum(each.stat().st_size for each in [left.path, *left.path.rglob("*")] if each.is_file())
        if not dry_run and not _remove(left):
            report.notes.append(f"{left.path} stays: a process works there")
            continue
        folders, files, freed = folders + left.whole, files + (not left.whole), freed + size
        report.done.append((left.path.relative_to(root or "/"), f"{size / 1e6:.1f}"))
    for spool in spools(data_root):
        if any(spool.glob("*.open")):
            report.notes.append(
                f"{spool} holds what a crawl that was cut short had fetched: run `dibao crawl` of "
                f"{spool.parent.name}/{spool.name} on this machine"
            )
    report.figures = {"files": files, "folders": folders, "mb_freed": round(freed / 1e6, 1)}
    return report


@dataclass(frozen=True, slots=True)
class _Left:
    """Something left behind: a file, or a whole folder; and the run folder whose locks guard it, if any."""

    path: Path
    whole: bool = False
    guard: Path | None = None


def _stale(root: Path, now: datetime) -> Iterator[_Left]:
    for folder in sorted((root / "runs").glob("*/*")):
        if not folder.is_dir():
            continue
        inside = list(folder.iterdir())
        if _is_empty(folder):
            if _is_old([*inside, folder], now):
                yield _Left(folder, whole=True, guard=folder)
            continue
        for path in sorted(folder.glob(".*.tmp")):
            if _is_old([path], now):
                yield _Left(path, guard=folder)
    for path in sorted([*root.glob(".*.tmp"), *(root / "archive").glob("**/.*.tmp")]):
        if _is_old([path], now):
            yield _Left(path)
    # Nobody but an upkeep that was killed leaves these.
    yield from (_Left(path, whole=True) for path in sorted((root / GOING).glob("*")))


def _is_empty(folder: Path) -> bool:
    return all(path.name in _LOCKS for path in folder.iterdir())


def _is_old(paths: list[Path], now: datetime) -> bool:
    try:
        touched = max(path.stat().st_mtime for path in paths)
    except FileNotFoundError:
        # Somebody is at work there.
        return False
    return now - datetime.fromtimestamp(touched, UTC) > _OLD


def _remove(left: _Left) -> bool:
    """Whether it could be removed: not where a living process works."""
    handles: list[int] = []
    try:
        for lock in [left.guard / name for name in _LOCKS] if left.guard else ():
            handle = hold(lock)
            if handle is None:
                return False
            handles.append(handle)
        if not left.whole:
            left.path.unlink(missing_ok=True)
        elif left.guard is None or _is_empty(left.path):
            shutil.rmtree(left.path)
        else:
            return False
    finally:
        for handle in handles:
            os.close(handle)
    return True
