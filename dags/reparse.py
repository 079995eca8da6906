"""Read a publisher's archive again: read >> compare >> write, only when asked for.

What the steps do is in `crawler.reparse`; which captures they are for comes from the trigger form.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, AssetAlias, chain
from reparse_form import reparse_form
from reparse_operator import REPARSED, ReparseOperator
from retry_by_failure import RetryByFailure
from tell import task_failed, task_works

_DOCS = {
    "read": """\
**read** takes every capture that is asked for out of the archive and reads it with the parser that is installed: the
captures of the articles' current revisions, further pages of an article included, and the pages that no layout could
read until now. It asks no site. The form is checked first.""",
    "compare": """\
**compare** says field by field what would change, by layout, with samples: its log ends with the totals and the place
of the report. Nothing is in the store yet. Look at *would now be refused* before you write.""",
    "write": """\
**write** does it, where the form says so; else it is skipped. Readings become revisions of the kind `reparsed`, pages
that can be read now become articles of the run that fetched them, and each run is checked again. Killed and cleared,
it goes on; a second time it writes nothing.""",
}

with DAG(
    dag_id="reparse",
    dag_display_name="重读 · reparse",
    description="What a new parser makes of the archive; written when told to",
    doc_md="""\
### Read the archive again

After a layout was added or the parser mended: *Trigger*, choose publisher and days. Without *Write* the run is a
dry one: the log of **compare** shows what would change, and names the report. Trigger it again with *Write* to do it.

docs/layout-changed.md goes the whole way, from the alert to the closed gap.
""",
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=2,
    params=reparse_form(),
    tags=["dibao"],
    default_args={
        "owner": "dibao",
        "retries": 2,
        "retry_policy": RetryByFailure(2),
        "retry_delay": timedelta(minutes=2),
        "execution_timeout": timedelta(hours=12),
        "on_failure_callback": task_failed,
        "on_success_callback": task_works,
    },
) as dag:
    chain(
        *[
            ReparseOperator(
                task_id=step,
                step=step,
                doc_md=_DOCS[step],
                # Which publisher's asset it is, the form says; the alias leads there.
                outlets=[AssetAlias(REPARSED)] if step == "write" else [],
            )
            for step in ("read", "compare", "write")
        ]
    )
