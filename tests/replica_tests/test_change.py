"""The same seed gives the same bytes, and time changes what it must: else no failure could be played again."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

import pytest

from tests.replica import Handle, start
from tests.replica_tests.asking import PUBLISHERS, articles, get
from tests.replica_tests.lists import channel_urls, listed


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
