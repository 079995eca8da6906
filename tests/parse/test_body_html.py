"""What is cut from the text and stays in the HTML would still be shown to whoever reads the article."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.parse.body_html import CLEANER, without

BODY = (
    "<p>湖区今天开始越冬水鸟同步调查。</p>\n"
    '<p>加入<strong>会员</strong>看<a href="https://x.example/">全集</a></p>\n'
    "<table><tbody><tr><td>湖</td><td>12</td></tr></tbody></table>\n"
    '<figure><img src="https://i.example/1.jpg"><figcaption>湖面</figcaption></figure>\n'
    "<h3>A &amp; B &lt; C</h3>"
)


def test_a_line_with_marks_and_a_link_in_it_goes_like_a_plain_one() -> None:
    left = without(BODY, ["加入会员看全集"])
    assert "全集" not in left
    assert left == BODY.replace('<p>加入<strong>会员</strong>看<a href="https://x.example/">全集</a></p>\n', "")


def test_a_table_goes_with_its_last_row_and_a_picture_with_its_caption() -> None:
    left = without(BODY, ["湖\t12"], ["https://i.example/1.jpg"])
    assert "<table" not in left
    assert "湖面" not in left
    assert "同步调查" in left


def test_nothing_is_cut_that_is_not_named() -> None:
    assert without(BODY, ["同步调查", ""]) == BODY


_text = st.text(alphabet="湖鸟a1 &<>\"'\u3000", min_size=1, max_size=12)


@given(st.lists(_text, max_size=6), st.lists(_text, max_size=3))
def test_the_other_lines_stay_to_the_letter(lines: list[str], cut: list[str]) -> None:
    body = CLEANER.clean("\n".join(f"<p>{nothing_but_text(line)}</p>" for line in lines))
    left = [p.text_content() for p in html.fromstring(f"<div>{without(body, cut)}</div>").iter("p")]
    unwanted = {"".join(line.split()) for line in cut} - {""}
    assert left == [line for line in lines if "".join(line.split()) not in unwanted]


def nothing_but_text(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
