"""A wrong form is refused before a run is made: otherwise each slip is a red run, a message and a person's time."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.airflow_home import CHECKOUT

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TRIGGER = "/api/v2/dags/ingest_tibet_net/dagRuns"
REPARSE = "/api/v2/dags/reparse/dagRuns"
BACKFILL = "/api/v2/backfills"
LOGIN = (b"cookie", b"_token=x")


@pytest.fixture(autouse=True)
def plugins_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Airflow does with [core] plugins_folder."""
    monkeypatch.setattr(sys, "path", [str(CHECKOUT / "dags" / "plugins"), *sys.path])


def refusal(path: str, body: dict[str, Any]) -> Any:
    from form_check import refusal

    return refusal(path, body, NOW)


@pytest.mark.parametrize("path", [TRIGGER, REPARSE])
@pytest.mark.parametrize(
    ("conf", "says"),
    [
        (
            {"from": "2026-11-20", "to": "2026-11-18"},
            "To (2026-11-18) must be a later day than From (2026-11-20): it is the day after the last one wanted",
        ),
        (
            {"from": "2026-11-20"},
            "Only From was given (2026-11-20): both days are needed, and To is the day after the last one wanted",
        ),
        ({"from": "20.11.2026", "to": "2026-11-21"}, "From: '20.11.2026' is not a 'date'"),
    ],
)
def test_a_slip_in_the_days_of_either_form_is_the_same_sentence(path: str, conf: dict[str, Any], says: str) -> None:
    assert refusal(path, {"conf": {"publisher": "tibet_net", **conf} if path == REPARSE else conf}) == says


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        (
            {"from": "2026-12-01", "to": "2026-12-02"},
            "From is 2026-12-01, but it is 2026-11-22 in Shanghai: nothing can be published yet",
        ),
        ({"channels": ["no_such"]}, "Channels: 'no_such' is not one of ["),
        ({"page_limit": 0}, "Page limit: 0 is less than the minimum of 1"),
        ({"form": "2026-11-20"}, "The run was asked for with form, which no parameter is called"),
    ],
)
def test_a_slip_in_the_form_is_a_sentence_on_the_form(conf: dict[str, Any], says: str) -> None:
    assert str(refusal(TRIGGER, {"conf": conf, "logical_date": None})).startswith(says)


@pytest.mark.parametrize("conf", [None, {}, {"from": None, "to": None, "channels": []}])
@pytest.mark.parametrize("path", [TRIGGER, BACKFILL, BACKFILL + "/dry_run"])
def test_an_empty_form_is_a_right_one(path: str, conf: dict[str, Any] | None) -> None:
    assert refusal(path, {"dag_id": "ingest_tibet_net", "conf": conf, "dag_run_conf": conf}) is None


def test_a_back_fill_with_days_in_its_form_is_refused() -> None:
    """The dialog has two pairs of From and To; filled in the wrong one, every run would crawl the same days."""
    conf = {"from": "2026-11-01", "to": "2026-11-08"}
    assert "From and To must be empty in a back-fill" in refusal(
        BACKFILL, {"dag_id": "ingest_tibet_net", "dag_run_conf": conf}
    )
    assert refusal(BACKFILL, {"dag_id": "somebody_elses", "dag_run_conf": conf}) is None


@pytest.mark.parametrize(
    "path", ["/api/v2/dags/revisit/dagRuns", "/api/v2/dags/ingest_no_such/dagRuns", "/api/v2/pools"]
)
def test_what_is_not_ours_is_left_to_airflow(path: str) -> None:
    assert refusal(path, {"conf": {"from": "nonsense"}}) is None


async def _asked(path: str, chunks: list[bytes], header: tuple[bytes, bytes] = LOGIN) -> tuple[list[Any], bytes]:
    from form_check import FormCheck

    sent: list[Any] = []
    arrived: list[bytes] = []
    waiting = [{"type": "http.request", "body": part, "more_body": part is not chunks[-1]} for part in chunks]

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def airflow(scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            arrived.append(message["body"])
            more = message["more_body"]

    scope = {"type": "http", "method": "POST", "path": path, "headers": [header]}
    await FormCheck(airflow)(scope, receive, send)
    return sent, b"".join(arrived)


def asked(path: str, *chunks: bytes, header: tuple[bytes, bytes] = LOGIN) -> tuple[list[Any], bytes]:
    return asyncio.run(_asked(path, list(chunks), header))


def test_a_right_form_reaches_airflow_byte_by_byte() -> None:
    body = json.dumps({"conf": {"reason": "一次"}}).encode()
    assert asked(TRIGGER, body[:9], body[9:]) == ([], body)
    assert asked(TRIGGER, b"no JSON") == ([], b"no JSON")


def test_a_wrong_form_never_reaches_airflow() -> None:
    body = json.dumps({"conf": {"from": "2026-11-20", "to": "2026-11-18"}}).encode()
    (start, end), arrived = asked(TRIGGER, body)
    assert (start["status"], arrived) == (400, b"")
    assert "later day than From" in json.loads(end["body"])["detail"]


def test_a_stranger_hears_of_the_login_first() -> None:
    body = json.dumps({"conf": {"from": "2026-11-20", "to": "2026-11-18"}}).encode()
    assert asked(TRIGGER, body, header=(b"accept", b"*/*")) == ([], body)


def test_airflow_takes_the_plugin() -> None:
    from form_check import FormCheck, FormCheckPlugin

    (entry,) = FormCheckPlugin.fastapi_root_middlewares
    assert entry["middleware"] is FormCheck
    assert callable(entry["middleware"])
    assert entry["name"]


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        ({}, "Say what to read again"),
        ({"publisher": "nobody"}, "Publisher: 'nobody' is not one of ["),
        ({"publisher": "tibet_net", "from": "2026-06-08", "to": "2026-06-09", "sites": ["lhasa"]}, "Tibet_net has no"),
        ({"day": "2026-06-08"}, "The reparse was asked for with day, which no parameter is called"),
    ],
)
def test_a_slip_in_the_form_of_a_reparse_is_a_sentence_on_it_too(conf: dict[str, Any], says: str) -> None:
    assert str(refusal(REPARSE, {"conf": conf})).startswith(says)
    assert refusal(REPARSE, {"conf": {"publisher": "tibet_net", "from": "2026-06-08", "to": "2026-06-09"}}) is None
