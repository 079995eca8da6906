"""`make clean-demo`: remove what `make demo` has left behind, unless a demo is at work on it."""

from __future__ import annotations

import shutil
import sys

from scripts.airflow_processes import StartFailed, alone_in
from scripts.demo_ground import DEMO, DEMO_AIRFLOW


def main() -> int:
    """Remove the demo's folder.

    Returns:
        The exit code: 1 where a demo is running, and nothing was removed.
    """
    if not DEMO.exists():
        return 0
    try:
        with alone_in(DEMO_AIRFLOW, "clean-demo", why="it needs its folder"):
            shutil.rmtree(DEMO)
    except StartFailed as error:
        print(f"clean-demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
