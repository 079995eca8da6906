"""The rules behind the questions, over their whole domain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import publishers
from crawler.assurance.answers import too_many
from crawler.assurance.volume import LEAST_DAYS, REACH, UsualVolume, comparable_days
from crawler.assurance.workdays import DayKind, day_kind, is_workday, workdays_after
from crawler.errors import ConfigurationError
from crawler.publishers.file import read_publisher

WANTED = publishers.get("tibet_net").expectations
COUNTS = st.lists(st.integers(0, 5000), min_size=LEAST_DAYS, max_size=40)
DAYS = st.dates(date(2018, 1, 1), date(2027, 12, 31))


@given(bad=st.integers(0, 500), good=st.integers(0, 500), share=st.floats(0, 1))
def test_one_more_bad_page_never_makes_a_run_pass(bad: int, good: int, share: float) -> None:
    if too_many(bad, bad + good, share):
        assert too_many(bad + 1, bad + good + 1, share)


@given(of=st.integers(1, 500), share=st.floats(0, 1))
def test_a_run_of_which_everything_is_bad_never_passes(of: int, share: float) -> None:
    assert too_many(of, of, share)


@given(bad=st.integers(1, 2), of=st.integers(3, 500), share=st.floats(0, 1))
def test_one_or_two_of_several_never_fail_a_run(bad: int, of: int, share: float) -> None:
    assert not too_many(bad, of, share)


def test_nothing_bad_of_nothing_is_not_too_many() -> None:
    assert not too_many(0, 0, 0.0)


@given(counts=COUNTS, fewer=st.integers(0, 5000), more=st.integers(0, 5000))
def test_a_day_with_fewer_articles_is_never_judged_milder(counts: list[int], fewer: int, more: int) -> None:
    usual = UsualVolume.of(counts, WANTED)
    fewer, more = sorted((fewer, more))
    assert usual.fails(fewer) >= usual.fails(more)
    assert usual.short(fewer) >= usual.short(more)


@given(counts=COUNTS)
def test_the_usual_day_is_usual(counts: list[int]) -> None:
    usual = UsualVolume.of(counts, WANTED)
    assert usual.middle is not None
    assert 0 <= usual.floor <= usual.low <= usual.middle <= usual.high
    middle = round(usual.middle)
    assert not usual.fails(middle)
    assert not usual.unusual(middle) or middle == 0


@given(counts=COUNTS, count=st.integers(0, 20_000))
def test_a_day_that_fails_is_also_unusual(counts: list[int], count: int) -> None:
    usual = UsualVolume.of(counts, WANTED)
    assert not usual.fails(count) or usual.unusual(count)


@given(counts=st.lists(st.integers(0, 9), min_size=LEAST_DAYS, max_size=40), count=st.integers(0, 9))
def test_days_of_nine_articles_or_fewer_never_fail_by_their_number(counts: list[int], count: int) -> None:
    assert not UsualVolume.of(counts, WANTED).fails(count)


@given(counts=st.lists(st.integers(1, 9), min_size=LEAST_DAYS, max_size=40))
def test_no_article_at_all_is_noticed_however_few_are_usual(counts: list[int]) -> None:
    assert UsualVolume.of(counts, WANTED).unusual(0)


@given(counts=st.lists(st.integers(0, 5000), max_size=LEAST_DAYS - 1))
def test_too_short_a_history_gives_the_guessed_range_and_no_floor(counts: list[int]) -> None:
    usual = UsualVolume.of(counts, WANTED)
    assert usual.middle is None
    assert (usual.low, usual.high) == (WANTED.min_articles_per_day, WANTED.max_articles_per_day)
    assert not usual.fails(0)


def test_a_range_that_somebody_measured_is_no_guess() -> None:
    """The guide says to take what was measured out of `guessed`: then no run must call it one."""
    assert str(UsualVolume.of([], replace(WANTED, guessed=("max_articles_per_day",)))).endswith("(guessed)")
    assert str(UsualVolume.of([], replace(WANTED, guessed=("min_body_length",)))).endswith("(publisher.toml)")


@given(day=DAYS, offsets=st.sets(st.integers(-90, 90)))
def test_days_are_compared_with_days_of_their_kind_only(day: date, offsets: set[int]) -> None:
    found = comparable_days(day, {day + timedelta(days=n) for n in offsets})
    assert day not in found
    assert not found or len(found) >= LEAST_DAYS
    for other in found:
        assert abs(other - day) <= REACH
        assert is_workday(other) == is_workday(day)


@given(first=DAYS, days=st.integers(0, 400), more=st.integers(0, 400))
def test_working_days_add_up(first: date, days: int, more: int) -> None:
    middle, last = first + timedelta(days=days), first + timedelta(days=days + more)
    assert workdays_after(first, last) == workdays_after(first, middle) + workdays_after(middle, last)
    assert workdays_after(first, last) == sum(
        day_kind(first + timedelta(days=n)) is DayKind.WORKDAY for n in range(1, days + more + 1)
    )


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        # From the State Council's notice for 2026 (November 2025).
        ("2026-02-14", DayKind.WORKDAY),  # a Saturday worked in exchange
        ("2026-02-16", DayKind.HOLIDAY),
        ("2026-02-21", DayKind.HOLIDAY),  # a Saturday inside the Spring Festival
        ("2026-02-28", DayKind.WORKDAY),
        ("2026-05-09", DayKind.WORKDAY),
        ("2026-06-13", DayKind.WEEKEND),
        ("2026-06-15", DayKind.WORKDAY),
        ("2026-06-19", DayKind.HOLIDAY),
        ("2026-06-20", DayKind.HOLIDAY),  # the Saturday after the Dragon Boat Festival
        ("2026-10-06", DayKind.HOLIDAY),
        ("2026-10-10", DayKind.WORKDAY),
    ],
)
def test_the_chinese_calendar(day: str, kind: DayKind) -> None:
    assert day_kind(date.fromisoformat(day)) is kind


def test_the_first_day_asked_about_need_not_be_of_a_year_seen_before() -> None:
    """The package fills a year in when a day of it is looked up, its exchanged weekends too."""
    day_kind.cache_clear()
    assert is_workday(date(2025, 1, 26))


def test_every_publisher_says_what_it_is_expected_to_look_like() -> None:
    for key in publishers.keys():
        assert publishers.get(key).expectations.filled


@pytest.mark.parametrize("table", [None, {}, {"min_articles_per_day": 1}, {"gone_share": 30}])
def test_a_publisher_without_whole_expectations_is_an_error(table: dict[str, int] | None) -> None:
    data = {
        "name": "x",
        "home": "https://example.cn/",
        "schedule": "5 1 * * *",
        "since": "2026-01-01",
        "pace": {"delay_seconds": 3},
        "site": [{"key": "x", "name": "x", "hosts": ["example.cn"]}],
        "channel": [{"key": "a", "name": "a", "url": "https://example.cn/"}],
        "article_url": [{"pattern": "/(?P<key>.*)"}],
    } | ({} if table is None else {"expectations": table})
    with pytest.raises((ValueError, TypeError, ConfigurationError)):
        read_publisher("x", data)
