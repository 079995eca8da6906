"""Do a job of the upkeep: one at a time on a data root, its report in the log, a failure where a person must look."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from crawler.artefacts import RunFolder, hold, local_path
from crawler.belonging import claim
from crawler.config import Config
from crawler.errors import CheckFailed, RunLocked, StoreError
from crawler.stages import open_store
from crawler.upkeep.fixity_round import read_share
from crawler.upkeep.job import Job
from crawler.upkeep.leftovers import clear_leftovers
from crawler.upkeep.report import JobReport
from crawler.upkeep.run_folders import clear_run_folders
from models.maintenance import care_for
from models.store import Store

__all__ = ["run_job", "runs_at_work"]

Line = Callable[[str], None]


def run_job(
    job: Job, config: Config, *, dry_run: bool = False, now: datetime | None = None, on_line: Line = print
) -> JobReport:
    """Do one job. It may be killed at any moment and be run again; a second time it finds nothing left to do.

    Args:
        job: which.
        config: our settings.
        dry_run: say what would be done; change nothing.
        now: aware; the present by default.
        on_line: takes the progress and the report, line by line.

    Raises:
        CheckFailed: something needs a person; the message says what.
        RunLocked: another upkeep is at work on this data root.
        StoreError: the store cannot be used.
    """
    now = now or datetime.now(UTC)
    with _only_upkeep(config), open_store(config) as store:
        claim(store, config)
        report = _do(job, config, store, now, dry_run, on_line)
    for line in report.lines():
        on_line(line)
    if report.problems:
        raise CheckFailed(f"upkeep, {report.job}: {len(report.problems):,} problems. {' '.join(report.problems[:3])}")
    return report


def _do(job: Job, config: Config, store: Store, now: datetime, dry_run: bool, on_line: Line) -> JobReport:
    root = config.data_root
    if job is Job.LEFTOVERS:
        return clear_leftovers(root, now=now, dry_run=dry_run)
    if job is Job.FIXITY:
        return read_share(store, root, weeks=config.fixity_weeks, now=now, dry_run=dry_run, on_line=on_line)
    if job is Job.RUN_FOLDERS:
        return clear_run_folders(store, root, days=config.keep_runs_days, now=now, dry_run=dry_run, on_line=on_line)
    return _store(config, store, dry_run)


def _store(config: Config, store: Store, dry_run: bool) -> JobReport:
    report = JobReport("store", dry_run, ("the store", "what was found or done"))
    at_work = runs_at_work(config)
    try:
        for care in care_for(store, dry_run=dry_run, quiet=not at_work):
            if care.problem:
                report.problems.append(f"{care.what}: {care.said}")
            report.done.append((care.what, care.said))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StoreError(
            f"the store could not be looked after ({reason}); run `dibao upkeep --only store` again"
        ) from error
    if at_work:
        report.notes.append(f"at work meanwhile: {', '.join(at_work[:5])}")
    report.figures = {"looked_at": len(report.done), "problems": len(report.problems)}
    return report


def runs_at_work(config: Config) -> list[str]:
    """The runs whose folder a living process of this machine holds; none is known on an object store."""
    root = local_path(config.data_root)
    busy = []
    for folder in sorted((root / "runs").glob("*/*")) if root else ():
        for name in (RunFolder.LOCK, RunFolder.CRAWL_LOCK):
            if not (folder / name).exists():
                continue
            handle = hold(folder / name)
            if handle is None:
                busy.append(f"{folder.parent.name}/{folder.name}")
                break
            os.close(handle)
    return busy


@contextlib.contextmanager
def _only_upkeep(config: Config) -> Iterator[None]:
    root = local_path(config.data_root)
    if root is None:
        # Airflow starts one at a time.
        yield
        return
    handle = hold(root / ".upkeep" / "lock")
    if handle is None:
        raise RunLocked("another upkeep is at work on this data root; wait for it or stop it first")
    try:
        yield
    finally:
        os.close(handle)
