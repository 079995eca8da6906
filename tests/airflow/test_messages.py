"""Say it to someone: what a person finds in the mailbox, with a real mail server."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from crawler.alerts.causes import Cause
from crawler.alerts.record import Failure
from crawler.config import Config
from crawler.errors import CheckFailed, CrawlBlocked, CrawlBroken, CrawlTransient
from crawler.run import SHANGHAI
from models.alerts import Alert, AlertEvent
from models.runs import CheckResult, Publisher, Run
from models.store import Store
from tests.airflow.smtp import Mailbox, hanging_server, mail_server, nobodys_port
from tests.airflow.stand_in import StandIn

pytestmark = pytest.mark.airflow


def _server(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    connection = {
        "conn_type": "smtp",
        "host": "127.0.0.1",
        "port": port,
        "extra": {"disable_ssl": True, "disable_tls": True, "from_email": "dibao@example.org", "retry_limit": 0},
    }
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))
    monkeypatch.setenv("DIBAO_ALERT_TO", "ops@example.org, night@example.org")


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite is enough here; tests/alerts has both."""
    return f"sqlite:///{tmp_path}/store.sqlite"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch, config: Config) -> Iterator[Mailbox]:
    with mail_server() as made:
        _server(monkeypatch, made.port)
        yield made


_minutes = iter(range(1, 10_000))


def _yesterday() -> date:
    return datetime.now(SHANGHAI).date() - timedelta(days=1)


@pytest.fixture
def run_dag(airflow_database: Any, dag_bag: Any, stages: StandIn, config: Config) -> Callable[..., Any]:
    def run(day: date | None = None, publisher: str = "sichuan_gov", **conf: Any) -> Any:
        start = day or _yesterday()
        days = {"from": start.isoformat(), "to": (start + timedelta(days=1)).isoformat()}
        run_after = datetime(2026, 7, 1, 1, tzinfo=UTC) + timedelta(minutes=next(_minutes))
        return dag_bag.dags[f"ingest_{publisher}"].test(run_after=run_after, logical_date=None, run_conf=conf or days)

    return run


def _a_day_passes(store: Store) -> None:
    """As if all that is stored had happened a day earlier."""
    alert, event = Alert.__table__, AlertEvent.__table__

    def work(connection: Any) -> None:
        for table in (alert, event):
            for row in connection.execute(select(table)).all():
                moved = {
                    name: value - timedelta(days=1)
                    for name, value in row._mapping.items()
                    if isinstance(value, date) and name != "window_end"
                }
                keys = [column == row._mapping[column.name] for column in table.primary_key]
                connection.execute(update(table).where(*keys).values(moved))

    store.write(work)


def test_one_broken_site_is_one_mail_whatever_fails(
    run_dag: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    """A back-fill over a broken site: each run's crawl fails, what it had is parsed, and its check is red."""
    for n in range(6):
        stages.failures["crawl"] = [CrawlBroken("channel 12: the listing has no list")]
        run = run_dag(_yesterday() - timedelta(days=n))
        assert run.state == "failed"
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): a listing is not what it was"]
    assert box.recipients == [["ops@example.org", "night@example.org"]]
    text = box.texts[0]
    assert "channel 12: the listing has no list" in text
    assert "dibao probe" in text
    assert "/dags/ingest_sichuan_gov/runs/" in text
    assert "/tasks/crawl" in text
    _a_day_passes(store)
    stages.failures["crawl"] = [CrawlBroken("channel 12: the listing has no list")]
    run_dag()
    assert len(box.mails) == 2
    assert "still, since" in box.subjects[1]
    assert "7 runs" in box.subjects[1]


def test_another_publisher_is_another_mail(
    run_dag: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
) -> None:
    for key in ("sichuan_gov", "tibet_net"):
        stages.failures["crawl"] = [CrawlBroken("no list")]
        run_dag(publisher=key)
    assert len(box.mails) == 2


def test_it_is_said_once_when_it_is_well_again(
    run_dag: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
) -> None:
    stages.failures["crawl"] = [CrawlBroken("no list")]
    run_dag()
    for _ in range(3):
        assert run_dag().state == "success"
    assert len(box.mails) == 2
    assert "well again" in box.subjects[1]


def test_a_site_that_breaks_again_on_the_same_day_is_said_the_next_day(
    run_dag: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    for _ in range(4):
        stages.failures["crawl"] = [CrawlBroken("no list")]
        run_dag()
        run_dag()
    assert len(box.mails) == 2, "one that it is broken, one that it is well"
    stages.failures["crawl"] = [CrawlBroken("no list")]
    run_dag()
    _a_day_passes(store)
    stages.failures["crawl"] = [CrawlBroken("no list")]
    run_dag()
    assert len(box.mails) == 3


def test_a_retry_says_nothing(
    run_dag: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("retry_by_failure._TRANSIENT_FIRST", timedelta(0))
    stages.failures["crawl"] = [CrawlTransient("the site is down")]
    assert run_dag().state == "success"
    assert box.mails == []


def test_a_second_refusal_is_said_before_the_last_try(
    run_dag: Callable[..., Any],
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
    assert run_dag().state == "failed"
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): the site refuses us"]
    assert "It will be tried once more" in box.texts[0]
    assert max(counts) == 0, "nothing was said before the second refusal"


def test_a_dead_mail_server_fails_no_task_and_loses_no_message(
    run_dag: Callable[..., Any],
    stages: StandIn,
    store: Store,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    from crawler.cli import main

    port = nobodys_port()
    _server(monkeypatch, port)
    stages.failures["crawl"] = [CrawlBroken("no list")]
    with caplog.at_level(logging.INFO):
        assert run_dag().state == "failed"
        assert run_dag(publisher="tibet_net").state == "success"
    assert "not said, but kept for the next chance" in caplog.text + capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["status"])
    shown = capsys.readouterr().out
    assert "四川省人民政府 (sichuan_gov): a listing is not what it was" in shown
    assert "NOT SAID since" in shown
    _a_day_passes(store)
    with mail_server(port) as box:
        # Any task is the next chance.
        run_dag(publisher="tibet_net")
        assert len(box.mails) == 1
        assert "sichuan_gov" in box.subjects[0]
        assert "could not be sent since" in box.texts[0]


def test_a_mail_server_that_never_answers_costs_a_time_limit_and_no_more(
    run_dag: Callable[..., Any],
    stages: StandIn,
    store: Store,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with hanging_server() as port:
        _server(monkeypatch, port)
        monkeypatch.setenv("DIBAO_ALERT_TIMEOUT_SECONDS", "0.2")
        stages.failures["crawl"] = [CrawlBroken("no list")]
        assert run_dag().state == "failed"
    with store.reading() as connection:
        alert = connection.execute(select(Alert.__table__)).one()
    assert "there was no answer" in alert.refusal
    assert alert.said_at is None


def test_nothing_configured_sends_nothing_and_says_how(
    run_dag: Callable[..., Any],
    stages: StandIn,
    config: Config,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stages.failures["crawl"] = [CrawlBroken("no list")]
    with caplog.at_level(logging.INFO):
        run_dag()
    assert "set DIBAO_ALERT_TO" in caplog.text + capsys.readouterr().out


def _judged(store: Store, day: date, answers: dict[str, tuple[str, bool]], publisher: str = "sichuan_gov") -> None:
    """A run in the store whose check gave these answers: name to level and whether it passed."""
    key = f"{day}_{day + timedelta(days=1)}"
    crawled = datetime.now(UTC) - timedelta(days=(_yesterday() - day).days)

    def work(connection: Any) -> None:
        if not connection.execute(select(Publisher.__table__).where(Publisher.key == publisher)).first():
            connection.execute(insert(Publisher).values(key=publisher, name=publisher, home="https://example.org/"))
        connection.execute(
            insert(Run).values(
                id=f"{publisher}/{key}",
                publisher=publisher,
                run_key=key,
                window_start=day,
                window_end=day + timedelta(days=1),
                selection={},
                reason="",
                crawled_at=crawled,
                complete=True,
            )
        )
        for name, (level, passed) in answers.items():
            connection.execute(
                insert(CheckResult).values(
                    run_id=f"{publisher}/{key}",
                    name=name,
                    level=level,
                    passed=passed,
                    observed="3 articles",
                    expected="30",
                    message="" if passed else "look at the listings with `dibao probe`",
                    checked_at=crawled,
                )
            )

    store.write(work)


def test_a_check_that_warns_says_what_and_since_which_night(
    run_dag: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    last = _yesterday()
    for n, passed in ((3, True), (2, False), (1, False), (0, False)):
        _judged(store, last - timedelta(days=n), {"volume is usual": ("usual", passed), "sums": ("sum", True)})
    assert run_dag(last).state == "success"
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): the night is unusual"]
    assert f"volume is usual (so since {last - timedelta(days=2)}): 3 articles" in box.texts[0]
    assert "sums" not in box.texts[0]


def test_a_check_that_fails_names_its_questions(
    run_dag: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    _judged(store, _yesterday(), {"no channel is silent": ("hard", False), "volume is usual": ("usual", False)})
    stages.failures["check"] = [CheckFailed("the run failed its check")]
    assert run_dag().state == "failed"
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): the night failed its check"]
    assert "- no channel is silent" in box.texts[0]


def test_books_that_do_not_balance_are_said_beside_a_broken_crawl(
    run_dag: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    """No broken site explains a lost row: it must not hide behind one."""
    _judged(store, _yesterday(), {"discovered = sum of fates": ("sum", False)})
    stages.failures["crawl"] = [CrawlBroken("no list")]
    stages.failures["check"] = [CheckFailed("discovered 9, fates 8")]
    run_dag()
    assert sorted(box.subjects) == [
        "[Dibao] 四川省人民政府 (sichuan_gov): a listing is not what it was",
        "[Dibao] 四川省人民政府 (sichuan_gov): the night failed its check",
    ]


def test_what_a_page_says_can_do_nothing_in_a_mail(
    run_dag: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
) -> None:
    hostile = (
        "channel 7: <script>alert(1)</script> 关于\r\nBcc: everyone@example.org\r\n\r\n<img src=http://e.example/x> "
        "{{ conn.smtp_default.password }} {% for x in range(9) %}z{% endfor %} \u202ekcatta \x1b[31m "
        "postgresql://dibao:hunter2@db.example/dibao"
    )
    stages.failures["crawl"] = [CrawlBroken(hostile)]
    run_dag()
    (mail,) = box.mails
    assert box.recipients == [["ops@example.org", "night@example.org"]]
    assert mail["Bcc"] is None
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert "<script" not in box.pages[0]
    assert "<img" not in box.pages[0]
    assert "&lt;script&gt;" in box.pages[0]
    for text in (box.texts[0], box.pages[0]):
        assert "{{ conn.smtp_default.password }}" in text, "a page's words are no template"
        assert "hunter2" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text


def test_a_fault_of_the_program_does_not_spell_its_words_out(
    run_dag: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
) -> None:
    stages.failures["parse"] = [TypeError("token=abc123 in a driver's words")]
    run_dag()
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): a task broke"]
    assert "abc123" not in box.texts[0]
    assert "TypeError" in box.texts[0]


def test_a_store_that_is_down_is_said_once_and_once_more_when_it_is_back(
    store: Store, box: Mailbox, airflow_database: Any, dag_bag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows that group the messages are in that store."""
    from tell import tell

    monkeypatch.setenv("DIBAO_STORE", "postgresql://dibao:hunter2@127.0.0.1:1/dibao")
    for key in ("sichuan_gov", "tibet_net"):
        for stage in ("crawl", "dedupe"):
            message = "the store postgresql://dibao:hunter2@127.0.0.1:1/dibao is not there"
            tell(Failure(key, Cause.STORE, f"ingest_{key}/manual__1", stage, message, "http://127.0.0.1:8080/dags"))
    assert box.subjects == ["[Dibao] Dibao: the store cannot be used"]
    assert "hunter2" not in box.texts[0]
    monkeypatch.setenv("DIBAO_STORE", store.url.render_as_string(hide_password=False))
    assert dag_bag.dags["watch"].test(run_after=datetime(2026, 7, 2, tzinfo=UTC)).state == "success"
    assert len(box.mails) == 2
    assert "well again" in box.subjects[1]


def test_another_notifier_of_airflow_is_used_by_its_name(
    run_dag: Callable[..., Any],
    stages: StandIn,
    config: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As Slack's is, with a template of the user's own."""
    (tmp_path / "a_users_notifier.py").write_text(
        "from airflow.sdk import BaseNotifier\n"
        "class ToFile(BaseNotifier):\n"
        "    template_fields = ('path', 'text')\n"
        "    def __init__(self, path, text):\n"
        "        super().__init__()\n"
        "        self.path, self.text = path, text\n"
        "    def notify(self, context):\n"
        "        with open(self.path, 'a') as file: file.write(self.text)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    said = tmp_path / "said.txt"
    arguments = {"path": str(said), "text": "{{ dibao.subject }} | {{ dibao.text }}"}
    monkeypatch.setenv(
        "DIBAO_ALERT_NOTIFIERS", json.dumps([{"class": "a_users_notifier.ToFile", "arguments": arguments}])
    )
    stages.failures["crawl"] = [CrawlBroken("no list <b>")]
    run_dag()
    assert said.read_text().startswith("[Dibao] 四川省人民政府 (sichuan_gov): a listing is not what it was | What")
    assert "no list <b>" in said.read_text()
