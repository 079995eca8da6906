"""Two folded texts side by side: how much of the shorter stands in the longer, and what contradicts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum

from crawler.dedupe.characters import same_words

__all__ = ["Body", "Evidence", "Relation", "Verdict", "compare", "judge"]

GRAM = 5
"""Characters of the n-grams that a changed sentence is recognised by."""

NEAR = 0.8
"""Share of its n-grams that a sentence must find in the other text to be that sentence with small differences."""

ALIGN = 3
"""Characters that two sentences must share in a row to be laid side by side there."""

SAMPLE = 8
"""N-grams by which a sentence's counterpart is found."""

KIN, DISTANT_KIN = 0.5, 0.2
"""Shares at which a sentence that is too different to be counted as matched is looked at for contradictions: for any,
and for those that stand in other sentences too."""

MOST_SWAPPED = 24
"""Characters of what stands in a template's slot, at most; a longer difference is another wording."""

LONGEST, MOST_CHANGED = 1000, 400
"""Characters of a sentence, and changed sentences, beyond which contradictions are not looked for: no text of news has
them, and a page made to be slow must not be."""

LEAST_MATCHED = 80
LEAST_WHOLE, WHOLE = 60, 0.9
"""Characters that must match; fewer do where nearly all of the shorter text stands in the longer word by word."""

HALF = 0.5
"""Share of the shorter text that must match."""

SAME_SIZE = 0.45
"""Share of the longer text that must match, or the shorter is only contained in it."""

MOST_CONFLICT, MOST_NAMES = 0.35, 0.15
"""Shares of contradicting text, in numbers or names and in names that change throughout, above which a pair is two
notices from one template. (Of 5,803 pairs of a text and its altered copy four have a tenth of the latter.)"""

FEW = 0.1
"""Names in less than this share of the shorter text decide nothing: they are not looked for."""

SAME_NEWS_DAYS = 14
"""Texts that lie further apart must match in more."""

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


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured of one pair, in characters of the shorter text.

    Args:
        shorter: content id of the shorter text (of equally long ones, the smaller id).
        longer: content id of the longer text.
        exact: characters of sentences that the longer has too.
        near: of sentences that the longer has with small differences.
        conflict: of sentences that the longer has with another number or name: the mark of a template.
        names: the part of `conflict` in which a name is another one.
        recurring: of shared sentences that recur through the months; they count neither for nor against.
        shorter_chars: of the shorter text.
        longer_chars: of the longer text.
    """

    shorter: int
    longer: int
    exact: int
    near: int
    conflict: int
    names: int
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
    near = conflict = names = 0
    if rest:
        near, conflict, names = _compare_changed(shorter, longer, rest, exact, shorter.chars - dull)
    return Evidence(
        shorter=shorter.content_id,
        longer=longer.content_id,
        exact=exact,
        near=near,
        conflict=conflict,
        names=names,
        recurring=dull,
        shorter_chars=shorter.chars,
        longer_chars=longer.chars,
    )


def _compare_changed(
    shorter: Body, longer: Body, sentences: Sequence[str], exact: int, size: int
) -> tuple[int, int, int]:
    """Weigh the sentences that the longer text has not word by word.

    Args:
        shorter: the shorter text.
        longer: the longer text.
        sentences: those of the shorter that the longer has not.
        exact: characters of the others.
        size: characters of the shorter text that count.

    Returns:
        Characters of sentences with small differences, with contradictions, and of the latter with another name.
    """
    near = names = 0
    kin: list[tuple[str, float]] = []
    text, grams = longer.joined, longer.grams
    for sentence in sentences:
        total = len(sentence) - GRAM + 1
        if total < 4:
            if sentence in text:
                near += len(sentence)
            continue
        share = sum([sentence[at : at + GRAM] in grams for at in range(total)]) / total
        if share == 1:
            near += len(sentence)
        elif share >= DISTANT_KIN:
            kin.append((sentence, share))
    checked = [(sentence, share) for sentence, share in kin if len(sentence) <= LONGEST][:MOST_CHANGED]
    numbers = {sentence for sentence, share in checked if share >= KIN and _another_number(sentence, longer)}
    left = sum(len(sentence) for sentence, _ in kin)
    conflict = sum(map(len, numbers))
    most = exact + near + left - conflict
    if most < HALF * size or conflict > MOST_CONFLICT * (most + conflict):
        # Whatever the names are, the pair cannot be accepted any more.
        return near, conflict, 0
    look = left > FEW * size
    times: Counter[tuple[str, str]] = Counter()
    alike: list[tuple[str, float, bool, list[tuple[str, str]]]] = []
    swapped = {sentence: _swaps(sentence, longer) for sentence, _ in checked} if look else {}
    for sentence, share in kin:
        swaps, explained = swapped.get(sentence, ([], False))
        times.update(swaps)
        alike.append((sentence, share, explained, swaps))
    for sentence, share, explained, swaps in alike:
        throughout = any(times[swap] > 1 for swap in swaps)
        if throughout:
            names += len(sentence)
        if sentence in numbers:
            continue
        if throughout or (share >= KIN and any(_is_name(swap, shorter, longer) for swap in swaps)):
            conflict += len(sentence)
        elif explained or share >= NEAR:
            near += len(sentence)
    return near, conflict, names


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


def _counterpart(sentence: str, longer: Body) -> str | None:
    """The sentence of the longer text that has most of this one's n-grams, or None where none has two."""
    size = len(sentence)
    step = max(2, size // SAMPLE)
    sample = [sentence[at : at + ALIGN] for at in range(0, size - ALIGN + 1, step)]
    best, most = None, 1
    for other in longer.sentences:
        if 2 * len(other) < size or len(other) > 2 * size:
            continue
        shared = 0
        for gram in sample:
            if gram in other:
                shared += 1
        if shared > most:
            best, most = other, shared
            if 2 * most > len(sample):
                break
    return best


def _swaps(sentence: str, longer: Body) -> tuple[list[tuple[str, str]], bool]:
    """Where a sentence has other words than its counterpart between the same neighbours: (here, there).

    Words that are only added or only left out are no swaps, nor is Taiwan's word for the mainland's; the second
    result says whether there is nothing but the latter.

    Args:
        sentence: of the shorter text.
        longer: the longer text.
    """
    other = _counterpart(sentence, longer)
    if other is None:
        return [], False
    last = len(sentence) - ALIGN
    found: list[tuple[str, str]] = []
    explained = True
    here = there = at = 0
    # `here` and `there` are the ends of the last part that both have.
    while at <= last + 1:
        start = other.find(sentence[at : at + ALIGN], there) if at <= last else len(other)
        if start < 0:
            at += 1
            continue
        end = at if at <= last else len(sentence)
        if end > here or start > there:
            mine, its = sentence[here:end], other[there:start]
            wide = sentence[max(0, here - 2) : end + 2], other[max(0, there - 2) : start + 2]
            if not same_words(*wide):
                explained = False
                if mine and its and len(mine) <= MOST_SWAPPED and len(its) <= MOST_SWAPPED:
                    found += _parts(mine, its)
        if at > last:
            break
        here, there = at + ALIGN, start + ALIGN
        while here < len(sentence) and there < len(other) and sentence[here] == other[there]:
            here += 1
            there += 1
        at = here
    return found, explained


def _parts(here: str, there: str) -> list[tuple[str, str]]:
    """The swaps of which one is made, if both sides have words in common (刚果总统图雷, 荷兰总统席尔瓦: two)."""
    if len(here) < 4 or len(there) < 4:
        return [(here, there)]
    common = SequenceMatcher(None, here, there, autojunk=False).find_longest_match()
    if common.size < 2:
        return [(here, there)]
    left = here[: common.a], there[: common.b]
    right = here[common.a + common.size :], there[common.b + common.size :]
    return [part for one, other in (left, right) if one and other for part in _parts(one, other)]


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
    if evidence.names > MOST_NAMES * (matched + conflict):
        return None
    longer = evidence.longer_chars - evidence.recurring
    return Verdict(Relation.NEAR if matched >= SAME_SIZE * longer else Relation.CONTAINED, rule)
