"""`python -m tests.replica --port 8401 --seed 7 --today 2026-06-17`: the replica until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import signal
from datetime import date

from tests.replica.server import TODAY, Replica, serve


async def _run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    replica = Replica(seed=options.seed, today=options.today, scale=options.scale, hiccups=not options.no_hiccups)
    runner, port = await serve(replica, options.port)
    print(f"replica: http://127.0.0.1:{port}", flush=True)
    await stop.wait()
    replica.faults.clear()
    await runner.cleanup()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.replica", description=__doc__)
    parser.add_argument("--port", type=int, default=8401, help="0 picks a free one (default 8401)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--today", type=date.fromisoformat, default=TODAY, help="the day after the last full day")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of articles a day")
    parser.add_argument("--no-hiccups", action="store_true", help="the roll API never answers data: {}")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
