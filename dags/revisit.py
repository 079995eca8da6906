"""Second looks: the listings of the nights 1, 3 and 14 days ago, and whatever days are missing."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, CronTriggerTimetable, Param
from second_looks import SecondLooksOperator
from tell import task_failed, task_works

from crawler import publishers

_SCHEDULED = os.environ.get("DIBAO_SCHEDULE", "").lower() != "off"

with DAG(
    dag_id="revisit",
    dag_display_name="再看 · revisit",
    description="Late and back-dated articles of recent nights, and gaps",
    doc_md="""\
### Second looks

Listings are re-ordered and back-dated, and a night can fail. Every morning this starts the ingest runs that look again:

- **recent**: the nights of 1, 3 and 14 days ago. Their listings are asked for anew; articles that are stored already
  are not, unless a second look at them is due. What appeared late is found. A night that no run has looked at a
  first time gets no second look: a new store asks for nothing here.
- **gaps**: days that no run has covered, that failed, or that look short (`dibao gaps` lists them), of the last
  30 days. Older ones are told of in the log, and fetched when *Gaps since* asks for them.

Each is a run of `ingest_<publisher>`, the same run as that night's: its crawl takes its turn, after tonight's.
""",
    schedule=CronTriggerTimetable("30 6 * * *", timezone="Asia/Shanghai") if _SCHEDULED else None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        # "null" spares a field the red star of one that must be filled, and the form its refusal to start without it.
        "recent": Param(
            True,
            type=["null", "boolean"],
            title="Recent nights",
            description="Look again at the listings of the nights of 1, 3 and 14 days ago.",
        ),
        "gaps": Param(True, type=["null", "boolean"], title="Gaps", description="Fetch the days that are missing."),
        "since": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Gaps since",
            description="First day asked about; empty for the last 30 days, as far as they were ever covered.",
        ),
    },
    tags=["dibao"],
    default_args={
        "owner": "dibao",
        "retries": 2,
        "retry_delay": timedelta(minutes=2),
        "on_failure_callback": task_failed,
        "on_success_callback": task_works,
    },
) as dag:
    for _key in publishers.keys():
        looks = SecondLooksOperator(task_id=f"windows_{_key}", publisher=_key, execution_timeout=timedelta(minutes=10))
        TriggerDagRunOperator.partial(
            task_id=f"look_again_{_key}",
            trigger_dag_id=f"ingest_{_key}",
            logical_date=None,
            execution_timeout=timedelta(minutes=10),
        ).expand(conf=looks.output)
