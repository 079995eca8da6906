"""What `make demo` and `make up` start: all of it ends with them, and its death is noticed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from crawler.config import Config
from scripts import clean_demo
from scripts.airflow_home import CHECKOUT
from scripts.airflow_processes import StartFailed, alone_in
from scripts.child_process import ChildDied, ChildProcess, every_half_second, free_port
from scripts.up import _claim, _clock, _nights, _not_live
from tests.publishers.folder import XIZANG, one_more

_STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("ready", flush=True)
time.sleep(600)
"""


def _child(tmp_path: Path, code: str) -> ChildProcess:
    return ChildProcess(
        "a child", [sys.executable, "-c", code], environment=dict(os.environ), log=tmp_path / "log", directory=tmp_path
    )


def _until_ready(child: ChildProcess) -> None:
    for _ in every_half_second(30, [child]):
        if "ready" in child.log.read_text():
            return
    raise AssertionError("not ready")


def _ended(processes: list[psutil.Process]) -> bool:
    """Whether all have ended within a minute; who reaps an orphan, and when, is the machine's matter."""
    for _ in range(600):
        left = []
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    left.append(process)
        if not left:
            return True
        time.sleep(0.1)
    return False


def test_a_child_that_will_not_end_is_killed_with_all_below_it(tmp_path: Path) -> None:
    with _child(tmp_path, _STUBBORN) as child:
        _until_ready(child)
        below = child.descendants()
        assert len(below) == 1
        child.stop(seconds=0.5)
    assert not psutil.pid_exists(child.pid)
    assert _ended(below)


def test_what_a_killed_child_left_behind_is_ended_all_the_same(tmp_path: Path) -> None:
    """The workers of a scheduler that the kernel has killed would hold their memory, and their tasks, for good."""
    with _child(tmp_path, _STUBBORN) as child:
        _until_ready(child)
        (below,) = child.descendants()
        os.kill(child.pid, signal.SIGKILL)
        child.wait(30)
        assert child.descendants() == [below]
    assert _ended([below])


def test_what_a_child_said_before_it_died_is_still_there_after_the_next_start(tmp_path: Path) -> None:
    for said in ("out of memory", "well again"):
        with _child(tmp_path, f"print({said!r})") as child:
            child.wait(30)
    assert (tmp_path / "log").read_text() == "well again\n"
    assert (tmp_path / "log.before").read_text() == "out of memory\n"


def test_the_death_of_a_child_is_noticed_with_its_last_words(tmp_path: Path) -> None:
    with _child(tmp_path, "print('the disk is full'); raise SystemExit(3)") as child:
        child.wait(30)
        with pytest.raises(ChildDied, match=r"(?s)ended with 3.*the disk is full"):
            child.check()


def test_a_child_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    """SIGKILL leaves nobody to tidy up: the kernel does."""
    code = f"""
import sys, time
sys.path.insert(0, {str(CHECKOUT)!r})
from pathlib import Path
from scripts.child_process import ChildProcess
import os
child = ChildProcess("c", [sys.executable, "-c", "import time; time.sleep(600)"], environment=dict(os.environ),
                     log=Path({str(tmp_path)!r}) / "log", directory=Path("/"))
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        orphan = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert _ended([orphan])


def test_stopping_is_not_cut_short_by_a_second_ctrl_c(tmp_path: Path) -> None:
    code = f"""
import sys, time
sys.path.insert(0, {str(CHECKOUT)!r})
from scripts.child_process import interrupt_on_signals
interrupt_on_signals()
try:
    print("ready", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    time.sleep(1)
    print("tidied", flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as it:
        assert it.stdout is not None
        assert it.stdout.readline() == "ready\n"
        it.send_signal(signal.SIGINT)
        time.sleep(0.3)
        it.send_signal(signal.SIGINT)
        assert it.stdout.read() == "tidied\n"


def test_a_taken_port_is_said_with_what_to_change() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        port = server.getsockname()[1]
        with pytest.raises(StartFailed, match=f"make up PORT={port + 1}"):
            _claim(port, "up")


def test_a_folder_that_another_user_made_is_said_with_how_to_give_it_back(tmp_path: Path) -> None:
    """One start as root, then as the service's user: a stack trace said nothing of that."""
    (tmp_path / "file").touch()
    with pytest.raises(StartFailed, match=r"cannot be used.*chown -R"), alone_in(tmp_path / "file" / "airflow", "up"):
        pass


def test_settings_of_the_demo_are_not_taken_for_a_live_installation() -> None:
    """After `. var/demo/airflow/env.sh` in the same shell nothing would run at night, and all would look well."""
    assert [line for line in _not_live(Config()) if "DIBAO_" in line] == []
    said = " ".join(_not_live(Config(schedule="off", gateway="http://127.0.0.1:8000")))
    assert "DIBAO_SCHEDULE=off: no run starts" in said
    assert "not the live sites" in said


def test_a_schedule_is_shown_as_a_clock() -> None:
    assert _clock("5 1 * * *") == "01:05"
    assert _clock("05 1 */1 * *") == "01:05"
    for other in ("*/5 1 * * *", "5 1 * * 1-5"):
        assert _clock(other) == f"`{other}`", "not every night"


def test_nights_that_begin_at_one_minute_are_warned_of_where_they_are_started(tmp_path: Path) -> None:
    """Only `dibao publishers` said so, which nobody asks again after adding one."""
    assert [line for line in _nights() if line.startswith("!")] == []
    with one_more(tmp_path, XIZANG.replace("25 3", "25 1")):
        lines = _nights()
    assert "tibet_net 01:25, xinjiang_gov 02:05, xizang_gov 01:25" in lines[0]
    assert lines[1:] == ["! tibet_net and xizang_gov both begin at 01:25: choose another minute for one of them"]


_HOLDER = """
import sys, time
from pathlib import Path
from scripts.airflow_processes import alone_in
with alone_in(Path(sys.argv[1]), "demo-ui"):
    print("ready", flush=True)
    time.sleep(600)
"""


def test_the_folder_of_a_running_demo_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its processes went on without their database and logs, and the next `make demo` met them."""
    demo = tmp_path / "demo"
    monkeypatch.setattr(clean_demo, "DEMO", demo)
    monkeypatch.setattr(clean_demo, "DEMO_AIRFLOW", demo / "airflow")
    with alone_in(demo / "airflow", "demo-ui"):
        assert clean_demo.main() == 1
        assert (demo / "airflow" / "lock").exists()
    said = capsys.readouterr().err
    assert said.startswith("clean-demo: `make demo-ui` (process ")
    assert "it needs its folder. Stop it (Ctrl-C where it runs), then `make clean-demo` again" in said
    assert clean_demo.main() == 0
    assert not demo.exists()
    assert clean_demo.main() == 0


def test_no_second_airflow_starts_in_the_home_of_a_running_one(tmp_path: Path) -> None:
    """Two schedulers on one database would run each night twice, and end each other's tasks."""
    home = tmp_path / "airflow"
    command = [sys.executable, "-c", _HOLDER, str(home)]
    with ChildProcess(
        "make demo-ui", command, environment=dict(os.environ), log=tmp_path / "log", directory=CHECKOUT
    ) as first:
        _until_ready(first)
        with pytest.raises(StartFailed, match=r"at work in .*`make demo` again") as refused, alone_in(home, "demo"):
            raise AssertionError("two at once")
        assert f"`make demo-ui` (process {first.pid})" in str(refused.value)
        first.send(signal.SIGKILL)
        assert first.wait(30)
    with alone_in(home, "demo"):
        assert str(os.getpid()) in (home / "lock").read_text()
    assert home.stat().st_mode & 0o077 == 0
