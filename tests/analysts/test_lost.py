"""`dibao lost`: a URL that a night left out and nobody is told of."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from crawler.config import Config, load_config
from crawler.errors import Fate, FateGroup
from crawler.run import SHANGHAI
from models.articles import Article
from models.runs import Run
from models.store import Store
from models.urls import Url, UrlEvent
from tests.command import dibao
from tests.corpus.sample import Night, Rows, fill, write_event, write_night, write_text
from tests.night.nights import night
from tests.replica import start

DAY = date(2026, 6, 16)
AT = datetime(2026, 6, 17, 1, 42, tzinfo=SHANGHAI)


def listed(*words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in dibao("lost", *words, "--format", "jsonl").stdout.splitlines()]


def put(store: Store, *nights: tuple[Night, dict[str, str]]) -> None:
    """Runs, each with the fates of some URLs."""
    store.write(lambda connection: fill(connection, []))
    for each, fates in nights:
        rows = Rows()
        write_night(rows, each)
        for url, fate in fates.items():
            write_event(rows, each, url, fate, AT, message=f"why {fate}")
        store.write(rows.write)


ONE = Night("tibet_net", DAY, DAY + timedelta(days=1))


def test_every_url_that_became_no_article_is_listed_with_its_fate_and_why(store: Store, config: Config) -> None:
    put(store, (ONE, {f"https://a.example.cn/{fate.value}": fate.value for fate in Fate}))
    every = [word for group in FateGroup if group is not FateGroup.FETCHED for word in ("--group", group.value)]
    found = listed("tibet_net", "--night", "2026-06-16", *every)
    assert {(row["url"], row["fate"], row["group"], row["message"]) for row in found} == {
        (f"https://a.example.cn/{fate.value}", fate.value, fate.group.value, f"why {fate.value}")
        for fate in Fate
        if fate.group is not FateGroup.FETCHED
    }
    text = dibao("lost", "tibet_net", "--night", "2026-06-16").output
    for row in found:
        assert (row["url"] in text) == (row["group"] != "out_of_scope")
    # What is not listed is counted, with the way to it.
    assert "off_site 1, out_of_window 1, duplicate_link 1; --group out_of_scope lists them" in text


def test_what_is_stored_by_now_is_not_lost(store: Store, config: Config) -> None:
    put(store, (ONE, {"https://a.example.cn/1": "timeout", "https://a.example.cn/2": "gone"}))
    rows = Rows()
    write_text(rows, ONE, key="k", title="题", paragraphs=["一"], text="一", published=AT, crawled_at=AT)
    store.write(rows.write)
    assert len(listed("tibet_net", "--night", "2026-06-16")) == 2
    own = update(Url).where(Url.url == "https://a.example.cn/1").values(site="tibet", key="k")
    store.write(lambda connection: connection.execute(own) and None)
    assert [row["url"] for row in listed("tibet_net", "--night", "2026-06-16")] == ["https://a.example.cn/2"]


def test_a_night_that_nobody_crawled_is_not_a_night_without_losses(store: Store, config: Config) -> None:
    put(store, (ONE, {}), (Night("tibet_net", DAY, DAY + timedelta(days=2), selection={"page_limit": 1}), {}))
    text = dibao("lost", "tibet_net", "--from", "2026-06-15", "--to", "2026-06-19").output
    assert "2026-06-15" in text
    # A run of one page has not looked at the day that it covers.
    assert "tibet_net: no run covers 3 days from 2026-06-15 to 2026-06-18; `dibao gaps -p tibet_net`" in text
    assert "nothing is known" in dibao("lost", "tibet_net").output
    assert "sina_finance: no run covers 2026-06-16" in dibao("lost", "--night", "2026-06-16").output


def test_listings_that_were_not_read_are_told(store: Store, config: Config) -> None:
    put(store, (ONE, {}))
    assert "not every listing" not in dibao("lost", "tibet_net", "--night", "2026-06-16").output
    store.write(lambda connection: connection.execute(update(Run).values(complete=False)) and None)
    done = dibao("lost", "tibet_net", "--night", "2026-06-16", "--format", "csv")
    assert f"not every listing was read in {ONE.run_id}" in done.stderr


def test_a_url_that_two_runs_met_is_listed_once_with_what_the_later_says(store: Store, config: Config) -> None:
    late = Night("tibet_net", DAY, DAY + timedelta(days=3))
    put(store, (ONE, {"https://a.example.cn/1": "timeout"}), (late, {"https://a.example.cn/1": "gone"}))
    (row,) = listed("tibet_net", "--night", "2026-06-16")
    assert (row["fate"], row["run_id"]) == ("gone", late.run_id)
    assert len(listed("tibet_net", "--night", "2026-06-18")) == 1
    assert listed("tibet_net", "--night", "2026-06-19") == []


def test_a_title_from_a_hostile_listing_is_text_on_a_terminal_and_in_a_spreadsheet(
    store: Store, config: Config
) -> None:
    put(store, (ONE, {"https://a.example.cn/1": "gone"}))
    hostile = "=1+1\x1b[2J\n看"
    store.write(lambda connection: connection.execute(update(UrlEvent).values(listed_title=hostile)) and None)
    text = dibao("lost", "tibet_net", "--night", "2026-06-16").output
    assert "\x1b" not in text
    assert "=1+1" in text
    assert "'=1+1" in dibao("lost", "tibet_net", "--night", "2026-06-16", "--format", "csv").stdout


def test_a_real_night_tells_what_the_listings_called_its_losses(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start() as replica:
        monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
        night("tibet_net", load_config(fresh=True))
    with store.reading() as connection:
        fates = connection.execute(select(UrlEvent.fate, UrlEvent.listed_title)).all()
    groups = [Fate(row.fate).group for row in fates]
    lost = [g for g in groups if g not in (FateGroup.FETCHED, FateGroup.OUT_OF_SCOPE)]
    images = sum(row.fate == "image_only" for row in fates)
    found = listed("tibet_net", "--from", "2026-06-15", "--to", "2026-06-17")
    assert len(found) == len(lost) - images > 0
    assert all(row["listed_title"] for row in found)
    assert [row.listed_title for row in fates if row.fate == "loaded_new" and not row.listed_title] == []


def test_pages_that_somebody_imported_in_vain_can_be_asked_for(store: Store, config: Config, tmp_path: Path) -> None:
    """A folder of a thousand saved pages: which of them are not in the corpus was in a log, or nowhere."""
    assert "nothing was imported: nothing is known" in dibao("lost", "imported").output
    good, bad = tmp_path / "good.md", tmp_path / "bad.html"
    good.write_text(
        "# 湖畔小镇办起读书节\n\n2026-06-16\n\n" + "六月的清晨，湖面上的雾还没有散。" * 20, encoding="utf-8"
    )
    bad.write_text("<html><body><p>x</p></body></html>", encoding="utf-8")
    done = dibao("import", str(good), str(bad))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Article)).scalar_one() == 1
    (row,) = listed("imported")
    assert (row["publisher"], row["url"].rpartition("/")[2]) == ("imported", "bad.html")
    assert row["message"]
    today = datetime.now(SHANGHAI).date()
    assert listed("imported", "--night", today.isoformat()) == [row]
    assert listed("imported", "--night", "2026-06-16") == []
    text = dibao("lost", "imported").output
    assert "1 URL in all imports did not become an article:" in text
    assert "no run covers" not in text


@pytest.mark.parametrize(
    "words",
    [("nowhere",), ("--night", "June"), ("--night", "2026-06-16", "--from", "2026-06-16"), ("--to", "2026-06-16")],
)
def test_what_is_typed_wrongly_lists_nothing(words: tuple[str, ...], config: Config) -> None:
    done = dibao("lost", *words)
    assert (done.exit_code, done.stdout) == (2, "")
