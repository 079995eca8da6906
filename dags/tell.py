"""What a task's end means to a person: noted in the store, and said when a message is due.

The callbacks of every task. They run after Airflow knows the task's state, so nothing in here can change it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context
    from sqlalchemy import Connection

    from crawler.alerts.record import Failure
    from crawler.run import Run
    from models.store import Store

__all__ = ["run_failed", "task_failed", "task_succeeded", "task_will_retry", "task_works", "tell"]

log = logging.getLogger(__name__)

_REFUSALS_IN_SILENCE = 1
"""A rate limit has passed at the second try; what refuses that one as well needs a person, hours before the last."""


def task_failed(context: Context) -> None:
    """Airflow's `on_failure_callback`: the last try failed."""
    failure = _failure(context)
    if failure is not None:
        tell(failure)


def task_will_retry(context: Context) -> None:
    """Airflow's `on_retry_callback`: says nothing, unless the site has refused us twice."""
    from retry_by_failure import attempt

    from crawler.errors import CrawlBlocked

    ti = context["ti"]
    task: Any = ti.task
    if not isinstance(context.get("exception"), CrawlBlocked):
        return
    if attempt(ti.try_number, ti.max_tries or 0, task.retries) <= _REFUSALS_IN_SILENCE:
        return
    failure = _failure(context, "It will be tried once more in some hours. ")
    if failure is not None:
        tell(failure)


def task_succeeded(context: Context) -> None:
    """Airflow's `on_success_callback` of a stage: what it shows to work has ended, and a check may warn."""
    from crawler.alerts.causes import Cause
    from crawler.alerts.judged import judgement
    from crawler.alerts.record import Failure, note_failure, note_success, note_well
    from crawler.errors import StoreError

    ti = context["ti"]
    task: Any = ti.task
    run: Run = task.asked_run(context)
    now = datetime.now(UTC)
    counts = ti.xcom_pull(task_ids=task.task_id) if task.stage == "crawl" else {}

    def work(connection: Connection) -> None:
        note_success(
            connection,
            run.publisher,
            task.stage,
            now,
            run_id=run.run_id,
            window_end=run.window.end,
            whole=_whole(run),
            proves_the_site=bool((counts or {}).get("requests", 1)),
        )
        if task.stage != "check" or _past(run, now):
            return
        warned = judgement(connection, run.run_id, warnings=True)
        if warned.text:
            note_failure(
                connection,
                Failure(
                    publisher=run.publisher,
                    cause=Cause.WARNING,
                    dag_run=f"{ti.dag_id}/{ti.run_id}",
                    stage=task.stage,
                    message=warned.text,
                    log_url=ti.log_url,
                    run_id=run.run_id,
                    window_end=run.window.end,
                    since=warned.since,
                ),
                now,
            )
        elif _whole(run):
            note_well(connection, run.publisher, Cause.WARNING, now, run.window.end)

    try:
        _noted_and_said(work)
    except StoreError as problem:
        # The next success shows the same.
        log.error("cannot note that this went well: %s", problem)


def task_works(context: Context) -> None:
    """Airflow's `on_success_callback` of a task that is no stage: what it had failed with has ended."""
    from crawler.alerts.record import note_task_works
    from crawler.errors import StoreError

    task: Any = context["ti"].task
    publisher = getattr(task, "publisher", "")
    try:
        _noted_and_said(lambda connection: note_task_works(connection, publisher, task.task_id, datetime.now(UTC)))
    except StoreError as problem:
        log.error("cannot note that this went well: %s", problem)


def run_failed(context: Context) -> None:
    """Airflow's `on_failure_callback` of a DAG: a run that is red although none of its tasks has said a word.

    A process that is killed for its memory calls no callback.
    """
    from deliver import address_of_airflow

    from crawler.alerts.causes import Cause
    from crawler.alerts.record import Failure, noted_of_run

    dag_id, run_id = context["dag"].dag_id, str(context["run_id"])
    if _asked(lambda connection: noted_of_run(connection, f"{dag_id}/{run_id}")):
        return
    tell(
        Failure(
            publisher=dag_id.removeprefix("ingest_") if dag_id.startswith("ingest_") else "",
            cause=Cause.KILLED,
            dag_run=f"{dag_id}/{run_id}",
            # What shows that it is well again: the last stage.
            stage="check",
            message="the run failed, and none of its tasks could say why: a process was killed, or its machine stopped",
            log_url=f"{address_of_airflow()}/dags/{dag_id}/runs/{quote(run_id)}",
        )
    )


def tell(failure: Failure) -> None:
    """Note a failure and send what is due; where the store is what failed, say that.

    Args:
        failure: what happened.
    """
    from crawler.alerts.record import note_failure
    from crawler.errors import ConfigurationError, StoreError

    try:
        _noted_and_said(lambda connection: note_failure(connection, failure, datetime.now(UTC)))
    except (ConfigurationError, StoreError) as problem:
        from tell_without_store import tell_without_store

        tell_without_store(failure, problem)


def _noted_and_said(work: Any) -> None:
    from deliver import deliver

    from crawler.alerts.settings import load_alert_settings
    from crawler.config import load_config
    from crawler.stages import open_store

    store: Store
    with open_store(load_config(fresh=True)) as store:
        store.write(work)
        deliver(store, load_alert_settings())


def _failure(context: Context, prefix: str = "") -> Failure | None:
    from crawler.alerts.causes import Cause, cause_of
    from crawler.alerts.record import Failure
    from crawler.errors import ConfigurationError, DibaoError

    ti = context["ti"]
    task: Any = ti.task
    error = context.get("exception")
    if isinstance(error, str):
        error = None
    run = None
    if hasattr(task, "asked_run"):
        try:
            run = task.asked_run(context)
        except ConfigurationError as wrong:
            # A parameter or the publisher's file: then this is what the task failed with.
            error = error or wrong
    past = run is not None and _past(run, datetime.now(UTC))
    cause = cause_of(error, past=past)
    if isinstance(error, DibaoError):
        message = prefix + str(error)
    elif error is None:
        message = "its process ended without a word: killed, out of memory, or its machine was restarted"
    elif cause is Cause.KILLED:
        message = f"the task ran into its time limit of {task.execution_timeout}"
    else:
        # Its own words may hold anything; the log has them.
        message = f"{type(error).__name__}; its words and the stack trace are in the log"
    since = None
    if run is not None and cause in (Cause.CHECK, Cause.PAST_CHECK):
        judged = _judged(run)
        if _follows_from_the_crawl(context, judged.books if judged else False):
            return None
        if judged is not None and judged.text:
            message, since = judged.text, judged.since
    elif cause is Cause.FILES and _follows_from_the_crawl(context, books=False):
        return None
    return Failure(
        publisher=getattr(task, "publisher", ""),
        cause=cause,
        dag_run=f"{ti.dag_id}/{ti.run_id}",
        stage=getattr(task, "stage", task.task_id),
        message=message,
        log_url=ti.log_url,
        run_id=run.run_id if run else "",
        window_end=run.window.end if run else None,
        since=since,
    )


def _judged(run: Run) -> Any:
    from crawler.alerts.judged import judgement

    return _asked(lambda connection: judgement(connection, run.run_id, warnings=False))


def _asked(question: Callable[[Connection], Any]) -> Any:
    """What the store answers, or None where it cannot be asked: what is noted next says so."""
    from crawler.config import load_config
    from crawler.errors import ConfigurationError, StoreError
    from crawler.stages import open_store

    try:
        with open_store(load_config(fresh=True)) as store, store.reading() as connection:
            return question(connection)
    except (ConfigurationError, StoreError) as error:
        log.warning("the store cannot be asked what is known of this run: %s", error)
        return None


def _follows_from_the_crawl(context: Context, books: bool) -> bool:
    """Whether this failure says only that the crawl of this DAG run failed, which was noted."""
    from crawler.alerts.record import noted_of_run

    ti = context["ti"]
    if ti.task_id == "crawl" or books:
        return False
    # Not by the crawl's state: a process that was killed is red and has noted nothing.
    noted = _asked(lambda connection: noted_of_run(connection, f"{ti.dag_id}/{ti.run_id}", "crawl"))
    if noted:
        log.info("the crawl of this run has failed, and this follows from it: it is said once")
    return bool(noted)


def _whole(run: Run) -> bool:
    return not (run.channels or run.sites or run.page_limit)


def _past(run: Run, now: datetime) -> bool:
    """Whether a run is for days that are no news: its check says nothing of tonight."""
    from crawler.run import shanghai_day

    return (shanghai_day(now) - run.window.end).days > 1
