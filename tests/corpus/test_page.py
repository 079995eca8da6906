"""The Corpus page as a browser gets it: closed to strangers, deaf to hostile pages, plain when something is wrong."""

from __future__ import annotations

import html
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text

from crawler.alerts.causes import Cause
from crawler.config import Config, load_config
from crawler.run import SHANGHAI
from models.aggregates import refresh_aggregates
from models.store import Store
from tests.alerts.told import NIGHT as NOBODY_KNOWS
from tests.alerts.told import Told, failure
from tests.corpus.sample import LAST_DAY, Night, Rows, fill, write_night, write_text

pytestmark = pytest.mark.airflow

DAY = date(2026, 6, 15)
NIGHT = Night("tibet_net", DAY, DAY + timedelta(days=1))
PATHS = [
    "/corpus/",
    "/corpus/?publisher=tibet_net",
    "/corpus/article/1",
    "/corpus/run/tibet_net/2026-06-15/2026-06-16",
    "/corpus/static/corpus.css",
    "/corpus/static/page.js",
    "/corpus/static/icon.svg",
    "/corpus/static/nothing.css",
]


def with_article(store: Store, **fields: Any) -> int:
    values: dict[str, Any] = {
        "key": "1",
        "title": "甲",
        "paragraphs": ["乙"],
        "text": "甲乙",
        "published": datetime(2026, 6, 15, 9, 0, tzinfo=SHANGHAI),
        "crawled_at": datetime(2026, 6, 16, 1, 42, tzinfo=SHANGHAI),
    }
    store.write(lambda connection: fill(connection, []))

    def work(connection: Any) -> int:
        rows = Rows()
        write_night(rows, NIGHT)
        article_id = write_text(rows, NIGHT, **(values | fields))
        rows.write(connection)
        refresh_aggregates(connection, NIGHT.run_id)
        return article_id

    return store.write(work)


@pytest.mark.parametrize("path", PATHS)
def test_without_a_login_nothing_is_shown_not_even_the_style_sheet(stranger: Any, config: Config, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert "Log in first" in answer.text
    assert "西藏" not in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_a_forged_token_is_refused(stranger: Any, config: Config, path: str) -> None:
    stranger.cookies.set("_token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.")
    assert stranger.get(path).status_code in (401, 403)


@pytest.mark.parametrize("path", ["/corpus/openapi.json", "/corpus/docs", "/corpus/redoc"])
def test_no_description_of_the_routes_is_open(stranger: Any, config: Config, path: str) -> None:
    assert stranger.get(path).status_code in (401, 404)


def test_a_user_without_any_role_is_refused(stranger: Any, airflow_login: Any, config: Config) -> None:
    stranger.cookies.set("_token", airflow_login(None))
    assert stranger.get("/corpus/").status_code == 403


@pytest.mark.parametrize("path", ["/corpus/", "/corpus/static/page.js", "/corpus/nowhere", "/corpus/?until=x"])
def test_every_answer_forbids_other_hosts_inline_code_and_foreign_frames(page: Any, path: str) -> None:
    policy = page.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert "//" not in policy
    assert page.get(path).headers["x-content-type-options"] == "nosniff"


def test_the_page_names_no_other_host_and_has_no_inline_code_or_style(browser: Any, sample_config: Config) -> None:
    body = browser.get("/corpus/?until=2026-06-16").text
    loaded = re.findall(r'(?:src|srcset|href)="([^"]*)"[^>]*>', re.sub(r"<a\b[^>]*>", "", body))
    assert loaded
    assert all(address.startswith("/corpus/static/") for address in loaded)
    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", body)
    assert re.findall(r"<script[^>]*>", body) == ['<script src="/corpus/static/page.js">']


HOSTILE = '<script>alert(1)</script>"onmouseover="alert(2)" \'><img src=x onerror=alert(3)>'


def test_what_a_hostile_site_prints_stays_text(page: Any, store: Store) -> None:
    article = with_article(
        store,
        title=HOSTILE,
        source=HOSTILE,
        authors=[HOSTILE],
        paragraphs=[HOSTILE, "{{ 7 * 7 }}"],
        body_html="<p>a body that must never be shown raw</p><script>alert(4)</script>",
        images=[{"url": "javascript:alert(5)", "caption": HOSTILE}],
        attachments=[{"url": "data:text/html,<script>alert(6)</script>", "name": HOSTILE}],
        layout="generic",
    )
    for path in ("/corpus/?until=2026-06-16", f"/corpus/article/{article}"):
        body = page.get(path).text
        assert html.escape("<script>alert(1)</script>") in body
        assert body.count("<script") == 1
        assert "<img" not in body
        assert '"onmouseover' not in body
        assert "shown raw" not in body
        assert "49" not in re.findall(r"<p>(\d+)</p>", body)


def test_a_message_that_could_not_be_sent_is_seen_where_people_look(page: Any, store: Store) -> None:
    told = Told(store)
    told.fails(failure(), NOBODY_KNOWS)
    assert "Not said" not in page.get("/corpus/").text
    told.cannot_say(NOBODY_KNOWS)
    body = page.get("/corpus/").text
    assert "Not said" in body
    assert "no route" in body
    assert "Nothing: every run" not in body
    assert "no route" not in page.get("/corpus/?publisher=sina_finance").text


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "java\nscript:alert(1)", "//x", "http:"],
)
def test_an_address_that_is_no_web_address_is_never_a_link(page: Any, store: Store, address: str) -> None:
    article = with_article(store, url=address, images=[{"url": address, "caption": ""}])
    body = page.get(f"/corpus/article/{article}").text
    targets = [html.unescape(target) for target in re.findall(r'href="([^"]*)"', body)]
    assert all(target.startswith(("/corpus/", "#")) for target in targets), targets


def test_who_wrote_it_stands_among_the_fields(page: Any, store: Store) -> None:
    article = with_article(store, authors=["次仁央宗", "王志远"])
    body = page.get(f"/corpus/article/{article}").text
    assert re.search(r"<dt>Authors</dt><dd[^>]*>次仁央宗、王志远</dd>", body)


def test_a_web_address_is_a_link_that_tells_the_site_nothing(page: Any, store: Store) -> None:
    article = with_article(store, url="https://www.tibet.cn/a.html?x=1&y=2")
    body = page.get(f"/corpus/article/{article}").text
    assert 'href="https://www.tibet.cn/a.html?x=1&amp;y=2" target="_blank" rel="noopener noreferrer"' in body


def test_an_empty_store_says_what_will_come(page: Any) -> None:
    answer = page.get("/corpus/")
    assert answer.status_code == 200
    assert "No run is in the store yet" in answer.text
    assert "中国西藏网" in answer.text


def test_a_store_that_is_not_migrated_says_what_to_do(
    browser: Any, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIBAO_STORE", store_url)
    load_config(fresh=True)
    answer = browser.get("/corpus/")
    assert answer.status_code == 503
    assert "dibao db upgrade" in answer.text
    assert "Traceback" not in answer.text


def test_a_store_of_another_version_says_what_to_do(page: Any, store: Store) -> None:
    with store.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'future'"))
        connection.commit()
    answer = page.get("/corpus/")
    assert answer.status_code == 503
    assert "is at schema future" in answer.text


@pytest.mark.parametrize(
    "store_url",
    [
        "postgresql://dibao:hunter2@127.0.0.1:1/dibao",
        "postgresql://dibao:hun/ter2@127.0.0.1/dibao",
        "postgresql://dibao:hunter2@127.0.0.1:port/dibao",
        "mysql://dibao:hunter2@127.0.0.1/dibao",
        "hunter2",
    ],
)
def test_a_store_that_cannot_be_reached_is_a_sentence_without_its_password(
    browser: Any, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIBAO_STORE", store_url)
    load_config.__globals__["_config"].cache_clear()
    answer = browser.get("/corpus/")
    assert answer.status_code == 503
    assert "DIBAO_STORE" in answer.text or "not supported" in answer.text
    assert "hunter2" not in answer.text
    assert "ter2" not in answer.text
    assert "Traceback" not in answer.text


def test_a_file_that_is_no_database_is_a_sentence(browser: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store.sqlite").write_text("not a database, " * 100)
    monkeypatch.setenv("DIBAO_STORE", f"sqlite:///{tmp_path}/store.sqlite")
    load_config(fresh=True)
    answer = browser.get("/corpus/")
    assert answer.status_code == 503
    assert "file is not a database" in answer.text


def test_a_wrong_setting_is_named(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIBAO_TIMEOUT_SECONDS", "soon")
    load_config.__globals__["_config"].cache_clear()
    answer = browser.get("/corpus/")
    assert answer.status_code == 503
    assert "DIBAO_TIMEOUT_SECONDS" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/corpus/?until=yesterday", 422),
        ("/corpus/?until=0001-01-01", 422),
        ("/corpus/?until=9999-12-31", 422),
        ("/corpus/article/99999999999999999999", 422),
        ("/corpus/article/-1", 422),
        ("/corpus/article/7", 404),
        ("/corpus/article/7?revision=x", 422),
        ("/corpus/?publisher=nobody", 404),
        ("/corpus/?publisher=%3Cscript%3E", 404),
        ("/corpus/run/nobody/2026-06-15/2026-06-16", 404),
        ("/corpus/run/tibet_net/2026-06-16/2026-06-15", 404),
        ("/corpus/static/../app.py", 404),
        ("/corpus/static/..%2Fapp.py", 404),
    ],
)
def test_an_address_with_nothing_behind_it_is_a_page_that_says_so(page: Any, path: str, status: int) -> None:
    answer = page.get(path)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "<script>" not in answer.text


def test_the_tab_of_a_dag_shows_its_publisher_alone(browser: Any, sample_config: Config) -> None:
    body = browser.get("/corpus/?dag_id=ingest_tibet_net&until=2026-06-16").text
    rows = re.findall(r'<th scope="row" lang="zh">([^<]*)</th>\n<td><', body)
    assert rows == ["中国西藏网"]
    assert browser.get("/corpus/?dag_id=somebody_elses").status_code == 200


def test_each_day_says_its_state_in_words_and_leads_to_its_run(browser: Any, sample_config: Config) -> None:
    body = browser.get(f"/corpus/?until={LAST_DAY}").text
    cells = {
        match["href"]: match["words"]
        for match in re.finditer(
            r'<a class="cell [^"]*" target="_top" href="(?P<href>[^"]*)".*?class="hidden">(?P<words>[^<]*)<', body
        )
    }
    assert cells["/corpus/run/tibet_net/2026-06-05/2026-06-06"] == "0 articles, gap, no run"
    assert cells["/corpus/run/xinjiang_gov/2026-06-11/2026-06-12"] == " articles, failed"
    assert cells["/corpus/run/sina_finance/2026-06-08/2026-06-09"] == " articles, with a warning"
    assert len(cells) == 4 * 28


def test_a_day_leads_to_the_dag_run_that_was_asked_for_it(browser: Any) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunType

    def add(session: Any, run_id: str, kind: str, start: datetime | None, conf: dict[str, str]) -> None:
        end = start + timedelta(days=1) if start else None
        session.add(
            DagRun(
                dag_id="ingest_tibet_net",
                run_id=run_id,
                run_type=kind,
                run_after=end or datetime(2001, 6, 20, tzinfo=SHANGHAI),
                logical_date=start,
                data_interval=(start, end) if start else None,
                conf=conf,
                state="success",
            )
        )

    night = datetime(2001, 6, 14, 1, 25, tzinfo=SHANGHAI)
    with create_session() as session:
        add(session, "scheduled__14", DagRunType.SCHEDULED, night, {})
        add(session, "scheduled__15", DagRunType.SCHEDULED, night + timedelta(days=1), {})
        add(session, "by_hand:1+00:00", DagRunType.MANUAL, None, {"from": "2001-06-01", "to": "2001-06-10"})
        add(session, "refused", DagRunType.MANUAL, None, {"from": "2001-06-14"})

    def leads_to(start: str, end: str) -> str:
        answer = browser.get(f"/corpus/run/tibet_net/{start}/{end}")
        return str(answer.headers["location"]) if answer.status_code == 303 else answer.text

    runs = "/dags/ingest_tibet_net/runs"
    try:
        assert leads_to("2001-06-14", "2001-06-15") == f"{runs}/scheduled__14"
        assert leads_to("2001-06-15", "2001-06-16") == f"{runs}/scheduled__15"
        assert leads_to("2001-06-03", "2001-06-04") == f"{runs}/by_hand%3A1%2B00%3A00"
        assert "No run for 11 Jun 2001" in leads_to("2001-06-11", "2001-06-12")
    finally:
        with create_session() as session:
            session.execute(
                delete(DagRun).where(
                    DagRun.dag_id == "ingest_tibet_net", DagRun.run_after < datetime(2002, 1, 1, tzinfo=SHANGHAI)
                )
            )


def test_a_publisher_that_is_switched_off_is_named_where_people_look(page: Any, store: Store) -> None:
    with_article(store)
    told = Told(store)
    told.fails(failure(cause=Cause.PAUSED), NOBODY_KNOWS)
    body = page.get("/corpus/").text
    assert "is switched off in Airflow, as was first seen on 17 Jun 2026" in " ".join(body.split())
    assert '<strong class="flag">off</strong>' in body
    assert "its nightly run is overdue" not in body
