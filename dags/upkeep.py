"""Upkeep: every week, run folders that may go, a share of the archive read back, and the database looked after."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param
from retry_by_failure import RetryByFailure
from tell import task_failed, task_works
from upkeep_operator import UpkeepOperator

from crawler.upkeep.job import Job

_RETRIES = 2

_JOB_DOCS = {
    Job.LEFTOVERS: "Removes temporary files and half-deleted folders that kills left behind, older than a day.",
    Job.FIXITY: """\
Reads a share of the archive back, record by record, so that all of it is read once in `DIBAO_FIXITY_WEEKS`. When each
file was read and what was damaged are the tables `archive_file` and `damaged_record`. It fails where a record is not
what its row says: its log names the address and what to do.""",
    Job.RUN_FOLDERS: """\
Deletes run folders that were left alone for `DIBAO_KEEP_RUNS_DAYS`, whose run is loaded and passed its check, and
whose WARC segments were just read in the archive, whole and the same byte for byte. Every other folder stays, and the
log says why.""",
    Job.STORE: """\
Proves the database whole and keeps its statistics and its size in order. It gives way to a load that is at work; what
only the database's owner may do is said in the log.""",
}


def upkeep_dag(*, scheduled: bool) -> DAG:
    """The DAG.

    Args:
        scheduled: whether it runs every week; False for runs that are only triggered.
    """
    with DAG(
        dag_id="upkeep",
        dag_display_name="维护 · upkeep",
        description="Old run folders, the archive's bytes, the database",
        doc_md="""\
### Upkeep

Four jobs that have nothing to do with one another, one at a time, so that a failure of one leaves the others to their
work and the run red. Safe beside a night: a run that is at work keeps its folder, a load its lock. *Trigger* with
**dry run** says what would be done and changes nothing. On the command line: `dibao upkeep --dry-run`.
""",
        schedule=CronTriggerTimetable("0 14 * * 0", timezone="Asia/Shanghai") if scheduled else None,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        max_active_tasks=1,
        params={
            "dry_run": Param(
                False, type=["null", "boolean"], title="Dry run", description="Say what would be done, change nothing."
            ),
        },
        tags=["dibao"],
        default_args={"owner": "dibao", "on_failure_callback": task_failed, "on_success_callback": task_works},
    ) as dag:
        for position, job in enumerate(Job):
            UpkeepOperator(
                task_id=job.value,
                job=job,
                doc_md=_JOB_DOCS[job],
                # The order in which they are done, where all wait.
                priority_weight=len(Job) - position,
                retries=_RETRIES,
                retry_policy=RetryByFailure(_RETRIES),
                retry_delay=timedelta(minutes=10),
                execution_timeout=timedelta(hours=6),
            )
    return dag


upkeep = upkeep_dag(scheduled=os.environ.get("DIBAO_SCHEDULE", "").lower() != "off")
