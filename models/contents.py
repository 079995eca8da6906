"""Distinct folded texts and what is looked up to find their copies: tables and their SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.upsert import batches

__all__ = [
    "COMMON_CONTENTS",
    "RECURRING_CONTENTS",
    "RECURRING_DAYS",
    "WINDOW_DAYS",
    "Content",
    "Fingerprint",
    "RecurringSentence",
    "candidates",
    "contents_of",
    "delete_fingerprints",
    "insert_rows",
    "known_contents",
    "list_recurring",
    "read_texts",
    "recurring_staged",
    "recurs",
    "set_days",
    "stage_fingerprints",
    "store_staged",
    "unlist_recurring",
    "unstage_recurring",
]

WINDOW_DAYS = 30
"""Two texts are compared if at most so many days lie between them, or if the day of one is unknown."""

RECURRING_CONTENTS, RECURRING_DAYS = 3, 30
"""A sentence of at least so many texts, over more than so many days, is on the stop list (2,010 of 857,000 sentences
of fourteen years of news)."""

COMMON_CONTENTS = 40
"""So does a sentence of at least so many texts that are not copies of each other, on whatever days: a disclaimer that a
site prints under everything would make pairs of everything."""

LEAST_SHARED = 24
"""Weight of the fingerprints that two texts must share to be compared."""

LEAST_SHARE = 10
"""… and at least one part in so many of the shorter text: one sentence of thanks makes no pair worth looking at."""


class Content(Base):
    """One distinct folded text; every revision whose text folds to it points here."""

    __tablename__ = "content"

    content_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="the first 63 bits of content_hash: the same in every store"
    )
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16), comment="xxh3-128 of the folded text")
    algorithm: Mapped[int] = mapped_column(SmallInteger, comment="version of the folding")
    day: Mapped[int] = mapped_column(
        Integer, comment="ordinal (date.toordinal) of the earliest publication day in Asia/Shanghai; 0 if none is known"
    )
    chars: Mapped[int] = mapped_column(Integer, comment="characters of the text without its line ends")
    story_id: Mapped[int] = mapped_column(comment="the least content_id of the story that it belongs to")
    text: Mapped[str] = mapped_column(Text, comment="skeletons of the sentences, one per line; never shown to a reader")

    __table_args__ = (Index("ix_content_story_id", "story_id"),)


class Fingerprint(Base):
    """What a text is found by: one row per sentence of 8 or more characters and per n-gram of its sketch.

    The key is the order in which they are looked up, and nearly the whole row: on SQLite the table is its own index.
    """

    __tablename__ = "fingerprint"

    fp: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="xxh3-64, signed")
    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, comment="as in content")
    content_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    weight: Mapped[int] = mapped_column(SmallInteger, comment="characters that a match stands for")

    __table_args__ = ({"sqlite_with_rowid": False},)


class RecurringSentence(Base):
    """A sentence that at least three texts have, over more than thirty days, or forty on whatever days.

    It tells nothing about a story.
    """

    __tablename__ = "recurring_sentence"

    fp: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sentence: Mapped[str] = mapped_column(Text, comment="for the reader; empty for an n-gram of a sketch")


# One batch's fingerprints, for joining; lives as long as the connection.
_STAGE = Table(
    "fingerprint_stage",
    MetaData(),
    Column("fp", BigInteger, primary_key=True),
    Column("content_id", BigInteger, primary_key=True),
    Column("day", Integer, nullable=False),
    Column("weight", SmallInteger, nullable=False),
    Column("chars", Integer, nullable=False),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)

_CONTENT: Table = Content.__table__
_FINGERPRINT: Table = Fingerprint.__table__
_RECURRING: Table = RecurringSentence.__table__


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> int:
    """Insert rows that are known to be new, at the driver's own speed.

    Args:
        connection: an open transaction.
        table: where to; every column is given.
        rows: one tuple per row, in the order of the table's columns.

    Returns:
        How many rows were written.
    """
    if not rows:
        return 0
    names = [column.name for column in table.columns]
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", list(rows))  # noqa: S608
    else:
        # psycopg sends an executemany row by row; arrays go in one message.
        arrays = [
            bindparam(column.name, list(values), type_=ARRAY(column.type))
            for column, values in zip(table.columns, zip(*rows, strict=True), strict=True)
        ]
        source = func.unnest(*arrays).table_valued(*names).render_derived()
        connection.execute(insert(table).from_select(names, select(*(source.c[name] for name in names))))
    return len(rows)


def known_contents(connection: Connection, content_ids: Iterable[int]) -> dict[int, tuple[bytes, int, int]]:
    """Which of some contents are stored: id to hash, day and story id."""
    known: dict[int, tuple[bytes, int, int]] = {}
    columns = (_CONTENT.c.content_id, _CONTENT.c.content_hash, _CONTENT.c.day, _CONTENT.c.story_id)
    for batch in batches(content_ids):
        for content_id, digest, day, story_id in connection.execute(
            select(*columns).where(_CONTENT.c.content_id.in_(batch))
        ):
            known[content_id] = (bytes(digest), day, story_id)
    return known


def read_texts(connection: Connection, content_ids: Iterable[int]) -> dict[int, tuple[int, int, str]]:
    """Day, story id and text of stored contents."""
    texts: dict[int, tuple[int, int, str]] = {}
    columns = (_CONTENT.c.content_id, _CONTENT.c.day, _CONTENT.c.story_id, _CONTENT.c.text)
    for batch in batches(content_ids):
        for content_id, day, story_id, body in connection.execute(
            select(*columns).where(_CONTENT.c.content_id.in_(batch))
        ):
            texts[content_id] = (day, story_id, body)
    return texts


def stage_fingerprints(connection: Connection, rows: Iterable[tuple[int, int, int, int, int]]) -> None:
    """Lay a batch's fingerprints beside the stored ones.

    Args:
        connection: an open transaction.
        rows: fp, content id, day, weight, characters of the text.
    """
    _STAGE.create(connection, checkfirst=False) if not _has_stage(connection) else connection.execute(delete(_STAGE))
    insert_rows(connection, _STAGE, sorted(rows))
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE fingerprint_stage"))


def _has_stage(connection: Connection) -> bool:
    if connection.dialect.name == "sqlite":
        query = "SELECT 1 FROM sqlite_temp_master WHERE name = 'fingerprint_stage'"
    else:
        query = "SELECT 1 WHERE to_regclass('pg_temp.fingerprint_stage') IS NOT NULL"
    return connection.execute(text(query)).first() is not None


def store_staged(connection: Connection) -> int:
    """Keep the staged fingerprints for good, in the order of the table's key; returns how many."""
    names = ["fp", "day", "content_id", "weight"]
    rows = select(*(_STAGE.c[name] for name in names)).order_by(_STAGE.c.fp)
    statement = insert(_FINGERPRINT).from_select(names, rows)
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def delete_fingerprints(connection: Connection, rows: Sequence[dict[str, int]]) -> int:
    """Remove fingerprints of a content whose day has changed; rows have fp, day and content_id."""
    if not rows:
        return 0
    statement = delete(_FINGERPRINT).where(
        _FINGERPRINT.c.fp == bindparam("fp"),
        _FINGERPRINT.c.day == bindparam("day"),
        _FINGERPRINT.c.content_id == bindparam("content_id"),
    )
    return connection.execute(statement, list(rows), execution_options={"preserve_rowcount": True}).rowcount


def recurring_staged(connection: Connection) -> set[int]:
    """The staged fingerprints that are on the stop list."""
    query = select(_STAGE.c.fp).distinct().join(_RECURRING, _RECURRING.c.fp == _STAGE.c.fp)
    return set(connection.scalars(query))


def unstage_recurring(connection: Connection) -> None:
    """Leave the staged fingerprints that are on the stop list out of what follows."""
    connection.execute(delete(_STAGE).where(_STAGE.c.fp.in_(select(_RECURRING.c.fp))))


def recurs(connection: Connection) -> tuple[set[int], set[int]]:
    """Which staged fingerprints the stored texts show to recur, or to be common.

    Returns:
        Those of enough texts over enough days, and the others of COMMON_CONTENTS texts, whatever their days.
    """
    stored, staged = _FINGERPRINT, _STAGE
    dated = case((stored.c.day > 0, stored.c.day))
    days = and_(
        func.count(dated) >= RECURRING_CONTENTS,
        func.max(dated) - func.min(dated) > RECURRING_DAYS,
    )
    possible = (
        # By the staged column: by the stored one, SQLite would read the whole index for its order. A fingerprint of
        # several staged texts is counted several times, so what this finds is looked at again.
        select(staged.c.fp)
        .join_from(staged, stored, stored.c.fp == staged.c.fp)
        .group_by(staged.c.fp)
        .having(or_(days, func.count() >= COMMON_CONTENTS))
    )
    by_days: set[int] = set()
    common: set[int] = set()
    for batch in batches(_by_index(connection, possible)):
        query = (
            select(stored.c.fp, case((days, 1), else_=0))
            .where(stored.c.fp.in_(batch))
            .group_by(stored.c.fp)
            .having(or_(days, func.count() >= COMMON_CONTENTS))
        )
        for fp, over_days in connection.execute(query):
            (by_days if over_days else common).add(fp)
    return by_days, common


def contents_of(connection: Connection, fps: Iterable[int]) -> dict[int, set[int]]:
    """Every content that has one of some fingerprints: fingerprint to content ids."""
    found: dict[int, set[int]] = {}
    columns = (_FINGERPRINT.c.fp, _FINGERPRINT.c.content_id)
    for batch in batches(fps):
        for fp, content_id in connection.execute(select(*columns).where(_FINGERPRINT.c.fp.in_(batch))):
            found.setdefault(fp, set()).add(content_id)
    return found


def list_recurring(connection: Connection, sentences: dict[int, str]) -> int:
    """Put fingerprints on the stop list, with the sentence that each stands for; returns how many."""
    return insert_rows(connection, _RECURRING, sorted(sentences.items()))


def unlist_recurring(connection: Connection, fps: Iterable[int]) -> int:
    """Take fingerprints off the stop list; returns how many."""
    return sum(
        connection.execute(delete(_RECURRING).where(_RECURRING.c.fp.in_(batch))).rowcount for batch in batches(fps)
    )


def set_days(connection: Connection, days: dict[int, int]) -> int:
    """Set the day of contents, each to an earlier one than it had; returns how many."""
    if not days:
        return 0
    statement = update(_CONTENT).where(_CONTENT.c.content_id == bindparam("id_")).values(day=bindparam("day_"))
    rows = [{"id_": content_id, "day_": day} for content_id, day in sorted(days.items())]
    connection.execute(statement, rows)
    return len(rows)


def candidates(connection: Connection) -> list[tuple[int, int]]:
    """Pairs of a staged content and another one that share enough fingerprints within the window.

    The other's fingerprints are stored already; its content row may not be yet.
    """
    stored, staged = _FINGERPRINT, _STAGE
    shared = func.sum(staged.c.weight)
    pairs = (
        select(
            staged.c.content_id.label("one"),
            stored.c.content_id.label("other"),
            shared.label("shared"),
            func.min(staged.c.chars).label("chars"),
        )
        .join_from(staged, stored, stored.c.fp == staged.c.fp)
        .where(
            stored.c.content_id != staged.c.content_id,
            or_(
                staged.c.day == 0,
                stored.c.day == 0,
                stored.c.day.between(staged.c.day - WINDOW_DAYS, staged.c.day + WINDOW_DAYS),
            ),
        )
        .group_by(staged.c.content_id, stored.c.content_id)
        .having(shared >= LEAST_SHARED)
        .subquery()
    )
    chars = func.coalesce(_CONTENT.c.chars, pairs.c.chars)
    shorter = case((chars < pairs.c.chars, chars), else_=pairs.c.chars)
    query = (
        select(pairs.c.one, pairs.c.other)
        .join_from(pairs, _CONTENT, _CONTENT.c.content_id == pairs.c.other, isouter=True)
        .where(pairs.c.shared * LEAST_SHARE >= shorter)
    )
    return [(one, other) for one, other in _by_index(connection, query, rows=True)]


def _by_index(connection: Connection, query: Any, *, rows: bool = False) -> Sequence[Any]:
    """Run a look-up of few keys in a large table; PostgreSQL, whose statistics lag, must not scan it whole."""
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        connection.execute(text("SET LOCAL enable_hashjoin = off"))
        connection.execute(text("SET LOCAL enable_mergejoin = off"))
    try:
        return connection.execute(query).all() if rows else connection.scalars(query).all()
    finally:
        if postgres:
            connection.execute(text("SET LOCAL enable_hashjoin TO DEFAULT"))
            connection.execute(text("SET LOCAL enable_mergejoin TO DEFAULT"))
