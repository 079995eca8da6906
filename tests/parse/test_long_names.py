"""A hostile page's class of forty thousand characters is not looked through: else a few of them hold up a night."""

from __future__ import annotations

import re

import pytest

from crawler.parse import class_names, credited, heading, parse_page, unlabelled
from crawler.parse.article import Page

LINE = "会议指出，各地要把群众温暖过冬作为重要民生任务，确保供暖设施检修一处、合格一处。"
LONG = {
    "blanks": " " * 40_000,
    "wide blanks": "\u3000" * 40_000,
    "short names": "a " * 20_000,
    "names of clutter": "share-" * 7_000,
    "one name": "a" * 40_000,
}


class Counted:
    """A pattern that keeps what it was tried on."""

    def __init__(self, pattern: re.Pattern[str], tried: list[str]) -> None:
        self.pattern, self.tried = pattern, tried

    def search(self, text: str) -> re.Match[str] | None:
        self.tried.append(text)
        return self.pattern.search(text)


@pytest.mark.parametrize("names", LONG.values(), ids=LONG)
@pytest.mark.parametrize("attribute", ["class", "id"])
def test_patterns_are_tried_on_no_more_of_a_class_than_real_ones_have(
    names: str, attribute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    for module, name in (
        (class_names, "_NEVER"),
        (class_names, "_DOUBTFUL"),
        (class_names, "_CREDIT_BLOCK"),
        (class_names, "_CAPTION"),
        (heading, "_TITLE_CSS"),
        (unlabelled, "_SOURCE_CSS"),
        (credited, "_AUTHOR_CSS"),
    ):
        monkeypatch.setattr(module, name, Counted(getattr(module, name), tried))
    long = f'{attribute}="x {names} y"'
    page = (
        f"<html><head><title>供暖工作会议召开</title></head><body><h1 {long}>供暖工作会议召开</h1>"
        f"<div {long}>2023-05-06 10:00 <span {long}>某市日报</span></div><div>"
        + f"<p {long}><b {long}>{LINE}</b></p>" * 4
        + f"</div><div {long}>责任编辑：张三</div></body></html>"
    )
    parse_page(Page("https://www.example.cn/xw/1.html", page.encode(), "text/html; charset=utf-8"))
    assert tried
    assert max(map(len, tried)) <= 2_001
    assert not any(re.search(r"\s\s", text) for text in tried)
