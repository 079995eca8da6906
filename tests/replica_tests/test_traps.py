"""Each trap of the live pages must be there, or nobody notices that the parser falls into it."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.replica import Handle
from tests.replica_tests.asking import PUBLISHERS, articles, get, visible


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
