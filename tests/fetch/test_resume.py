"""A crawl that is killed, stopped or started again loses nothing, doubles nothing and asks for nothing twice."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import CrawlBroken, CrawlTransient
from crawler.fetch.revisit import KnownUrl
from crawler.fetch.segments import archive_name
from crawler.run import Window
from tests.fetch.crawls import Crawled, crawl
from tests.fetch.processes import crawl_process
from tests.fetch.site import ARTICLE, Answer, Asked, Site, article, page, trs_list

HOME = "https://www.tibet.cn"
LIST = f"{HOME}/cn/news/yc/"
COUNT = 12


def _site() -> Site:
    site = Site()
    site.add(f"{HOME}/robots.txt", b"User-agent: *\n")
    rows = [(f"202606/t20260615_{n}.html", f"标题{n}") for n in range(100, 100 + COUNT)]
    rows.append(("/cn/NEWS/yc/202606/t20260615_103.html", "again"))
    site.add(LIST, trs_list(rows))
    for number in range(100, 100 + COUNT - 1):
        site.add(f"{LIST}202606/t20260615_{number}.html", article(f"标题{number}"))
    return site


def _gist(result: Crawled) -> list[dict[str, Any]]:
    """What a run must say the same of, however it came about: all but places and times of captures."""
    return [
        {**row, "capture": row["capture"] and {k: row["capture"][k] for k in ("sha256", "status", "url")}}
        for row in result.rows
    ]


def _at_request(site: Site, number: int, action: Callable[[], None]) -> None:
    """Do something at the moment of a request, before it is answered."""
    inner, lock, done = site.answer, threading.Lock(), threading.Event()

    def answer(host: str, path: str, headers: dict[str, str]) -> Answer:
        result = inner(host, path, headers)
        with lock:
            if len(site.asked) >= number and not done.is_set():
                done.set()
                action()
        return result

    site.answer = answer  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    site = _site()
    with site.served() as gateway:
        return _gist(crawl(gateway, tmp_path_factory.mktemp("undisturbed")))


@pytest.mark.parametrize("number", [2, 9])
def test_a_killed_crawl_goes_on_and_ends_as_if_nothing_had_been(
    tmp_path: Path, undisturbed: list[dict[str, Any]], number: int
) -> None:
    site = _site()
    _at_request(site, number, lambda: os.kill(crawl_process(os.getpid()), signal.SIGKILL))
    with site.served() as gateway:
        killed = crawl(gateway, tmp_path)
        assert isinstance(killed.error, CrawlTransient)
        assert "start it again" in str(killed.error)
        before = len(site.asked)
        again = crawl(gateway, tmp_path)
    assert again.error is None, again.log
    assert _gist(again) == undisturbed
    captures = Counter(capture.url for capture in again.index)
    assert max(captures.values()) == 1
    # Only the request that the kill cut short is made again.
    repeated = Counter(site.paths(robots=True))
    assert sum(repeated.values()) - len(repeated) <= 1
    assert before == number


def test_a_torn_last_record_is_cut_off_and_fetched_again(tmp_path: Path, undisturbed: list[dict[str, Any]]) -> None:
    site = _site()
    _at_request(site, 8, lambda: os.kill(crawl_process(os.getpid()), signal.SIGKILL))
    with site.served() as gateway:
        killed = crawl(gateway, tmp_path)
        segment = Path((killed.folder / "captures.warc.gz.open").path)
        segment.write_bytes(segment.read_bytes()[:-200])
        again = crawl(gateway, tmp_path)
    assert again.error is None, again.log
    assert _gist(again) == undisturbed


def test_a_finished_crawl_started_again_asks_for_nothing(tmp_path: Path, undisturbed: list[dict[str, Any]]) -> None:
    site = _site()
    with site.served() as gateway:
        first = crawl(gateway, tmp_path)
        asked = len(site.asked)
        second = crawl(gateway, tmp_path)
    assert len(site.asked) == asked
    assert _gist(second) == undisturbed
    assert [row["capture"] for row in second.rows] == [row["capture"] for row in first.rows]
    assert second.summary is not None
    assert second.summary["segments"] == ["captures.warc.gz"]


def test_a_redirect_whose_address_is_not_utf8_leads_to_the_same_place_from_the_archive(tmp_path: Path) -> None:
    site = _site()
    location = "/cn/news/zx/公告.html".encode("gbk").decode("latin-1")
    site.add(f"{LIST}202606/t20260615_100.html", Answer(status=302, headers={"Location": location}))
    site.add(f"{HOME}/cn/news/zx/%B9%AB%B8%E6.html", article("公告"))
    with site.served() as gateway:
        first = crawl(gateway, tmp_path)
        asked = len(site.asked)
        again = crawl(gateway, tmp_path)
    assert len(site.asked) == asked
    assert again.error is None, again.log
    assert _gist(again) == _gist(first)
    assert again.row("yc/202606/t20260615_100.html")["fate"] is None


def test_only_what_failed_for_the_moment_is_asked_for_again(tmp_path: Path) -> None:
    site = _site()
    address = f"{LIST}202606/t20260615_105.html"
    site.add(address, Answer(b"busy", 500))
    with site.served() as gateway:
        first = crawl(gateway, tmp_path)
        assert first.fate("t20260615_105.html") == "server_error"
        sealed = Path((first.folder / "captures.warc.gz").path).read_bytes()
        site.asked.clear()
        site.add(address, article("好了"))
        second = crawl(gateway, tmp_path)
    assert site.paths() == ["/cn/news/yc/202606/t20260615_105.html"]
    assert second.fate("t20260615_105.html") is None
    assert second.summary is not None
    assert second.summary["segments"] == ["captures.warc.gz", "captures-1.warc.gz"]
    assert Path((second.folder / "captures.warc.gz").path).read_bytes() == sealed, "a sealed segment was written"
    assert second.row("t20260615_105.html")["capture"]["file"] == archive_name(second.folder.run, 1)
    assert second.row("t20260615_104.html")["capture"]["file"] == archive_name(second.folder.run, 0)


def test_asked_to_fetch_again_it_asks_with_conditions(tmp_path: Path) -> None:
    site = _site()

    def revised(asked: Asked) -> Answer:
        if asked.headers.get("If-None-Match") == '"v1"':
            return Answer(status=304, headers={"ETag": '"v1"'})
        return article("初版", ETag='"v1"')

    site.add(f"{LIST}202606/t20260615_100.html", revised)
    with site.served() as gateway:
        first = crawl(gateway, tmp_path)
        known = [
            KnownUrl(
                "tibet",
                "100",
                datetime.now(UTC),
                datetime(2026, 6, 15, 1, tzinfo=UTC),
                f"{LIST}202606/t20260615_100.html",
                '"v1"',
            )
        ]
        asked = len(site.asked)
        again = crawl(gateway, tmp_path, run={"fetch_again": True}, known=known)
        fate_of_known = again.fate("news/yc/202606/t20260615_100.html")
        unknown = crawl(gateway, tmp_path, run={"fetch_again": True})
    assert len(site.asked) - asked == 2 * (COUNT + 1)
    assert fate_of_known == "not_modified"
    # The store has not seen the page: the run's own capture stands for it, or it would be lost.
    row = unknown.row("news/yc/202606/t20260615_100.html")
    assert row["fate"] is None
    assert row["capture"]["sha256"] == first.row("news/yc/202606/t20260615_100.html")["capture"]["sha256"]


def test_an_article_of_two_pages_whose_first_is_not_modified_keeps_its_second(tmp_path: Path) -> None:
    site = _site()
    name = "t20260615_100"

    def first_page(asked: Asked) -> Answer:
        if asked.headers.get("If-None-Match") == '"v1"':
            return Answer(status=304, headers={"ETag": '"v1"'})
        pager = f'<script>createPageHTML(2, 0, "{name}", "html");</script>'
        return page(ARTICLE.format(title="两页").replace("</body>", f"{pager}</body>"), ETag='"v1"')

    site.add(f"{LIST}202606/{name}.html", first_page)
    site.add(f"{LIST}202606/{name}_1.html", article("第二页"))
    with site.served() as gateway:
        first = crawl(gateway, tmp_path).row(f"{name}.html")
        site.add(f"{LIST}202606/{name}_1.html", article("第二页改过"))
        again = crawl(gateway, tmp_path, run={"fetch_again": True}).row(f"{name}.html")
    assert again["capture"] == first["capture"]
    (before,), (after,) = first["further"], again["further"]
    assert before["url"] == after["url"]
    assert before["sha256"] != after["sha256"], "the correction of the second page is not seen"


def test_a_listing_that_was_a_maintenance_page_once_does_not_close_the_channel_for_ever(tmp_path: Path) -> None:
    site = _site()
    site.add(f"{HOME}/cn/news/zx/", trs_list([("202606/t20260616_500.html", "好的栏目")]))
    site.add(f"{HOME}/cn/news/zx/202606/t20260616_500.html", article("好的栏目"))
    good = site.routes["www.tibet.cn", "/cn/news/yc/"]
    site.add(LIST, "<html><body><p>系统维护中，请稍后访问</p></body></html>")
    with site.served() as gateway:
        first = crawl(gateway, tmp_path, channels=("yc", "zx"))
        assert isinstance(first.error, CrawlBroken)
        site.routes["www.tibet.cn", "/cn/news/yc/"] = good
        site.asked.clear()
        # What the stage says to a crawl whose last one was not complete.
        again = crawl(gateway, tmp_path, channels=("yc", "zx"), run={"listings_again": True})
    assert again.error is None, again.log
    assert again.fate("yc/202606/t20260615_100.html") is None
    assert "/cn/news/zx/202606/t20260616_500.html" not in site.paths(), "an article that is held is not asked for again"
    assert site.paths().count("/cn/news/yc/") == 1


def test_a_second_try_at_fetching_again_goes_on_where_the_first_was_cut_short(tmp_path: Path) -> None:
    site = _site()
    numbers = range(100, 100 + COUNT - 1)
    paths = {n: f"/cn/news/yc/202606/t20260615_{n}.html" for n in numbers}

    def unchanged(asked: Asked) -> Answer:
        return Answer(status=304) if "If-None-Match" in asked.headers else article("不变", ETag='"v1"')

    site.add(HOME + paths[100], unchanged)
    with site.served() as gateway:
        first = crawl(gateway, tmp_path)
        assert first.error is None, first.log
        # The first try at fetching again: four articles fail, too many for the crawl to count.
        for number in (102, 104, 106, 108):
            site.add(HOME + paths[number], Answer(b"busy", 503, {"Content-Type": "text/plain"}))
        for number in (101, 103):
            site.add(HOME + paths[number], article(f"改过的{number}"))
        site.asked.clear()
        cut = crawl(gateway, tmp_path, run={"fetch_again": True})
        assert isinstance(cut.error, CrawlTransient), cut.log
        assert set(paths.values()) <= set(site.paths())
        for number in (102, 104, 106, 108):
            site.add(HOME + paths[number], article(f"改过的{number}"))
        site.asked.clear()
        retried = crawl(gateway, tmp_path, run={"fetch_again": True})
        assert retried.error is None, retried.log
        articles = [path for path in site.paths() if path.endswith(".html")]
        assert sorted(articles) == [paths[n] for n in (102, 104, 106, 108)]
        changed = {n for n in numbers if retried.row(paths[n])["capture"]["file"] != archive_name(first.folder.run, 0)}
        assert changed == set(numbers) - {100}, (
            "what was fetched again is what counts; 304 stands for the first capture"
        )
        # Complete: who asks to fetch again now means everything.
        site.asked.clear()
        crawl(gateway, tmp_path, run={"fetch_again": True})
    assert set(paths.values()) <= set(site.paths())


def test_a_stored_article_is_looked_at_again_when_due_and_else_left_alone(tmp_path: Path) -> None:
    site = _site()
    site.add(f"{HOME}/cn/news/zx/202606/t20260614_77.html", article("昨天的"))
    published = datetime(2026, 6, 15, 1, tzinfo=UTC)
    known = [
        KnownUrl("tibet", "100", published + timedelta(hours=2), published, f"{LIST}202606/t20260615_100.html"),
        KnownUrl("tibet", "101", published + timedelta(days=1, hours=1), published, f"{LIST}202606/t20260615_101.html"),
    ]
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, known=known)
    assert result.fate("news/yc/202606/t20260615_100.html") is None, "d+1 had come before the window's end"
    assert result.fate("news/yc/202606/t20260615_101.html") == "not_due"
    assert "/cn/news/yc/202606/t20260615_101.html" not in site.paths()


def test_a_second_look_that_no_listing_names_any_more_is_taken_and_stays_with_the_run(tmp_path: Path) -> None:
    site = _site()
    for name in ("yc", "zx", "zcdt"):
        site.add(f"{HOME}/cn/news/{name}/", trs_list([(f"/cn/news/{name}/202606/t20260616_5{len(name)}.html", "x")]))
        site.add(f"{HOME}/cn/news/{name}/202606/t20260616_5{len(name)}.html", article("x"))
    site.add(f"{HOME}/cn/politics/", trs_list([("202606/t20260616_8.html", "x")]))
    site.add(f"{HOME}/cn/politics/202606/t20260616_8.html", article("x"))
    instant = trs_list([("202606/t20260616_9.html", "x")])
    site.add(f"{HOME}/cn/Instant/", instant.replace("首页</a>", "首页</a><a href='/cn/Instant/local/'>地方</a>"))
    site.add(f"{HOME}/cn/Instant/202606/t20260616_9.html", article("x"))
    site.add(f"{HOME}/cn/Instant/local/", trs_list([("202606/t20260616_10.html", "x")]))
    site.add(f"{HOME}/cn/Instant/local/202606/t20260616_10.html", article("x"))
    old = f"{HOME}/cn/news/zx/202606/t20260613_77.html"
    site.add(old, article("三天前的"))
    published = datetime(2026, 6, 13, 1, tzinfo=UTC)
    known = [KnownUrl("tibet", "77", published + timedelta(days=2), published, old)]
    with site.served() as gateway:
        first = crawl(gateway, tmp_path, channels=(), known=known)
        again = crawl(gateway, tmp_path, channels=(), known=[])
    assert first.error is None, first.log
    assert first.row("t20260613_77.html")["channels"] == []
    assert first.fate("t20260613_77.html") is None
    assert _gist(again) == _gist(first)


def test_a_listing_taken_before_the_window_ended_is_not_believed_for_long(tmp_path: Path) -> None:
    site = _site()
    today = datetime.now(UTC).date()
    window = Window(today - timedelta(days=400), today + timedelta(days=3))
    with site.served() as gateway:
        first = crawl(gateway, tmp_path, window=window)
        soon = crawl(gateway, tmp_path, window=window)
        assert site.paths().count("/cn/news/yc/") == 1, "younger than an hour"
        # The same archive, two hours later.
        segment = Path((first.folder / "captures.warc.gz").path)
        _shift_dates(segment, timedelta(hours=-2))
        Path((first.folder.data_root / archive_name(first.folder.run, 0)).path).unlink()
        crawl(gateway, tmp_path, window=window)
    assert soon.error is None
    assert site.paths().count("/cn/news/yc/") == 2
    assert site.paths().count("/cn/news/yc/202606/t20260615_100.html") == 1, "articles keep"


def _shift_dates(segment: Path, by: timedelta) -> None:
    import gzip
    import io
    import re

    def shifted(match: re.Match[bytes]) -> bytes:
        moment = datetime.fromisoformat(match.group(1).decode()) + by
        return b"WARC-Date: " + moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()

    from crawler.fetch.warc_read import members

    data = segment.read_bytes()
    out = b""
    for offset, length in members(io.BytesIO(data)):
        plain = gzip.decompress(data[offset : offset + length])
        out += gzip.compress(re.sub(rb"WARC-Date: (\S+)", shifted, plain, count=1), mtime=0)
    segment.write_bytes(out)
