"""Clearing tasks for real: what an operator runs again must mend what is broken and never write anything twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crawler.artefacts import RunFolder, local_path
from crawler.config import Config, load_config
from crawler.run import Run, Window
from models.articles import Article, Revision
from models.store import Store
from tests.replica.server import Handle, start

pytestmark = pytest.mark.airflow

_CONF = {"from": "2026-06-15", "to": "2026-06-17"}
_RUN = Run("sichuan_gov", Window.parse(_CONF["from"], _CONF["to"]))
_STAGES = ("crawl", "parse", "dedupe", "load", "check")
_MINUTES = iter(range(60))


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite is enough here."""
    return f"sqlite:///{tmp_path}/store.sqlite"


@pytest.fixture
def sites(config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Handle]:
    """The replica, and the setting that leads the crawl to it."""
    with start() as handle:
        monkeypatch.setenv("DIBAO_GATEWAY", handle.url)
        load_config(fresh=True)
        yield handle


class Night:
    """One DAG run, and what the *Clear* button makes of it."""

    def __init__(self, dag: Any) -> None:
        self._dag = dag
        self._moment = datetime(2026, 6, 17, 3, next(_MINUTES), tzinfo=UTC)
        self.run = dag.test(run_after=self._moment, logical_date=self._moment, run_conf=_CONF)

    def clear(self, first: str) -> dict[str, str]:
        """Clear a task and what follows it, run them in their order up to the first that fails; their states."""
        from airflow.models.taskinstance import clear_task_instances
        from airflow.sdk.definitions.dag import _run_task
        from airflow.utils.session import create_session

        wanted = _STAGES[_STAGES.index(first) :]
        with create_session() as session:
            tasks = self._tasks(session)
            clear_task_instances([tasks[name] for name in wanted], session)
        states: dict[str, str] = {}
        for name in wanted:
            with create_session() as session:
                task = self._tasks(session)[name]
                task.try_number += 1
                session.commit()
                _run_task(ti=task, task=self._dag.task_dict[name])
            with create_session() as session:
                states[name] = str(self._tasks(session)[name].state)
            if states[name] != "success":
                break
        return states

    def _tasks(self, session: Any) -> dict[str, Any]:
        from airflow.models.dagrun import DagRun

        wanted = select(DagRun).where(DagRun.dag_id == self._dag.dag_id, DagRun.logical_date == self._moment)
        return {ti.task_id: ti for ti in session.scalars(wanted).one().get_task_instances(session=session)}


@pytest.fixture
def night(sites: Handle, store: Store, airflow_database: Any, dag_bag: Any) -> Night:
    """A night that went well."""
    made = Night(dag_bag.dags["ingest_sichuan_gov"])
    assert made.run.state == "success"
    return made


def _rows(store: Store) -> tuple[int, int]:
    with store.reading() as connection:
        return tuple(  # type: ignore[return-value]
            connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (Article, Revision)
        )


def _summary(config: Config) -> dict[str, Any]:
    return RunFolder(_RUN, config.data_root).read_summary()


def test_a_whole_run_again_asks_the_site_for_nothing_and_writes_nothing(
    night: Night, sites: Handle, store: Store, config: Config
) -> None:
    before = _rows(store)
    sites.reset_stats()
    assert night.clear("crawl") == dict.fromkeys(_STAGES, "success")
    assert sites.stats()["requests"] == 0
    assert _rows(store) == before
    assert _summary(config)["load"]["rows_written"] == 0


@pytest.mark.parametrize("loss", ["half a line", "three lines"])
def test_a_damaged_artefact_names_the_stage_to_clear_and_clearing_it_mends_the_run(
    night: Night, store: Store, config: Config, loss: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where the damage looks like a shorter file, the articles that it lost must not be lost in silence."""
    before = _rows(store)
    folder = local_path(RunFolder(_RUN, config.data_root).path)
    assert folder is not None
    articles = folder / RunFolder.ARTICLES
    whole = articles.read_bytes()
    lines = whole.splitlines(keepends=True)
    articles.write_bytes(whole[: len(whole) - 700] if loss == "half a line" else b"".join(lines[:-3]))
    capfd.readouterr()
    states = night.clear("dedupe")
    assert "success" not in (states.get("load"), states.get("check"))
    assert "run `parse` of" in "".join(capfd.readouterr())
    assert _rows(store) == before
    assert night.clear("parse") == dict.fromkeys(_STAGES[1:], "success")
    assert articles.read_bytes() == whole
    assert _rows(store) == before
    assert _summary(config)["load"]["rows_written"] == 0


def test_a_stage_again_alone_leaves_those_before_it_as_they_are(night: Night, sites: Handle, config: Config) -> None:
    before = _summary(config)
    sites.reset_stats()
    assert night.clear("load") == {"load": "success", "check": "success"}
    after = _summary(config)
    assert {name: after[name] for name in ("crawl", "parse", "dedupe")} == {
        name: before[name] for name in ("crawl", "parse", "dedupe")
    }
    assert sites.stats()["requests"] == 0
