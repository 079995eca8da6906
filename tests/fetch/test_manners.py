"""What a site would hold against us, and what a stranger could make us do."""

from __future__ import annotations

import asyncio
import re
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from crawler.errors import CrawlBlocked, CrawlBroken, CrawlTransient
from crawler.fetch.download import PublicAddresses
from crawler.fetch.hosts import FAILURE_LIMIT, REFUSAL_LIMIT, Hosts
from crawler.fetch.middlewares import Throttle
from crawler.publishers import get
from crawler.report import fates_table
from tests.fetch.crawls import crawl
from tests.fetch.site import Answer, Asked, Site, article, page, trs_list

HOME = "https://www.tibet.cn"
LIST = f"{HOME}/cn/news/yc/"
CHALLENGE = (
    "<html><head><script>function YunSuoAutoJump(){ self.location = '/?security_verify_data=' + screen.width; }"
    "</script></head><body onload='YunSuoAutoJump()'></body></html>"
)


def _site(robots: Answer | bytes = b"User-agent: *\n", articles: int = 3) -> Site:
    site = Site()
    site.add(f"{HOME}/robots.txt", robots)
    site.add(LIST, trs_list([(f"202606/t20260615_{n}.html", f"标题{n}") for n in range(articles)]))
    for number in range(articles):
        site.add(f"{LIST}202606/t20260615_{number}.html", article(f"标题{number}"))
    return site


def test_a_crawl_delay_in_robots_txt_is_kept(tmp_path: Path) -> None:
    site = _site(b"User-agent: *\nCrawl-delay: 0.6\n")
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
    assert result.error is None, result.log
    times = [asked.at for asked in site.asked]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    # What the site asked for is a least pause; the server's own clock sees each request a little late.
    assert len(pauses) == 4
    assert min(pauses) > 0.55, pauses
    assert "Crawl-delay 0.6 s obeyed" in result.log


def test_a_pause_of_minutes_is_not_cut_to_the_longest_that_scrapy_thinks_of() -> None:
    """`delay_seconds` may be 600: a site that asked for it by letter must not be asked once a minute."""
    throttle: Any = Throttle.__new__(Throttle)
    throttle.mindelay, throttle.maxdelay, throttle.target_concurrency = 300.0, 60.0, 1.0
    throttle._session = SimpleNamespace(delay=300.0, hosts=Hosts(frozenset()))
    slot = SimpleNamespace(delay=300.0)
    throttle._adjust_delay(slot, 0.2, HtmlResponse(LIST))
    assert slot.delay == 300
    throttle._session.hosts.crawl_delays["www.tibet.cn"] = 400.0
    throttle._adjust_delay(slot, 0.2, HtmlResponse(LIST))
    assert slot.delay == 400


def test_one_request_at_a_time_goes_to_a_host_even_without_a_pause(tmp_path: Path) -> None:
    site = _site(articles=6)
    under_way, most = 0, 0

    def slow(asked: Asked) -> Answer:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        # Long enough for a second request to be seen, if there were one.
        time.sleep(0.05)
        under_way -= 1
        return article("慢")

    for number in range(6):
        site.add(f"{LIST}202606/t20260615_{number}.html", slow)
    with site.served() as gateway:
        assert crawl(gateway, tmp_path).error is None
    assert most == 1


def test_we_say_who_we_are(tmp_path: Path) -> None:
    site = _site()
    with site.served() as gateway:
        crawl(gateway, tmp_path, user_agent="Dibao/test (reading@example.org)")
    assert not [asked for asked in site.asked if "Content-Length" in asked.headers]
    assert {asked.headers["User-Agent"] for asked in site.asked} == {"Dibao/test (reading@example.org)"}
    assert not [asked for asked in site.asked if "Cookie" in asked.headers]


def _sites(robots: dict[str, Answer | bytes]) -> Site:
    """Portals of Xinjiang, each with one list of one article, and a robots.txt of its own."""
    site = Site()
    for number, (host, answer) in enumerate(robots.items()):
        _, channel, scheme = PORTALS[host]
        base = f"{scheme}://{host}"
        href = f"/{channel.strip('/').split('/')[0]}/c1/202606/{number:032x}.shtml"
        row = f"<li><a href='{href}'>题</a><span>2026-06-15</span></li>"
        site.add(f"{base}/robots.txt", answer)
        site.add(f"{base}{channel}", f"<html><body><ul class='list'>{row}</ul></body></html>")
        site.add(f"{base}{href}", article("题"))
    return site


PORTALS = {
    "www.xinjiang.gov.cn": ("xjyw", "/xinjiang/xjyw/common_list.shtml", "https"),
    "www.xjboz.gov.cn": ("xjboz_c125795", "/xjboz/c125795/common_list.shtml", "http"),
    "www.xjbl.gov.cn": ("xjbl_c126850", "/xjbl/c126850/common_list.shtml", "http"),
    "www.klmy.gov.cn": ("klmy_c100186", "/klmys/c100186/common_list.shtml", "http"),
}


def test_a_robots_txt_that_is_not_there_is_one_without_rules(tmp_path: Path) -> None:
    site = _sites(
        {
            "www.xinjiang.gov.cn": Answer(b"", 404),
            "www.xjboz.gov.cn": Answer(b"", 403),
            "www.xjbl.gov.cn": page("<!DOCTYPE html><html><body>页面没有找到</body></html>"),
        }
    )
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "xinjiang_gov", ["xjyw", "xjboz_c125795", "xjbl_c126850"])
    assert result.error is None, result.log
    assert [row["fate"] for row in result.rows] == [None] * 3
    for said in ("answers 404: no rules", "answers 403: no rules", "is a web page"):
        assert said in result.log


def test_a_robots_txt_that_cannot_be_had_keeps_us_out(tmp_path: Path) -> None:
    site = _sites(
        {
            "www.xinjiang.gov.cn": Answer(b"oops", 500),
            "www.xjboz.gov.cn": Answer(b"", hold=4),
            "www.xjbl.gov.cn": Answer(b"", 429),
            "www.klmy.gov.cn": page(CHALLENGE),
        }
    )
    with site.served() as gateway:
        every = [channel for channel, _, _ in PORTALS.values()]
        result = crawl(gateway, tmp_path, "xinjiang_gov", every, timeout_seconds=0.8)
    assert isinstance(result.error, CrawlBlocked), result.log
    assert site.paths() == [], "robots.txt was not to be had, and we went in all the same"
    for host in PORTALS:
        assert f"{host}/robots.txt cannot be had" in str(result.error)


def test_a_robots_txt_that_keeps_us_out_is_a_matter_for_a_person(tmp_path: Path) -> None:
    site = _site(b"User-agent: *\nDisallow: /\n")
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
    assert isinstance(result.error, CrawlBroken)
    assert "robots.txt disallows it" in str(result.error)
    assert site.paths() == []


def test_a_challenge_closes_the_host_and_every_link_says_so(tmp_path: Path) -> None:
    site = _site(articles=8)
    site.add(f"{LIST}202606/t20260615_2.html", page(CHALLENGE))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
        asked = len(site.paths())
        # When the site behaves again, only what is missing is fetched.
        site.add(f"{LIST}202606/t20260615_2.html", article("好了"))
        again = crawl(gateway, tmp_path)
    assert isinstance(result.error, CrawlBlocked)
    assert "challenge" in str(result.error)
    assert asked == 1 + 3
    assert again.error is None
    assert len(site.paths()) == asked + 6
    assert set(again.fates.values()) == {None}


def test_a_challenge_at_the_end_costs_its_own_links_and_not_the_night(tmp_path: Path) -> None:
    site = _site(articles=8)
    site.add(f"{LIST}202606/t20260615_6.html", page(CHALLENGE))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
    assert result.error is None, result.log
    assert result.summary is not None
    assert result.summary["fates"] == {"captured": 6, "challenged": 2}
    assert "blocked: www.tibet.cn answers with a challenge" in result.log


def test_refusals_in_a_row_close_the_host_but_one_page_may_be_forbidden(tmp_path: Path) -> None:
    site = _site(articles=10)
    site.add(f"{LIST}202606/t20260615_1.html", Answer(b"no", 403))
    for number in range(4, 10):
        site.add(f"{LIST}202606/t20260615_{number}.html", Answer(b"no", 403))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
    assert isinstance(result.error, CrawlBlocked)
    fates = [row["fate"] for row in result.rows]
    assert fates.count(None) == 3
    assert fates.count("blocked") == 7
    assert len([p for p in site.paths() if p != "/cn/news/yc/"]) == 4 + REFUSAL_LIMIT
    assert "refused 3 requests in a row" in result.row("t20260615_9.html")["evidence"]["message"]


def test_a_site_that_is_down_is_left_alone_and_tried_another_time(tmp_path: Path) -> None:
    site = _site(articles=12)
    for number in range(2, 12):
        site.add(f"{LIST}202606/t20260615_{number}.html", Answer(b"down", 502))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
    assert isinstance(result.error, CrawlTransient)
    assert len([p for p in site.paths() if p != "/cn/news/yc/"]) == 2 + FAILURE_LIMIT
    assert result.fate("t20260615_11.html") == "server_error"
    assert "not tried" in result.row("t20260615_11.html")["evidence"]["message"]


def test_a_site_that_asks_for_an_hour_gets_it(tmp_path: Path) -> None:
    site = _site(articles=4)
    site.add(f"{LIST}202606/t20260615_1.html", Answer(b"later", 503, {"Retry-After": "3600"}))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
    assert isinstance(result.error, CrawlTransient)
    assert "3600" in str(result.error)
    assert len(site.paths()) == 3


def test_a_name_that_leads_into_a_private_network_is_refused() -> None:
    async def look() -> None:
        resolver = PublicAddresses()
        try:
            with pytest.raises(OSError, match="not a public address"):
                await resolver.resolve("localhost", 80)
        finally:
            await resolver.close()

    asyncio.run(look())


def test_without_a_gateway_there_is_no_crawl_without_pauses() -> None:
    from crawler.config import Config
    from crawler.fetch.session import CrawlSession

    for gateway, delay in (("", 3.0), ("http://127.0.0.1:9", 0.0)):
        session = CrawlSession.__new__(CrawlSession)
        session.config = Config(delay_seconds=0, gateway=gateway)
        session.publisher = get("tibet_net")
        assert session.delay == delay


def test_a_dead_host_says_so_and_the_other_sites_go_on(tmp_path: Path) -> None:
    site = Site()
    hexes = "0123456789abcdef0123456789abcde"
    site.add("https://www.xinjiang.gov.cn/robots.txt", b"")
    site.add(
        "https://www.xinjiang.gov.cn/xinjiang/xjyw/common_list.shtml",
        f"<html><body><ul class='list'><li><a href='/xinjiang/xjyw/202606/{hexes}1.shtml'>一</a>"
        "<span>2026-06-15</span></li></ul></body></html>",
    )
    site.add(f"https://www.xinjiang.gov.cn/xinjiang/xjyw/202606/{hexes}1.shtml", article("一"))
    site.add("http://www.xjboz.gov.cn/robots.txt", Answer(reset=True))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "xinjiang_gov", ["xjyw", "xjboz_c125795"])
    assert isinstance(result.error, CrawlTransient)
    assert "www.xjboz.gov.cn" in str(result.error)
    assert list(result.fates.values()) == [None], "the site that is up lost its article"
    assert result.summary is None
    assert result.folder.read_summary()["crawl"]["complete"] is False


def test_the_log_reads_like_a_report(tmp_path: Path) -> None:
    site = _site()
    site.add(f"{LIST}202606/t20260615_1.html", Answer(b"", 404))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
    assert re.search(r"1 channel of 中国西藏网, published from 2026-06-15 to 2026-06-17", result.log)
    assert "3 addresses found, 3 to fetch" in result.log
    assert "5 requests made, 5 responses archived" in result.log
    assert re.search(r"gone +1 +https://\S+_1\.html the site answers 404", fates_table(result.folder))
    assert "Traceback" not in result.log
    assert "scrapy" not in result.log.lower()
