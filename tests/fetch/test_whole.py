"""A page that a server cut off must not pass for a whole one, and an old page that closes nothing must."""

from __future__ import annotations

import pytest

from crawler.fetch.whole import ends_early

START = "<!DOCTYPE html><html><head><title>通告</title></head><body><div><p>大桥自六月一日起封闭施工。</p>"


@pytest.mark.parametrize(
    "end",
    [
        "<p>施工期间，请绕行二",
        "<p>施工期间，请<strong>绕行</strong>二桥，注意交通标",
        '<p>施工期间，请绕行二桥。</p><a href="/x/1.ht',
        "<p>施工期间，请绕行二桥。</p><di",
        "<p>施工期间。</p><script>var a = '绕行",
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_page_that_breaks_off_is_seen(end: str, charset: str) -> None:
    assert ends_early((START + end).encode(charset)) != ""


@pytest.mark.parametrize(
    "end",
    [
        "<p>施工期间，请绕行二桥。</p></div></body></html>",
        "<p>施工期间，请绕行二桥。</p></div></html>",
        "<p>施工期间，请绕行二桥。</p></div>",
        "<p>施工期间，请绕行二桥。</p></div><script>count()</script>\n",
        "<p>施工期间，请绕行二桥。</p></div>版权所有 某县人民政府",
        "<p>施工期间，请绕行二桥。</p><p>版权所有 某县人民政府",
        "<p>施工期间。</p></body></html>\n<!-- made by",
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_whole_page_of_an_old_system_is_let_through(end: str, charset: str) -> None:
    assert ends_early((START + end).encode(charset)) == ""


def test_data_and_text_without_markup_are_never_taken_for_a_cut_page() -> None:
    assert ends_early('{"list": ["<p>未完'.encode()) == ""
    assert ends_early("大桥自六月一日起封闭施".encode()) == ""
