"""New, unchanged or a revision: what an analyst would count wrongly if it was decided wrongly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.dedupe.decide import Candidate, Decision, Verdict, _decide_one, _Known, record_hash
from crawler.dedupe.normalise import fold
from crawler.parse.article import Article

TEXTS = {
    "A": ["六月十六日，县里的新图书馆开门，第一天来了四百二十人。", "馆长说，周末开到晚上九点。"],
    "B": ["六月十六日，县里的新图书馆开门，第一天来了五百三十人。", "馆长说，周末开到晚上九点。"],
}


def seen(text: str, day: int, capture: int, *, sha256: str = "", editor: str = "") -> Candidate:
    article = Article(url="u", publisher="p", site="s", key="k", title="新图书馆开门", editor=editor)
    article.paragraphs = TEXTS[text]
    return Candidate(
        url="u",
        article=article,
        capture_id=capture,
        sha256=sha256 or f"bytes of capture {capture}",
        fetched_at=datetime(2026, 6, day, tzinfo=UTC),
        article_id=1,
        record_hash=record_hash(article),
        folded=fold(article.title, article.paragraphs),
    )


def stored(*rows: Candidate, until: int = 0) -> list[_Known]:
    return [
        _Known(
            revision_id=n,
            ordinal=n,
            record_hash=row.record_hash,
            capture_id=row.capture_id,
            sha256=row.sha256,
            seen_from=row.fetched_at,
            seen_to=datetime(2026, 6, until, tzinfo=UTC) if until else row.fetched_at,
            title=row.article.title,
            paragraphs=row.article.paragraphs,
        )
        for n, row in enumerate(rows, 1)
    ]


def verdict(decision: Decision) -> tuple[Verdict, str, bool]:
    return decision.verdict, decision.kind, decision.is_current


def test_a_first_sight_is_new() -> None:
    assert verdict(_decide_one(seen("A", 1, 1), [])) == (Verdict.NEW, "new", True)


def test_the_same_print_is_unchanged_whatever_the_bytes() -> None:
    assert verdict(_decide_one(seen("A", 2, 2), stored(seen("A", 1, 1)))) == (Verdict.UNCHANGED, "", True)


def test_another_number_is_news_and_another_editor_is_not() -> None:
    before = stored(seen("A", 1, 1))
    assert verdict(_decide_one(seen("B", 2, 2), before)) == (Verdict.REVISION, "substantive", True)
    assert verdict(_decide_one(seen("A", 2, 2, editor="林小满"), before)) == (Verdict.REVISION, "cosmetic", True)


def test_a_text_that_is_taken_back_is_a_third_state() -> None:
    decision = _decide_one(seen("A", 3, 3), stored(seen("A", 1, 1), seen("B", 2, 2)))
    assert verdict(decision) == (Verdict.REVISION, "substantive", True)


@pytest.mark.parametrize(("day", "current"), [(15, False), (25, True)])
def test_an_older_capture_that_is_loaded_late_does_not_become_the_current_state(day: int, current: bool) -> None:
    decision = _decide_one(seen("B", day, 2), stored(seen("A", 10, 1), until=20))
    assert verdict(decision) == (Verdict.REVISION, "substantive", current)


def test_what_another_parser_reads_in_the_same_bytes_is_no_news() -> None:
    decision = _decide_one(seen("B", 2, 2, sha256="same"), stored(seen("A", 1, 1, sha256="same")))
    assert decision.kind == "reparsed"


def test_a_capture_that_is_loaded_already_is_never_loaded_again() -> None:
    decision = _decide_one(seen("A", 1, 1), stored(seen("A", 1, 1), seen("B", 2, 2)))
    assert (decision.verdict, decision.is_current) == (Verdict.UNCHANGED, False)
