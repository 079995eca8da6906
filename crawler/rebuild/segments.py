"""The archive's files as the runs that wrote them: by name alone where that is enough, else by their first record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from sqlalchemy import Connection, func, select
from upath import UPath

from crawler import publishers
from crawler.assurance.unloaded import run_files
from crawler.errors import ArtefactError, ConfigurationError
from crawler.fetch.archive import RUN_FIELD
from crawler.fetch.segments import ARCHIVE_NAME, archive_name
from crawler.fetch.warc_read import read_warcinfo
from crawler.importing import IMPORTED
from crawler.run import SHANGHAI, Run, Window
from crawler.tables import counted
from models.urls import Capture

__all__ = [
    "Segment",
    "archive_names",
    "known_files",
    "not_in_store",
    "read_segment",
    "say_not_in_store",
    "unknown_files",
    "unknown_runs",
]

_MOST_PAGES = 50
"""Page limits that are tried for a partial run whose archive file does not say what it was."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of the archive.

    Args:
        file: relative to the data root.
        run: that wrote it, with the flags of the attempt.
        number: of the segment; 0 for the first.
        began: aware; when it was begun.
    """

    file: str
    run: Run
    number: int
    began: datetime


def archive_names(data_root: UPath) -> list[str]:
    """The WARC files of the archive, relative to the data root, sorted; their names alone are read."""
    root = data_root / "archive"
    if not root.exists():
        return []
    names = (path.relative_to(root).as_posix() for path in root.glob("*/*/*/*.warc.gz"))
    return sorted(f"archive/{name}" for name in names if not name.rpartition("/")[2].startswith("."))


def known_files(connection: Connection) -> set[str]:
    """The archive files that a capture of the store lies in."""
    # A DISTINCT would read every capture; this is one step in the index for each file.
    file = Capture.__table__.c.file
    files = select(func.min(file).label("file")).cte("files", recursive=True)
    following = select(func.min(file)).where(file > files.c.file).scalar_subquery()
    files = files.union_all(select(following).where(files.c.file.is_not(None)))
    return set(connection.execute(select(files.c.file).where(files.c.file.is_not(None))).scalars())


def unknown_files(connection: Connection, data_root: UPath) -> list[str]:
    """The archive's files that no capture of the store lies in, sorted."""
    names = archive_names(data_root)
    if not names:
        return []
    known = known_files(connection)
    return [name for name in names if name not in known]


def unknown_runs(connection: Connection, data_root: UPath) -> dict[str, list[str]]:
    """The runs, as their files are named, of which the archive holds files that the store does not know.

    Returns:
        `publisher/run_key` to these files; a file that is named otherwise stands for itself.
    """
    found: dict[str, list[str]] = {}
    for file in unknown_files(connection, data_root):
        found.setdefault(_run_id(file), []).append(file)
    return found


def not_in_store(connection: Connection, data_root: UPath, publisher: str = "") -> list[str]:
    """The archive's files that the store does not know and no run folder is about to load, sorted.

    Args:
        connection: reads the store.
        data_root: where the archive and the run folders lie.
        publisher: only this one's; empty for all.

    Raises:
        ArtefactError: the summary of such a run cannot be read.
    """
    found = []
    for run_id, files in unknown_runs(connection, data_root).items():
        owner, _, run_key = run_id.partition("/")
        if publisher in ("", owner):
            folders = run_files(data_root, owner, run_key).values()
            found += [file for file in files if not any(run.waits_for(file) for run in folders)]
    return sorted(found)


def say_not_in_store(files: Sequence[str]) -> str:
    """Of how many runs the archive holds what the store does not know, as a sentence; empty where there is none."""
    runs = sorted({_run_id(file) for file in files})
    if not runs:
        return ""
    several = len(runs) > 1
    return (
        f"the archive holds {counted(len(runs), 'run')} that the store does not know "
        f"({runs[0]}{' and others' if several else ''}): `dibao rebuild` loads {'them' if several else 'it'} "
        "and asks no site"
    )


def _run_id(file: str) -> str:
    """The run that a file names; the file itself where it names none."""
    match = ARCHIVE_NAME.fullmatch(file)
    if match is None:
        return file
    stem = file.rpartition("/")[2].removesuffix(".warc.gz").removeprefix(f"{match['publisher']}-")
    return f"{match['publisher']}/{stem.removesuffix('-' + match['number']) if match['number'] else stem}"


def read_segment(data_root: UPath, file: str) -> Segment:
    """What an archive file is, by its name and its first record.

    Raises:
        ArtefactError: it cannot be read, or nobody can tell which run it is of.
    """
    match = ARCHIVE_NAME.fullmatch(file)
    if match is None:
        raise ArtefactError(f"{file} is not named as a crawl names its files: move it out of the archive")
    info = read_warcinfo(data_root / file)
    number = int(match["number"] or 0)
    told = info.fields.get(RUN_FIELD.lower())
    if told:
        run = Run.from_json(json.loads(told))
    elif match["digest"]:
        day = info.written_at.astimezone(SHANGHAI).date()
        run = Run(IMPORTED, Window(day, day + timedelta(days=1)), digest=match["digest"])
    else:
        window = Window.parse(match["start"], match["end"])
        run = _by_selection(match["publisher"], window, match["selection"], file)
    if archive_name(run, number) != file:
        raise ArtefactError(f"{file} says that it is {archive_name(run, number)}: give it its name back")
    return Segment(file, run, number, info.written_at)


def _by_selection(publisher: str, window: Window, digest: str | None, file: str) -> Run:
    """A run of the whole publisher, or the selection whose digest the name holds: few are ever asked for."""
    if digest is None:
        return Run(publisher, window)
    for channels, sites, limit in _selections(publisher):
        selection = json.dumps([channels, sites, limit], ensure_ascii=True)
        if hashlib.sha256(selection.encode()).hexdigest()[:8] == digest:
            return Run(publisher, window, channels, sites, limit)
    raise ArtefactError(
        f"{file} is of a partial run, and which channels it had cannot be told: it was written before files said so, "
        "and it is none of the usual choices. Run it as it was run then (`dibao run … --channel …`): where the "
        "choice is the same, the same file is taken and no site is asked for what it holds"
    )


def _selections(publisher: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], int | None]]:
    try:
        known = publishers.get(publisher)
    except ConfigurationError as error:
        raise ArtefactError(str(error)) from error
    channels = sorted(channel.key for channel in known.channels)
    sites = sorted(site.key for site in known.sites)
    some_sites = [each for n in (0, 1, 2) for each in combinations(sites, n)]
    some_channels = [each for n in (0, 1, 2) for each in combinations(channels, n)]
    for limit in (None, *range(1, _MOST_PAGES + 1)):
        for of_sites in some_sites:
            yield from (
                (of_channels, of_sites, limit) for of_channels in some_channels if of_channels or of_sites or limit
            )
