"""The revisit DAG: late articles and missing days come home without anyone asking."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from crawler import publishers
from crawler.artefacts import RunFolder
from crawler.config import Config
from crawler.errors import ConfigurationError
from crawler.run import SHANGHAI, Run, Window
from models.store import Store
from tests.assurance.nights import Night, store_nights

pytestmark = pytest.mark.airflow


def looks(params: dict[str, Any], *, paused: bool = False, conf: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    from second_looks import SecondLooksOperator

    task = SecondLooksOperator(task_id="windows", publisher="tibet_net")
    ti = SimpleNamespace(get_dag=lambda dag_id: SimpleNamespace(is_paused=paused and dag_id == "ingest_tibet_net"))
    found: list[dict[str, Any]] = task.execute({"params": params, "ti": ti, "dag_run": SimpleNamespace(conf=conf)})  # type: ignore[arg-type]
    return found


def test_recent_nights_are_looked_at_again_as_the_runs_that_they_were(store: Store, config: Config) -> None:
    today = datetime.now(SHANGHAI).date()
    days = [today - timedelta(days=n) for n in (2, 4, 15)]
    store_nights(store, [Night(day) for day in days])
    found = looks({"recent": True, "gaps": False, "since": ""})
    assert {row["from"] for row in found} == {day.isoformat() for day in days}
    assert all(row["listings_again"] and row["reason"] for row in found)


def test_the_first_start_asks_no_site_for_nights_that_nobody_looked_at(store: Store, config: Config) -> None:
    """`revisit` runs at once where it is new: each publisher would be crawled four times in place of once."""
    assert looks({"recent": True, "gaps": True, "since": ""}) == []


def test_no_runs_pile_up_before_a_publisher_that_is_switched_off(store: Store, config: Config) -> None:
    """One more each morning: whoever switched it on again after a month sent them all to the site at once."""
    store_nights(store, [Night(datetime.now(SHANGHAI).date() - timedelta(days=n)) for n in (4, 9)])
    assert looks({"recent": True, "gaps": True, "since": ""})
    assert looks({"recent": True, "gaps": True, "since": ""}, paused=True) == []


def test_whoever_looked_at_one_old_day_did_not_ask_for_every_day_since(
    store: Store, config: Config, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """A single `dibao run` of last year, and the next morning the site was asked for a year and a half."""
    today = datetime.now(SHANGHAI).date()
    store_nights(store, [Night(today - timedelta(days=n)) for n in (400, 1)])
    found = looks({"recent": False, "gaps": True, "since": ""})
    assert min(row["from"] for row in found) == (today - timedelta(days=30)).isoformat()
    assert f"369 days are missing before {today - timedelta(days=30)}" in caplog.text + capsys.readouterr().out
    asked = looks({"recent": False, "gaps": True, "since": (today - timedelta(days=40)).isoformat()})
    assert min(row["from"] for row in asked) == (today - timedelta(days=40)).isoformat()


@pytest.mark.parametrize(
    ("params", "conf", "says"),
    [
        ({"since": ""}, {"sinc": "2026-06-01"}, "with sinc, which no parameter is called"),
        ({"since": "2130-01-01"}, {}, "no day since is over yet"),
    ],
)
def test_a_wrong_form_is_not_taken_for_one_that_finds_nothing(
    params: dict[str, Any], conf: dict[str, Any], says: str, store: Store, config: Config
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        looks({"recent": True, "gaps": True, **params}, conf=conf)


def test_a_first_night_that_was_killed_is_looked_for_again(store: Store, config: Config) -> None:
    """Once its own retries were used up nobody fetched it: a new publisher began with a hole that no page showed."""
    day = datetime.now(SHANGHAI).date() - timedelta(days=3)
    folder = RunFolder(Run("tibet_net", Window(day, day + timedelta(days=1))), config.data_root)
    folder.create()
    began = datetime.now(SHANGHAI) - timedelta(days=2)
    folder.write_summary("crawl", {"complete": False, "started_at": began.isoformat()})
    (look,) = looks({"recent": True, "gaps": True, "since": ""})
    assert (look["from"], look["to"]) == (day.isoformat(), (day + timedelta(days=1)).isoformat())


def test_nothing_is_started_where_nothing_is_asked_for(store: Store, config: Config) -> None:
    assert looks({"recent": False, "gaps": True, "since": ""}) == []


def test_every_publisher_has_its_second_looks_and_they_ask_what_its_form_knows(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    dag = dag_bag.dags["revisit"]
    for key in publishers.keys():
        assert dag.task_dict[f"look_again_{key}"].upstream_task_ids == {f"windows_{key}"}
        form = dag_bag.dags[f"ingest_{key}"].params
        assert {"from", "to", "listings_again", "reason"} <= set(form)


def test_the_day_before_a_free_night_is_no_gap_yet(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A publisher that is crawled once a week was asked again every morning for the days that its next run reads."""
    now = datetime.now(SHANGHAI)
    days = [now.date() - timedelta(days=n) for n in (9, 8)]
    store_nights(store, [Night(day) for day in days])
    weekday = (now - timedelta(days=5)).isoweekday() % 7
    rare = dataclasses.replace(publishers.get("tibet_net"), schedule=f"0 0 * * {weekday}")
    latest = publishers.latest_night("tibet_net", now)[1].date()
    assert latest.isoformat() in {row["to"] for row in looks({"recent": False, "gaps": True, "since": ""})}
    monkeypatch.setattr(publishers, "load", lambda key: rare)
    monkeypatch.setattr(publishers, "get", lambda key: rare)
    until = (now - timedelta(days=5)).date()
    assert {row["to"] for row in looks({"recent": False, "gaps": True, "since": ""})} == {until.isoformat()}
