"""What a worker of the harness holds: its own replica, its own harness."""

from __future__ import annotations

import contextlib

from tests.chaos.rounds import Harness, Outcome
from tests.replica import start

__all__ = ["begin", "one_round"]

_harness: Harness | None = None
_stack = contextlib.ExitStack()


def begin(server: str, keep: bool) -> None:
    """Give this worker its own replica."""
    global _harness
    _harness = Harness(_stack.enter_context(start()), server, keep=keep)


def one_round(seed: int, number: int) -> Outcome:
    """One round of this worker's harness."""
    assert _harness is not None
    return _harness.round(seed, number)
