"""Markdown copies: its marks are no text, and what they stood for (paragraphs, pictures, headings) must not be lost."""

from __future__ import annotations

import pytest

from crawler.parse import parse_page
from crawler.parse.article import Article, Page
from crawler.parse.markdown import markdown_to_html

TEXT = [
    "记者从市水务局了解到，历时十四个月的引水工程日前完成全部管道敷设，下个月进入联合调试。",
    "项目沿线穿越三条河道和两处铁路，施工单位采用顶管工艺，减少了对交通的影响。",
    "下一步，水务部门将在汛期前完成阀门井的检查，并向社会公布水质监测结果。",
]
TITLE = "引水工程完成管道敷设下月联合调试"


def read(text: str) -> Article:
    article = parse_page(Page("https://www.example.cn/post/1", text.encode(), "text/markdown")).article
    assert article is not None
    return article


def test_a_post_in_markdown_is_read_as_its_reader_sees_it() -> None:
    article = read(
        f"---\ntitle: {TITLE}\ndate: 2021-06-03 08:15:00 +0800\nsource: 某地日报\nauthor: 周明丽\n---\n\n"
        f"# {TITLE}\n\n![管道](https://x.example.cn/a.jpg)\n\n**{TEXT[0]}**\n\n{TEXT[1]}\n\n{TEXT[2]}\n\n---\n\n"
        "*责任编辑：王小川*\n\n[阅读原文](https://x.example.cn/1)\n"
    )
    assert article.paragraphs == TEXT
    assert (article.source, article.authors, article.editor) == ("某地日报", ["周明丽"], "王小川")
    assert [image.url for image in article.images] == ["https://x.example.cn/a.jpg"]


def test_markdown_without_front_matter_has_its_heading_for_a_title() -> None:
    article = read(f"# {TITLE}\n\n2021-06-03 08:15　来源：某地日报\n\n" + "\n\n".join(TEXT))
    assert (article.title, article.source, article.paragraphs) == (TITLE, "某地日报", TEXT)


@pytest.mark.parametrize("mark", ["&lt;p&gt;{}&lt;/p&gt;", "<p>{}</p>"])
def test_html_is_read_also_where_its_tags_were_escaped_on_the_way(mark: str) -> None:
    body = "\n".join(mark.format(line) for line in TEXT)
    assert read(f"---\ntitle: {TITLE}\n---\n<div>\n{body}\n</div>\n").paragraphs == TEXT


def test_what_only_looks_like_markdown_stays() -> None:
    assert markdown_to_html("3 * 4 * 5 = 60") == "<p>3 * 4 * 5 = 60</p>"
    assert markdown_to_html("1. 水温\n2. 水质") == "<p>1. 水温<br>2. 水质</p>"
    assert markdown_to_html("他说[注]（见附件）") == "<p>他说[注]（见附件）</p>"
    assert markdown_to_html("a < b & c") == "<p>a &lt; b &amp; c</p>"


def test_front_matter_in_toml_is_read_as_well() -> None:
    article = read(f'+++\ntitle = "{TITLE}"\ndate = 2021-06-03T08:15:00+08:00\n+++\n\n' + "\n\n".join(TEXT))
    assert (article.title, article.paragraphs) == (TITLE, TEXT)
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2021-06-03T08:15:00+08:00"
    assert TEXT[0] in read("+++\nno = front = matter\n+++\n\n" + "\n\n".join(TEXT)).body
