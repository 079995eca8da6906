"""Two states of one text, as lines that a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from crawler.dedupe.sentences import split_sentences

__all__ = ["describe"]

_ALIKE = 0.5
"""Two sentences at least as alike as this are shown as one that was changed."""

AHEAD = 20
"""How many new sentences are looked at for the one that an old sentence became."""

MOST = 500
"""Sentences of a block that are paired; with more of them the old ones are shown as gone and the new ones as new.
In a text of more sentences those that recur often are no anchors (`autojunk`): ten thousand times the same one, laid
beside itself, takes hours."""

LONGEST = 1500
"""A sentence with more characters is shown whole, before and after: to lay two such side by side takes minutes."""


def describe(old_paragraphs: Sequence[str], new_paragraphs: Sequence[str]) -> list[str]:
    """What changed, sentence by sentence; empty where only white space or paragraphs did.

    Args:
        old_paragraphs: the body before.
        new_paragraphs: the body now.

    Returns:
        Lines that begin with `- ` (a sentence that is gone), `+ ` (a new one) or `~ ` (a changed one, in which
        [-words that are gone-] and {+new words+} are marked).
    """
    old, new = _sentences(old_paragraphs), _sentences(new_paragraphs)
    lines: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=len(new) > MOST).get_opcodes():
        if kind != "equal":
            lines += _changed(old[a:b], new[c:d])
    return lines


def _sentences(paragraphs: Sequence[str]) -> list[str]:
    parts = (sentence.strip() for paragraph in paragraphs for sentence in split_sentences(paragraph))
    return [part for part in parts if part]


def _changed(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """A block in which sentences changed: pairs that are alike in order, the rest gone or new."""
    if min(len(old), len(new)) > MOST:
        return [*(f"- {sentence}" for sentence in old), *(f"+ {sentence}" for sentence in new)]
    lines: list[str] = []
    start = 0
    for sentence in old:
        match = next(
            (at for at in range(start, min(start + AHEAD, len(new))) if _ratio(sentence, new[at]) >= _ALIKE), None
        )
        if match is None:
            lines.append(f"- {sentence}")
            continue
        lines += [f"+ {added}" for added in new[start:match]]
        lines.append(f"~ {_marked(sentence, new[match])}")
        start = match + 1
    return lines + [f"+ {added}" for added in new[start:]]


def _ratio(one: str, other: str) -> float:
    shorter, longer = sorted((len(one), len(other)))
    # The quick bounds first: most sentences of a block are nothing like each other, many not even in length.
    if longer > LONGEST or 2 * shorter < _ALIKE * (shorter + longer):
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0


def _marked(old: str, new: str) -> str:
    parts: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(old[a:b])
            continue
        if a < b:
            parts.append(f"[-{old[a:b]}-]")
        if c < d:
            parts.append(f"{{+{new[c:d]}+}}")
    return "".join(parts)
