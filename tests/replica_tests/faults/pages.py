"""What a fault of a page's content shows a visitor."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from tests.replica import Handle
from tests.replica_tests.asking import article_url, get
from tests.replica_tests.faults.answers import says


def holds(what: bytes) -> Callable[[Handle, str], None]:
    """The page is otherwise the article, and has this in it."""

    def check(replica: Handle, url: str) -> None:
        answer = get(replica, url)
        assert answer.status == 200
        assert what in answer.body
        assert "责任编辑" in answer.body.decode("utf-8", "replace")

    return check


def reshaped_article(replica: Handle, url: str) -> None:
    page = get(replica, url).text
    row = next(r for r in replica.truth() if r["url"] == url)
    assert row["paragraphs"][2] in html.unescape(page)
    assert "ucapcontent" not in page.lower()
    assert "cmsArticleContent" not in page
    assert "articlecontent" not in page
    assert row["title"] not in (re.search(r"<title>(.*?)</title>", page) or [""])[0]


def moved_ahead(replica: Handle, url: str) -> None:
    for publisher in ("sichuan_gov", "xinjiang_gov", "tibet_net", "sina_finance"):
        page = get(replica, article_url(replica, publisher)).text
        assert re.search(r"2036(?:年|-)\d\d", page), publisher


def ends_early(replica: Handle, url: str) -> None:
    body = get(replica, url).body
    assert b"</html>" not in body
    assert b"UCAPCONTENT" in body


def _two_ends(replica: Handle, url: str) -> None:
    body = get(replica, url).body
    assert body.count(b"</html>") == 2
    assert body.index(b"</html>") < body.index(b"UCAPCONTENT")


CHECKS: dict[str, Callable[[Handle, str], None]] = {
    "long_line": holds(b"x" * (10 << 20)),
    "deep_nesting": holds(b"<b>" * 100_000),
    "many_attributes": holds(b'data-a199999="1"'),
    "entity_bomb": holds(b"&l11;"),
    "hostile_html": holds(b'onerror="alert(1)"'),
    "path_tricks": holds(b"../../../../../etc/passwd.pdf"),
    "truncated_html": ends_early,
    "stray_html_end": _two_ends,
    "layout_overnight": reshaped_article,
    "error_page_200": says("系统繁忙"),
    "soft_404": says("页面没有找到"),
    "login_page": says("用户登录"),
    "future_date": moved_ahead,
}
