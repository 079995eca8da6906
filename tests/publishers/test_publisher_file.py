"""A slip in a publisher.toml must be named where it stands, and never be taken for something else."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import CronDataIntervalTimetable
from click.testing import CliRunner
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from crawler import publishers
from crawler.assurance import history
from crawler.cli import main
from crawler.errors import ConfigurationError
from crawler.fetch.walk import Walk
from crawler.parse.parse import _FAMILIES
from crawler.publishers import schema
from crawler.publishers.cron import read_schedule
from crawler.publishers.file import read_publisher
from crawler.publishers.publisher import Expectations
from crawler.publishers.tibet_net.spider import TibetNetSpider
from crawler.run import SHANGHAI, Run, Window
from tests.publishers.folder import XIZANG, one_more

GUIDE = (Path(__file__).parents[2] / "docs" / "adding-a-publisher.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("delay_seconds", "delay", "[pace] has no key delay, do you mean delay_seconds?; [pace] lacks delay_seconds"),
        ("min_body_length", "min_body_lenght", "min_body_lenght, do you mean min_body_length?"),
        ('["www.xizang.gov.cn"]', '"www.xizang.gov.cn"', "[[site]] xizang hosts must be a list of host names"),
        ('["www.xizang.gov.cn"]', '["https://www.xizang.gov.cn/"]', "hosts must be a list of host names"),
        ('["www.xizang.gov.cn"]', "[]", "hosts must be a list of host names"),
        ('cms = "trs"', 'cms = "wordpress"', "cms must be one of trs, ucap, vsb, or"),
        ('cms = "trs"', "", "[[site]] xizang lacks cms"),
        ("25 3 * * *", "every night", "schedule must be a cron expression"),
        ("25 3 * * *", "61 3 * * *", "its minute is '61', outside 0 to 59"),
        ("25 3 * * *", "@daily", "@daily is a word of Airflow's own: write it as five fields"),
        ("25 3 * * *", "25 3 31 4 *", "no year has such a day"),
        ("25 3 * * *", "25 3 *,5 * *", "its day of the month is '*,5'"),
        ("(?P<key>", "(?P<id>", "[[article_url]] no. 1 has no group (?P<key>…)"),
        ("(?P<key>", "(?P<key", "pattern must be a regular expression"),
        ("[[channel]]", "[[chanel]]", "the file has no key chanel, do you mean channel?"),
        ('url = "https://www.xizang', 'url = "https://xizang', "on xizang.gov.cn, which is neither among the hosts"),
        ('url = "https', 'menu_only = true\nurl = "https', "neither menu nor menu_under"),
        ('url = "https', 'site = "lhasa"\nurl = "https', "names the site lhasa, but there is only xizang"),
        (
            'url = "https',
            'json_list = "/search/"\nurl = "https',
            "json_list, which only ucap has; its cms is 'trs'",
        ),
        ('url = "https', 'day_filter = true\nmenu = ["地方"]\nurl = "https', "zwyw has day_filter, and a menu"),
        ('"2018-01-01"', '"soon"', "since must be a day"),
        ("= 3.0", "= -1", "delay_seconds must be a number of seconds"),
        ("= 300", '= "many"', "max_articles_per_day must be a whole number"),
        ("= 300", "= 0", "max_articles_per_day is less than min_articles_per_day"),
        ("= 40", "= 40\ngone_share = 30", "gone_share must be a share"),
        ("= 40", '= 40\nguessed = ["volume"]', "guessed must be a list of keys of [expectations]"),
        ('"published_at"]', '"time"]', "filled must be a list of some of title, published_at"),
        ("[pace]", "[pace", "it is no TOML"),
    ],
)
def test_a_slip_is_named_by_file_table_and_key_with_what_is_allowed(
    right: str, wrong: str, says: str, tmp_path: Path
) -> None:
    assert XIZANG.count(right) == 1
    with one_more(tmp_path, XIZANG.replace(right, wrong)), pytest.raises(ConfigurationError) as refused:
        publishers.get("xizang_gov")
    assert "crawler/publishers/xizang_gov/publisher.toml is wrong: " in str(refused.value)
    assert says in str(refused.value)
    assert "Error" not in str(refused.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_publisher("x", {"name": "", "pace": {"delay": 3}, "site": [{"key": "x"}]})
    for words in ("name must be a text", "[pace] lacks delay_seconds", "[[site]] x lacks hosts", "lacks expectations"):
        assert words in str(refused.value)


def test_a_right_file_is_read_whole(tmp_path: Path) -> None:
    more = XIZANG.replace("= 40", "= 40\nhistory_since = 2024-05-01\nvolume_floor = 0.3").replace(
        'url = "https', 'since = 2019-01-01\nuntil = "2024-12-31"\noptions = { lid = 7 }\nurl = "https'
    )
    with one_more(tmp_path, more) as key:
        publisher = publishers.get(key)
    assert (publisher.expectations.history_since, publisher.expectations.volume_floor) == (
        datetime(2024, 5, 1, tzinfo=UTC).date(),
        0.3,
    )
    assert publisher.channels[0].options == {"since": "2019-01-01", "until": "2024-12-31", "lid": 7}


@pytest.mark.parametrize("of", ["the site", "the channel"])
def test_the_guides_spider_reads_a_listing_by_the_system_that_the_file_names(of: str, tmp_path: Path) -> None:
    """A `cms` that is checked and read by nobody would leave a new publisher without an article."""
    own = 'cms = "ucap"\n' if of == "the channel" else ""
    toml = XIZANG if of == "the channel" else XIZANG.replace('cms = "trs"', 'cms = "ucap"')
    toml += f"""
[[channel]]
key = "zcwj"
name = "政策文件"
url = "https://www.xizang.gov.cn/zcwj/list.shtml"
{own}
[[channel]]
key = "gsgg"
name = "公示公告"
url = "https://www.xizang.gov.cn/gsgg/list.shtml"
json_list = "/search/"
{own}"""
    names: dict[str, Any] = {}
    exec(GUIDE[GUIDE.index('"""The government of Tibet') :].partition("```")[0], names)
    spider = names["XizangGovSpider"](name="xizang_gov")
    with one_more(tmp_path, toml) as key:
        publisher = publishers.get(key)
    spider.session = SimpleNamespace(publisher=publisher)
    rows = '<ul class="list"><li><a href="/zcwj/202606/1.shtml">一</a><span>2026-06-15</span></li></ul>'
    page = spider.read(rows, "https://www.xizang.gov.cn/zcwj/list.shtml", Walk(publisher.channel("zcwj"), ""))
    assert [link.title for link in page.links] == ["一"]
    told = f'<meta name="channelid" content="{"0a" * 16}">'
    column = spider.read(told, "https://www.xizang.gov.cn/gsgg/list.shtml", Walk(publisher.channel("gsgg"), ""))
    assert column.next_url is not None
    assert f"/search/{'0a' * 16}?" in column.next_url


def test_a_list_that_is_not_asked_day_by_day_is_no_days_list(tmp_path: Path) -> None:
    """`check` holds the total of a list with `day_filter` against one day: each night would fail for nothing."""
    with one_more(tmp_path, XIZANG.replace('url = "https', 'day_filter = true\nurl = "https')) as key:
        publisher = publishers.get(key)
    problems: list[tuple[str, ...]] = []
    spider: Any = TibetNetSpider()
    spider._plan = lambda channels: None
    spider.discovery = SimpleNamespace(begin=lambda walk: walk)
    spider.session = SimpleNamespace(
        run=Run(publisher.key, Window.parse("2026-06-15", "2026-06-16")),
        publisher=publisher,
        problem=lambda *problem: problems.append(problem),
    )

    async def asked_for() -> list[Any]:
        return [walk async for walk in spider.start()]

    assert asyncio.run(asked_for()) == []
    ((kind, where, says),) = problems
    assert (kind, where) == ("broken", "zwyw")
    assert "the spider does not ask day by day" in says


def test_what_runs_for_months_sees_a_new_channel_and_a_new_publisher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow's form offers the new channel at once; its API server must not refuse it until somebody restarts it."""
    another = XIZANG.replace('key = "zwyw"', 'key = "zcwj"')
    seconds = iter(range(1000))
    with one_more(tmp_path, XIZANG) as key:
        monkeypatch.setattr(publishers, "_second", lambda: next(seconds))
        assert [channel.key for channel in publishers.get(key).channels] == ["zwyw"]
        file = tmp_path / key / "publisher.toml"
        file.write_text(f"{another}# mended\n", encoding="utf-8")
        assert [channel.key for channel in publishers.get(key).channels] == ["zcwj"]
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / "publisher.toml").write_text(another, encoding="utf-8")
        assert publishers.get("new").channels
        file.unlink()
        assert key not in publishers.keys()


def test_two_publishers_at_one_minute_are_warned_of_and_both_are_crawled(tmp_path: Path) -> None:
    assert publishers.clashes() == []
    with one_more(tmp_path, XIZANG.replace("25 3", "20-30/5 1")) as key:
        result = CliRunner().invoke(main, ["publishers"])
        assert publishers.get(key)
    assert "! tibet_net and xizang_gov both begin at 01:25" in result.output
    assert result.exit_code == 0


def test_two_publishers_of_one_host_are_warned_of(tmp_path: Path) -> None:
    """A copied folder asks the site at twice the pace and stores every article twice, under two publishers."""
    with one_more(tmp_path, XIZANG.replace("www.xizang.gov.cn", "www.tibet.cn")):
        (warning,) = publishers.clashes()
    assert warning.startswith("tibet_net and xizang_gov both name the host www.tibet.cn: ")


_PARTS = st.sampled_from(
    ["*", "*/7", "0", "5", "1-5", "2-10/3", "1,3,5", "0,6-7", "7", "31", "mon", "jan-mar", "?", "L"]
)
_CRONS = st.lists(_PARTS, min_size=4, max_size=6).map(" ".join)


@given(_CRONS | st.text("0123456789*/-,adjmno ", max_size=20))
def test_what_is_taken_for_a_schedule_airflow_takes_too_and_means_the_same_by_it(cron: str) -> None:
    try:
        times = read_schedule(cron).times
    except ValueError:
        return
    CronDataIntervalTimetable(cron, timezone="Asia/Shanghai")
    minutes, hours, *_ = croniter.expand(cron)[0]
    wanted = {
        (hour, minute)
        for hour in (range(24) if hours == ["*"] else hours)
        for minute in (range(60) if minutes == ["*"] else minutes)
    }
    assert times == wanted


_DAYS = ["*", "*/7", "1", "1-31", "*/1", "31", "29", "1,15", "2-30/3"]
_WEEKDAYS = ["*", "mon", "1-5", "0,6", "7", "*/2", "0-6", "sun-sat", "fri,sat"]


@given(
    st.tuples(
        st.sampled_from(["5", "*/20", "0,59"]),
        st.sampled_from(["*", "1", "*/6", "0,23"]),
        st.sampled_from(_DAYS),
        st.sampled_from(["*", "2", "1-6", "jan,jul", "4"]),
        st.sampled_from(_WEEKDAYS),
    ).map(" ".join),
    st.datetimes(datetime(2026, 1, 1), datetime(2032, 1, 1)),  # noqa: DTZ001 -- croniter's are without a zone
)
def test_a_night_is_the_one_that_airflow_starts_or_a_night_that_did_not_come_is_watched_for_in_vain(
    cron: str, by: datetime
) -> None:
    try:
        night = read_schedule(cron).latest_night(by.replace(tzinfo=SHANGHAI))
    except ValueError:
        assert "31" in cron, "the 31st of April"
        return
    due = croniter(cron, by + timedelta(microseconds=1)).get_prev(datetime)
    while (start := croniter(cron, due).get_prev(datetime)).date() == due.date():
        due = start
    assert tuple(moment.replace(tzinfo=None) for moment in night) == (start, due)


@pytest.mark.parametrize(
    ("cron", "nightly"),
    [
        ("5 1 * * *", True),
        ("5 1 */1 * 0-6", True),
        ("5 1 * * 1-5", False),
        ("5 1,13 * * *", False),
        ("5 1 1 * 1", False),
        ("5 1 * 1-11 *", False),
    ],
)
def test_only_what_runs_once_every_night_is_called_nightly(cron: str, nightly: bool) -> None:
    assert read_schedule(cron).nightly is nightly


def test_the_guide_lists_every_key_with_what_it_is_without_it() -> None:
    heads = {"": "At the top of the file:", **{table: f"`{table}`" for table in schema.TABLES if table}}
    for table, head in heads.items():
        found = re.search(
            rf"^{re.escape(head)}[^|]*\n\n\| key \| meaning \| default \|\n\|[-|]+\n((?:\|.*\n)+)", GUIDE, re.M
        )
        assert found, f"the guide has no table of {table or 'the top'}"
        rows = {}
        for line in found[1].splitlines():
            names, _, default = (cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|")))
            rows |= dict.fromkeys(re.findall(r"`(\w+)`", names), default)
        assert rows.keys() == schema.TABLES[table].keys(), table
        for name, default in rows.items():
            if name not in ("site", "channel", "article_url") or table:
                assert (default == "") == schema.TABLES[table][name].required, f"{table} {name}"
        if table == "[expectations]":
            for field in dataclasses.fields(Expectations):
                if isinstance(field.default, int | float):
                    assert rows[field.name] == str(field.default), field.name


def test_the_keys_are_those_that_the_code_reads() -> None:
    assert schema.TABLES["[expectations]"].keys() == {field.name for field in dataclasses.fields(Expectations)}
    assert history.FIELDS == schema.FIELDS
    assert sorted(_FAMILIES) == schema._FAMILIES
    for key in publishers.keys():
        text = (Path(publishers.__file__).parent / key / "publisher.toml").read_text(encoding="utf-8")
        assert read_publisher(key, tomllib.loads(text)).key == key
