"""Say that the store cannot be used, once a day, when nothing can be remembered in it."""

from __future__ import annotations

import logging
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.alerts.record import Failure
    from crawler.errors import DibaoError

__all__ = ["marks", "tell_without_store"]

log = logging.getLogger(__name__)


def tell_without_store(failure: Failure, problem: DibaoError) -> None:
    """Send one message a day for all publishers; a file takes the place of the row.

    Args:
        failure: what was to be noted.
        problem: why it could not be.
    """
    from deliver import known_secrets, send

    from crawler.alerts.causes import cause_of
    from crawler.alerts.due import Kind, Notice
    from crawler.alerts.settings import HOW_TO_CONFIGURE, load_alert_settings
    from crawler.alerts.wording import compose
    from crawler.run import shanghai_day

    log.error("this failure cannot be noted: %s", problem)
    settings = load_alert_settings()
    if not settings.configured:
        log.warning(HOW_TO_CONFIGURE)
        return
    now = datetime.now(UTC)
    cause = cause_of(problem)
    mark = _mark(f"{shanghai_day(now)}-{cause}")
    if mark is None:
        return
    notice = Notice(
        publisher="",
        cause=cause,
        kind=Kind.WRONG,
        since=now,
        well_at=None,
        runs=1,
        last_at=now,
        stage=failure.stage,
        dag_run=failure.dag_run,
        window_end=failure.window_end,
        message=str(problem) if str(problem) == failure.message else f"{problem}\n{failure.message}",
        log_url=failure.log_url,
    )
    refusal = send(settings, compose(notice, secrets=known_secrets()))
    if refusal:
        log.error("not said: %s", refusal)
        # The next task that meets it tries again.
        mark.unlink(missing_ok=True)


def marks() -> Iterator[Path]:
    """The marks of days on which the store could not be used."""
    for folder in _folders():
        if folder.is_dir():
            yield from folder.glob("????-??-??-*.said")


def _mark(name: str) -> Path | None:
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name}.said"
            path.touch(exist_ok=False)
        except FileExistsError:
            log.info("said already today")
            return None
        except OSError as error:
            log.warning("cannot mark in %s that it was said: %s", folder, error.strerror)
            continue
        return path
    log.error("nowhere to remember that it was said, so it is not: a message per task would help nobody")
    return None


def _folders() -> list[Path]:
    from crawler.artefacts import local_path
    from crawler.config import load_config
    from crawler.errors import ConfigurationError

    folders = [Path(tempfile.gettempdir()) / "dibao-alerts"]
    try:
        data = local_path(load_config().data_root)
    except ConfigurationError:
        data = None
    return [data / "alerts", *folders] if data else folders
