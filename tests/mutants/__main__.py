"""`python -m tests.mutants [WORD …]`: plant every failure, or those with a word in their names; 1 where one survives.

Writes the table into docs/guarantees.md when all were planted and all were caught.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from tests.mutants.document import write
from tests.mutants.planted import PLANTED, Mutant
from tests.mutants.run import Verdict, try_out

_SETTLED: dict[tuple[str, ...], Future[Verdict]] = {}
_LOCK = threading.Lock()


def _healthy(tests: tuple[str, ...]) -> Verdict:
    """The healthy tree asked the same, once for each guard: one that speaks without any failure proves nothing."""
    with _LOCK:
        mine = tests not in _SETTLED
        future = _SETTLED.setdefault(tests, Future())
    if mine:
        try:
            future.set_result(try_out(None, tests))
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)
    return future.result()


def _tried(mutant: Mutant) -> bool:
    try:
        healthy = _healthy(mutant.tests)
        verdict = try_out(mutant)
    except (RuntimeError, LookupError, subprocess.TimeoutExpired) as error:
        print(f"BROKEN    {mutant.about}\n          {error}", flush=True)
        return False
    if healthy.caught:
        print(
            f"BROKEN    {mutant.about}\n          speaks of the healthy tree: {', '.join(healthy.spoken)}", flush=True
        )
        return False
    print(
        f"{'caught' if verdict.caught else 'SURVIVED':<9} {mutant.about}\n"
        f"          {mutant.guard}; spoke: {', '.join(verdict.spoken[:4]) or 'nobody'}",
        flush=True,
    )
    return verdict.caught


def main() -> None:
    """Read the options, plant, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("words", nargs="*", help="only failures whose sentence holds one of these")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    chosen = [m for m in PLANTED if not options.words or any(word in m.about for word in options.words)]
    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        caught = sum(pool.map(_tried, chosen))
    print(f"planted {len(chosen)}, caught {caught}, survived {len(chosen) - caught}, {time.monotonic() - began:.0f} s")
    if caught == len(chosen) == len(PLANTED):
        write()
    sys.exit(caught != len(chosen))


if __name__ == "__main__":
    main()
