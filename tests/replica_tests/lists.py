"""The replica's listings, read by rules of this file's own, never by the crawler's."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from crawler import publishers
from tests.replica import Handle
from tests.replica_tests.asking import get


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
