"""A real Airflow and a real Chromium: slow to start, so these tests run only where somebody names them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.run import SHANGHAI
from models.store import Store
from scripts.airflow_api import AirflowApi
from scripts.airflow_home import CHECKOUT, AirflowHome
from scripts.airflow_processes import Airflow
from scripts.child_process import ChildProcess, every_half_second, free_port
from tests.corpus.sample import fill, four_weeks
from tests.replica.server import Handle, start

HERE = Path(__file__).parent
_START_SECONDS = 240.0


_PICTURES = os.environ.get("DIBAO_PICTURES", "")
"""A folder to leave screenshots in, for a person to look at."""


def picture(page: Any, name: str, **options: Any) -> None:
    """Keep a screenshot where somebody asked for them."""
    if _PICTURES:
        page.screenshot(path=Path(_PICTURES) / f"{name}.png", **options)


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
    home = AirflowHome(path=folder / "home", port=free_port(), task_port=free_port(), settings=settings)
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


class Newsroom:
    """All of Airflow as `make up` starts it, with the replica for the sites; its today is today in Shanghai."""

    def __init__(self, home: AirflowHome, api: AirflowApi, sites: Handle, store: Store) -> None:
        self.home = home
        self.api = api
        self.sites = sites
        self.store = store
        self.today = sites.replica.world.today


# A live crawl waits minutes and hours between its tries, and a test cannot: Airflow's own cluster policy.
_ONE_TRY = """\
def task_policy(task):
    if task.task_id == "crawl":
        task.retries = 0
"""


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A running Airflow with nothing done yet; its DAGs are paused until somebody works with them."""
    # Its name is in the logs, of which there are pictures in docs/.
    folder = tmp_path_factory.mktemp("live", numbered=False)
    store = Store(f"sqlite:///{folder}/data/dibao.sqlite")
    (folder / "data").mkdir()
    store.upgrade()
    with start(today=datetime.now(SHANGHAI).date()) as sites:
        settings = {
            "DIBAO_DATA": str(folder / "data"),
            "DIBAO_GATEWAY": sites.url,
            "DIBAO_DELAY_SECONDS": "0",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        }
        home = AirflowHome(folder / "airflow", free_port(), free_port(), settings)
        (home.path / "config").mkdir(parents=True)
        (home.path / "config" / "airflow_local_settings.py").write_text(_ONE_TRY)
        with Airflow(home, say=lambda _: None, triggerer=True) as running:
            yield Newsroom(home, running.api, sites, store)
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


Windows = Callable[..., Any]


@contextmanager
def browser_windows(chromium: Any, home: AirflowHome) -> Iterator[Windows]:
    """A function that opens a browser window and logs in; at the end, no page may have asked another host for anything.

    Airflow's own pages are held to it too: an operator's browser tells nobody what it looks at.
    """
    asked: list[str] = []
    contexts = []

    def window(**options: Any) -> Any:
        chosen = {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "light", **options}
        context = chromium.new_context(base_url=home.address, **chosen)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda sent: asked.append(sent.url))
        page.goto("/")
        page.get_by_label("Username").wait_for(timeout=60_000)
        picture(page, "login")
        page.get_by_label("Username").fill("admin")
        page.locator("input[name=password]").fill(home.password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Corpus").first.wait_for(timeout=60_000)
        return page

    yield window
    for context in contexts:
        context.close()
    assert {url for url in asked if not url.startswith((f"{home.address}/", "data:", "blob:"))} == set()


@pytest.fixture
def window(chromium: Any, airflow: RunningAirflow, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A browser window that is logged in."""
    with browser_windows(chromium, airflow.home) as windows:
        yield windows(**getattr(request, "param", {}))
