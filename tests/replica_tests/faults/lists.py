"""What a fault of a listing, the roll API or robots.txt shows a visitor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime

from tests.replica import Handle
from tests.replica_tests.asking import PUBLISHERS, Answer, get, wire
from tests.replica_tests.lists import channel_urls, roll, rows_of


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
    got, end = wire(replica, "https://www.sc.gov.cn/robots.txt", open_for=0.4)
    assert (got, end) == (b"", "open")


CHECKS: dict[str, Callable[[Handle, str], None]] = {
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
