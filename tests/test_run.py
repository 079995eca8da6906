"""Runs, windows, artefacts and settings: what decides that the same night is the same run."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from crawler.artefacts import RunFolder
from crawler.config import load_config
from crawler.errors import ArtefactError, ConfigurationError, Fate, FateGroup, RunLocked
from crawler.report import fate_columns
from crawler.run import SHANGHAI, Run, Window

NIGHT = Window(date(2026, 6, 15), date(2026, 6, 17))


@given(st.dates(date(1995, 1, 1), date(2100, 1, 1)), st.integers(1, 400), st.datetimes(timezones=st.just(UTC)))
def test_a_moment_lies_in_the_window_of_its_shanghai_day_and_in_no_other(
    start: date, days: int, moment: datetime
) -> None:
    window = Window(start, start + timedelta(days=days))
    assert window.holds(moment) == (moment.astimezone(SHANGHAI).date() in set(window.days))


def test_the_end_of_a_window_is_not_included() -> None:
    assert NIGHT.holds(datetime(2026, 6, 16, 23, 59, 59, tzinfo=SHANGHAI))
    assert not NIGHT.holds(datetime(2026, 6, 17, tzinfo=SHANGHAI))


@pytest.mark.parametrize(("start", "end"), [("2026-06-17", "2026-06-17"), ("2026-06-18", "2026-06-17"), ("16.6.", "x")])
def test_a_window_that_makes_no_sense_is_refused_before_anything_starts(start: str, end: str) -> None:
    with pytest.raises(ConfigurationError):
        Window.parse(start, end)


def test_the_same_night_asked_for_twice_is_the_same_run() -> None:
    first = Run("tibet_net", NIGHT, reason="nightly")
    again = Run("tibet_net", NIGHT, fetch_again=True, reason="second look")
    assert first.run_id == again.run_id == "tibet_net/2026-06-15_2026-06-17"


def test_a_run_of_some_channels_does_not_overwrite_the_whole_night() -> None:
    keys = {
        Run("tibet_net", NIGHT).run_key,
        Run("tibet_net", NIGHT, channels=("yc",)).run_key,
        Run("tibet_net", NIGHT, channels=("zx",)).run_key,
        Run("tibet_net", NIGHT, page_limit=1).run_key,
    }
    assert len(keys) == 4
    assert Run("t", NIGHT, channels=("b", "a")).run_key == Run("t", NIGHT, channels=("a", "b", "a")).run_key


def test_a_run_survives_the_way_to_its_crawl_process() -> None:
    run = Run("tibet_net", NIGHT, ("yc",), ("www",), 3, fetch_again=True, reason="为什么")
    assert Run.from_json(run.as_json()).as_json() == run.as_json()


@pytest.mark.parametrize("key", ["", "../etc", "Tibet", "a/b"])
def test_a_publishers_key_never_leads_out_of_the_data_root(key: str) -> None:
    with pytest.raises(ConfigurationError):
        Run(key, NIGHT)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(Run("tibet_net", NIGHT), UPath(tmp_path))
    made.create()
    return made


def test_an_artefact_that_fails_half_way_leaves_the_old_one_whole(folder: RunFolder) -> None:
    folder.write_lines("fates.jsonl", [{"url": "a"}])

    def rows() -> object:
        yield {"url": "b"}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.write_lines("fates.jsonl", rows())  # type: ignore[arg-type]
    assert list(folder.read_lines("fates.jsonl", "crawl")) == [{"url": "a"}]
    assert [path.name for path in folder.path.iterdir()] == ["fates.jsonl"]


def test_a_missing_artefact_says_which_stage_to_run(folder: RunFolder) -> None:
    with pytest.raises(ArtefactError, match="run `parse` of this run first"):
        list(folder.read_lines("articles.jsonl", "parse"))


def test_a_damaged_artefact_is_named_with_its_line(folder: RunFolder) -> None:
    (folder / "articles.jsonl").write_text('{"url": "a"}\n{"url": ')
    with pytest.raises(ArtefactError, match=r"line 2 .*run `parse`"):
        list(folder.read_lines("articles.jsonl", "parse"))


def test_characters_that_no_database_takes_do_not_stop_a_night(folder: RunFolder) -> None:
    folder.write_lines("articles.jsonl", [{"a": "坏\ud83d标\x00题", "b": ["\x0b好\n"], "c": {"d": "\\u0000"}}])
    assert list(folder.read_lines("articles.jsonl", "parse")) == [{"a": "坏标题", "b": ["好\n"], "c": {"d": "\\u0000"}}]


def test_a_stage_does_not_take_what_an_earlier_time_left(folder: RunFolder) -> None:
    folder.write_summary("crawl", {"complete": False, "started_at": "now"})
    with pytest.raises(ArtefactError, match=r"`crawl` of tibet_net/.* has not ended"):
        folder.require("crawl")
    folder.write_summary("crawl", {"complete": True, "ended_at": "now"})
    assert folder.require("crawl")["complete"]
    with pytest.raises(ArtefactError, match="run `parse`"):
        folder.require("parse")


def test_the_counts_of_later_stages_do_not_outlive_an_earlier_one(folder: RunFolder) -> None:
    for stage in ("crawl", "parse", "dedupe", "load"):
        folder.write_summary(stage, {"of": stage})
    folder.write_summary("parse", {"of": "again"})
    assert folder.read_summary() == {"crawl": {"of": "crawl"}, "parse": {"of": "again"}}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_data_root_is_a_sentence_not_a_stack_trace(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(ArtefactError, match="nothing was lost"):
            RunFolder(Run("tibet_net", NIGHT), UPath(tmp_path)).create()
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_a_full_disk_is_a_sentence_and_keeps_the_old_artefact(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write_bytes("summary.json", b"{}")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArtefactError, match=r"No space left on device.*free space"):
        folder.write_bytes("summary.json", b'{"crawl": {}}')
    assert (folder / "summary.json").read_bytes() == b"{}"


HOLD = """
import sys
from upath import UPath
from crawler.artefacts import RunFolder
from crawler.run import Run, Window
with RunFolder(Run("tibet_net", Window.parse("2026-06-15", "2026-06-17")), UPath(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_start_of_a_run_is_refused_while_the_first_lives(folder: RunFolder, tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(RunLocked, match="another process"), folder.locked():
            pass
    finally:
        first.kill()
        first.communicate(timeout=120)
    # A first that was killed holds nothing.
    with folder.locked():
        pass


WRITE_FOR_EVER = """
import sys
from itertools import repeat
from upath import UPath
from crawler.artefacts import RunFolder
from crawler.run import Run, Window
folder = RunFolder(Run("tibet_net", Window.parse("2026-06-15", "2026-06-16")), UPath(sys.argv[1]))
with folder.locked():
    print("held", flush=True)
    folder.write_lines("articles.jsonl", repeat({"url": "x"}))
"""


def test_a_stage_that_was_killed_while_it_wrote_leaves_no_half_file_behind_the_next_one(tmp_path: Path) -> None:
    folder = RunFolder(Run("tibet_net", Window.parse("2026-06-15", "2026-06-16")), UPath(tmp_path))
    writer = subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "held\n"
        while not list(folder.path.glob(".*.tmp")):
            time.sleep(0.01)
    finally:
        writer.kill()
        writer.communicate(timeout=120)
    assert list(folder.path.glob(".*.tmp"))
    with folder.locked():
        assert not list(folder.path.glob(".*.tmp"))
    assert not (folder / "articles.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DIBAO_DELAY_SECONDS", "-1"),
        ("DIBAO_DELAY_SECONDS", "soon"),
        ("DIBAO_GATEWAY", "http://example.org:80"),
        ("DIBAO_USER_AGENT", "Mozilla/5.0 (Windows NT 10.0)"),
        ("DIBAO_USER_AGENT", ""),
        ("DIBAO_RESPONSE_LIMIT_MB", "0"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        load_config(fresh=True)


def test_the_password_of_the_store_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIBAO_STORE", "postgresql://dibao:hunter2@db/dibao")
    config = load_config(fresh=True)
    assert "hunter2" not in repr(config)
    assert config.store_url == "postgresql+psycopg://dibao:hunter2@db/dibao"


def test_sqlite_is_not_put_on_an_object_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIBAO_DATA", "memory://dibao")
    with pytest.raises(ConfigurationError, match="DIBAO_STORE"):
        _ = load_config(fresh=True).store_url


def test_every_fate_has_one_family() -> None:
    assert all(isinstance(fate.group, FateGroup) for fate in Fate)


@given(st.dictionaries(st.sampled_from(list(Fate)), st.integers(0, 10_000)))
def test_the_columns_of_a_table_of_runs_add_up_to_what_was_discovered(fates: dict[Fate, int]) -> None:
    columns = fate_columns(fates)
    assert columns.pop("discovered") == sum(columns.values())
