"""The scheduler dies by SIGKILL in the middle of a night, with or without its tasks; started again, the night ends."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import SecretStr
from upath import UPath

from crawler.assurance.audit import audit
from crawler.config import Config
from crawler.run import Run
from models.store import Store
from scripts.airflow_home import CHECKOUT, AirflowHome
from scripts.airflow_processes import _COMMANDS, Airflow
from scripts.child_process import ChildProcess, every_half_second, free_port
from tests.chaos.rounds import doubles
from tests.night.nights import WINDOW, content, night
from tests.replica import Handle, start

pytestmark = [pytest.mark.slow, pytest.mark.airflow]

_PATIENCE_SECONDS = 900


@pytest.fixture
def replica() -> Iterator[Handle]:
    with start() as running:
        # So that the crawl lasts until it is met at work, on a machine however quick.
        running.fault("slow", rate=1.0, seconds=0.4)
        yield running


def _store(folder: Path) -> Store:
    folder.mkdir()
    store = Store(f"sqlite:///{folder}/store.sqlite")
    store.upgrade()
    return store


@pytest.fixture
def airflow(tmp_path: Path, replica: Handle) -> Iterator[Airflow]:
    settings = {
        "DIBAO_DATA": str(tmp_path / "killed" / "data"),
        "DIBAO_STORE": f"sqlite:///{tmp_path}/killed/store.sqlite",
        "DIBAO_GATEWAY": replica.url,
        "DIBAO_DELAY_SECONDS": "0",
        "DIBAO_SCHEDULE": "off",
        # Minutes in the field: how long a scheduler, and a task, may be silent before it counts as dead.
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "40",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    }
    home = AirflowHome(tmp_path / "airflow", free_port(), free_port(), settings)
    with Airflow(home, say=print) as running:
        yield running


def _kill_scheduler(airflow: Airflow, *, with_tasks: bool) -> list[psutil.Process]:
    """SIGKILL for the scheduler, and for all below it or for nothing else; what was below it."""
    scheduler = airflow._children["scheduler"]
    below = scheduler.descendants()
    scheduler.send(signal.SIGKILL)
    if with_tasks:
        for process in below:
            process.kill()
    assert scheduler.wait(30)
    return below


def _start_scheduler(airflow: Airflow) -> None:
    airflow._children["scheduler"] = ChildProcess(
        "airflow scheduler",
        [str(Path(sys.executable).parent / "airflow"), *_COMMANDS["scheduler"]],
        environment=airflow.home.environment,
        log=airflow.home.path / "processes" / "scheduler-again.log",
        directory=CHECKOUT,
    )


def _wait(airflow: Airflow, done: Any) -> None:
    for _ in every_half_second(_PATIENCE_SECONDS, airflow.children):
        if done():
            return
    raise AssertionError(f"not within {_PATIENCE_SECONDS} s")


@pytest.mark.timeout(2400)
def test_a_night_whose_scheduler_was_killed_ends_like_an_undisturbed_one(
    airflow: Airflow, replica: Handle, tmp_path: Path
) -> None:
    stores = {name: _store(tmp_path / name) for name in ("killed", "undisturbed")}
    orphans: list[psutil.Process] = []
    try:
        for publisher, with_tasks in (("tibet_net", False), ("sichuan_gov", True)):
            dag = f"ingest_{publisher}"
            conf = {"from": str(WINDOW.start), "to": str(WINDOW.end)}
            run_id = airflow.api.trigger(dag, conf, "to be killed")
            segment = Path(Run(publisher, WINDOW).folder(UPath(tmp_path / "killed" / "data")).path)
            open_segment = segment / "captures.warc.gz.open"
            _wait(airflow, lambda path=open_segment: path.exists() and path.stat().st_size > 100_000)
            orphans += _kill_scheduler(airflow, with_tasks=with_tasks)
            assert airflow.api.run_state(dag, run_id) == "running"
            _start_scheduler(airflow)
            _wait(airflow, lambda of=dag, it=run_id: airflow.api.run_state(of, it) in ("success", "failed"))
            assert airflow.api.run_state(dag, run_id) == "success", airflow.api.tasks(dag, run_id)
    finally:
        for process in orphans:
            if process.is_running():
                process.kill()
    replica.clear()
    for publisher in ("tibet_net", "sichuan_gov"):
        config = Config(
            data=str(tmp_path / "undisturbed" / "data"), store=SecretStr(str(stores["undisturbed"].url)),
            gateway=replica.url, delay_seconds=0,
        )  # fmt: skip
        night(publisher, config)
    found = {}
    for name, store in stores.items():
        with store.reading() as connection:
            found[name] = content(connection)
            assert doubles(connection) == []
        with store.reading() as connection:
            assert audit(connection, UPath(tmp_path / name / "data")).breaks == 0
        store.close()
    assert found["killed"] == found["undisturbed"]
    assert found["killed"]["articles"]
