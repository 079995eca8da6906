"""`dibao upkeep` as a person runs it, and a folder that comes back when its run is wanted again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.artefacts import hold
from crawler.cli import main
from crawler.config import Config, load_config
from crawler.errors import StoreError
from crawler.run import Run
from crawler.upkeep import run_job
from crawler.upkeep.run_folders import clear_run_folders
from models.store import Store
from tests.assurance.loaded import CrawledRun
from tests.night.nights import WINDOW, content, night
from tests.replica import start
from tests.upkeep.conftest import LATER, everything_in
from tests.upkeep.test_run_folders import flip


def test_it_says_what_it_would_do_and_does_it(config: Config, loaded: CrawledRun) -> None:
    data = Path(config.data_root.path)
    for path in Path(loaded.folder.path.path).iterdir():
        os.utime(path, (0, 0))
    before = everything_in(data)
    dry = CliRunner().invoke(main, ["upkeep", "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert everything_in(data) == before
    assert "may_go=1" in dry.output
    done = CliRunner().invoke(main, ["upkeep"])
    assert done.exit_code == 0, done.output
    assert "gone=1" in done.output
    again = CliRunner().invoke(main, ["upkeep"])
    assert again.exit_code == 0, again.output
    assert "gone=0" in again.output


def test_a_damaged_record_fails_it_and_the_other_jobs_are_done_all_the_same(
    config: Config, loaded: CrawledRun, archived: Callable[[CrawledRun], Path]
) -> None:
    path = archived(loaded)
    flip(path, path.stat().st_size // 2)
    os.utime(path, (0, 0))
    found = CliRunner().invoke(main, ["upkeep"])
    assert found.exit_code == 3, found.output
    assert "PROBLEM" in found.output
    assert "store: looked_at" in found.output


def test_a_job_that_breaks_in_any_way_leaves_the_others_to_their_work(
    config: Config, loaded: CrawledRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise StoreError("the server went away")

    monkeypatch.setattr(run_job, "read_share", breaks)
    found = CliRunner().invoke(main, ["upkeep"])
    assert found.exit_code == 1, found.output
    assert found.output.count("the server went away") == 1
    assert "run folders: folders=1" in found.output
    assert "store: looked_at" in found.output


def test_two_at_once_are_one_too_many(config: Config, loaded: CrawledRun) -> None:
    handle = hold(Path(config.data_root.path) / ".upkeep" / "lock")
    assert handle is not None
    found = CliRunner().invoke(main, ["upkeep", "--only", "leftovers"])
    assert (found.exit_code, "another upkeep" in found.output) == (5, True)
    os.close(handle)


def test_a_deleted_folder_comes_back_from_the_archive_without_asking_the_site(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start() as replica:
        monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
        live = load_config(fresh=True)
        night("tibet_net", live)
        run = Run("tibet_net", WINDOW)
        folder = Path(run.folder(live.data_root).path)
        files = everything_in(folder)
        with store.reading() as connection:
            rows = content(connection)
        report = clear_run_folders(store, live.data_root, days=60, now=LATER, dry_run=False)
        assert report.figures["gone"] == 1, report.notes
        assert not folder.exists()
        counts = night("tibet_net", live)
    assert counts["crawl"]["requests"] == 0
    assert counts["load"]["rows_written"] == 0
    with store.reading() as connection:
        assert content(connection) == rows
    # What tells when and how fast differs; what was found is the same to the byte.
    now = everything_in(folder)
    for name in ("captures.warc.gz", "captures.cdxj", "fates.jsonl", "articles.jsonl"):
        assert now[name] == files[name], name
    shutil.rmtree(folder)
