"""A refusal or an error page that is loaded as an article poisons the corpus; an article taken for one is lost."""

from __future__ import annotations

import pytest

from crawler.errors import Fate
from crawler.fetch.challenge import recognise
from crawler.parse import parse_page
from crawler.parse.article import Page

URL = "https://www.example.gov.cn/xw/202305/t20230506_1.html"
LINES = "".join(
    f"<p>第{n}段：市里今天公布了新的安排，各单位按照要求逐项落实，群众反映良好。</p>" for n in "一二三四五六"
)


def outcome(html: str, url: str = URL, status: int = 200) -> str:
    parsed = parse_page(Page(url, html.encode(), "text/html; charset=utf-8", status))
    return parsed.fate.value if parsed.fate is not None else "article"


@pytest.mark.parametrize(
    ("status", "headers", "body", "fate"),
    [
        (
            521,
            {"Set-Cookie": "__jsluid_s=ab"},
            "<script>document.cookie='__jsl_clearance_s=x'</script>",
            Fate.CHALLENGED,
        ),
        (412, {}, "<html><meta content='blob'><script src='a.js'></script></html>", Fate.CHALLENGED),
        (200, {}, "<script>function YunSuoAutoJump(){}</script>", Fate.CHALLENGED),
        (
            200,
            {},
            "<html><script>var arg1='0A1B2C3D4E5F60718293A4B5C6D7E8F9';var acw_sc__v2;</script></html>",
            Fate.CHALLENGED,
        ),
        (200, {}, "<html><body><h1>请完成验证</h1><p>拖动滑块</p></body></html>", Fate.CHALLENGED),
        (200, {}, "<script>document.cookie='a=1';location.reload()</script>", Fate.CHALLENGED),
        (403, {}, "<html><body>Forbidden</body></html>", Fate.BLOCKED),
        (200, {}, "   ", Fate.BLOCKED),
        (200, {}, "<p>您的IP已被禁止访问</p>", Fate.BLOCKED),
        (429, {"Retry-After": "60"}, "slow down", Fate.RATE_LIMITED),
        (200, {}, "<p>访问过于频繁，请稍后再试</p>", Fate.RATE_LIMITED),
    ],
)
def test_a_refusal_is_told_by_its_signs(status: int, headers: dict[str, str], body: str, fate: Fate) -> None:
    found = recognise(status, headers, body.encode())
    assert found is not None
    assert found[0] is fate
    assert found[1]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (
            200,
            f"<html><body><h1>某银行上线滑动验证</h1>{LINES * 6}<p>用户登录时须拖动滑块，访问过于频繁会被限制。</p></body></html>",  # noqa: E501
        ),
        (404, "<html><body>没有</body></html>"),
        (500, "<html><body>error</body></html>"),
        (200, '{"result": {"status": {"code": 0}, "data": []}}'),
        (200, "<html><body><p>通知</p><p>明天停水。</p></body></html>"),
        (304, ""),
    ],
)
def test_an_ordinary_answer_is_not_taken_for_a_refusal(status: int, body: str) -> None:
    assert recognise(status, {}, body.encode()) is None


@pytest.mark.parametrize(
    ("html", "fate"),
    [
        (
            "<html><head><title>页面没有找到</title></head><body><p>页面没有找到 5秒钟之后将会带您进入新浪首页"
            "!</p></body></html>", "soft_404"),
        (
            "<html><head><title>提示信息</title></head><body><div>抱歉，您访问的页面不存在或已被删除！</div><"
            "/body></html>", "soft_404"),
        (
            "<html><head><meta http-equiv='refresh' content='0; url=http://b.example.cn/1.html'></head><body>"
            "</body></html>", "other_kind"),
        (
            "<html><body><script>window.location.href='http://b.example.cn/1.html'</script><p>跳转中</p></bod"
            "y></html>", "other_kind"),
        (f"<html><head><title>市政府常务会议研究部署有关工作</title></head><body><h1>市政府常务会议研究部署有关工作</h1><div>2023-05-06 来源：某市日报</div><div id='zoom'>{LINES}</div></body></html>", "article"),  # noqa: E501
        (
            "<html><head><title>新闻</title></head><body><ul>" + "".join(f"<li><a href='{n}.html'>第{n}条要闻：各地有序推进重点工作</a><span>2023-05-0{n % 9 + 1}</span></li>" for n in range(30)) + "</ul></body></html>", "listing"),  # noqa: E501
        ("<html><head><title>x</title></head><body><div></div></body></html>", "layout_unknown"),
        (
            "<html><head><title>现场视频</title></head><body><div id='v'><video src='a.mp4'></video></div></b"
            "ody></html>", "video"),
        (
            "<html><head><title>组图</title></head><body><script>var slide_data = {};</script></body></html>", "gallery"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_page_gets_the_fate_of_what_it_is(html: str, fate: str) -> None:
    assert outcome(html) == fate


def test_a_page_that_is_gone_is_not_parsed() -> None:
    assert outcome(f"<h1>x</h1>{LINES}", status=404) == "gone"
    assert outcome(f"<h1>x</h1>{LINES}", status=410) == "gone"


def test_a_report_about_missing_pages_is_an_article() -> None:
    html = f"<html><head><title>多家网站页面没有找到 运维人员连夜抢修</title></head><body><h1>多家网站页面没有找到 运维人员连夜抢修</h1><div>2023-05-06 10:00 来源：某市日报</div><div id='zoom'>{LINES}</div></body></html>"  # noqa: E501
    assert outcome(html) == "article"


def test_a_foreign_host_never_gets_a_publisher() -> None:
    html = f"<html><head><title>湿地调查_中国西藏网</title><link rel='canonical' href='http://www.tibet.cn/cn/news/202211/t20221102_7300001.html'></head><body><h1>湿地调查</h1><div>2022-11-02 14:29 来源：高原日报</div><div id='text'>{LINES}</div></body></html>"  # noqa: E501
    article = parse_page(Page("http://m.mirror.example/cn/news/202211/t20221102_7300001.html", html.encode())).article
    assert article is not None
    assert article.publisher == ""
    assert article.key
    assert any("tibet_net" in note for note in article.notes)
    own = parse_page(Page("http://www.tibet.cn/cn/news/202211/t20221102_7300001.html", html.encode())).article
    assert own is not None
    assert (own.publisher, own.key) == ("tibet_net", "7300001")
