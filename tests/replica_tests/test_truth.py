"""A truth that its pages do not print would blame the parser, or let it pass."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from crawler import publishers
from crawler.errors import Fate
from tests.replica import Handle, Replica
from tests.replica_tests.asking import PUBLISHERS, articles, get, visible


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
