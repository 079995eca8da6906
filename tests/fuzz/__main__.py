"""`python -m tests.fuzz --pages 100000`: the long form; the short one is in the tests."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.mutate import broken, seeds
from tests.fuzz.run import HANG_SECONDS, try_page


def main() -> int:
    parser = argparse.ArgumentParser(description="Feed broken pages through decode and parse.")
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first page, to repeat one")
    parser.add_argument("--keep", type=Path, help="folder for pages that failed")
    options = parser.parse_args()
    sound = seeds()
    outcomes: Counter[str] = Counter()
    failures = 0
    slowest = (0.0, -1)
    before = peak = 0
    started = time.monotonic()
    for number in range(options.first, options.first + options.pages):
        url, body, kind, status = broken(number, sound)
        outcome, seconds = try_page(url, body, kind, status)
        outcomes[outcome.split(":", 1)[0]] += 1
        slowest = max(slowest, (seconds, number))
        done = number - options.first + 1
        if outcome.startswith(("exception", "parse_failed", "wrong")) or seconds > HANG_SECONDS:
            failures += 1
            print(f"page {number}: {outcome} in {seconds:.2f} s", flush=True)
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{number}.html").write_bytes(body)
        if done == 500:
            before = _rss()
        if done % 500 == 0:
            peak = max(peak, _rss())
        if done % 10_000 == 0:
            print(
                f"{done} pages, {failures} failures, {_rss() // 1024} MB, {time.monotonic() - started:.0f} s",
                flush=True,
            )
    growth = (peak - before) // 1024 if before else 0
    print(f"outcomes: {dict(outcomes.most_common())}")
    print(f"slowest: page {slowest[1]} in {slowest[0]:.2f} s; growth after the first 500 pages: {growth} MB")
    print(f"fuzz: pages={options.pages} failures={failures} seconds={time.monotonic() - started:.0f}")
    return 1 if failures or growth > 200 else 0


def _rss() -> int:
    """Resident memory now, KB (the peak where the system does not tell)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
