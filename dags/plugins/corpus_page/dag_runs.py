"""Which run in Airflow stands for a run in the store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.utils.types import DagRunType
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crawler.errors import ConfigurationError
from crawler.run import Window, shanghai_day

__all__ = ["dag_of", "find_dag_run"]

_MOST = 2000


def dag_of(publisher: str) -> str:
    """The id of the DAG that reads a publisher."""
    return f"ingest_{publisher}"


def find_dag_run(session: Session, publisher: str, wanted: Window) -> str | None:
    """The latest DAG run with exactly this window, else the latest one whose window covers it whole.

    Args:
        session: of Airflow's own database.
        publisher: the publisher's key.
        wanted: the window.

    Returns:
        The run id, or None where no DAG run was asked for these days (the command line, or deleted since).
    """
    rows = session.execute(
        select(DagRun.run_id, DagRun.conf, DagRun.data_interval_start, DagRun.data_interval_end, DagRun.run_after)
        .where(
            DagRun.dag_id == dag_of(publisher),
            # A run that somebody triggered may be for any days: its form says for which.
            or_(
                DagRun.run_type == DagRunType.MANUAL,
                DagRun.data_interval_start.is_(None),
                (DagRun.data_interval_start < wanted.end_time) & (DagRun.data_interval_end > wanted.start_time),
            ),
        )
        .order_by(DagRun.run_after.desc())
        .limit(_MOST)
    )
    covering = None
    for row in rows:
        window = _window(row)
        if window == wanted:
            return str(row.run_id)
        if window and covering is None and window.start <= wanted.start and wanted.end <= window.end:
            covering = str(row.run_id)
    return covering


def _window(row: Any) -> Window | None:
    """The rule by which the DAG finds its window: the form's days, else the data interval, else the day before."""
    asked = row.conf if isinstance(row.conf, dict) else {}
    try:
        if asked.get("from") or asked.get("to"):
            return Window.parse(str(asked.get("from")), str(asked.get("to")))
    except ConfigurationError:
        # A form that was refused: this DAG run never became a run in the store.
        return None
    if row.data_interval_start and row.data_interval_end and row.data_interval_start < row.data_interval_end:
        first = shanghai_day(row.data_interval_start)
        return Window(first, max(shanghai_day(row.data_interval_end), first + timedelta(days=1)))
    today = shanghai_day(row.run_after)
    return Window(today - timedelta(days=1), today)
