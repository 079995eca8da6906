"""A run whose year was mistyped is told of as a failed run, and spoils nothing else of the Corpus page."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crawler.corpus.overview import Overview, overview
from models.store import Store
from tests.corpus.sample import LAST_DAY, NOW, Night, fill

MISTYPED = Night(
    "tibet_net",
    date(2030, 6, 16),
    date(2030, 6, 17),
    failed_checks=(("articles are there", "hard", "0", "1", "no article of these days was found"),),
)


def see(store: Store) -> Overview:
    with store.reading() as connection:
        return overview(connection, NOW)


@pytest.fixture
def before_and_after(filled: Store) -> tuple[Overview, Overview]:
    before = see(filled)
    filled.write(lambda connection: fill(connection, [MISTYPED]))
    return before, see(filled)


def test_the_latest_night_stays_the_latest_night(before_and_after: tuple[Overview, Overview]) -> None:
    before, after = before_and_after
    assert after.funnels == before.funnels
    assert {funnel.run.start for funnel in after.funnels} == {LAST_DAY}


def test_the_calendar_does_not_jump(before_and_after: tuple[Overview, Overview]) -> None:
    before, after = before_and_after
    assert (after.first_day, after.last_day, after.moved) == (before.first_day, before.last_day, before.moved)
    assert [row.cells for row in after.coverage] == [row.cells for row in before.coverage]
    assert after.fields == before.fields


def test_the_run_that_failed_is_listed_among_what_needs_a_person(before_and_after: tuple[Overview, Overview]) -> None:
    before, after = before_and_after
    assert after.failed_runs[0][0].run.run_id == MISTYPED.run_id
    assert after.hands_needed == before.hands_needed + 1


def test_a_window_that_reaches_into_days_to_come_is_counted_once(filled: Store) -> None:
    """From was right and To mistyped: the calendar meets the run, and so does the look ahead."""
    long = Night("tibet_net", LAST_DAY, date(2030, 1, 1), failed_checks=MISTYPED.failed_checks)
    filled.write(lambda connection: fill(connection, [long]))
    after = see(filled)
    assert [checks[0].run.run_id for checks in after.failed_runs].count(long.run_id) == 1
    assert after.last_day - LAST_DAY <= timedelta(days=1)
