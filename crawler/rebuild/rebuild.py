"""Load from the archive, attempt by attempt in the order of time, what the store does not know of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, select

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.assurance.unloaded import stored_folder
from crawler.belonging import claim
from crawler.config import Config
from crawler.errors import ArtefactError, CheckFailed, ConfigurationError, CrawlFailed, RunLocked
from crawler.fetch.process import CrawlProcess
from crawler.fetch.segments import archive_name
from crawler.importing import read_import_again
from crawler.known import known_urls
from crawler.rebuild.segments import Segment, read_segment, unknown_files
from crawler.run import Run
from models.runs import CheckResult
from models.runs import Run as StoredRun
from models.store import Store

__all__ = ["Rebuilt", "plan", "rebuild"]

Line = Callable[[str], None]


@dataclass
class Rebuilt:
    """What a rebuild has done.

    Args:
        files: archive files that it has loaded.
        runs: that they are of.
        new, revised: articles that were loaded for the first time, or in another state.
        problems: files that could not be loaded, each a sentence that says what to do.
        failed_checks: runs that are loaded and did not pass their check, each a sentence.
    """

    files: int = 0
    runs: set[str] = field(default_factory=set)
    new: int = 0
    revised: int = 0
    problems: list[str] = field(default_factory=list)
    failed_checks: list[str] = field(default_factory=list)


def plan(data_root: Any, files: Iterable[str], problems: list[str]) -> list[Segment]:
    """Some archive files in the order in which they were written, the only one that gives the same revisions.

    Args:
        data_root: where the archive lies.
        files: relative to it.
        problems: takes a sentence for each file that cannot be placed.
    """
    found = []
    for file in files:
        try:
            found.append(read_segment(data_root, file))
        except (ArtefactError, ConfigurationError, ValueError, KeyError) as error:
            problems.append(str(error) if file in str(error) else f"{file}: {error}")
    return sorted(found, key=lambda segment: (segment.began, segment.file))


def rebuild(config: Config, *, on_line: Line = print) -> Rebuilt:
    """Load every archive file that the store does not know, and ask no site.

    Each file is one attempt of a run: the crawl's own code goes through it again, its answers taken from the file, then
    parse, dedupe, load and check follow. It may be killed at any moment and started again; a second time it finds
    nothing to do.

    Args:
        config: our settings.
        on_line: takes a line for each file.

    Raises:
        ConfigurationError: store and archive do not belong together.
        StoreError: the store cannot be used.
    """
    result = Rebuilt()
    root = config.data_root
    with stages.open_store(config) as store:
        store.require_schema()
        claim(store, config)
        with store.reading() as connection:
            unknown = unknown_files(connection, root)
        segments = plan(root, unknown, result.problems)
        last = {segment.run.run_id: segment.file for segment in segments}
        broken: set[str] = set()
        for number, segment in enumerate(segments, 1):
            run_id = segment.run.run_id
            if run_id in broken:
                result.problems.append(f"{segment.file} waits for an earlier file of {run_id}")
                continue
            try:
                counts = _load(segment, store, config)
            except (ArtefactError, ConfigurationError, CrawlFailed, RunLocked) as error:
                broken.add(run_id)
                result.problems.append(f"{segment.file}: {error}")
                continue
            result.files += 1
            result.runs.add(run_id)
            result.new += counts["new"]
            result.revised += counts["revised"]
            on_line(
                f"{number} of {len(segments)}  {segment.file.rpartition('/')[2]}: {counts['new']} new, "
                f"{counts['revised']} revised, {counts['unchanged']} unchanged"
            )
            if last[run_id] == segment.file:
                _check(segment.run, config, result)
        for run in _never_checked(store, root, {*result.runs, *broken}):
            # A rebuild that was killed between the two.
            _check(run, config, result)
    return result


def _load(segment: Segment, store: Store, config: Config) -> dict[str, int]:
    run = segment.run
    for earlier in range(segment.number):
        if not (config.data_root / archive_name(run, earlier)).exists():
            raise ArtefactError(f"{archive_name(run, earlier)} is missing: restore it from the backup of the archive")
    if run.digest:
        read_import_again(run, segment.number, config)
    else:
        _replay(segment, store, config)
    stages.parse(run, config, on_line=_nobody)
    stages.dedupe(run, config, on_line=_nobody)
    return stages.load(run, config, on_line=_nobody)


def _replay(segment: Segment, store: Store, config: Config) -> None:
    run = segment.run
    folder = RunFolder(run, config.data_root)
    with folder.locked():
        folder.write_summary("crawl", {"complete": False, "started_at": datetime.now(UTC).isoformat()})
        process = CrawlProcess(run, config, known_urls(store, run), replay=(segment.number, segment.began))
        try:
            process.crawl(_nobody)
        except CrawlFailed:
            # It had not been complete then either; one that died now has written no end.
            if "ended_at" not in folder.read_summary()["crawl"]:
                raise


def _check(run: Run, config: Config, result: Rebuilt) -> None:
    try:
        stages.check(run, config, on_line=_nobody)
    except CheckFailed as error:
        result.failed_checks.append(str(error))
    except (ArtefactError, RunLocked) as error:
        result.problems.append(f"{run.run_id} is loaded and could not be checked: {error}")


def _never_checked(store: Store, data_root: Any, but: set[str]) -> list[Run]:
    """Runs that are loaded, whose folder is there, and which no check has looked at."""
    run, check = StoredRun.__table__.c, CheckResult.__table__.c
    with store.reading() as connection:
        rows = connection.execute(
            select(run.publisher, run.run_key, run.window_start, run.window_end, run.selection)
            .where(~exists().where(check.run_id == run.id), run.id.not_in(but))
            .order_by(run.window_start)
        ).all()
    folders = [stored_folder(data_root, *row) for row in rows]
    return [folder.run for folder in folders if "load" in folder.read_summary()]


def _nobody(_: str) -> None:
    """A rebuilt crawl says nothing that its own log did not say then."""
