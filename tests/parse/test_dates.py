"""A time read wrongly puts an article into another night's window, or another year."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parse.article import Precision
from crawler.parse.dates import brief_time, find_times, first_time, from_url, labelled_time, parse_rfc822
from crawler.run import SHANGHAI

LATEST = datetime(2026, 6, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("printed", "iso", "precision"),
    [
        ("2018年12月28日 19:55", "2018-12-28T19:55:00", "minute"),
        ("2019年09月11日01:53", "2019-09-11T01:53:00", "minute"),
        ("２０１９年０９月１１日０１：５３", "2019-09-11T01:53:00", "minute"),
        ("2021年10月25日 15时15分", "2021-10-25T15:15:00", "minute"),
        ("2024-05-09 22:27:02", "2024-05-09T22:27:02", "second"),
        ("2005.08.26 05:39", "2005-08-26T05:39:00", "minute"),
        ("2024/5/9", "2024-05-09T00:00:00", "day"),
        ("2024 05/09 22:27:02", "2024-05-09T22:27:02", "second"),
        ("2007-08-20-23:59:59", "2007-08-20T23:59:59", "second"),
        ("2024年1月5日下午3:20", "2024-01-05T15:20:00", "minute"),
        ("2024年1月5日 上午12:20", "2024-01-05T12:20:00", "minute"),
        ("2024年1月5日凌晨12:20", "2024-01-05T00:20:00", "minute"),
        ("2024-05-10 12:30 AM", "2024-05-10T00:30:00", "minute"),
        ("2024-05-10 12:30 PM", "2024-05-10T12:30:00", "minute"),
        ("2024-05-10T06:58:00Z", "2024-05-10T14:58:00", "second"),
        ("2024-05-10T06:58:00+08:00", "2024-05-10T06:58:00", "second"),
        ("2024年5月10日 24:00", "2024-05-11T00:00:00", "minute"),
        ("二〇二四年五月十日", "2024-05-10T00:00:00", "day"),
        ("发布时间:2022-02-24 14:29:00來源: 山西", "2022-02-24T14:29:00", "second"),
        ("2024年05月13日 星期一 08:49", "2024-05-13T08:49:00", "minute"),
        ("智通财经 · Jun 3, 2021 08:15", "2021-06-03T08:15:00", "minute"),
        ("3 June 2021", "2021-06-03T00:00:00", "day"),
        ("Posted on September 13th, 2019 8:05 PM", "2019-09-13T20:05:00", "minute"),
    ],
)
def test_a_time_is_read_as_printed(printed: str, iso: str, precision: str) -> None:
    moment = first_time(printed, latest=LATEST)
    assert moment is not None
    assert moment.at == datetime.fromisoformat(iso).replace(tzinfo=SHANGHAI)
    assert moment.precision is Precision(precision)


@pytest.mark.parametrize(
    "text",
    [
        "2019年15月3日",
        "2024年2月30日",
        "1949年10月1日",
        "2031年1月1日 08:00",
        "电话 2019-1234567",
        "第2024号",
        "12:30",
        "May 2021",
        "Marathon 3, 2021",
        "Mar del Plata 2021",
    ],
)
def test_what_only_looks_like_a_time_or_cannot_be_is_not_believed(text: str) -> None:
    assert find_times(text, latest=LATEST) == []


def test_a_time_a_few_hours_ahead_is_a_clock_and_tomorrow_week_is_not() -> None:
    assert first_time("2026年6月17日 20:00", latest=LATEST) is not None
    assert first_time("2026年6月25日 20:00", latest=LATEST) is None


@pytest.mark.parametrize(
    ("printed", "iso"),
    [
        ("20240510", "2024-05-10"),
        ("24-05-10 08:30", "2024-05-10"),
        ("98年5月3日", "1998-05-03"),
        ("05-10 08:30", "2024-05-10"),
    ],
)
def test_short_forms_are_read_where_a_label_says_that_they_are_times(printed: str, iso: str) -> None:
    moment = labelled_time(printed, latest=LATEST, year=2024)
    assert moment is not None
    assert moment.at.date().isoformat() == iso
    assert first_time(printed, latest=LATEST) is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://finance.people.com.cn/n1/2024/0510/c1004-40232587.html", "2024-05-10"),
        ("https://finance.sina.com.cn/china/2021-10-03/doc-iktzqtyt9449443.shtml", "2021-10-03"),
        ("http://www.xizang.gov.cn/zwgk/202008/t20200829_171961.html", "2020-08-29"),
        ("https://www.sc.gov.cn/10462/10464/2021/10/5/abc.shtml", "2021-10-05"),
        ("http://finance.sina.com.cn/china/20131027/043917125695.shtml", "2013-10-27"),
        ("http://news.china.com.cn/2024-05/13/content_117184963.shtml", "2024-05-13"),
    ],
)
def test_the_day_in_an_address_is_found(url: str, day: str) -> None:
    moment = from_url(url, latest=LATEST)
    assert moment is not None
    assert moment.at.date().isoformat() == day


@pytest.mark.parametrize("url", ["https://www.sohu.com/a/778336904_120702", "https://a.cn/xjyw/202010/aaaa.shtml", ""])
def test_numbers_in_an_address_that_are_no_day_are_left_alone(url: str) -> None:
    assert from_url(url, latest=LATEST) is None


def test_a_year_of_two_digits_counts_beside_a_time_of_day_only() -> None:
    moment = brief_time("新京报官方账号 21-06-03 08:15", latest=LATEST)
    assert moment is not None
    assert moment.at.isoformat() == "2021-06-03T08:15:00+08:00"
    for text in ("电话 21-06-03", "比分 21-06-03", "2021-06-03 08:15", "1.21-06-03 08:15", "31-13-03 08:15"):
        assert brief_time(text, latest=LATEST) is None


def test_the_feed_time_is_gmt() -> None:
    moment = parse_rfc822("Sun, 03 Oct 2021 12:58:39 GMT")
    assert moment is not None
    assert moment.at.isoformat() == "2021-10-03T20:58:39+08:00"


MOMENTS = st.datetimes(min_value=datetime(1995, 1, 1), max_value=datetime(2026, 6, 1))  # noqa: DTZ001 - printed times have no zone
FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y年%m月%d日%H:%M:%S",
    "%Y年%m月%d日 %H时%M分%S秒",
    "%Y/%m/%d %H:%M:%S",
    "%Y.%m.%d　%H：%M：%S",
    "%Y-%m-%dT%H:%M:%S+08:00",
)


@given(MOMENTS, st.sampled_from(FORMS), st.sampled_from(["", "时间：", "来源：某某日报 ", "发布于"]))
def test_every_time_printed_in_a_known_form_is_read_back(moment: datetime, form: str, before: str) -> None:
    found = first_time(before + moment.strftime(form), latest=LATEST)
    assert found is not None
    assert found.at == moment.replace(microsecond=0, tzinfo=SHANGHAI)


@given(st.text(max_size=80))
def test_any_text_gives_believable_times_or_none(text: str) -> None:
    for moment in find_times(text, latest=LATEST):
        assert 1994 <= moment.at.year <= 2026
        assert moment.at.tzinfo is not None
