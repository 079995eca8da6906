"""A page whose author wants to stop the night repeats one thing very often; it must cost what its length costs."""

from __future__ import annotations

import pytest

from crawler.parse import parse_page
from crawler.parse.article import Page
from crawler.parse.names import split_names
from crawler.parse.reader import _SITE_CODE
from crawler.parse.text import text_to_html

TEXT = "<p>近年来，全市改造老旧管网三百公里，更换锅炉四十台，群众满意度逐年提高。</p>"


def page(body: str) -> Page:
    html = f"<html><head><title>水利工程开工</title></head><body><h1>水利工程开工</h1>{body}</body></html>"
    return Page("https://www.example.cn/1.html", html.encode(), "text/html; charset=utf-8")


@pytest.mark.parametrize("tag", ["b", "em", "a href='/x'", "u"])
def test_marks_that_are_never_closed_do_not_multiply_with_the_lines_of_a_text(tag: str) -> None:
    parsed = parse_page(
        page(f"<div>2023-05-06 10:00</div><div id='zoom'>{TEXT}{f'<{tag}>水<br>' * 20_000}{TEXT}</div>")
    )
    article = parsed.article
    assert article is not None
    assert len(article.body_html) < 60 * 20_000
    assert article.paragraphs[0].startswith("近年来")


def test_marks_that_say_the_same_twice_are_said_once() -> None:
    article = parse_page(
        page(f"<div id='zoom'>{TEXT}<p><b><strong>一、<b>总体要求</b></strong></b>略。</p></div>")
    ).article
    assert article is not None
    assert "<strong>一、总体要求</strong>略。" in article.body_html


def test_a_writer_of_a_hundred_thousand_words_is_no_name() -> None:
    assert split_names("资深" * 100_000) == []


def test_blanks_behind_a_label_cost_their_length() -> None:
    assert _SITE_CODE.search("网站标识码" + " " * 100_000) is None
    assert _SITE_CODE.search("网站标识码：\n <span> bm54000001") is not None


def test_scripts_that_are_never_closed_leave_a_text_as_it_is() -> None:
    html = text_to_html(
        "水利工程开工\n2023-05-06 10:00\n<script>a</script>近年来，全市改造老旧管网。\n" + "<script " * 50_000
    )
    assert "近年来，全市改造老旧管网。" in html
    assert "<p>a" not in html
