from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from crawler.dedupe.normalise import Folded, fold
from crawler.dedupe.stories import Assigned, StoryDocument, assign
from crawler.errors import StoreError
from models.contents import Content, Fingerprint, RecurringSentence
from models.store import Store
from models.stories import StoryAlias, StoryEdge, current_story
from tests.dedupe.texts import Document, article, corpus

DAY = date(2026, 6, 15)


def given_day(document: Document, day: date | None = None) -> StoryDocument:
    return StoryDocument(fold(document.title, document.paragraphs), day)


def load(store: Store, documents: Sequence[StoryDocument]) -> Assigned:
    return store.write(lambda connection: assign(connection, documents))


def state(store: Store) -> dict[str, Any]:
    """Everything that must not depend on order, batches or repetitions."""

    def rows(connection: Connection, *columns: Any) -> set[tuple[Any, ...]]:
        return {tuple(row) for row in connection.execute(select(*columns))}

    with store.reading() as connection:
        return {
            "stories": rows(connection, Content.content_id, Content.story_id, Content.day),
            "edges": rows(connection, StoryEdge.__table__),
            "stop list": rows(connection, RecurringSentence.fp),
            "fingerprints": rows(connection, Fingerprint.__table__),
        }


def dated_corpus() -> list[StoryDocument]:
    """Copies some days apart, sentences that recur through months, texts that turn up again with an earlier day."""
    chance = random.Random(3)
    days: dict[str, int] = {}
    documents = []
    for document in corpus(42, 5):
        start = days.setdefault(document.gold, chance.randrange(120))
        day = DAY + timedelta(days=start + chance.choice((0, 0, 1, 3, 20, 45)))
        phrase = "会议强调，要提高思想认识，压实工作责任，细化工作措施，确保各项任务落到实处、取得成效。"
        if chance.random() < 0.2:
            document = Document(document.title, [*document.paragraphs, phrase], document.gold)
        documents.append(given_day(document, None if chance.random() < 0.1 else day))
    for document in chance.sample(documents, 30):
        documents.append(StoryDocument(document.folded, DAY + timedelta(days=chance.randrange(170))))
    return documents


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Store]:
    """A store on SQLite, for what does not depend on the database."""
    made = Store(f"sqlite:///{tmp_path}/scratch.sqlite")
    made.upgrade()
    yield made
    made.close()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('expected')}/store.sqlite")
    store.upgrade()
    load(store, dated_corpus())
    result = state(store)
    store.close()
    return result


def test_copies_share_a_story_and_notices_from_a_template_do_not(store: Store) -> None:
    documents = corpus(40, 8)
    story_of = load(store, [given_day(document) for document in documents]).story_of
    golds: dict[int, set[str]] = {}
    stories: dict[str, set[int]] = {}
    for document in documents:
        story = story_of[given_day(document).folded.content_id]
        golds.setdefault(story, set()).add(document.gold)
        stories.setdefault(document.gold, set()).add(story)
    assert not [gold for gold in golds.values() if len(gold) > 1]
    assert not [gold for gold, found in stories.items() if len(found) > 1]


def test_both_databases_hold_the_same_stories(store: Store, expected: dict[str, Any]) -> None:
    documents = dated_corpus()
    for start in range(0, len(documents), 70):
        load(store, documents[start : start + 70])
    assert state(store) == expected
    assert expected["edges"]
    assert expected["stop list"]


@given(st.randoms(use_true_random=False), st.integers(25, 250))
@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_and_batches_have_no_say(
    tmp_path_factory: pytest.TempPathFactory, expected: dict[str, Any], chance: random.Random, batch: int
) -> None:
    documents = dated_corpus()
    chance.shuffle(documents)
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('order')}/store.sqlite")
    store.upgrade()
    for start in range(0, len(documents), batch):
        load(store, documents[start : start + batch])
    assert state(store) == expected
    store.close()


def test_a_second_run_writes_no_row(store: Store) -> None:
    documents = dated_corpus()
    first = load(store, documents)
    before = state(store)
    again = load(store, documents)
    assert first.rows_written > 0
    assert again.rows_written == 0
    assert again.story_of == first.story_of
    assert state(store) == before


def test_what_is_said_of_a_document_is_what_is_stored(scratch: Store) -> None:
    documents = dated_corpus()
    for start in range(0, len(documents), 90):
        said = load(scratch, documents[start : start + 90]).story_of
        with scratch.reading() as connection:
            stored = {row[0]: row[1] for row in connection.execute(select(Content.content_id, Content.story_id))}
        assert said == {content_id: stored[content_id] for content_id in said}


def test_an_old_story_id_leads_to_the_new_one(scratch: Store) -> None:
    documents = dated_corpus()
    given_ids: set[int] = set()
    for start in range(0, len(documents), 6):
        given_ids.update(load(scratch, documents[start : start + 6]).story_of.values())
    with scratch.reading() as connection:
        stories = set(connection.scalars(select(Content.story_id)))
        led = {old: current_story(connection, old) for old in given_ids}
        aliases = set(connection.scalars(select(StoryAlias.old_id)))
        assert current_story(connection, 12345) is None
    assert given_ids - stories, "the corpus has stories that became one"
    assert set(led.values()) <= stories
    assert not aliases & stories


def sections(*numbers: int) -> list[str]:
    return [line for number in numbers for line in article(number).paragraphs]


def test_a_roundup_does_not_chain_what_it_holds(scratch: Store) -> None:
    parts = [given_day(article(number)) for number in (1, 2, 3, 4)]
    roundup = given_day(Document("本周要闻", sections(1, 2, 3, 4), ""))
    story_of = load(scratch, [*parts, roundup]).story_of
    assert len(set(story_of.values())) == 5
    with scratch.reading() as connection:
        held = connection.execute(select(StoryEdge.shorter_id, StoryEdge.longer_id, StoryEdge.relation)).all()
    assert {tuple(row) for row in held} == {
        (part.folded.content_id, roundup.folded.content_id, "contained") for part in parts
    }


def test_the_third_text_joins_two_stories(scratch: Store) -> None:
    first = given_day(Document("", sections(1, 2), ""))
    last = given_day(Document("", sections(2, 3), ""))
    between = given_day(Document("", sections(1, 2, 3), ""))
    assert len(set(load(scratch, [first, last]).story_of.values())) == 2
    joined = load(scratch, [between])
    assert joined.story_of[between.folded.content_id] == min(
        document.folded.content_id for document in (first, last, between)
    )
    with scratch.reading() as connection:
        assert len(set(connection.scalars(select(Content.story_id)))) == 1


def test_texts_far_apart_in_time_are_not_compared_until_an_earlier_copy_turns_up(scratch: Store) -> None:
    one = article(1)
    late = Document(one.title, [*one.paragraphs, *article(2).paragraphs[:1]], "")
    apart = load(scratch, [given_day(one, DAY), given_day(late, DAY + timedelta(days=90))])
    assert len(set(apart.story_of.values())) == 2
    # The same text as `late`, published on the first day: now the two lie together.
    together = load(scratch, [given_day(late, DAY + timedelta(days=2))])
    assert set(together.story_of.values()) == {min(apart.story_of)}
    assert load(scratch, [given_day(late, DAY + timedelta(days=2))]).rows_written == 0


def test_a_text_without_a_day_is_compared_with_every_day(scratch: Store) -> None:
    one = article(1)
    later = Document(one.title, one.paragraphs[:-1], "")
    story_of = load(scratch, [given_day(one), given_day(later, DAY)]).story_of
    assert len(set(story_of.values())) == 1


def formulaic(seed: int, days: int) -> StoryDocument:
    phrase = (
        "会议强调，各级各部门要提高思想认识，切实增强做好工作的责任感和紧迫感。要压实工作责任，细化工作措施，"
        "加强协调配合，形成强大合力。要强化监督检查，确保各项任务落到实处、取得实实在在的成效。"
    )
    return given_day(
        Document("", [phrase, article(seed).paragraphs[0].split("。")[1] + "。"], ""), DAY + timedelta(days=days)
    )


def test_a_sentence_that_turns_out_to_recur_takes_its_stories_apart_again(store: Store) -> None:
    first = load(store, [formulaic(1, 0), formulaic(2, 3)])
    assert len(set(first.story_of.values())) == 1
    later = load(store, [formulaic(3, 40)])
    assert later.rows_written > 0
    with store.reading() as connection:
        assert len(set(connection.scalars(select(Content.story_id)))) == 3
        assert not connection.execute(select(StoryEdge.shorter_id)).all()
        assert any("责任感" in sentence for sentence in connection.scalars(select(RecurringSentence.sentence)))
        # An id that was given is a story's id again, and leads to itself.
        assert {current_story(connection, story) for story in first.story_of} == set(first.story_of)


def test_two_notices_without_text_are_not_one_story(scratch: Store) -> None:
    documents = [
        given_day(Document("关于停水的公告", ["详见附件。"], "")),
        given_day(Document("关于停电的公告", ["详见附件。"], "")),
        given_day(Document("", [], "")),
    ]
    assert len(set(load(scratch, documents).story_of.values())) == 2


def test_a_collision_of_content_ids_is_refused_and_not_stored_as_one(scratch: Store) -> None:
    real = given_day(article(1))
    load(scratch, [real])
    other = given_day(article(2)).folded
    forged = Folded(other.title, other.sentences, other.content_hash, real.folded.content_id)
    with pytest.raises(StoreError, match="content id"):
        load(scratch, [StoryDocument(forged)])


def test_a_rolled_back_batch_leaves_nothing(store: Store) -> None:
    class Stop(Exception):
        pass

    def work(connection: Connection) -> None:
        assign(connection, [given_day(article(1)), given_day(article(2))])
        raise Stop

    with pytest.raises(Stop):
        store.write(work)
    assert not any(state(store).values())
    assert load(store, [given_day(article(1))]).contents == 1


def ids(documents: Iterable[StoryDocument]) -> set[int]:
    return {document.folded.content_id for document in documents}


def test_more_documents_than_one_slice_are_the_same_stories(
    scratch: Store, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.dedupe.stories.SLICE", 37)
    documents = dated_corpus()
    said = load(scratch, documents)
    assert state(scratch) == expected
    assert said.story_of.keys() == ids(documents)
    assert set(said.story_of.items()) == {(content_id, story) for content_id, story, _ in expected["stories"]}


def test_a_disclaimer_under_every_page_makes_no_pairs_of_everything(scratch: Store, tmp_path: Path) -> None:
    disclaimer = "以上内容由本平台根据公开信息自动整理，仅供广大读者参考，不构成任何建议，据此操作风险自担，特此提醒。"
    documents = [
        given_day(Document("", [article(number).paragraphs[0], disclaimer * 2], ""), DAY) for number in range(110)
    ]
    load(scratch, documents[:39])
    load(scratch, documents[39:])
    with scratch.reading() as connection:
        assert any("自动整理" in sentence for sentence in connection.scalars(select(RecurringSentence.sentence)))
        assert not connection.execute(select(StoryEdge.shorter_id)).all()
    other = Store(f"sqlite:///{tmp_path}/other.sqlite")
    other.upgrade()
    load(other, documents[::-1])
    assert state(other) == state(scratch)
    other.close()


def test_a_story_of_many_copies_stays_one_story(scratch: Store) -> None:
    original = article(2)
    sentences = [part + "。" for line in original.paragraphs for part in line.split("。") if part]
    chance = random.Random(8)
    copies = []
    for number in range(120):
        kept = [sentences[0], *chance.sample(sentences[1:], len(sentences) - 2)]
        copies.append(given_day(Document("", [*kept, f"第{number}个网站的编后语，欢迎读者来信来电。"], ""), DAY))
    assert len(set(load(scratch, copies).story_of.values())) == 1
