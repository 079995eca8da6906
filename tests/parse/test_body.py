"""The body as a reader sees it: its HTML must show the same text as its paragraphs, and nothing that runs."""

from __future__ import annotations

from html import escape

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.parse import parse_page
from crawler.parse.article import Article, Page
from crawler.parse.page import squeeze

FILLER = "<p>会议指出，各地要把群众温暖过冬作为重要民生任务，确保供暖设施检修一处、合格一处。</p>"


def read(body: str) -> Article:
    page = f"<html><head><title>供暖工作会议召开</title></head><body><h1>供暖工作会议召开</h1><div>2023-05-06 10:00 来源：某市日报</div><div id='zoom'>{body}{FILLER}</div></body></html>"  # noqa: E501
    article = parse_page(Page("https://www.example.cn/xw/1.html", page.encode(), "text/html; charset=utf-8")).article
    assert article is not None
    return article


def test_code_in_a_text_stays_text_in_its_html() -> None:
    article = read("<p>网页里写着&lt;script&gt;alert(1)&lt;/script&gt;和&lt;b&gt;，读者看得见。</p>")
    assert article.paragraphs[0] == "网页里写着<script>alert(1)</script>和<b>，读者看得见。"
    assert "<script" not in article.body_html
    assert "&lt;script&gt;" in article.body_html


def test_scripts_handlers_and_their_addresses_never_reach_the_html() -> None:
    article = read(
        "<p onclick='x()'>第一段讲了检修的进度，<a href='javascript:x()'>点这里</a>看详情，一共三处。</p>"
        "<script>alert(1)</script><p><img src='x.jpg' onerror='x()' width='600'>图下面的一段话，讲了燃料储备。</p>"
    )
    for sign in ("onclick", "onerror", "javascript:", "<script", "alert"):
        assert sign not in article.body_html
    assert article.images[0].url == "https://www.example.cn/xw/x.jpg"


def test_headings_tables_lists_captions_and_short_lines_are_kept_as_such() -> None:
    article = read(
        "<h3>一、储备</h3><table><tr><td>煤炭</td><td>三十万吨</td></tr><tr><td>天然气</td><td>八千万方</td></tr></table>"
        "<ul><li>东区两处</li><li>西区一处</li></ul><p>春天来了<br>雪化了</p>"
        "<div class='img_wrapper'><img src='a.jpg'><span class='img_descr'>工人在检修锅炉。</span></div>"
    )
    assert article.paragraphs[:7] == [
        "一、储备",
        "煤炭\t三十万吨",
        "天然气\t八千万方",
        "东区两处",
        "西区一处",
        "春天来了",
        "雪化了",
    ]
    assert "<h3>一、储备</h3>" in article.body_html
    assert "<td>煤炭</td>" in article.body_html
    assert article.images[0].caption == "工人在检修锅炉。"
    assert "工人在检修锅炉" not in article.body


def test_a_keyword_link_called_keyword_stays_in_its_sentence() -> None:
    article = read(
        "<p>其中<a class='keyword' href='/q'>新能源汽车</a>、锂电池合计出口二百六十亿元。</p>"
        "<p>　　<span id='stock_1'><a class='keyword' href='/q'>额敏县</a></span><span id='q1'></span>抽检样品一千六百批次。</p>"  # noqa: E501
    )
    assert article.paragraphs[:2] == ["其中新能源汽车、锂电池合计出口二百六十亿元。", "额敏县抽检样品一千六百批次。"]


@given(st.text(alphabet="供暖工作<>&\"'；，。a1 ;/#x", min_size=1, max_size=60))
def test_the_html_shows_the_same_text_as_the_paragraphs(text: str) -> None:
    article = read(f"<p>第一段是：{escape(text)}，说完了。</p>")
    shown = html.fromstring(f"<div>{article.body_html}</div>").text_content()
    assert squeeze(shown) == squeeze(article.body)
