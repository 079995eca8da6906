"""Airflow's pages are for this machine, behind a password that nobody chose and that is shown once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import airflow_processes
from scripts.airflow_home import AirflowHome
from scripts.up import _login


@pytest.fixture
def home(tmp_path: Path) -> AirflowHome:
    return AirflowHome(tmp_path / "airflow", 8080, 8081, {})


def test_the_pages_and_the_tasks_api_listen_on_loopback(home: AirflowHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment or a configuration file of one's own says."""
    monkeypatch.setenv("AIRFLOW__API__HOST", "0.0.0.0")
    environment = home.environment
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert home.address == environment["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8080"
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].startswith("http://127.0.0.1:")


def test_no_part_serves_logs_on_every_interface() -> None:
    commands = airflow_processes._COMMANDS
    assert set(commands) == {"api-server", "task-api", "dag-processor", "scheduler", "triggerer"}
    for name in ("scheduler", "triggerer"):
        assert "--skip-serve-logs" in commands[name]


def test_the_password_is_made_by_chance_and_shown_at_the_first_start_only(home: AirflowHome) -> None:
    new = home.prepare()
    first = _login(home, demo=False, new=new)
    again = _login(home, demo=False, new=home.prepare())
    assert new
    assert home.password in first
    assert "shown this once" in first
    assert home.password not in again
    assert len(home.password) >= 16
    other = AirflowHome(home.path.parent / "other", 8080, 8081, {})
    other.prepare()
    assert other.password != home.password
    assert list(json.loads((home.path / "secrets" / "passwords.json").read_text())) == ["admin"]
