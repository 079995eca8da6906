"""A crawl's process, seen from outside."""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["crawl_process", "ended"]


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def crawl_process(pid: int) -> int:
    """The crawl's process among a process's children."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for child in _children(pid):
            if b"crawler.fetch.child" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
        time.sleep(0.02)
    raise AssertionError("no crawl process was started")


def ended(pid: int) -> bool:
    """Whether a process has ended, or does within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False
