"""A clock that jumps, forwards by a day or backwards by hours, costs no article and makes nothing fresh for ever."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from upath import UPath

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.assurance.audit import audit
from crawler.config import Config
from crawler.run import Run
from models.articles import Article
from models.store import Store
from models.urls import Url
from tests.assurance.loaded import MONDAY, CrawledRun, address, run_of
from tests.chaos.clock import Clock, available
from tests.chaos.rounds import WINDOW, doubles, inverted
from tests.chaos.stage import Order, StageProcess
from tests.fetch.crawls import crawl
from tests.fetch.site import Answer, Site, article, trs_list
from tests.night.nights import content
from tests.replica import Handle, start

needs_clock = pytest.mark.skipif(
    not (sys.platform == "linux" and available()), reason="a clock is set by a library that a C compiler makes"
)
LIST = "https://www.tibet.cn/cn/news/yc/"
AHEAD, BEHIND = timedelta(days=1), timedelta(hours=-5)


def _site() -> Site:
    site = Site()
    site.add("https://www.tibet.cn/robots.txt", b"User-agent: *\n")
    site.add(LIST, trs_list([(f"202606/t20260615_{n}.html", f"标题{n}") for n in range(100, 106)]))
    for number in range(100, 106):
        site.add(f"{LIST}202606/t20260615_{number}.html", article(f"标题{number}"))
    return site


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    folder = tmp_path / "clock"
    folder.mkdir()
    return Clock(folder)


@needs_clock
def test_what_a_clock_that_ran_ahead_has_dated_is_not_fresh_until_then(tmp_path: Path, clock: Clock) -> None:
    site = _site()
    with site.served() as gateway:
        clock.set(timedelta(days=400))
        with clock.ruling():
            assert crawl(gateway, tmp_path).error is None
        site.asked.clear()
        again = crawl(gateway, tmp_path)
        assert again.error is None, again.log
        # Nobody knows how old the list and the rules are; the articles are those of this run, whatever the clock says.
        assert sorted(site.paths(robots=True)) == ["/cn/news/yc/", "/robots.txt"]
        site.asked.clear()
        crawl(gateway, tmp_path)
        assert site.paths(robots=True) == []


@needs_clock
@pytest.mark.parametrize("jump", [AHEAD, BEHIND], ids=["a day forwards", "five hours backwards"])
def test_a_clock_that_jumps_in_the_middle_of_a_crawl_loses_and_repeats_no_article(
    tmp_path: Path, clock: Clock, jump: timedelta
) -> None:
    site = _site()
    inner = site.answer

    def answer(host: str, path: str, headers: dict[str, str]) -> Answer:
        if path.endswith("103.html"):
            clock.set(jump)
        return inner(host, path, headers)

    site.answer = answer  # type: ignore[method-assign]
    with site.served() as gateway, clock.ruling():
        result = crawl(gateway, tmp_path)
        assert result.error is None, result.log
        assert set(result.fates.values()) == {None}
        assert len(site.paths()) == len(set(site.paths())) == 7
        assert result.summary is not None
        assert result.summary["seconds"] >= 0
        site.asked.clear()
        crawl(gateway, tmp_path)
        assert [path for path in site.paths() if path.endswith(".html")] == []


def test_the_latest_fate_of_a_url_is_that_of_the_last_try_though_the_clock_was_put_back(
    store: Store, config: Config
) -> None:
    night = CrawledRun(config, run_of(), articles=4, gone=1).load()
    night.moment += BEHIND
    night.crawl(articles=5, gone=0)
    night.load().check()
    url = Url.__table__.c
    with store.reading() as connection:
        fate = connection.execute(select(url.fate).where(url.url == address(MONDAY, 104))).scalar_one()
        assert fate == "loaded_new"
        assert inverted(connection) == []
    with store.reading() as connection:
        assert audit(connection, config.data_root).breaks == 0


def test_a_look_by_a_clock_that_was_put_back_makes_no_article_end_before_it_began(store: Store, config: Config) -> None:
    CrawledRun(config, run_of()).load().check()
    look = CrawledRun(config, replace(run_of(), page_limit=1))
    look.moment += BEHIND
    look.crawl(articles=5, gone=0)
    look.load()
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Article)).scalar_one() == 5
        assert doubles(connection) == inverted(connection) == []


@pytest.fixture(scope="module")
def replica() -> Iterator[Handle]:
    with start() as running:
        yield running


def _order(stage: str, run: Run, replica: Handle, folder: Path) -> Order:
    config: dict[str, Any] = {
        "data": str(folder / "data"),
        "store": f"sqlite:///{folder}/store.sqlite",
        "gateway": replica.url,
        "delay_seconds": 0,
    }
    return Order(stage, run.as_json(), config)


@needs_clock
@pytest.mark.timeout(1800)
def test_a_night_whose_stages_all_go_by_different_clocks_gives_the_store_of_one_by_a_right_one(
    replica: Handle, tmp_path: Path, clock: Clock
) -> None:
    run = Run("sichuan_gov", WINDOW)
    found = {}
    jumps = dict(zip(stages.STAGES, (AHEAD, BEHIND, timedelta(days=400), timedelta(minutes=-90), AHEAD), strict=True))
    for name in ("right", "wrong"):
        folder = tmp_path / name
        folder.mkdir()
        store = Store(f"sqlite:///{folder}/store.sqlite")
        store.upgrade()
        for stage in stages.STAGES:
            if name == "wrong":
                clock.set(jumps[stage])
                ended = StageProcess(_order(stage, run, replica, folder), clock).ended()
                assert ended.error == "done", ended
            ended = StageProcess(_order(stage, run, replica, folder)).ended()
            assert ended.error == "done", ended
        with store.reading() as connection:
            found[name] = content(connection)
            assert doubles(connection) == inverted(connection) == []
        with store.reading() as connection:
            assert audit(connection, UPath(folder / "data")).breaks == 0
        store.close()
    assert found["wrong"] == found["right"]


@needs_clock
def test_no_clock_makes_a_lock_stale_that_somebody_holds(replica: Handle, tmp_path: Path, clock: Clock) -> None:
    run = Run("sichuan_gov", WINDOW)
    clock.set(timedelta(days=400))
    with RunFolder(run, UPath(tmp_path / "data")).locked():
        ended = StageProcess(_order("parse", run, replica, tmp_path), clock).ended()
    assert ended.error == "RunLocked", ended
