"""What a folded text is looked up by: its sentences' hashes and a small bottom-k sketch of its character n-grams."""

from __future__ import annotations

import functools
import re

import xxhash

from crawler.dedupe.normalise import ALGORITHM, Folded

__all__ = ["LEAST_SENTENCE", "Fingerprints", "fingerprints", "sentence_fp", "text_mark"]

LEAST_SENTENCE = 8
"""A sentence with fewer characters is found in any text; it is never a fingerprint."""

GRAM = 8
"""Characters of an n-gram of the sketch."""

SKETCH, SKETCH_OF_SHORT, FEW_SENTENCES = 2, 6, 6
"""How many n-grams: the smallest by hash; more where a text has fewer sentences than FEW_SENTENCES.
(Measured: four and eight find not one copy more.)"""

HEAD, SKETCH_OF_HEAD = 100, 2
"""A lead is the head of its text, cut anywhere: the first HEAD characters have a sketch of their own."""

GRAM_WEIGHT, HEAD_WEIGHT, MOST_WEIGHT = 20, 24, 250
"""Characters that a match stands for, of an n-gram, of one of the head, and of a sentence at most."""

MOST_SENTENCES = 4000
"""Sentences of one text that are fingerprints, those with the smallest hashes; only a book has more."""

Fingerprints = dict[int, int]
"""Signed 64-bit fingerprint to weight: the characters that a match stands for."""

_ONE_IN = 12
_GRAM_SEED, _HEAD_SEED = ALGORITHM + 1000, ALGORITHM + 2000
"""Other ones than the sentences': a gram that is a whole sentence must not be counted twice."""

_digest = xxhash.xxh3_64_intdigest


@functools.cache
def _anchors() -> re.Pattern[str]:
    """Finds where an n-gram may begin: at one in twelve characters, chosen by hash.

    Hashing every n-gram costs ten times as much and finds the same copies: the sketch is a sample either way.
    """
    chosen = [
        chr(code)
        for code in (*range(0x30, 0x3A), *range(0x61, 0x7B), *range(0x4E00, 0x9FB0))
        if xxhash.xxh3_64_intdigest(chr(code).encode(), seed=GRAM) % _ONE_IN == 0
    ]
    return re.compile(f"(?=([{''.join(chosen)}].{{{GRAM - 1}}}))")


def sentence_fp(sentence: str) -> int:
    """The fingerprint of one skeleton: xxh3-64, as a signed integer, since SQL has no unsigned ones."""
    fp: int = xxhash.xxh3_64_intdigest(sentence.encode(), seed=ALGORITHM)
    return fp - (1 << 64) if fp >> 63 else fp


def fingerprints(folded: Folded) -> Fingerprints:
    """The rows that a text is found by, about 16 for an article.

    Args:
        folded: the text.
    """
    sentences = {
        _digest(sentence.encode(), seed=ALGORITHM): min(len(sentence), MOST_WEIGHT)
        for sentence in folded.sentences
        if len(sentence) >= LEAST_SENTENCE
    }
    if len(sentences) > MOST_SENTENCES:
        sentences = {fp: sentences[fp] for fp in sorted(sentences)[:MOST_SENTENCES]}
    text = "".join(folded.sentences)
    rows = dict.fromkeys(_sketch(text[:HEAD], _HEAD_SEED)[:SKETCH_OF_HEAD], HEAD_WEIGHT)
    size = SKETCH if len(folded.sentences) >= FEW_SENTENCES else SKETCH_OF_SHORT
    rows.update(dict.fromkeys(_sketch(text, _GRAM_SEED)[:size], GRAM_WEIGHT))
    rows.update(sentences)
    return {fp - (1 << 64) if fp >> 63 else fp: weight for fp, weight in rows.items()}


# 600123 or 12.5, not a year or a day, which every notice of a month has.
_FIGURE = re.compile(r"\d+\.\d+|(?!(?:19|20)\d\d(?!\d))\d{3,}")


def text_mark(text: str) -> tuple[int, int]:
    """What copies of a text mostly have alike and other texts not, also those from one template.

    Args:
        text: skeletons, one per line.

    Returns:
        One n-gram and one figure, those with the smallest hashes.
    """
    text = text.replace("\n", "")
    grams = _sketch(text, _GRAM_SEED) or [_digest(text.encode(), seed=_GRAM_SEED)]
    figures = [_digest(figure.encode(), seed=_GRAM_SEED) for figure in _FIGURE.findall(text)]
    return grams[0], min(figures, default=0)


def _sketch(text: str, seed: int) -> list[int]:
    return sorted([_digest(gram.encode(), seed=seed) for gram in set(_anchors().findall(text))])
