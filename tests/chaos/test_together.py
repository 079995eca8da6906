"""Nights beside one another: four publishers at once, a back-fill beside the nightly run, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from upath import UPath

from crawler import stages
from crawler.assurance.audit import audit
from crawler.run import Run, Window
from models.runs import CheckResult
from models.store import Store
from tests.chaos.rounds import PUBLISHERS, WINDOW, doubles
from tests.chaos.stage import Ended, Order, StageProcess
from tests.night.nights import content
from tests.replica import Handle, start

EARLIER = Window.parse("2026-06-13", "2026-06-15")
# Without the host that challenges the crawl, where the order of two nights decides what was fetched before.
SITES = {"xinjiang_gov": ("xinjiang", "xjboz", "xjjh", "klmy")}


@pytest.fixture(scope="module")
def replica() -> Iterator[Handle]:
    with start() as running:
        yield running


def _order(stage: str, run: Run, gateway: str, data: Path, store: str) -> Order:
    config = {"data": str(data), "store": store, "gateway": gateway, "delay_seconds": 0, "timeout_seconds": 60}
    return Order(stage, run.as_json(), config)


def _ended(process: StageProcess, what: str) -> None:
    ended: Ended = process.ended()
    assert ended.error == "done", f"{what}: {ended}"


def _at_once(runs: Sequence[Run], gateway: str, data: Path, store: str) -> None:
    """Each run in processes of its own, all of them a stage at a time, so that their loads meet."""
    for stage in stages.STAGES:
        started = [(run, StageProcess(_order(stage, run, gateway, data, store))) for run in runs]
        for run, process in started:
            _ended(process, f"{stage} of {run.run_id}")


def _one_after_the_other(runs: Sequence[Run], gateway: str, data: Path, store: str) -> None:
    for run in runs:
        for stage in stages.STAGES:
            _ended(StageProcess(_order(stage, run, gateway, data, store)), f"{stage} of {run.run_id}")


def _compared(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store.reading() as connection:
        return content(connection)


def _nothing_is_wrong(store: Store, data: Path, runs: int) -> None:
    with store.reading() as connection:
        assert doubles(connection) == []
    with store.reading() as connection:
        failed = select(CheckResult.name).where(
            ~CheckResult.__table__.c.passed, CheckResult.__table__.c.level != "usual"
        )
        assert connection.execute(failed).all() == []
        assert connection.execute(select(func.count(CheckResult.run_id.distinct()))).scalar_one() == runs
    with store.reading() as connection:
        assert audit(connection, UPath(data)).breaks == 0


@pytest.mark.timeout(1800)
def test_four_publishers_at_once_give_the_store_of_four_nights_in_a_row(
    replica: Handle, store: Store, store_url: str, tmp_path: Path
) -> None:
    runs = [Run(publisher, WINDOW, sites=SITES.get(publisher, ())) for publisher in PUBLISHERS]
    _at_once(runs, replica.url, tmp_path / "together", store_url)
    _nothing_is_wrong(store, tmp_path / "together", len(runs))
    alone = Store(f"sqlite:///{tmp_path}/alone.sqlite")
    alone.upgrade()
    _one_after_the_other(runs, replica.url, tmp_path / "alone", str(alone.url))
    assert _compared(store) == _compared(alone)
    alone.close()


@pytest.mark.timeout(1800)
def test_a_back_fill_beside_the_nightly_run_loses_and_doubles_nothing(
    replica: Handle, store: Store, store_url: str, tmp_path: Path
) -> None:
    runs = [Run("tibet_net", EARLIER), Run("tibet_net", WINDOW)]
    _at_once(runs, replica.url, tmp_path / "together", store_url)
    _nothing_is_wrong(store, tmp_path / "together", len(runs))
    alone = Store(f"sqlite:///{tmp_path}/alone.sqlite")
    alone.upgrade()
    _one_after_the_other(runs, replica.url, tmp_path / "alone", str(alone.url))
    together, sequential = _compared(store), _compared(alone)
    # Who meets an article that both windows list is chance; that it is there once, with this text, is not.
    assert together["articles"] == sequential["articles"]
    assert together["contents"] == sequential["contents"]
    assert sorted(row[:-1] for row in together["revisions"]) == sorted(row[:-1] for row in sequential["revisions"])
    alone.close()
