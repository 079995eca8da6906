"""What the scheduler pays for reading dags/ingest.py, beyond Airflow's own import.

    .venv/bin/python benchmarks/dag_parse.py [ROUNDS]

Each round is a fresh process, since the first reading is what a worker pays before each task. The limit is 0.5 s.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_DAGS = Path(__file__).resolve().parent.parent / "dags"

_ROUND = """
import sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter()
import airflow.sdk
from airflow.sdk import DAG, Asset, BaseOperator, CronDataIntervalTimetable, Param, RetryPolicy, chain
between = time.perf_counter()
import ingest
print(between - start, time.perf_counter() - between, sum(isinstance(each, DAG) for each in vars(ingest).values()))
"""


def main() -> None:
    """Print the median and the worst of the rounds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    airflow, ours, dags = [], [], 0
    with tempfile.TemporaryDirectory() as home:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"AIRFLOW_HOME": home}
        for _ in range(rounds + 1):
            done = subprocess.run(
                [sys.executable, "-c", _ROUND, str(_DAGS)], env=environment, capture_output=True, text=True, check=True
            )
            first, second, count = done.stdout.split()[-3:]
            airflow.append(float(first))
            ours.append(float(second))
            dags = int(count)
    # The first round compiles what has changed.
    airflow, ours = airflow[1:], ours[1:]
    print(f"importing airflow.sdk     median {statistics.median(airflow):.3f} s, worst {max(airflow):.3f} s")
    print(f"dags/ingest.py on top     median {statistics.median(ours):.3f} s, worst {max(ours):.3f} s ({dags} DAGs)")


if __name__ == "__main__":
    main()
