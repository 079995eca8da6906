"""One stage in a process of its own that can be killed, starved of disk, or kept from writing.

The processes are forked from a server that has imported everything (`multiprocessing`, method forkserver), and the
crawl's own child is forked from its stage in the same way: a start costs milliseconds, so that a round can afford many.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NoReturn

import psutil  # type: ignore[import-untyped]

from crawler import stages
from crawler.config import Config
from crawler.errors import DibaoError
from crawler.fetch import child
from crawler.run import Run
from tests.chaos.clock import Clock

__all__ = ["Order", "StageProcess"]

_PRELOAD = ["tests.chaos.warm", "tests.chaos.stage"]
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2  # linux/capability.h
_PR_CAPBSET_DROP = 24  # prctl(2)
_CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True)
class Order:
    """What a stage process is to do, and under which restrictions.

    Args:
        stage: its name.
        run: as `Run.as_json` gives it.
        config: as keywords of `Config`.
        file_limit: bytes that no file may grow beyond, as a full disk would stop it; 0 for none.
        no_override: whether even root must obey the permissions of folders.
        warm: whether the crawl's child is forked rather than started as a new interpreter.
    """

    stage: str
    run: dict[str, Any]
    config: dict[str, Any]
    file_limit: int = 0
    no_override: bool = False
    warm: bool = True


@dataclass
class Ended:
    """How a stage process ended.

    Args:
        error: the class of the error, `done`, or `killed`.
        message: its words.
        counts: the stage's, where it came to its end.
    """

    error: str
    message: str = ""
    counts: dict[str, Any] = field(default_factory=dict)


class StageProcess:
    """A stage at work.

    Args:
        order: what it does.
        clock: by which it goes, as a fresh interpreter; None for the machine's.
    """

    _context = multiprocessing.get_context("forkserver")
    _context.set_forkserver_preload(_PRELOAD)
    _fresh = multiprocessing.get_context("spawn")

    def __init__(self, order: Order, clock: Clock | None = None) -> None:
        self._mine, theirs = self._context.Pipe(duplex=False)
        self._process: BaseProcess
        if clock is None:
            self._process = self._context.Process(target=_work, args=(order, theirs))
            self._process.start()
        else:
            with clock.ruling():
                self._process = self._fresh.Process(target=_work, args=(order, theirs))
                self._process.start()
        theirs.close()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it ended within so many seconds."""
        # Its answer first: a process that waits for its answer to be read does not end.
        return bool(wait([self._mine, self._process.sentinel], seconds))

    def crawl_child(self) -> psutil.Process | None:
        """The crawl that this stage has started, or None."""
        try:
            children = psutil.Process(self._process.pid).children()
        except psutil.NoSuchProcess:
            return None
        return children[0] if children else None

    def kill(self, *, child: bool, parent: bool) -> bool:
        """SIGKILL the stage, its crawl, or both; whether something was alive to be killed."""
        killed = False
        crawl = self.crawl_child() if child else None
        if crawl is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                crawl.kill()
                killed = True
        if (parent or not killed) and self._process.is_alive():
            self._process.kill()
            killed = True
        return killed

    def ended(self, seconds: float = 900.0) -> Ended:
        """Wait for its end.

        Raises:
            TimeoutError: it hangs; it is killed.
        """
        answer = Ended("killed")
        if not self.wait(seconds):
            self.kill(child=True, parent=True)
            raise TimeoutError(f"a stage did not end within {seconds:.0f} s")
        with contextlib.suppress(EOFError, ConnectionResetError):
            answer = Ended(*self._mine.recv()) if self._mine.poll() else answer
        self._process.join(30)
        self._mine.close()
        self._process.close()
        return answer


def _work(order: Order, answer: Connection) -> None:
    # Whatever the server has inherited from a test's runner, a stage begins as a shell would start it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    if order.file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.file_limit, order.file_limit))
    if order.no_override:
        _obey_permissions()
    if order.warm:
        subprocess.Popen = _WarmPopen  # type: ignore[misc,assignment]
    try:
        counts = getattr(stages, order.stage)(Run.from_json(order.run), Config(**order.config), on_line=_quiet)
    except DibaoError as error:
        answer.send((type(error).__name__, str(error)))
    except Exception as error:  # noqa: BLE001 - handed on to the round, which fails by it
        # No stage may end in an error that is not one of ours; the round says so.
        answer.send((f"bare {type(error).__name__}", str(error)))
    else:
        answer.send(("done", "", counts))


def _quiet(_: str) -> None:
    """Nobody reads the log of a stage that is killed."""


def _obey_permissions() -> None:
    """Give up root's power over permissions, in this process and all that it starts (capabilities(7))."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()
    if libc.capget(ctypes.byref(header), ctypes.byref(data)) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
        for kind in range(3):
            data[kind] &= ~(1 << capability)
    if libc.capset(ctypes.byref(header), ctypes.byref(data)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


class _WarmPopen(subprocess.Popen[str]):
    """Forks this process and lets the copy do what `python -m crawler.fetch.child` does."""

    def _execute_child(
        self, args: Any, executable: Any, preexec_fn: Any, close_fds: Any, pass_fds: Any, cwd: Any, env: Any,
        startupinfo: Any, creationflags: Any, shell: Any, p2cread: int, p2cwrite: int, c2pread: int, c2pwrite: int,
        *rest: Any,
    ) -> None:  # fmt: skip
        self.pid = os.fork()
        self._child_created = True
        if self.pid == 0:
            _be_the_child(p2cread, c2pwrite, env)
        os.close(p2cread)
        os.close(c2pwrite)


def _be_the_child(reading: int, writing: int, env: dict[str, str]) -> NoReturn:
    status = 1
    try:
        os.dup2(reading, 0)
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        # The stage's locks are not the crawl's: a new interpreter would not have them either.
        os.closerange(3, 4096)
        os.environ.update(env)
        sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115
        sys.stdout = sys.stderr = open(1, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
        child.main()
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        os._exit(status)


def settle(folder: Path) -> None:
    """Wait until no process holds the crawl's lock any more: the crawl dies a moment after its parent."""
    import fcntl

    lock = folder / ".crawl.lock"
    if not lock.exists():
        return
    with lock.open("rb") as file:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.02)
            else:
                return
