"""Fixity in rounds: a share of the archive is read back each week, so that all of it is read once in some weeks.

When each file was read, and what was wrong, are rows, so that a round goes on where the last one ended, however it
ended. A file that is damaged is read each time, until it is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import Connection, func, select, update
from upath import UPath

from crawler.assurance.fixity import Expected, FileFixity, verify_file
from crawler.assurance.unloaded import archive_files
from crawler.fetch.segments import segment_name
from crawler.upkeep.report import JobReport
from crawler.upkeep.run_folders import captures_of
from models.fixity import ArchiveFile, DamagedRecord
from models.store import Store
from models.upsert import upsert
from models.urls import Capture

__all__ = ["FileState", "chosen", "read_share"]

WHOLE, DAMAGED, MISSING = "whole", "damaged", "missing"

_THE_FILE = -1
"""The offset that stands for a whole file."""

_WEEK = timedelta(weeks=1)
_EARLY = timedelta(days=1)
"""A weekly task begins a little earlier or later than a week after the one before."""


@dataclass(frozen=True, slots=True)
class FileState:
    """A file of the archive, and when its bytes were last known to be right.

    Args:
        file: relative to the data root.
        size: bytes.
        sure_at: aware; when it was last read, or written and read back.
        damaged: it was not whole when it was last read.
    """

    file: str
    size: int
    sure_at: datetime
    damaged: bool = False


def chosen(files: Iterable[FileState], *, read: int, weeks: int, now: datetime) -> list[FileState]:
    """Which files are read this week: as many bytes as a week's share, the longest unread first.

    What would be older than `weeks` by next week (and a day, since no week is as long as the other) is read however
    large the share becomes, and so is what is damaged, and what a wrong clock dated more than a day ahead.

    "This week" is the last six days at any moment, not the calendar's week: asked again in the same moment, nothing is
    chosen; asked an hour later, what has become six days old in that hour may be, if the share is not used up.

    Args:
        files: every file of the archive that rows lead to.
        read: bytes that were read within the last six days already.
        weeks: in how many weeks all is to be read once.
        now: aware.
    """
    files = sorted(files, key=lambda each: (each.sure_at, each.file))
    left = -(-sum(each.size for each in files) // weeks) - read
    wanted = []
    for each in files:
        age = now - each.sure_at
        due = age > (weeks - 1) * _WEEK + _EARLY or age < -_EARLY
        # What was sure within the week is not read again only because there is a share left.
        if each.damaged or due or (left > 0 and age >= _WEEK - _EARLY):
            wanted.append(each)
            left -= each.size
    return wanted


def read_share(
    store: Store,
    data_root: UPath,
    *,
    weeks: int,
    now: datetime,
    dry_run: bool,
    on_line: Callable[[str], None] = lambda line: None,
) -> JobReport:
    """Read this week's share of the archive, and remember what was found.

    Args:
        store: the store; each file's finding is a transaction of its own.
        data_root: where the archive lies.
        weeks: in how many weeks all is to be read once.
        now: aware.
        dry_run: say what would be read; neither read nor remember.
        on_line: takes a line of progress every few seconds.

    Returns:
        `figures`: `files`, `read`, `mb_read`, `records`, `damaged`, `mended`, `oldest_days` (of the files that are
        there, how long ago the longest unread one was read, afterwards).
    """
    report = JobReport("fixity", dry_run, ("archive file", "MB", "last read"))
    # The files first: what is loaded in between is then read next week.
    on_disk = archive_files(data_root)
    with store.reading() as connection:
        known, states = _known_files(connection, data_root, on_disk)
        read = _read_lately(connection, now)
    wanted = chosen(states.values(), read=read, weeks=weeks, now=now)
    damaged = mended = records = size = 0
    told = monotonic()
    for each in [] if dry_run else wanted:
        finding = _read(store, data_root, each)
        report.problems += finding.problems
        records += finding.records
        damaged += len(finding.problems)
        mended += store.write(lambda connection, finding=finding: _remember(connection, finding, now))  # type: ignore[misc]
        states[each.file] = FileState(each.file, each.size, now)
        size += each.size
        if monotonic() - told > 5:
            told = monotonic()
            on_line(f"read {records:,} records back, {size / 1e6:,.0f} MB")
    report.done = [(each.file, f"{each.size / 1e6:.1f}", f"{each.sure_at:%Y-%m-%d}") for each in wanted]
    unloaded = len(on_disk.keys() - known)
    if unloaded:
        report.notes.append(f"{unloaded:,} archive files have no row to be held against; `dibao audit` names them")
    report.figures = {
        "files": len(states),
        "to_read" if dry_run else "read": len(wanted),
        "mb_to_read" if dry_run else "mb_read": round(sum(each.size for each in wanted) / 1e6, 1),
        "records": records,
        "damaged": damaged,
        "mended": mended,
        "oldest_days": max(((now - each.sure_at).days for each in states.values()), default=0),
    }
    return report


def _known_files(
    connection: Connection, data_root: UPath, on_disk: dict[str, int]
) -> tuple[set[str], dict[str, FileState]]:
    """The files that rows lead to, and what is known of each."""
    known = set(connection.execute(select(Capture.__table__.c.file).distinct()).scalars())
    table = ArchiveFile.__table__.c
    stored = {row.file: row for row in connection.execute(select(table.file, table.read_at, table.state))}
    states = {}
    for file in known:
        row = stored.get(file)
        if row is not None:
            sure, damaged = row.read_at, row.state != WHOLE
        elif file in on_disk:
            # A segment is read back when it is sealed.
            sure, damaged = datetime.fromtimestamp((data_root / file).stat().st_mtime, UTC), False
        else:
            sure, damaged = datetime.min.replace(tzinfo=UTC), False
        states[file] = FileState(file, on_disk.get(file, 0), sure, damaged or file not in on_disk)
    return known, states


def _read_lately(connection: Connection, now: datetime) -> int:
    table = ArchiveFile.__table__.c
    # What a wrong clock dated ahead would otherwise use up each week's share until then.
    lately = (table.read_at > now - _WEEK + _EARLY) & (table.read_at <= now + _EARLY)
    return int(connection.execute(select(func.sum(table.bytes)).where(lately)).scalar() or 0)


@dataclass(frozen=True, slots=True)
class _Finding:
    file: str
    size: int
    state: str
    records: int
    places: dict[int, tuple[str, str]]
    problems: list[str]


def _read(store: Store, data_root: UPath, each: FileState) -> _Finding:
    with store.reading() as connection:
        rows = captures_of(connection, each.file)
    path = data_root / each.file
    try:
        fixity = verify_file(path, rows)
    except FileNotFoundError:
        problem = f"the file is missing; {len(rows):,} captures lie in it"
        url = rows[0].url if rows else ""
        return _Finding(
            each.file,
            0,
            MISSING,
            0,
            {_THE_FILE: (url, problem)},
            [f"{each.file}: {problem}, the first of {url}. {_remedy(data_root, each.file, rows)}"],
        )
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or error}"
        return _Finding(
            each.file,
            each.size,
            DAMAGED,
            0,
            {_THE_FILE: ("", problem)},
            [f"{each.file}: {problem}. Check its owner and the disk. {_remedy(data_root, each.file, rows)}"],
        )
    places = _places(fixity, rows)
    remedy = _remedy(data_root, each.file, rows) if places else ""
    problems = [
        f"{each.file} at byte {offset} ({url or 'no response'}): {problem}. {remedy}"
        for offset, (url, problem) in sorted(places.items())
    ]
    return _Finding(each.file, each.size, DAMAGED if places else WHOLE, fixity.responses, places, problems)


def _places(fixity: FileFixity, rows: list[Expected]) -> dict[int, tuple[str, str]]:
    url_at = {row.offset: row.url for row in rows}
    places = {offset: ("", problem) for offset, problem in fixity.torn}
    places.update({each.offset: (url_at[each.offset], each.problem) for each in fixity.damaged})
    return places


def _remedy(data_root: UPath, file: str, rows: list[Expected]) -> str:
    """Where a whole copy lies, or where to get one."""
    own = _copy_in_run_folder(data_root, file)
    if own is not None and own.exists():
        fixity = verify_file(own, rows)
        if not fixity.damaged and not fixity.torn:
            return f"The run folder's copy is whole: copy {own} over it"
    return "Restore it from its backup, then run `dibao upkeep` again; what was read from it is still in the store"


def _copy_in_run_folder(data_root: UPath, file: str) -> UPath | None:
    publisher, _, name = file.removeprefix("archive/").partition("/")
    stem = name.rpartition("/")[2].removesuffix(".warc.gz").removeprefix(f"{publisher}-")
    for number, key in ((0, stem), *((int(n), k) for k, _, n in (stem.rpartition("-"),) if n.isdigit())):
        folder = data_root / "runs" / publisher / key
        if folder.is_dir():
            return folder / segment_name(number)
    return None


def _remember(connection: Connection, finding: _Finding, now: datetime) -> int:
    """Write what was found; returns how many damaged places are whole again."""
    file, place = ArchiveFile.__table__, DamagedRecord.__table__
    upsert(
        connection,
        file,
        [
            {
                "file": finding.file,
                "read_at": now,
                "bytes": finding.size,
                "records": finding.records,
                "state": finding.state,
            }
        ],
        update=("read_at", "bytes", "records", "state"),
    )
    upsert(
        connection,
        place,
        [
            {
                "file": finding.file,
                "offset": offset,
                "url": url,
                "problem": problem,
                "found_at": now,
                "mended_at": None,
            }
            for offset, (url, problem) in finding.places.items()
        ],
        update=("url", "problem", "mended_at"),
    )
    mended = connection.execute(
        update(DamagedRecord)
        .where(
            place.c.file == finding.file,
            place.c.mended_at.is_(None),
            place.c.offset.not_in(list(finding.places)),
        )
        .values(mended_at=now)
    )
    return max(mended.rowcount, 0)
