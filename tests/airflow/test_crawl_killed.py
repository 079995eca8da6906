"""A task that ends takes its crawl with it: an orphan would go on asking the site, and hold the run's lock."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from crawler.config import Config
from crawler.errors import CrawlTransient

pytestmark = pytest.mark.airflow


@pytest.fixture
def silent_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A gateway that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("DIBAO_GATEWAY", f"http://127.0.0.1:{server.getsockname()[1]}")
        yield


@pytest.fixture
def store_url(tmp_path: Any) -> str:
    """SQLite is enough here."""
    return f"sqlite:///{tmp_path}/store.sqlite"


def _crawls() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "crawler.fetch.child" in process.cmdline():
                found.append(process)
    return found


def _when_a_crawl_runs(action: Any) -> threading.Thread:
    def wait() -> None:
        end = time.monotonic() + 60
        while not _crawls() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(2)  # into the first request
        action()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.fixture
def operator(airflow_database: Any, dag_bag: Any) -> Any:
    return dag_bag.dags["ingest_tibet_net"].task_dict["crawl"]


_CONTEXT = {
    "params": {"from": "2026-06-15", "to": "2026-06-16"},
    "dag_run": SimpleNamespace(
        conf={},
        run_type="manual",
        logical_date=None,
        data_interval_start=None,
        data_interval_end=None,
        run_after=datetime(2026, 6, 17, tzinfo=UTC),
    ),
    "outlet_events": {},
}


def test_a_task_marked_failed_ends_its_crawl(config: Config, silent_site: None, operator: Any) -> None:
    killer = _when_a_crawl_runs(operator.on_kill)
    with pytest.raises(CrawlTransient, match=r"goes on from what its WARC holds|stopped"):
        operator.execute(_CONTEXT)
    killer.join()
    assert _crawls() == []


def test_a_task_that_times_out_ends_its_crawl(config: Config, silent_site: None, operator: Any) -> None:
    from airflow.sdk.exceptions import AirflowTaskTimeout
    from airflow.sdk.execution_time.timeout import timeout

    with pytest.raises(AirflowTaskTimeout), timeout(8):
        operator.execute(_CONTEXT)
    assert _crawls() == []


def test_a_crawl_that_was_cut_short_leaves_the_run_free(config: Config, silent_site: None, operator: Any) -> None:
    """The next try must not find its own run locked."""
    for _ in range(2):
        killer = _when_a_crawl_runs(operator.on_kill)
        with pytest.raises(CrawlTransient):
            operator.execute(_CONTEXT)
        killer.join()
