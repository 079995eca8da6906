"""A site that breaks for real: nights against the replica with a fault, and the mail that they make."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.config import Config, load_config
from models.store import Store
from scripts.airflow_home import AirflowHome
from scripts.airflow_processes import Airflow
from scripts.child_process import every_half_second, free_port
from tests.airflow.smtp import Mailbox, mail_server
from tests.replica import Handle, start

pytestmark = pytest.mark.airflow

_DAYS = ("2026-06-14", "2026-06-15", "2026-06-16")


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite is enough here."""
    return f"sqlite:///{tmp_path}/store.sqlite"


@pytest.fixture
def replica() -> Iterator[Handle]:
    with start() as running:
        yield running


def _conf(day: str) -> dict[str, str]:
    return {"from": day, "to": str(datetime.fromisoformat(day).date() + timedelta(days=1))}


def test_three_nights_over_a_changed_listing_are_one_mail_and_the_mended_one_is_another(
    replica: Handle,
    store: Store,
    config: Config,
    airflow_database: Any,
    dag_bag: Any,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
    load_config(fresh=True)
    dag = dag_bag.dags["ingest_tibet_net"]
    moments = iter(range(60))

    def night(day: str) -> str:
        run_after = datetime(2026, 6, 18, 1, next(moments), tzinfo=UTC)
        return str(dag.test(run_after=run_after, logical_date=None, run_conf=_conf(day)).state)

    replica.fault("listing_layout")
    assert [night(day) for day in _DAYS] == ["failed"] * 3
    assert box.subjects == ["[Dibao] 中国西藏网 (tibet_net): a listing is not what it was"]
    assert "ingest_tibet_net" in box.texts[0]
    replica.clear()
    for day in _DAYS[::-1]:
        night(day)
    mine = [subject for subject in box.subjects if "a listing is not what it was" in subject]
    assert len(mine) == 2
    assert "well again" in mine[1]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_airflows_own_processes_send_it_with_the_connection_of_its_database(
    tmp_path: Path, replica: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler, workers and a supervisor between a task and the connection: not as in `dag.test()`."""
    store = Store(f"sqlite:///{tmp_path}/store.sqlite")
    store.upgrade()
    store.close()
    with mail_server() as box:
        settings = {
            "DIBAO_DATA": str(tmp_path / "data"),
            "DIBAO_STORE": f"sqlite:///{tmp_path}/store.sqlite",
            "DIBAO_GATEWAY": replica.url,
            "DIBAO_DELAY_SECONDS": "0",
            "DIBAO_SCHEDULE": "off",
            "DIBAO_ALERT_TO": "ops@example.org",
        }
        for name in ("AIRFLOW_HOME", "DIBAO_HOME"):
            monkeypatch.delenv(name, raising=False)
        home = AirflowHome(tmp_path / "airflow", free_port(), free_port(), settings)
        with Airflow(home, say=print) as airflow:
            extra = {"disable_ssl": True, "disable_tls": True, "from_email": "dibao@example.org"}
            add = f"connections add smtp_default --conn-type smtp --conn-host 127.0.0.1 --conn-port {box.port}".split()
            subprocess.run(
                [Path(sys.executable).parent / "airflow", *add, "--conn-extra", json.dumps(extra)],
                env=home.environment,
                check=True,
                capture_output=True,
            )

            def ends(dag: str, run_id: str) -> str:
                for _ in every_half_second(600, airflow.children):
                    state = airflow.api.run_state(dag, run_id)
                    if state in ("success", "failed"):
                        return str(state)
                raise AssertionError(airflow.api.tasks(dag, run_id))

            replica.fault("listing_layout")
            for day in _DAYS[:2]:
                assert ends("ingest_tibet_net", airflow.api.trigger("ingest_tibet_net", _conf(day), "")) == "failed"
            for _ in every_half_second(60, airflow.children):
                if box.mails:
                    break
            assert box.subjects == ["[Dibao] 中国西藏网 (tibet_net): a listing is not what it was"]
            assert f"{home.address}/dags/ingest_tibet_net/runs/" in box.texts[0]
            replica.clear()

            assert ends("ingest_tibet_net", airflow.api.trigger("ingest_tibet_net", _conf(_DAYS[2]), "")) in (
                "success",
                "failed",
            )
            for _ in every_half_second(60, airflow.children):
                if len(box.mails) > 1:
                    break
            assert any("well again" in subject for subject in box.subjects)
