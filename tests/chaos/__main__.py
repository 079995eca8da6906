"""`python -m tests.chaos --rounds 200 --seed 1 --database sqlite`: the harness; exit code 1 where anything was lost."""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.chaos.rounds import Outcome
from tests.chaos.worker import begin, one_round
from tests.postgres import running_postgres


@contextlib.contextmanager
def _database(name: str) -> Iterator[str]:
    if name == "sqlite":
        yield ""
    else:
        with running_postgres() as url:
            yield url


def report(outcomes: list[Outcome], database: str, seed: int, seconds: float) -> str:
    """The last lines: what was done to the nights, and what came of it."""
    kills: Counter[str] = sum((o.kills for o in outcomes), Counter())
    events: Counter[str] = sum((o.events for o in outcomes), Counter())
    faults: Counter[str] = sum((o.faults for o in outcomes), Counter())
    others = {name: n for name, n in sorted(events.items()) if not name.startswith("ended")}
    endings = {name.removeprefix("ended: "): n for name, n in sorted(events.items()) if name.startswith("ended")}
    lines = [
        f"database {database}, seed {seed}, {seconds / 60:.1f} minutes",
        f"rounds        {len(outcomes)}",
        f"kills         {kills.total()}  ({', '.join(f'{name} {n}' for name, n in kills.most_common())})",
        *(f"{name:<13} {n}" for name, n in others.items()),
        f"faults        {faults.total()}  ({len(faults)} different)",
        f"endings       {', '.join(f'{name} {n}' for name, n in endings.items())}",
        f"losses        {sum(len(o.losses) for o in outcomes)}",
        f"doubles       {sum(len(o.doubles) for o in outcomes)}",
        f"half-written  {sum(len(o.half) for o in outcomes)}",
        f"other wrongs  {sum(len(o.problems) for o in outcomes)}",
    ]
    lines += [failure(o, database, seed) for o in outcomes if o.failed]
    return "\n".join(lines)


def failure(outcome: Outcome, database: str, seed: int) -> str:
    """What was wrong with a round, and how to make it again."""
    lines = [
        f"FAILED: python -m tests.chaos --database {database} --seed {seed} --round {outcome.number}  "
        f"({outcome.publisher}; {', '.join(sorted(outcome.faults))})"
    ]
    for kind, found in (
        ("lost", outcome.losses),
        ("doubled", outcome.doubles),
        ("half-written", outcome.half),
        ("wrong", outcome.problems),
    ):
        lines += [f"  {kind}: {line}" for line in found[:6]]
    return "\n".join(lines)


def main() -> None:
    """Read the options, make the rounds, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the first round's number, to go on with a seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--round", type=int, help="only this one, as a failure names it")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--jobs", type=int, default=2, help="rounds at the same time (default 2)")
    parser.add_argument("--minutes", type=float, default=0, help="begin no round after so many minutes")
    parser.add_argument("--keep", action="store_true", help="leave the folder of a round that failed")
    options = parser.parse_args()
    numbers = [options.round] if options.round is not None else [options.first + n for n in range(options.rounds)]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    with (
        _database(options.database) as server,
        ProcessPoolExecutor(
            min(options.jobs, len(numbers)), multiprocessing.get_context("spawn"), begin, (server, options.keep)
        ) as pool,
    ):
        waiting = {pool.submit(one_round, options.seed, number) for number in numbers}
        try:
            for future in as_completed(waiting):
                if future.cancelled():
                    continue
                outcomes.append(future.result())
                one = outcomes[-1]
                print(
                    f"round {one.number:>3} {one.publisher:<13} {one.kills.total():>2} kills {one.seconds:5.1f} s "
                    f"{'FAILED' if one.failed else 'equal'}",
                    flush=True,
                )
                if one.failed:
                    print(failure(one, options.database, options.seed), flush=True)
                if options.minutes and time.monotonic() - began > options.minutes * 60:
                    for later in waiting:
                        later.cancel()
        except KeyboardInterrupt:
            for later in waiting:
                later.cancel()
    outcomes.sort(key=lambda each: each.number)
    print(report(outcomes, options.database, options.seed, time.monotonic() - began))
    sys.exit(any(each.failed for each in outcomes) or not outcomes)


if __name__ == "__main__":
    main()
