"""What the demo stands on: its folders, the replica of the sites, the store."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.airflow_home import CHECKOUT, AirflowHome
from scripts.airflow_processes import StartFailed
from scripts.child_process import ChildProcess, every_half_second, free_port

__all__ = ["DEMO", "DEMO_AIRFLOW", "demo_home", "leave_what_is_live", "migrate_store", "start_replica"]

DEMO = CHECKOUT / "var" / "demo"
DEMO_AIRFLOW = DEMO / "airflow"


def demo_home(gateway: str, port: int) -> AirflowHome:
    """The demo's AIRFLOW_HOME.

    Args:
        gateway: the replica's address.
        port: where the UI listens.
    """
    settings = {
        "DIBAO_DATA": str(DEMO / "data"),
        "DIBAO_GATEWAY": gateway,
        # The replica is ours; there is nobody to be polite to.
        "DIBAO_DELAY_SECONDS": "0",
        "DIBAO_SCHEDULE": "off",
    }
    return AirflowHome(DEMO_AIRFLOW, port, free_port(), settings)


def leave_what_is_live() -> None:
    """Take out of this process' environment what would lead the demo to a live store or a live Airflow."""
    for name in list(os.environ):
        if name.startswith(("DIBAO_STORE", "AIRFLOW__DATABASE__", "AIRFLOW__CELERY__", "AIRFLOW__API__BASE_URL")):
            del os.environ[name]


@contextmanager
def start_replica() -> Iterator[tuple[str, ChildProcess]]:
    """The four publishers' sites on this machine, while the `with` lasts.

    Yields:
        Its address, and its process.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with ChildProcess(
        "the replica",
        [sys.executable, "-u", "-m", "tests.replica", "--port", "0"],
        environment=environment,
        log=DEMO / "replica.log",
        directory=CHECKOUT,
    ) as replica:
        for _ in every_half_second(60, [replica]):
            found = re.search(r"^replica: (http://\S+)", replica.log.read_text(errors="replace"), re.MULTILINE)
            if found:
                yield found[1], replica
                return
        raise StartFailed(f"the replica did not say its address within 60 s:\n{replica.last_lines()}")


def migrate_store() -> None:
    """Bring the store's schema to what this version needs; the settings are those of the environment.

    Raises:
        StartFailed: it could not be done.
    """
    dibao = Path(sys.executable).parent / "dibao"
    done = subprocess.run(  # noqa: S603 - our own command
        [dibao, "db", "upgrade"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StartFailed(f"`dibao db upgrade` ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
