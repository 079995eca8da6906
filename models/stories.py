"""Which texts are near copies of each other, which contain others, and the evidence."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

__all__ = ["StoryAlias", "StoryEdge"]


class StoryEdge(Base):
    """One verified pair: `near` joins two texts into one story; `contained` says that the longer holds the shorter.

    All counts are of skeleton characters (no punctuation, no white space).
    """

    __tablename__ = "story_edge"

    shorter_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), primary_key=True, autoincrement=False)
    longer_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), primary_key=True, autoincrement=False)
    relation: Mapped[str] = mapped_column(String(10))
    exact_chars: Mapped[int] = mapped_column(
        Integer, comment="characters of the shorter's sentences that the longer has too"
    )
    near_chars: Mapped[int] = mapped_column(
        Integer, comment="… of sentences that the longer has with small differences"
    )
    conflict_chars: Mapped[int] = mapped_column(Integer, comment="… of sentences that differ in a number or a name")
    recurring_chars: Mapped[int] = mapped_column(
        Integer, comment="… of shared sentences that recur and so do not count"
    )
    shorter_chars: Mapped[int] = mapped_column(Integer)
    longer_chars: Mapped[int] = mapped_column(Integer)
    rule: Mapped[str] = mapped_column(String(40), comment="the rule that accepted the pair")
    algorithm: Mapped[int] = mapped_column(SmallInteger, comment="version of folding and of the rules")

    __table_args__ = (
        CheckConstraint("shorter_id <> longer_id", name="two_texts"),
        Index("ix_story_edge_longer_id", "longer_id"),
    )


class StoryAlias(Base):
    """A story id that was given once and is no more, since its story became part of another."""

    __tablename__ = "story_alias"

    old_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    story_id: Mapped[int]

    __table_args__ = (Index("ix_story_alias_story_id", "story_id"),)
