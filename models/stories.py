"""Which texts are near copies of each other, which contain others, and the evidence: tables and their SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    bindparam,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.contents import Content, insert_rows
from models.upsert import batches, upsert

__all__ = [
    "StoryAlias",
    "StoryEdge",
    "current_story",
    "delete_edges",
    "edges_of",
    "insert_edges",
    "move_contents",
    "near_edges_within",
    "rename_stories",
    "stories_with_members",
]


class StoryEdge(Base):
    """One verified pair: `near` joins two texts into one story; `contained` says that the longer holds the shorter.

    All counts are of skeleton characters (no punctuation, no white space).
    """

    __tablename__ = "story_edge"

    shorter_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), primary_key=True, autoincrement=False)
    longer_id: Mapped[int] = mapped_column(ForeignKey("content.content_id"), primary_key=True, autoincrement=False)
    relation: Mapped[str] = mapped_column(String(10), comment="near or contained")
    exact_chars: Mapped[int] = mapped_column(Integer, comment="of the shorter's sentences that the longer has too")
    near_chars: Mapped[int] = mapped_column(Integer, comment="of those that the longer has with small differences")
    conflict_chars: Mapped[int] = mapped_column(Integer, comment="of those that differ in a number or a name")
    recurring_chars: Mapped[int] = mapped_column(Integer, comment="of shared sentences that recur and so do not count")
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


_CONTENT: Table = Content.__table__
_EDGE: Table = StoryEdge.__table__
_ALIAS: Table = StoryAlias.__table__


def insert_edges(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
    """Keep verified pairs; each row is in the order of the table's columns. Returns how many."""
    return insert_rows(connection, _EDGE, rows)


def edges_of(connection: Connection, content_ids: Iterable[int]) -> dict[tuple[int, int], tuple[Any, ...]]:
    """Every edge that touches one of some contents: (shorter, longer) to the whole row."""
    found: dict[tuple[int, int], tuple[Any, ...]] = {}
    for batch in batches(content_ids):
        query = select(_EDGE).where(or_(_EDGE.c.shorter_id.in_(batch), _EDGE.c.longer_id.in_(batch)))
        found.update({(row[0], row[1]): tuple(row) for row in connection.execute(query)})
    return found


def delete_edges(connection: Connection, pairs: Iterable[tuple[int, int]]) -> int:
    """Remove edges that the rules do not accept any more; returns how many."""
    rows = [{"one": shorter, "other": longer} for shorter, longer in sorted(pairs)]
    if not rows:
        return 0
    connection.execute(
        delete(_EDGE).where(_EDGE.c.shorter_id == bindparam("one"), _EDGE.c.longer_id == bindparam("other")), rows
    )
    return len(rows)


def stories_with_members(connection: Connection, story_ids: Iterable[int]) -> dict[int, int]:
    """Every content of some stories: content id to story id."""
    members: dict[int, int] = {}
    for batch in batches(story_ids):
        query = select(_CONTENT.c.content_id, _CONTENT.c.story_id).where(_CONTENT.c.story_id.in_(batch))
        members.update((content_id, story_id) for content_id, story_id in connection.execute(query))
    return members


def near_edges_within(connection: Connection, content_ids: Iterable[int]) -> list[tuple[int, int]]:
    """The near edges whose shorter text is among some contents."""
    found: list[tuple[int, int]] = []
    for batch in batches(content_ids):
        query = select(_EDGE.c.shorter_id, _EDGE.c.longer_id).where(
            _EDGE.c.shorter_id.in_(batch), _EDGE.c.relation == "near"
        )
        found.extend((shorter, longer) for shorter, longer in connection.execute(query))
    return found


def rename_stories(connection: Connection, renamed: dict[int, int]) -> int:
    """Make whole stories part of others and let the old ids lead there.

    Args:
        connection: an open transaction.
        renamed: old story id to new one; no new one is an old one too.

    Returns:
        How many rows were written.
    """
    if not renamed:
        return 0
    rows = [{"old": old, "new": new} for old, new in sorted(renamed.items())]
    move = update(_CONTENT).where(_CONTENT.c.story_id == bindparam("old")).values(story_id=bindparam("new"))
    written = connection.execute(move, rows).rowcount
    return max(written, len(rows)) + _alias(connection, renamed)


def move_contents(connection: Connection, moved: dict[int, tuple[int, int]]) -> int:
    """Give contents another story each, after an edge between them fell.

    Args:
        connection: an open transaction.
        moved: content id to its story id before and now.

    Returns:
        How many rows were written.
    """
    if not moved:
        return 0
    rows = [{"id_": content_id, "new": new} for content_id, (_, new) in sorted(moved.items())]
    connection.execute(
        update(_CONTENT).where(_CONTENT.c.content_id == bindparam("id_")).values(story_id=bindparam("new")), rows
    )
    written = len(rows)
    # A story's id is the id of one of its contents: the story where that content is now is what the id leads to.
    again = [content_id for content_id, (_, new) in moved.items() if content_id == new]
    for batch in batches(again):
        written += connection.execute(delete(_ALIAS).where(_ALIAS.c.old_id.in_(batch))).rowcount
    gone = {old: moved[old][1] for old in {old for old, _ in moved.values()} if old in moved and moved[old][1] != old}
    written += _alias(connection, gone)
    for batch in batches(moved):
        stale = select(_ALIAS.c.old_id, _CONTENT.c.story_id).where(
            _ALIAS.c.old_id.in_(batch),
            _CONTENT.c.content_id == _ALIAS.c.old_id,
            _CONTENT.c.story_id != _ALIAS.c.story_id,
        )
        fresh = [{"old_id": old, "story_id": story} for old, story in connection.execute(stale)]
        written += upsert(connection, _ALIAS, fresh, update=("story_id",))
    return written


def _alias(connection: Connection, renamed: dict[int, int]) -> int:
    rows = [{"old": old, "new": new} for old, new in sorted(renamed.items())]
    if not rows:
        return 0
    follow = update(_ALIAS).where(_ALIAS.c.story_id == bindparam("old")).values(story_id=bindparam("new"))
    followed = max(connection.execute(follow, rows).rowcount, 0)
    return followed + upsert(
        connection, _ALIAS, [{"old_id": row["old"], "story_id": row["new"]} for row in rows], update=("story_id",)
    )


def current_story(connection: Connection, story_id: int) -> int | None:
    """The id that a story has now: the same one, or the one that it became part of; None if there never was such."""
    alias = connection.scalar(select(_ALIAS.c.story_id).where(_ALIAS.c.old_id == story_id))
    if alias is not None:
        return int(alias)
    found = connection.scalar(select(_CONTENT.c.story_id).where(_CONTENT.c.story_id == story_id).limit(1))
    return None if found is None else int(found)
