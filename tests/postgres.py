"""A real PostgreSQL server for the tests: private port, private folder, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["postgres_binaries", "running_postgres"]


def postgres_binaries() -> Path | None:
    """The folder that holds initdb and pg_ctl, or None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server and yield the URL of its empty database `dibao`.

    PostgreSQL refuses to run as root: then it runs as the user `postgres` that Debian's package makes.
    """
    binaries = postgres_binaries()
    if binaries is None:
        raise RuntimeError("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="dibao-postgres-"))
    as_user = ["runuser", "-u", "postgres", "--"] if root else []
    if root:
        shutil.chown(folder, "postgres", "postgres")
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}

    def call(*command: str) -> None:
        done = subprocess.run(
            [*as_user, *command], env=environment, cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {done.stderr or done.stdout}")

    data = folder / "data"
    try:
        call(str(binaries / "initdb"), "-D", str(data), "-U", "dibao", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        # The server must not hold our pipes: its log goes to a file.
        call(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-s", "-l", str(folder / "log"), "-o", options, "start")
        try:
            call(str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "dibao", "dibao")
            yield f"postgresql+psycopg://dibao@127.0.0.1:{port}/dibao"
        finally:
            call(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
