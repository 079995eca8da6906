"""The watch: what nobody would notice until the listings have forgotten it, because nothing failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import publishers
from crawler.alerts.night import last_night
from crawler.config import Config
from crawler.errors import CrawlBroken
from models.store import Store
from tests.airflow.days import a_day_passes, judged, mail_goes_to
from tests.airflow.smtp import Mailbox, mail_server, nobodys_port
from tests.airflow.stand_in import StandIn
from tests.command import dibao

pytestmark = pytest.mark.airflow

KEY = "xinjiang_gov"
DEADLINE = time(7, 0)


def _night() -> Any:
    """The night that is asked about now."""
    night = last_night(publishers.get(KEY), DEADLINE, datetime.now(UTC))
    assert night is not None
    return night


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite is enough here."""
    return f"sqlite:///{tmp_path}/store.sqlite"


_hours = iter(range(1, 10_000))


@pytest.fixture
def watch(airflow_database: Any, dag_bag: Any, stages: StandIn, config: Config) -> Callable[[], dict[str, int]]:
    """Looks once; what it counted."""

    def look() -> dict[str, int]:
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        run = dag_bag.dags["watch"].test(run_after=datetime(2026, 8, 1, tzinfo=UTC) + timedelta(hours=next(_hours)))
        assert run.state == "success"
        with create_session() as session:
            row = session.scalars(
                select(XComModel).where(XComModel.run_id == run.run_id, XComModel.dag_id == "watch")
            ).one()
            counts: dict[str, int] = XComModel.deserialize_value(row)
        return counts

    return look


@pytest.fixture
def in_use(store: Store) -> None:
    """The publisher has been crawled on earlier nights, so that a night can be missed."""
    judged(store, _night().window.start - timedelta(days=3), {"sums": ("sum", True)}, KEY)


@pytest.fixture
def pause(airflow_database: Any, dag_bag: Any) -> Iterator[Callable[[bool], None]]:
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import update

    def switch(paused: bool) -> None:
        with create_session() as session:
            session.execute(update(DagModel).where(DagModel.dag_id == f"ingest_{KEY}").values(is_paused=paused))

    yield switch
    switch(False)


def test_a_night_that_never_started_is_said(
    watch: Callable[[], dict[str, int]], in_use: None, box: Mailbox, store: Store, pause: Callable[[bool], None]
) -> None:
    """The scheduler was down: nothing ran, so nothing failed."""
    pause(False)
    assert watch() == {"late": 1, "quiet": 0, "said": 1}
    name = publishers.get(KEY).name
    assert box.subjects == [f"[Dibao] {name} ({KEY}): the night is not done"]
    assert "was the scheduler down" in box.texts[0]
    assert f"by {_night().deadline:%Y-%m-%d} 07:00 (Shanghai)" in " ".join(box.texts[0].split())
    assert f"/dags/ingest_{KEY}" in box.texts[0]
    for _ in range(2):
        watch()
    assert len(box.mails) == 1
    judged(store, _night().window.start, {"sums": ("sum", True)}, KEY)
    assert watch()["late"] == 0
    assert "well again" in box.subjects[1]


def test_a_publisher_that_is_switched_off_is_said_once_and_never_called_late(
    watch: Callable[[], dict[str, int]], in_use: None, box: Mailbox, store: Store, pause: Callable[[bool], None]
) -> None:
    """Whoever begins with one publisher was told of the others every morning, and read no message any more."""
    pause(True)
    assert watch() == {"late": 0, "quiet": 0, "said": 1}
    name = publishers.get(KEY).name
    assert box.subjects == [f"[Dibao] {name} ({KEY}): switched off in Airflow"]
    text = " ".join(box.texts[0].split())
    assert f"The last day that was crawled is {_night().window.start - timedelta(days=3)}" in text
    assert "Said once; `dibao status`" in text
    for _ in range(3):
        a_day_passes(store)
        assert watch() == {"late": 0, "quiet": 0, "said": 0}
    status = dibao("status").output
    assert f"! {name} ({KEY}): switched off in Airflow; since" in " ".join(status.split())
    pause(False)
    judged(store, _night().window.start, {"sums": ("sum", True)}, KEY)
    assert watch() == {"late": 0, "quiet": 0, "said": 1}
    assert f"{name} ({KEY}): switched on again (switched off in Airflow, since" in box.subjects[1]
    assert "! " not in dibao("status").output


def test_a_late_night_is_not_told_of_any_more_once_its_publisher_is_switched_off(
    watch: Callable[[], dict[str, int]], in_use: None, box: Mailbox, store: Store, pause: Callable[[bool], None]
) -> None:
    pause(False)
    watch()
    pause(True)
    watch()
    a_day_passes(store)
    watch()
    assert [subject.rpartition(": ")[2] for subject in box.subjects] == [
        "the night is not done",
        "switched off in Airflow",
    ]
    pause(False)
    assert watch()["late"] == 1, "it is expected again"


def test_what_a_paused_dag_has_begun_is_said_to_stand_still(
    watch: Callable[[], dict[str, int]],
    in_use: None,
    box: Mailbox,
    dag_bag: Any,
    store: Store,
    pause: Callable[[bool], None],
) -> None:
    _leave_a_run(dag_bag, "running")
    pause(True)
    watch()
    assert "1 run of it that began can go no further" in " ".join(box.texts[0].split())


def test_a_publisher_that_nobody_has_begun_with_may_stay_off_in_silence(
    watch: Callable[[], dict[str, int]], box: Mailbox, store: Store, pause: Callable[[bool], None]
) -> None:
    pause(True)
    assert watch() == {"late": 0, "quiet": 0, "said": 0}
    judged(store, _night().window.start, {"sums": ("sum", True)}, "tibet_net")
    status = dibao("status").output
    assert "never crawled: sichuan_gov, sina_finance, xinjiang_gov (no night comes" in " ".join(status.split())


def test_a_publisher_that_was_never_crawled_is_not_missed(watch: Callable[[], dict[str, int]], store: Store) -> None:
    """The first hour after the installation."""
    assert watch() == {"late": 0, "quiet": 0, "said": 0}


def test_no_deadline_is_no_deadline(
    watch: Callable[[], dict[str, int]], in_use: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIBAO_ALERT_DEADLINE", "")
    assert watch()["late"] == 0


@pytest.mark.parametrize(
    ("state", "words"), [("running", "its run is still at work"), ("failed", "no failure of a task was noted")]
)
def test_a_run_that_is_stuck_or_failed_unsaid_is_said(
    watch: Callable[[], dict[str, int]], in_use: None, box: Mailbox, dag_bag: Any, state: str, words: str
) -> None:
    """A worker that died with its machine told nobody."""
    _leave_a_run(dag_bag, state)
    assert watch()["late"] == 1
    assert words in " ".join(box.texts[0].split())


def test_a_night_whose_failure_was_said_is_not_said_again_as_late(
    watch: Callable[[], dict[str, int]],
    in_use: None,
    box: Mailbox,
    dag_bag: Any,
    store: Store,
    run_day: Any,
    stages: StandIn,
) -> None:
    stages.failures["crawl"] = [CrawlBroken("no list")]
    run_day(publisher=KEY)
    _leave_a_run(dag_bag, "failed")
    assert watch()["late"] == 0
    assert len(box.mails) == 1


def test_the_watch_sends_what_could_not_be_sent(
    watch: Callable[[], dict[str, int]], in_use: None, config: Config, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = nobodys_port()
    mail_goes_to(monkeypatch, port)
    assert watch() == {"late": 1, "quiet": 0, "said": 0}
    a_day_passes(store)
    with mail_server(port) as box:
        assert watch()["said"] == 1
        assert "could not be sent since" in box.texts[0]


def test_a_publisher_without_anything_new_is_said(
    watch: Callable[[], dict[str, int]], in_use: None, box: Mailbox, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its nights run and are done; the list that they read has stopped."""
    judged(store, _night().window.start, {"sums": ("sum", True)}, KEY)
    day = datetime.now(UTC).date() - timedelta(days=40)
    monkeypatch.setattr(
        "crawler.alerts.night.newest_article", lambda *_: datetime(day.year, day.month, day.day, tzinfo=UTC)
    )
    monkeypatch.setattr("watch_operator._morning", lambda *_: True)
    assert watch()["quiet"] == 4, "all four publishers are asked"
    mine = [text for subject, text in zip(box.subjects, box.texts, strict=True) if KEY in subject]
    assert f"the newest article is of {day}" in mine[0]
    monkeypatch.setattr("crawler.alerts.night.newest_article", lambda *_: datetime.now(UTC))
    watch()
    assert len([subject for subject in box.subjects if "well again" in subject]) == 4


def _leave_a_run(dag_bag: Any, state: str) -> None:
    """Tonight's scheduled run as Airflow's database has it."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunTriggeredByType, DagRunType
    from sqlalchemy import delete

    night = _night()
    with create_session() as session:
        session.execute(delete(DagRun).where(DagRun.dag_id == f"ingest_{KEY}", DagRun.run_type == DagRunType.SCHEDULED))
        session.add(
            DagRun(
                dag_id=f"ingest_{KEY}",
                run_id=f"scheduled__{night.logical_date.astimezone(UTC).isoformat()}",
                logical_date=night.logical_date,
                data_interval=(night.logical_date, night.due),
                run_after=night.due,
                run_type=DagRunType.SCHEDULED,
                triggered_by=DagRunTriggeredByType.TEST,
                state=state,
                start_date=night.due,
            )
        )
