"""An Airflow of the tests' own: the real airflow.cfg.example, a database that is thrown away, in this process."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.config import Config
from scripts.airflow_home import CHECKOUT, AirflowHome

DAGS = CHECKOUT / "dags"

# Airflow reads its settings when it is first imported, so they stand before any test module is.
_HOME = AirflowHome(Path(tempfile.mkdtemp(prefix="dibao-airflow-")), 1, 2, {})
_HOME.prepare()
os.environ.update({name: _HOME.environment[name] for name in ("AIRFLOW_HOME", "DIBAO_HOME", "PATH")})
sys.path.insert(0, str(DAGS))


def pytest_sessionfinish() -> None:
    """Remove the database and the logs."""
    shutil.rmtree(_HOME.path, ignore_errors=True)


@pytest.fixture(autouse=True)
def airflow_settings(settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What airflow.cfg.example expects of the environment."""
    monkeypatch.setenv("DIBAO_HOME", str(CHECKOUT))


@pytest.fixture(scope="session")
def airflow_database() -> Path:
    """A migrated database for Airflow; its folder."""
    os.environ["DIBAO_HOME"] = str(CHECKOUT)
    from airflow.utils.db import initdb

    initdb()
    return _HOME.path


@pytest.fixture
def dag_bag(airflow_settings: None) -> Any:
    """The DAGs as the processor reads them."""
    from airflow.dag_processing.dagbag import BundleDagBag

    sys.modules.pop("ingest", None)
    return BundleDagBag(dag_folder=DAGS, bundle_path=DAGS, bundle_name="dags-folder")


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stand-ins for the stages."""
    from tests.airflow.stand_in import StandIn

    stand_in = StandIn()
    monkeypatch.setitem(sys.modules, "crawler.stages", stand_in)
    import crawler

    monkeypatch.setattr(crawler, "stages", stand_in, raising=False)
    return stand_in


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch, config: Config) -> Iterator[Any]:
    """A mail server, and the settings that lead the messages there."""
    from tests.airflow.days import mail_goes_to
    from tests.airflow.smtp import mail_server

    with mail_server() as made:
        mail_goes_to(monkeypatch, made.port)
        yield made


_minutes = iter(range(1, 10_000))


@pytest.fixture
def run_day(airflow_database: Any, dag_bag: Any, stages: Any, config: Config) -> Callable[..., Any]:
    """Runs one day of a publisher, yesterday by default, through Airflow with stand-ins for the stages."""
    from tests.airflow.days import yesterday

    def run(day: date | None = None, publisher: str = "sichuan_gov", **conf: Any) -> Any:
        start = day or yesterday()
        days = {"from": start.isoformat(), "to": (start + timedelta(days=1)).isoformat()}
        run_after = datetime(2026, 7, 1, 1, tzinfo=UTC) + timedelta(minutes=next(_minutes))
        return dag_bag.dags[f"ingest_{publisher}"].test(run_after=run_after, logical_date=None, run_conf=conf or days)

    return run
