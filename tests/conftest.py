"""What every suite shares: settings of its own, and a store on each database that we support."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import create_engine, make_url, text

from crawler.config import Config, load_config
from models.store import Store
from tests.postgres import postgres_binaries, running_postgres

# A busy machine is no failure: nothing here asserts a timing.
hypothesis.settings.register_profile("dibao", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile(  # make properties
    "thorough", deadline=None, max_examples=3000, suppress_health_check=list(hypothesis.HealthCheck)
)
hypothesis.settings.load_profile("dibao")

# Beside Airflow and Scrapy, Hypothesis dies over the patch that it would write for a failing test (libcst reads an
# attribute that zope.interface has added), and with it the whole session: no other failure would be told.
sys.modules["hypothesis.extra._patching"] = None  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the settings of the person who runs it, nor writes into their data."""
    for name in [name for name in os.environ if name.startswith("DIBAO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DIBAO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DIBAO_DELAY_SECONDS", "0")
    load_config(fresh=True)
    yield
    monkeypatch.undo()
    load_config(fresh=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server for the whole session."""
    if postgres_binaries() is None:
        pytest.fail("these tests need a real PostgreSQL: apt-get install postgresql (make test does it as root)")
    with running_postgres() as url:
        yield url


@pytest.fixture
def empty_database(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a PostgreSQL database of this test's own."""
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database URL, once for each database that we support."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite"
    url: str = request.getfixturevalue("empty_database")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A migrated, empty store."""
    made = Store(store_url)
    made.upgrade()
    yield made
    made.close()


@pytest.fixture
def config(store: Store, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Settings that name this test's data root and store."""
    monkeypatch.setenv("DIBAO_STORE", store_url)
    return load_config(fresh=True)
