"""Days that would stay lost if gaps were not found, and runs that would be repeated for nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from crawler.artefacts import RunFolder
from crawler.assurance.gaps import Gap, GapKind, find_gaps, gap_windows
from crawler.assurance.workdays import DayKind, day_kind
from crawler.config import Config
from crawler.errors import ConfigurationError, Fate
from crawler.run import SHANGHAI, Run, Window
from models.store import Store
from tests.assurance.nights import DAY, MONDAY, Night, days_before, store_nights

UNTIL = MONDAY + DAY


def _gaps(store: Store, since: date | None = None, until: date = UNTIL) -> list[Gap]:
    with store.reading() as connection:
        return find_gaps(connection, "tibet_net", since, until)


def _kinds(store: Store, since: date | None = None) -> dict[str, str]:
    return {str(gap.day): gap.kind.value for gap in _gaps(store, since)}


def _windows(store: Store, since: date | None = None, due_at: datetime | None = None) -> list[str]:
    return [str(window) for window in gap_windows(_gaps(store, since), due_at)]


def test_covered_days_are_no_gaps(store: Store) -> None:
    store_nights(store, [Night(day) for day in days_before(UNTIL, 7)])
    assert _gaps(store) == []
    assert _windows(store) == []


def test_an_empty_store_has_no_first_day_unless_one_is_named(store: Store) -> None:
    assert _gaps(store) == []
    assert [gap.kind for gap in _gaps(store, MONDAY - DAY)] == [GapKind.NEVER, GapKind.NEVER]


def test_days_before_the_publishers_addresses_are_no_gaps(store: Store) -> None:
    assert min(gap.day for gap in _gaps(store, date(1, 1, 1), date(2018, 1, 4))) == date(2018, 1, 1)


def test_an_unknown_publisher_is_refused(store: Store) -> None:
    with store.reading() as connection, pytest.raises(ConfigurationError):
        find_gaps(connection, "nobody", None, UNTIL)


def test_nights_that_never_ran_are_fetched_together(store: Store) -> None:
    store_nights(store, [Night(day) for day in (MONDAY - 5 * DAY, MONDAY)])
    assert _kinds(store) == {f"2026-06-0{n}": "never" for n in (4, 5, 6, 7)}
    assert _windows(store) == ["2026-06-04_2026-06-08"]


def test_long_holes_are_cut_into_weeks_newest_first(store: Store) -> None:
    store_nights(store, [Night(MONDAY - 12 * DAY), Night(MONDAY)])
    assert _windows(store) == ["2026-06-04_2026-06-08", "2026-05-28_2026-06-04"]


@pytest.mark.parametrize(
    ("night", "why"),
    [
        (Night(MONDAY, complete=False), "did not walk every listing"),
        (Night(MONDAY, failed=("no channel is silent",)), "failed its check: no channel is silent"),
        (Night(MONDAY, checked=False), "was never checked"),
        (Night(MONDAY, articles=30, others={Fate.TIMEOUT: 5}), "5 of 35 URLs of"),
    ],
)
def test_a_run_that_did_not_do_well_leaves_its_day_open(store: Store, night: Night, why: str) -> None:
    store_nights(store, [night])
    (gap,) = _gaps(store)
    assert (gap.kind, gap.window) == (GapKind.FAILED, night.run.window)
    assert why in gap.why


def test_a_run_that_failed_is_run_again_in_its_own_window(store: Store) -> None:
    week = Night(MONDAY - 6 * DAY, end=UNTIL, complete=False)
    store_nights(store, [week])
    assert len(_gaps(store)) == 7
    assert _windows(store) == [str(week.run.window)], "the same run goes on from its archive"


def test_a_few_urls_that_failed_are_no_gap(store: Store) -> None:
    store_nights(store, [Night(MONDAY, articles=30, others={Fate.TIMEOUT: 2})])
    assert _gaps(store) == []


def test_urls_that_were_had_since_are_no_gap(store: Store) -> None:
    store_nights(store, [Night(MONDAY, articles=30, others={Fate.TIMEOUT: 5})])
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE url SET fate = 'loaded_new' WHERE fate = 'timeout'")
    assert _gaps(store) == []


def test_a_later_good_run_closes_the_gap_of_a_failed_one(store: Store) -> None:
    store_nights(store, [Night(MONDAY, complete=False), Night(MONDAY - DAY, articles=5, end=UNTIL)])
    assert _gaps(store) == []


def test_a_run_of_one_channel_covers_nothing(store: Store) -> None:
    store_nights(store, [Night(MONDAY - DAY), Night(MONDAY, selection={"channels": ["yc"]})])
    assert _kinds(store) == {"2026-06-08": "never"}


def test_a_day_that_was_crawled_before_it_was_over_is_not_covered(store: Store) -> None:
    store_nights(store, [Night(MONDAY, crawled_at=datetime(2026, 6, 8, 4, 0, tzinfo=UTC))])
    (gap,) = _gaps(store)
    assert gap.kind is GapKind.NEVER
    assert "before the day was over" in gap.why


def _month(store: Store, last: Night) -> None:
    nights = [Night(day, 20 if day_kind(day) is DayKind.WORKDAY else 6) for day in days_before(MONDAY, 35)]
    store_nights(store, [*nights, last])


def test_a_short_day_is_looked_at_again(store: Store) -> None:
    _month(store, Night(MONDAY, articles=9))
    assert _kinds(store) == {"2026-06-08": "short"}
    assert _windows(store) == ["2026-06-08_2026-06-09"]


def test_a_short_day_that_was_looked_at_again_is_believed(store: Store) -> None:
    _month(store, Night(MONDAY, articles=9, crawled_at=datetime(2026, 6, 10, tzinfo=UTC)))
    assert _kinds(store) == {}


def test_a_short_holiday_is_no_gap(store: Store) -> None:
    dragon_boat = date(2026, 6, 19)
    days = [*days_before(dragon_boat, 35), dragon_boat]
    store_nights(store, [Night(day, 20 if day_kind(day) is DayKind.WORKDAY else 6) for day in days])
    assert _gaps(store, until=dragon_boat + DAY) == []


def test_automatic_tries_become_rarer_as_a_day_grows_old() -> None:
    def due(crawled: str, now: str) -> bool:
        gap = Gap("x", MONDAY, GapKind.FAILED, "", Window(MONDAY, UNTIL), datetime.fromisoformat(crawled))
        return gap.due(datetime.fromisoformat(now))

    night = "2026-06-09T01:30:00+08:00"
    assert not due(night, "2026-06-09T12:00:00+08:00")
    assert due(night, "2026-06-10T01:30:00+08:00")
    month_later = "2026-07-09T01:30:00+08:00"
    assert not due(month_later, "2026-07-20T01:30:00+08:00")
    assert due(month_later, "2026-07-25T01:30:00+08:00")


def test_what_was_tried_a_moment_ago_is_left_out_where_a_schedule_asks(store: Store) -> None:
    store_nights(store, [Night(MONDAY, complete=False)])
    crawled = Night(MONDAY).crawled
    assert _windows(store, due_at=crawled + timedelta(hours=1)) == []
    assert _windows(store, due_at=crawled + timedelta(hours=30)) == ["2026-06-08_2026-06-09"]
    assert _windows(store) == ["2026-06-08_2026-06-09"]


def _begun(config: Config, day: date, end: date | None = None, *, summary: bool = True, **selection: Any) -> datetime:
    """A run whose crawl was killed: its folder is there, and no row of it. When it began."""
    folder = RunFolder(Run("tibet_net", Window(day, end or day + DAY), **selection), config.data_root)
    folder.create()
    at = datetime.combine(day + DAY, time(1, 25), SHANGHAI).astimezone(UTC)
    if summary:
        folder.write_summary("crawl", {"complete": False, "started_at": at.isoformat()})
    return at


def _with_folders(store: Store, config: Config, due_at: datetime | None = None) -> dict[str, str]:
    with store.reading() as connection:
        gaps = find_gaps(connection, "tibet_net", None, UNTIL, config.data_root)
    return {str(gap.day): gap.why for gap in gaps if due_at is None or gap.due(due_at)}


def test_the_first_night_of_a_publisher_is_a_gap_where_it_never_came_to_be_loaded(store: Store, config: Config) -> None:
    """Killed, or its load refused, it left no row: nobody looked for its days, and the listings forgot them."""
    began = _begun(config, MONDAY - 2 * DAY)
    assert _gaps(store) == [], "the store alone knows nothing of it"
    why = {"2026-06-06": "tibet_net/2026-06-06_2026-06-07 was begun and never loaded"}
    assert _with_folders(store, config) == why
    assert _with_folders(store, config, began + timedelta(hours=5)) == {}, "it may be at work, or be tried again"
    assert _with_folders(store, config, began + timedelta(hours=29)) == why
    store_nights(store, [Night(MONDAY - DAY), Night(MONDAY)])
    assert _with_folders(store, config) == why, "the nights after it went well"
    with store.reading() as connection:
        windows = gap_windows(find_gaps(connection, "tibet_net", None, UNTIL, config.data_root))
    assert [str(window) for window in windows] == ["2026-06-06_2026-06-07"]
    store_nights(store, [Night(MONDAY - 2 * DAY)])
    assert _with_folders(store, config) == {}


def test_a_folder_that_is_no_night_of_the_publisher_starts_no_run(store: Store, config: Config) -> None:
    _begun(config, MONDAY, channels=("yc",))
    _begun(config, MONDAY, page_limit=1)
    _begun(config, MONDAY - 400 * DAY, MONDAY)
    _begun(config, date(2017, 1, 1))
    _begun(config, UNTIL)
    assert _with_folders(store, config) == {}
    _begun(config, MONDAY, summary=False)
    assert list(_with_folders(store, config)) == ["2026-06-08"]
