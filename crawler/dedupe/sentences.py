"""A paragraph as printed, cut into its sentences."""

from __future__ import annotations

import re

__all__ = ["split_sentences"]

_SENTENCE = re.compile(r"[^。！？；!?;…\n]*(?:[。！？；!?;…]+[”’」』）)\]】》\"']*|\n+|$)")


def split_sentences(paragraph: str) -> list[str]:
    """The sentences with their ends and the quotation marks that close them; joined, they are the paragraph."""
    return [part for part in _SENTENCE.findall(paragraph) if part]
