"""The command line: what a script or a cron job would be misled by."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.config import Config, load_config
from crawler.errors import CheckFailed, ConfigurationError, CrawlBlocked, CrawlTransient, StoreError
from crawler.printed_time import PrintedTime
from crawler.reading_commands import shown
from crawler.report import fate_columns
from crawler.run import SHANGHAI, Window
from crawler.run import Run as RunOf
from models.runs import Run
from models.store import Store
from tests.assurance.nights import DAY, MONDAY, Night, store_nights
from tests.command import dibao
from tests.replica import start

WINDOW = ("--from", "2026-06-15", "--to", "2026-06-17")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (CheckFailed("it does not add up"), 3),
        (CrawlBlocked("the site says no"), 4),
        (CrawlTransient("the line was cut"), 5),
        (StoreError("not migrated"), 1),
    ],
)
def test_a_script_can_tell_failures_apart_and_reads_a_sentence(
    failure: Exception, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(stages, "crawl", fail)
    result = dibao("crawl", "tibet_net", *WINDOW)
    assert result.exit_code == code
    assert str(failure) in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("run", "tibet"),
        ("run", "tibet_net", "--from", "yesterday"),
        ("run", "tibet_net", "--from", "2026-06-17", "--to", "2026-06-17"),
        ("run", "tibet_net", "--channel", "nowhere"),
        ("run", "tibet_net", "--site", "nowhere"),
        ("parse",),
        ("parse", "tibet_net", "--manifest", __file__),
        ("parse", "--from", "2026-06-15", "--manifest", __file__),
        ("dedupe",),
        ("dedupe", "tibet_net", "--documents", __file__),
        # The stages after the crawl ask nobody: what says how to ask would be ignored.
        ("load", "tibet_net", "--fetch-again"),
        ("check", "tibet_net", "--listings-again"),
        ("check", "tibet_net", "--reason", "why not"),
        ("checks", "tibet_net", "--runs", "0"),
        ("archived", "https://www.tibet.cn/", "--list", "--raw"),
    ],
)
def test_what_is_typed_wrongly_starts_nothing(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in stages.STAGES:
        monkeypatch.setattr(stages, name, lambda *_, **__: pytest.fail("a stage was started"))
    assert dibao(*words).exit_code == 2


def test_a_wrong_setting_is_named_and_is_not_a_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIBAO_DELAY_SECONDS", "now")
    with pytest.raises(ConfigurationError):
        load_config(fresh=True)
    result = dibao("status")
    assert result.exit_code == 2
    assert "DIBAO_DELAY_SECONDS" in result.output


def test_ctrl_c_is_no_failure_of_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that tries a failure again would start what a person has just stopped."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "crawl", interrupted)
    result = dibao("crawl", "tibet_net", *WINDOW)
    assert (result.exit_code, "interrupted" in result.output) == (130, True)


def test_the_publishers_are_listed_with_every_channel() -> None:
    output = dibao("publishers").output
    for word in ("sina_finance", "中国西藏网", "sichuan_gov", "新疆要闻"):
        assert word in output


def test_status_of_an_empty_store_says_what_to_do(store: Store, config: Config) -> None:
    assert "dibao run" in dibao("status").output


@pytest.mark.parametrize("command", ["status", "gaps"])
def test_a_store_that_is_not_there_is_looked_for_by_name(
    command: str, tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever ran the demo would be given an empty store by `dibao db upgrade`.
    monkeypatch.delenv("DIBAO_STORE", raising=False)
    monkeypatch.setenv("DIBAO_DATA", str(tmp_path / "elsewhere"))
    load_config(fresh=True)
    told = dibao(command).output
    assert f"there is no store at sqlite:///{tmp_path}/elsewhere/dibao.sqlite" in told
    assert f"(from DIBAO_DATA={tmp_path}/elsewhere)" in told
    assert "DIBAO_DATA=var/demo/data" in told
    monkeypatch.delenv("DIBAO_DATA")
    monkeypatch.chdir(tmp_path)
    load_config(fresh=True)
    assert "(from DIBAO_DATA, not set and so data)" in dibao(command).output
    monkeypatch.setenv("DIBAO_STORE", f"sqlite:///{tmp_path}/third.sqlite")
    load_config(fresh=True)
    assert "third.sqlite (from DIBAO_STORE)" in dibao(command).output


def test_status_says_what_it_does_not_show_and_how_to_see_it(store: Store, config: Config) -> None:
    store_nights(store, [Night(MONDAY + number * DAY) for number in range(4)])
    whole = dibao("status", "--days", "0", "--runs", "0").output
    assert "not shown" not in whole
    assert whole.count("tibet_net/2026-06-") == 4
    cut = dibao("status", "--days", "1", "--runs", "3").output
    days = json.loads(dibao("status", "--days", "0", "--json").output)["days"]
    assert f"{len(days) - 1} earlier publisher-days have articles too: `--days 0` shows all of them" in cut
    assert "1 earlier run not shown: `--runs 0` shows all of them" in cut
    assert json.loads(dibao("status", "--days", "1", "--runs", "3", "--json").output)["more"] == {
        "days": len(days) - 1,
        "runs": 1,
    }


def test_every_column_of_the_runs_is_explained() -> None:
    told = dibao("status", "--help").output
    for column in [*fate_columns({}), "failed_checks"]:
        assert column.replace("_", " ") in told


def test_a_night_by_hand_shows_in_the_status(store: Store, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    with start() as replica:
        monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
        load_config(fresh=True)
        done = dibao("run", "tibet_net", *WINDOW, "--channel", "yc", "--reason", "a look by hand")
    assert done.exit_code == 0, done.output
    status = json.loads(dibao("status", "--json").output)
    (run,) = status["runs"]
    assert run["figures"]["new"] == sum(day["articles"] for day in status["days"]) > 0
    # A back-dated article is kept too: what its page prints is its day.
    assert {day["day"] for day in status["days"]} >= {"2026-06-15", "2026-06-16"}
    assert "tibet_net/2026-06-15_2026-06-17-" in dibao("status").output
    with store.reading() as connection:
        assert connection.execute(select(Run.__table__.c.reason)).scalar_one() == "a look by hand"


def test_each_reason_for_a_run_is_kept_and_told_once(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds the run a year later wants to know why it was crawled, the first time too."""
    of_run = ("tibet_net", *WINDOW, "--channel", "yc")
    with start() as replica:
        monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
        load_config(fresh=True)
        for reason in ((), ("--reason", "the site was down"), ("--reason", "late; articles"), ()):
            assert dibao("crawl", *of_run, *reason).exit_code == 0
            for stage in ("parse", "dedupe", "load", "load"):
                done = dibao(stage, *of_run)
                assert done.exit_code == 0, done.output
    assert "nothing was written" in done.output
    with store.reading() as connection:
        kept = connection.execute(select(Run.__table__.c.reason)).scalar_one()
    assert kept == "the site was down; late; articles"


@pytest.mark.parametrize("broken", [False, True], ids=["complete", "incomplete"])
def test_a_crawls_log_says_once_what_became_of_every_url_also_of_a_crawl_that_was_done_before(
    broken: bool, store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunOf("tibet_net", Window.parse(*WINDOW[1::2]), ("yc", "zx"))
    command = ("crawl", "tibet_net", *WINDOW, "--channel", "yc", "--channel", "zx")
    with start() as replica:
        if broken:
            replica.fault("http_503", site="tibet_net", path="/cn/news/zx/")
        monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
        load_config(fresh=True)
        results = [dibao(*command), dibao(*command)]
    rows = list(RunFolder(run, config.data_root).read_lines(RunFolder.FATES, "crawl"))
    stored = Counter(row["fate"] or "captured" for row in rows)
    for result in results:
        assert result.exit_code == (5 if broken else 0), result.output
        lines = result.output.splitlines()
        (head,) = (number for number, line in enumerate(lines) if re.match("fate .*URLs", line))
        table = [line.split(maxsplit=3) for line in lines[head + 2 : head + 2 + len(stored)]]
        assert {fate: int(count) for fate, count, *_ in table} == stored
        for fate, _, url, *message in table:
            (row,) = (row for row in rows if row["url"] == url)
            assert (row["fate"] or "captured", row["evidence"]["message"]) == (fate, " ".join(message))


def test_what_a_failed_crawl_brought_home_is_loaded_and_the_command_fails_all_the_same(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start() as replica:
        replica.fault("http_503", site="tibet_net", path="/cn/news/zx/")
        monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
        load_config(fresh=True)
        result = dibao("run", "tibet_net", *WINDOW)
    assert result.exit_code in (3, 5), result.output
    with store.reading() as connection:
        assert connection.execute(select(Run.__table__.c.complete)).scalar_one() is False
    status = json.loads(dibao("status", "--json").output)
    assert status["runs"][0]["figures"]["new"] > 0


def test_a_reader_sees_the_story_of_an_article_and_what_changed_in_it(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start() as replica:
        monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
        load_config(fresh=True)
        dibao("run", "tibet_net", *WINDOW)
        truth = {row["url"]: row for row in replica.truth("tibet_net")}
        replica.advance()
        revised = [
            row["url"]
            for row in replica.truth("tibet_net")
            if row["url"] in truth
            and row.get("paragraphs") != truth[row["url"]].get("paragraphs")
            and row["fate"] == "loaded_new"
            and row["day"] >= "2026-06-15"
        ]
        assert dibao("run", "tibet_net", *WINDOW, "--fetch-again").exit_code == 0
    history = dibao("history", revised[0]).output
    assert "revision 1: new" in history
    assert "revision 2 (current): substantive" in history
    assert any(line.startswith(("  ~ ", "  + ", "  - ")) for line in history.splitlines())
    assert "datetime" not in history
    story = dibao("story", revised[0])
    assert story.exit_code == 0, story.output
    assert revised[0] in story.output
    unknown = dibao("history", "https://www.tibet.cn/cn/news/yc/202606/t20260616_1.html")
    assert (unknown.exit_code, "no article" in unknown.output) == (2, True)


def test_a_day_that_became_a_time_is_told_without_an_invented_midnight() -> None:
    midnight = datetime(2026, 6, 15, tzinfo=SHANGHAI)
    assert shown(PrintedTime(midnight, "day")) == "2026-06-15"
    assert shown(PrintedTime(midnight, "minute")) == "2026-06-15 00:00"
    assert shown(PrintedTime(None, None)) == "nothing"


def test_what_changed_in_a_field_is_told_as_a_reader_writes_it() -> None:
    moment = datetime(2026, 6, 15, 16, 30, tzinfo=UTC)
    assert [shown(value) for value in (moment, ["甲", "乙"], "新华社", "", None, [])] == [
        "2026-06-16 00:30:00",
        "「甲、乙」",
        "「新华社」",
        "nothing",
        "nothing",
        "nothing",
    ]
