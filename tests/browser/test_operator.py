"""An operator's day in Airflow's pages, with the mouse: what cannot be done here, or not be understood, nobody does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.browser.conftest import Newsroom, Windows, browser_windows, picture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

DAG = "ingest_tibet_net"
NAME = "中国西藏网"
_USUAL = {"width": 1440, "height": 900}
_WHOLE_FORM = {"width": 1440, "height": 1570}
_A_RUN = 240_000
"""Milliseconds that a run may take before the test gives up; some twenty seconds on an idle machine."""


@pytest.fixture
def windows(chromium: Any, newsroom: Newsroom) -> Iterator[Windows]:
    """Opens logged-in windows, in an operator's time zone."""
    with browser_windows(chromium, newsroom.home) as opened:
        yield lambda **options: opened(**{"timezone_id": "Asia/Shanghai", **options})


@pytest.fixture
def page(windows: Windows) -> Any:
    """A window of a usual size."""
    return windows(viewport=_USUAL)


def open_form(page: Any) -> Any:
    page.goto(f"/dags/{DAG}")
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    form.locator("#element_from").wait_for(timeout=60_000)
    return form


def fill_days(form: Any, first: date, end: date) -> None:
    form.locator("#element_from").fill(first.isoformat())
    form.locator("#element_to").fill(end.isoformat())


def refused_with(form: Any, sentence: str, button: str) -> None:
    form.get_by_role("button", name=button, exact=True).click()
    form.get_by_text(sentence).wait_for(timeout=30_000)


def trigger(page: Any, first: date, *, reason: str) -> str:
    """Trigger a run for one day through the form; the run id, from the page that it leads to."""
    form = open_form(page)
    fill_days(form, first, first + timedelta(days=1))
    form.locator("#element_reason").fill(reason)
    form.get_by_role("button", name="Trigger", exact=True).click()
    page.wait_for_url("**/runs/manual__*", timeout=60_000)
    return run_of(page)


def run_of(page: Any) -> str:
    return re.search(r"/runs/([^/?]+)", page.url)[1].replace("%3A", ":").replace("%2B", "+")  # type: ignore[index]


def wait_for_state(page: Any, state: str) -> None:
    """Of the run whose page is open: its badge, beside its name."""
    name = page.locator("h1, h2, h3").filter(has_text="manual__").first
    name.locator("xpath=..").get_by_text(state, exact=True).wait_for(timeout=_A_RUN)


def wait_until_crawling(page: Any, newsroom: Newsroom, run_id: str) -> None:
    """Until the crawl of a run is at work, and the page, which asks every few seconds, shows it."""
    for _ in range(_A_RUN // 500):
        states = {task["task_id"]: task["state"] for task in newsroom.api.tasks(DAG, run_id)}
        if states["crawl"] in ("running", "success", "failed"):
            break
        page.wait_for_timeout(500)
    page.wait_for_timeout(3500)


def read_log(page: Any, run_id: str, task: str) -> str:
    """The text of a task's log as the page shows it."""
    page.goto(f"/dags/{DAG}/runs/{run_id}/tasks/{task}")
    page.get_by_text("publication days").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1500)  # the lines come in one by one
    # Only what can be seen is in the page.
    lines, box = page.get_by_test_id("virtualized-list"), page.get_by_test_id("virtual-scroll-container")
    top = str(lines.inner_text())
    box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    page.wait_for_timeout(500)
    return f"{top}\n{lines.inner_text()}"


def open_corpus(page: Any) -> Any:
    page.get_by_role("link", name="Corpus").first.click()
    frame = page.frame_locator("iframe[title=Corpus]")
    frame.get_by_role("heading", name="The corpus").wait_for(timeout=60_000)
    page.wait_for_timeout(500)
    return frame


def cell(frame: Any, first: date) -> Any:
    return frame.locator(f'a[href$="/tibet_net/{first}/{first + timedelta(days=1)}"]').first


def articles(frame: Any, first: date) -> int:
    """The figure in a day's cell."""
    return int(re.match(r"\d+", cell(frame, first).inner_text())[0])  # type: ignore[index]


def test_a_day_of_an_operator(page: Any, newsroom: Newsroom) -> None:
    day, down = newsroom.today - timedelta(days=4), newsroom.today - timedelta(days=3)
    picture(page, "home")
    frame = open_corpus(page)
    assert "Trigger one in Airflow" in frame.locator("body").inner_text(), "an empty page says how to begin"
    picture(page, "corpus-empty")

    # A form with To before From: a sentence on the form, and no run.
    form = open_form(page)
    page.set_viewport_size(_WHOLE_FORM)
    page.wait_for_timeout(500)
    picture(page, "form")
    page.set_viewport_size(_USUAL)
    fill_days(form, day, day - timedelta(days=2))
    refused_with(form, "must be a later day than From", "Trigger")
    form.get_by_text("must be a later day than From").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    picture(page, "form-error")
    assert not [row for row in runs(newsroom) if row["run_type"] == "manual"]
    assert_refused(newsroom, {"channels": ["no_such"]}, "'no_such' is not one of")

    # The same rightly: watched to its end, its log read.
    run_id = trigger(page, day, reason="a day that was asked about")
    wait_until_crawling(page, newsroom, run_id)
    picture(page, "run-running")
    wait_for_state(page, "Success")
    page.wait_for_timeout(1500)
    picture(page, "run-done")
    log = read_log(page, run_id, "crawl")
    picture(page, "log-crawl")
    assert "reason: a day that was asked about" in log
    assert re.search(r"fate +URLs +for example", log)
    assert re.search(r"captured +\d+ +https://", log)
    assert "Context impl" not in log
    log = read_log(page, run_id, "load")
    assert re.search(r"new +\d+", log)
    picture(page, "log-load")
    frame = open_corpus(page)
    assert articles(frame, day) > 5
    picture(page, "corpus-run")
    cell(frame, day).click()
    page.wait_for_url(f"**/dags/{DAG}/runs/**", timeout=60_000)
    assert run_of(page) == run_id

    # The site is down: red, with a sentence that says what to do; the Corpus page says the same.
    newsroom.sites.fault("http_503", site="tibet_net")
    failed_id = trigger(page, down, reason="asked for by a colleague")
    wait_for_state(page, "Failed")
    page.wait_for_timeout(1500)
    picture(page, "run-failed")
    log = read_log(page, failed_id, "crawl")
    picture(page, "log-failed")
    assert "the site answers 503" in log
    assert "try the run again later" in log
    assert "CrawlTransient" in log
    assert "task_runner.py" not in log, "where a sentence does, no stack"
    frame = open_corpus(page)
    assert "failed" in cell(frame, down).inner_text()
    needs = frame.locator("section", has_text="What needs a person").last.inner_text()
    assert "the site answers 503" in needs
    picture(page, "corpus-failed")

    # The site is up again: the failed task is cleared, and what follows it with it.
    newsroom.sites.clear()
    page.goto(f"/dags/{DAG}/runs/{failed_id}/tasks/crawl")
    page.get_by_role("button", name="to clear").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Affected Tasks: 5").wait_for(timeout=30_000)
    page.wait_for_timeout(500)
    picture(page, "clear")
    dialog.get_by_role("button", name="Confirm").click()
    dialog.wait_for(state="hidden", timeout=60_000)
    page.goto(f"/dags/{DAG}/runs/{failed_id}")
    wait_for_state(page, "Success")
    frame = open_corpus(page)
    assert "failed" not in cell(frame, down).inner_text()
    assert articles(frame, down) > 5
    funnel = frame.locator("section", has_text="The latest night").last
    assert NAME in funnel.inner_text()
    assert "the site answers 503" not in frame.locator("body").inner_text()
    picture(page, "corpus-mended")
    funnel.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    picture(page, "corpus-funnel")


def test_a_back_fill_of_three_days(page: Any, newsroom: Newsroom) -> None:
    last = newsroom.today - timedelta(days=6)
    days = [last - timedelta(days=n) for n in (2, 1, 0)]
    form = open_form(page)
    form.get_by_text("Backfill", exact=True).click()
    for place, moment in ((0, (days[0], "00:00")), (1, (days[2], "23:59"))):
        form.get_by_test_id("datetime-input").nth(place).click()
        page.get_by_placeholder("YYYY/MM/DD").last.fill(moment[0].strftime("%Y/%m/%d"))
        page.get_by_placeholder("HH:mm").last.fill(moment[1])
        page.keyboard.press("Escape")
    form.get_by_text("3 runs will be triggered").wait_for(timeout=30_000)
    picture(page, "backfill")
    # With this box the form below counts too, and by its From and To each run would crawl the same days.
    box = form.get_by_text("Override parameters on existing runs")
    box.click()
    fill_days(form, days[0], last + timedelta(days=1))
    page.wait_for_timeout(1000)
    refused_with(form, "From and To must be empty in a back-fill", "Run Backfill")
    box.click()
    form.get_by_role("button", name="Run Backfill", exact=True).click()
    form.wait_for(state="hidden", timeout=60_000)
    page.goto(f"/dags/{DAG}")
    page.wait_for_timeout(8000)
    picture(page, "backfill-running")
    for _ in range(_A_RUN // 1000):
        done = [
            row for row in runs(newsroom) if row["run_type"] == "backfill" and row["state"] in ("success", "failed")
        ]
        if len(done) == 3:
            break
        page.wait_for_timeout(1000)
    assert [row["state"] for row in done] == ["success"] * 3
    frame = open_corpus(page)
    for day in days:
        assert articles(frame, day) > 0
    picture(page, "corpus-backfilled")


def test_a_reparse_and_an_upkeep_say_what_they_did(page: Any, newsroom: Newsroom) -> None:
    day = newsroom.today - timedelta(days=5)
    days = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}
    assert run_to_its_end(page, newsroom, DAG, days)[1] == "success"
    for dag, conf, task, words in (
        (
            "reparse",
            {"publisher": "tibet_net", **days, "reason": "what a new parser would change"},
            "compare",
            "report:",
        ),
        ("upkeep", {"dry_run": True}, "run_folders", "folder"),
    ):
        run_id, state = run_to_its_end(page, newsroom, dag, conf)
        assert state == "success"
        page.goto(f"/dags/{dag}/runs/{run_id}/tasks/{task}")
        page.get_by_test_id("virtualized-list").get_by_text(words).first.wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        picture(page, f"log-{dag}")


def run_to_its_end(page: Any, newsroom: Newsroom, dag: str, conf: dict[str, Any]) -> tuple[str, str]:
    """Trigger a run over the API; its id and how it ended."""
    newsroom.api._http.patch(f"/api/v2/dags/{dag}", json={"is_paused": False}).raise_for_status()
    run_id = newsroom.api.trigger(dag, conf, "of a test")
    for _ in range(_A_RUN // 1000):
        if (state := newsroom.api.run_state(dag, run_id)) in ("success", "failed"):
            break
        page.wait_for_timeout(1000)
    return run_id, state


def test_every_dag_that_is_switched_on_runs_at_once_and_has_a_next_run(page: Any, newsroom: Newsroom) -> None:
    """One that did neither would be on, green and idle for ever."""
    on = ["watch", *newsroom.api.dags("ingest_")]
    for dag in on:
        newsroom.api._http.patch(f"/api/v2/dags/{dag}", json={"is_paused": False}).raise_for_status()
    for _ in range(_A_RUN // 1000):
        latest = {dag: newsroom.api._get(f"/api/v2/dags/{dag}/dagRuns", order_by="-run_after", limit=1) for dag in on}
        states = {dag: row["state"] for dag, found in latest.items() for row in found["dag_runs"]}
        if states.keys() == set(on) and set(states.values()) <= {"success", "failed"}:
            break
        page.wait_for_timeout(1000)
    assert states == dict.fromkeys(on, "success")
    assert all(newsroom.api._get(f"/api/v2/dags/{dag}")["next_dagrun_run_after"] for dag in on)
    page.goto("/dags")
    page.get_by_role("link", name=NAME).first.wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    picture(page, "dags")
    page.set_viewport_size({"width": 1400, "height": 740})
    run_id = latest["ingest_sina_finance"]["dag_runs"][0]["dag_run_id"]
    page.goto(f"/dags/ingest_sina_finance/runs/{run_id}/tasks/crawl")
    # A log that is longer than its window opens at its end.
    page.get_by_test_id("virtualized-list").get_by_text("for example").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    picture(page, "airflow-grid")


def runs(newsroom: Newsroom) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = newsroom.api._get(f"/api/v2/dags/{DAG}/dagRuns", limit=100)["dag_runs"]
    return rows


def assert_refused(newsroom: Newsroom, conf: dict[str, Any], sentence: str) -> None:
    """What the form cannot be made to send, a script can: it hears the same."""
    from scripts.airflow_api import AirflowApiError

    with pytest.raises(AirflowApiError, match=sentence):
        newsroom.api.trigger(DAG, conf, "from a script")


def test_the_other_forms_say_what_they_are_for(page: Any, newsroom: Newsroom) -> None:
    """Every DAG that a person may trigger: its name, and a word on each field."""
    for dag in sorted(set(newsroom.api.dags("")) - set(newsroom.api.dags("ingest_"))):
        details = newsroom.api._get(f"/api/v2/dags/{dag}/details")
        for name, param in details["params"].items():
            assert param["schema"].get("title"), f"{dag}: {name} is shown by its key"
            assert param["description"], f"{dag}: nothing says what {name} is"
        assert details["doc_md"], f"{dag} does not say what it does"
        page.goto(f"/dags/{dag}")
        page.get_by_role("button", name="Trigger").first.click()
        form = page.get_by_role("dialog")
        form.get_by_role("button", name="Trigger", exact=True).wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        picture(page, f"form-{dag}")
        assert form.get_by_role("button", name="Trigger", exact=True).is_enabled(), f"{dag} cannot be started as it is"
