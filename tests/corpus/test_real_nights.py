"""The page on a store that real nights filled: crawled from the replica, parsed, deduplicated, loaded, checked."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from crawler import publishers
from crawler.config import load_config
from crawler.corpus.article import read_article
from crawler.corpus.coverage import DayState
from crawler.corpus.overview import overview
from crawler.run import SHANGHAI
from models.aggregates import rebuild_aggregates
from models.articles import Article
from models.store import Store
from tests.night.nights import WINDOW, night
from tests.replica import start

MORNING = datetime(2026, 6, 18, 9, 0, tzinfo=SHANGHAI)


def test_what_the_page_says_of_real_nights_is_what_they_stored(
    store: Store, config: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start() as replica:
        monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
        settings = load_config(fresh=True)
        counts = {key: night(key, settings) for key in publishers.keys()}
    assert store.write(rebuild_aggregates) == 0
    with store.reading() as connection:
        view = overview(connection, MORNING)
        stored = connection.execute(select(func.count()).select_from(Article)).scalar_one()
        assert view.totals.articles == stored > 80
        assert len(view.funnels) == len(counts)
        for funnel in view.funnels:
            of_run = counts[funnel.run.publisher]
            assert funnel.discovered == of_run["crawl"]["discovered"]
            assert funnel.new == of_run["load"]["new"] + of_run["load"]["image_only"]
            assert funnel.parsed == of_run["dedupe"]["articles"]
            assert funnel.stories <= funnel.new
        days = [WINDOW.start + timedelta(days=n) for n in range((WINDOW.end - WINDOW.start).days)]
        for row in view.coverage:
            for cell in row.cells:
                if cell.day in days:
                    assert cell.run is not None
                    assert cell.state not in (DayState.GAP, DayState.OUTSIDE)
        for item in view.newest:
            article = read_article(connection, item.article_id)
            assert article is not None
            assert article.capture["file"]
            assert {copy.article_id for copy in item.copies} <= {copy.article_id for copy in article.copies}
