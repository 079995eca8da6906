"""docs/analysing.md: whoever copies a recipe gets the answer that the rows give, on either database."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from crawler.errors import Fate, FateGroup
from crawler.run import shanghai_day
from models.articles import Article, Revision
from models.contents import Content
from models.store import Store
from models.urls import Url, UrlEvent
from models.views import ARTICLE_NOW, URL_FATE
from scripts.airflow_home import CHECKOUT
from tests.corpus.sample import fill

DOCUMENT = (CHECKOUT / "docs" / "analysing.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^### (.+?)\n.*?```sql\n(.+?)```", DOCUMENT, re.M | re.S))


def recipe(word: str) -> str:
    (sql,) = [sql for title, sql in RECIPES.items() if word in title]
    return sql


@pytest.fixture
def sample(store: Store) -> Store:
    store.write(fill)
    return store


def ask(store: Store, word: str) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(text(recipe(word))))


def articles(store: Store) -> Iterator[Any]:
    """Each article with its current revision and its story, from the tables."""
    article, revision, content = Article.__table__, Revision.__table__, Content.__table__
    with store.reading() as connection:
        yield from connection.execute(
            select(article.c.publisher, article.c.published_at, revision, content.c.story_id)
            .join_from(article, revision, revision.c.id == article.c.current_revision_id)
            .join(content, content.c.content_id == revision.c.content_id)
        )


def of_the_day(store: Store) -> list[Any]:
    return [
        row
        for row in articles(store)
        if row.publisher == "sina_finance" and shanghai_day(row.published_at) == date(2026, 6, 15)
    ]


def test_the_articles_of_a_day_are_counted_by_the_days_of_shanghai(sample: Store) -> None:
    ((count,),) = ask(sample, "How many")
    assert count == len(of_the_day(sample)) > 30


def test_the_articles_of_a_day_come_with_source_and_authors(sample: Store) -> None:
    found = ask(sample, "The articles of a day")
    assert Counter((row.source, row.authors, row.title, row.url) for row in found) == Counter(
        (row.source, "、".join(row.authors), row.title, row.url) for row in of_the_day(sample)
    )
    assert {str(row.published_day) for row in found} == {"2026-06-15"}
    assert [row.published_time for row in found] == sorted(row.published_time for row in found)


def test_the_stories_with_copies_are_all_there(sample: Store) -> None:
    stories: dict[int, list[Any]] = defaultdict(list)
    for row in articles(sample):
        stories[row.story_id].append(row)
    found = ask(sample, "stories")
    assert {row.story_id: (row.articles, row.publishers) for row in found} == {
        story: (len(members), len({member.publisher for member in members}))
        for story, members in stories.items()
        if len(members) > 1
    }
    for row in found:
        earliest = min(member.published_at for member in stories[row.story_id])
        assert row.url in {member.url for member in stories[row.story_id] if member.published_at == earliest}
        assert str(row.first_day) == str(shanghai_day(earliest))


def test_what_was_lost_is_every_url_of_the_night_that_became_no_article(sample: Store) -> None:
    url, event = Url.__table__.c, UrlEvent.__table__.c
    with sample.reading() as connection:
        rows = connection.execute(
            select(url.url, event.fate, event.run_id).join_from(
                UrlEvent.__table__, Url.__table__, url.id == event.url_id
            )
        ).all()
    lost = {
        row.url: row.fate
        for row in rows
        if "/2026-06-16_2026-06-17" in row.run_id
        and Fate(row.fate).group not in (FateGroup.FETCHED, FateGroup.OUT_OF_SCOPE)
    }
    found = ask(sample, "lost")
    assert {row.url: row.fate for row in found} == lost
    assert {"decode_failed", "layout_unknown", "timeout"} <= set(lost.values())


@pytest.mark.parametrize("view", [ARTICLE_NOW, URL_FATE], ids=lambda view: view.name)
def test_every_column_of_the_views_is_explained(view: Any) -> None:
    section = DOCUMENT.split("## Days and hours")[1].split("## Recipes")[0]
    assert [column.name for column in view.columns if f"`{column.name}`" not in section] == []


def test_every_fate_and_group_is_explained() -> None:
    glossary = DOCUMENT.split("## Glossary")[1]
    assert [word for word in [*Fate, *FateGroup] if f"`{word.value}`" not in glossary] == []
