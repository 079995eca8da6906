"""Runs that went the way of every run, and a moment at which they are old."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.config import Config
from crawler.fetch.segments import archive_name
from models.store import Store
from tests.assurance.loaded import MONDAY, CrawledRun, run_of

LATER = datetime.now(UTC) + timedelta(days=100)
"""When everything that these tests write has been left alone for long."""


@pytest.fixture
def loaded(store: Store, config: Config) -> CrawledRun:
    """A run in the store, checked."""
    return CrawledRun(config, run_of()).load().check()


@pytest.fixture
def another(loaded: CrawledRun, config: Config) -> CrawledRun:
    """The next day's."""
    return CrawledRun(config, run_of(MONDAY + timedelta(days=1))).load().check()


@pytest.fixture
def archived(config: Config) -> Callable[[CrawledRun], Path]:
    """The archive's copy of a run's segment, on another disk so to speak: no longer sharing its bytes."""

    def apart(run: CrawledRun) -> Path:
        path = Path((config.data_root / archive_name(run.run, 0)).path)
        copy = path.with_suffix(".copy")
        shutil.copyfile(path, copy)
        copy.replace(path)
        return path

    return apart


def everything_in(root: Path) -> dict[str, str]:
    """Every file below a folder, with its digest; locks, which say nothing, left out."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith("lock") and "sqlite" not in path.name
    }
