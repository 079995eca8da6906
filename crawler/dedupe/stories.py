"""Stories: near copies across publishers, found in SQL against all that is stored, each pair with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from crawler.dedupe.fingerprint import LEAST_SENTENCE, Fingerprints, fingerprints, sentence_fp, text_mark
from crawler.dedupe.match import Body, Relation, compare, judge
from crawler.dedupe.normalise import ALGORITHM, Folded
from crawler.errors import StoreError
from models import contents, stories
from models.contents import Content

__all__ = ["Assigned", "StoryDocument", "assign"]

SLICE = 600
"""Documents that are compared at once; any number gives the same stories. The pages of a large index that 600 documents
touch stay in the database's cache from the insert to the look-up; those of 2,000 are read three times."""

_Edge = tuple[int, int, str, int, int, int, int, int, int, str, int]


@dataclass(frozen=True, slots=True)
class StoryDocument:
    """One text to find a story for.

    Args:
        folded: the text.
        day: its day of publication in Asia/Shanghai, or None; texts more than thirty days apart are not compared.
    """

    folded: Folded
    day: date | None = None


@dataclass(slots=True)
class Assigned:
    """What `assign` did.

    Args:
        story_of: content id to story id, for every document given (not for those without title and text).
        rows_written: rows that were really written; 0 when everything was known.
        contents: how many new distinct texts.
        pairs: how many pairs were verified.
        edges: how many of them were accepted.
        renamed: story ids that were given before and now lead to another, old to new.
    """

    story_of: dict[int, int] = field(default_factory=dict)
    rows_written: int = 0
    contents: int = 0
    pairs: int = 0
    edges: int = 0
    renamed: dict[int, int] = field(default_factory=dict)


def assign(connection: Connection, documents: Sequence[StoryDocument]) -> Assigned:
    """Store the texts that are new, find their near copies and containers, and say which story each belongs to.

    The result depends only on which documents the store has seen, not on their order, nor on how they were cut into
    calls: whether two texts are compared and accepted follows from the two texts, their days and the stop list; the
    stop list follows from all texts; a story is a component of accepted near pairs; its id is its least content id.

    Args:
        connection: an open transaction of the store's only writer.
        documents: any number, also with repetitions.

    Raises:
        StoreError: two different texts have the same content id.
    """
    done = Assigned()
    for start in range(0, len(documents), SLICE):
        _Batch(connection, done).run(documents[start : start + SLICE])
    if len(documents) > SLICE:
        # A later slice may have changed the story of an earlier one's text.
        known = contents.known_contents(connection, done.story_of)
        done.story_of = {content_id: known[content_id][2] for content_id in done.story_of}
    return done


class _Batch:
    """One slice's work; every step is a set operation, so that the order within a slice has no say."""

    def __init__(self, connection: Connection, done: Assigned) -> None:
        self.connection = connection
        self.done = done
        self.bodies: dict[int, Body] = {}
        self.prints: dict[int, Fingerprints] = {}
        self.story: dict[int, int] = {}
        """Story id of every content that the slice has to do with, before its own edges."""

    def run(self, documents: Sequence[StoryDocument]) -> None:
        texts, days = self._distinct(documents)
        known = contents.known_contents(self.connection, texts)
        new: list[Folded] = []
        moved: dict[int, tuple[int, int]] = {}
        for content_id, folded in texts.items():
            stored = known.get(content_id)
            if stored is None:
                new.append(folded)
                self.story[content_id] = content_id
                continue
            digest, day, self.story[content_id] = stored
            if digest != folded.content_hash:
                raise StoreError(
                    f"two different texts have the content id {content_id}: the chance of it is one in a million "
                    "at four million texts; raise ALGORITHM in crawler/dedupe/normalise.py and rebuild the stories"
                )
            if days[content_id] and (day == 0 or days[content_id] < day):
                moved[content_id] = (day, days[content_id])
        if new or moved:
            self._find(new, moved, texts, days)
        self.done.story_of.update({content_id: self.story[content_id] for content_id in texts})

    def _distinct(self, documents: Sequence[StoryDocument]) -> tuple[dict[int, Folded], dict[int, int]]:
        texts: dict[int, Folded] = {}
        days: dict[int, int] = {}
        for document in documents:
            folded = document.folded
            if folded.is_empty:
                continue
            day = document.day.toordinal() if document.day else 0
            before = days.get(folded.content_id)
            if before is None:
                texts[folded.content_id] = folded
                days[folded.content_id] = day
            elif day and (before == 0 or day < before):
                days[folded.content_id] = day
        return texts, days

    def _find(
        self,
        new: Sequence[Folded],
        moved: dict[int, tuple[int, int]],
        texts: dict[int, Folded],
        days: dict[int, int],
    ) -> None:
        """Store new texts and earlier days, compare what they touch, and keep edges and stories."""
        for content_id in [folded.content_id for folded in new] + list(moved):
            folded = texts[content_id]
            self.bodies[content_id] = Body(content_id, folded.sentences, days[content_id])
            self.prints[content_id] = fingerprints(folded)
        touched = set(self.prints)
        recurring = self._store_fingerprints(moved)
        stale = touched - {folded.content_id for folded in new}
        again = self._update_stop_list(moved, recurring)
        again -= touched
        if again:
            self._load(again)
            for content_id in again:
                self.prints[content_id] = fingerprints(_folded(self.bodies[content_id]))
            touched |= again
            stale |= again
        if again or self._listed_changed:
            self._stage(touched)
            recurring = contents.recurring_staged(self.connection)
        if recurring:
            contents.unstage_recurring(self.connection)
        pairs = {(min(pair), max(pair)) for pair in contents.candidates(self.connection)}
        self._load({content_id for pair in pairs for content_id in pair} - self.bodies.keys())
        edges = self._verify(pairs, recurring)
        self.done.pairs += len(pairs)
        self.done.contents += len(new)
        self._write(new, edges, stale)

    def _stage(self, content_ids: Iterable[int]) -> None:
        rows = []
        for content_id in content_ids:
            body = self.bodies[content_id]
            day, chars = body.day, body.chars
            rows += [(fp, content_id, day, weight, chars) for fp, weight in self.prints[content_id].items()]
        contents.stage_fingerprints(self.connection, rows)

    def _store_fingerprints(self, moved: dict[int, tuple[int, int]]) -> set[int]:
        self._stage(self.prints)
        if moved:
            self.done.rows_written += contents.set_days(
                self.connection, {content_id: after for content_id, (_, after) in moved.items()}
            )
            contents.delete_fingerprints(
                self.connection,
                [
                    {"fp": fp, "day": before, "content_id": content_id}
                    for content_id, (before, _) in moved.items()
                    for fp in self.prints[content_id]
                ],
            )
        self.done.rows_written += contents.store_staged(self.connection)
        return contents.recurring_staged(self.connection)

    def _update_stop_list(self, moved: dict[int, tuple[int, int]], listed: set[int]) -> set[int]:
        """Bring the stop list up to date and return every content whose pairs that may change."""
        self._listed_changed = False
        if listed and not moved:
            contents.unstage_recurring(self.connection)
        by_days, common = contents.recurs(self.connection)
        recurs = by_days | self._of_many_texts(common)
        # More texts only add to what recurs; an earlier day of a text may take from it.
        ended = listed - recurs if moved else set()
        begun = recurs - listed
        if not ended and not begun:
            return set()
        self._listed_changed = True
        said = {
            sentence_fp(sentence): sentence
            for content_id in self.prints
            for sentence in self.bodies[content_id].sentences
            if len(sentence) >= LEAST_SENTENCE
        }
        self.done.rows_written += contents.unlist_recurring(self.connection, ended)
        self.done.rows_written += contents.list_recurring(self.connection, {fp: said.get(fp, "") for fp in begun})
        touched = contents.contents_of(self.connection, ended | begun)
        return {content_id for content_ids in touched.values() for content_id in content_ids}

    def _of_many_texts(self, fps: set[int]) -> set[int]:
        """Those fingerprints whose texts are not only copies of few texts, as those of a widely copied story are."""
        holders = contents.contents_of(self.connection, fps)
        unknown = {content_id for content_ids in holders.values() for content_id in content_ids} - self.bodies.keys()
        texts = contents.read_texts(self.connection, unknown)
        marks = {content_id: text_mark(text) for content_id, (_, _, text) in texts.items()}
        for content_ids in holders.values():
            for content_id in content_ids - marks.keys():
                marks[content_id] = text_mark("\n".join(self.bodies[content_id].sentences))
        return {
            fp
            for fp, content_ids in holders.items()
            if len({marks[content_id] for content_id in content_ids}) >= contents.COMMON_CONTENTS
        }

    def _load(self, content_ids: set[int]) -> None:
        for content_id, (day, story, text) in contents.read_texts(self.connection, content_ids).items():
            self.bodies[content_id] = Body(content_id, text.split("\n") if text else (), day)
            self.story[content_id] = story

    def _verify(self, pairs: set[tuple[int, int]], recurring: set[int]) -> dict[tuple[int, int], _Edge]:
        dull = {
            sentence
            for content_id, prints in self.prints.items()
            if recurring and not recurring.isdisjoint(prints)
            for sentence in self.bodies[content_id].sentences
            if len(sentence) >= LEAST_SENTENCE and sentence_fp(sentence) in recurring
        }
        edges: dict[tuple[int, int], _Edge] = {}
        for one, other in sorted(pairs):
            a, b = self.bodies[one], self.bodies[other]
            evidence = compare(a, b, dull)
            verdict = judge(evidence, abs(a.day - b.day) if a.day and b.day else 0)
            if verdict is not None:
                edges[evidence.shorter, evidence.longer] = (
                    evidence.shorter,
                    evidence.longer,
                    verdict.relation.value,
                    evidence.exact,
                    evidence.near,
                    evidence.conflict,
                    evidence.recurring,
                    evidence.shorter_chars,
                    evidence.longer_chars,
                    verdict.rule,
                    ALGORITHM,
                )
        return edges

    def _write(self, new: Sequence[Folded], edges: dict[tuple[int, int], _Edge], stale: set[int]) -> None:
        """Keep contents, edges and what follows for the stories."""
        before = stories.edges_of(self.connection, stale) if stale else {}
        fallen = {pair for pair, row in before.items() if edges.get(pair) != row}
        added = [row for pair, row in edges.items() if before.get(pair) != row]
        self.done.edges += len(added)
        broken = {pair for pair in fallen if before[pair][2] == Relation.NEAR and pair not in edges} | {
            pair for pair in fallen if pair in edges and before[pair][2] == Relation.NEAR != edges[pair][2]
        }
        joined = _Components()
        for row in edges.values():
            if row[2] == Relation.NEAR:
                joined.join(self.story[row[0]], self.story[row[1]])
        fresh = {folded.content_id for folded in new}
        final = {content_id: joined.least(content_id) for content_id in fresh}
        self.done.rows_written += contents.insert_rows(
            self.connection,
            Content.__table__,
            [
                (
                    folded.content_id,
                    folded.content_hash,
                    ALGORITHM,
                    self.bodies[folded.content_id].day,
                    self.bodies[folded.content_id].chars,
                    final[folded.content_id],
                    folded.text,
                )
                for folded in sorted(new, key=lambda folded: folded.content_id)
            ],
        )
        self.done.rows_written += stories.delete_edges(self.connection, fallen)
        self.done.rows_written += stories.insert_edges(self.connection, added)
        renamed = {old: joined.least(old) for old in joined.known if old not in fresh and joined.least(old) != old}
        self.done.rows_written += stories.rename_stories(self.connection, renamed)
        for content_id, story in self.story.items():
            self.story[content_id] = final.get(content_id) or renamed.get(story, story)
        if broken:
            # The two ends of a near edge are of one story, so the end that is known here tells it.
            self._split({self.story[content_id] for pair in broken for content_id in pair if content_id in self.story})
        self.done.renamed.update(renamed)

    def _split(self, story_ids: set[int]) -> None:
        """Make the stories that lost an edge anew from the edges that they still have."""
        members = stories.stories_with_members(self.connection, story_ids)
        joined = _Components()
        for shorter, longer in stories.near_edges_within(self.connection, members):
            joined.join(shorter, longer)
        changed = {
            content_id: (story, joined.least(content_id))
            for content_id, story in members.items()
            if joined.least(content_id) != story
        }
        self.done.rows_written += stories.move_contents(self.connection, changed)
        for content_id, (_, story) in changed.items():
            self.story[content_id] = story


def _folded(body: Body) -> Folded:
    return Folded.from_sentences("", body.sentences)


class _Components:
    """Union-find in which the least id stands for its component."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}

    def least(self, item: int) -> int:
        """The least id of the item's component."""
        root = item
        while (above := self.known.get(root, root)) != root:
            root = above
        while (above := self.known.get(item, item)) != root:
            self.known[item] = root
            item = above
        return root

    def join(self, one: int, other: int) -> None:
        """Make two components one."""
        first, second = self.least(one), self.least(other)
        self.known.setdefault(first, first)
        self.known.setdefault(second, second)
        if first != second:
            self.known[max(first, second)] = min(first, second)
