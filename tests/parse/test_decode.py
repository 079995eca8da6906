"""A page whose charset is read wrongly is lost without a trace: its text is there, and is rubbish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import DecodeFailed, Fate
from crawler.parse import parse_page
from crawler.parse.article import Page
from crawler.parse.decode import decode

TEXT = "艾尔肯·吐尼亚孜在会上说——我们要把这个工作做好，让群众满意。" * 6
TRADITIONAL = "這個會議說明了我們國家對經濟發展的要求，並且為時間安排提出了意見。" * 6


def page(charset: str, text: str = TEXT) -> str:
    declared = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{declared}<title>标题</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("written", "meta", "header", "used", "how"),
    [
        ("utf-8", "utf-8", "", "utf-8", "utf-8"),
        ("utf-8", "", "", "utf-8", "utf-8"),
        ("utf-8", "gb2312", "text/html; charset=GBK", "utf-8", "utf-8"),
        ("gb18030", "gb2312", "", "gb18030", "meta"),
        ("gb18030", "GBK", "", "gb18030", "meta"),
        ("gb18030", "", "text/html; charset=gb2312", "gb18030", "header"),
        ("gb18030", "", "", "gb18030", "guess"),
        ("gb18030", "utf-8", "text/html; charset=utf-8", "gb18030", "guess"),
        ("gb18030", "", "text/html; charset=ISO-8859-1", "gb18030", "guess"),
        ("utf-8-sig", "gb2312", "", "utf-8", "bom"),
        ("utf-16", "", "", "utf-16-le", "bom"),
    ],
)
def test_the_dot_of_uyghur_names_and_the_dash_survive_every_label(
    written: str, meta: str, header: str, used: str, how: str
) -> None:
    decoded = decode(page(meta).encode(written), header)
    assert TEXT in decoded.text
    assert (decoded.used, decoded.how) == (used, how)
    assert not decoded.text.startswith("\ufeff")


@pytest.mark.parametrize("meta", ["big5", "", "utf-8"])
def test_a_traditional_page_in_big5_is_not_read_as_gb(meta: str) -> None:
    decoded = decode(page(meta, TRADITIONAL).replace("标题", "標題").encode("big5"))
    assert TRADITIONAL in decoded.text
    assert decoded.used.startswith("big5")


@pytest.mark.parametrize("character", ["喆", "镕", "䶮", "𬭚", "·", "—", "\u9fb4"])
@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_rare_character_in_a_name_is_not_lost(character: str, codec: str) -> None:
    text = TEXT + f"陶{character}基" + TEXT
    assert text in decode(page("gb2312" if codec != "utf-8" else "utf-8", text).encode(codec)).text


def test_bytes_of_the_2000_table_become_the_character_that_was_meant() -> None:
    body = page("gb2312").encode("gb18030").replace("标题".encode("gb18030"), b"\xfe\x59\xa3\xa0")
    assert "<title>\u9fb4\u3000</title>" in decode(body).text


def test_the_euro_of_windows_does_not_cost_a_page() -> None:
    body = page("gbk", TEXT + "100@").encode("gb18030").replace(b"@", b"\x80")
    assert "100€" in decode(body).text


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5"])
def test_a_page_cut_in_the_middle_of_a_character_keeps_the_rest(codec: str) -> None:
    text = TRADITIONAL if codec == "big5" else TEXT
    whole = page("", text).replace("标题", "t").encode(codec)
    at = whole.index(text[-4].encode(codec), len(whole) - 60)
    decoded = decode(whole[: at + 1])
    assert decoded.cut
    assert "\ufffd" not in decoded.text
    assert text[:100] in decoded.text


def test_a_broken_byte_in_the_text_refuses_the_page_and_says_where() -> None:
    body = page("utf-8").encode().replace("工作".encode(), b"\xff\xff", 1)
    parsed = parse_page(Page("https://example.com/1.html", body))
    assert parsed.fate is Fate.DECODE_FAILED
    assert parsed.article is None
    assert str(body.index(b"\xff")) in parsed.message


def test_a_broken_byte_in_a_script_does_not_cost_the_article() -> None:
    body = page("utf-8").encode().replace(b"</head>", b"<script>var a='\xff'</script></head>")
    parsed = parse_page(Page("https://example.com/1.html", body))
    assert parsed.article is not None
    assert TEXT[:30] in parsed.article.body
    assert any("could not be read" in note for note in parsed.article.notes)


def test_bytes_that_are_no_text_are_refused_with_the_first_offset() -> None:
    with pytest.raises(DecodeFailed) as caught:
        decode(b"abc" + bytes(range(128, 256)) * 40)
    assert caught.value.offset == 3


@given(st.binary(max_size=3000), st.sampled_from(["", "text/html; charset=gbk", "text/html; charset=utf-8", "charset"]))
def test_any_bytes_either_decode_whole_or_say_where_not(body: bytes, header: str) -> None:
    try:
        decoded = decode(body, header)
    except DecodeFailed as error:
        assert 0 <= error.offset <= len(body)  # noqa: PT017 - either way is right
        return
    assert "\x00" not in decoded.text
    if not decoded.damaged and b"\xef\xbf\xbd" not in body and not decoded.used.startswith("utf-16"):
        assert "\ufffd" not in decoded.text or decoded.used == "gb18030"


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=200))
def test_whatever_is_written_in_utf8_is_read_as_written(text: str) -> None:
    assert decode(text.encode()).text == text
