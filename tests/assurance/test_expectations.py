"""What would pass unseen if a question of check did not do its work: one planted fault per question."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crawler.assurance.answers import Answer, Level, failures
from crawler.assurance.workdays import DayKind, day_kind
from crawler.config import Config
from crawler.errors import Fate
from models.store import Store
from tests.assurance.nights import DAY, MONDAY, Night, ask, asked, days_before, refused, store_nights

Asked = Callable[[Night], dict[str, Answer]]


def _weekly(day: date) -> int:
    """Twenty articles on a working day, six on a day off."""
    return 20 if day_kind(day) is DayKind.WORKDAY else 6


@pytest.fixture
def first(store: Store, config: Config) -> Asked:
    """Asks a night that is the first one."""
    return lambda night: asked(store, config.data_root, night)


@pytest.fixture
def later(store: Store, config: Config) -> Asked:
    """Asks a night that five weeks of nights came before."""

    def ask_later(night: Night) -> dict[str, Answer]:
        store_nights(store, [Night(day, _weekly(day)) for day in days_before(night.day, 35)])
        return asked(store, config.data_root, night)

    return ask_later


def test_a_usual_first_night_passes_every_question(first: Asked) -> None:
    assert refused(first(Night(MONDAY))) == set()


def test_a_usual_later_night_passes_every_question(later: Asked) -> None:
    assert refused(later(Night(MONDAY))) == set()


# Volume


def test_half_the_articles_of_a_working_day_are_seen(later: Asked) -> None:
    answers = later(Night(MONDAY, articles=9))
    assert refused(answers) == {"volume is usual"}
    assert "9 on 2026-06-08" in answers["volume is usual"].observed


def test_a_working_day_with_next_to_nothing_fails(later: Asked) -> None:
    answers = later(Night(MONDAY, articles=3))
    assert refused(answers) == {"volume is usual", "volume is above its floor"}
    assert [answer.name for answer in failures(list(answers.values()))] == ["volume is above its floor"]


def test_a_holiday_is_not_held_against_working_days(store: Store, config: Config) -> None:
    dragon_boat = date(2026, 6, 19)
    assert day_kind(dragon_boat) is DayKind.HOLIDAY
    assert dragon_boat.weekday() == 4
    store_nights(store, [Night(day, _weekly(day)) for day in days_before(dragon_boat, 35)])
    assert refused(asked(store, config.data_root, Night(dragon_boat, articles=6))) == set()


def test_a_weekend_that_is_worked_is_held_against_working_days(store: Store, config: Config) -> None:
    worked = date(2026, 5, 9)
    assert worked.weekday() == 5
    store_nights(store, [Night(day, _weekly(day)) for day in days_before(worked, 35)])
    assert refused(asked(store, config.data_root, Night(worked, articles=8))) == {"volume is usual"}


def test_a_window_without_any_article_fails_also_without_a_history(first: Asked) -> None:
    answers = first(Night(MONDAY, articles=0, others={Fate.OUT_OF_WINDOW: 30}))
    assert {"articles are there"} <= {answer.name for answer in failures(list(answers.values()))}


def test_a_sunday_without_articles_passes_where_sundays_have_none(store: Store, config: Config) -> None:
    sunday = MONDAY - DAY
    nights = [
        Night(day, 20 if day_kind(day) is DayKind.WORKDAY else 0, others={Fate.OUT_OF_WINDOW: 10})
        for day in days_before(sunday, 42)
    ]
    store_nights(store, nights)
    empty = Night(sunday, articles=0, others={Fate.OUT_OF_WINDOW: 10})
    assert refused(asked(store, config.data_root, empty)) == set()


def test_days_that_failed_their_check_are_no_measure(store: Store, config: Config) -> None:
    lost = [Night(day, 1, failed=("no channel is silent",)) for day in days_before(MONDAY, 14)]
    good = [Night(day, _weekly(day)) for day in days_before(MONDAY - 14 * DAY, 28)]
    store_nights(store, good + lost)
    assert "volume is usual" in refused(asked(store, config.data_root, Night(MONDAY, articles=5)))


def test_a_selection_is_not_judged_on_volume(later: Asked) -> None:
    night = Night(MONDAY, articles=1, selection={"channels": ["yc"]}, channels={"yc": {}})
    assert refused(later(night)) == set()


def test_a_day_that_was_not_over_is_not_judged_on_volume(later: Asked) -> None:
    noon = datetime(2026, 6, 8, 4, 0, tzinfo=UTC)
    assert "volume is usual" not in refused(later(Night(MONDAY, articles=2, crawled_at=noon)))


# Freshness


def test_a_site_that_shows_nothing_newer_for_days_fails(store: Store, config: Config) -> None:
    night = Night(MONDAY, published=MONDAY - 14 * DAY, channels={})
    answers = asked(store, config.data_root, night)
    assert {"the latest article is not too old", "the latest article is as fresh as usual"} <= refused(answers)


def test_a_past_window_is_not_asked_for_fresh_articles(first: Asked) -> None:
    months_later = datetime(2026, 11, 20, tzinfo=UTC)
    assert refused(first(Night(MONDAY, crawled_at=months_later))) == set()


def test_days_off_do_not_make_an_article_old(store: Store, config: Config) -> None:
    # The National Day week of 2026: 1 to 7 October.
    store_nights(store, [Night(date(2026, 9, 30))])
    night = Night(date(2026, 10, 7), articles=0, others={Fate.OUT_OF_WINDOW: 30})
    fresh = {"the latest article is not too old", "the latest article is as fresh as usual"}
    assert not fresh & refused(asked(store, config.data_root, night))


# Channels


def test_a_silent_channel_fails(later: Asked) -> None:
    answers = later(Night(MONDAY, channels=Night(MONDAY).listings() | {"zx": {"links": 0, "newest": None}}))
    assert refused(answers) == {"no channel is silent"}
    assert answers["no channel is silent"].observed == "zx"
    assert "has the layout changed?" in answers["no channel is silent"].message


def test_a_channel_that_was_never_read_is_silent(later: Asked) -> None:
    listings = Night(MONDAY).listings()
    del listings["zx"]
    answers = later(Night(MONDAY, channels=listings))
    assert refused(answers) == {"no channel is silent"}
    # What was not read says nothing of a layout.
    assert answers["no channel is silent"].message == "the listings of zx were not read: the log of `crawl` says why"


def test_addresses_that_are_no_articles_any_more_fail(later: Asked) -> None:
    night = Night(MONDAY, keyless=True)
    assert refused(later(night)) == {"every channel names articles"}


def test_listings_that_repeat_those_of_yesterday_fail(later: Asked) -> None:
    tuesday = MONDAY + DAY
    frozen = {key: counts | {"newest": MONDAY} for key, counts in Night(tuesday).listings().items()}
    assert refused(later(Night(tuesday, channels=frozen))) == {"the listings do not repeat themselves"}


def test_one_regular_channel_that_stands_still_is_warned_of(later: Asked) -> None:
    tuesday = MONDAY + DAY
    listings = Night(tuesday).listings() | {"zx": {"newest": MONDAY}}
    answers = later(Night(tuesday, channels=listings))
    assert refused(answers) == {"every channel moves on"}
    assert answers["every channel moves on"].level is Level.USUAL


def test_a_channel_that_moves_once_a_week_is_not_asked_each_day(store: Store, config: Config) -> None:
    tuesday = MONDAY + DAY
    nights = []
    for day in [*days_before(tuesday, 35), tuesday]:
        weekly = {"newest": day - timedelta(days=day.weekday())}
        nights.append(Night(day, _weekly(day), channels=Night(day).listings() | {"zcdt": weekly}))
    store_nights(store, nights)
    assert refused(ask(store, config.data_root, nights[-1])) == set()


def _grown(day: date, total: int, **others: Any) -> Night:
    return Night(day, channels=Night(day).listings() | {"yc": {"total": total}}, **others)


@pytest.mark.parametrize(
    ("growth", "missed"),
    [
        (20, set()),
        (27, {"the listings' totals were seen, as usual"}),
        (60, {"the listings' totals were seen, as usual", "the listings' totals were seen"}),
        (-3, set()),
    ],
)
def test_a_list_that_grew_by_more_than_was_seen_is_noticed(
    store: Store, config: Config, growth: int, missed: set[str]
) -> None:
    store_nights(store, [_grown(MONDAY, 1000)])
    assert refused(asked(store, config.data_root, _grown(MONDAY + DAY, 1000 + growth))) == missed


# Shares


def test_one_challenge_among_four_pages_warns_and_does_not_fail(first: Asked) -> None:
    answers = first(Night(MONDAY, articles=3, others={Fate.CHALLENGED: 1}))
    assert refused(answers) == {"few URLs are refused (usual)"}
    assert failures(list(answers.values())) == []


def test_three_refused_of_ten_fail(first: Asked) -> None:
    answers = first(Night(MONDAY, articles=7, others={Fate.BLOCKED: 3}))
    assert {answer.name for answer in failures(list(answers.values()))} == {"few URLs are refused"}


def test_two_pages_that_both_failed_do_not_pass(store: Store, config: Config) -> None:
    store_nights(store, [Night(MONDAY - DAY)])
    night = Night(MONDAY, articles=0, others={Fate.TIMEOUT: 2, Fate.NOT_DUE: 30})
    answers = asked(store, config.data_root, night)
    assert {answer.name for answer in failures(list(answers.values()))} == {"few URLs are failed_retry"}


@pytest.mark.parametrize(
    ("fate", "question"),
    [
        (Fate.LAYOUT_UNKNOWN, "few URLs are failed_look"),
        (Fate.SERVER_ERROR, "few URLs are failed_retry"),
        (Fate.CHALLENGED, "few URLs are refused"),
        (Fate.SOFT_404, "few URLs are gone"),
        (Fate.IMAGE_ONLY, "few pages are without text"),
    ],
)
def test_a_site_that_answers_most_pages_with_something_else_fails(first: Asked, fate: Fate, question: str) -> None:
    answers = first(Night(MONDAY, articles=10, others={fate: 20}))
    assert {answer.name for answer in failures(list(answers.values()))} == {question}


def test_a_fate_that_becomes_common_is_warned_of_below_its_limit(later: Asked) -> None:
    answers = later(Night(MONDAY, articles=18, others={Fate.GONE: 6}))
    assert refused(answers) == {"shares of fates are usual"}


# Fields and bodies


def test_a_wanted_field_that_is_empty_fails(first: Asked) -> None:
    answers = first(Night(MONDAY, empty=("title",)))
    assert {answer.name for answer in failures(list(answers.values()))} == {"title is filled (hard)"}


def test_a_field_that_nobody_asked_for_but_always_had_is_missed(later: Asked) -> None:
    answers = later(Night(MONDAY, empty=("editor",)))
    assert refused(answers) == {"fields are not suddenly empty", "fields are filled as before"}
    assert "editor: 0 of 20, 100% before" in answers["fields are filled as before"].observed


def test_bodies_of_which_a_part_is_lost_are_noticed(later: Asked) -> None:
    answers = later(Night(MONDAY, chars=150))
    assert refused(answers) == {"bodies are as long as before"}


def test_bodies_of_which_nearly_all_is_lost_fail(later: Asked) -> None:
    answers = later(Night(MONDAY, chars=60))
    assert refused(answers) == {"bodies are as long as before", "bodies are not suddenly short"}


def test_very_short_bodies_are_noticed_on_the_first_night(first: Asked) -> None:
    assert refused(first(Night(MONDAY, chars=10))) == {"bodies have a length"}


# Layouts


def test_pages_left_to_the_general_reader_fail(first: Asked) -> None:
    night = Night(MONDAY, layouts={"tibet/2018": 10, "generic/density": 10})
    assert refused(first(night)) == {"known layouts read the pages", "known layouts read the pages (usual)"}


def test_one_page_of_two_left_to_the_general_reader_does_not_fail(first: Asked) -> None:
    answers = first(Night(MONDAY, layouts={"tibet/2018": 1, "generic/density": 1}))
    assert refused(answers) == {"known layouts read the pages (usual)"}


def _xinjiang(day: date, small: str) -> Night:
    layouts = {"xinjiang": {"ucap/article": 40}, "xjbl": {small: 8}}
    return Night(day, publisher="xinjiang_gov", site_layouts=layouts)


def test_a_small_site_whose_layout_reads_nothing_any_more_fails(store: Store, config: Config) -> None:
    store_nights(store, [_xinjiang(day, "vsb/article") for day in days_before(MONDAY, 8)])
    answers = asked(store, config.data_root, _xinjiang(MONDAY, "generic/density"))
    assert refused(answers) == {"no layout has stopped reading"}
    assert "vsb/article reads 0 of 8 pages of xjbl" in answers["no layout has stopped reading"].observed


def test_a_site_that_moved_to_another_known_layout_is_only_told_of(store: Store, config: Config) -> None:
    store_nights(store, [_xinjiang(day, "vsb/article") for day in days_before(MONDAY, 8)])
    answers = asked(store, config.data_root, _xinjiang(MONDAY, "ucap/article"))
    assert refused(answers) == {"pages are read by the layouts of before"}


def test_an_incomplete_crawl_fails(first: Asked) -> None:
    assert refused(first(Night(MONDAY, complete=False))) == {"every listing was walked"}


def test_each_night_is_asked_the_same_questions(store: Store, config: Config) -> None:
    """A question that a later check leaves out would leave its old "no" behind for ever."""
    night = Night(MONDAY)
    names = set(asked(store, config.data_root, night))
    months_later = datetime(2026, 11, 20, tzinfo=UTC)
    assert set(asked(store, config.data_root, Night(MONDAY + DAY, crawled_at=months_later))) == names
    assert set(asked(store, config.data_root, Night(MONDAY + 2 * DAY, selection={"page_limit": 1}))) == names
