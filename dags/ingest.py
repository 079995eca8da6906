"""One DAG per publisher of the registry: crawl >> parse >> dedupe >> load >> check, every night.

What is fixed here is when a stage runs, how often it is tried, how long it may take and who may run beside it. What a
stage does is in `crawler.stages`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, chain
from articles_asset import articles_asset
from retry_by_failure import RetryByFailure
from run_request import trigger_form
from stage_operator import STAGES, StageOperator
from tell import run_failed, task_failed, task_succeeded, task_will_retry

from crawler import publishers
from crawler.config import Config, load_config
from crawler.errors import ConfigurationError
from crawler.publishers import Publisher

_RETRIES = {"crawl": 5, "parse": 2, "dedupe": 2, "load": 3, "check": 1}

_STAGE_DOCS = {
    "crawl": """\
**crawl** walks the channels for the window, archives every exchange as WARC and writes one fate per discovered URL
(`captures.warc.gz`, `captures.cdxj`, `fates.jsonl`). It is a process of its own, gone within seconds when this task is
marked failed, times out or is killed; the next try goes on from what the archive holds.

Tried again: soon where the failure may pass (network, site down), after half an hour and then six hours where the site
refuses us, never where a person must look. Two runs of the publisher never crawl at once.""",
    "parse": """\
**parse** reads the archive, never the network: every captured page becomes an article or gets the fate that says why
not (`articles.jsonl`). It also runs where the crawl ended incomplete (a dead channel, a site that refuses us): what
came home is loaded, and **check** fails the run. Clear this task to parse the same archive again, with a corrected
parser for instance.""",
    "dedupe": """\
**dedupe** decides for each article: new, unchanged, or a revision of one that is stored (`decisions.jsonl`).""",
    "load": """\
**load** writes the articles in one transaction. Run again, it writes nothing. Its asset event carries the counts.""",
    "check": """\
**check** proves that the run adds up (discovered = sum of the fates) and holds it against what is expected of this
publisher. Every result is a row of `check_result`; it fails when the corpus would be wrong, and is not tried again:
what is wrong is in its log.""",
}


def _dag_doc(publisher: Publisher | None, key: str, problem: str) -> str:
    if publisher is None:
        return f"**This publisher cannot run:** {problem}"
    sites = "\n".join(f"- {site.name}: {', '.join(site.hosts)}" for site in publisher.sites)
    channels = ", ".join(f"{channel.name} (`{channel.key}`)" for channel in publisher.channels)
    return f"""\
### {publisher.name}

Crawls [{publisher.home}]({publisher.home}) and takes its articles into the store. The scheduled run of a night covers
the publication day before it, Asia/Shanghai. A run for other days: *Trigger*, with From and To (To is the day after
the last one wanted). A span of many days, one run per day: *Trigger*, then *Backfill*.

A failed task can be cleared and run again alone. A run repeated writes nothing twice.

**Sites**

{sites}

**Channels**: {channels}

**Asset** updated by `load`, for DAGs of your own: `{articles_asset(key).name}`; the event's `extra` has the counts.
"""


def _crawl_timeout() -> timedelta:
    try:
        minutes = load_config().crawl_limit_minutes
    except ConfigurationError:
        # The task itself says which setting is wrong; the file must be importable for that.
        minutes = Config.model_fields["crawl_limit_minutes"].default
    # The crawl ends itself at its limit, with a report; this is for one that does not.
    return timedelta(minutes=minutes + 15)


def ingest_dag(key: str, *, scheduled: bool) -> DAG:
    """The DAG of one publisher.

    Args:
        key: the publisher's key.
        scheduled: whether it runs every night; False for runs that are only triggered.
    """
    publisher: Publisher | None = None
    problem = ""
    try:
        publisher = publishers.get(key)
    except ConfigurationError as error:
        problem = str(error)
    cron = publisher.schedule if publisher else publishers.SCHEDULE_OF_A_BROKEN_FILE
    since = publisher.since if publisher else datetime(2016, 1, 1, tzinfo=UTC)
    with DAG(
        dag_id=f"ingest_{key}",
        dag_display_name=f"{publisher.name if publisher else '(publisher.toml is wrong)'} · {key}",
        description=f"Articles of {publisher.name if publisher else key}, every night",
        doc_md=_dag_doc(publisher, key, problem),
        schedule=CronDataIntervalTimetable(cron, timezone="Asia/Shanghai") if scheduled else None,
        start_date=datetime(since.year, since.month, since.day, tzinfo=UTC),
        catchup=False,
        # More than one, so that a run that waits hours for its next try does not hold up tonight's. Their crawls
        # take turns, their loads under the store's lock; the same run twice is refused by its
        # folder's lock.
        max_active_runs=4,
        params=trigger_form(publisher),
        render_template_as_native_obj=False,
        on_failure_callback=run_failed,
        tags=["dibao", "ingest", *sorted({site.cms for site in publisher.sites if site.cms} if publisher else ())],
        default_args={"owner": "dibao"},
    ) as dag:
        chain(*[_stage(key, stage) for stage in STAGES])
    return dag


def _stage(key: str, stage: str) -> StageOperator:
    retries = _RETRIES[stage]
    return StageOperator(
        task_id=stage,
        publisher=key,
        stage=stage,
        doc_md=_STAGE_DOCS[stage],
        outlets=[articles_asset(key)] if stage == "load" else [],
        # What a crawl brought home before it failed for good is loaded all the same. The run stays red: a crawl that
        # was cut short leaves nothing to parse, and one that was not complete does not pass its check.
        trigger_rule="all_done" if stage == "parse" else "all_success",
        # Over all runs of the DAG, back-fills too. Not a pool: somebody would have to make it, and until then the
        # crawl of a publisher that is new would wait, without a word on its page.
        max_active_tis_per_dag=1 if stage == "crawl" else None,
        retries=retries,
        retry_policy=RetryByFailure(retries),
        retry_delay=timedelta(minutes=1),
        retry_exponential_backoff=2.0,
        max_retry_delay=timedelta(minutes=30),
        execution_timeout=_crawl_timeout() if stage == "crawl" else timedelta(hours=2),
        on_failure_callback=task_failed,
        on_retry_callback=task_will_retry,
        on_success_callback=task_succeeded,
        # Of dags/plugins: tonight first, back-fill last, or a back-fill of months would hold up the night.
        weight_rule="nightly_first.NightlyFirst",
    )


for _key in publishers.keys():
    globals()[f"ingest_{_key}"] = ingest_dag(_key, scheduled=os.environ.get("DIBAO_SCHEDULE", "").lower() != "off")
