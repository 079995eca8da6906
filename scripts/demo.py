"""`make demo`: one night of the four publishers, from the replica of their sites to the store, by Airflow.

The last line is for scripts; the exit code is 0 only when all four runs succeeded.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.live import Live
from rich.table import Table

from crawler import publishers
from crawler.artefacts import RunFolder
from crawler.config import load_config
from crawler.run import Run, Window
from crawler.stages import open_store
from crawler.status import RunState, fetched_since, run_states
from crawler.tables import table
from scripts.airflow_api import AirflowApi, AirflowApiError
from scripts.airflow_home import CHECKOUT
from scripts.airflow_processes import Airflow, StartFailed, alone_in
from scripts.child_process import ChildDied, ChildProcess, every_half_second, free_port, interrupt_on_signals
from scripts.demo_ground import DEMO, DEMO_AIRFLOW, demo_home, leave_what_is_live, migrate_store, start_replica

_WINDOW = Window.parse("2026-06-15", "2026-06-17")
_LIMIT_SECONDS = 1800
# A live night waits minutes or hours for its next try; a demo says what the matter is.
_PATIENCE_SECONDS = 5
_FIGURES = ("discovered", "fetched", "new", "revised", "unchanged", "refused", "failed", "image_only")
_DONE = ("success", "failed")


@dataclass
class _Night:
    """One publisher's DAG run, as last seen."""

    publisher: str
    run_id: str
    state: str = "queued"
    tasks: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)

    @property
    def dag(self) -> str:
        return f"ingest_{self.publisher}"


def main() -> int:
    """Run the demo.

    Returns:
        The exit code.
    """
    interrupt_on_signals()
    started, began = time.monotonic(), datetime.now(UTC)
    leave_what_is_live()
    try:
        with alone_in(DEMO_AIRFLOW, "demo"), start_replica() as (gateway, replica):
            home = demo_home(gateway, free_port())
            os.environ.update(home.settings)
            migrate_store()
            with Airflow(home, say=_say) as airflow:
                for key in publishers.keys():
                    for run_id in airflow.api.unfinished_runs(f"ingest_{key}"):
                        # A demo that was stopped half-way has left it; tonight's run goes on from its archive.
                        airflow.api.give_up(f"ingest_{key}", run_id)
                nights = [
                    _Night(key, airflow.api.trigger(f"ingest_{key}", _params(), "make demo"))
                    for key in publishers.keys()
                ]
                _say(
                    f"triggered {len(nights)} DAGs for the publication days {_WINDOW.start} to {_WINDOW.end} (excluded)"
                )
                _watch(airflow, nights, [replica])
                for night in nights:
                    _explain(airflow.api, night)
                    if night.state not in _DONE:
                        airflow.api.give_up(night.dag, night.run_id)
    except (StartFailed, ChildDied, AirflowApiError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: stopped; what was loaded stays, `make demo` goes on from there", file=sys.stderr)
        return 130
    figures = _stored([night.publisher for night in nights], began)
    _report(figures, time.monotonic() - started)
    good = [night for night in nights if night.state == "success"]
    if len(good) < len(nights):
        lost = ", ".join(night.publisher for night in nights if night.state != "success")
        print(f"demo: the runs of {lost} did not succeed; the reasons stand above", file=sys.stderr)
    sums = {name: sum(row[name] for row in figures.values()) for name in _FIGURES}
    print("demo: " + " ".join([f"publishers={len(figures)}", *(f"{name}={sums[name]}" for name in _FIGURES)]))
    return 0 if len(good) == len(nights) == len(figures) else 1


def _params() -> dict[str, str]:
    return {"from": _WINDOW.start.isoformat(), "to": _WINDOW.end.isoformat(), "reason": "make demo"}


def _say(line: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S}  {line}", flush=True)


def _watch(airflow: Airflow, nights: list[_Night], others: list[ChildProcess]) -> None:
    """Show the tasks' progress until every run has ended, or can only wait for a later try."""
    idle_since = time.monotonic()
    with ExitStack() as stack:
        board = None
        if sys.stdout.isatty():
            board = stack.enter_context(Live(_board(nights), refresh_per_second=4))
        for _ in every_half_second(_LIMIT_SECONDS, [*airflow.children, *others]):
            for line in _news(airflow.api, nights):
                if board is None:
                    _say(line)
            if board is not None:
                board.update(_board(nights))
            left = [night for night in nights if night.state not in _DONE]
            if not left:
                return
            if not all("up_for_retry" in night.tasks.values() for night in left):
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > _PATIENCE_SECONDS:
                return
    raise StartFailed(f"the runs did not end in {_LIMIT_SECONDS // 60} minutes; their logs are in {DEMO}/airflow/logs")


def _news(api: AirflowApi, nights: list[_Night]) -> list[str]:
    """Ask how far the runs are; what has changed, as lines."""
    lines = []
    for night in nights:
        if night.state in _DONE:
            continue
        # The state first: a run that has ended has all its tasks' last states.
        state = api.run_state(night.dag, night.run_id)
        for row in api.tasks(night.dag, night.run_id):
            task, now = row["task_id"], row["state"] or "waiting"
            night.attempts[task] = row["try_number"]
            if night.tasks.get(task, "waiting") != now and now not in ("scheduled", "queued"):
                seconds = f" in {row['duration']:.1f} s" if now in _DONE and row["duration"] else ""
                lines.append(f"{night.publisher:<14} {task:<7} {now.replace('_', ' ')}{seconds}")
            night.tasks[task] = now
        night.state = state
    return lines


def _board(nights: list[_Night]) -> Table:
    board = Table("publisher", "crawl", "parse", "dedupe", "load", "check", "run")
    marks = {
        "success": "[green]done[/]",
        "failed": "[red]failed[/]",
        "upstream_failed": "[dim]not run[/]",
        "running": "[yellow]running[/]",
        "up_for_retry": "[magenta]tries again[/]",
        "waiting": "[dim]·[/]",
        "scheduled": "[dim]·[/]",
    }
    for night in nights:
        cells = [night.tasks.get(stage, "waiting") for stage in ("crawl", "parse", "dedupe", "load", "check")]
        board.add_row(night.publisher, *(marks.get(cell, cell) for cell in [*cells, night.state]))
    return board


def _explain(api: AirflowApi, night: _Night) -> None:
    """Show the end of the log of each task that failed or waits for its next try."""
    for task, state in night.tasks.items():
        if state not in ("failed", "up_for_retry"):
            continue
        what = "failed" if state == "failed" else "failed and would be tried again later"
        print(f"\n{night.publisher}: {task} {what}; the end of its log:", file=sys.stderr)
        for line in api.log_lines(night.dag, night.run_id, task, night.attempts[task])[-25:]:
            print(f"    {line}", file=sys.stderr)


def _stored(keys: list[str], began: datetime) -> dict[str, dict[str, int]]:
    """What became of each publisher's addresses, from the store's rows; what tonight's load wrote, from its summary."""
    config = load_config(fresh=True)
    runs = {run.run_id: run for run in (Run(key, _WINDOW) for key in keys)}
    with open_store(config) as store, store.reading() as connection:
        states = sorted(run_states(connection, run_ids=list(runs)), key=lambda state: state.publisher)
        fetched = fetched_since(connection, list(runs), began)
    return {
        state.publisher: _figures(
            state, fetched[state.run_id], RunFolder(runs[state.run_id], config.data_root).read_summary().get("load")
        )
        for state in states
    }


def _figures(state: RunState, fetched: int, written: dict[str, int] | None) -> dict[str, int]:
    # The store keeps how an article came in with this run; tonight that may have been yesterday's news.
    new, revised = (written["new"], written["revised"]) if written else (0, 0)
    held = state.figures["new"] + state.figures["revised"] + state.figures["unchanged"]
    return {
        **state.figures,
        "fetched": fetched,
        "new": new,
        "revised": revised,
        "unchanged": held - new - revised,
    }


def _report(figures: dict[str, dict[str, int]], seconds: float) -> None:
    columns = ["discovered", "fetched", "new", "revised", "unchanged", "image_only", "not_article", "gone", "refused"]
    columns += ["failed", "out_of_scope"]
    rows = [[publishers.get(key).name, *(row[column] for column in columns)] for key, row in figures.items()]
    print(f"\n{table(['publisher', *(c.replace('_', ' ') for c in columns)], rows)}\n")
    if figures and not any(row["new"] or row["revised"] for row in figures.values()):
        print("Nothing new was loaded: the store holds all of this night already.\n")
    here = Path.cwd()

    def shown(path: Path) -> str:
        return str(path.relative_to(here) if path.is_relative_to(here) else path)

    print(f"The night took {seconds:.0f} s. What it has left behind:")
    print(
        f"  the store           {shown(DEMO / 'data' / 'dibao.sqlite')}   (DIBAO_DATA={shown(DEMO / 'data')} "
        f"{shown(CHECKOUT / '.venv/bin/dibao')} status)"
    )
    print(f"  the archive (WARC)  {shown(DEMO / 'data' / 'archive')}")
    print("  Airflow's pages     make demo-ui   (grid, logs and the trigger form, with the replica behind it)")
    print("Everything that the demo started has ended. `make clean-demo` removes what it has left behind.\n")


if __name__ == "__main__":
    sys.exit(main())
