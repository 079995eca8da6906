"""A clock that jumps while processes run: `clock.c`, loaded before the C library, told by a file what time it is."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing import resource_tracker
from pathlib import Path
from unittest.mock import patch

__all__ = ["JUMPS", "Clock", "available"]

JUMPS = (timedelta(days=1), timedelta(hours=-5), timedelta(minutes=-90), timedelta(hours=7), timedelta(days=400))
"""What a clock may be off by: a day, hours of a zone read wrongly, and a year that somebody typed."""

_SOURCE = Path(__file__).with_name("clock.c")


def available() -> bool:
    """Whether there is a C compiler."""
    return shutil.which("cc") is not None


class Clock:
    """The time of day of every process that is started while `ruling` lasts, and of their children.

    Args:
        folder: for the library and the file that says how far the clock is off.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._file.write_bytes(struct.pack("q", 0))
        self._library = folder / "clock.so"
        command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(self._library), str(_SOURCE), "-ldl"]
        subprocess.run(command, check=True)

    def set(self, off: timedelta) -> None:
        """Jump, at once and in every process under this clock."""
        # In place: the processes have mapped this very file.
        with self._file.open("r+b", buffering=0) as file:
            file.write(struct.pack("q", round(off.total_seconds())))

    @contextlib.contextmanager
    def ruling(self) -> Iterator[None]:
        """Processes that are started here go by this clock."""
        # Python's own helper process outlives this clock, so it is not to go by it.
        resource_tracker.ensure_running()
        wanted = {"LD_PRELOAD": str(self._library), "CHAOS_CLOCK": str(self._file)}
        with patch.dict(os.environ, wanted):
            yield
