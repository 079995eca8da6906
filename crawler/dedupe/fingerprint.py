"""What a folded text is looked up by: its sentences' hashes and a small bottom-k sketch of its character n-grams."""

from __future__ import annotations

import functools
import re

import xxhash

from crawler.dedupe.normalise import ALGORITHM, Folded

__all__ = ["LEAST_SENTENCE", "Fingerprints", "fingerprints", "sentence_fp"]

LEAST_SENTENCE = 8
"""A sentence with fewer characters is found in any text; it is never a fingerprint."""

GRAM = 8
"""Characters of an n-gram of the sketch."""

SKETCH, SKETCH_OF_SHORT, FEW_SENTENCES = 4, 8, 6
"""How many n-grams: the smallest by hash; more where a text has fewer sentences than FEW_SENTENCES."""

GRAM_WEIGHT = 20
HEAD = 2
MOST_WEIGHT = 250

Fingerprints = dict[int, int]
"""Signed 64-bit fingerprint to weight: the characters that a match stands for."""

_ONE_IN = 12
_GRAM_SEED = ALGORITHM + 1000
"""Another one than the sentences': a gram that is a whole sentence must not be counted twice."""


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
    digest = xxhash.xxh3_64_intdigest
    rows: Fingerprints = {}
    for sentence in folded.sentences:
        length = len(sentence)
        if length >= LEAST_SENTENCE:
            fp = digest(sentence.encode(), seed=ALGORITHM)
            rows[fp - (1 << 64) if fp >> 63 else fp] = length if length < MOST_WEIGHT else MOST_WEIGHT
    size = SKETCH if len(folded.sentences) >= FEW_SENTENCES else SKETCH_OF_SHORT
    text = "".join(folded.sentences)
    grams = sorted([digest(gram.encode(), seed=_GRAM_SEED) for gram in set(_anchors().findall(text))])
    for fp in grams[:size]:
        rows[fp - (1 << 64) if fp >> 63 else fp] = GRAM_WEIGHT
    head = sorted([digest(gram.encode(), seed=_GRAM_SEED + 1) for gram in set(_anchors().findall(text[:100]))])
    for fp in head[:HEAD]:
        rows[fp - (1 << 64) if fp >> 63 else fp] = 24
    return rows
