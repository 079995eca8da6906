"""The DAG file: what is lost when it does not load, or loads with a hole."""

from __future__ import annotations

import itertools
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler import publishers
from crawler.errors import ConfigurationError
from crawler.publishers import Publisher
from crawler.run import SHANGHAI
from tests.airflow.conftest import DAGS

STAGES = ["crawl", "parse", "dedupe", "load", "check"]


def test_every_publisher_has_its_nightly_dag(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    others = {"reparse", "revisit", "upkeep", "watch"}
    assert set(dag_bag.dags) == others | {f"ingest_{key}" for key in publishers.keys()}


@pytest.mark.parametrize("key", publishers.keys())
def test_the_stages_follow_each_other(dag_bag: Any, key: str) -> None:
    dag = dag_bag.dags[f"ingest_{key}"]
    assert [task.task_id for task in dag.topological_sort()] == STAGES
    for before, after in itertools.pairwise(STAGES):
        assert dag.task_dict[before].downstream_task_ids == {after}


@pytest.mark.parametrize("key", publishers.keys())
def test_no_task_can_hang_or_give_up_at_once(dag_bag: Any, key: str) -> None:
    for task in dag_bag.dags[f"ingest_{key}"].tasks:
        assert task.retries >= 1, task.task_id
        assert task.retry_policy is not None
        assert task.execution_timeout is not None
        assert task.execution_timeout > timedelta(minutes=1)
        assert task.doc_md


@pytest.mark.parametrize("key", publishers.keys())
def test_the_dag_explains_itself(dag_bag: Any, key: str) -> None:
    dag = dag_bag.dags[f"ingest_{key}"]
    assert publishers.get(key).name in dag.dag_display_name
    assert publishers.get(key).name in dag.doc_md
    assert {"dibao", "ingest"} <= set(dag.tags)
    assert dag.catchup is False


def test_a_backfill_of_months_does_not_hold_up_tonight(airflow_database: Any, dag_bag: Any) -> None:
    """The weights as the scheduler computes them, from the serialized DAG: the older date must not win."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagSerialization.from_dict(DagSerialization.to_dict(dag_bag.dags["ingest_tibet_net"]))

    def weight(task: str, run_id: str) -> int:
        ti = TaskInstance(task=dag.get_task(task), run_id=run_id, dag_version_id=None)
        return int(ti.priority_weight)

    night, asked, backfill = (f"{kind}__2026-06-15T17:05:00+00:00" for kind in ("scheduled", "manual", "backfill"))
    assert weight("crawl", night) > weight("check", asked) > weight("crawl", asked) > weight("check", backfill)
    assert weight("load", night) > weight("crawl", night), "what is nearly done is finished first"


def test_load_tells_users_own_dags(dag_bag: Any) -> None:
    for key in publishers.keys():
        load = dag_bag.dags[f"ingest_{key}"].task_dict["load"]
        assert [asset.name for asset in load.outlets] == [f"articles_{key}"]


@pytest.mark.parametrize("key", publishers.keys())
def test_the_nights_run_covers_the_day_before_whole(airflow_database: Any, dag_bag: Any, key: str) -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction
    from run_request import RunTimes, requested_run

    dag = DagSerialization.from_dict(DagSerialization.to_dict(dag_bag.dags[f"ingest_{key}"]))
    restriction = TimeRestriction(earliest=None, latest=None, catchup=False)
    info = dag.timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert info is not None
    run = requested_run(
        publishers.get(key), {}, RunTimes(info.data_interval.start, info.data_interval.end, info.run_after)
    )
    shanghai_day_due = info.run_after.astimezone(SHANGHAI).date()
    assert run.window.end == shanghai_day_due
    assert run.window.start == shanghai_day_due - timedelta(days=1)
    assert info.run_after <= datetime.now(UTC)
    following = dag.timetable.next_dagrun_info(
        last_automated_data_interval=info.data_interval, restriction=restriction._replace(catchup=True)
    )
    assert following is not None
    assert following.data_interval.start == info.data_interval.end, "a day between two nights is nobody's"


def test_the_demo_has_no_schedule(airflow_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIBAO_SCHEDULE", "off")
    from airflow.dag_processing.dagbag import BundleDagBag

    bag = BundleDagBag(dag_folder=DAGS, bundle_path=DAGS, bundle_name="dags-folder")
    assert bag.import_errors == {}
    assert {type(dag.timetable).__name__ for dag in bag.dags.values()} == {"NullTimetable"}


def test_a_broken_publisher_file_leaves_the_others_and_says_so(
    airflow_settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = publishers.keys()[0]
    load = publishers.load

    def get(key: str) -> Publisher:
        if key == broken:
            raise ConfigurationError("publisher.toml is wrong: KeyError 'pace'")
        return load(key)

    monkeypatch.setattr(publishers, "get", get)
    from airflow.dag_processing.dagbag import BundleDagBag

    bag = BundleDagBag(dag_folder=DAGS, bundle_path=DAGS, bundle_name="dags-folder")
    assert bag.import_errors == {}
    assert len([name for name in bag.dags if name.startswith("ingest_")]) == len(publishers.keys())
    assert "KeyError 'pace'" in bag.dags[f"ingest_{broken}"].doc_md
    assert bag.dags[f"ingest_{broken}"].timetable.can_be_scheduled, "it fails each night, where it is seen"


def test_a_wrong_setting_does_not_take_the_dags_away(airflow_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import BundleDagBag

    from crawler.config import _config

    monkeypatch.setenv("DIBAO_CRAWL_LIMIT_MINUTES", "many")
    _config.cache_clear()
    bag = BundleDagBag(dag_folder=DAGS, bundle_path=DAGS, bundle_name="dags-folder")
    assert bag.import_errors == {}
    assert len([name for name in bag.dags if name.startswith("ingest_")]) == len(publishers.keys())


def test_the_scheduler_does_not_pay_for_the_crawler(airflow_database: Any) -> None:
    """Reading the DAG file imports none of what only the stages need."""
    code = f"""
import sys
sys.path.insert(0, {str(DAGS)!r})
import airflow.sdk
from airflow.sdk import DAG, Asset, BaseOperator, CronDataIntervalTimetable, Param, RetryPolicy, chain
before = set(sys.modules)
import ingest
new = {{name.split('.')[0] for name in set(sys.modules) - before}}
print(' '.join(sorted(new & {{'scrapy', 'twisted', 'sqlalchemy', 'models', 'alembic', 'lxml', 'parsel', 'bs4',
                               'opencc', 'nh3', 'fastwarc', 'holidays', 'rich', 'pandas', 'numpy'}})))
print('stages' if 'crawler.stages' in sys.modules else '')
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_failure_with_a_sentence_is_logged_without_a_stack_and_a_fault_of_the_program_with_one() -> None:
    import structlog
    from plain_failure import log_without_stack

    from crawler.errors import CrawlTransient

    kept = structlog.get_config()
    seen: list[dict[str, object]] = []

    def last(_logger: object, _method: str, event: dict[str, object]) -> dict[str, object]:
        seen.append(event)
        raise structlog.DropEvent

    try:
        structlog.configure(processors=[last], cache_logger_on_first_use=False)
        log_without_stack()
        log_without_stack()
        for error in (CrawlTransient("the site is down"), KeyError("x")):
            try:
                raise error
            except (CrawlTransient, KeyError):
                structlog.get_logger("task").exception("Task failed with exception")
    finally:
        structlog.configure(**kept)
    assert [event["exc_info"] for event in seen] == [None, True]
    assert seen[0]["event"] == "Task failed with exception CrawlTransient; what it says stands above"


def test_no_form_asks_for_a_field_that_may_stay_empty(dag_bag: Any) -> None:
    """Airflow's form puts a red star on it, and does not start the run while it is empty."""
    starred = [
        f"{dag_id}: {name}"
        for dag_id, dag in dag_bag.dags.items()
        for name, param in [(name, dag.params.get_param(name)) for name in dag.params]
        # A choice always has one of its values.
        if "null" not in param.schema["type"] and not param.schema.get("enum")
    ]
    assert starred == []
