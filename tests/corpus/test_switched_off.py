"""A publisher that is switched off in Airflow asks for nobody, and is not forgotten either."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crawler.alerts.causes import Cause
from crawler.alerts.record import Failure, note_failure, note_well
from crawler.config import load_config
from crawler.run import SHANGHAI
from models.store import Store
from tests.command import dibao
from tests.corpus.sample import NOW
from tests.corpus.test_corpus import DAY, load, night, see, state


def test_a_publisher_that_is_switched_off_has_no_gaps_from_then_on_and_is_not_forgotten(store: Store) -> None:
    load(store, [night(articles=2, day=DAY - timedelta(days=5)), night("sichuan_gov", articles=2)])
    before = see(store)
    assert before.gaps == {"中国西藏网": [DAY - timedelta(days=n) for n in (4, 3, 2, 1, 0)]}
    assert [row.publisher for row in before.late] == ["tibet_net"]
    off = Failure("tibet_net", Cause.PAUSED, "ingest_tibet_net/paused", "night", "it is paused", "", once=True)
    since = NOW - timedelta(days=3)
    store.write(lambda connection: note_failure(connection, off, since))
    view = see(store)
    due = [day for day in before.gaps["中国西藏网"] if day < since.astimezone(SHANGHAI).date()]
    assert view.gaps == {"中国西藏网": due}
    assert "switched off" in state(view, "tibet_net", DAY)[1]
    assert view.late == []
    assert [(row.publisher, row.off_since) for row in view.off] == [("tibet_net", since)]
    store.write(lambda connection: note_well(connection, "tibet_net", Cause.PAUSED, NOW))
    assert see(store).gaps == before.gaps


def test_where_no_night_starts_by_itself_none_is_overdue_and_that_is_said(
    page: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo, a week later, or a machine for tests: four nights that nobody had asked for were missed."""
    load(store, [night(articles=2)])
    assert "its nightly run is overdue" in page.get("/corpus/").text
    assert "no night starts by itself" not in dibao("status").output
    monkeypatch.setenv("DIBAO_SCHEDULE", "off")
    load_config(fresh=True)
    body = page.get("/corpus/").text
    assert "No night starts by itself here" in body
    assert "overdue" not in body
    assert "no night starts by itself: DIBAO_SCHEDULE is off" in dibao("status").output
