"""Retention: a run folder may go when nothing is lost with it, and only then."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from crawler.artefacts import RunFolder, hold
from crawler.config import Config
from crawler.fetch.warc_read import members
from crawler.upkeep import run_folders
from crawler.upkeep.report import JobReport
from crawler.upkeep.run_folders import GOING, clear_run_folders, why_it_stays
from models.runs import CheckResult, Run
from models.store import Store
from models.urls import Capture, UrlEvent
from tests.assurance.loaded import CrawledRun, run_of
from tests.assurance.test_audit import harming
from tests.upkeep.conftest import LATER, everything_in


def clear(store: Store, config: Config, *, dry_run: bool = False, now: datetime = LATER, days: int = 60) -> JobReport:
    return clear_run_folders(store, config.data_root, days=days, now=now, dry_run=dry_run)


def folder_of(run: CrawledRun) -> Path:
    return Path(run.folder.path.path)


def test_an_old_folder_goes_and_its_bytes_and_rows_stay(store: Store, config: Config, loaded: CrawledRun) -> None:
    data = Path(config.data_root.path)
    kept = everything_in(data / "archive")
    report = clear(store, config)
    assert not folder_of(loaded).exists()
    assert everything_in(data / "archive") == kept
    assert everything_in(data / "runs") == everything_in(data / ".upkeep") == {}
    assert report.figures["gone"] == 1
    assert report.figures["mb_freed"] >= 0
    with store.reading() as connection:
        assert connection.execute(Capture.__table__.select()).all()
    again = clear(store, config)
    assert (again.figures["gone"], again.notes, again.problems) == (0, [], [])


def test_a_dry_run_touches_nothing(store: Store, config: Config, loaded: CrawledRun) -> None:
    data = Path(config.data_root.path)
    before = everything_in(data)
    report = clear(store, config, dry_run=True)
    assert [row[0] for row in report.done] == [loaded.run.run_id]
    assert everything_in(data) == before


def test_a_young_folder_stays(store: Store, config: Config, loaded: CrawledRun) -> None:
    report = clear(store, config, now=datetime.now(UTC))
    assert folder_of(loaded).exists()
    assert (report.figures["gone"], report.figures["kept_young"]) == (0, 1)


def test_a_folder_that_was_worked_in_lately_is_young_however_old_its_window(
    store: Store, config: Config, loaded: CrawledRun
) -> None:
    for path in folder_of(loaded).iterdir():
        os.utime(path, (0, 0))
    os.utime(folder_of(loaded) / RunFolder.ARTICLES)
    clear(store, config, now=datetime.now(UTC))
    assert folder_of(loaded).exists()


def flip(path: Path, position: int) -> None:
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 0x01]))


HARMS: dict[str, tuple[Callable[[CrawledRun, Path], None], str]] = {
    "the archive has lost it": (lambda run, kept: kept.unlink(), "is not in the archive"),
    "the archive's copy is shorter": (lambda run, kept: os.truncate(kept, kept.stat().st_size - 1), "is not"),
    "an attempt was cut short": (
        lambda run, kept: (folder_of(run) / "captures-1.warc.gz.open").write_bytes(b"x") and None,
        "cut short",
    ),
    "a later segment was never archived": (
        lambda run, kept: shutil.copyfile(kept, folder_of(run) / "captures-1.warc.gz") and None,
        "is not in the archive",
    ),
    "articles are being fetched again": (
        lambda run, kept: (folder_of(run) / RunFolder.FETCH_AGAIN).write_text('{"since": 1}') and None,
        "fetched again",
    ),
    "somebody keeps something there": (
        lambda run, kept: (folder_of(run) / "notes.txt").write_text("do not lose") and None,
        "notes.txt",
    ),
    "it was crawled again and not loaded": (
        lambda run, kept: run.folder.write_summary("crawl", run.folder.read_summary()["crawl"]),
        "crawled again",
    ),
    "a crawl of it died": (
        lambda run, kept: run.folder.write_summary("crawl", {"complete": False, "started_at": "2026-06-09"}),
        "did not end well",
    ),
    "its summary is damaged": (
        lambda run, kept: (folder_of(run) / RunFolder.SUMMARY).write_text("{") and None,
        "is damaged",
    ),
    "its summary is gone": (lambda run, kept: (folder_of(run) / RunFolder.SUMMARY).unlink(), "did not end well"),
    "its fates are gone": (lambda run, kept: (folder_of(run) / RunFolder.FATES).unlink(), "is missing"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_folder_stays_as_it_is_while_anything_would_be_lost_with_it(
    store: Store, config: Config, loaded: CrawledRun, archived: Callable[[CrawledRun], Path], harm: str
) -> None:
    do, why = HARMS[harm]
    do(loaded, archived(loaded))
    before = everything_in(folder_of(loaded))
    report = clear(store, config)
    assert everything_in(folder_of(loaded)) == before
    assert report.figures["gone"] == 0
    assert why in " ".join(report.notes), report.notes


def test_a_byte_that_differs_in_the_archive_keeps_the_folder_wherever_it_is(
    store: Store, config: Config, loaded: CrawledRun, archived: Callable[[CrawledRun], Path]
) -> None:
    kept = archived(loaded)
    size = kept.stat().st_size
    for position in [*range(0, size, size // 40), size - 1]:
        flip(kept, position)
        with store.reading() as connection:
            assert why_it_stays(connection, config.data_root, loaded.folder.path), f"byte {position} of {size}"
        flip(kept, position)
    with store.reading() as connection:
        assert not why_it_stays(connection, config.data_root, loaded.folder.path)


def test_a_folder_that_shares_its_damaged_bytes_with_the_archive_stays(
    store: Store, config: Config, loaded: CrawledRun
) -> None:
    shared = folder_of(loaded) / RunFolder.CAPTURES
    assert shared.stat().st_nlink == 2
    with shared.open("rb") as file:
        borders = list(members(file))
    for offset, length in borders:
        # The checksum of each record, in the last eight bytes of its gzip member, and its middle.
        for position in (offset + length // 2, offset + length - 6):
            flip(shared, position)
            with store.reading() as connection:
                assert why_it_stays(connection, config.data_root, loaded.folder.path), f"byte {position}"
            flip(shared, position)


def test_a_run_that_is_not_in_the_store_keeps_its_folder(store: Store, config: Config) -> None:
    run = CrawledRun(config, run_of())
    report = clear(store, config)
    assert folder_of(run).exists()
    assert "not in the store" in report.notes[0]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (update(CheckResult).where(CheckResult.level == "hard").values(passed=False), "failed its check"),
        (delete(CheckResult), "never checked"),
        (update(Run).values(complete=False), "not complete"),
        (update(UrlEvent).where(UrlEvent.fate == "gone").values(current=False), "not in the store"),
        (delete(Capture).where(Capture.status == 404), "have no row"),
        (delete(Capture), "no row of the store leads to"),
        (update(Capture).where(Capture.status == 404).values(sha256="0" * 64), "is damaged"),
    ],
)
def test_a_run_that_the_store_does_not_hold_whole_keeps_its_folder(
    store: Store, config: Config, loaded: CrawledRun, statement: object, why: str
) -> None:
    with harming(store) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
    report = clear(store, config)
    assert folder_of(loaded).exists()
    assert why in report.notes[0], report.notes


@pytest.mark.parametrize("lock", [RunFolder.LOCK, RunFolder.CRAWL_LOCK])
def test_a_folder_in_which_somebody_works_stays(store: Store, config: Config, loaded: CrawledRun, lock: str) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); "
            "sys.stdin.read()",
            str(folder_of(loaded) / lock),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        for dry_run in (True, False):
            report = clear(store, config, dry_run=dry_run)
            assert "a process works on it" in report.notes[0]
        assert folder_of(loaded).exists()
    finally:
        holder.communicate()
    assert clear(store, config).figures["gone"] == 1


def test_an_import_keeps_its_folder_since_no_crawl_makes_it_again(
    store: Store, config: Config, loaded: CrawledRun
) -> None:
    folder = folder_of(loaded).parent / "import-0123456789abcdef"
    folder_of(loaded).rename(folder)
    with harming(store) as connection:
        for table, column in ((Run, Run.id), (CheckResult, CheckResult.run_id)):
            connection.execute(update(table).values({column: f"tibet_net/{folder.name}"}))
        connection.execute(update(Run).values(run_key=folder.name))
    report = clear(store, config)
    assert folder.exists()
    assert "import" in report.notes[0]


def test_a_kill_while_a_folder_is_deleted_leaves_no_half_folder_in_its_place(
    store: Store, config: Config, loaded: CrawledRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run_folders.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            clear(store, config)
    assert not folder_of(loaded).exists()
    assert list((Path(config.data_root.path) / GOING).iterdir())
    assert clear(store, config).figures["gone"] == 0


def test_whoever_waited_for_the_lock_of_a_folder_that_went_away_gets_a_lock_that_counts(tmp_path: Path) -> None:
    path = tmp_path / "run" / ".lock"
    first = hold(path)
    assert first is not None
    assert hold(path) is None
    shutil.rmtree(path.parent)
    second = hold(path)
    assert second is not None
    assert os.path.samestat(os.fstat(second), path.stat())
    os.close(first)
    os.close(second)


def test_the_store_in_the_report_is_json(store: Store, config: Config, loaded: CrawledRun) -> None:
    assert json.loads(json.dumps(clear(store, config, dry_run=True).as_json()))["may_go"] == 1
