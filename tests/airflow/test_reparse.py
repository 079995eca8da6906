"""The reparse DAG: what an operator trusts when they write a new parser's readings from the page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crawler.config import Config
from models.articles import Article, Revision
from models.store import Store
from tests.reparse.archived import ArchivedNight, Shown, installed, right, wrong

pytestmark = pytest.mark.airflow

_FORM = {"publisher": "tibet_net", "from": "2026-06-08", "to": "2026-06-09", "reason": "a mended layout"}
_minutes = iter(range(1, 1000))


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite is enough here."""
    return f"sqlite:///{tmp_path}/store.sqlite"


@pytest.fixture
def misread(store: Store, config: Config) -> ArchivedNight:
    with installed(wrong, "1"):
        return ArchivedNight(config, [Shown(number) for number in range(7001, 7007)]).through()


@pytest.fixture
def run_dag(airflow_database: Any, dag_bag: Any) -> Callable[..., Any]:
    def run(**form: Any) -> Any:
        # Runs of one DAG need moments of their own.
        moment = datetime(2026, 6, 18, 1, tzinfo=UTC) + timedelta(minutes=next(_minutes))
        return dag_bag.dags["reparse"].test(run_after=moment, logical_date=None, run_conf=form)

    return run


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What the tasks have logged so far, wherever Airflow sends it."""
    caplog.set_level(logging.INFO)
    return lambda: caplog.text + "".join(capfd.readouterr())


def states(run: Any) -> dict[str, str]:
    return {ti.task_id: str(ti.state) for ti in run.get_task_instances()}


def stored(store: Store) -> tuple[int, int]:
    """Articles and revisions."""
    with store.reading() as connection:
        return tuple(connection.execute(select(func.count()).select_from(m)).scalar_one() for m in (Article, Revision))  # type: ignore[return-value]


def test_without_write_it_shows_and_writes_nothing_and_with_it_it_does(
    misread: ArchivedNight, store: Store, run_dag: Callable[..., Any], said: Callable[[], str]
) -> None:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    assert stored(store) == (5, 5)
    with installed(right, "2"):
        dry = run_dag(**_FORM)
        assert states(dry) == {"read": "success", "compare": "success", "write": "skipped"}
        assert stored(store) == (5, 5)
        log = said()
        for words in ("reason: a mended layout", "read 6 pages of 1 run again", "could now be read", "report.md"):
            assert words in log
        done = run_dag(**_FORM, write=True)
    assert set(states(done).values()) == {"success"}
    assert stored(store) == (6, 9)
    with create_session() as session:
        events = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == done.run_id)).all()
        assert [(event.asset.name, event.extra["new"]) for event in events] == [("articles_tibet_net", 1)]
        assert not session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == dry.run_id)).all()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({**_FORM, "to": None}, "only From was given"),
        ({"publisher": "tibet_net"}, "say what to read again"),
        ({**_FORM, "to": "2026-06-07"}, "must be a later day than From"),
        ({**_FORM, "sites": ["lhasa"]}, "no site 'lhasa'"),
        ({**_FORM, "day": "2026-06-08"}, "which no parameter is called"),
    ],
)
def test_a_wrong_form_starts_nothing_and_says_why(
    store: Store,
    config: Config,
    run_dag: Callable[..., Any],
    said: Callable[[], str],
    form: dict[str, Any],
    sentence: str,
) -> None:
    run = run_dag(**form)
    assert states(run)["read"] in ("failed", "up_for_retry")
    assert sentence in said()
    assert not list(Path(config.data_root.path).glob("reparse/**/*"))


def test_the_form_offers_every_publisher_and_does_not_write_by_itself(dag_bag: Any) -> None:
    from crawler import publishers

    assert dag_bag.import_errors == {}
    dag = dag_bag.dags["reparse"]
    assert set(publishers.keys()) < set(dag.params.get_param("publisher").schema["enum"])
    assert dag.params["write"] is False
    assert dag.schedule is None
    for task in dag.tasks:
        assert task.execution_timeout is not None
        assert task.doc_md
