"""Two folded texts side by side: how much of the shorter stands in the longer, and what contradicts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum

from crawler.dedupe.characters import same_words

__all__ = ["Body", "Evidence", "Relation", "Verdict", "compare", "judge"]

GRAM = 5
"""Characters of the n-grams that a changed sentence is recognised by."""

NEAR = 0.8
"""Share of its n-grams that a sentence must find in the other text to be that sentence with small differences."""

KIN = 0.5
"""Share at which a sentence is looked at for contradictions, though it is too different to be counted as matched."""

MOST_SWAPPED = 16
"""Characters of a name, at most; a longer difference is another wording."""

LEAST_MATCHED = 80
LEAST_WHOLE, WHOLE = 60, 0.9
"""Characters that must match; fewer do where nearly all of the shorter text stands in the longer word by word."""

HALF = 0.5
SAME_SIZE = 0.45
MOST_CONFLICT = 0.35
SAME_NEWS_DAYS = 14

_NUMERAL = re.compile(r"\d+(?:\.\d+)?|[零〇一二三四五六七八九十百千万亿两]+")


class Relation(StrEnum):
    """What a verified pair is; the two are never mixed."""

    NEAR = "near"
    """Copies of one text: they share a story."""
    CONTAINED = "contained"
    """The longer holds the shorter (an excerpt, a lead, a flash in a round-up): they do not share a story for it."""


@dataclass(slots=True)
class Body:
    """A folded text, prepared for comparing it with others.

    Args:
        content_id: its id.
        sentences: its skeletons.
        day: ordinal of its day, 0 if unknown.
    """

    content_id: int
    sentences: Sequence[str]
    day: int = 0
    chars: int = field(init=False)
    _known: frozenset[str] | None = field(init=False, default=None)
    _joined: str | None = field(init=False, default=None)
    _grams: set[str] | None = field(init=False, default=None)
    _text: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.chars = sum(map(len, self.sentences))

    @property
    def known(self) -> frozenset[str]:
        """The sentences as a set."""
        if self._known is None:
            self._known = frozenset(self.sentences)
        return self._known

    @property
    def joined(self) -> str:
        """The text without sentence ends, so that another cutting into sentences does not matter."""
        if self._joined is None:
            self._joined = "".join(self.sentences)
        return self._joined

    @property
    def grams(self) -> set[str]:
        """All character n-grams of the text."""
        if self._grams is None:
            text = self.joined
            self._grams = {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)}
        return self._grams

    @property
    def text(self) -> str:
        """The sentences, one per line."""
        if self._text is None:
            self._text = "\n".join(self.sentences)
        return self._text


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured of one pair, in characters of the shorter text.

    Args:
        shorter: content id of the shorter text (of equally long ones, the smaller id).
        longer: content id of the longer text.
        exact: characters of sentences that the longer has too.
        near: of sentences that the longer has with small differences.
        conflict: of sentences that the longer has with another number or name: the mark of a template.
        recurring: of shared sentences that recur through the months; they count neither for nor against.
        shorter_chars: of the shorter text.
        longer_chars: of the longer text.
    """

    shorter: int
    longer: int
    exact: int
    near: int
    conflict: int
    recurring: int
    shorter_chars: int
    longer_chars: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A pair that was accepted: what it is, and by which rule."""

    relation: Relation
    rule: str


def compare(a: Body, b: Body, recurring: Set[str] = frozenset()) -> Evidence:
    """Measure a pair; a function of the two texts and of the recurring ones among the sentences that they share.

    Args:
        a: one text.
        b: the other, in either order.
        recurring: sentences that recur; only those in both texts matter.
    """
    shorter, longer = (a, b) if (a.chars, a.content_id) < (b.chars, b.content_id) else (b, a)
    known = longer.known
    exact = dull = 0
    rest = []
    for sentence in shorter.sentences:
        if sentence not in known:
            rest.append(sentence)
        elif sentence in recurring:
            dull += len(sentence)
        else:
            exact += len(sentence)
    near, conflict = _compare_changed(shorter, longer, rest) if rest else (0, 0)
    return Evidence(shorter.content_id, longer.content_id, exact, near, conflict, dull, shorter.chars, longer.chars)


def _compare_changed(shorter: Body, longer: Body, sentences: Sequence[str]) -> tuple[int, int]:
    """Characters of the sentences that stand in the longer text with small differences, and with contradictions."""
    near = conflict = 0
    times: Counter[tuple[str, str]] = Counter()
    alike: list[tuple[str, bool, list[tuple[str, str]]]] = []
    for sentence in sentences:
        total = len(sentence) - GRAM + 1
        if total < 4:
            if sentence in longer.joined:
                near += len(sentence)
            continue
        grams = longer.grams
        missed = [at for at in range(total) if sentence[at : at + GRAM] not in grams]
        if not missed:
            near += len(sentence)
        elif len(missed) <= (1 - KIN) * total:
            swaps, explained = _swaps(sentence, missed, longer)
            if _another_number(sentence, longer):
                conflict += len(sentence)
            else:
                times.update(set(swaps))
                alike.append((sentence, explained or len(missed) <= (1 - NEAR) * total, swaps))
    for sentence, is_near, swaps in alike:
        if any(times[swap] > 1 or _is_name(swap, shorter, longer) for swap in swaps):
            conflict += len(sentence)
        elif is_near:
            near += len(sentence)
    return near, conflict


def _is_name(swap: tuple[str, str], shorter: Body, longer: Body) -> bool:
    """Whether two swapped strings are each of one text only, as the names in the slots of a template are."""
    here, there = swap
    return len(here) > 1 and len(there) > 1 and here not in longer.joined and there not in shorter.joined


def _another_number(sentence: str, longer: Body) -> bool:
    """Whether a number of the sentence stands nowhere in the longer text beside what it stands beside here."""
    text = longer.joined
    for number in _NUMERAL.finditer(sentence):
        start, end = number.span()
        before, after = sentence[max(0, start - 2) : end], sentence[start : end + 2]
        if (start == 0 or before not in text) and (end == len(sentence) or after not in text):
            return True
    return False


def _swaps(sentence: str, missed: Sequence[int], longer: Body) -> tuple[list[tuple[str, str]], bool]:
    """Where a sentence has other words than the longer text between the same neighbours: (here, there).

    Words that are only added or only left out are no swaps, nor is Taiwan's word for the mainland's; the second
    result says whether there is nothing but the latter.

    Args:
        sentence: of the shorter text.
        missed: positions of its n-grams that the longer text has not.
        longer: the longer text.
    """
    text = longer.text
    found = []
    runs: list[list[int]] = []
    for at in missed:
        if runs and at == runs[-1][1] + 1:
            runs[-1][1] = at
        else:
            runs.append([at, at])
    last = len(sentence) - GRAM
    explained = 0
    for first, final in runs:
        here_start = first + GRAM - 1 if first else 0
        here_end = final + 1 if final < last else len(sentence)
        if first:
            left = text.find(sentence[first - 1 : first - 1 + GRAM])
            if left < 0:
                continue
            there_start = left + GRAM
        if final < last:
            right = text.find(sentence[final + 1 : final + 1 + GRAM], there_start if first else 0)
            if right < 0:
                continue
            there_end = right
            if not first:
                there_start = text.rfind("\n", 0, right) + 1
        else:
            end = text.find("\n", there_start)
            there_end = len(text) if end < 0 else end
        here, there = sentence[here_start:here_end], text[there_start:there_end]
        if not here or not there or max(len(here), len(there)) > MOST_SWAPPED or "\n" in there:
            continue
        here_wide = sentence[max(0, here_start - 2) : here_end + 2]
        there_wide = text[max(0, there_start - 2) : there_end + 2]
        if same_words(here_wide, there_wide):
            explained += 1
        else:
            found.append((here, there))
    return found, explained == len(runs)


def judge(evidence: Evidence, days_apart: int) -> Verdict | None:
    """Whether a pair is accepted, as what, and by which rule.

    Args:
        evidence: what was measured.
        days_apart: between the days of the two texts; 0 if one is unknown.
    """
    size = evidence.shorter_chars - evidence.recurring
    exact, matched, conflict = evidence.exact, evidence.exact + evidence.near, evidence.conflict
    if matched < LEAST_MATCHED and not (matched >= LEAST_WHOLE and exact >= WHOLE * size):
        return None
    if matched < HALF * size or conflict > MOST_CONFLICT * (matched + conflict):
        return None
    if days_apart > SAME_NEWS_DAYS:
        if matched < 0.8 * size or exact < 0.6 * size:
            return None
        rule = "distant days"
    elif exact >= WHOLE * size:
        rule = "whole"
    elif exact >= 0.15 * size:
        rule = "exact sentences"
    elif matched >= 0.85 * size:
        rule = "small differences"
    else:
        return None
    longer = evidence.longer_chars - evidence.recurring
    return Verdict(Relation.NEAR if matched >= SAME_SIZE * longer else Relation.CONTAINED, rule)
