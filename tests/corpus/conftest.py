"""An Airflow of the tests' own behind the Corpus page, and stores with something in them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from crawler.config import Config, load_config
from models.store import Store
from scripts.airflow_home import CHECKOUT, AirflowHome
from tests.corpus.sample import fill

# Airflow reads its settings when it is first imported; where other tests have made a home already, it is that one.
_OWN = "AIRFLOW_HOME" not in os.environ
_PATH = Path(os.environ.get("AIRFLOW_HOME") or tempfile.mkdtemp(prefix="dibao-airflow-"))
_HOME = AirflowHome(path=_PATH, port=1, task_port=2, settings={})
if _OWN:
    _HOME.prepare()
    os.environ.update({name: _HOME.environment[name] for name in ("AIRFLOW_HOME", "DIBAO_HOME", "PATH")})
sys.path.insert(0, str(CHECKOUT / "dags" / "plugins"))


def pytest_sessionfinish() -> None:
    """Remove the database and the logs."""
    if _OWN:
        shutil.rmtree(_HOME.path, ignore_errors=True)


@pytest.fixture
def filled(store: Store) -> Store:
    """Four weeks of four publishers, for a test that changes them."""
    store.write(fill)
    return store


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def sample_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with four weeks of four publishers in it, written once."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('sample')}/store.sqlite"
    else:
        server = create_engine(request.getfixturevalue("postgres_url"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text("CREATE DATABASE corpus_sample"))
        server.dispose()
        url = server.url.set(database="corpus_sample").render_as_string(hide_password=False)
    made = Store(url)
    made.upgrade()
    made.write(fill)
    made.close()
    return url


@pytest.fixture
def sample(sample_url: str) -> Iterator[Store]:
    """The same store in every test: one that changes it takes `filled`."""
    opened = Store(sample_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def airflow_login() -> Any:
    """Airflow's own login manager on a migrated database: makes a token for a role."""
    os.environ["DIBAO_HOME"] = str(CHECKOUT)
    from airflow.utils.db import initdb

    initdb()
    from airflow.api_fastapi.app import init_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    manager: Any = init_auth_manager()
    return lambda role: manager.generate_jwt(SimpleAuthManagerUser(username="reader", role=role))


@pytest.fixture
def stranger(airflow_login: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A browser that has not logged in, at the page as Airflow mounts it."""
    monkeypatch.setenv("DIBAO_HOME", str(CHECKOUT))
    from corpus_page.reading import _store
    from corpus_plugin import CorpusPlugin
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    airflow = FastAPI()
    mounted = CorpusPlugin.fastapi_apps[0]
    airflow.mount(mounted["url_prefix"], mounted["app"])
    with TestClient(airflow, follow_redirects=False) as client:
        yield client
    if _store.cache_info().currsize:
        _store.cache_clear()


@pytest.fixture
def browser(stranger: Any, airflow_login: Any) -> Any:
    """The same, logged in with the least role that Airflow has."""
    stranger.cookies.set("_token", airflow_login("viewer"))
    return stranger


@pytest.fixture
def page(browser: Any, config: Config) -> Any:
    """The page on this test's store."""
    return browser


@pytest.fixture
def sample_config(sample_url: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Settings that name the store with four weeks in it."""
    monkeypatch.setenv("DIBAO_STORE", sample_url)
    return load_config(fresh=True)
