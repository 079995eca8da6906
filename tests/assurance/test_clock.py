"""A clock that was wrong while a night was crawled must be said: its captures are misdated, its dates disbelieved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.assurance import clock
from crawler.assurance.answers import Answer, Level
from crawler.assurance.clock import clock_answers
from crawler.config import Config, load_config
from crawler.errors import CheckFailed
from crawler.run import Run
from models.store import Store
from tests.archived_crawl import ArchivedCrawl
from tests.assurance.loaded import run_of
from tests.night.nights import WINDOW, quiet
from tests.replica import Handle, start

RIGHT = timedelta()
DAYS, HOURS, MINUTES = timedelta(days=3), timedelta(hours=5), timedelta(minutes=20)
NIGHT = datetime(2026, 6, 9, 1, 5, tzinfo=UTC)


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite is enough here."""
    return f"sqlite:///{tmp_path}/store.sqlite"


def crawled(folder: Path, hosts: Mapping[str, Sequence[Mapping[str, str] | timedelta]]) -> RunFolder:
    """A crawl of these hosts; of each response its headers, or how far the server's clock is ahead of ours."""
    crawl = ArchivedCrawl(RunFolder(run_of(), UPath(folder)), NIGHT)
    for host, answers in hosts.items():
        for number, told in enumerate(answers):
            headers = {"Date": date(crawl.moment + told)} if isinstance(told, timedelta) else told
            url = f"https://{host}/{number}.html"
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            crawl.add(url, str(number), crawl.fetch(url, f"<html>{number}</html>".encode(), headers=raw))
    crawl.end()
    return crawl.folder


def date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def answers(store: Store, folder: RunFolder) -> list[Answer]:
    with store.reading() as connection:
        return clock_answers(connection, folder)


def verdict(store: Store, folder: RunFolder) -> tuple[bool, bool]:
    """Whether the run passes, and whether nothing warns."""
    hard, usual = answers(store, folder)
    assert (hard.level, usual.level) == (Level.HARD, Level.USUAL)
    return hard.passed, usual.passed


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ({"a.cn": [RIGHT, RIGHT], "b.cn": [RIGHT]}, (True, True)),
        ({"a.cn": [DAYS, DAYS], "b.cn": [DAYS]}, (False, False)),
        ({"a.cn": [-DAYS, -DAYS], "b.cn": [-DAYS]}, (False, False)),
        ({"a.cn": [HOURS], "b.cn": [HOURS]}, (True, False)),
        ({"a.cn": [-MINUTES], "b.cn": [-MINUTES]}, (True, False)),
        ({"a.cn": [timedelta(minutes=9)], "b.cn": [-timedelta(minutes=9)]}, (True, True)),
        ({"a.cn": [DAYS, DAYS, DAYS]}, (True, False)),
        ({"a.cn": [DAYS, DAYS, DAYS], "b.cn": [RIGHT]}, (True, True)),
        ({"a.cn": [DAYS], "b.cn": [DAYS], "c.cn": [RIGHT]}, (False, False)),
        ({"a.cn": [DAYS], "b.cn": [-DAYS]}, (True, True)),
        ({"a.cn": [DAYS], "b.cn": [HOURS]}, (True, False)),
        ({"a.cn": [-DAYS, -HOURS, RIGHT, -DAYS], "b.cn": [-DAYS, RIGHT]}, (True, True)),
    ],
    ids=[
        "right", "behind", "ahead", "hours", "minutes", "nearly right", "one host", "one of two", "two of three",
        "hosts that contradict", "hosts that differ", "old copies of caches",
    ],
)  # fmt: skip
def test_a_wrong_clock_is_told_from_a_wrong_server_and_from_an_old_copy(
    store: Store, tmp_path: Path, hosts: dict[str, list[timedelta]], expected: tuple[bool, bool]
) -> None:
    assert verdict(store, crawled(tmp_path, hosts)) == expected


def test_the_age_of_a_copy_is_counted(store: Store, tmp_path: Path) -> None:
    old = {"Date": date(NIGHT - HOURS), "Age": str(int(HOURS.total_seconds()))}
    assert verdict(store, crawled(tmp_path, {"a.cn": [old], "b.cn": [old]})) == (True, True)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Date": ""}, {"Date": "yesterday"}, {"Date": "Mon, 99 Jun 2026 00:00:00 GMT"}, {"Date": "-1"},
     {"Date": date(NIGHT - DAYS), "Age": "9" * 30}, {"Date": date(NIGHT - DAYS), "Age": "old"}],
)  # fmt: skip
def test_a_server_that_tells_no_time_is_no_witness(store: Store, tmp_path: Path, headers: dict[str, str]) -> None:
    folder = crawled(tmp_path, {"a.cn": [headers], "b.cn": [headers]})
    assert verdict(store, folder) == (True, True)
    assert answers(store, folder)[0].observed == "no server's Date can be read"


def test_a_damaged_response_does_not_keep_a_run_from_being_checked(store: Store, tmp_path: Path) -> None:
    folder = crawled(tmp_path, {"a.cn": [DAYS, DAYS], "b.cn": [DAYS]})
    capture = next(iter(folder.read_lines(RunFolder.FATES, "crawl")))["capture"]
    archive = Path((folder.data_root / capture["file"]).path)
    with archive.open("r+b") as file:
        file.seek(capture["offset"] + 20)
        file.write(b"\0" * 40)
    assert verdict(store, folder) == (False, False)


def test_the_sentence_says_what_was_wrong_and_what_to_do(store: Store, tmp_path: Path) -> None:
    hosts = {f"{name}.cn": [DAYS + HOURS] for name in "abcde"}
    hard: Answer = answers(store, crawled(tmp_path, hosts))[0]
    for words in ("3 days 5 h behind the Date headers of a.cn, b.cn, c.cn and 2 more", "timedatectl", "--fetch-again"):
        assert words in hard.message


def test_a_long_run_costs_a_few_responses_of_each_host(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = crawled(tmp_path, {"a.cn": [RIGHT] * 60, "b.cn": [RIGHT] * 3})
    read = []
    inner = clock.read_response
    monkeypatch.setattr(clock, "read_response", lambda *where: read.append(where) or inner(*where))
    assert verdict(store, folder) == (True, True)
    assert len(read) == 8 + 3


THREE = {"publisher": "xinjiang_gov", "sites": ("xinjiang", "xjboz", "klmy")}
"""As many hosts."""


def _night(replica: Handle, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> None:
    monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
    run = Run(window=WINDOW, **{**THREE, **asked})
    for stage in stages.STAGES:
        getattr(stages, stage)(run, load_config(fresh=True), on_line=quiet)


def test_a_night_by_a_wrong_clock_fails_its_check_until_it_is_fetched_again_by_a_right_one(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start() as replica:
        # As good as a clock of ours that is three days behind.
        replica.fault("wrong_clock", hours=72)
        with pytest.raises(CheckFailed, match="3 days behind the Date headers of www"):
            _night(replica, monkeypatch)
        replica.clear()
        with pytest.raises(CheckFailed, match=clock.DAYS_OFF):
            _night(replica, monkeypatch)
        _night(replica, monkeypatch, fetch_again=True)


def test_a_night_is_not_failed_by_one_server_whose_clock_is_wrong(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start() as replica:
        replica.fault("wrong_clock", site="www.klmy.gov.cn", hours=-72)
        _night(replica, monkeypatch)


def test_the_only_hosts_of_two_publishers_are_witnesses_for_one_another(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start() as replica:
        _night(replica, monkeypatch, publisher="sichuan_gov", sites=())
        replica.fault("wrong_clock", hours=72)
        _night(replica, monkeypatch, publisher="tibet_net", sites=(), channels=("yc", "zx"))
        with pytest.raises(CheckFailed, match=clock.DAYS_OFF):
            _night(replica, monkeypatch, publisher="sina_finance", sites=(), channels=("china_roll",))
