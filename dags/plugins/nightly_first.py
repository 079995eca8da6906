"""A weight for Airflow's queue: tonight's run first, then what a person asked for, then the back-fill.

Airflow itself lets the oldest logical date go first, and a back-fill of months is always older than tonight: with one
crawl of a publisher at a time, tonight's run would wait until the last day of the back-fill is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.plugins_manager import AirflowPlugin
from airflow.task.priority_strategy import PriorityWeightStrategy
from airflow.utils.types import DagRunType

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

__all__ = ["NightlyFirst", "NightlyFirstPlugin"]

_WEIGHT_OF_A_BACKFILL = 100
_WEIGHT_OF_A_PERSON = 200
_WEIGHT_OF_THE_NIGHT = 300


class NightlyFirst(PriorityWeightStrategy):
    """By the kind of run; within it, runs that are nearly done go before runs that have just begun."""

    def get_weight(self, ti: TaskInstance) -> int:
        """Airflow's hook: the weight of a task instance; the heaviest gets the next free slot."""
        match DagRunType.from_run_id(ti.run_id):
            case DagRunType.BACKFILL_JOB:
                base = _WEIGHT_OF_A_BACKFILL
            case DagRunType.SCHEDULED:
                base = _WEIGHT_OF_THE_NIGHT
            case _:
                base = _WEIGHT_OF_A_PERSON
        done_before = ti.task.get_flat_relative_ids(upstream=True) if ti.task else ()
        return base + len(done_before)


class NightlyFirstPlugin(AirflowPlugin):
    """Makes the weight known to Airflow."""

    name = "nightly_first"
    priority_weight_strategies = [NightlyFirst]  # noqa: RUF012 - as Airflow declares it
