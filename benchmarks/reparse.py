"""A reparse of some thousand captures: pages a second and memory, step by step.

`python benchmarks/reparse.py [pages] [nights]` archives `pages` pages in `nights` runs, loads them by a parser that
misreads a third, and reads them again.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crawler.config import Config
from crawler.reparse.compare import compare
from crawler.reparse.read import read
from crawler.reparse.request import Reparse
from crawler.reparse.write import write
from crawler.run import Window
from models.store import Store
from tests.reparse.archived import MONDAY, ArchivedNight, Shown, installed, quiet, right, wrong


def main(pages: int, nights: int) -> None:
    with tempfile.TemporaryDirectory(prefix="dibao-reparse-") as folder:
        config = Config(data=f"{folder}/data", store=os.environ.get("DIBAO_STORE", f"sqlite:///{folder}/store.sqlite"))
        store = Store(config.store_url)
        store.upgrade()
        store.close()
        started = monotonic()
        with installed(wrong, "1"):
            for night in range(nights):
                day = MONDAY + timedelta(days=night)
                shown = [Shown(10_000 + night * 10_000 + number) for number in range(pages // nights)]
                ArchivedNight(config, shown, day).through("parse", "dedupe", "load")
        print(f"{pages:,} pages in {nights} runs archived and loaded in {monotonic() - started:.0f} s")
        asked = Reparse("tibet_net", Window(MONDAY, MONDAY + timedelta(days=nights)))
        process = psutil.Process()
        with installed(right, "2"):
            for step in (read, compare, write):
                _timed(step, asked, config, pages, process)
            _timed(write, asked, config, pages, process)


def _timed(
    step: Callable[..., dict[str, Any]], asked: Reparse, config: Config, pages: int, process: psutil.Process
) -> None:
    before, started = process.memory_info().rss, monotonic()
    counts = step(asked, config, on_line=quiet)
    seconds = monotonic() - started
    grown = (process.memory_info().rss - before) / 1e6
    written = f", {counts['rows_written']:,} rows" if "rows_written" in counts else ""
    print(f"{step.__name__:8} {pages / seconds:7,.0f} pages/s  {seconds:6.1f} s  memory {grown:+.0f} MB{written}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000, int(sys.argv[2]) if len(sys.argv) > 2 else 4)
