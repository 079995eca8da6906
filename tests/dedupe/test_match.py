from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedupe.fingerprint import fingerprints
from crawler.dedupe.match import Body, Relation, compare, judge
from crawler.dedupe.normalise import fold
from tests.dedupe.texts import COPIES, TEMPLATES, Document, article, from_template


def body(document: Document) -> Body:
    folded = fold(document.title, document.paragraphs)
    return Body(folded.content_id, folded.sentences)


@pytest.mark.parametrize("kind", COPIES)
def test_an_altered_copy_is_near_its_original(kind: str) -> None:
    for seed in range(12):
        original = article(seed)
        copy = COPIES[kind](original, random.Random(seed))
        if body(copy).content_id == body(original).content_id:
            continue
        verdict = judge(compare(body(copy), body(original)), 0)
        assert verdict is not None, seed
        assert verdict.relation is Relation.NEAR, seed


@pytest.mark.parametrize("name", TEMPLATES)
def test_two_notices_from_one_template_are_two_stories(name: str) -> None:
    notices = [from_template(name, seed) for seed in range(18)]
    wrong = [
        (one.paragraphs, other.paragraphs)
        for one, other in combinations(notices, 2)
        if one.gold != other.gold and judge(compare(body(one), body(other)), 0) is not None
    ]
    assert not wrong[:3], len(wrong)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_notice_from_a_template_still_finds_its_copies(name: str) -> None:
    notice = from_template(name, 3)
    copy = body(Document(notice.title, [*notice.paragraphs, "本台记者将继续关注后续进展情况并及时为您报道。"], ""))
    verdict = judge(compare(copy, body(notice)), 0)
    assert verdict is not None
    assert verdict.relation is Relation.NEAR


def test_an_excerpt_is_contained_and_not_near() -> None:
    long, other = article(1), article(2)
    roundup = Document(
        "本周要闻", [*article(3).paragraphs, *other.paragraphs, *long.paragraphs, *article(4).paragraphs], ""
    )
    verdict = judge(compare(body(long), body(roundup)), 0)
    assert verdict is not None
    assert verdict.relation is Relation.CONTAINED


def test_a_sentence_that_recurs_counts_neither_for_nor_against() -> None:
    phrase = "会议强调各级各部门要提高思想认识压实工作责任细化工作措施确保各项任务落到实处取得实实在在的成效" * 2
    one, other = article(1), article(2)
    a = body(Document("", [phrase, *one.paragraphs[:1]], ""))
    b = body(Document("", [phrase, *other.paragraphs[:1]], ""))
    assert compare(a, b).exact >= len(phrase)
    evidence = compare(a, b, {phrase})
    assert evidence.exact == 0
    assert evidence.recurring == len(phrase)
    assert judge(evidence, 0) is None


def test_the_same_notice_in_another_year_needs_more_than_half() -> None:
    original = article(7)
    sentences = body(original).sentences
    shared = Body(1, [*sentences[: len(sentences) // 2 + 1], *body(article(8)).sentences[:4]])
    shortened = Body(2, sentences)
    evidence = compare(shared, shortened)
    assert judge(evidence, 0) is not None
    assert judge(evidence, 300) is None


sentences = st.lists(st.text("甲乙丙丁戊己庚辛壬癸0123", min_size=1, max_size=30), max_size=12, unique=True)


@given(sentences, sentences)
def test_a_pair_is_measured_alike_from_both_sides(one: list[str], other: list[str]) -> None:
    a, b = Body(1, one), Body(2, other)
    forth, back = compare(a, b), compare(Body(2, other), Body(1, one))
    assert forth == back
    assert judge(forth, 0) == judge(back, 0)
    assert 0 <= forth.exact + forth.near + forth.conflict + forth.recurring <= forth.shorter_chars


@given(sentences)
def test_a_text_is_its_own_copy(one: list[str]) -> None:
    evidence = compare(Body(1, one), Body(2, list(one)))
    assert evidence.exact == evidence.shorter_chars == evidence.longer_chars


@given(sentences)
def test_fingerprints_fit_signed_columns_and_do_not_depend_on_the_title(one: list[str]) -> None:
    rows = fingerprints(fold("甲", ["。".join(one)]))
    assert rows == fingerprints(fold("乙", ["。".join(one)]))
    assert all(-(1 << 63) <= fp < 1 << 63 and 0 < weight < 1 << 15 for fp, weight in rows.items())


def test_an_article_has_about_sixteen_fingerprints() -> None:
    counts = [len(fingerprints(fold("", article(seed).paragraphs))) for seed in range(40)]
    assert 10 <= sum(counts) / len(counts) <= 22
