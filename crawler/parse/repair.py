"""Damaged copies made whole again where that is certain, and marked where it is not."""

from __future__ import annotations

from crawler.parse.article import Article
from crawler.parse.decode import Decoded

__all__ = ["BROKEN", "repair_article"]

BROKEN = "〓"
"""The printer's sign for a character that is missing (U+3013); never U+FFFD, which means that decoding failed."""


def repair_article(article: Article) -> None:
    """Repair an article in place."""


def unpinyin(decoded: Decoded) -> list[str]:
    return []
