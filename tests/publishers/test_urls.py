"""One article is one key, under whatever address it is met; a stranger's address is nobody's."""

# ruff: noqa: E501 - an address is not to be broken

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.publishers import ArticleUrl, get, identify, keys

HEX = "e0ba5e9e651943c5b859e7ec3460e19f"


@pytest.mark.parametrize(
    ("url", "publisher", "site", "key", "day"),
    [
        ("https://finance.sina.com.cn/china/2021-10-03/doc-iktzqtyt9449443.shtml", "sina_finance", "finance", "ktzqtyt9449443", date(2021, 10, 3)),
        ("http://finance.sina.com.cn/roll/2018-12-28/doc-ihqfskcn2160999.shtml?cre=f&loc=4#a", "sina_finance", "finance", "hqfskcn2160999", date(2018, 12, 28)),
        ("http://finance.sina.cn/2018-12-28/detail-ihqfskcn2160999.d.html?vt=4", "sina_finance", "finance", "hqfskcn2160999", date(2018, 12, 28)),
        ("https://finance.sina.cn/stock/relnews/2018-12-28/detail-ihqfskcn2160999.d.html", "sina_finance", "finance", "hqfskcn2160999", date(2018, 12, 28)),
        ("https://finance.sina.com.cn/money/bank/gsdt/2020-01-02/doc-iihnzahi3275702.shtml", "sina_finance", "finance", "ihnzahi3275702", date(2020, 1, 2)),
        ("http://finance.sina.com.cn/china/20131027/043917125695.shtml", "sina_finance", "finance", "20131027/043917125695", date(2013, 10, 27)),
        ("https://www.tibet.cn/cn/instant/domestic/202603/t20260325_7951590.html", "tibet_net", "tibet", "7951590", date(2026, 3, 25)),
        ("https://m1.tibet.cn/cn/Instant/news/202603/t20260302_7937950.html", "tibet_net", "tibet", "7937950", date(2026, 3, 2)),
        ("http://www.tibet.cn/cn/news/yc/201812/t20181211_6454705_1.html", "tibet_net", "tibet", "6454705", date(2018, 12, 11)),
        ("http://www.tibet.cn/news/roll/1449969320589.shtml", "tibet_net", "tibet", "1449969320589", None),
        (f"https://www.sc.gov.cn/10462/10464/10757/2018/12/4/{HEX}.shtml", "sichuan_gov", "sc", HEX, date(2018, 12, 4)),
        (f"https://www.sc.gov.cn/10462/c103046//2024/1/9/{HEX}.shtml", "sichuan_gov", "sc", HEX, date(2024, 1, 9)),
        ("http://www.sc.gov.cn/10462/10464/10797/2015/3/25/10330618.shtml", "sichuan_gov", "sc", "10330618", date(2015, 3, 25)),
        (f"http://www.xinjiang.gov.cn/xinjiang/fgwjx/202009/{HEX}.shtml", "xinjiang_gov", "xinjiang", HEX, None),
        ("http://www.xinjiang.gov.cn/2019/08/07/157323.html", "xinjiang_gov", "xinjiang", "157323", date(2019, 8, 7)),
        (f"https://www.xjboz.gov.cn/xjboz/c125795/202608/{HEX}.shtml", "xinjiang_gov", "xjboz", HEX, None),
        ("http://www.xjbl.gov.cn/info/1292/41339.htm", "xinjiang_gov", "xjbl", "41339", None),
        ("http://www.xjjh.gov.cn/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1043&wbnewsid=22001", "xinjiang_gov", "xjjh", "22001", None),
    ],
)  # fmt: skip
def test_an_address_tells_its_article(url: str, publisher: str, site: str, key: str, day: date | None) -> None:
    found = identify(url)
    assert found is not None
    assert (found.publisher, found.site, found.key, found.day, found.kind) == (publisher, site, key, day, "article")


@pytest.mark.parametrize(
    "url",
    [
        "http://m.nhuxi.com/cn/news/yc/201812/t20181211_6454705.html",
        "https://www.tibet.cn.evil.example/cn/news/yc/201812/t20181211_6454705.html",
        "https://evil.example/https://finance.sina.com.cn/china/2021-10-03/doc-iktzqtyt9449443.shtml",
        "https://news.sina.com.cn/c/2021-10-03/doc-iktzqtyt9449443.shtml",
        f"https://www.sc.gov.cn/10462/wza2012/10464/2018/12/4/{HEX}.shtml",
        f"https://www.sc.gov.cn/10462/c108551/2021/12/24/{HEX}/files/{HEX}.pdf",
        "https://finance.sina.com.cn/roll/",
        "javascript:void(0)",
        "http://[not an address/cn/news/yc/201812/t20181211_6454705.html",
        "",
    ],
)
def test_no_other_address_is_taken_for_an_article(url: str) -> None:
    assert identify(url) is None


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://finance.sina.com.cn/videonews/2020-03-22/doc-iimxxsth0929844.shtml", "video"),
        ("http://slide.finance.sina.com.cn/slide_9_35624_123456.html", "gallery"),
        ("http://media.tibet.cn/photo/news/12345.shtml", "gallery"),
    ],
)
def test_what_has_no_text_is_known_by_its_address(url: str, kind: str) -> None:
    found = identify(url)
    assert found is not None
    assert found.kind == kind


_LETTERS, _DIGITS, _HEX = "abcdefghijklmnopqrstuvwxyz", "0123456789", "0123456789abcdef"
_DAYS = st.dates(date(2016, 1, 1), date(2035, 12, 31))


@given(
    _DAYS,
    st.text(_LETTERS, min_size=7, max_size=7),
    st.text(_DIGITS, min_size=7, max_size=7),
    st.sampled_from(["", "?vt=4", "?cre=a&mod=f#x"]),
)
def test_a_publishid_is_read_back_whole(day: date, letters: str, digits: str, tail: str) -> None:
    found = identify(f"https://finance.sina.com.cn/stock/s/{day}/doc-i{letters}{digits}.shtml{tail}")
    assert found is not None
    assert (found.key, found.day) == (letters + digits, day)


@given(_DAYS, st.text(_HEX, min_size=32, max_size=32))
def test_a_day_without_padding_is_read(day: date, key: str) -> None:
    found = identify(f"https://www.sc.gov.cn/10462/c1/{day.year}/{day.month}/{day.day}/{key}.shtml")
    assert found is not None
    assert (found.key, found.day) == (key, day)


@pytest.mark.parametrize("publisher", keys())
def test_a_canonical_address_is_canonical(publisher: str) -> None:
    samples = {
        "sina_finance": "http://finance.sina.com.cn/china/2021-10-03/doc-iktzqtyt9449443.shtml?from=wap",
        "tibet_net": "http://m1.tibet.cn/cn/Instant/news/202603/t20260302_7937950_2.html",
        "sichuan_gov": f"http://sc.gov.cn/10462/c1//2024/1/9/{HEX}.shtml?a=1",
        "xinjiang_gov": "http://xjjh.gov.cn/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1043&wbnewsid=22001",
    }
    first: ArticleUrl | None = identify(samples[publisher])
    assert first is not None
    assert identify(first.canonical) == first


@pytest.mark.parametrize("key", keys())
def test_every_channel_lies_on_a_host_that_may_be_spoken_to(key: str) -> None:
    from urllib.parse import urlsplit

    publisher = get(key)
    assert publisher.channels
    for channel in publisher.channels:
        assert urlsplit(channel.url).hostname in publisher.hosts


def test_the_publisher_of_the_handbook_is_one() -> None:
    import re
    import tomllib
    from pathlib import Path

    from crawler.publishers.file import read_publisher

    text = (Path(__file__).parents[2] / "docs" / "adding-a-publisher.md").read_text(encoding="utf-8")
    (toml,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (spider,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    publisher = read_publisher("xizang_gov", tomllib.loads(toml))
    found = publisher.identify("http://www.xizang.gov.cn/xwzx_406/zwyw/202008/t20200829_171961.html")
    assert found is not None
    assert (found.key, found.day) == ("171961", date(2020, 8, 29))
    names: dict[str, object] = {}
    exec(spider, names)
    assert "XizangGovSpider" in names
