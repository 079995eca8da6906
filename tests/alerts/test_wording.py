"""A message as a person reads it: one line of subject, no control characters, no password, nothing that runs."""

from __future__ import annotations

import dataclasses
import html
import unicodedata
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.alerts.causes import Cause, cause_of
from crawler.alerts.due import Kind, Notice
from crawler.alerts.night import Night, last_night
from crawler.alerts.settings import load_alert_settings
from crawler.alerts.wording import compose, line, readable
from crawler.errors import (
    CheckFailed,
    ConfigurationError,
    CrawlBlocked,
    CrawlFailed,
    DecodeFailed,
    DibaoError,
    ListingError,
)
from crawler.publishers import get
from crawler.run import SHANGHAI, Window
from tests.alerts.told import NIGHT, failure


def _notice(message: str = "no answer", kind: Kind = Kind.WRONG, cause: Cause = Cause.UNREACHABLE) -> Notice:
    what = failure(cause=cause)
    return Notice(
        publisher=what.publisher,
        cause=cause,
        kind=kind,
        since=NIGHT,
        well_at=NIGHT + timedelta(days=2) if kind is Kind.WELL else None,
        runs=3,
        last_at=NIGHT + timedelta(days=1),
        stage=what.stage,
        dag_run=what.dag_run,
        window_end=what.window_end,
        message=message,
        log_url=what.log_url,
        told=kind is not Kind.WRONG,
    )


@given(st.text(), st.sampled_from(Kind), st.sampled_from(Cause))
def test_whatever_a_page_says_the_message_stays_one(words: str, kind: Kind, cause: Cause) -> None:
    notice = _notice(words, kind, cause)
    message = compose(notice, secrets=[""])
    assert len(message.subject) <= 200
    assert all(unicodedata.category(c)[0] != "C" for c in message.subject)
    assert all(c == "\n" or unicodedata.category(c)[0] != "C" for c in message.text)
    message.text.encode()
    words_in_page = message.html
    for tag in (
        "<table cellpadding='4'>",
        "</table>",
        "<tr>",
        "</tr>",
        "</th>",
        "<td>",
        "</td>",
        "<br>",
        "<p>",
        "</p>",
    ):
        words_in_page = words_in_page.replace(tag, "")
    words_in_page = words_in_page.replace('<th align="left" valign="top">', "")
    assert "<" not in words_in_page
    assert html.unescape(words_in_page)
    assert "\n" not in line(notice, NIGHT)


def test_the_three_kinds_tell_what_since_when_and_what_to_do() -> None:
    wrong, still, well = (compose(_notice(kind=kind)) for kind in (Kind.WRONG, Kind.STILL, Kind.WELL))
    assert wrong.subject == "[Dibao] 中国西藏网 (tibet_net): the site cannot be read"
    assert still.subject == "[Dibao] 中国西藏网 (tibet_net): still, since 2026-06-17, 3 runs: the site cannot be read"
    assert well.subject == "[Dibao] 中国西藏网 (tibet_net): well again (the site cannot be read, since 2026-06-17)"
    for message in (wrong, still):
        assert "Since       2026-06-17 01:30 (Shanghai), 3 runs" in message.text
        assert "What to do  Every try failed." in message.text
        assert "Log         http://127.0.0.1:8080/dags/ingest_tibet_net" in message.text
    assert "Until       2026-06-19 01:30 (Shanghai), 3 runs" in well.text


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://dibao:hunter2@db.example/dibao",
        "postgresql://dibao:hun/ter2@db.example/dibao?password=hunter2",
        "host=db.example user=dibao password=hunter2 dbname=dibao",
        "https://api.example/?token=hunter2&x=1",
        "api_key: hunter2",
    ],
)
def test_a_password_is_not_repeated(secret: str) -> None:
    assert "hunter2" not in readable(f"connection failed: {secret}", [])
    assert "hun/ter2" not in readable(f"connection failed: {secret}", ["hun/ter2"])


def test_a_message_is_bounded() -> None:
    message = compose(_notice("\n".join(["x" * 10_000] * 10_000)))
    assert len(message.text) < 20_000
    assert "more lines: see the log" in message.text


def test_every_failure_has_its_cause_and_every_cause_its_advice() -> None:
    for cause in Cause:
        assert cause.headline
        assert cause.advice
    kinds = list(DibaoError.__subclasses__())
    for kind in kinds:
        kinds += kind.__subclasses__()
    # These never leave a stage: they are a crawl's problems and a page's fate.
    leaving = [kind for kind in kinds if kind is not CrawlFailed and not issubclass(kind, ListingError | DecodeFailed)]
    assert leaving
    assert not [kind for kind in leaving if cause_of(kind("x")) is Cause.FAULT]
    assert cause_of(CheckFailed("x"), past=True) is Cause.PAST_CHECK
    assert cause_of(CrawlBlocked("x"), past=True) is Cause.REFUSED
    assert cause_of(None) is Cause.KILLED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TO", "a@example.org\nBcc: b@example.org"),
        ("TO", "nobody"),
        ("NOTIFIERS", "slack"),
        ("NOTIFIERS", '[{"class": "os"}]'),
        ("DEADLINE", "25:00"),
        ("TIMEOUT_SECONDS", "0"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DIBAO_ALERT_{name}", value)
    with pytest.raises(ConfigurationError, match=f"DIBAO_ALERT_{name}"):
        load_alert_settings()


def test_the_last_night_is_the_one_whose_deadline_has_passed() -> None:
    publisher = get("tibet_net")
    for clock, day in (((16, 22, 59), 16), ((16, 23, 0), 17), ((17, 16, 1), 17)):
        night = last_night(publisher, time(7, 0), datetime(2026, 6, *clock, tzinfo=UTC))
        assert night.window.end.day == day, clock
        assert night.due.strftime("%d %H:%M") == f"{day} 01:25"
        assert night.logical_date == night.due - timedelta(days=1)


@pytest.mark.parametrize(
    ("schedule", "now", "start", "due", "days", "deadline"),
    [
        # 2026-06-15 is a Monday.
        ("25 1 * * 1-5", "15 08:00", "12 01:25", "15 01:25", (12, 15), "15 07:00"),
        ("25 1 * * 1-5", "15 06:00", "11 01:25", "12 01:25", (11, 12), "12 07:00"),
        ("25 1 * * 1-5", "14 23:00", "11 01:25", "12 01:25", (11, 12), "12 07:00"),
        ("5 */6 * * *", "16 08:00", "15 18:05", "16 00:05", (15, 16), "16 07:00"),
        ("5 */6 * * *", "16 06:59", "14 18:05", "15 00:05", (14, 15), "15 07:00"),
        ("5 13,21 * * *", "16 06:00", "13 21:05", "14 13:05", (13, 14), "15 07:00"),
        ("5 1 1 * *", "20 12:00", "05-01 01:05", "1 01:05", (date(2026, 5, 1), 1), "1 07:00"),
    ],
)
def test_a_night_of_any_schedule_is_known_by_its_days_and_its_deadline(
    schedule: str, now: str, start: str, due: str, days: tuple[date | int, int], deadline: str
) -> None:
    """Weekdays only, several runs a day, once a month: a night that did not come was noticed by nobody."""

    def at(text: str) -> datetime:
        day, clock = text.split()
        month, _, number = day.rpartition("-")
        return datetime.combine(date(2026, int(month or 6), int(number)), time.fromisoformat(clock), SHANGHAI)

    def on(day: date | int) -> date:
        return day if isinstance(day, date) else date(2026, 6, day)

    night = last_night(dataclasses.replace(get("tibet_net"), schedule=schedule), time(7, 0), at(now))
    assert night == Night(Window(on(days[0]), on(days[1])), at(due), at(start), at(deadline))
