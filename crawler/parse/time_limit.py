"""A page may take so much of the processor and no more: one page must not end a night."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["PAGE_SECONDS", "TooSlow", "time_limit"]

PAGE_SECONDS = 60.0
"""Seconds of processor time for one page; the slowest of 100,000 broken ones takes less than one."""


class TooSlow(Exception):
    """A page was not read within its time."""


@contextmanager
def time_limit(seconds: float = PAGE_SECONDS) -> Iterator[None]:
    """End what runs inside when it has used its time.

    The processor's time counts, not the clock's: a loaded machine gives no page another fate, and Airflow's own time
    limits, which use the alarm of the clock, stay as they are. Only the main thread can be interrupted (Python's
    `signal`); in another one nothing is limited.

    Args:
        seconds: of processor time.

    Raises:
        TooSlow: from within, at whatever Python or `re` was doing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        place = f", in {frame.f_code.co_name}:{frame.f_lineno}" if frame is not None else ""
        raise TooSlow(f"not read within {seconds:g} s of processor time{place}")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
