"""How long a night with nothing new takes beyond Airflow itself: real Airflow, the replica, the four publishers.

    python benchmarks/night.py [--again nothing]

The first night fills the store. The second, for the same days, asks for every listing again (`--again nothing`: only
repeats the run) and finds nothing new. Then a DAG of the same shape per publisher, whose tasks do nothing, tells what
Airflow costs on this machine now. The durations are those of Airflow's own database: from the start of a task's process
to its end. The goal: at most 60 s more, all twenty tasks together.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crawler import publishers
from crawler.config import load_config
from crawler.tables import table
from scripts import demo_ground
from scripts.airflow_home import CHECKOUT, AirflowHome
from scripts.airflow_processes import Airflow
from scripts.child_process import every_half_second, free_port, interrupt_on_signals

GOAL_SECONDS = 60
STAGES = ("crawl", "parse", "dedupe", "load", "check")
DAYS = {"from": "2026-06-15", "to": "2026-06-17"}
_LIMIT_SECONDS = 1800

_EMPTY_DAGS = '''\
"""DAGs of the shape of a night, whose tasks do nothing."""

from datetime import UTC, datetime

from airflow.sdk import DAG, BaseOperator, chain

from crawler import publishers


class Nothing(BaseOperator):
    def execute(self, context):
        return {}


for key in publishers.keys():
    with DAG(dag_id=f"empty_{key}", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)) as dag:
        chain(*[
            Nothing(task_id=stage, max_active_tis_per_dag=1 if stage == "crawl" else None)
            for stage in ("crawl", "parse", "dedupe", "load", "check")
        ])
    globals()[f"empty_{key}"] = dag
'''


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", choices=("listings", "nothing"), default="listings")
    arguments = parser.parse_args()
    interrupt_on_signals()
    os.environ.pop("DIBAO_STORE", None)
    folder = Path(tempfile.mkdtemp(prefix="dibao-night-"))
    try:
        # The replica's log and nothing else would lie in the demo's folder.
        demo_ground.DEMO = folder
        with demo_ground.start_replica() as (gateway, _):
            return _measure(folder, gateway, arguments.again)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, gateway: str, again: str) -> int:
    dags = folder / "dags"
    shutil.copytree(CHECKOUT / "dags", dags, ignore=shutil.ignore_patterns("__pycache__"))
    (dags / "empty_nights.py").write_text(_EMPTY_DAGS)
    home = AirflowHome(
        folder / "airflow",
        free_port(),
        free_port(),
        {
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "DIBAO_DATA": str(folder / "data"),
            "DIBAO_GATEWAY": gateway,
            "DIBAO_DELAY_SECONDS": "0",
            "DIBAO_SCHEDULE": "off",
        },
    )
    os.environ.update(home.settings)
    load_config(fresh=True)
    demo_ground.migrate_store()
    keys = publishers.keys()
    with Airflow(home, say=print) as airflow:
        for _ in every_half_second(300, airflow.children):
            if len(airflow.api.dags("empty_")) == len(keys):
                break
        first = _run(airflow, "ingest", DAYS)
        second = _run(airflow, "ingest", {**DAYS, "listings_again": again == "listings"})
        empty = _run(airflow, "empty", {})
    database = folder / "airflow" / "airflow.db"
    nights = {name: _durations(database, runs) for name, (runs, _) in _named(first, second, empty).items()}
    for key in keys:
        summary = folder / "data" / "runs" / key / f"{DAYS['from']}_{DAYS['to']}" / "summary.json"
        loaded = json.loads(summary.read_text())["load"]
        # Listings that were asked for again are captures, and rows; articles there must be none.
        if loaded["new"] or loaded["revised"]:
            print(f"{key} loaded articles in its second night: this is none with nothing new", file=sys.stderr)
            return 1
    _report(nights, {name: seconds for name, (_, seconds) in _named(first, second, empty).items()})
    return 0


def _named(first: Any, second: Any, empty: Any) -> dict[str, tuple[dict[str, str], float]]:
    return {"first night": first, "nothing new": second, "empty tasks": empty}


def _run(airflow: Airflow, prefix: str, params: dict[str, Any]) -> tuple[dict[str, str], float]:
    """Trigger a DAG per publisher, all at once; their run ids by DAG id, and the seconds until all had ended."""
    started = time.monotonic()
    runs = {
        dag: airflow.api.trigger(dag, params, "benchmark") for dag in (f"{prefix}_{key}" for key in publishers.keys())
    }
    left = dict(runs)
    for _ in every_half_second(_LIMIT_SECONDS, airflow.children):
        for dag, run_id in list(left.items()):
            state = airflow.api.run_state(dag, run_id)
            if state == "failed":
                raise SystemExit(f"{dag} failed; its log is gone with the benchmark: run `make demo` to see why")
            if state == "success":
                del left[dag]
        if not left:
            seconds = time.monotonic() - started
            print(f"{prefix}: {len(runs)} runs in {seconds:.0f} s", flush=True)
            return runs, seconds
    raise SystemExit(f"{', '.join(left)} did not end within {_LIMIT_SECONDS} s")


def _durations(database: Path, runs: dict[str, str]) -> dict[tuple[str, str], float]:
    """Seconds of each task, by publisher and stage, from Airflow's database."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return {
            (dag.partition("_")[2], task): duration
            for dag, run_id in runs.items()
            for task, duration in connection.execute(
                "SELECT task_id, duration FROM task_instance WHERE dag_id = ? AND run_id = ?", (dag, run_id)
            )
        }


def _report(nights: dict[str, dict[tuple[str, str], float]], seconds: dict[str, float]) -> None:
    for name, tasks in nights.items():
        rows = [
            [key, *(f"{tasks[key, stage]:.1f}" for stage in STAGES), f"{sum(tasks[key, s] for s in STAGES):.1f}"]
            for key in publishers.keys()
        ]
        print(f"\n{name}: seconds of each task\n{table(['publisher', *STAGES, 'all'], rows)}")
    sums = {name: sum(tasks.values()) for name, tasks in nights.items()}
    beyond = sums["nothing new"] - sums["empty tasks"]
    print(
        f"\nnight: nothing_new_s={sums['nothing new']:.1f} empty_s={sums['empty tasks']:.1f} beyond_s={beyond:.1f} "
        f"goal_s={GOAL_SECONDS} {'reached' if beyond <= GOAL_SECONDS else 'MISSED'} "
        f"wall_s={seconds['nothing new']:.0f} empty_wall_s={seconds['empty tasks']:.0f}"
    )


if __name__ == "__main__":
    sys.exit(main())
