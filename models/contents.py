"""Distinct folded texts and what is looked up to find their copies."""

from __future__ import annotations

from sqlalchemy import Index, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

__all__ = ["Content", "Fingerprint", "RecurringSentence"]


class Content(Base):
    """One distinct folded text; every revision whose text folds to it points here."""

    __tablename__ = "content"

    content_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="the first 63 bits of content_hash: the same in every store"
    )
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16), comment="xxh3-128 of the folded text")
    algorithm: Mapped[int] = mapped_column(SmallInteger, comment="version of the folding")
    day: Mapped[int] = mapped_column(
        Integer,
        comment="ordinal (date.toordinal) of the earliest publication day in Asia/Shanghai; 0 if none is known",
    )
    chars: Mapped[int] = mapped_column(Integer, comment="characters of the text without its line ends")
    text: Mapped[str] = mapped_column(Text, comment="skeletons of the sentences, one per line; never shown to a reader")
    story_id: Mapped[int] = mapped_column(comment="the least content_id of the story that it belongs to")

    __table_args__ = (Index("ix_content_story_id", "story_id"),)


class Fingerprint(Base):
    """What a text is found by: one row per sentence of 8 or more characters and per n-gram of its sketch.

    The key is the order in which they are looked up, and the whole row: on SQLite the table is its own index.
    """

    __tablename__ = "fingerprint"

    fp: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="xxh3-64, signed")
    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, comment="as in content")
    content_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    weight: Mapped[int] = mapped_column(SmallInteger, comment="characters that a match stands for")
    chars: Mapped[int] = mapped_column(Integer, comment="as in content, so that the look-up need not read it")

    __table_args__ = ({"sqlite_with_rowid": False},)


class RecurringSentence(Base):
    """A sentence that at least three texts have, over more than thirty days: it tells nothing about a story."""

    __tablename__ = "recurring_sentence"

    fp: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sentence: Mapped[str] = mapped_column(Text, comment="for the reader; empty for an n-gram of a sketch")
