"""The views for analysts: a count by day that is wrong by the night's articles, or a story that is counted twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import func, inspect, select, text, update

from crawler.errors import Fate
from crawler.run import SHANGHAI
from models.articles import Article, Revision
from models.base import identity
from models.store import Store, _alembic
from models.upsert import upsert
from models.urls import Url, UrlEvent
from models.views import ARTICLE_NOW, URL_FATE, VIEWS
from tests.corpus.sample import Night, Rows, fill, write_event, write_night, write_text

DAY = date(2026, 6, 16)
NIGHT = Night("tibet_net", DAY, DAY + timedelta(days=1))
NOON = datetime(2026, 6, 17, 4, tzinfo=UTC)


def put(store: Store, *texts: dict[str, Any], precision: dict[str, str] | None = None) -> dict[str, int]:
    """Store one article per text in one run; `precision` names what is printed otherwise than to the minute."""
    store.write(lambda connection: fill(connection, []))
    rows = Rows()
    write_night(rows, NIGHT)
    ids = {}
    for each in texts:
        told = {"title": each["key"], "paragraphs": ["一", "二"], "text": each["key"], "published": NOON, **each}
        ids[each["key"]] = write_text(rows, NIGHT, crawled_at=NOON, **told)

    def write(connection: Any) -> None:
        rows.write(connection)
        for key, how in (precision or {}).items():
            connection.execute(update(Revision).where(Revision.article_id == ids[key]).values(published_precision=how))

    store.write(write)
    return ids


def rows_of(store: Store, *names: str) -> dict[str, tuple[Any, ...]]:
    with store.reading() as connection:
        columns = [ARTICLE_NOW.c[name] for name in names]
        return {key: tuple(rest) for key, *rest in connection.execute(select(ARTICLE_NOW.c.key, *columns))}


def test_an_article_of_one_in_the_morning_is_counted_on_the_day_that_its_page_prints(store: Store) -> None:
    put(
        store,
        {"key": "night", "published": datetime(2026, 6, 16, 1, 5, 9, tzinfo=SHANGHAI)},
        {"key": "day", "published": datetime(2026, 6, 16, tzinfo=SHANGHAI)},
        {"key": "second", "published": datetime(2026, 6, 16, 23, 59, 58, tzinfo=SHANGHAI)},
        {"key": "never", "published": None},
        precision={"day": "day", "second": "second"},
    )
    assert rows_of(store, "published_day", "published_time", "published_precision") == {
        "night": (DAY, "01:05", "minute"),
        # A page that prints a day alone says nothing of midnight.
        "day": (DAY, None, "day"),
        "second": (DAY, "23:59:58", "second"),
        "never": (None, None, None),
    }


def test_the_days_are_those_of_shanghai_in_its_summers_too(store: Store) -> None:
    moments = [
        datetime(year, month, 1, hour, minute, tzinfo=UTC) + timedelta(days=days)
        for year in range(1985, 1993)
        for month in (4, 5, 9)
        for days in range(28)
        for hour, minute in ((14, 59), (15, 30), (16, 30), (17, 0), (18, 0))
    ] + [datetime(year, 6, 15, 16, tzinfo=UTC) for year in (1950, 1979, 2000, 2026, 2060)]
    put(store, *({"key": f"{n}", "published": moment} for n, moment in enumerate(moments)))
    found = rows_of(store, "published_day", "published_time")
    for n, moment in enumerate(moments):
        here = moment.astimezone(SHANGHAI)
        assert found[f"{n}"] == (here.date(), f"{here:%H:%M}"), moment


def test_authors_and_text_are_plain_and_in_their_order(store: Store) -> None:
    put(
        store,
        {"key": "two", "authors": ["苏文", 'O\'Neil, "Jo"'], "paragraphs": ["其一：", "其二", "其三"]},
        {"key": "none", "paragraphs": [], "kind": "image_only"},
    )
    assert rows_of(store, "authors", "body", "kind") == {
        "two": ('苏文、O\'Neil, "Jo"', "其一：\n其二\n其三", "article"),
        "none": ("", "", "image_only"),
    }


def test_each_story_has_exactly_one_first_article(store: Store) -> None:
    at = datetime(2026, 6, 16, 10, tzinfo=SHANGHAI)
    ids = put(
        store,
        {"key": "later", "story": "a", "published": at + timedelta(hours=1)},
        {"key": "first", "story": "a", "published": at},
        # Its midnight is nobody's statement: it is not before what printed an hour of the same day.
        {"key": "day only", "story": "a", "published": datetime(2026, 6, 16, tzinfo=SHANGHAI)},
        {"key": "no time", "story": "a", "published": None},
        {"key": "tie 1", "story": "b", "published": at},
        {"key": "tie 2", "story": "b", "published": at},
        {"key": "alone", "published": None},
        precision={"day only": "day"},
    )
    firsts = {key for key, (first,) in rows_of(store, "first_in_story").items() if first}
    assert firsts == {"first", "alone", min(("tie 1", "tie 2"), key=lambda key: ids[key])}


def test_an_article_without_text_is_not_lost_to_who_counts_first_articles(store: Store) -> None:
    put(store, {"key": "scan", "kind": "image_only", "paragraphs": []})
    store.write(lambda connection: connection.execute(text("DELETE FROM content")) and None)
    assert rows_of(store, "story_id", "first_in_story") == {"scan": (None, True)}


def test_the_view_shows_the_latest_revision_and_every_article_once(store: Store) -> None:
    put(
        store,
        {"key": "one", "title": "前"},
        {"key": "one", "title": "后", "ordinal": 2, "revision_kind": "substantive"},
    )
    assert rows_of(store, "title", "revision") == {"one": ("后", 2)}
    store.write(fill)
    with store.reading() as connection:
        shown = connection.execute(select(func.count()).select_from(ARTICLE_NOW)).scalar_one()
        stories, firsts = connection.execute(
            select(
                func.count(ARTICLE_NOW.c.story_id.distinct()),
                func.count(ARTICLE_NOW.c.article_id.distinct()).filter(ARTICLE_NOW.c.first_in_story),
            )
        ).one()
        assert shown == connection.execute(select(func.count()).select_from(Article)).scalar_one()
        assert stories == firsts < shown


def test_every_fate_is_in_its_group(store: Store) -> None:
    store.write(lambda connection: fill(connection, []))
    rows = Rows()
    write_night(rows, NIGHT)
    for fate in Fate:
        write_event(rows, NIGHT, f"https://news.example.cn/{fate.value}.html", fate.value, NOON)
    store.write(rows.write)
    with store.reading() as connection:
        found = dict(connection.execute(select(URL_FATE.c.fate, URL_FATE.c.fate_group)).all())
    assert found == {fate.value: fate.group.value for fate in Fate}


def test_a_fate_that_a_later_attempt_replaced_is_not_shown(store: Store) -> None:
    store.write(lambda connection: fill(connection, []))
    rows = Rows()
    write_night(rows, NIGHT)
    write_event(rows, NIGHT, "https://news.example.cn/1.html", "timeout", NOON)
    store.write(rows.write)
    again = {
        "run_id": NIGHT.run_id, "url_id": identity("url", "https://news.example.cn/1.html"), "attempt": 2,
        "current": True, "fate": "gone", "status": 404, "message": "404", "channels": ["a", "b"], "layout": "",
        "capture_id": None, "listed_title": "标题",
    }  # fmt: skip
    store.write(lambda connection: connection.execute(update(UrlEvent).values(current=False)) and None)
    store.write(lambda connection: upsert(connection, UrlEvent.__table__, [again]))
    with store.reading() as connection:
        (row,) = connection.execute(select(URL_FATE))
    assert (row.fate, row.http_status, row.channels, row.listed_title) == ("gone", 404, "a,b", "标题")


def test_a_page_that_is_gone_after_it_was_stored_is_not_taken_for_lost(store: Store) -> None:
    ids = put(store, {"key": "kept"})
    rows = Rows()
    for key in ("kept", "never", "page"):
        write_event(rows, NIGHT, f"https://news.example.cn/{key}.html", "gone", NOON, key=key)
    store.write(rows.write)
    own = next(iter(rows_of(store, "site").values()))[0]
    store.write(lambda connection: connection.execute(update(Url).values(site=own)) and None)
    with store.reading() as connection:
        found = dict(
            connection.execute(select(URL_FATE.c.url, URL_FATE.c.article_id).where(URL_FATE.c.fate == "gone")).all()
        )
    assert found == {
        "https://news.example.cn/kept.html": ids["kept"],
        "https://news.example.cn/never.html": None,
        "https://news.example.cn/page.html": None,
    }


@pytest.mark.parametrize("view", [ARTICLE_NOW, URL_FATE], ids=lambda view: view.name)
def test_a_view_has_exactly_the_columns_that_the_code_knows(store: Store, view: Any) -> None:
    with store.reading() as connection:
        shown = connection.execute(text(f"SELECT * FROM {view.name}")).keys()
    assert list(shown) == [column.name for column in view.columns]


def test_the_step_before_the_views_can_be_gone_back_to_and_come_again(store: Store) -> None:
    store.write(fill)

    def count() -> int:
        with store.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(Article)).scalar_one())

    before = count()
    with store.engine.connect() as connection:
        configuration = _alembic()
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "0004")
        connection.commit()
    assert inspect(store.engine).get_view_names() == []
    assert "listed_title" not in {column["name"] for column in inspect(store.engine).get_columns("url_event")}
    store.upgrade()
    assert sorted(inspect(store.engine).get_view_names()) == sorted(VIEWS)
    assert count() == before
