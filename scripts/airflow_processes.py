"""Airflow on one machine, on loopback only: its processes started, watched, and ended without leftovers.

Not `airflow standalone`: its log server listens on every interface, it goes on when one of its parts has died, and a
SIGTERM leaves its parts behind. The parts are the same, but for the API server, of which there are two: in 3.3 the UI's
API writes its audit log inside the event loop, and a task's transaction in the same process then waits for the loop
while the loop waits for the transaction. On SQLite all stands still until the time-out ends it with HTTP 500 (seen for
each second click while tasks ran). A process of their own for the tasks' API keeps the two apart.
"""

from __future__ import annotations

import getpass
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psutil  # type: ignore[import-untyped]

from crawler import publishers
from crawler.artefacts import hold
from crawler.errors import ArtefactError
from scripts.airflow_api import AirflowApi
from scripts.airflow_home import CHECKOUT, AirflowHome
from scripts.child_process import ChildDied, ChildProcess, every_half_second

__all__ = ["Airflow", "StartFailed", "alone_in"]

_START_SECONDS = 300  # a slow machine needs 90
_STOP_SECONDS = 45

_COMMANDS = {
    "api-server": ["api-server", "--apps", "core"],
    "task-api": ["api-server", "--apps", "execution"],
    "dag-processor": ["dag-processor"],
    # The API server reads the logs from the same disk; nothing needs to serve them, on every interface at that.
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}


class StartFailed(Exception):
    """Airflow did not come up; the message says what it printed."""


@contextmanager
def alone_in(path: Path, target: str, *, why: str = "two there would take each other's tasks") -> Iterator[None]:
    """Keep any second Airflow out of an AIRFLOW_HOME while the `with` lasts; a killed holder keeps out nobody.

    Args:
        path: the AIRFLOW_HOME.
        target: what of the Makefile asks for it.
        why: it cannot be had while another is at work there.

    Raises:
        StartFailed: another one is at work there; nothing of it was touched.
    """
    lock = path / "lock"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = hold(lock)
    except (OSError, ArtefactError) as error:
        raise StartFailed(
            f"{path} cannot be used ({error}): was it made by another user, as by one start as root? Give it back: "
            f"chown -R {getpass.getuser()} {path}"
        ) from error
    if handle is None:
        raise StartFailed(
            f"{lock.read_text() or 'another Airflow'} is at work in {path}: {why}. "
            f"Stop it (Ctrl-C where it runs), then `make {target}` again"
        )
    try:
        os.truncate(handle, 0)
        os.write(handle, f"`make {target}` (process {os.getpid()})".encode())
        yield
    finally:
        os.close(handle)


class Airflow:
    """The processes of one AIRFLOW_HOME, while the `with` lasts.

    Args:
        home: where, on which port, with which settings.
        say: takes a line for the person who waits.
        triggerer: whether to run the triggerer too; Dibao's own DAGs do not need it.
    """

    def __init__(self, home: AirflowHome, *, say: Callable[[str], None], triggerer: bool = False) -> None:
        self.home = home
        self.api = AirflowApi(home.address, "")
        self.new_login = False
        self._say = say
        self._watched = ["scheduler", "dag-processor", *(["triggerer"] if triggerer else [])]
        self._children: dict[str, ChildProcess] = {}

    @property
    def children(self) -> list[ChildProcess]:
        """The running processes."""
        return list(self._children.values())

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        self.new_login = self.home.prepare()
        airflow = str(Path(sys.executable).parent / "airflow")
        started = time.monotonic()
        self._say("Airflow: preparing its database")
        migrated = subprocess.run(  # noqa: S603 - our own command
            [airflow, "db", "migrate"],
            env=self.home.environment,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        if migrated.returncode != 0:
            log = self.home.path / "processes" / "db-migrate.log"
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(migrated.stdout + migrated.stderr)
            said = [line for line in migrated.stderr.splitlines() if re.match(r"[\w.]+(Error|Exception)\b", line)]
            cause = said[-1] if said else "it does not say why"
            raise StartFailed(
                f"`airflow db migrate` ended with {migrated.returncode}: {cause}\nLook at [database] in "
                f"{self.home.path / 'airflow.cfg'} and at AIRFLOW__DATABASE__… in the environment; all that it said is "
                f"in {log}"
            )
        self._say("Airflow: starting (half a minute, the first time more)")
        for name in ("api-server", "task-api", *self._watched):
            port = ["--port", str(self.home.task_port)] if name == "task-api" else []
            self._children[name] = ChildProcess(
                f"airflow {name}",
                [airflow, *_COMMANDS[name], *port],
                environment=self.home.environment,
                log=self.home.path / "processes" / f"{name}.log",
                directory=CHECKOUT,
            )
        self.api = AirflowApi(self.home.address, self.home.password)
        self._wait("up", lambda: self.api.healthy(tuple(name.replace("-", "_") for name in self._watched)))
        self.api.log_in()
        self._wait("done with reading the DAGs", lambda: len(self.api.dags("ingest_")) >= len(publishers.keys()))
        self._say(f"Airflow: up after {time.monotonic() - started:.0f} s, {self.home.address}")

    def _wait(self, what: str, done: Callable[[], bool]) -> None:
        try:
            for _ in every_half_second(_START_SECONDS, self.children):
                if done():
                    return
        except ChildDied as error:
            raise StartFailed(str(error)) from error
        errors = "\n".join(self.api.import_errors()) if what.startswith("done") else ""
        raise StartFailed(
            f"Airflow was not {what} after {_START_SECONDS} s; what its processes printed is in "
            f"{self.home.path / 'processes'}\n{errors}"
        )

    def stop(self) -> None:
        """End every process: scheduling, then the running tasks (the next try goes on from there), then the rest."""
        end = time.monotonic() + _STOP_SECONDS
        below = [process for child in self.children for process in child.descendants()]
        if scheduler := self._children.get("scheduler"):
            # To the scheduler alone: its workers inherit its handlers and would wait for each other for ever.
            scheduler.send(signal.SIGINT)
            for task in _running_tasks(scheduler):
                # The task's on_kill ends its crawl; its state still reaches the API.
                _quietly(task.terminate)
            scheduler.wait(max(1.0, end - time.monotonic() - 15))
        for name in ("triggerer", "dag-processor", "task-api", "api-server"):
            if child := self._children.get(name):
                child.send(signal.SIGTERM)
        for child in self.children:
            child.wait(max(1.0, end - time.monotonic()))
            child.stop(seconds=0.1)
        for process in below:
            _quietly(process.kill)
        self._children.clear()
        self.api.close()


def _running_tasks(scheduler: ChildProcess) -> list[psutil.Process]:
    """The task processes: children of the executor's workers, which are the scheduler's children."""
    tasks = []
    for worker in scheduler.descendants():
        try:
            if worker.ppid() == scheduler.pid:
                tasks += worker.children()
        except psutil.NoSuchProcess:
            continue
    return tasks


def _quietly(action: Callable[[], None]) -> None:
    try:
        action()
    except psutil.NoSuchProcess:
        return
