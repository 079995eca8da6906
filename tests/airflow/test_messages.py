"""How often a person is told, with a real mail server: once a day, whatever fails, and never not at all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crawler.config import Config
from crawler.errors import CrawlBlocked, CrawlBroken, CrawlTransient
from models.alerts import Alert
from models.store import Store
from tests.airflow.days import a_day_passes, mail_goes_to, yesterday
from tests.airflow.smtp import Mailbox, hanging_server, mail_server, nobodys_port
from tests.airflow.stand_in import StandIn

pytestmark = pytest.mark.airflow


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite is enough here; tests/alerts has both."""
    return f"sqlite:///{tmp_path}/store.sqlite"


def test_one_broken_site_is_one_mail_whatever_fails(
    run_day: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    """A back-fill over a broken site: each run's crawl fails, what it had is parsed, and its check is red."""
    for n in range(6):
        stages.failures["crawl"] = [CrawlBroken("channel 12: the listing has no list")]
        run = run_day(yesterday() - timedelta(days=n))
        assert run.state == "failed"
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): a listing is not what it was"]
    assert box.recipients == [["ops@example.org", "night@example.org"]]
    text = box.texts[0]
    assert "channel 12: the listing has no list" in text
    assert "dibao probe" in text
    assert "/dags/ingest_sichuan_gov/runs/" in text
    assert "/tasks/crawl" in text
    a_day_passes(store)
    stages.failures["crawl"] = [CrawlBroken("channel 12: the listing has no list")]
    run_day()
    assert len(box.mails) == 2
    assert "still, since" in box.subjects[1]
    assert "7 runs" in box.subjects[1]


def test_another_publisher_is_another_mail(
    run_day: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
) -> None:
    for key in ("sichuan_gov", "tibet_net"):
        stages.failures["crawl"] = [CrawlBroken("no list")]
        run_day(publisher=key)
    assert len(box.mails) == 2
    # Servers take a mail without a name of its own for spam.
    assert len({mail["Message-ID"] for mail in box.mails} - {None}) == 2


def test_it_is_said_once_when_it_is_well_again(
    run_day: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
) -> None:
    stages.failures["crawl"] = [CrawlBroken("no list")]
    run_day()
    for _ in range(3):
        assert run_day().state == "success"
    assert len(box.mails) == 2
    assert "well again" in box.subjects[1]


def test_a_site_that_breaks_again_on_the_same_day_is_said_the_next_day(
    run_day: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    for _ in range(4):
        stages.failures["crawl"] = [CrawlBroken("no list")]
        run_day()
        run_day()
    assert len(box.mails) == 2, "one that it is broken, one that it is well"
    stages.failures["crawl"] = [CrawlBroken("no list")]
    run_day()
    a_day_passes(store)
    stages.failures["crawl"] = [CrawlBroken("no list")]
    run_day()
    assert len(box.mails) == 3


def test_a_retry_says_nothing(
    run_day: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("retry_by_failure._TRANSIENT_FIRST", timedelta(0))
    stages.failures["crawl"] = [CrawlTransient("the site is down")]
    assert run_day().state == "success"
    assert box.mails == []


def test_a_second_refusal_is_said_before_the_last_try(
    run_day: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last try is six hours later: somebody could have asked the site for access by then."""
    monkeypatch.setattr("retry_by_failure.BLOCKED_WAITS", (timedelta(0), timedelta(0)))
    counts: list[int] = []

    class Refusal(CrawlBlocked):
        def __str__(self) -> str:
            counts.append(len(box.mails))
            return "www.sc.gov.cn: 412, a challenge"

    stages.failures["crawl"] = [CrawlBlocked("rate limited"), Refusal(), CrawlBlocked("412, a challenge")]
    assert run_day().state == "failed"
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): the site refuses us"]
    assert "It will be tried once more" in box.texts[0]
    assert max(counts) == 0, "nothing was said before the second refusal"


def test_a_dead_mail_server_fails_no_task_and_loses_no_message(
    run_day: Callable[..., Any],
    stages: StandIn,
    store: Store,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    from crawler.cli import main

    port = nobodys_port()
    mail_goes_to(monkeypatch, port)
    stages.failures["crawl"] = [CrawlBroken("no list")]
    with caplog.at_level(logging.INFO):
        assert run_day().state == "failed"
        assert run_day(publisher="tibet_net").state == "success"
    assert "not said, but kept for the next chance" in caplog.text + capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["status"])
    shown = capsys.readouterr().out
    assert "四川省人民政府 (sichuan_gov): a listing is not what it was" in shown
    assert "NOT SAID since" in shown
    a_day_passes(store)
    with mail_server(port) as box:
        # Any task is the next chance.
        run_day(publisher="tibet_net")
        assert len(box.mails) == 1
        assert "sichuan_gov" in box.subjects[0]
        assert "could not be sent since" in box.texts[0]


def test_a_mail_server_that_never_answers_costs_a_time_limit_and_no_more(
    run_day: Callable[..., Any],
    stages: StandIn,
    store: Store,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with hanging_server() as port:
        mail_goes_to(monkeypatch, port)
        monkeypatch.setenv("DIBAO_ALERT_TIMEOUT_SECONDS", "0.2")
        stages.failures["crawl"] = [CrawlBroken("no list")]
        assert run_day().state == "failed"
    with store.reading() as connection:
        alert = connection.execute(select(Alert.__table__)).one()
    assert "there was no answer" in alert.refusal
    assert alert.said_at is None


def test_nothing_configured_sends_nothing_and_says_how(
    run_day: Callable[..., Any],
    stages: StandIn,
    config: Config,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stages.failures["crawl"] = [CrawlBroken("no list")]
    with caplog.at_level(logging.INFO):
        run_day()
    assert "set DIBAO_ALERT_TO" in caplog.text + capsys.readouterr().out
