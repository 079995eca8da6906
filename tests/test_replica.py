"""The replica must be right, or no other test can be believed."""

from __future__ import annotations

import gzip
import html
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import brotli
import pytest

from crawler import publishers
from crawler.errors import Fate
from tests.replica import Handle, Replica, start
from tests.replica.faults import FAULTS

PUBLISHERS = ("sina_finance", "tibet_net", "sichuan_gov", "xinjiang_gov")
ROOT = Path(__file__).parents[1]


class Answer:
    """Status, headers and body as they came."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self) -> str:
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            return self.body.decode("gb18030")


def get(replica: Handle, url: str, **headers: str) -> Answer:
    """One request for a live URL, sent to the replica."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=10)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", target, headers={"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme, **named})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def wire(replica: Handle, url: str, *, seconds: float = 1.5, most: int = 1 << 20) -> tuple[bytes, str]:
    """What comes over the wire, and how it ends: `closed`, `reset` or `open`."""
    parts = urlsplit(url)
    with socket.create_connection(("127.0.0.1", replica.port), timeout=seconds) as connection:
        connection.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        got = b""
        end = time.monotonic() + seconds
        while len(got) < most:
            connection.settimeout(max(0.01, end - time.monotonic()))
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                return got, "open"
            except ConnectionResetError:
                return got, "reset"
            if not piece:
                return got, "closed"
            got += piece
        return got, "open"


@pytest.fixture(scope="module")
def shared() -> Iterator[Handle]:
    """One replica for the tests that change nothing."""
    with start(hiccups=False) as replica:
        yield replica


@pytest.fixture
def own() -> Iterator[Handle]:
    """A replica of a test's own."""
    with start(hiccups=False) as replica:
        yield replica


@pytest.fixture(scope="module")
def truth(shared: Handle) -> list[dict[str, Any]]:
    return shared.truth()


def articles(rows: list[dict[str, Any]], publisher: str | None = None) -> list[dict[str, Any]]:
    return [r for r in rows if r["kind"] in ("article", "document") and publisher in (None, r["publisher"])]


# ---- listings: read by rules of this file's own, never by the crawler's ----


def roll(replica: Handle, pageid: int, lid: int, page: int = 1, **more: object) -> dict[str, Any]:
    query = urlencode({"pageid": pageid, "lid": lid, "num": 50, "page": page, **more})
    answer = get(replica, f"https://feed.mix.sina.com.cn/api/roll/get?{query}")
    return dict(json.loads(answer.body)["result"])


def roll_links(replica: Handle, url: str) -> list[str]:
    query = dict(parse_qsl(urlsplit(url).query))
    links: list[str] = []
    for page in range(1, 100):
        data = roll(replica, int(query["pageid"]), int(query["lid"]), page)["data"]
        if not data:
            return links
        links += [row["url"] for row in data]
    raise AssertionError("the roll API has no end")


HREF = re.compile(
    r"""<li[^>]*>(?:(?!</li>).)*?<a\b[^>]*?href="([^"]+)"|<tr><td width="14">.*?href="([^"]+)\"""", re.DOTALL
)


def rows_of(page: str, base: str) -> list[str]:
    """The links of the list itself, which stands between its opening mark and its pager."""
    start_at = re.search(r'class="listnews"|id="dash-table"|class="biaobody"|class="gllist"|class="list_con"', page)
    assert start_at is not None, f"no list on {base}"
    end_at = re.search(r'id="pages"|id="page_div"|id="page-div"|class="listFrame"', page)
    assert end_at is not None, f"no pager on {base}"
    return [urljoin(base, html.unescape(a or b)) for a, b in HREF.findall(page[start_at.end() : end_at.start()])]


def static_links(replica: Handle, url: str) -> tuple[list[str], int]:
    """All links of a static list, walked by its own pager, and the number of its pages."""
    links: list[str] = []
    first = get(replica, url).text
    if "createPageHTML(" in first:
        pager = re.search(r"createPageHTML\(([^)]*)\)", first)
        assert pager is not None
        arguments = [argument.strip().strip("'\"") for argument in pager[1].split(",")]
        if arguments[0].isdigit():
            count, prefix, suffix = int(arguments[0]), arguments[2], arguments[3]
            others = [f"{prefix}_{n}.{suffix}" for n in range(1, count)]
        else:
            count, prefix, suffix = int(arguments[1]), arguments[3], arguments[4]
            others = [f"{prefix}_{n}.{suffix}" for n in range(2, count + 1)]
    else:
        shown = re.search(r"(\d+)/(\d+)&nbsp;</td>", first)
        assert shown is not None
        count = int(shown[2])
        stem = urlsplit(url).path.rsplit("/", 1)[-1].removesuffix(".htm")
        others = [f"{stem}/{count - n + 1}.htm" for n in range(2, count + 1)]
    links += rows_of(first, url)
    for other in others:
        page_url = urljoin(url, other)
        answer = get(replica, page_url)
        assert answer.status == 200, page_url
        links += rows_of(answer.text, page_url)
    return links, count


def json_links(replica: Handle, url: str) -> list[str]:
    channel = re.search(r'<meta name="column" channelid="([0-9a-f]{32})"', get(replica, url).text)
    assert channel is not None
    links: list[str] = []
    for page in range(1, 100):
        data = json.loads(
            get(replica, urljoin(url, f"/search/{channel[1]}?_isJson=true&_pageSize=20&page={page}")).body
        )["data"]
        if not data["results"]:
            assert len(links) == data["total"]
            return links
        links += [urljoin(url, row["url"]) for row in data["results"]]
    raise AssertionError("the JSON list has no end")


def channel_urls(publisher: str) -> dict[str, str]:
    """The lists of the registry, and those that only a menu names."""
    urls = {channel.key: channel.url for channel in publishers.load(publisher).channels}
    if publisher == "tibet_net":
        urls["difang"] = "https://www.tibet.cn/cn/Instant/difang/"
    if publisher == "xinjiang_gov":
        urls["xjjh_zxbb"] = "http://www.xjjh.gov.cn/ztzl/zxbb.htm"
    return urls


def listed(replica: Handle, publisher: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, url in channel_urls(publisher).items():
        if publisher == "sina_finance":
            found[key] = roll_links(replica, url)
        elif key.startswith("klmy"):
            found[key] = json_links(replica, url)
        else:
            found[key] = static_links(replica, url)[0]
    return found


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_a_crawl_test_would_pass_while_articles_are_missing_from_the_lists(
    shared: Handle, truth: list[dict[str, Any]], publisher: str
) -> None:
    found = listed(shared, publisher)
    known = channel_urls(publisher)
    mine = [row for row in truth if row["publisher"] == publisher]
    every = {link for row in mine for link in row["links"]}
    for key, links in found.items():
        # Compared without the scheme: lists name their articles by path.
        bare = [re.sub(r"^https?:", "", link) for link in links]
        assert {re.sub(r"^https?:", "", link) for link in every} >= set(bare), (
            f"{key} lists what the truth does not know"
        )
        expected = {re.sub(r"^https?:", "", row["found_url"]) for row in mine if key in row["channels"]}
        assert expected <= set(bare), f"{key} does not list all of its articles"
        assert max(Counter(bare).values()) == 1, f"{key} lists an address twice"
    shown = {re.sub(r"^https?:", "", link) for links in found.values() for link in links}
    for row in mine:
        if set(row["channels"]) & set(known):
            assert {re.sub(r"^https?:", "", link) for link in row["links"]} <= shown, row["url"]


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_a_run_would_look_full_with_too_few_articles_a_day(truth: list[dict[str, Any]], publisher: str) -> None:
    channels = set(channel_urls(publisher))
    days = Counter(row["day"] for row in articles(truth, publisher) if set(row["channels"]) & channels)
    for n in range(7, 17):
        assert 15 <= days[f"2026-06-{n:02d}"] <= 60, (publisher, n, days[f"2026-06-{n:02d}"])
    assert len([day for day in days if day < "2026-06-07"]) > 50, "the lists are not deep"
    window = [r for r in articles(truth, publisher) if r["day"] == "2026-06-15"]
    assert len({channel for row in window for channel in row["channels"]}) >= 4
    assert all(row["day"] <= "2026-06-17" for row in truth)


def test_stopping_by_date_would_not_be_tested_by_lists_of_one_page(shared: Handle) -> None:
    for publisher in PUBLISHERS[1:]:
        sizes = {
            key: static_links(shared, url)[1]
            for key, url in channel_urls(publisher).items()
            if not key.startswith("klmy")
        }
        assert max(sizes.values()) >= 7, sizes
    assert roll(shared, 384, 2519)["total"] > 500


def test_the_truth_would_send_two_articles_to_one_key(truth: list[dict[str, Any]]) -> None:
    counts = Counter((row["publisher"], row["site"], row["key"]) for row in truth)
    assert [key for key, count in counts.items() if count > 1] == []
    assert {row["fate"] for row in truth} <= {fate.value for fate in Fate}
    for row in articles(truth):
        identified = publishers.load(row["publisher"]).identify(row["url"])
        assert identified is not None, row["url"]
        assert identified.key == row["key"]
        if identified.day is not None:
            assert identified.day.isoformat() == row["day"], row["url"]


def test_a_long_crawl_would_meet_one_key_twice() -> None:
    replica = Replica(scale=12, hiccups=False)
    entries = [entry for _, entry in replica.listed()]
    assert len(entries) > 15_000
    counts = Counter((entry.publisher, entry.site, entry.key) for entry in entries)
    assert [key for key, count in counts.items() if count > 1] == []


def visible(page: str) -> str:
    """A page's words without markup, live quotes and white space."""
    page = re.sub(r"(?is)<(script|style)\b.*?</\1>|<!--.*?-->", "", page)
    page = re.sub(r"<span id=quote_[^>]*>[^<]*</span>", "", page)
    return re.sub(r"[\s　]+", "", html.unescape(re.sub(r"<[^>]+>", "", page)))


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_a_parser_would_be_blamed_for_words_that_the_page_never_had(
    shared: Handle, truth: list[dict[str, Any]], publisher: str
) -> None:
    rows = [row for row in articles(truth, publisher) if row["day"] >= "2026-06-12"]
    assert len(rows) > 100
    for row in rows:
        answer = get(shared, row["url"])
        assert answer.status == 200, row["url"]
        pages = visible(answer.text)
        for n in range(1, 9):
            part = get(shared, row["url"].replace(".html", f"_{n}.html"))
            if publisher != "tibet_net" or part.status != 200:
                break
            pages += visible(part.text)
        fold = re.compile(r"[\s　]+")
        assert fold.sub("", row["title"]) in pages, row["url"]
        last = -1
        for paragraph in row["paragraphs"]:
            at = pages.find(fold.sub("", paragraph).replace("#PAGE_BREAK#", ""), last + 1)
            assert at > last, (row["url"], paragraph)
            last = at
        for name in ("source", "editor", "original_title", "first_publisher"):
            if row[name]:
                assert fold.sub("", row[name]) in pages, (row["url"], name)
        for author in row["authors"]:
            assert author in pages, row["url"]
        assert 3 <= len(row["paragraphs"]) <= 18
        for picture in row["images"]:
            assert picture["url"].rsplit("/", 1)[-1] in answer.text, row["url"]
        for file in row["attachments"]:
            assert file["url"].rsplit("/", 1)[-1] in answer.text, row["url"]


def test_a_date_parser_would_be_held_against_a_date_that_is_not_printed(
    shared: Handle, truth: list[dict[str, Any]]
) -> None:
    forms: dict[str, tuple[str, ...]] = {
        "v2017": ("%Y年%m月%d日 %H:%M", "%Y-%m-%d %H:%M:%S"),
        "flash": ("%Y年%m月%d日 %H:%M",),
        "v2016": ("%Y年%m月%d日%H:%M\n",),
        "tech2012": ('id="pub_date">%Y年%m月%d日%H:%M<',),
        "gbk2013": ('id="pub_date">%Y年%m月%d日 %H:%M<',),
        "mobile": ("%m月%d日 %H:%M",),
        "trs_editor": ("发布时间：%Y-%m-%d %H:%M",),
        "union": ("发布时间：%Y-%m-%d %H:%M",),
        "bare": ("发布时间：%Y-%m-%d %H:%M",),
        "old2015": ("发布时间：%Y-%m-%d %H:%M<",),
        "new": ("<li>%Y年%m月%d日 %H时%M分</li>",),
        "twice": ("<li>%Y年%m月%d日 %H时%M分</li>",),
        "old": (">%Y年%m月%d日 %H时%M分",),
        "policy": ("<li>%Y-%m-%d",),
        "portal": ('<p class="yyyy">%Y</p><p class="mmdd">%m/%d</p><p class="hhmm">%H:%M</p>',),
        "ucap": ("发布时间：%Y-%m-%d %H:%M<",),
        "vsb": ("日期:%Y-%m-%d",),
        "vsb_bare": ("发布时间: %Y-%m-%d",),
    }
    seen: Counter[str] = Counter()
    for row in articles(truth):
        if seen[row["layout"]] >= 6:
            continue
        seen[row["layout"]] += 1
        moment = datetime.fromisoformat(row["published"])
        text = get(shared, row["url"]).text
        for form in forms[row["layout"]]:
            assert moment.strftime(form) in text, (row["url"], form)
    assert set(seen) == set(forms), "a layout is nowhere served"


def test_traps_of_the_government_pages_would_be_gone(shared: Handle, truth: list[dict[str, Any]]) -> None:
    portal = [r for r in truth if r["layout"] == "portal" and r["kind"] == "article"][-20:]
    for row in portal:
        text = get(shared, row["url"]).text
        meta = re.search(r'name="PubDate" content="([^"]+)"', text)
        other = re.search(r'name="others" content="页面生成时间 ([^"]+)"', text)
        assert meta is not None
        assert other is not None
        assert meta[1] == other[1]
        assert not meta[1].startswith(row["published"][:16].replace("T", " "))
    assert any(row["source"] == "" for row in articles(truth, "xinjiang_gov"))
    scans = [row for row in truth if row["kind"] == "image_only"]
    assert scans
    for row in scans[:5]:
        assert row["paragraphs"] == []
        assert len(row["images"]) >= 3
        assert get(shared, row["url"]).text.count("<img src=") >= 3
    twice = next(row for row in truth if row["layout"] == "twice")
    assert visible(get(shared, twice["url"]).text).count(re.sub(r"\s", "", twice["paragraphs"][1])) == 2
    parts = [r for r in articles(truth, "tibet_net") if 'createPageHTML(3,0,"t' in get(shared, r["url"]).text][:3]
    assert len(parts) == 3
    for row in parts:
        second = get(shared, row["url"].replace(".html", "_1.html"))
        assert second.status == 200
        assert get(shared, row["url"].replace(".html", "_3.html")).status == 404
        assert visible(row["paragraphs"][-1]) in visible(get(shared, row["url"].replace(".html", "_2.html")).text)


def test_pages_labelled_gb2312_would_not_need_gb18030(shared: Handle, truth: list[dict[str, Any]]) -> None:
    rows = [row for row in articles(truth, "sina_finance") if row["layout"] == "gbk2013"]
    assert len(rows) > 30
    beyond = 0
    for row in rows:
        answer = get(shared, row["url"])
        assert answer.headers["content-type"] == "text/html"
        assert b"charset=gb2312" in answer.body
        text = answer.body.decode("gb18030")
        assert row["title"] in html.unescape(text)
        with pytest.raises(UnicodeDecodeError):
            answer.body.decode("utf-8")
        try:
            answer.body.decode("gb2312")
        except UnicodeDecodeError:
            beyond += 1
    assert beyond > 10, "no page holds a character beyond GB2312"


def test_refusals_and_strangers_would_look_like_articles(shared: Handle, truth: list[dict[str, Any]]) -> None:
    kinds = defaultdict(list)
    for row in truth:
        kinds[row["kind"]].append(row)
    fates = {
        "off_site": "off_site",
        "gallery": "gallery",
        "video": "video",
        "gone": "gone",
        "soft_404": "soft_404",
        "robots": "robots_disallowed",
        "challenge": "challenged",
        "link_only": "other_kind",
        "image_only": "image_only",
    }
    assert set(kinds) == {"article", "document", *fates}
    for kind, fate in fates.items():
        assert {row["fate"] for row in kinds[kind]} == {fate}
        assert any(row["day"] in ("2026-06-15", "2026-06-16") for row in kinds[kind]), f"no {kind} in the demo's window"
    assert all(get(shared, row["url"]).status == 404 for row in kinds["gone"])
    for row in kinds["soft_404"]:
        answer = get(shared, row["url"])
        assert answer.status == 200
        assert "页面没有找到" in answer.text
        assert "秒钟之后将会带您进入新浪首页!" in answer.text
    for row in kinds["challenge"]:
        answer = get(shared, row["url"])
        assert answer.status == 200
        assert "YunSuoAutoJump" in answer.text
    assert "var slide_data" in get(shared, next(r["url"] for r in kinds["gallery"] if "sina" in r["url"])).text
    rules = get(shared, "https://www.sc.gov.cn/robots.txt").text
    for row in kinds["robots"]:
        assert any(
            urlsplit(row["url"]).path.startswith(line[10:])
            for line in rules.split("\n")
            if line.startswith("Disallow: ")
        )
    assert "Crawl-delay: 0.5" in get(shared, "http://www.xjjh.gov.cn/robots.txt").text
    assert get(shared, "https://www.tibet.cn/robots.txt").status == 404
    duplicates = [row for row in articles(truth) if len(row["links"]) > 1]
    assert {row["publisher"] for row in duplicates} == set(PUBLISHERS)
    for row in duplicates:
        assert {get(shared, link).status for link in row["links"]} == {200}


def test_the_menu_would_not_be_needed_to_find_a_channel(shared: Handle) -> None:
    page = get(shared, "https://www.tibet.cn/cn/Instant/").text
    assert re.search(r'<a href="(/cn/Instant/difang/)">地方</a>', page)
    home = get(shared, "http://www.xjjh.gov.cn/").text
    assert '<a href="ztzl/zxbb.htm" title="最新播报">' in home


# ---- the roll API ----


def test_a_spider_would_believe_what_the_live_api_gets_wrong(shared: Handle) -> None:
    first = roll(shared, 153, 2516)
    assert first["status"]["code"] == 0
    assert len(first["data"]) == 50
    assert len(roll(shared, 153, 2516, num=400)["data"]) == 50
    assert all(isinstance(row["ctime"], str) and row["ctime"].isdigit() for row in first["data"])
    many = [row for page in range(1, 9) for row in roll(shared, 153, 2516, page)["data"]]
    assert {type(row["img"]) for row in many} == {list, dict}
    assert any("&quot;" in row["title"] or "&middot;" in row["title"] or "&#183;" in row["title"] for row in many)
    times = [int(row["ctime"]) for row in many]
    assert times != sorted(times, reverse=True), "the rows are in perfect order"
    assert abs(times[-1] - min(times)) < 2 * 86400
    assert roll(shared, 153, 2516, 9999)["data"] == []


@pytest.mark.parametrize(
    ("pageid", "lid", "works"), [(153, 2516, True), (153, 2517, True), (155, 1686, False), (384, 2519, False)]
)
def test_a_back_fill_would_take_today_for_the_day_it_asked_for(
    shared: Handle, pageid: int, lid: int, works: bool
) -> None:
    day = datetime.fromisoformat("2026-06-10T00:00:00+08:00")
    asked = {
        "etime": int(day.timestamp()),
        "stime": int(day.timestamp()) + 86400,
        "ctime": int(day.timestamp()) + 86400,
        "date": "2026-06-10",
    }
    rows = roll(shared, pageid, lid, **asked)["data"]
    inside = [day.timestamp() <= int(row["ctime"]) < day.timestamp() + 86400 for row in rows]
    assert rows
    assert all(inside) if works else not any(inside)
    if works:
        expected = [
            r
            for r in shared.truth("sina_finance")
            if r["day"] == "2026-06-10" and {2516: "finance_all", 2517: "stock_all"}[lid] in r["channels"]
        ]
        assert roll(shared, pageid, lid, **asked)["total"] >= len(expected)


def test_an_answer_without_data_would_never_be_met() -> None:
    with start(hiccups=True) as replica:
        busy = 0
        for lid in (2516, 2517):
            for page in range(1, 13):
                answer = roll(replica, 153, lid, page)
                if answer["status"]["code"] != 0:
                    busy += 1
                    assert answer["data"] == {}
                    assert isinstance(roll(replica, 153, lid, page)["data"], list), "the second try fails too"
        assert busy >= 1


# ---- determinism and change ----


def sample(rows: list[dict[str, Any]]) -> list[str]:
    urls = [row["url"] for row in rows if row["kind"] in ("article", "document", "image_only", "soft_404")][::23]
    return [
        *urls,
        "https://www.tibet.cn/cn/news/yc/",
        "https://www.sc.gov.cn/10462/13241/list.shtml",
        "http://www.xjjh.gov.cn/ztzl/zxbb/3.htm",
        "https://feed.mix.sina.com.cn/api/roll/get?pageid=384&lid=2519&num=50&page=2",
    ]


def test_a_failure_could_not_be_replayed_since_the_pages_differ(shared: Handle, truth: list[dict[str, Any]]) -> None:
    urls = sample(truth)
    here = {url: get(shared, url).body for url in urls}
    with start(hiccups=False) as second:
        assert {url: get(second, url).body for url in reversed(urls)} == here
    with start(seed=8, hiccups=False) as third:
        other = third.truth("tibet_net")
        first_titles, other_titles = ({r["title"] for r in articles(rows, "tibet_net")} for rows in (truth, other))
        assert len(first_titles & other_titles) < 0.1 * len(first_titles)
        assert [row["key"] for row in other] != [row["key"] for row in truth if row["publisher"] == "tibet_net"]
    with start(today=date(2026, 3, 2), hiccups=False) as moved:
        assert max(row["day"] for row in moved.truth("sichuan_gov")) == "2026-03-02"


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_revisions_removals_and_late_articles_would_not_happen(own: Handle, publisher: str) -> None:
    before = {row["url"]: row for row in own.truth(publisher)}
    bytes_before = {
        url: get(own, url)
        for url, row in before.items()
        if row["revised_from"] or row["touched_from"] or row["gone_from"]
    }
    calm = [
        r["url"]
        for r in articles(list(before.values()))
        if not (r["revised_from"] or r["touched_from"] or r["gone_from"])
    ][:5]
    calm_before = [get(own, url).body for url in calm]
    assert own.advance() == 1
    after = {row["url"]: row for row in own.truth(publisher)}
    late = set(after) - set(before)
    assert late
    assert all(get(own, url).status == 200 for url in late)
    shown = {re.sub(r"^https?:", "", link) for links in listed(own, publisher).values() for link in links}
    registered = set(channel_urls(publisher))
    assert all(
        re.sub(r"^https?:", "", after[url]["found_url"]) in shown
        for url in late
        if set(after[url]["channels"]) & registered
    )
    seen = Counter[str]()
    for url, answer in bytes_before.items():
        row, now = after[url], get(own, url)
        if row["gone_from"] == 1:
            assert now.status == 404
            seen["gone"] += 1
        elif row["revised_from"] == 1:
            assert now.status == 200
            assert row["paragraphs"] != before[url]["paragraphs"]
            assert now.body != answer.body
            assert get(own, url, If_None_Match=answer.headers["etag"]).status == 200
            seen["revised"] += 1
        elif row["touched_from"] == 1:
            assert row["paragraphs"] == before[url]["paragraphs"]
            seen["touched"] += now.body != answer.body
        else:
            assert now.body == answer.body
    assert seen["gone"] >= 2
    assert seen["revised"] >= 2
    assert seen["touched"] >= 1
    assert [get(own, url).body for url in calm] == calm_before
    days = {row["day"] for row in after.values() if row["revised_from"] == 1}
    assert {"2026-06-15", "2026-06-16"} <= days


# ---- HTTP ----


def test_a_second_crawl_would_fetch_everything_again(shared: Handle, truth: list[dict[str, Any]]) -> None:
    for publisher in PUBLISHERS:
        url = articles(truth, publisher)[-5]["url"]
        first = get(shared, url)
        assert get(shared, url, If_None_Match=first.headers["etag"]).status == 304
        assert get(shared, url, If_None_Match='"other"', If_Modified_Since=first.headers["last-modified"]).status == 200
        not_modified = get(shared, url, If_Modified_Since=first.headers["last-modified"])
        assert (not_modified.status, not_modified.body) == (304, b"")
        assert get(shared, url, If_Modified_Since="Mon, 01 Jan 2024 00:00:00 GMT").status == 200


def test_packed_pages_would_not_be_met(shared: Handle, truth: list[dict[str, Any]]) -> None:
    url = articles(truth)[0]["url"]
    plain, packed = get(shared, url), get(shared, url, Accept_Encoding="gzip, deflate, br")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] == plain.headers["etag"]


def test_politeness_could_not_be_seen(own: Handle) -> None:
    url = "https://www.tibet.cn/cn/news/yc/"
    get(own, url, User_Agent="Dibao/test")
    own.fault("slow", site="tibet_net", seconds=0.4)
    threads = [threading.Thread(target=get, args=(own, url), kwargs={"User_Agent": "Dibao/test"}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    get(own, "http://unknown.example.com/x")
    stats = own.stats()
    host = stats["hosts"]["www.tibet.cn"]
    assert host["requests"] == 4
    assert host["max_concurrent"] == 3
    assert host["user_agents"] == {"Dibao/test": 4}
    assert host["paths"] == {"/cn/news/yc/": 4}
    assert len(host["times"]) == 4
    assert stats["unknown_hosts"] == ["unknown.example.com"]
    own.reset_stats()
    assert own.stats()["requests"] == 0


def test_the_control_over_http_would_not_work(own: Handle) -> None:
    def control(method: str, command: str) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", own.port, timeout=10)
        try:
            connection.request(method, f"/__replica__/{command}", headers={"Host": "whoever.example"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    assert control("POST", "advance") == (200, {"state": 1})
    assert control("GET", "advance")[0] == 404
    status, answer = control("POST", "fault?name=http_503&site=tibet_net&times=2")
    assert status == 200
    assert answer["active"][0]["name"] == "http_503"
    assert [get(own, "https://www.tibet.cn/cn/news/yc/").status for _ in range(3)] == [503, 503, 200]
    assert control("POST", "fault?name=nonsense")[0] == 400
    assert control("POST", "fault?name=none")[1] == {"active": []}
    assert control("GET", "stats")[1]["hosts"]["www.tibet.cn"]["statuses"] == {"503": 2, "200": 1}
    rows = control("GET", "truth?publisher=sichuan_gov&day=2026-06-15")[1]["articles"]
    assert {(row["publisher"], row["day"]) for row in rows} == {("sichuan_gov", "2026-06-15")}
    assert set(control("GET", "faults")[1]) == set(FAULTS)
    assert control("POST", "reset") == (200, {"state": 0})


def test_the_command_would_not_say_where_it_is_or_not_end() -> None:
    command = [sys.executable, "-m", "tests.replica", "--port", "0", "--seed", "7", "--today", "2026-06-17"]
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                match = re.fullmatch(r"replica: (http://127\.0\.0\.1:(\d+))\n", line)
                assert match is not None, line
                with socket.create_connection(("127.0.0.1", int(match[2])), timeout=5):
                    process.send_signal(number)
                    assert process.wait(20) == 0
            finally:
                if process.poll() is None:
                    process.kill()


# ---- stories ----


def shingles(paragraphs: list[str]) -> set[str]:
    text = re.sub(r"\W", "", "".join(paragraphs))
    return {text[i : i + 5] for i in range(len(text) - 4)}


def test_stories_that_are_different_would_be_one_by_accident(truth: list[dict[str, Any]]) -> None:
    rows = [row for row in articles(truth) if row["day"] >= "2026-06-15" and not row["note"].startswith("template")]
    told = {row["story"]: shingles(row["paragraphs"]) for row in rows if row["form"] == "full"}
    names = list(told)
    assert len(names) > 150
    worst = 0.0
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            worst = max(worst, len(told[one] & told[other]) / len(told[one] | told[other]))
    assert worst < 0.5
    sentences: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for sentence in re.split(r"(?<=[。；])", "".join(row["paragraphs"])):
            if len(sentence) >= 18:
                sentences[sentence].add(row["story"])
    again = sum(len(stories) > 1 for stories in sentences.values())
    assert again / len(sentences) < 0.02


def test_one_story_at_several_publishers_would_not_be_met(truth: list[dict[str, Any]]) -> None:
    stories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in articles(truth):
        stories[row["story"]].append(row)
    shared_stories = {name: rows for name, rows in stories.items() if len({row["publisher"] for row in rows}) > 1}
    assert {row["day"] for rows in shared_stories.values() for row in rows} >= {
        f"2026-06-{n:02d}" for n in range(7, 17)
    }
    forms = Counter(row["form"] for rows in shared_stories.values() for row in rows)
    assert forms["excerpt"] >= 10
    assert forms["revised"] >= 5
    for rows in shared_stories.values():
        whole = next(row for row in rows if row["form"] == "full")
        for row in rows:
            if row["form"] == "full":
                assert row["paragraphs"] == whole["paragraphs"]
            elif row["form"] == "excerpt":
                assert set(row["paragraphs"]) < set(whole["paragraphs"])
            else:
                assert row["paragraphs"] != whole["paragraphs"]
                assert len(shingles(row["paragraphs"]) & shingles(whole["paragraphs"])) > 0.7 * len(
                    shingles(whole["paragraphs"])
                )


def test_two_notices_of_one_wording_would_not_be_met(truth: list[dict[str, Any]]) -> None:
    pairs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in truth:
        if row["note"].startswith("template"):
            pairs[row["note"]].append(row)
    assert len(pairs) == 10
    for rows in pairs.values():
        assert len(rows) == 3
        assert len({row["story"] for row in rows}) == 3
        first, second = (shingles(row["paragraphs"]) for row in rows[:2])
        assert first != second
        assert len(first & second) / len(first | second) > 0.45


# ---- faults ----


def article_url(replica: Handle, publisher: str = "sichuan_gov") -> str:
    """An article in the publisher's most usual layout."""
    wanted = {"sichuan_gov": "new", "tibet_net": "bare", "xinjiang_gov": "ucap", "sina_finance": "v2017"}[publisher]
    entries = [entry for _, entry in replica.replica.listed() if entry.publisher == publisher]
    return [e.url for e in entries if e.layout == wanted and e.kind == "article" and e.gone_from is None][-30]


def packed(replica: Handle, url: str) -> tuple[str, bytes]:
    answer = get(replica, url)
    return answer.headers["content-encoding"], answer.body


def status(code: int) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        assert get(replica, url).status == code

    return check


def location(to: str) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        answer = get(replica, url)
        assert answer.status == 302
        assert re.search(to, answer.headers["location"])

    return check


def says(words: str, code: int = 200) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        answer = get(replica, url)
        assert answer.status == code
        assert words in answer.text

    return check


def holds(what: bytes) -> Callable[[Handle, str], None]:
    """The page is otherwise the article, and has this in it."""

    def check(replica: Handle, url: str) -> None:
        answer = get(replica, url)
        assert answer.status == 200
        assert what in answer.body
        assert "责任编辑" in answer.body.decode("utf-8", "replace")

    return check


def ends(how: str, *, starts: bytes = b"", complete: bool = False) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        got, end = wire(replica, url, seconds=0.6)
        assert end == how, (end, got[:80])
        assert got.startswith(starts)
        assert (b"</html>" in got) == complete

    return check


def claims_too_much(replica: Handle, url: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        get(replica, url)


def unpacks(kind: str) -> Callable[[Handle, str], None]:
    def check(replica: Handle, url: str) -> None:
        named, body = packed(replica, url)
        assert named == kind
        assert len(body) < 2 << 20
        if kind == "zstd":
            # Every RLE block of four bytes is worth 128 kB.
            assert body[:4] == b"\x28\xb5\x2f\xfd"
            assert (len(body) - 6) // 4 * (128 << 10) == 256 << 20
            return
        if kind == "br":
            unpacked = len(brotli.decompress(body))
        else:
            machine = zlib.decompressobj(31 if kind == "gzip" else 15)
            unpacked = 0
            piece = body
            while piece or not machine.eof:
                unpacked += len(machine.decompress(piece, 1 << 24))
                piece = machine.unconsumed_tail
            assert machine.eof
        assert unpacked == 256 << 20

    return check


def broken_gzip(replica: Handle, url: str) -> None:
    named, body = packed(replica, url)
    assert named == "gzip"
    machine = zlib.decompressobj(31)
    try:
        machine.decompress(body)
    except zlib.error:
        return
    assert not machine.eof


def no_rows(replica: Handle, _url: str) -> None:
    assert roll(replica, 153, 2516)["data"] == []
    for publisher in PUBLISHERS[1:]:
        for key, url in channel_urls(publisher).items():
            if not key.startswith("klmy"):
                assert rows_of(get(replica, url).text, url) == [], url


def stale(replica: Handle, _url: str) -> None:
    newest = max(int(row["ctime"]) for row in roll(replica, 384, 2519)["data"])
    assert newest < datetime.fromisoformat("2026-06-15T00:00:00+08:00").timestamp()
    days = {row["url"]: row["day"] for row in replica.truth("tibet_net")}
    rows = rows_of(get(replica, "https://www.tibet.cn/cn/news/yc/").text, "https://www.tibet.cn/cn/news/yc/")
    assert max(days[url] for url in rows if url in days) <= "2026-06-14"


def endless(replica: Handle, _url: str) -> None:
    assert roll(replica, 384, 2519, 5000)["data"]
    url = "https://www.sc.gov.cn/10462/12771/list_ft_4321.shtml"
    page = get(replica, url)
    assert page.status == 200
    assert "createPageHTML('page_div',9999, 4321" in page.text
    assert rows_of(page.text, url)
    assert get(replica, "https://www.tibet.cn/cn/news/yc/index_777.html").status == 200
    assert get(replica, "http://www.xjjh.gov.cn/ztzl/zxbb/9000.htm").status == 200


def reshaped_listing(replica: Handle, _url: str) -> None:
    for url in ("https://www.sc.gov.cn/10462/12771/list_ft.shtml", "https://www.tibet.cn/cn/news/yc/"):
        page = get(replica, url).text
        assert "dash-table" not in page
        assert "listnews" not in page
        assert "<li>" not in page
        assert len(re.findall(r"href=", page)) > 20
    assert "data" not in roll(replica, 153, 2516)


def reshaped_article(replica: Handle, url: str) -> None:
    page = get(replica, url).text
    row = next(r for r in replica.truth() if r["url"] == url)
    assert row["paragraphs"][2] in html.unescape(page)
    assert "ucapcontent" not in page.lower()
    assert "cmsArticleContent" not in page
    assert "articlecontent" not in page
    assert row["title"] not in (re.search(r"<title>(.*?)</title>", page) or [""])[0]


def million(replica: Handle, _url: str) -> None:
    replica.clear()
    replica.fault("million_links", count=3000)
    url = "https://www.sc.gov.cn/10462/12771/list_ft.shtml"
    links = rows_of(get(replica, url).text, url)
    assert len(set(links)) > 3000
    assert len({row["url"] for row in roll(replica, 153, 2516)["data"]}) == 3000
    assert (
        len(set(rows_of(get(replica, "https://www.tibet.cn/cn/news/yc/").text, "https://www.tibet.cn/cn/news/yc/")))
        > 3000
    )
    assert get(replica, "http://www.xjjh.gov.cn/ztzl/zxbb.htm").text.count("info/1012/") > 3000


def api(check: Callable[[bytes], bool]) -> Callable[[Handle, str], None]:
    def run(replica: Handle, _url: str) -> None:
        body = get(replica, "https://feed.mix.sina.com.cn/api/roll/get?pageid=153&lid=2516&num=50&page=1").body
        assert check(body), body[:200]
        assert get(replica, "https://www.tibet.cn/cn/news/yc/").status == 200

    return run


def invalid_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return True
    return False


def robots(check: Callable[[Answer], bool]) -> Callable[[Handle, str], None]:
    def run(replica: Handle, url: str) -> None:
        assert check(get(replica, "https://www.sc.gov.cn/robots.txt"))
        assert get(replica, url).status == 200, "the fault is not limited to robots.txt"

    return run


def robots_silent(replica: Handle, url: str) -> None:
    got, end = wire(replica, "https://www.sc.gov.cn/robots.txt", seconds=0.4)
    assert (got, end) == (b"", "open")


def loop(replica: Handle, url: str) -> None:
    seen = []
    for _ in range(6):
        answer = get(replica, url)
        assert answer.status == 302
        seen.append(url)
        url = urljoin(url, answer.headers["location"])
    assert len(set(seen)) == 2


def chain(replica: Handle, url: str) -> None:
    seen = set()
    for _ in range(30):
        url = urljoin(url, get(replica, url).headers["location"])
        seen.add(url)
    assert len(seen) == 30


def flaky(replica: Handle, url: str) -> None:
    assert [get(replica, url).status for _ in range(4)] == [503, 503, 200, 200]


def late(replica: Handle, url: str) -> None:
    replica.clear()
    replica.fault("slow", seconds=0.3)
    before = time.monotonic()
    assert get(replica, url).status == 200
    assert time.monotonic() - before >= 0.3


def large(replica: Handle, url: str) -> None:
    got, end = wire(replica, url, seconds=5, most=8 << 20)
    assert f"Content-Length: {300 << 20}".encode() in got
    assert (len(got) >= 8 << 20, end) == (True, "open")


def dripping(replica: Handle, url: str) -> None:
    got, end = wire(replica, url, seconds=1.3)
    assert end == "open"
    assert 1 <= len(got.split(b"\r\n\r\n", 1)[1]) <= 6


def both_lengths(replica: Handle, url: str) -> None:
    assert wire(replica, url)[0].count(b"Content-Length") == 2


def undecodable(replica: Handle, url: str) -> None:
    body = get(replica, url).body
    for charset in ("utf-8", "gb18030", "big5"):
        with pytest.raises(UnicodeDecodeError):
            body.decode(charset)


def moved_ahead(replica: Handle, url: str) -> None:
    for publisher in ("sichuan_gov", "xinjiang_gov", "tibet_net", "sina_finance"):
        page = get(replica, article_url(replica, publisher)).text
        assert re.search(r"2036(?:年|-)\d\d", page), publisher


def ends_early(replica: Handle, url: str) -> None:
    body = get(replica, url).body
    assert b"</html>" not in body
    assert b"UCAPCONTENT" in body


def upgraded(replica: Handle, url: str) -> None:
    assert get(replica, url).status == 200
    answer = get(replica, url.replace("https:", "http:"))
    assert (answer.status, answer.headers["location"]) == (301, url)


CHECKS: dict[str, Callable[[Handle, str], None]] = {
    "reset": ends("reset"),
    "reset_midway": ends("reset", starts=b"HTTP/1.1 200"),
    "close_early": ends("closed"),
    "stall": ends("open"),
    "stall_midway": ends("open", starts=b"HTTP/1.1 200"),
    "drip": dripping,
    "drip_headers": ends("open", starts=b"HTTP/1.1 200"),
    "slow": late,
    "short_body": claims_too_much,
    "long_body": lambda replica, url: _ends_in_the_middle(replica, url),
    "endless_chunked": lambda replica, url: _never_ends(replica, url),
    "chunked_cut": claims_too_much,
    "chunked_bad": ends("closed", starts=b"HTTP/1.1 200"),
    "not_http": ends("closed", starts=b"\x15\x03\x01"),
    "huge_header": lambda replica, url: _long_header(replica, url),
    "cookie_flood": lambda replica, url: _cookies(replica, url),
    "two_lengths": both_lengths,
    **{f"http_{code}": status(code) for code in (500, 502, 503, 403, 202, 410, 451)},
    "http_429": lambda replica, url: _has_retry_after(replica, url),
    "flaky": flaky,
    "empty_200": lambda replica, url: _empty(replica, url),
    "challenge_yunsuo": says("YunSuoAutoJump"),
    "challenge_jsl": says("document.cookie", 521),
    "challenge_ruishu": says("$_ts", 412),
    "challenge_acw": says("acw_sc__v2"),
    "redirect_loop": loop,
    "redirect_chain": chain,
    "redirect_nowhere": lambda replica, url: _no_location(replica, url),
    "redirect_self": location(r"^/10462/.*\.shtml$"),
    "redirect_home": location(r"^https://www\.sc\.gov\.cn/$"),
    "redirect_off_site": location("ads.example.com"),
    "redirect_loopback": location("^http://127.0.0.1:22/"),
    "redirect_localhost": location("^http://localhost/"),
    "redirect_private": location("^http://10.0.0.1/"),
    "redirect_private_172": location("^http://172.16.3.4/"),
    "redirect_link_local": location("169.254.169.254"),
    "redirect_metadata": location("metadata.google.internal"),
    "redirect_dns": location("nip.example"),
    "redirect_ipv6": location(r"\[::1\]"),
    "redirect_mapped": location(r"\[::ffff:127.0.0.1\]"),
    "redirect_decimal": location("2130706433"),
    "redirect_userinfo": location("^http://www.sc.gov.cn@127.0.0.1/"),
    "redirect_file": location("^file:///"),
    "redirect_data": location("^data:"),
    "https_only": upgraded,
    "huge_body": large,
    "huge_claim": lambda replica, url: _claims_five_gigabytes(replica, url),
    **{f"bomb_{kind}": unpacks(kind) for kind in ("gzip", "deflate", "br", "zstd")},
    "gzip_broken": broken_gzip,
    "gzip_cut": broken_gzip,
    "gzip_lie": lambda replica, url: _lies_about_gzip(replica, url),
    "gzip_twice": lambda replica, url: _packed_twice(replica, url),
    "encoding_unknown": lambda replica, url: _unknown_encoding(replica, url),
    "wrong_charset": lambda replica, url: _wrong_charset(replica, url),
    "mixed_charset": undecodable,
    "utf16": lambda replica, url: _utf16(replica, url),
    "null_bytes": holds(b"\x00\x00"),
    "pdf": lambda replica, url: _pdf(replica, url),
    "long_line": holds(b"x" * (10 << 20)),
    "deep_nesting": holds(b"<b>" * 100_000),
    "many_attributes": holds(b'data-a199999="1"'),
    "entity_bomb": holds(b"&l11;"),
    "hostile_html": holds(b'onerror="alert(1)"'),
    "path_tricks": holds(b"../../../../../etc/passwd.pdf"),
    "truncated_html": ends_early,
    "stray_html_end": lambda replica, url: _two_ends(replica, url),
    "layout_overnight": reshaped_article,
    "error_page_200": says("系统繁忙"),
    "soft_404": says("页面没有找到"),
    "login_page": says("用户登录"),
    "future_date": moved_ahead,
    "empty_listing": no_rows,
    "stale_listing": stale,
    "endless_listing": endless,
    "listing_layout": reshaped_listing,
    "million_links": million,
    "api_invalid_json": api(invalid_json),
    "api_html": api(lambda body: body.startswith(b"<html>")),
    "api_empty_data": api(lambda body: json.loads(body)["result"]["data"] == {}),
    "api_jsonp": api(lambda body: body.startswith(b"try{") and body.endswith(b"}catch(e){};")),
    "api_wrong_total": api(lambda body: json.loads(body)["result"]["total"] == 987654),
    "api_nulls": api(lambda body: json.loads(body)["result"]["data"][0]["title"] is None),
    "robots_503": robots(lambda answer: answer.status == 503),
    "robots_403": robots(lambda answer: answer.status == 403),
    "robots_disallow_all": robots(lambda answer: "Disallow: /\n" in answer.text),
    "robots_delay": robots(lambda answer: "Crawl-delay: 1\n" in answer.text),
    "robots_html": robots(lambda answer: answer.text.startswith("<html>")),
    "robots_huge": robots(lambda answer: len(answer.body) > 5_000_000),
    "robots_binary": robots(lambda answer: answer.body.startswith(b"\x00\x01\x02")),
    "robots_stall": robots_silent,
    "robots_loop": robots(lambda answer: (answer.status, answer.headers["location"]) == (302, "/robots.txt")),
}


def _ends_in_the_middle(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert answer.status == 200
    assert b"</html>" not in answer.body


def _never_ends(replica: Handle, url: str) -> None:
    got, end = wire(replica, url, seconds=5, most=6 << 20)
    assert (len(got) >= 6 << 20, end) == (True, "open")


def _long_header(replica: Handle, url: str) -> None:
    got, _ = wire(replica, url, most=4 << 20)
    assert len(got.split(b"\r\n\r\n", 1)[0]) > 1 << 20


def _cookies(replica: Handle, url: str) -> None:
    got, _ = wire(replica, url)
    assert got.count(b"Set-Cookie:") == 300
    assert b"</html>" in got


def _has_retry_after(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert (answer.status, answer.headers["retry-after"]) == (429, "2")


def _empty(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert (answer.status, answer.body) == (200, b"")


def _no_location(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert answer.status == 302
    assert "location" not in answer.headers


def _claims_five_gigabytes(replica: Handle, url: str) -> None:
    got, end = wire(replica, url, seconds=0.4)
    assert f"Content-Length: {5 << 30}".encode() in got
    assert end == "open"


def _lies_about_gzip(replica: Handle, url: str) -> None:
    named, body = packed(replica, url)
    assert named == "gzip"
    assert body.lstrip().startswith(b"<!DOCTYPE")


def _packed_twice(replica: Handle, url: str) -> None:
    assert b"</html>" in gzip.decompress(gzip.decompress(packed(replica, url)[1]))


def _unknown_encoding(replica: Handle, url: str) -> None:
    assert packed(replica, url)[0] == "x-snappy"


def _wrong_charset(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert answer.headers["content-type"] == "text/html; charset=gb2312"
    answer.body.decode("utf-8")


def _utf16(replica: Handle, url: str) -> None:
    assert "</html>" in get(replica, url).body.decode("utf-16")


def _pdf(replica: Handle, url: str) -> None:
    answer = get(replica, url)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body.startswith(b"%PDF-")


def _two_ends(replica: Handle, url: str) -> None:
    body = get(replica, url).body
    assert body.count(b"</html>") == 2
    assert body.index(b"</html>") < body.index(b"UCAPCONTENT")


def test_a_fault_would_be_named_and_never_tried() -> None:
    assert set(CHECKS) == set(FAULTS)
    assert len(FAULTS) >= 80
    known = {fate.value for fate in Fate}
    for fault in FAULTS.values():
        assert set(fault.fates) <= known, fault.name
        assert bool(fault.fates) == (fault.scope in ("article", "any")), fault.name
        assert fault.about


@pytest.fixture(scope="module")
def faulty() -> Iterator[Handle]:
    with start(hiccups=False) as replica:
        yield replica


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_fault_would_not_do_what_it_says(faulty: Handle, name: str) -> None:
    url = article_url(faulty)
    assert get(faulty, url).status == 200
    faulty.fault(name)
    try:
        CHECKS[name](faulty, url)
    finally:
        faulty.clear()
    calm = get(faulty, url)
    assert calm.status == 200
    assert "</html>" in calm.text


def test_a_fault_would_strike_where_it_was_not_told_to(own: Handle) -> None:
    sichuan, tibet = article_url(own), article_url(own, "tibet_net")
    own.fault("http_500", site="sichuan_gov", scope="article")
    assert get(own, sichuan).status == 500
    assert get(own, tibet).status == 200
    assert get(own, "https://www.sc.gov.cn/10462/12771/list_ft.shtml").status == 200
    own.clear()
    own.fault("http_500", site="www.tibet.cn", path=r"/cn/news/zx/")
    assert get(own, "https://www.tibet.cn/cn/news/zx/").status == 500
    assert get(own, "https://www.tibet.cn/cn/news/yc/").status == 200
    own.clear()
    own.fault("http_500", rate=0.3)
    urls = [row["url"] for row in articles(own.truth("tibet_net"))[-200:] if not row["gone_from"]]
    struck = [get(own, url).status == 500 for url in urls]
    assert 30 <= sum(struck) <= 90
    assert [get(own, url).status == 500 for url in urls] == struck
    with pytest.raises(KeyError):
        own.fault("nonsense")
    with pytest.raises(ValueError, match="scope"):
        own.fault("reset", scope="moon")
