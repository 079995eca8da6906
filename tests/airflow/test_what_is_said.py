"""What a person reads when something fails or warns, with a real mail server and nothing that a page could misuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tell

from crawler.alerts.causes import Cause
from crawler.alerts.record import Failure
from crawler.config import Config
from crawler.errors import CheckFailed, CrawlBroken
from models.store import Store
from tests.airflow.days import judged, yesterday
from tests.airflow.smtp import Mailbox
from tests.airflow.stand_in import StandIn

pytestmark = pytest.mark.airflow


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite is enough here; tests/alerts has both."""
    return f"sqlite:///{tmp_path}/store.sqlite"


def test_a_check_that_warns_says_what_and_since_which_night(
    run_day: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    last = yesterday()
    for n, passed in ((3, True), (2, False), (1, False), (0, False)):
        judged(store, last - timedelta(days=n), {"volume is usual": ("usual", passed), "sums": ("sum", True)})
    assert run_day(last).state == "success"
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): the night is unusual"]
    assert f"volume is usual (so since {last - timedelta(days=2)}): 3 articles" in box.texts[0]
    assert "sums" not in box.texts[0]


def test_a_check_that_fails_names_its_questions(
    run_day: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    judged(store, yesterday(), {"no channel is silent": ("hard", False), "volume is usual": ("usual", False)})
    stages.failures["check"] = [CheckFailed("the run failed its check")]
    assert run_day().state == "failed"
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): the night failed its check"]
    assert "- no channel is silent" in box.texts[0]


def test_books_that_do_not_balance_are_said_beside_a_broken_crawl(
    run_day: Callable[..., Any],
    stages: StandIn,
    store: Store,
    box: Mailbox,
) -> None:
    """No broken site explains a lost row: it must not hide behind one."""
    judged(store, yesterday(), {"discovered = sum of fates": ("sum", False)})
    stages.failures["crawl"] = [CrawlBroken("no list")]
    stages.failures["check"] = [CheckFailed("discovered 9, fates 8")]
    run_day()
    assert sorted(box.subjects) == [
        "[Dibao] 四川省人民政府 (sichuan_gov): a listing is not what it was",
        "[Dibao] 四川省人民政府 (sichuan_gov): the night failed its check",
    ]


def test_what_a_page_says_can_do_nothing_in_a_mail(
    run_day: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
) -> None:
    hostile = (
        "channel 7: <script>alert(1)</script> 关于\r\nBcc: everyone@example.org\r\n\r\n<img src=http://e.example/x> "
        "{{ conn.smtp_default.password }} {% for x in range(9) %}z{% endfor %} \u202ekcatta \x1b[31m "
        "postgresql://dibao:hunter2@db.example/dibao"
    )
    stages.failures["crawl"] = [CrawlBroken(hostile)]
    run_day()
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
    run_day: Callable[..., Any],
    stages: StandIn,
    box: Mailbox,
) -> None:
    stages.failures["parse"] = [TypeError("token=abc123 in a driver's words")]
    run_day()
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
    run_day: Callable[..., Any],
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
    run_day()
    assert said.read_text().startswith("[Dibao] 四川省人民政府 (sichuan_gov): a listing is not what it was | Publisher")
    assert "no list <b>" in said.read_text()


def test_a_crawl_that_was_killed_without_a_word_is_said_by_what_follows_it(
    run_day: Callable[..., Any], stages: StandIn, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies for its memory calls no callback: its check is the first that can speak."""
    monkeypatch.setattr("tell._failure", _silent_for_the_crawl)
    stages.failures["crawl"] = [CrawlBroken("no list")]
    run_day()
    assert box.subjects == ["[Dibao] 四川省人民政府 (sichuan_gov): the night failed its check"]
    assert "its crawl did not succeed" in " ".join(box.texts[0].split())


def _silent_for_the_crawl(context: Any, prefix: str = "", real: Any = tell._failure) -> Any:
    return None if context["ti"].task_id == "crawl" else real(context, prefix)


def test_a_run_that_is_red_without_a_word_is_said(store: Store, box: Mailbox, airflow_database: Any) -> None:
    """Airflow calls this in the DAG processor, when the run's state is known."""
    context: Any = {"dag": SimpleNamespace(dag_id="ingest_tibet_net"), "run_id": "manual__2026-06-17T01:00:00+00:00"}
    tell.run_failed(context)
    assert box.subjects == ["[Dibao] 中国西藏网 (tibet_net): a task was cut short"]
    assert "/dags/ingest_tibet_net/runs/manual__2026-06-17T01%3A00%3A00%2B00%3A00" in box.texts[0]
    tell.run_failed(context)
    assert len(box.mails) == 1
