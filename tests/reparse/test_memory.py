"""A reparse of years must not need more memory than one of days."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.config import Config
from crawler.reparse.compare import compare
from crawler.reparse.read import read
from crawler.reparse.request import Reparse
from crawler.reparse.write import write
from crawler.run import Window
from models.store import Store
from tests.reparse.archived import MONDAY, ArchivedNight, Shown, installed, quiet, right, wrong

PAGES = 100
"""Of one night."""


def peaks(folder: Path, nights: int) -> dict[str, float]:
    """The most that Python held at once in each step, in MB."""
    config = Config(data=str(folder / "data"), store=f"sqlite:///{folder}/store.sqlite")
    folder.mkdir()
    store = Store(config.store_url)
    store.upgrade()
    store.close()
    with installed(wrong, "1"):
        for night in range(nights):
            shown = [Shown(10_000 * (night + 1) + number) for number in range(PAGES)]
            ArchivedNight(config, shown, MONDAY + timedelta(days=night)).through("parse", "dedupe", "load")
    asked = Reparse("tibet_net", Window(MONDAY, MONDAY + timedelta(days=nights)))
    found = {}
    with installed(right, "2"):
        for step in (read, compare, write):
            gc.collect()
            tracemalloc.start()
            counts = step(asked, config, on_line=quiet)
            found[step.__name__] = tracemalloc.get_traced_memory()[1] / 1e6
            tracemalloc.stop()
    assert counts["new"] == nights * PAGES // 10
    return found


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_six_times_the_captures_take_no_more_than_some_mb(tmp_path: Path) -> None:
    peaks(tmp_path / "first", 1)  # Whatever is loaded or remembered once is so by now.
    few, many = peaks(tmp_path / "few", 1), peaks(tmp_path / "many", 6)
    print(f"MB at most, {PAGES} captures: {few}; {6 * PAGES} captures: {many}")
    # Cycles that the collector has not come to yet are some MB; what is held after a step is the same for both.
    assert all(many[step] < few[step] + 6 for step in few), (few, many)
