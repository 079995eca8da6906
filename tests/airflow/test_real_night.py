"""A night of one publisher for real: Airflow, Scrapy over HTTP against the replica, WARC, the store."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crawler.config import Config, load_config
from crawler.run import Run, Window
from models.articles import Article
from models.store import Store
from scripts.airflow_home import CHECKOUT
from scripts.child_process import ChildProcess, every_half_second

pytestmark = pytest.mark.airflow

_CONF = {"from": "2026-06-15", "to": "2026-06-17"}
_RUN = Run("sichuan_gov", Window.parse(_CONF["from"], _CONF["to"]))


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite is enough here."""
    return f"sqlite:///{tmp_path}/store.sqlite"


@pytest.fixture
def replica(tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sites, and the setting that leads the crawl to them."""
    command = [sys.executable, "-u", "-m", "tests.replica", "--port", "0"]
    log = tmp_path / "replica.log"
    with ChildProcess("the replica", command, environment=dict(os.environ), log=log, directory=CHECKOUT) as child:
        for _ in every_half_second(60, [child]):
            if found := re.search(r"^replica: (http://\S+)", log.read_text(), re.MULTILINE):
                monkeypatch.setenv("DIBAO_GATEWAY", found[1])
                break
        load_config(fresh=True)
        yield


def test_a_night_fills_the_store_and_a_second_one_writes_nothing(
    replica: None, store: Store, airflow_database: Any, dag_bag: Any, config: Config
) -> None:
    from crawler.artefacts import RunFolder

    dag = dag_bag.dags["ingest_sichuan_gov"]
    stored = []
    for minute in (0, 1):
        night = dag.test(run_after=datetime(2026, 6, 17, 1, minute, tzinfo=UTC), logical_date=None, run_conf=_CONF)
        assert night.state == "success"
        with store.reading() as connection:
            stored.append(connection.execute(select(func.count()).select_from(Article)).scalar_one())
    assert stored[0] == stored[1] > 20
    written = RunFolder(_RUN, config.data_root).read_summary()["load"]
    assert (written["new"], written["revised"], written["rows_written"]) == (0, 0, 0)
