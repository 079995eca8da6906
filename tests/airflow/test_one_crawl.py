"""One crawl of a publisher at a time, as Airflow's scheduler decides it, with nothing made for it beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler import publishers

pytestmark = pytest.mark.airflow

_FIRST = datetime(2026, 8, 3, 17, 5, tzinfo=UTC)
_KINDS = ("backfill", "manual", "scheduled")


@pytest.fixture
def session(airflow_database: Any, dag_bag: Any) -> Iterator[Any]:
    """Airflow's database with the DAGs of all publishers in it, and of each three runs whose crawls are due."""
    from airflow.dag_processing.collection import update_dag_parsing_results_in_db
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.dagrun import DagRun
    from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG
    from airflow.settings import Session
    from airflow.utils.state import DagRunState, TaskInstanceState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    dags = [dag_bag.dags[f"ingest_{key}"] for key in publishers.keys()]
    with Session() as made:
        if made.get(DagBundleModel, "dags-folder") is None:
            made.add(DagBundleModel(name="dags-folder"))
            made.commit()
        update_dag_parsing_results_in_db(
            bundle_name="dags-folder", bundle_version=None, dags=[LazyDeserializedDAG.from_dag(dag) for dag in dags],
            import_errors={}, parse_duration=None, warnings=set(), session=made,
        )  # fmt: skip
        for dag in dags:
            stored = DagSerialization.from_dict(DagSerialization.to_dict(dag))
            for number, kind in enumerate(_KINDS):
                day = _FIRST + timedelta(days=number)
                run = stored.create_dagrun(
                    run_id=f"{kind}__{day.isoformat()}", logical_date=day, data_interval=(day, day), run_after=day,
                    run_type=DagRunType(kind), triggered_by=DagRunTriggeredByType.TEST, state=DagRunState.RUNNING,
                    session=made,
                )  # fmt: skip
                run.get_task_instance("crawl", session=made).state = TaskInstanceState.SCHEDULED
        made.flush()
        yield made
        made.rollback()
        for dag in dags:
            for run in DagRun.find(dag_id=dag.dag_id, session=made):
                made.delete(run)
        made.commit()


def _queued(session: Any) -> list[tuple[str, str]]:
    from airflow.executors.local_executor import LocalExecutor
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner

    runner = SchedulerJobRunner(job=Job(), executors=[LocalExecutor(parallelism=64)])
    found = runner._executable_task_instances_to_queued(max_tis=64, session=session)
    return sorted((ti.dag_id.removeprefix("ingest_"), ti.run_id.partition("__")[0]) for ti in found)


def test_each_publishers_night_goes_first_and_alone_and_nobody_has_to_make_a_pool_for_it(session: Any) -> None:
    """A crawl that names a pool which nobody made waits for ever, and the page of its DAG does not say why."""
    from airflow.models.pool import Pool

    assert {pool.pool for pool in Pool.get_pools(session=session)} == {"default_pool"}
    assert _queued(session) == sorted((key, "scheduled") for key in publishers.keys())
    assert _queued(session) == [], "while it crawls, no other run of the publisher does"


def test_the_next_run_crawls_when_the_one_before_has_ended(session: Any) -> None:
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import update

    for kind in ("scheduled", "manual", "backfill"):
        assert _queued(session) == sorted((key, kind) for key in publishers.keys())
        session.execute(
            update(TaskInstance)
            .where(TaskInstance.state == TaskInstanceState.QUEUED)
            .values(state=TaskInstanceState.SUCCESS)
        )
    assert _queued(session) == []
