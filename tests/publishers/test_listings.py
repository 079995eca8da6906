"""A listing read wrongly loses articles that nobody misses: each family's forms and traps, page by page."""

# ruff: noqa: E501 - an address is not to be broken

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cms.trs.listing import read_listing as read_trs
from crawler.cms.ucap.listing import channel_id, json_listing_url, read_json_listing
from crawler.cms.ucap.listing import read_listing as read_ucap
from crawler.cms.vsb.listing import read_listing as read_vsb
from crawler.errors import ListingError
from crawler.fetch.listing import Link, ListingBusy, date_in
from tests.fetch.site import trs_list

TRS = "https://www.tibet.cn/cn/news/yc/"
HEX = "e0ba5e9e651943c5b859e7ec3460e19f"


def test_trs_counts_its_second_page_as_one() -> None:
    first = read_trs(trs_list([("./202606/t20260615_1.html", "一")], pages=3), TRS)
    assert [link.url for link in first.links] == [f"{TRS}202606/t20260615_1.html"]
    assert first.next_url == f"{TRS}index_1.html"
    second = read_trs(trs_list([("./202606/t20260614_2.html", "二")], pages=3, current=1), first.next_url)
    assert second.next_url == f"{TRS}index_2.html"
    third = read_trs(trs_list([("./202606/t20260613_3.html", "三")], pages=3, current=2), second.next_url)
    assert third.next_url is None
    assert third.pages == 3


def test_a_commented_pager_is_not_believed() -> None:
    page = trs_list([("a/t20260615_1.html", "一")], pages=2)
    page = page.replace("<script>", '<!-- createPageHTML(99, 0, "old", "html"); --><script>')
    assert read_trs(page, TRS).next_url == f"{TRS}index_1.html"


def test_a_listing_of_another_layout_is_an_error_and_not_the_end_of_the_news() -> None:
    for read in (read_trs, read_ucap, read_vsb):
        with pytest.raises(ListingError):
            read("<html><body><div class='new-design'><a href='x.html'>x</a></div></body></html>", TRS)
        with pytest.raises(ListingError):
            read("", TRS)


UCAP = "https://www.sc.gov.cn/10462/10464/10797/jrsc_list.shtml"


def _ucap(rows: str, pager: str = "") -> str:
    return f"<html><body><ul class='nav'><li><a href='/'>首页</a></li></ul>{rows}<script>{pager}</script></body></html>"


def test_ucap_reads_each_of_its_three_list_forms() -> None:
    new = f"<div id='dash-table'><ul class='mytabul'><li><a title='全称标题' href='/10462/x/2026/6/5/{HEX}.shtml'>全称…</a><span>(2026-06-05)</span></li></ul></div>"
    old = f"<table id='dash-table'><tr><td>·</td><td><a title='旧' href='/10462/x/2021/1/25/{HEX}.shtml'>旧</a></td><td><font>(01-25)</font></td></tr></table>"
    policy = f"<div class='biaobody'><li><span class='lie2'><a href='/10462/x/2021/12/24/{HEX}.shtml'>文</a></span><span class='lie4'>2021-12-24</span></li></div>"
    for rows, title, day in (
        (new, "全称标题", date(2026, 6, 5)),
        (old, "旧", date(2021, 1, 25)),
        (policy, "文", date(2021, 12, 24)),
    ):
        (link,) = read_ucap(_ucap(rows), UCAP).links
        assert (link.title, link.day, link.time) == (title, day, None)


def test_ucap_counts_its_second_page_as_two() -> None:
    rows = f"<ul class='list'><li><a href='/a/b/202606/{HEX}.shtml'>一</a><span>2026/06/15</span></li></ul>"
    pager = "createPageHTML('page_div',3,{n},'jrsc_list','shtml',3);"
    first = read_ucap(_ucap(rows, pager.format(n=1)), UCAP)
    assert first.next_url == UCAP.replace(".shtml", "_2.shtml")
    assert first.total == 3
    second = read_ucap(_ucap(rows, pager.format(n=2)), first.next_url)
    assert second.next_url == UCAP.replace(".shtml", "_3.shtml")
    assert read_ucap(_ucap(rows, pager.format(n=3)), second.next_url).next_url is None


def test_a_prefix_that_ends_in_a_number_is_no_page_number() -> None:
    url = "https://www.xinjiang.gov.cn/xinjiang/zhengce/zfxxgk_zhengce_31.shtml"
    rows = f"<ul class='list'><li><a href='/a/b/202606/{HEX}.shtml'>一</a></li></ul>"
    page = read_ucap(_ucap(rows, "f('page-div', 5, 1, 'zfxxgk_zhengce_31', 'shtml', 100)"), url)
    assert page.next_url == url.replace("_31", "_31_2")


def test_the_last_number_of_a_pager_is_a_total_only_where_it_adds_up() -> None:
    rows = "".join(f"<li><a href='/a/b/202606/{n:032x}.shtml'>{n}</a></li>" for n in range(15))
    pager = "createPageHTML('page_div',{pages},1,'common_list','shtml',{last});"
    url = "https://www.xinjiang.gov.cn/xinjiang/xjyw/common_list.shtml"
    assert read_ucap(_ucap(f"<ul class='list'>{rows}</ul>", pager.format(pages=10, last=143)), url).total == 143
    assert read_ucap(_ucap(f"<ul class='list'>{rows}</ul>", pager.format(pages=10, last=15)), url).total is None


def test_the_json_list_of_ucap_is_read_and_its_printed_time_wins() -> None:
    url = json_listing_url("http://www.klmy.gov.cn/klmys/c100186/common_list.shtml", "/search/", HEX, 1)
    assert url.startswith(f"http://www.klmy.gov.cn/search/{HEX}?_isAgg=true&_isJson=true&_pageSize=20")
    row = {
        "title": "一",
        "url": f"//www.klmy.gov.cn/klmys/c100186/202606/{HEX}.shtml",
        "publishedTime": 0,
        "publishedTimeStr": "2026-06-15 23:30:05",
    }
    page = read_json_listing(json.dumps({"data": {"page": 1, "rows": 20, "total": 41, "results": [row]}}), url)
    (link,) = page.links
    assert link.url == f"http://www.klmy.gov.cn/klmys/c100186/202606/{HEX}.shtml"
    assert link.time == datetime(2026, 6, 15, 15, 30, 5, tzinfo=UTC)
    assert (page.total, page.pages) == (41, 3)
    assert page.next_url is not None
    assert page.next_url.endswith("&page=2")
    for answer in ("<html>busy</html>", "{}", '{"data": {}}', '{"data": {"results": {}, "total": 1}}'):
        with pytest.raises(ListingBusy):
            read_json_listing(answer, url)


@pytest.mark.parametrize(
    "meta",
    [
        f'<meta name="channelid" content="{HEX}">',
        f'<meta name="channelId" content="{HEX}">',
        f'<meta name="column" channelid="{HEX}" channelcode="c1">',
    ],
)
def test_the_channel_of_a_column_page_is_found(meta: str) -> None:
    assert channel_id(f"<html><head>{meta}</head></html>", UCAP) == HEX


VSB = "http://www.xjjh.gov.cn/zxbb.htm"


def _vsb(pager: str, number: int = 1) -> str:
    return (
        "<html><head><!--Announced by Visual SiteBuilder 9--></head><body><ul class='menu'><li><a href='index.htm'>首页"
        f"</a></li></ul><ul class='list'><li><span>2026-06-15</span><a href='info/1043/{number}.htm' title='一'>一…</a></li>"
        f"</ul><table><tr><td id='fanye123'>{pager}</td></tr></table></body></html>"
    )


def test_vsb_counts_down() -> None:
    first = read_vsb(_vsb("共58条&nbsp;&nbsp;1/3"), VSB)
    assert [link.url for link in first.links] == ["http://www.xjjh.gov.cn/info/1043/1.htm"]
    assert first.links[0].day == date(2026, 6, 15)
    assert (first.pages, first.total) == (3, 58)
    assert first.next_url == "http://www.xjjh.gov.cn/zxbb/2.htm"
    second = read_vsb(_vsb("共58条&nbsp;&nbsp;2/3").replace("info/", "../info/"), first.next_url)
    assert second.next_url == "http://www.xjjh.gov.cn/zxbb/1.htm"
    assert second.links[0].url == "http://www.xjjh.gov.cn/info/1043/1.htm"
    assert read_vsb(_vsb("共58条&nbsp;&nbsp;3/3"), second.next_url).next_url is None


def test_vsb_follows_the_link_to_the_next_page_where_there_is_one() -> None:
    page = read_vsb(_vsb("1/3 <a href='zxbb/2.htm'>下页</a>"), VSB)
    assert page.next_url == "http://www.xjjh.gov.cn/zxbb/2.htm"


@pytest.mark.parametrize(
    ("text", "year", "day", "clock"),
    [
        ("(2025-03-28)", None, date(2025, 3, 28), None),
        ("2025年3月28日", None, date(2025, 3, 28), None),
        ("2025/03/28 09:05", None, date(2025, 3, 28), (9, 5)),
        ("[2025-03-28 09:05:07]", None, date(2025, 3, 28), (9, 5)),
        ("(01-25)", 2021, date(2021, 1, 25), None),
        ("(01-25)", None, None, None),
        ("川府发〔2024〕12号", 2024, None, None),
        ("2025-13-45", None, None, None),
        ("阅读 12", 2024, None, None),
    ],
)
def test_the_date_beside_a_link(text: str, year: int | None, day: date | None, clock: tuple[int, int] | None) -> None:
    found, moment = date_in(text, year)
    assert found == day
    assert (moment is None) == (clock is None)
    if moment is not None:
        assert (moment.hour, moment.minute) == clock
        assert moment.utcoffset() is not None


@given(st.text(max_size=60))
def test_no_text_beside_a_link_breaks_a_listing(text: str) -> None:
    date_in(text, 2026)


def test_a_brace_that_a_template_left_in_a_tag_does_not_end_the_crawl() -> None:
    row = '<li><a {{hot}} href="202606/t20260615_1.html" title="标题">标题</a><span>(2026-06-15)</span></li>'
    (link,) = read_trs(f"<ul class='list'>{row}</ul>", TRS).links
    assert (link.url.rsplit("/", 1)[1], link.title, link.day) == ("t20260615_1.html", "标题", date(2026, 6, 15))


@given(st.text(max_size=200))
def test_no_page_breaks_a_listing_but_by_its_own_error(text: str) -> None:
    for read in (read_trs, read_ucap, read_vsb):
        try:
            read(f"<ul class='listnews list'><li><a href='{text}'>{text}</a></li></ul>", TRS)
        except ListingError:
            continue


@given(st.text(st.characters(codec=None)))
def test_no_word_of_a_listing_can_keep_a_run_out_of_the_store(text: str) -> None:
    link = Link(url=text, title=text, source=text, authors=(text, "\x00"))
    for field in (link.url, link.title, link.source, *link.authors):
        field.encode()
        assert not any(character < " " for character in field)
    assert all(link.authors)


def test_a_listings_words_lose_nothing_but_what_cannot_be_written() -> None:
    link = Link("https://x.cn/a\x00b", "坏\ud83d标题\x00 第二行\r\n第三行 😀", source="证券\x1f日报")
    assert (link.url, link.title, link.source) == ("https://x.cn/ab", "坏标题 第二行 第三行 😀", "证券日报")
