"""Sentences, and the difference of two states."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.dedupe.difference import describe
from crawler.dedupe.sentences import split_sentences
from tests.dedupe.texts import article

BODY = article(1).paragraphs


@given(st.text())
def test_sentences_joined_are_the_paragraph(text: str) -> None:
    assert "".join(split_sentences(text)) == text


def test_the_same_text_in_other_paragraphs_shows_no_difference() -> None:
    assert describe(BODY, ["".join(BODY)]) == []


def test_a_changed_number_is_marked_within_its_sentence() -> None:
    old = ["工程总投资3.8亿元，铺设管道128公里。", "群众喝上了放心水。"]
    new = ["工程总投资3.6亿元，铺设管道128公里。", "群众喝上了放心水。"]
    assert describe(old, new) == ["~ 工程总投资3.[-8-]{+6+}亿元，铺设管道128公里。"]


def test_a_sentence_that_came_or_went_is_shown_whole() -> None:
    old = ["第一句话讲水利。第二句话谈教育。第三句话说交通。"]
    new = ["第一句话讲水利。第三句话说交通。第四句补充医疗的情况。"]
    assert describe(old, new) == ["- 第二句话谈教育。", "+ 第四句补充医疗的情况。"]


@given(
    st.lists(st.text("甲乙丙丁。", max_size=30), max_size=5), st.lists(st.text("甲乙丙丁。", max_size=30), max_size=5)
)
def test_a_difference_is_empty_only_for_the_same_sentences(old: list[str], new: list[str]) -> None:
    def sentences(lines: list[str]) -> list[str]:
        return [part.strip() for line in lines for part in split_sentences(line) if part.strip()]

    assert (describe(old, new) == []) == (sentences(old) == sentences(new))
    assert describe(old, old) == []
