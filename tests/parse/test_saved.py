"""Saved posts and page text are all that is left of some articles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError
from crawler.parse import parse_page
from crawler.parse.manifest import parse_manifest
from crawler.parse.saved import read_saved

POST = """
---
title: '{title}'
categories:
 - 金融
 - 新浪财经
author: 新浪财经
comments: false
date: Sun, 03 Oct 2021 12:58:39 GMT
---

<div>
<p class="ori_titlesource">　　原标题：粮库启用</p>
<p cms-style="font-L">　　<font cms-style="font-L strong-Bold">新库全部启用</font></p>
<p cms-style="font-L">　　石榴云/新疆日报讯（记者 姚彤 王兴瑞 报道）10月3日，青禾县新建粮库全部投入使用，新增仓容两万多吨，农民卖粮不再排长队。</p>
<p cms-style="font-L">　　（新疆日报）</p><!-- news_keyword_pub,stock, -->
<style>.appendQr_wrap&#123;border:1px&#125;</style>
<div class="clearfix appendQr_wrap"><div class="appendQr_normal_txt">海量资讯、精准解读，尽在新浪财经APP</div></div>
<p class="article-editor">责任编辑：王翔 </p>
</div>
"""  # noqa: E501 - as the feed wrote it
TEXT = """简体 繁体

网站地图

登录

当前位置: 首页>>专题专栏>>最新播报>>正文

全县部署冬季供暖工作

日期:2023-10-20 10:00

来源:

点击量:

分享:

    10月18日,全县召开冬季供暖工作会议,总结今年检修情况,安排部署下一步任务,要求确保群众温暖过冬。

会议指出,要压实责任,做到当天接件、当天上门。

关闭

网站链接:
  • 国家及部委网站
    财政部
    水利部
    公安部
  • 备案序号:某ICP备05001072号-1

    政府网站标识码:6527220001
"""


def parse(tmp_path: Path, name: str, text: str):  # type: ignore[no-untyped-def]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    article = parse_page(read_saved(path)).article
    assert article is not None
    return article


@pytest.mark.parametrize("title", ["青禾县新建粮库全部启用", "新库启用：'粮'满仓", 'He said "yes": 粮库'])
@pytest.mark.parametrize("name", ["post.md", "post.txt"])
def test_a_post_gives_the_feed_time_and_the_text_alone(tmp_path: Path, title: str, name: str) -> None:
    article = parse(tmp_path, name, POST.replace("{title}", title))
    assert article.title == title
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2021-10-03T20:58:39+08:00"
    assert article.published_from == "front matter"
    assert article.layout == "sina_finance/feed"
    assert article.publisher == "sina_finance"
    assert (article.source, article.first_publisher, article.editor) == ("新疆日报", "新疆日报", "王翔")
    assert article.authors == ["姚彤", "王兴瑞"]
    assert article.original_title == "粮库启用"
    assert [paragraph[:6] for paragraph in article.paragraphs] == ["新库全部启用", "石榴云/新疆"]
    assert "appendQr" not in article.body_html


def test_page_text_loses_its_menus_and_keeps_its_title(tmp_path: Path) -> None:
    article = parse(tmp_path, "page.txt", TEXT)
    assert article.title == "全县部署冬季供暖工作"
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2023-10-20T10:00:00+08:00"
    assert article.source == ""
    assert len(article.paragraphs) == 2
    assert article.breadcrumb == ["首页", "专题专栏", "最新播报"]
    assert article.site_id_code == "6527220001"
    assert (article.publisher, article.site) == ("xinjiang_gov", "xjjh")


def test_a_text_that_holds_the_article_twice_gives_one_copy(tmp_path: Path) -> None:
    start = TEXT.index("全县部署")
    twice = TEXT[: TEXT.index("关闭")] + "\n\n" + TEXT[start : TEXT.index("关闭")] + TEXT[TEXT.index("关闭") :]
    article = parse(tmp_path, "page.txt", twice)
    assert article.body.count("10月18日,全县召开") == 1
    assert len(article.paragraphs) == 2


def test_two_saved_files_are_never_taken_for_one_article(tmp_path: Path) -> None:
    one = parse(tmp_path, "a.txt", TEXT)
    other = parse(tmp_path, "b.txt", TEXT.replace("供暖", "供水"))
    assert one.key != other.key


def test_a_manifest_gives_one_row_per_page(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.html").write_bytes(b"<html></html>")
    manifest = tmp_path / "pages.jsonl"
    rows = [
        {"id": "a", "url": "https://www.example.gov.cn/1.htm", "file": "a.txt"},
        {"id": "b", "url": "", "file": "b.html", "content_type": "text/html"},
    ]
    manifest.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = list(parse_manifest(manifest))
    assert [row["id"] for row in found] == ["a", "b"]
    assert found[0]["outcome"] == "article"
    assert found[0]["published_at"] == "2023-10-20T10:00:00+08:00"
    assert found[0]["published_precision"] == "minute"
    assert found[0]["body"].startswith("10月18日")
    assert found[1]["outcome"] == "layout_unknown"
    assert found[1]["authors"] == []
    json.dumps(found)


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"id": "a", "file": "none.html"}'])
def test_a_wrong_manifest_says_what_is_wrong(tmp_path: Path, line: str) -> None:
    manifest = tmp_path / "pages.jsonl"
    manifest.write_text(line, encoding="utf-8")
    with pytest.raises(ConfigurationError):
        list(parse_manifest(manifest))
