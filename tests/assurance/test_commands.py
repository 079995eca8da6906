"""What a person who asks for gaps and trends is shown, and what a script gets."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crawler import cli
from crawler.config import Config, load_config
from crawler.errors import CrawlBlocked, CrawlTransient
from crawler.fetch.segments import archive_name
from crawler.run import Run
from crawler.status import fetched_since
from models.store import Store
from models.urls import Capture
from tests.assurance.loaded import CrawledRun, run_of
from tests.assurance.nights import DAY, MONDAY, Night, store_nights
from tests.command import dibao


def test_gaps_are_listed_with_their_reason(store: Store, config: Config) -> None:
    store_nights(store, [Night(MONDAY), Night(MONDAY + DAY, complete=False)])
    result = dibao("gaps", "--publisher", "tibet_net", "--json")
    assert result.exit_code == 0
    first, second = [json.loads(line) for line in result.output.splitlines()][:2]
    assert first == {
        "publisher": "tibet_net",
        "day": "2026-06-09",
        "kind": "failed",
        "why": "tibet_net/2026-06-09_2026-06-10 did not walk every listing",
    }
    assert (second["day"], second["kind"]) == ("2026-06-10", "never")
    assert "dibao run --gaps" in dibao("gaps", "-p", "tibet_net").output
    assert dibao("gaps", "-p", "nobody").exit_code == 2


def test_a_hundred_days_that_nobody_fetched_are_one_line(store: Store, config: Config) -> None:
    store_nights(store, [Night(MONDAY), Night(MONDAY + DAY, complete=False)])
    lines = dibao("gaps", "-p", "tibet_net", "--since", "2026-06-08").output.splitlines()
    assert [line.split()[1:5] for line in lines if "failed" in line] == [
        ["2026-06-09", "Tue", "failed", lines[2].split()[4]]
    ]
    (never,) = [line for line in lines if "never" in line]
    days = [json.loads(line) for line in dibao("gaps", "-p", "tibet_net", "--json").output.splitlines()]
    assert f"2026-06-10 to {days[-1]['day']}  {len(days) - 1} days" in never
    assert lines[-1].startswith(f"{len(days)} days; ")


def test_whoever_is_to_fetch_gaps_is_told_whom_that_asks(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_nights(store, [Night(MONDAY)])
    monkeypatch.delenv("DIBAO_GATEWAY", raising=False)
    load_config(fresh=True)
    assert "fetches them from the live sites" in dibao("gaps").output
    monkeypatch.setenv("DIBAO_GATEWAY", "http://127.0.0.1:9")
    load_config(fresh=True)
    assert "fetches them by way of DIBAO_GATEWAY, http://127.0.0.1:9" in dibao("gaps").output


def test_a_trend_shows_when_a_question_began_to_fail(store: Store, config: Config) -> None:
    store_nights(store, [Night(MONDAY), Night(MONDAY + DAY, failed=("x",)), Night(MONDAY + 2 * DAY, failed=("x", "y"))])
    lines = dibao("checks", "tibet_net").output.splitlines()
    assert any(line.startswith("every listing was walked") and "..." in line for line in lines)
    assert any(line.startswith("x ") and "FF" in line for line in lines)
    detail = dibao("checks", "tibet_net", "--question", "listing").output
    assert detail.count("tibet_net/2026-06-") == 3
    assert "no run of tibet_net was checked" in dibao("checks", "tibet_net", "--question", "nothing").output


@pytest.fixture
def nights_run(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs that `dibao run` was asked for; none is done."""
    runs: list[Run] = []
    monkeypatch.setattr(cli, "_night", runs.append)
    return runs


def test_run_gaps_fetches_just_those(store: Store, config: Config, nights_run: list[Run]) -> None:
    store_nights(store, [Night(MONDAY), Night(MONDAY + DAY, complete=False), Night(MONDAY + 4 * DAY)])
    result = dibao("run", "--gaps", "tibet_net", "--to", "2026-06-13")
    assert result.exit_code == 0, result.output
    assert [str(run.window) for run in nights_run] == ["2026-06-10_2026-06-12", "2026-06-09_2026-06-10"]
    assert all(run.listings_again and run.reason == "gap" for run in nights_run)


def test_run_gaps_goes_with_no_selection(store: Store, config: Config, nights_run: list[Run]) -> None:
    assert dibao("run", "--gaps", "tibet_net", "--channel", "yc").exit_code == 2
    assert nights_run == []


@pytest.mark.parametrize(
    ("error", "tried", "code"), [(CrawlTransient("the site is down"), 2, 5), (CrawlBlocked("the site says no"), 1, 4)]
)
def test_a_gap_that_fails_leaves_the_others_alone_unless_the_site_refuses_us(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch, error: Exception, tried: int, code: int
) -> None:
    store_nights(store, [Night(MONDAY), Night(MONDAY + DAY, complete=False), Night(MONDAY + 4 * DAY)])
    runs: list[Any] = []

    def fail(run: Run) -> None:
        runs.append(run)
        raise error

    monkeypatch.setattr(cli, "_night", fail)
    result = dibao("run", "--gaps", "tibet_net", "--to", "2026-06-13")
    assert (len(runs), result.exit_code) == (tried, code)


def test_a_quick_audit_claims_no_check_that_it_did_not_make(store: Store, config: Config) -> None:
    """A damaged archive would be taken for whole by whoever reads the table."""
    run = run_of()
    CrawledRun(config, run).load().check()
    archived = Path((config.data_root / archive_name(run, 0)).path)
    data = bytearray(archived.read_bytes())
    data[len(data) // 2] ^= 0xFF
    archived.write_bytes(data)
    assert dibao("audit").exit_code == 3
    quick = dibao("audit", "--quick")
    lines = quick.output.splitlines()
    for question in ("each capture reads back", "captures = WARC records", "no replacement character"):
        (line,) = [line for line in lines if line.startswith(question)]
        assert line.split()[-5:] == ["-", "not", "asked", "(--quick)", "-"]
    (line,) = [line for line in lines if line.startswith("each capture lies inside its file, which was not read")]
    assert line.split()[-3:] == ["6", "captures", "0"]


@pytest.mark.parametrize("stage", ["parse", "dedupe", "load", "check"])
def test_a_stage_of_a_run_that_nobody_crawled_leaves_no_run_behind(stage: str, store: Store, config: Config) -> None:
    """`audit` would ask for the crawl of a run that nobody wants."""
    failed = dibao(stage, "tibet_net", "--from", "2026-06-15", "--to", "2026-06-16")
    assert failed.exit_code == 1
    assert "has not ended" in failed.output
    assert not (config.data_root / "runs" / "tibet_net").exists()
    assert "note:" not in dibao("audit", "--quick").output


def test_what_a_rerun_fetched_is_not_what_an_earlier_run_did(store: Store, config: Config) -> None:
    """`make demo` again would say that it fetched 88 pages, where it asked for almost none."""
    run = run_of()
    crawled = CrawledRun(config, run).load()
    with store.reading() as connection:
        fetched_at = connection.execute(select(func.max(Capture.fetched_at))).scalar_one()
        assert fetched_since(connection, [run.run_id], fetched_at - timedelta(days=1)) == {run.run_id: 5}
        assert fetched_since(connection, [run.run_id], fetched_at + timedelta(seconds=1)) == {run.run_id: 0}
    assert crawled.run == run
