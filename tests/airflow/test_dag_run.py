"""DAG runs for real (`dag.test()`), with stand-ins for the stages: what Airflow makes of their results and failures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.errors import CheckFailed, ConfigurationError, CrawlBlocked, CrawlBroken, CrawlTransient
from tests.airflow.stand_in import STAGES, StandIn

pytestmark = pytest.mark.airflow

_days = iter(range(1, 1000))


@pytest.fixture
def run_dag(airflow_database: Any, dag_bag: Any, stages: StandIn) -> Callable[..., Any]:
    def run(conf: dict[str, Any] | None = None, *, logical_date: datetime | None = None) -> Any:
        # Runs of one DAG need moments of their own.
        run_after = datetime(2026, 6, 17, 1, tzinfo=UTC) + timedelta(minutes=next(_days))
        return dag_bag.dags["ingest_sina_finance"].test(
            run_after=run_after, logical_date=logical_date, run_conf=conf or {}
        )

    return run


def _states(run: Any) -> dict[str, str]:
    return {ti.task_id: str(ti.state) for ti in run.get_task_instances()}


def test_a_night_passes_through_all_stages(run_dag: Callable[..., Any], stages: StandIn) -> None:
    run = run_dag({"from": "2026-06-15", "to": "2026-06-17", "reason": "a look", "page_limit": 2})
    assert run.state == "success"
    assert stages.names == list(STAGES)
    assert {each.run_key for _, each in stages.calls} == {stages.calls[0][1].run_key}
    first = stages.calls[0][1]
    assert (str(first.window), first.reason, first.page_limit) == ("2026-06-15_2026-06-17", "a look", 2)


def test_a_run_without_days_is_the_day_before(run_dag: Callable[..., Any], stages: StandIn) -> None:
    run_dag()
    assert str(stages.calls[0][1].window) == "2026-06-16_2026-06-17"


def test_a_scheduled_runs_window_is_its_interval(run_dag: Callable[..., Any], stages: StandIn) -> None:
    """The interval that Airflow gives a run of 2026-06-14 03:00 UTC ends at 01:05 in Shanghai of that day."""
    run_dag(logical_date=datetime(2026, 6, 14, 3, tzinfo=UTC))
    assert str(stages.calls[0][1].window) == "2026-06-13_2026-06-14"


def test_the_counts_are_the_xcom_and_the_assets_extra(run_dag: Callable[..., Any]) -> None:
    from airflow.models.asset import AssetEvent
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    run = run_dag()
    with create_session() as session:
        values = {
            row.task_id: XComModel.deserialize_value(row)
            for row in session.scalars(
                select(XComModel).where(XComModel.run_id == run.run_id, XComModel.key == "return_value")
            )
        }
        events = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run.run_id)).all()
        assert values == {name: {"stage": name, "seen": 7} for name in STAGES}
        assert [(event.asset.name, event.extra["seen"]) for event in events] == [("articles_sina_finance", 7)]


def test_the_log_has_the_stages_lines_and_its_table(
    run_dag: Callable[..., Any], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        run_dag()
    printed = caplog.text + "".join(capfd.readouterr())
    assert "a line of crawl" in printed
    assert "crawl  7" in printed


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("dedupe", ConfigurationError("DIBAO_STORE is wrong")),
        ("check", CheckFailed("discovered 9, fates 8")),
    ],
)
def test_what_needs_a_person_fails_at_once_and_stops_the_run(
    run_dag: Callable[..., Any], stages: StandIn, stage: str, error: Exception
) -> None:
    stages.failures[stage] = [error]
    run = run_dag()
    assert run.state == "failed"
    assert _states(run)[stage] == "failed"
    assert stages.names.count(stage) == 1
    assert stages.names == list(STAGES[: STAGES.index(stage) + 1])


def test_what_a_broken_crawl_brought_home_is_loaded_and_its_run_is_red_all_the_same(
    run_dag: Callable[..., Any], stages: StandIn
) -> None:
    stages.failures["crawl"] = [CrawlBroken("channel finance: the list is not a list")]
    run = run_dag()
    assert stages.names == list(STAGES)
    assert _states(run) == {
        "crawl": "failed",
        "parse": "success",
        "dedupe": "success",
        "load": "success",
        "check": "failed",
    }
    assert run.state == "failed"


def test_what_may_pass_is_tried_again_and_the_night_goes_on(
    run_dag: Callable[..., Any], stages: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retry_by_failure._TRANSIENT_FIRST", timedelta(0))
    stages.failures["crawl"] = [CrawlTransient("the site is down")]
    run = run_dag()
    assert run.state == "success"
    assert stages.names == ["crawl", *STAGES]
    assert stages.stopped == 2, "no crawl outlives its task"


def test_a_refusal_waits_half_an_hour(airflow_database: Any, dag_bag: Any, stages: StandIn) -> None:
    """The decision as the task's process reports it, since the test does not wait for it."""
    task = dag_bag.dags["ingest_sina_finance"].task_dict["crawl"]
    decision = task.retry_policy.evaluate(CrawlBlocked("403"), 1, task.retries)
    assert decision.retry_delay == timedelta(minutes=30)
    assert task.retries >= 2, "the policy can shorten the retries, not lengthen them"


def test_a_wrong_parameter_starts_nothing(run_dag: Callable[..., Any], stages: StandIn) -> None:
    run = run_dag({"from": "2026-06-17", "to": "2026-06-15"})
    assert run.state == "failed"
    assert stages.names == []


def test_a_failed_stage_is_cleared_and_run_again_alone(airflow_database: Any, dag_bag: Any, stages: StandIn) -> None:
    dag = dag_bag.dags["ingest_sina_finance"]
    moment = datetime(2026, 6, 16, 3, tzinfo=UTC)
    stages.failures["load"] = [CheckFailed("stand-in for a full disk")]
    assert dag.test(logical_date=moment).state == "failed"
    assert stages.names == ["crawl", "parse", "dedupe", "load"]

    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import clear_task_instances
    from airflow.sdk.definitions.dag import _run_task
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        run = session.scalars(select(DagRun).where(DagRun.dag_id == dag.dag_id, DagRun.logical_date == moment)).one()
        failed = [ti for ti in run.get_task_instances(session=session) if ti.task_id in ("load", "check")]
        clear_task_instances(failed, session)
        session.commit()
        for ti in sorted(failed, key=lambda ti: STAGES.index(ti.task_id)):
            ti.try_number += 1
            session.commit()
            _run_task(ti=ti, task=dag.task_dict[ti.task_id])
    assert stages.names == ["crawl", "parse", "dedupe", "load", "load", "check"]
    assert len({each.run_id for _, each in stages.calls}) == 1, "the stages before are those of the same run"
