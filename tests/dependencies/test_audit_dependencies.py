"""`make audit-dependencies`: an advisory is seen; a service that could not be asked is never taken for a clean bill."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scripts.airflow_home import CHECKOUT
from scripts.audit_dependencies import COULD_NOT_ASK, main, read_lock
from scripts.child_process import free_port

_ADVISORY = {
    "id": "TEST-2026-1",
    "aliases": ["CVE-2026-0000"],
    "summary": "An advisory that this test made up.",
    "schema_version": "1.7.0",
    "affected": [
        {
            "package": {"name": "second", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.1"}]}],
        }
    ],
}


class Service(ThreadingHTTPServer):
    """Stands in for an OSV service; `planted` maps package names to its answers, `broken` makes it fail for some."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str]] = []
        self.planted: dict[str, dict[str, Any]] = {}
        self.broken: set[str] = set()
        self.url = f"http://127.0.0.1:{self.server_port}/v1/query"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = query["package"]["name"]
        self.server.asked.append((name, query["version"]))
        answer = json.dumps({"vulns": [self.server.planted[name]]} if name in self.server.planted else {}).encode()
        self.send_response(503 if name in self.server.broken else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    digest = "--hash=sha256:" + "0" * 64
    path = tmp_path / "requirements.txt"
    path.write_text(
        "# Made by `make lock`\n# Locked on 2026-11-22\n\n"
        f"first==1.0 \\\n    {digest} \\\n    {digest}\n    # via second\n"
        f"second==2.0 ; python_full_version < '3' \\\n    {digest}\n"
        f"second==2.1 ; python_full_version >= '3' \\\n    {digest}\n"
    )
    return path


def test_an_advisory_is_found_also_for_a_pin_of_another_python(
    service: Service, lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.planted["second"] = _ADVISORY
    assert main([str(lock), "--osv-url", service.url]) == 1
    printed = capsys.readouterr().out
    assert "second 2.0: CVE-2026-0000 TEST-2026-1, mended in 2.1" in printed
    assert sorted(service.asked) == [("first", "1.0"), ("second", "2.0"), ("second", "2.1")]


def test_every_pin_of_the_real_lock_is_asked_about(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    lock = read_lock(CHECKOUT / "requirements.txt")
    assert main([str(lock.path), "--osv-url", service.url]) == 0
    assert sorted(service.asked) == sorted((name, version) for name, version, _ in lock.pins)
    assert f"asked about all {len(lock.pins)} pins" in capsys.readouterr().out


@pytest.mark.parametrize("broken", ["no network", "in the middle"])
def test_what_could_not_be_asked_is_not_called_clean(
    service: Service, lock: Path, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    service.broken = {"second"}
    url = service.url if broken == "in the middle" else f"http://127.0.0.1:{free_port()}/"
    assert main([str(lock), "--osv-url", url]) == COULD_NOT_ASK
    printed = capsys.readouterr()
    assert "COULD NOT ASK about 3 of the 3 pins of requirements.txt (locked on 2026-11-22)" in printed.err
    assert "no known" not in printed.out + printed.err


@pytest.mark.parametrize("spoiled", ["first==1.0\n", "# nothing\n", "first>=1.0 --hash=sha256:00\n"])
def test_a_file_that_is_no_lock_is_refused(tmp_path: Path, spoiled: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"# Locked on 2026-11-22\n{spoiled}")
    assert main([str(path)]) == 2
    assert "make lock" in capsys.readouterr().err
