"""A real Airflow and a real Chromium: slow to start, so these tests run only where somebody names them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.run import SHANGHAI
from models.store import Store
from scripts.airflow_api import AirflowApi
from scripts.airflow_home import CHECKOUT, AirflowHome
from scripts.child_process import ChildProcess, every_half_second
from tests.corpus.sample import fill, four_weeks

HERE = Path(__file__).parent
_START_SECONDS = 240.0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out unless the command names this folder or the marker."""
    named = any(
        HERE in (path := Path(str(arg).split("::")[0]).resolve()).parents or path == HERE for arg in config.args
    )
    if named or "browser" in (config.option.markexpr or ""):
        return
    ours = [item for item in items if item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=ours)
    items[:] = [item for item in items if item not in ours]


def yesterday() -> Any:
    """The last whole day in Shanghai."""
    return (datetime.now(SHANGHAI) - timedelta(days=1)).date()


class RunningAirflow:
    """A UI with the DAGs in it and a store behind its Corpus page; nothing is scheduled."""

    def __init__(self, home: AirflowHome, store: Store, api: AirflowApi) -> None:
        self.home = home
        self.store = store
        self.api = api


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(home: AirflowHome, *command: str) -> None:
    done = subprocess.run(
        command, env=home.environment, cwd=CHECKOUT, check=False, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        pytest.fail(
            f"{' '.join(command[1:])} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
        )


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAirflow]:
    """Airflow's API server with the plugin, four weeks of nights, and the DAGs read once."""
    folder = tmp_path_factory.mktemp("airflow")
    store = Store(f"sqlite:///{folder}/store.sqlite")
    store.upgrade()
    store.write(lambda connection: fill(connection, four_weeks(yesterday())))
    settings = {
        "DIBAO_STORE": f"sqlite:///{folder}/store.sqlite",
        "DIBAO_DATA": str(folder),
    }
    home = AirflowHome(path=folder / "home", port=_free_port(), task_port=_free_port(), settings=settings)
    home.prepare()
    command = str(Path(sys.executable).parent / "airflow")
    _run(home, command, "db", "migrate")
    _run(home, command, "dags", "reserialize")
    server = ChildProcess(
        "airflow api-server",
        [command, "api-server"],
        environment=home.environment,
        log=home.path / "processes" / "api-server.log",
        directory=CHECKOUT,
    )
    try:
        api = AirflowApi(home.address, home.password)
        for _ in every_half_second(_START_SECONDS, [server]):
            if api.healthy(()):
                break
        api.log_in()
        yield RunningAirflow(home, store, api)
        api.close()
    finally:
        server.stop()
        store.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    found = shutil.which("chromium")
    fonts = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False).stdout
    if found is None or not fonts:
        pytest.fail("these tests need Chromium and Chinese fonts: apt-get install chromium fonts-noto-cjk")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            # Chromium's own sandbox does not work for root.
            args=["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])],
        )
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Any, airflow: RunningAirflow, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A browser window that is logged in; it fails the test if a page asked another host for anything."""
    options = {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "light", **getattr(request, "param", {})}
    context = chromium.new_context(base_url=airflow.home.address, **options)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto("/")
    page.get_by_label("Username").fill("admin")
    page.locator("input[name=password]").fill(airflow.home.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Corpus").first.wait_for(timeout=60_000)
    yield page
    foreign = [url for url in asked if not url.startswith((airflow.home.address, "data:", "blob:"))]
    context.close()
    assert not [url for url in foreign if "corpus" in url], foreign
