"""The counts that load keeps: what users would believe wrongly if they were off."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, func, select, text

from crawler.run import SHANGHAI
from models.aggregates import (
    NO_DAY,
    ArticleDay,
    RunFate,
    RunLayout,
    RunYield,
    rebuild_aggregates,
    refresh_aggregates,
    shanghai_day,
    wrong_aggregates,
)
from models.articles import Article
from models.store import Store, _alembic
from models.urls import UrlEvent
from tests.corpus.sample import Night, Rows, fill, four_weeks, write_event, write_night, write_text

DAY = date(2026, 6, 15)
CRAWLED = datetime(2026, 6, 16, 1, 42, tzinfo=SHANGHAI)
NIGHT = Night("tibet_net", DAY, DAY + timedelta(days=1))


def counts(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store.reading() as connection:
        return {
            model.__tablename__: sorted(tuple(row) for row in connection.execute(select(model.__table__)))
            for model in (RunFate, RunLayout, RunYield, ArticleDay)
        }


def test_counts_kept_night_by_night_are_those_of_counting_everything(sample: Store) -> None:
    before = counts(sample)
    assert all(before.values())
    assert sample.write(rebuild_aggregates) == 0
    assert counts(sample) == before


def test_every_article_and_every_url_is_counted(sample: Store) -> None:
    with sample.reading() as connection:
        articles, events = (
            connection.execute(select(func.count()).select_from(model)).scalar_one() for model in (Article, UrlEvent)
        )
        assert connection.execute(select(func.sum(ArticleDay.articles))).scalar_one() == articles
        assert connection.execute(select(func.sum(RunFate.urls))).scalar_one() == events
        assert connection.execute(select(func.sum(RunYield.new))).scalar_one() == articles


def test_a_second_load_writes_no_count(sample: Store) -> None:
    for night in four_weeks()[-4:]:
        assert sample.write(lambda connection, run_id=night.run_id: refresh_aggregates(connection, run_id)) == 0


def one_text(rows: Rows, **changed: Any) -> int:
    values: dict[str, Any] = {
        "key": "1",
        "title": "甲",
        "paragraphs": ["乙"],
        "text": "甲乙",
        "published": datetime(2026, 6, 15, 0, 0, tzinfo=SHANGHAI),
        "crawled_at": CRAWLED,
    }
    night = changed.pop("night", NIGHT)
    return write_text(rows, night, **(values | changed))


def days(store: Store) -> dict[date, int]:
    with store.reading() as connection:
        return {row.day: row.articles for row in connection.execute(select(ArticleDay.__table__)) if row.articles}


def load(store: Store, work: Any, night: Night = NIGHT) -> int:
    def loaded(connection: Connection) -> int:
        rows = Rows()
        write_night(rows, night)
        work(rows)
        rows.write(connection)
        return refresh_aggregates(connection, night.run_id)

    with_publisher(store)
    return store.write(loaded)


def with_publisher(store: Store) -> None:
    store.write(lambda connection: fill(connection, []))


def test_midnight_in_shanghai_belongs_to_the_new_day(store: Store) -> None:
    last_second = datetime(2026, 6, 14, 23, 59, 59, tzinfo=SHANGHAI)

    def two(rows: Rows) -> None:
        one_text(rows)
        one_text(rows, key="2", text="丙", published=last_second)

    load(store, two)
    assert days(store) == {date(2026, 6, 14): 1, date(2026, 6, 15): 1}


def test_summer_time_of_the_eighties_does_not_move_an_article_to_the_day_before(store: Store) -> None:
    # In the summer of 1988 Shanghai was nine hours ahead of UTC.
    load(store, lambda rows: one_text(rows, published=datetime(1988, 7, 1, tzinfo=SHANGHAI)))
    assert days(store) == {date(1988, 7, 1): 1}
    assert store.write(rebuild_aggregates) == 0


def test_an_article_without_a_time_is_counted_under_no_day(store: Store) -> None:
    load(store, lambda rows: one_text(rows, published=None))
    assert days(store) == {NO_DAY: 1}
    assert shanghai_day(None) == NO_DAY


def test_a_revision_that_corrects_the_day_moves_the_article_and_leaves_no_ghost(store: Store) -> None:
    load(store, one_text)
    later = Night("tibet_net", DAY + timedelta(days=1), DAY + timedelta(days=2))
    moved = datetime(2026, 6, 12, 8, 0, tzinfo=SHANGHAI)
    load(
        store,
        lambda rows: one_text(
            rows, night=later, published=moved, ordinal=2, revision_kind="substantive", text="甲乙丙"
        ),
        later,
    )
    assert days(store) == {date(2026, 6, 12): 1}
    assert store.write(rebuild_aggregates) == 0


def test_a_url_that_failed_and_then_loaded_is_not_counted_twice(store: Store) -> None:
    url = "https://news.example.cn/a.html"
    load(store, lambda rows: write_event(rows, NIGHT, url, "timeout", CRAWLED))
    load(store, lambda rows: write_event(rows, NIGHT, url, "gone", CRAWLED))
    with store.reading() as connection:
        fates = {row.fate: row.urls for row in connection.execute(select(RunFate.__table__))}
    assert fates == {"timeout": 0, "gone": 1}
    assert store.write(rebuild_aggregates) == 0


def test_image_only_records_do_not_lower_the_share_of_filled_fields(store: Store) -> None:
    def two(rows: Rows) -> None:
        one_text(rows, source="西藏日报", authors=["记者"])
        one_text(rows, key="2", text="丙", kind="image_only", paragraphs=[])

    load(store, two)
    with store.reading() as connection:
        row = connection.execute(select(RunYield.__table__)).one()
    assert (row.new, row.image_only, row.texts) == (2, 1, 1)
    assert (row.with_title, row.with_time, row.with_source, row.with_authors, row.with_editor, row.with_body) == (
        1, 1, 1, 1, 0, 1,
    )  # fmt: skip


def test_copies_within_a_night_are_one_story(store: Store) -> None:
    def three(rows: Rows) -> None:
        one_text(rows, story="s")
        one_text(rows, key="2", text="甲乙。", story="s")
        one_text(rows, key="3", text="丁")

    load(store, three)
    with store.reading() as connection:
        row = connection.execute(select(RunYield.__table__)).one()
    assert (row.new, row.stories) == (3, 2)


def test_stories_that_are_joined_later_do_not_make_an_old_run_load_a_row(store: Store) -> None:
    def two(rows: Rows) -> None:
        one_text(rows)
        one_text(rows, key="2", text="丁")

    load(store, two)
    store.write(lambda connection: connection.execute(text("UPDATE content SET story_id = 7")))
    assert store.write(lambda connection: refresh_aggregates(connection, NIGHT.run_id)) == 0


def test_text_that_a_later_run_finds_does_not_make_an_old_run_load_a_row(store: Store) -> None:
    load(store, lambda rows: one_text(rows, kind="image_only", paragraphs=[]))
    with store.reading() as connection:
        before = connection.execute(select(RunYield.__table__)).all()
    store.write(lambda connection: connection.execute(text("UPDATE article SET kind = 'article'")))
    assert store.write(lambda connection: refresh_aggregates(connection, NIGHT.run_id)) == 0
    assert store.write(rebuild_aggregates) == 0
    with store.reading() as connection:
        assert connection.execute(select(RunYield.__table__)).all() == before
    assert (before[0].image_only, before[0].texts) == (1, 0)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE run_fate SET urls = urls + 1", "run_fate of tibet_net/"),
        ("DELETE FROM run_fate", "urls is no row, not 1"),
        ("UPDATE run_layout SET articles = 0", "run_layout of"),
        ("UPDATE run_yield SET with_body = 5", "with_body is 5, not 1"),
        ("UPDATE article_day SET articles = 7", "articles is 7, not 1"),
        ("INSERT INTO article_day VALUES ('tibet_net', '2020-01-01', 3)", "articles is 3, not 0"),
    ],
)
def test_a_count_that_is_not_that_of_the_rows_is_named(store: Store, statement: str, what: str) -> None:
    load(store, one_text)
    with store.reading() as connection:
        assert wrong_aggregates(connection) == (4, [])
    store.write(lambda connection: connection.execute(text(statement)))
    with store.reading() as connection:
        wrong = wrong_aggregates(connection)[1]
        assert what in " ".join(wrong), wrong
        assert wrong_aggregates(connection, "tibet_net")[1] == wrong
        assert wrong_aggregates(connection, "sina_finance") == (0, [])
    store.write(rebuild_aggregates)
    with store.reading() as connection:
        assert wrong_aggregates(connection)[1] == []


def test_a_store_of_the_version_before_gets_its_counts_when_it_is_upgraded(filled: Store) -> None:
    before = counts(filled)
    with filled.engine.connect() as connection:
        configuration = _alembic()
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "0001")
        connection.commit()
    filled.upgrade()
    assert counts(filled) == before
