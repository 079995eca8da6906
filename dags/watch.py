"""The watch: nights that are not done in time, publishers that have gone quiet, messages that could not be sent."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronTriggerTimetable
from tell import task_failed, task_works
from watch_operator import WatchOperator

_SCHEDULED = os.environ.get("DIBAO_SCHEDULE", "").lower() != "off"

with DAG(
    dag_id="watch",
    dag_display_name="值守 · watch",
    description="Nights that are late, publishers that are quiet, messages that are unsent",
    doc_md="""\
### Watch

Twice an hour this asks the store and Airflow, for each publisher:

- **Is the night done?** By `DIBAO_ALERT_DEADLINE` (07:00 Asia/Shanghai, or `deadline` in the publisher's
  `publisher.toml`) a run must cover it and be checked. If not, it says why: no run was started (the scheduler was
  down), a run is still at work or stuck, a run failed and nobody was told. A publisher whose DAG is paused has no
  night: that it was switched off is said once.
- **Is anything new?** No article for more working days than `quiet_workdays`.

And it sends what could not be sent when it happened. What is wrong now: `dibao status`.
""",
    schedule=CronTriggerTimetable("7,37 * * * *", timezone="Asia/Shanghai") if _SCHEDULED else None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["dibao"],
    default_args={
        "owner": "dibao",
        "retries": 1,
        "retry_delay": timedelta(minutes=1),
        "on_failure_callback": task_failed,
        "on_success_callback": task_works,
    },
) as dag:
    WatchOperator(task_id="watch", nights=_SCHEDULED, execution_timeout=timedelta(minutes=15))
