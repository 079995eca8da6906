"""What kills left behind goes; what somebody works on stays."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from crawler.artefacts import RunFolder, hold
from crawler.config import Config
from crawler.upkeep.leftovers import clear_leftovers
from crawler.upkeep.run_folders import GOING
from tests.assurance.loaded import CrawledRun
from tests.upkeep.conftest import LATER, everything_in


def left_behind(config: Config) -> list[Path]:
    data = Path(config.data_root.path)
    files = [
        data / "runs/tibet_net/2026-06-08_2026-06-09/.articles.jsonl.4711.tmp",
        data / "archive/tibet_net/2026/06/.tibet_net-2026-06-08_2026-06-09.warc.gz.tmp",
        data / GOING / "tibet_net--2020-01-01_2020-01-02/fates.jsonl",
        data / "runs/tibet_net/2020-01-01_2020-01-02/.lock",
        data / ".store.id.x7.tmp",
    ]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    return files


def test_what_was_left_behind_goes_and_nothing_else(config: Config, loaded: CrawledRun) -> None:
    data = Path(config.data_root.path)
    before = everything_in(data)
    files = left_behind(config)
    found = everything_in(data)
    dry = clear_leftovers(config.data_root, now=LATER, dry_run=True)
    assert everything_in(data) == found
    report = clear_leftovers(config.data_root, now=LATER, dry_run=False)
    assert everything_in(data) == before
    assert not any(path.exists() for path in files)
    assert not (data / "runs/tibet_net/2020-01-01_2020-01-02").exists()
    assert report.done == dry.done
    assert (report.figures["files"], report.figures["folders"]) == (3, 2)
    assert clear_leftovers(config.data_root, now=LATER, dry_run=False).done == []


def test_what_is_being_written_stays(config: Config, loaded: CrawledRun) -> None:
    files = left_behind(config)
    clear_leftovers(config.data_root, now=datetime.now(UTC), dry_run=False)
    assert [path.exists() for path in files] == [True, True, False, True, True]


def test_what_lies_where_somebody_works_stays(config: Config, loaded: CrawledRun) -> None:
    files = left_behind(config)
    handles = [hold(path.parent / RunFolder.LOCK) for path in (files[0], files[3])]
    report = clear_leftovers(config.data_root, now=LATER, dry_run=False)
    assert [path.exists() for path in files] == [True, False, False, True, False]
    assert len(report.notes) == 2
    for handle in handles:
        assert handle is not None
        os.close(handle)
