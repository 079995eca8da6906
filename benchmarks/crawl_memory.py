"""The resident memory of one long crawl: so many pages of Sina Finance from the replica, sampled every second.

Run: `python benchmarks/crawl_memory.py [pages] [--picture docs/images/crawl-memory.svg]`; by default 2,000 pages.
The publisher's own pace is set aside (`DIBAO_DELAY_SECONDS=0` behind a gateway), nothing else is.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from crawler.config import Config
from crawler.errors import DibaoError
from crawler.fetch.process import CrawlProcess
from crawler.run import Run, Window

_ROOT = Path(__file__).parents[1]
_LIMIT_MB = 400
_ARTICLES_PER_SCALE = 380
"""Sina articles that the replica publishes in its ten days at scale 1."""

_FETCHED = re.compile(r"articles: ([\d,]+) fetched")


@dataclass
class Sampled:
    """One crawl's memory, MiB, and how far it was, by seconds since it began."""

    moments: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    progress: list[tuple[float, int]] = field(default_factory=lambda: [(0.0, 0)])

    def second_half(self) -> list[tuple[float, float]]:
        """Seconds and MiB of the second half of the pages."""
        most = self.progress[-1][1]
        begins = next((moment for moment, pages in self.progress if pages >= most / 2), 0.0)
        ends = self.progress[-1][0]
        return [(t, m) for t, m in zip(self.moments, self.memory, strict=True) if begins <= t <= ends]

    def growth(self) -> float:
        """The slope of the second half, by least squares, as MiB over that whole half."""
        points = self.second_half()
        if len(points) < 2:
            return 0.0
        middle = sum(t for t, _ in points) / len(points)
        level = sum(m for _, m in points) / len(points)
        spread = sum((t - middle) ** 2 for t, _ in points)
        slope = sum((t - middle) * (m - level) for t, m in points) / spread if spread else 0.0
        return slope * (points[-1][0] - points[0][0])


def _watch(crawl: CrawlProcess, sampled: Sampled, began: float, ended: threading.Event) -> None:
    while not ended.wait(1.0):
        process = crawl._process
        if process is None or process.poll() is not None:
            continue
        try:
            memory = psutil.Process(process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            continue
        sampled.moments.append(time.monotonic() - began)
        sampled.memory.append(memory / 2**20)


def _crawl(gateway: str, data: Path) -> tuple[Sampled, dict[str, Any]]:
    config = Config(
        data=str(data), gateway=gateway, delay_seconds=0, page_ceiling=100_000, run_link_ceiling=10_000_000,
        crawl_limit_minutes=600,
    )  # fmt: skip
    crawl = CrawlProcess(Run("sina_finance", Window.parse("2026-06-07", "2026-06-17")), config)
    sampled, began, ended = Sampled(), time.monotonic(), threading.Event()

    def listen(line: str) -> None:
        match = _FETCHED.search(line)
        if match:
            sampled.progress.append((time.monotonic() - began, int(match[1].replace(",", ""))))
        print(f"{time.monotonic() - began:7.0f} s {sampled.memory[-1] if sampled.memory else 0:6.0f} MiB  {line}")

    watcher = threading.Thread(target=_watch, args=(crawl, sampled, began, ended))
    watcher.start()
    try:
        summary = crawl.crawl(listen)
    finally:
        ended.set()
        watcher.join()
    sampled.progress.append((sampled.moments[-1], summary["captures"] - summary["listings"]))
    return sampled, summary


def picture(sampled: Sampled, pages: int) -> str:
    """The curve as SVG."""
    width, height, left, top, right, bottom = 760, 340, 60, 46, 20, 48
    ends, most = max(sampled.moments), max(_LIMIT_MB * 1.1, *sampled.memory)

    def x(moment: float) -> float:
        return left + (width - left - right) * moment / ends

    def y(memory: float) -> float:
        return height - bottom - (height - top - bottom) * memory / most

    step = max(1, len(sampled.moments) // 700)
    points = " ".join(
        f"{x(t):.1f},{y(m):.1f}" for t, m in list(zip(sampled.moments, sampled.memory, strict=True))[::step]
    )
    half = sampled.second_half()
    grid = "".join(
        f'<line x1="{left}" y1="{y(level):.1f}" x2="{width - right}" y2="{y(level):.1f}" stroke="#e4e4e4"/>'
        f'<text x="{left - 8}" y="{y(level) + 4:.1f}" text-anchor="end">{level}</text>'
        for level in range(0, int(most), 100)
    )
    marks = ""
    for quarter in range(5):
        wanted = pages * quarter // 4
        moment = next((t for t, n in sampled.progress if n >= wanted), sampled.progress[-1][0])
        marks += (
            f'<text x="{x(moment):.1f}" y="{height - bottom + 18}" text-anchor="middle">{wanted:,}</text>'
            f'<line x1="{x(moment):.1f}" y1="{height - bottom}" x2="{x(moment):.1f}" y2="{height - bottom + 4}" '
            'stroke="#666"/>'
        )
    shade = (
        f'<rect x="{x(half[0][0]):.1f}" y="{top}" width="{x(half[-1][0]) - x(half[0][0]):.1f}" '
        f'height="{height - top - bottom}" fill="#f4f7fb"/>'
        if half
        else ""
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" fill="#333"><rect width="{width}" height="{height}" fill="#fff"/>{shade}{grid}'
        f'<line x1="{left}" y1="{y(_LIMIT_MB):.1f}" x2="{width - right}" y2="{y(_LIMIT_MB):.1f}" stroke="#b3261e" '
        f'stroke-dasharray="5 4"/><text x="{width - right}" y="{y(_LIMIT_MB) - 6:.1f}" text-anchor="end" '
        f'fill="#b3261e">limit {_LIMIT_MB} MiB</text>'
        f'<polyline points="{points}" fill="none" stroke="#1a5fb4" stroke-width="1.6"/>{marks}'
        f'<text x="{left}" y="22" font-size="14">Resident memory of one crawl of {pages:,} pages, MiB</text>'
        f'<text x="{left}" y="38" fill="#666">most {max(sampled.memory):.0f}, second half (shaded) '
        f"{sampled.growth():+.0f} from end to end</text>"
        f'<text x="{(left + width - right) / 2}" y="{height - 10}" text-anchor="middle">articles fetched</text></svg>\n'
    )


def main() -> None:
    """Crawl, sample, say, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=int, nargs="?", default=2_000)
    parser.add_argument("--picture", type=Path, help="write the curve here as SVG")
    options = parser.parse_args()
    scale = options.pages / _ARTICLES_PER_SCALE
    replica = subprocess.Popen(
        [sys.executable, "-m", "tests.replica", "--port", "0", "--scale", f"{scale:g}", "--no-hiccups"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )
    assert replica.stdout is not None
    try:
        gateway = replica.stdout.readline().split(" ", 1)[1].strip()
        with tempfile.TemporaryDirectory(prefix="dibao-memory-") as data:
            sampled, summary = _crawl(gateway, Path(data))
    except DibaoError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    finally:
        replica.terminate()
        replica.wait()
    pages = summary["captures"] - summary["listings"]
    half = [memory for _, memory in sampled.second_half()]
    print(
        f"{pages:,} article pages and {summary['listings']} listing pages in {summary['seconds']} s; "
        f"resident memory: most {max(sampled.memory):.0f} MiB (limit {_LIMIT_MB}); "
        f"second half {min(half):.0f} to {max(half):.0f}, {sampled.growth():+.1f} from end to end"
    )
    if options.picture:
        options.picture.write_text(picture(sampled, pages), encoding="utf-8")


if __name__ == "__main__":
    main()
