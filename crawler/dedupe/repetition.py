"""A body that prints itself twice is kept once."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.dedupe.characters import skeleton
from crawler.dedupe.sentences import split_sentences

__all__ = ["LEAST_REPEATED", "without_repeats"]

LEAST_REPEATED = 60
"""Letters and digits of a run of sentences that stands a second time, at least: less may be a refrain, a slogan or a
quotation. (Of 24,000 real texts 0.2 % have such a run; most of them do print a part twice.)"""

MOST_PLACES = 16
"""Places of one sentence that are remembered; a sentence with more is a refrain, and a page of them must not cost
time that grows with its square."""


def without_repeats(paragraphs: Sequence[str]) -> tuple[list[str], int]:
    """Leave out every run of sentences that stood before in the same order.

    Args:
        paragraphs: the body as printed.

    Returns:
        The body with the first of each run, and how many characters were left out; the body is as it was where that
        is 0.
    """
    sentences: list[tuple[int, str, str]] = []
    for number, paragraph in enumerate(paragraphs):
        for sentence in split_sentences(paragraph):
            sentences.append((number, sentence, skeleton(sentence).replace("\n", "")))
    places: dict[str, list[int]] = {}
    kept: list[list[str]] = [[] for _ in paragraphs]
    removed = at = 0
    while at < len(sentences):
        run = _longest_run(sentences, places, at)
        if run:
            removed += sum(len(sentence) for _, sentence, _ in sentences[at : at + run])
            at += run
            continue
        number, sentence, bare = sentences[at]
        kept[number].append(sentence)
        if bare and len(places.setdefault(bare, [])) < MOST_PLACES:
            places[bare].append(at)
        at += 1
    if not removed:
        return list(paragraphs), 0
    return [joined for joined in ("".join(part).strip() for part in kept) if joined], removed


def _longest_run(sentences: Sequence[tuple[int, str, str]], places: dict[str, list[int]], at: int) -> int:
    """How many sentences from `at` on stood before in the same order; 0 if they are too few letters to count."""
    longest = 0
    for before in places.get(sentences[at][2], ()):
        length = letters = 0
        while (
            at + length < len(sentences)
            and before + length < at
            and sentences[at + length][2] == sentences[before + length][2]
        ):
            letters += len(sentences[at + length][2])
            length += 1
        if letters >= LEAST_REPEATED:
            longest = max(longest, length)
    return longest
