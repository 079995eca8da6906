"""A second look at a closed window's listings: what came late is found, what is held is not asked for again."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from crawler.assurance.gaps import recent_windows
from crawler.run import Run, Window
from models.store import Store
from tests.assurance.nights import Night, store_nights
from tests.fetch.crawls import crawl
from tests.fetch.site import Site, article, trs_list

LIST = "https://www.tibet.cn/cn/news/yc/"


def _site(numbers: range) -> Site:
    site = Site()
    site.add("https://www.tibet.cn/robots.txt", b"User-agent: *\n")
    site.add(LIST, trs_list([(f"202606/t20260615_{n}.html", f"标题{n}") for n in numbers]))
    for number in numbers:
        site.add(f"{LIST}202606/t20260615_{number}.html", article(f"标题{number}"))
    return site


def test_an_article_listed_late_is_found_and_nothing_else_is_asked_for(tmp_path: Path) -> None:
    with _site(range(100, 105)).served() as gateway:
        first = crawl(gateway, tmp_path)
    assert first.summary is not None
    later = _site(range(100, 107))
    with later.served() as gateway:
        closed = crawl(gateway, tmp_path)
        assert closed.summary is not None
        assert closed.summary["discovered"] == 5, "a run that has ended answers from its own archive"
        again = crawl(gateway, tmp_path, run={"listings_again": True})
    assert again.summary is not None
    assert again.summary["discovered"] == 7
    asked = [each.path for each in later.asked if each.path.endswith(".html")]
    assert sorted(asked) == [f"/cn/news/yc/202606/t20260615_{n}.html" for n in (105, 106)]
    assert [row["fate"] for row in again.rows] == [None] * 7, "what was captured before is still the run's"


def test_a_second_look_is_the_same_run_and_survives_the_way_to_the_crawl_process() -> None:
    window = Window(date(2026, 6, 15), date(2026, 6, 16))
    run = Run("tibet_net", window, listings_again=True)
    assert run.run_id == Run("tibet_net", window).run_id
    assert Run.from_json(run.as_json()).listings_again


def _recent(store: Store, today: date) -> list[str]:
    with store.reading() as connection:
        return [str(window) for window in recent_windows(connection, "tibet_net", today)]


def test_recent_windows_are_those_of_the_nights_one_three_and_fourteen_days_ago(store: Store) -> None:
    store_nights(store, [Night(date(2026, 6, 1) + timedelta(days=n)) for n in range(18)])
    assert _recent(store, date(2026, 6, 18))[0] == "2026-06-16_2026-06-17", "the night of the 17th, again on the 18th"
    assert _recent(store, date(2026, 6, 17)) == [
        "2026-06-15_2026-06-16",
        "2026-06-13_2026-06-14",
        "2026-06-02_2026-06-03",
    ]


def test_a_night_that_had_no_first_look_gets_no_second(store: Store) -> None:
    """The first start would ask each site for the listings of three old nights that nobody asked for."""
    assert _recent(store, date(2026, 6, 17)) == []
    day = date(2026, 6, 15)
    store_nights(store, [Night(day - timedelta(days=2), selection={"page_limit": 1})])
    assert _recent(store, date(2026, 6, 17)) == [], "a quick look at one page is no first look"
    store_nights(store, [Night(day)])
    assert _recent(store, date(2026, 6, 16)) == [], "its own night is the first look"
    assert _recent(store, date(2026, 6, 17)) == ["2026-06-15_2026-06-16"]
    assert _recent(store, date(2026, 6, 19)) == ["2026-06-15_2026-06-16"]
