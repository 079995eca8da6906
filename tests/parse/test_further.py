"""An article on several pages loses all but the first; a list taken for one drags a whole channel in."""

from __future__ import annotations

from lxml import html

from crawler.errors import Fate
from crawler.parse import further_pages, parse_page
from crawler.parse.article import Page

URL = "http://www.tibet.cn/cn/news/202211/t20221102_7300001.html"


def body(paragraphs: list[str], pager: str = "") -> bytes:
    text = "".join(f"<p>　　{paragraph}</p>" for paragraph in paragraphs)
    return (
        "<html><head><meta charset='utf-8'><title>湿地调查记_中国西藏网</title></head><body><div class='t"
        "itle_box'><h2>湿地调查记</h2>"
        f"<div class='info'>发布时间：2022-11-02 14:29:00 来源： 高原日报</div></div><div id='text'>{text}</div>{pager}</body></html>"  # noqa: E501
    ).encode()


def test_the_parts_of_a_trs_article_are_named_after_it() -> None:
    page = Page(URL, body(["第一页。"], '<script>createPageHTML(3, 0, "t20221102_7300001", "html");</script>'))
    assert further_pages(page) == [URL.replace(".html", "_1.html"), URL.replace(".html", "_2.html")]


def test_the_pager_of_a_list_is_none_of_an_article() -> None:
    for script in (
        'createPageHTML(34, 0, "index", "html");',
        "createPageHTML('page_div', 30, 1, 'list_ft', 'shtml', 900);",
    ):
        assert further_pages(Page(URL, body(["短讯。"], f"<script>{script}</script>"))) == []
    links = "<a href='index_1.html'>下一页</a><a href='index_2.html'>2</a>"
    assert further_pages(Page(URL, body(["短讯。"], links))) == []


def test_a_single_page_has_no_further_ones() -> None:
    script = '<script>createPageHTML(1, 0, "t20221102_7300001", "html");</script>'
    assert further_pages(Page(URL, body(["全文。"], script))) == []
    assert further_pages(Page(URL, body(["全文。"], "<a href='t20221101_7299999.html'>下一篇</a>"))) == []


def test_the_dash_pages_of_people_are_followed_and_the_gap_is_filled() -> None:
    url = "http://finance.people.com.cn/n1/2024/0510/c1004-40232587.html"
    pager = "<div class='zdfy'><a href='c1004-40232587.html'>1</a><a href='c1004-40232587-2.html'>2</a><a href='/n1/2024/0510/c1004-40232587-4.html'>4</a><a href='c1004-40232587-2.html'>下一页</a></div>"  # noqa: E501
    assert further_pages(Page(url, body(["第一页。"], pager))) == [
        url.replace(".html", f"-{n}.html") for n in (2, 3, 4)
    ]


def test_the_parts_are_joined_in_order_without_what_each_repeats() -> None:
    intro = "编者按：这是一组关于高原湿地的报道，每一页都印着这段话。"
    first = body([intro, "第一部分讲湖水的来历，以及湿地怎样一年年大起来。"])
    second = body([intro, "第二部分讲候鸟的路线，管护员怎样记下每一只黑颈鹤。"])
    third = body([intro, "第三部分讲今后的打算，保护站要布设更多的观测点。"])
    page = Page(URL, first, further=(Page(URL, second), Page(URL, third)))
    article = parse_page(page).article
    assert article is not None
    assert [paragraph[:4] for paragraph in article.paragraphs] == ["编者按：", "第一部分", "第二部分", "第三部分"]
    shown = html.fromstring(f"<div>{article.body_html}</div>").xpath("string()")
    assert shown.split() == article.paragraphs, "what is shown and what is stored are two texts"


def test_half_an_article_is_not_taken_for_a_whole_one() -> None:
    first = body(["第一页的文字，说的是春天的事情，田里的水已经放满了。"])
    parsed = parse_page(Page(URL, first, further=(Page(URL, b"<html></html>", status=404),)))
    assert (parsed.article, parsed.fate) == (None, Fate.PARSE_FAILED)
    assert "part 2" in parsed.message
