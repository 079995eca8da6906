"""The upkeep DAG: four jobs that do not hide one another's failure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from crawler.config import Config
from crawler.errors import CheckFailed, ConfigurationError
from crawler.upkeep.job import Job
from models.store import Store

pytestmark = pytest.mark.airflow


def do(job: Job, *, dry_run: bool = False, conf: dict[str, Any] | None = None) -> dict[str, Any]:
    from upkeep_operator import UpkeepOperator

    context: Any = {"params": {"dry_run": dry_run}, "dag_run": SimpleNamespace(conf=conf or {})}
    return UpkeepOperator(task_id=job.value, job=job).execute(context)


def test_a_failed_job_keeps_the_run_red_and_no_job_waits_for_its_success(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    dag = dag_bag.dags["upkeep"]
    assert set(dag.task_dict) == {job.value for job in Job}
    # A run is judged by its last tasks: each of these is one.
    assert all(not task.upstream_task_ids and not task.downstream_task_ids for task in dag.tasks)
    assert (dag.max_active_runs, dag.max_active_tasks, dag.catchup) == (1, 1, False)
    for task in dag.tasks:
        assert task.retries >= 1
        assert task.retry_policy is not None
        assert task.execution_timeout is not None
        assert task.doc_md


@pytest.mark.parametrize("job", list(Job))
@pytest.mark.parametrize("dry_run", [True, False])
def test_each_job_gives_its_figures(store: Store, config: Config, job: Job, dry_run: bool) -> None:
    figures = do(job, dry_run=dry_run)
    assert (figures["dry_run"], figures["problems"]) == (dry_run, [])
    assert len(figures) > 3


def test_a_misspelt_dry_run_deletes_nothing(store: Store, config: Config) -> None:
    with pytest.raises(ConfigurationError, match="dryrun, which no parameter is called; the parameters are dry_run"):
        do(Job.RUN_FOLDERS, conf={"dryrun": True})


def test_a_problem_fails_the_task_with_its_sentence(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crawler.upkeep import run_job
    from models.maintenance import Care

    monkeypatch.setattr(run_job, "care_for", lambda *_, **__: [Care("integrity_check", "the file is damaged", True)])
    with pytest.raises(CheckFailed, match="the file is damaged"):
        do(Job.STORE)
