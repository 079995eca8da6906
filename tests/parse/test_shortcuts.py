"""What is done the short way gives what the long way would: else a link, a line or a mark is lost for speed."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urljoin

from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DecodeFailed
from crawler.parse.article import Page
from crawler.parse.body_html import CLEANER
from crawler.parse.decode import decode
from crawler.parse.page import HtmlPage, squeeze
from crawler.parse.rendered import CLEAN

BASES = (
    "https://www.example.cn/a/b/t20210103_1.html?x=1",
    "http://Example.CN:8080",
    "file:///a/b.html",
    "",
    "http://[x/",
)
LINK = st.one_of(
    st.text("/.?#&=%;:abAB019-_~", max_size=24),
    st.text("/.ab", max_size=12).map("http://a.example".__add__),
    st.text("/.?=ab", max_size=12).map("https://www.example.cn/".__add__),
    st.text("/.?=ab", max_size=12).map("/".__add__),
)
MARKS = (
    "<p>{}</p>",
    "<h3>{}</h3>",
    "<p><strong>{}</strong>x</p>",
    "<p>x<em>{}</p>",
    "{}",
    "<td>{}</td>",
    "<p><strong>{}</em></strong></p>",
    "<script>{}</script>",
    '<p onclick="x">{}</p>',
    '<p><a href="https://a.example/b?c=1">{}</a></p>',
    '<p><a href="http://a..example/">{}</a></p>',
    '<figure><img src="https://a.example/b.jpg"><figcaption>{}</figcaption></figure>',
)
WORDS = st.text("甲乙丙 ab&<>\"'\xa0\u3000\u00e9\u200b😀", max_size=12)


@given(st.sampled_from(BASES), LINK)
def test_a_plain_link_is_what_joining_it_to_the_page_gives(base: str, href: str) -> None:
    page = HtmlPage(Page(base, b"<p>x</p>"), decode(b"<p>x</p>"))
    try:
        joined = urljoin(base, href)
    except ValueError:
        joined = ""
    skipped = not href or href.startswith(("javascript:", "#", "data:", "mailto:", "about:"))
    expected = joined if not skipped and joined.startswith(("http://", "https://")) else ""
    assert page.absolute(href) == expected


@given(st.lists(st.tuples(st.sampled_from(MARKS), WORDS), max_size=4))
def test_a_body_that_skips_the_cleaner_is_one_that_it_leaves_alone(parts: list[tuple[str, str]]) -> None:
    html = "\n".join(mark.format(escape(text, quote=False)) for mark, text in parts)
    if CLEAN.fullmatch(html) is not None:
        assert CLEANER.clean(html) == html


@given(st.text())
def test_squeezing_takes_every_blank_and_nothing_else(text: str) -> None:
    assert squeeze(text) == re.sub(r"[\s\u3000\xa0\u200b\u200c\u200d\u2060\ufeff\u00ad]+", "", text)


@given(st.text("的一是<p>ab\x00\ue5e5\ue81e、", max_size=60), st.sampled_from(("utf-8", "gb18030", "big5hkscs")))
def test_the_encoding_kept_from_decoding_is_that_of_the_text(text: str, codec: str) -> None:
    body = text.encode(codec, "ignore")
    try:
        decoded = decode(body, f"text/html; charset={codec}")
    except DecodeFailed:
        return
    assert decoded.utf8 is None or decoded.utf8.decode() == decoded.text
    assert "\x00" not in decoded.text
