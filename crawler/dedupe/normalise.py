"""The folded form of a text: what two copies of one text have in common, never shown to a reader.

Folding drops what sites put around a text (byline, editor, source, navigation, datelines), brings every character to
one form (NFKC, lower case, Traditional to Simplified) and keeps only letters, digits and the signs that change a
number. What is left is a sequence of sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import xxhash

from crawler.dedupe.boilerplate import content_lines
from crawler.dedupe.characters import skeleton, without_pinyin

__all__ = ["ALGORITHM", "Change", "Folded", "classify_revision", "fold", "skeleton_sentences"]

ALGORITHM = 1
"""The version of folding and of the hash; stored beside every content, so that another version never mixes with it."""

SHORT_BODY = 80
"""A text with fewer characters (`详见附件`) says too little to be known by its body alone: its title counts too."""

LEAST_KEPT = 0.3
"""If the rules leave less than this share of a text, the page was not what they are made for: nothing is dropped."""


class Change(StrEnum):
    """What kind of change lies between two states of one article."""

    SUBSTANTIVE = "substantive"
    """Words, numbers or names: it counts as news."""
    COSMETIC = "cosmetic"
    """White space, punctuation width, counters, promotions, the editor line."""


@dataclass(frozen=True, slots=True)
class Folded:
    """The folded form of one text.

    Args:
        title: the skeleton of the title.
        sentences: the skeletons of the body's sentences in order, each one once (a body that repeats itself folds
            like one that does not).
        content_hash: 16 bytes, xxh3-128 of the algorithm's version and the sentences (and of the title, where the body
            has fewer than `SHORT_BODY` characters).
        content_id: the first 63 bits of `content_hash`, so that it fits a signed 64-bit column.
    """

    title: str
    sentences: tuple[str, ...]
    content_hash: bytes
    content_id: int

    @property
    def text(self) -> str:
        """The sentences, one per line, as the store keeps them."""
        return "\n".join(self.sentences)

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a title nor a body: such a text is a copy of nothing."""
        return not self.title and not self.sentences

    @classmethod
    def from_sentences(cls, title: str, sentences: Sequence[str]) -> Folded:
        """A folded text from skeletons that are at hand already (stored ones, synthetic ones).

        Args:
            title: the skeleton of the title.
            sentences: skeletons, in order, none twice.
        """
        text = "\n".join(sentences)
        key = text if len(text) >= SHORT_BODY else f"{title}\n\n{text}"
        digest = xxhash.xxh3_128_digest(key.encode(), seed=ALGORITHM)
        return cls(title, tuple(sentences), digest, int.from_bytes(digest[:8], "big") >> 1)


def skeleton_sentences(lines: Sequence[str]) -> dict[str, None]:
    """The skeletons of the sentences of some lines in order, each once; a dict for its order and quick look-up."""
    sentences = dict.fromkeys(skeleton("\n".join(lines)).split("\n"))
    sentences.pop("", None)
    return sentences


def fold(title: str, paragraphs: Sequence[str]) -> Folded:
    """Fold a text for comparison.

    Args:
        title: as printed.
        paragraphs: the body as printed, in order; newlines inside a paragraph end a line.
    """
    sentences = skeleton_sentences(content_lines(title, paragraphs))
    kept = sum(map(len, sentences))
    if kept < SHORT_BODY or kept < LEAST_KEPT * sum(map(len, paragraphs)):
        everything = skeleton_sentences([without_pinyin("\n".join(paragraphs))])
        if kept < LEAST_KEPT * sum(map(len, everything)):
            sentences = everything
    return Folded.from_sentences(skeleton(title).replace("\n", ""), tuple(sentences))


Text = Folded | tuple[str, Sequence[str]]
"""A text folded already, or its title and paragraphs as printed."""


def classify_revision(old: Text, new: Text) -> Change:
    """What kind of change lies between two states of one article.

    Substantive: a word, number or name of the title or the body is another one, also the sign before a number.
    Cosmetic: only white space, punctuation, script, paragraphs, repetition, or lines that folding drops (counters,
    promotions, the editor line).

    Args:
        old: the state before.
        new: the state now.
    """
    return Change.COSMETIC if _substance(old) == _substance(new) else Change.SUBSTANTIVE


def _substance(text: Text) -> tuple[str, str]:
    folded = text if isinstance(text, Folded) else fold(*text)
    return folded.title, "".join(folded.sentences)
