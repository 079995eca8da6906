"""A score that flatters hides a loss; one that cannot be read helps nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError
from crawler.evaluate import evaluate

GOLD = {
    "id": "site-1", "group": "gov", "url": "https://a.example/1.html", "file": "1.html", "title": "粮库“启用”", "date_iso": "2023-10-20T10:00",  # noqa: E501
    "source": "某县 日报", "author": "王砚 赵明", "editor": "钱程、孙一", "with": ["新库全部启用", "不再排长队"], "without": ["联系我们"],  # noqa: E501
}  # fmt: skip
ROW = {
    "id": "site-1", "outcome": "article", "title": '粮库"启用"', "published_at": "2023-10-20T10:00:30+08:00", "source": "某县日报",  # noqa: E501
    "authors": ["王砚", "赵明"], "editor": "孙一、钱程", "body": "新库\n全部启用。\n农民不再排长队。",
}  # fmt: skip


def score(tmp_path: Path, gold: list[dict], rows: list[dict]):  # type: ignore[no-untyped-def, type-arg]
    for name, data in (("gold.jsonl", gold), ("rows.jsonl", rows)):
        (tmp_path / name).write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in data), encoding="utf-8")
    return evaluate(tmp_path / "gold.jsonl", tmp_path / "rows.jsonl")


def test_a_right_row_scores_full_whatever_its_spaces_and_quotes(tmp_path: Path) -> None:
    report = score(tmp_path, [GOLD], [ROW])
    assert report.misses == []
    assert report.groups["all"].f1 == 1.0
    assert report.groups["gov"].fields["minute"] == [1, 1]
    assert "1/1" in str(report)


def test_every_miss_is_named(tmp_path: Path) -> None:
    row = ROW | {
        "title": "x",
        "published_at": "2023-10-20T09:00:00+08:00",
        "editor": "钱程",
        "authors": ["王砚"],
        "body": "新库全部启用。联系我们 责任编辑：钱程",
        "source": "",
    }
    report = score(tmp_path, [GOLD], [row])
    said = "\n".join(report.misses)
    for word in (
        "lacks: 不再排长队",
        "keeps: 联系我们",
        "title",
        "minute",
        "source",
        "author",
        "editor:",
        "no editor line",
    ):
        assert word in said
    assert report.groups["all"].precision == 0.5
    assert report.groups["all"].recall == 0.5
    assert report.groups["all"].fields["day"] == [1, 1]


def test_a_page_that_was_not_parsed_counts_as_empty(tmp_path: Path) -> None:
    report = score(tmp_path, [GOLD, GOLD | {"id": "site-2"}], [ROW])
    assert report.pages == 2
    assert report.groups["all"].recall == 0.5


def test_a_file_that_is_no_json_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("[1]\n", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        evaluate(path, path)
    with pytest.raises(ConfigurationError):
        evaluate(tmp_path / "none.jsonl", path)


@pytest.mark.parametrize(
    ("slip", "says"),
    [
        ({"with": "abc"}, "with must be a list of snippets"),
        ({"without": [""]}, "without must be a list of snippets"),
        ({"date_iso": "16 June"}, "date_iso must be YYYY-MM-DD"),
        ({"date_iso": ["2023-10-20", "2023-02-30"]}, "date_iso must be YYYY-MM-DD"),
        ({"titel": "粮库启用"}, "titel is no key, do you mean title"),
        ({"outcome": "articel"}, "outcome must be one of article, "),
        ({"title": 7}, "title must be a text"),
    ],
)
def test_a_slip_in_the_annotation_is_not_the_parsers_miss(slip: dict[str, object], says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=says) as refused:
        score(tmp_path, [GOLD | slip], [ROW])
    assert "site-1" in str(refused.value)


def test_notes_of_ones_own_are_left_alone_and_an_id_stands_once(tmp_path: Path) -> None:
    assert score(tmp_path, [GOLD | {"note": "the file begins with a log line", "commit": "e27f"}], [ROW]).pages == 1
    with pytest.raises(ConfigurationError, match="2 pages have this id"):
        score(tmp_path, [GOLD, GOLD], [ROW])
