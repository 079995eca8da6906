"""The whole of Airflow as `make up` starts it can be reached from this machine only."""

from __future__ import annotations

from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

pytestmark = pytest.mark.browser


def test_no_process_listens_on_another_interface(newsroom: Any) -> None:
    """Read from the kernel, after everything is up: each listening socket of every process that was started."""
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in psutil.Process().children(recursive=True)
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {newsroom.home.port, newsroom.home.task_port} <= {port for _, port in listening}
    assert {ip for ip, _ in listening} <= {"127.0.0.1", "::1"}
