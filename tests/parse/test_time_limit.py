"""One page that our reader cannot finish must cost its own row and not the night."""

from __future__ import annotations

import re
import signal
import threading

import pytest
from upath import UPath

from crawler import stages
from crawler.parse import furniture, parse_page
from crawler.parse.article import Page
from crawler.parse.time_limit import TooSlow, time_limit

ENDLESS = re.compile("(?:甲|甲甲)+乙")


def test_a_page_that_takes_too_long_is_ended_and_the_place_where_it_stood_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(furniture, "_CLUTTER", ENDLESS)
    body = f"<h1>水利工程开工</h1><div>2023-05-06 10:00</div><div id='zoom'><p>{'甲' * 100}</p></div>".encode()
    page = Page("https://www.example.cn/1.html", body, "text/html; charset=utf-8")
    with pytest.raises(TooSlow, match=r"0\.2 s of processor time, in is_clutter"), time_limit(0.2):
        parse_page(page)


def test_a_page_that_takes_too_long_is_a_row_of_its_night_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(page: Page, publisher: str | None) -> None:
        raise TooSlow("not read within 60 s of processor time, in is_clutter:155")

    monkeypatch.setattr(stages, "parse_page", endless)
    monkeypatch.setattr(stages, "_page", lambda data_root, row: Page(row["url"], b""))
    row = stages.parsed_row(
        UPath("memory://archive"),
        {"url": "https://www.example.cn/1.html", "site": "example", "key": "1", "capture": {}},
        "tibet_net",
    )
    assert row["fate"] == "parse_failed"
    assert row["article"] is None
    assert "60 s" in row["message"]


def test_after_a_page_that_ended_in_time_nothing_is_left_that_could_end_another() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with time_limit(5):
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
    assert signal.getsignal(signal.SIGVTALRM) is before


def test_the_clocks_alarm_which_airflow_uses_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0] > 0
    with time_limit(5):
        assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0] > 0) == before


def test_what_is_not_finished_is_ended_in_the_main_thread_and_let_be_in_others() -> None:
    with pytest.raises(TooSlow), time_limit(0.1):
        ENDLESS.match("甲" * 100)
    done: list[bool] = []

    def other() -> None:
        with time_limit(0.1):
            done.append(True)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert done == [True]
