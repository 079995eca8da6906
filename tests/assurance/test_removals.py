"""An article is called removed on repeated evidence only, and is never deleted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select

from crawler.assurance.removals import removed_articles
from crawler.cli import main
from crawler.config import Config
from crawler.errors import Fate
from models.articles import Article, Revision
from models.base import identity
from models.store import Store
from models.urls import Capture, UrlEvent
from tests.assurance.nights import DAY, MONDAY, Night, store_nights

ADDRESS = "https://example.cn/tibet_net/2026-06-08/0"


def _look(store: Store, days: float, fate: Fate) -> None:
    """A later run meets the article of Monday's run."""
    night = Night(MONDAY + int(days) * DAY, articles=0, crawled_at=Night(MONDAY).crawled + timedelta(days=days))
    run_id = night.run.run_id
    if days != int(days):
        night.selection = {"page_limit": 1}
        run_id = night.run.run_id
    store_nights(store, [night])
    capture = identity("capture", run_id, fate)
    with store.engine.begin() as connection:
        columns = [column.name for column in Capture.__table__.c]
        values = dict.fromkeys(columns) | {
            "id": capture,
            "file": run_id,
            "offset": 0,
            "length": 1,
            "sha256": "",
            "url": ADDRESS,
            "status": 404,
            "content_type": "",
            "fetched_at": night.crawled,
            "run_id": run_id,
        }
        connection.execute(insert(Capture), values)
        connection.execute(
            insert(UrlEvent),
            {
                "run_id": run_id,
                "url_id": identity("url", ADDRESS),
                "attempt": 1,
                "current": True,
                "fate": fate.value,
                "status": 404,
                "message": "",
                "channels": [],
                "layout": "",
                "capture_id": capture,
            },
        )


def _removed(store: Store) -> list[str]:
    with store.reading() as connection:
        found = removed_articles(connection)
        assert connection.execute(select(func.count()).select_from(Article)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(Revision)).scalar_one() == 1
    return [article.url for article in found]


@pytest.mark.parametrize(
    ("looks", "removed"),
    [
        ([], False),
        ([(1, Fate.GONE)], False),
        ([(1, Fate.GONE), (1.5, Fate.GONE)], False),
        ([(1, Fate.GONE), (2, Fate.GONE)], True),
        ([(1, Fate.GONE), (3, Fate.SOFT_404)], True),
        ([(1, Fate.GONE), (2, Fate.TIMEOUT), (3, Fate.GONE)], True),
        ([(1, Fate.GONE), (2, Fate.UNCHANGED), (3, Fate.GONE)], False),
        ([(1, Fate.GONE), (2, Fate.GONE), (3, Fate.NOT_MODIFIED)], False),
        ([(1, Fate.GONE), (2, Fate.GONE), (3, Fate.NOT_DUE)], True),
        ([(1, Fate.BLOCKED), (3, Fate.BLOCKED)], False),
    ],
)
def test_what_counts_as_removed(store: Store, looks: list[tuple[float, Fate]], removed: bool) -> None:
    store_nights(store, [Night(MONDAY, articles=1)])
    for days, fate in looks:
        _look(store, days, fate)
    assert _removed(store) == ([ADDRESS] if removed else [])


def test_whoever_studies_what_is_taken_down_can_ask_for_it(store: Store, config: Config) -> None:
    store_nights(store, [Night(MONDAY, articles=1)])
    for days in (1, 3):
        _look(store, days, Fate.GONE)
    told = CliRunner().invoke(main, ["removed"])
    assert told.exit_code == 0, told.output
    assert ADDRESS in told.output
    assert "1 article no longer at its site" in told.output
    (row,) = map(
        json.loads, CliRunner().invoke(main, ["removed", "tibet_net", "--format", "jsonl"]).output.splitlines()
    )
    assert (row["publisher"], row["url"]) == ("tibet_net", ADDRESS)
    assert row["gone_since"] < row["confirmed_at"]
    assert "0 articles" in CliRunner().invoke(main, ["removed", "sichuan_gov"]).output
    assert CliRunner().invoke(main, ["removed", "nobody"]).exit_code == 2
