"""A process that ends with us: its output in a file, its end noticed, nothing of it left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import psutil  # type: ignore[import-untyped]

__all__ = ["ChildDied", "ChildProcess", "every_half_second", "free_port", "interrupt_on_signals"]

_PR_SET_PDEATHSIG = 1  # prctl(2)


class ChildDied(Exception):
    """A process that should have kept running has ended."""


def _die_with_the_parent() -> None:
    # Were we killed with SIGKILL, nobody could tidy up; the kernel then sends this.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class ChildProcess:
    """One long-running child in a session of its own, so that Ctrl-C in the terminal reaches only us.

    Args:
        name: what it is called in messages.
        command: the command and its arguments.
        environment: its whole environment.
        log: the file that takes its output; begun anew, the one of before is kept beside it as `….before`.
        directory: its working directory.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, environment: dict[str, str], log: Path, directory: Path
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists():
            # What a process said before it died is asked for after the next start.
            log.replace(log.with_name(f"{log.name}.before"))
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_the_parent,
            )
        self._ps = psutil.Process(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def check(self) -> None:
        """Do nothing while it runs.

        Raises:
            ChildDied: it has ended; the message carries the end of its output.
        """
        code = self._process.poll()
        if code is not None:
            raise ChildDied(f"{self.name} has ended with {code}; the end of {self.log}:\n{self.last_lines()}")

    def last_lines(self, count: int = 15) -> str:
        """The end of its output."""
        return "\n".join(self.log.read_text(errors="backslashreplace").splitlines()[-count:])

    def descendants(self) -> list[psutil.Process]:
        """Every living process below it, and what it left in its session if it was killed."""
        found = {process.pid: process for process in self._below()}
        for process in psutil.process_iter():
            try:
                if process.pid != self.pid and os.getsid(process.pid) == self.pid:
                    found.setdefault(process.pid, process)
            except OSError:
                # It has ended meanwhile, or is a stranger's.
                continue
        return list(found.values())

    def _below(self) -> list[psutil.Process]:
        try:
            below: list[psutil.Process] = self._ps.children(recursive=True)
            return below
        except psutil.NoSuchProcess:
            return []

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it alone, if it still runs."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; whether it has ended."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, *, first: signal.Signals = signal.SIGTERM, seconds: float = 15) -> None:
        """End it and everything below it: politely, then with SIGKILL.

        Args:
            first: the polite signal, to the process alone.
            seconds: how long to wait for it.
        """
        below = self.descendants()
        self.send(first)
        self.wait(seconds)
        for process in [*below, *self.descendants(), self._ps]:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self._process.wait()
        psutil.wait_procs(below, timeout=5)


def free_port() -> int:
    """A TCP port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def every_half_second(seconds: float, children: Sequence[ChildProcess]) -> Iterator[float]:
    """Wait in steps of half a second, while all children live.

    Args:
        seconds: when to give up.
        children: who must keep running.

    Yields:
        The seconds left.

    Raises:
        ChildDied: one of the children has ended.
    """
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for child in children:
            child.check()
        yield left
        time.sleep(min(0.5, left))


def interrupt_on_signals() -> None:
    """Make SIGTERM and SIGHUP the KeyboardInterrupt that Ctrl-C is, so that every `with` tidies up, once."""
    # A non-interactive shell starts background jobs with SIGINT ignored; here it stops us all the same.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: object) -> None:
    # Tidying up takes some seconds and must not be cut short by an impatient second Ctrl-C.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    print("\nstopping what was started; this takes a few seconds", file=sys.stderr, flush=True)
    raise KeyboardInterrupt(signal.Signals(number).name)
