"""Each publisher's listings walked as the live site would have it: to the window's start, through its traps."""

# ruff: noqa: E501 - a page's line is not to be broken

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.errors import CrawlBroken, CrawlTransient
from crawler.fetch.listing import ListingBusy
from crawler.publishers.sina_finance.spider import _answer
from crawler.run import SHANGHAI, Window
from tests.fetch.crawls import crawl
from tests.fetch.site import Answer, Asked, Site, article, page, trs_list

WINDOW = Window.parse("2026-06-15", "2026-06-16")
FEED = "https://feed.mix.sina.com.cn"
HEX = "{:032x}"


# Sina: the roll API.


def _row(number: int, moment: datetime, url: str = "") -> dict[str, Any]:
    address = url or f"https://finance.sina.com.cn/china/{moment:%Y-%m-%d}/doc-iabcdefg{number:07d}.shtml"
    return {
        "docid": f"comos:abcdefg{number:07d}",
        "url": address,
        "title": f"第{number}条 &amp; 更多",
        "ctime": str(int(moment.timestamp())),
        "media_name": "证券日报",
        "author": "",
        "img": [],
    }


def _feed(rows: list[dict[str, Any]], *, honours_days: bool) -> Callable[[Asked], Answer]:
    """The API over a list of rows, newest first."""

    def answer(asked: Asked) -> Answer:
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        found = rows
        if honours_days and "etime" in query:
            low, high = int(query["etime"]), int(query["stime"])
            assert query["ctime"] == query["stime"]
            assert high - low == 86400
            found = [row for row in rows if low <= int(row["ctime"]) < high]
        size, number = int(query["num"]), int(query["page"])
        data = found[(number - 1) * size : number * size]
        result = {"status": {"code": 0, "msg": "succ"}, "total": len(found), "data": data}
        return Answer(json.dumps({"result": result}).encode(), headers={"Content-Type": "application/json"})

    return answer


class _Feed(Site):
    """A site whose API answers whatever the query, and whose articles all exist."""

    def __init__(self, api: Callable[[Asked], Answer]) -> None:
        super().__init__()
        self.api = api
        self.add(f"{FEED}/robots.txt", b"")
        self.add("https://finance.sina.com.cn/robots.txt", b"")

    def answer(self, host: str, path: str, headers: dict[str, str]) -> Answer:
        if path.startswith("/api/roll/get"):
            self.routes[host, path] = self.api
        elif "/doc-i" in path:
            self.routes[host, path] = article(path)
        return super().answer(host, path, headers)


def _rows(days: int, per_day: int, last: date = date(2026, 6, 17)) -> list[dict[str, Any]]:
    start = datetime.combine(last, time(23, 0), SHANGHAI)
    return [_row(n, start - timedelta(days=n // per_day, minutes=(n % per_day) * 3), "") for n in range(days * per_day)]


def test_sina_is_asked_day_by_day_and_every_row_is_counted(tmp_path: Path) -> None:
    rows = _rows(days=4, per_day=120)
    noon = datetime(2026, 6, 15, 12, 0, tzinfo=SHANGHAI)
    rows += [
        _row(9001, noon, "https://tech.sina.com.cn/2026-06-15/doc-ixyzabcd0009001.shtml"),
        _row(9002, noon, "http://slide.finance.sina.com.cn/slide_9_1_2.html"),
        _row(9003, noon, "https://finance.sina.com.cn/videonews/2026-06-15/doc-ixyzabcd0009003.shtml"),
        _row(9004, noon, "https://finance.sina.cn/2026-06-15/detail-iabcdefg0000240.d.html?vt=4"),
    ]
    site = _Feed(_feed(rows, honours_days=True))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "sina_finance", ["finance_all"], window=WINDOW)
    assert result.error is None, result.log
    assert result.summary is not None
    assert result.summary["fates"] == {"captured": 120, "duplicate_link": 1, "gallery": 1, "off_site": 1, "video": 1}
    channel = result.summary["channels"]["finance_all"]
    assert (channel["pages"], channel["links"], channel["total"]) == (3, 124, 124)
    assert (channel["oldest"], channel["newest"]) == ("2026-06-15", "2026-06-15")
    row = next(row for row in result.rows if row["key"] == "abcdefg0000241")
    assert row["listed"]["title"] == "第241条 & 更多"
    assert row["listed"]["source"] == "证券日报"
    assert row["listed"]["time"] == "2026-06-15T22:57:00+08:00"


def test_half_an_emoji_in_one_title_costs_no_night(tmp_path: Path) -> None:
    rows = _rows(days=2, per_day=3, last=date(2026, 6, 15))
    # As JSON may say it: half of a surrogate pair, and a NUL, which no database takes.
    rows[0] |= {"title": "坏\ud83d标题\x00", "media_name": "证券\ud83d日报", "author": "张三\x00"}
    with _Feed(_feed(rows, honours_days=True)).served() as gateway:
        result = crawl(gateway, tmp_path, "sina_finance", ["finance_all"], window=WINDOW)
    assert result.error is None, result.log
    assert result.summary is not None
    assert result.summary["fates"] == {"captured": 3}
    row = result.row("doc-iabcdefg0000000.shtml")
    assert (row["listed"]["title"], row["listed"]["source"], row["listed"]["authors"]) == (
        "坏标题",
        "证券日报",
        ["张三"],
    )


def test_a_day_filter_that_is_ignored_is_noticed_and_the_list_walked_by_date(tmp_path: Path) -> None:
    site = _Feed(_feed(_rows(days=5, per_day=40), honours_days=False))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "sina_finance", ["finance_all"], window=WINDOW)
    assert result.error is None, result.log
    assert result.summary is not None
    assert result.summary["fates"]["captured"] == 40
    assert {row["listed"]["day"] for row in result.rows if row["fate"] is None} == {"2026-06-15"}


def test_a_back_fill_that_the_api_does_not_do_is_told_from_an_empty_day(tmp_path: Path) -> None:
    site = _Feed(_feed(_rows(days=2, per_day=40, last=date(2026, 8, 1)), honours_days=False))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "sina_finance", ["finance_all", "roll"], window=WINDOW)
    assert isinstance(result.error, CrawlBroken)
    assert "back-fill unsupported" in str(result.error)
    assert "has no day filter" in result.log
    assert len([path for path in site.paths() if "roll/get" in path]) == 2, "weeks of pages were walked"


@pytest.mark.parametrize(
    "text",
    [
        '{"result": {"status": {"code": 0, "msg": "succ"}, "total": 0, "data": {}}}',
        '{"result": {"status": {"code": 11, "msg": "busy"}, "data": []}}',
        '{"result": {"status"',
        "<html>busy</html>",
        "",
    ],
)
def test_an_answer_without_rows_is_never_no_news(text: str) -> None:
    with pytest.raises(ListingBusy, match="roll/get"):
        _answer(text, f"{FEED}/api/roll/get?pageid=153")


def test_an_api_that_fails_for_the_moment_is_asked_again(tmp_path: Path) -> None:
    busy = Answer(b'{"result": {"status": {"code": 0, "msg": "succ"}, "total": 0, "data": {}}}')
    good = _feed(_rows(days=4, per_day=10), honours_days=True)
    site = _Feed(lambda asked: busy if asked.number == 1 else good(asked))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path / "a", "sina_finance", ["finance_all"], window=WINDOW)
        assert result.error is None, result.log
        assert result.summary is not None
        assert result.summary["fates"] == {"captured": 10}
        site.api = lambda _: busy
        failed = crawl(gateway, tmp_path / "b", "sina_finance", ["finance_all"], window=WINDOW)
        assert isinstance(failed.error, CrawlTransient)
        assert "feed.mix.sina.com.cn" in str(failed.error)
        # The bad answers are archived too; they are not what the next try goes on with.
        site.api = good
        again = crawl(gateway, tmp_path / "b", "sina_finance", ["finance_all"], window=WINDOW)
    assert again.error is None, again.log


def test_an_empty_day_is_not_believed(tmp_path: Path) -> None:
    site = _Feed(_feed([], honours_days=True))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "sina_finance", ["finance_all"], window=WINDOW)
    assert isinstance(result.error, CrawlBroken)
    assert "lists nothing at all" in str(result.error)


# TRS: walked by date, with a page of slack, the menu read.

TIBET = "https://www.tibet.cn"


def _trs_pages(site: Site, base: str, days: list[list[date]]) -> None:
    number = 0
    for index, page_days in enumerate(days):
        rows = []
        for day in page_days:
            number += 1
            href = f"{day:%Y%m}/t{day:%Y%m%d}_{abs(hash(base)) % 1000}{number:04d}.html"
            rows.append((href, f"{day} {number}"))
            site.add(f"{base}{href}", article(f"{day} {number}"))
        name = "" if index == 0 else f"index_{index}.html"
        site.add(f"{base}{name}", trs_list(rows, pages=len(days), current=index))


def test_a_walk_stops_by_date_with_one_page_of_slack_for_what_is_back_dated(tmp_path: Path) -> None:
    site = Site()
    site.add(f"{TIBET}/robots.txt", b"")
    d = {n: date(2026, 6, n) for n in range(8, 18)}
    _trs_pages(
        site,
        f"{TIBET}/cn/news/yc/",
        [
            [d[17], d[16]],
            [d[15], d[15]],
            [d[14], d[13]],  # wholly before the window …
            [d[15], d[13]],  # … but the page after it holds one that was back-dated
            [d[12], d[12]],
            [d[11], d[11]],
            [d[10], d[10]],  # never asked for
        ],
    )
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "tibet_net", ["yc"], window=WINDOW)
    assert result.error is None, result.log
    assert result.summary is not None
    assert result.summary["fates"] == {"captured": 3, "out_of_window": 9}
    assert "/cn/news/yc/index_5.html" in site.paths()
    assert "/cn/news/yc/index_6.html" not in site.paths()
    assert result.summary["channels"]["yc"]["oldest"] == "2026-06-11"


def test_the_columns_below_instant_news_come_from_its_own_menu(tmp_path: Path) -> None:
    site = Site()
    site.add(f"{TIBET}/robots.txt", b"")
    day = [[date(2026, 6, 15)]]
    _trs_pages(site, f"{TIBET}/cn/Instant/", day)
    _trs_pages(site, f"{TIBET}/cn/instant/difang/", day)
    _trs_pages(site, f"{TIBET}/cn/Instant/news/", day)
    body = trs_list([("202606/t20260615_1.html", "自己的")]).replace(
        "首页</a>",
        "首页</a><a href='/cn/instant/difang/'>地 方</a><a href='/cn/Instant/news/index.html'>新闻</a>"
        "<a href='/cn/Instant/news/'>新闻中心</a><a href='/cn/politics/'>时政</a><a href='/cn/Instant/gj/'>国际</a><a href='/cn/Instant/'>即时新闻</a>",
    )
    site.add(f"{TIBET}/cn/Instant/", body)
    site.add(f"{TIBET}/cn/Instant/202606/t20260615_1.html", article("自己的"))
    site.add(f"{TIBET}/cn/Instant/news/index.html", site.routes["www.tibet.cn", "/cn/Instant/news/"])
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "tibet_net", ["instant"], window=WINDOW)
        assert result.error is None, result.log
        assert result.summary is not None
        assert result.summary["fates"] == {"captured": 3}
        assert result.summary["channels"]["instant"]["pages"] == 3
        assert "/cn/Instant/gj/ leads nowhere (404)" in result.log
        site.add(f"{TIBET}/cn/Instant/", body.replace("地 方", "本地"))
        lost = crawl(gateway, tmp_path / "lost", "tibet_net", ["instant"], window=WINDOW)
    assert isinstance(lost.error, CrawlBroken)
    assert "地方" in str(lost.error)


def test_a_list_that_repeats_itself_or_never_ends_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    site = Site()
    site.add(f"{TIBET}/robots.txt", b"")
    same = trs_list([("202606/t20260615_1.html", "一")], pages=50)
    site.add(f"{TIBET}/cn/news/yc/202606/t20260615_1.html", article("一"))
    site.add(f"{TIBET}/cn/news/yc/", same)
    site.add(f"{TIBET}/cn/news/yc/index_1.html", same)
    _trs_pages(site, f"{TIBET}/cn/news/zx/", [[date(2026, 6, 15)] for _ in range(9)])
    _trs_pages(site, f"{TIBET}/cn/news/zcdt/", [[date(2026, 6, 15)]])
    site.add(f"{TIBET}/cn/politics/", "<html><body><div class='listnews'>改版了</div></body></html>")
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "tibet_net", ["yc", "zx", "zcdt", "politics"], window=WINDOW, page_ceiling=4)
    assert isinstance(result.error, CrawlBroken)
    message = str(result.error)
    assert "yc: page 2" in message
    assert "repeats page 1" in message
    assert "DIBAO_PAGE_CEILING" in message
    assert "politics: " in message
    assert "layout of the listing has changed" in message
    counts = result.folder.read_summary()["crawl"]
    assert counts["fates"] == {"captured": 1 + 4 + 1}
    assert counts["complete"] is False


def test_a_list_with_more_links_than_a_list_has_is_named_and_none_of_them_is_taken(tmp_path: Path) -> None:
    site = Site()
    site.add(f"{TIBET}/robots.txt", b"")
    site.add(f"{TIBET}/cn/news/yc/", trs_list([(f"202606/t20260615_{n}.html", f"标题{n}") for n in range(100, 111)]))
    for name, numbers in (("zx", range(200, 206)), ("zcdt", range(300, 306))):
        rows = [(f"202606/t20260615_{n}.html", f"标题{n}") for n in numbers]
        site.add(f"{TIBET}/cn/news/{name}/", trs_list(rows))
        for number in numbers:
            site.add(f"{TIBET}/cn/news/{name}/202606/t20260615_{number}.html", article(f"标题{number}"))
    with site.served() as gateway:
        long = crawl(gateway, tmp_path / "a", "tibet_net", ["yc", "zx"], window=WINDOW, link_ceiling=10)
        many = crawl(gateway, tmp_path / "b", "tibet_net", ["zx", "zcdt"], window=WINDOW, run_link_ceiling=10)
    for result, words in ((long, "yc: .* lists 11 links.*DIBAO_LINK_CEILING=10"), (many, "DIBAO_RUN_LINK_CEILING=10")):
        assert isinstance(result.error, CrawlBroken)
        assert re.search(words, str(result.error))
        counts = result.folder.read_summary()["crawl"]
        assert counts["fates"] == {"captured": 6}
        assert counts["complete"] is False


def test_a_menu_is_not_taken_for_a_listing(tmp_path: Path) -> None:
    site = Site()
    site.add(f"{TIBET}/robots.txt", b"")
    site.add(f"{TIBET}/cn/news/zcdt/", trs_list([("/cn/culture/", "文化"), ("/cn/travel/", "旅游")]))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "tibet_net", ["zcdt"], window=WINDOW)
    assert isinstance(result.error, CrawlBroken)
    assert "none of the 2 links" in str(result.error)


def test_a_channel_whose_menu_cannot_be_had_is_counted_with_nothing_and_not_left_out(tmp_path: Path) -> None:
    site = Site()
    site.add(f"{TIBET}/robots.txt", b"")
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "tibet_net", ["instant", "yc"], window=WINDOW)
    assert result.error is not None
    counts = result.folder.read_summary()["crawl"]["channels"]
    assert {key: (seen["pages"], seen["links"]) for key, seen in counts.items()} == {"instant": (0, 0), "yc": (0, 0)}


def test_a_page_limit_is_a_limit_and_no_failure(tmp_path: Path) -> None:
    site = Site()
    site.add(f"{TIBET}/robots.txt", b"")
    _trs_pages(site, f"{TIBET}/cn/news/yc/", [[date(2026, 6, 15)] for _ in range(9)])
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "tibet_net", ["yc"], window=WINDOW, run={"page_limit": 2})
    assert result.error is None, result.log
    assert result.summary is not None
    assert result.summary["fates"] == {"captured": 2}


# UCAP and VSB: Sichuan and Xinjiang.


def test_xinjiang_walks_each_site_with_its_own_cms(tmp_path: Path) -> None:
    site = Site()
    for host in ("https://www.xinjiang.gov.cn", "http://www.klmy.gov.cn", "http://www.xjjh.gov.cn"):
        site.add(f"{host}/robots.txt", Answer(b"", 404))
    portal = "https://www.xinjiang.gov.cn"
    rows = f"<ul class='list'><li><a href='/xinjiang/xjyw/202606/{HEX.format(1)}.shtml'>一</a><span>2026-06-15</span></li></ul>"
    site.add(f"{portal}/xinjiang/xjyw/common_list.shtml", f"<html><body>{rows}</body></html>")
    site.add(f"{portal}/xinjiang/xjyw/202606/{HEX.format(1)}.shtml", article("一"))
    column = f"<html><head><meta name='channelid' content='{HEX.format(99)}'></head><body></body></html>"
    site.add("http://www.klmy.gov.cn/klmys/c100186/common_list.shtml", column)
    query = "_isAgg=true&_isJson=true&_pageSize=20&_template=index&_rangeTimeGte=&_rangeTimeLt=&_channelName=&page="
    for number, day in ((1, "2026-06-15"), (2, "2026-06-12"), (3, "2026-06-11")):
        results = [
            {
                "title": day,
                "url": f"/klmys/c100186/202606/{HEX.format(10 + number)}.shtml",
                "publishedTimeStr": f"{day} 10:00:00",
            }
        ]
        data = {"data": {"page": number, "rows": 1, "total": 5, "results": results}}
        site.add(
            f"http://www.klmy.gov.cn/search/{HEX.format(99)}?{query}{number}",
            Answer(json.dumps(data).encode(), headers={"Content-Type": "application/json"}),
        )
    site.add(f"http://www.klmy.gov.cn/klmys/c100186/202606/{HEX.format(11)}.shtml", article("克"))
    site.add("http://www.xjjh.gov.cn/", "<html><body><a href='zxbb.htm'>最新播报</a></body></html>")

    def vsb(text: str, pager: str, number: int, day: str) -> str:
        return (
            f"<html><body><ul><li><a href='{text}info/1043/{number}.htm'>讯</a><span>{day}</span></li></ul>"
            f"<td id='fanye1'>{pager}</td></body></html>"
        )

    site.add("http://www.xjjh.gov.cn/zxbb.htm", vsb("", "1/4", 7, "2026-06-15"))
    site.add("http://www.xjjh.gov.cn/zxbb/3.htm", vsb("../", "2/4", 6, "2026-06-13"))
    site.add("http://www.xjjh.gov.cn/zxbb/2.htm", vsb("../", "3/4", 5, "2026-06-12"))
    site.add("http://www.xjjh.gov.cn/info/1043/7.htm", article("精河"))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "xinjiang_gov", ["xjyw", "klmy_c100186", "xjjh_zxbb"], window=WINDOW)
    assert result.error is None, result.log
    assert result.summary is not None
    assert result.summary["fates"] == {"captured": 3, "out_of_window": 4}
    assert {row["site"] for row in result.rows if row["fate"] is None} == {"xinjiang", "klmy", "xjjh"}
    assert result.summary["channels"]["klmy_c100186"]["total"] == 5
    assert "/zxbb/1.htm" not in site.paths()


def test_a_channel_of_another_time_is_not_walked(tmp_path: Path) -> None:
    site = Site()
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "xinjiang_gov", ["xjbl_zbtb"], window=WINDOW)
    assert isinstance(result.error, CrawlBroken)
    assert site.asked == []


def test_sichuan_lists_that_leave_the_site_are_said_to(tmp_path: Path) -> None:
    site = Site()
    base = "https://www.sc.gov.cn"
    site.add(f"{base}/robots.txt", b"")

    def listing(number: int, rows: list[tuple[str, str]]) -> str:
        items = "".join(f"<li><a title='题' href='{href}'>题</a><span>({day})</span></li>" for href, day in rows)
        pager = f"createPageHTML('page_div', 2, {number}, 'list', 'shtml', 4)"
        return f"<html><body><div id='dash-table'><ul class='mytabul'>{items}</ul></div><script>{pager}</script></body></html>"

    own = f"/10462/13241/2026/6/15/{HEX.format(1)}.shtml"
    older = f"/10462/13241//2026/6/9/{HEX.format(2)}.shtml"
    site.add(
        f"{base}/10462/13241/list.shtml",
        listing(1, [(own, "2026-06-15"), ("https://www.gov.cn/yaowen/202606/content_1.htm", "2026-06-15")]),
    )
    site.add(f"{base}/10462/13241/list_2.shtml", listing(2, [(older, "2026-06-09"), (own, "2026-06-15")]))
    site.add(f"{base}{own}", page("<html><body><ucaptitle>题</ucaptitle></body></html>"))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path, "sichuan_gov", ["zywj"], window=WINDOW)
    assert result.error is None, result.log
    assert result.summary is not None
    assert result.summary["fates"] == {"captured": 1, "off_site": 1, "out_of_window": 1}
    assert result.summary["channels"]["zywj"]["total"] == 4
