"""A crawl's process, seen from outside."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import psutil

__all__ = ["crawl_process", "ended"]


def crawl_process(pid: int) -> int:
    """The crawl's process among a process's children."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in psutil.Process(pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "crawler.fetch.child" in child.cmdline():
                    return int(child.pid)
        time.sleep(0.02)
    raise AssertionError("no crawl process was started")


def ended(pid: int) -> bool:
    """Whether a process has ended, or does within half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        if status.rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False
