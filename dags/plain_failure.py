"""A failure that has a sentence is logged without Airflow's stack: the frames are Airflow's, and they bury it."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from crawler.errors import DibaoError

__all__ = ["log_without_stack"]


def _without_stack(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = sys.exc_info()[1]
    if event.get("exc_info") and isinstance(error, DibaoError):
        event["exc_info"] = None
        event["event"] = f"{event['event']} {type(error).__name__}; what it says stands above"
    return event


def log_without_stack() -> None:
    """Let Airflow's "Task failed with exception" name a `DibaoError`, whose sentence the task has logged, and no more.

    Any other exception keeps its stack: it is a fault of the program. Airflow has no setting for this; its log's
    processors are structlog's, and each task's process has its own.
    """
    processors = structlog.get_config()["processors"]
    if _without_stack not in processors:
        processors.insert(0, _without_stack)
