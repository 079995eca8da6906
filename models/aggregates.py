"""Counts that load keeps up to date, so that a page about the corpus never scans it.

Every count is derived from stored rows, in the transaction that wrote them. The rows that a run can have changed are
counted again, nothing is added up from what a stage says of itself, so a repeated load writes nothing here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, ForeignKey, Subquery, Text, and_, case, cast, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.articles import Article, Revision, is_latest_reading
from models.base import Base
from models.contents import Content
from models.upsert import upsert
from models.urls import UrlEvent

__all__ = [
    "NO_DAY",
    "ArticleDay",
    "RunFate",
    "RunLayout",
    "RunYield",
    "rebuild_aggregates",
    "refresh_aggregates",
    "shanghai_day",
    "wrong_aggregates",
]

NO_DAY = date(1, 1, 1)
"""Stands for the day of articles that print no time."""

_SHANGHAI = ZoneInfo("Asia/Shanghai")


class RunFate(Base):
    """How many URLs of a run met one fate. A fate that none meets any more stays as a row of zeros."""

    __tablename__ = "run_fate"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    fate: Mapped[str] = mapped_column(primary_key=True)
    urls: Mapped[int]
    captured: Mapped[int] = mapped_column(comment="those of them that an archived response belongs to")


class RunLayout(Base):
    """How many articles of a run one layout read, the unchanged ones included."""

    __tablename__ = "run_layout"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    layout: Mapped[str] = mapped_column(primary_key=True)
    articles: Mapped[int]


class RunYield(Base):
    """What a run added to the corpus: its revisions, and how many of them have which field.

    What a newer parser reads in a run's own captures is no revision of the site's: it is not counted as `revised`, and
    the fields are those of the reading that stands.
    """

    __tablename__ = "run_yield"

    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"), primary_key=True)
    new: Mapped[int] = mapped_column(comment="articles that were not known, image-only ones included")
    revised: Mapped[int] = mapped_column(comment="further revisions of known articles")
    image_only: Mapped[int] = mapped_column(comment="of both, those without text")
    stories: Mapped[int] = mapped_column(comment="distinct stories among the new, as they were when it was loaded")
    texts: Mapped[int] = mapped_column(comment="revisions with text: what the next columns are a share of")
    with_title: Mapped[int]
    with_time: Mapped[int]
    with_source: Mapped[int]
    with_authors: Mapped[int]
    with_editor: Mapped[int]
    with_body: Mapped[int]


class ArticleDay(Base):
    """How many articles of one publisher were published on one Asia/Shanghai day."""

    __tablename__ = "article_day"

    publisher: Mapped[str] = mapped_column(primary_key=True, comment="as in article: empty for imported pages")
    day: Mapped[date] = mapped_column(primary_key=True, comment="0001-01-01: no time is printed")
    articles: Mapped[int]


_DAYS: Any = ArticleDay.__table__


def refresh_aggregates(connection: Connection, run_id: str) -> int:
    """Count again what one run can have changed.

    Args:
        connection: the writer's transaction, after the run's rows are written; this function does not commit.
        run_id: the run that was loaded.

    Returns:
        How many rows were written; none where the counts stand already.
    """
    days = _day_rows(_touched_days(connection, run_id))
    return _write(connection, [*_run_counts(connection, run_id), (_DAYS, days)])


def rebuild_aggregates(connection: Connection) -> int:
    """Count everything again from all rows; minutes on millions of them.

    Args:
        connection: the writer's transaction; this function does not commit.

    Returns:
        How many rows were wrong or missing, and are right now.
    """
    return _write(connection, _all_counts(connection))


def wrong_aggregates(connection: Connection, publisher: str = "") -> tuple[int, list[str]]:
    """Count everything again, write nothing, and name what is stored otherwise.

    Args:
        connection: reads the store.
        publisher: say only what is about this one; empty for all.

    Returns:
        How many rows were looked at, and a sentence for each that is wrong, missing or too many.
    """
    looked, wrong = 0, []
    for table, rows in _all_counts(connection):
        keys = [column.name for column in table.primary_key]
        stored = {tuple(row[key] for key in keys): dict(row) for row in connection.execute(select(table)).mappings()}
        for row in rows:
            key = tuple(row[name] for name in keys)
            was = stored.pop(key, None)
            if not _is_about(publisher, key):
                continue
            looked += 1
            different = [
                f"{name} is {'no row' if was is None else f'{was[name]:,}'}, not {row[name]:,}"
                for name in row
                if name not in keys and (was is None or was[name] != row[name])
            ]
            if different:
                wrong.append(f"{table.name} of {', '.join(map(str, key))}: {'; '.join(different)}")
        # A run's yield, of a run that has no revision any more.
        wrong += [
            f"{table.name} of {', '.join(map(str, key))}: nothing is left to count"
            for key, row in sorted(stored.items())
            if _is_about(publisher, key) and any(value for name, value in row.items() if name not in keys)
        ]
    return looked, wrong


def _is_about(publisher: str, key: tuple[Any, ...]) -> bool:
    # A run's id begins with its publisher; a day's key is the publisher.
    return not publisher or str(key[0]).partition("/")[0] == publisher


_Counts = list[tuple[Any, list[dict[str, Any]]]]
"""Tables with the rows that belong into them."""


def _write(connection: Connection, counts: _Counts) -> int:
    written = 0
    for table, rows in counts:
        keys = {column.name for column in table.primary_key}
        written += upsert(
            connection, table, rows, update=[column.name for column in table.columns if column.name not in keys]
        )
    return written


def _all_counts(connection: Connection) -> _Counts:
    article = Article.__table__.c
    counted: Counter[tuple[str, date]] = Counter()
    moments = select(article.publisher, article.published_at, func.count()).group_by(
        article.publisher, article.published_at
    )
    for publisher, moment, count in connection.execute(moments):
        counted[publisher, shanghai_day(moment)] += count
    stored = connection.execute(select(_DAYS.c.publisher, _DAYS.c.day)).all()
    days = {**{(row.publisher, row.day): 0 for row in stored}, **counted}
    return [*_run_counts(connection, None), (_DAYS, _day_rows(days))]


def shanghai_day(moment: datetime | None) -> date:
    """The Asia/Shanghai day of an aware moment; `NO_DAY` where there is none."""
    return moment.astimezone(_SHANGHAI).date() if moment else NO_DAY


def _run_counts(connection: Connection, run_id: str | None) -> _Counts:
    """Fates, layouts and yield of one run, or of all."""
    event = UrlEvent.__table__.c
    fates = (
        select(event.run_id, event.fate, func.count(), func.count(event.capture_id))
        .where(event.current)
        .group_by(event.run_id, event.fate)
    )
    article = UrlEvent.fate.in_(("loaded_new", "loaded_revision", "unchanged", "image_only"))
    layouts = (
        select(event.run_id, event.layout, func.count())
        .where(event.current, article, event.layout != "")
        .group_by(event.run_id, event.layout)
    )
    if run_id is not None:
        fates, layouts = fates.where(event.run_id == run_id), layouts.where(event.run_id == run_id)
    return [
        (RunFate.__table__, _with_zeros(connection, RunFate, run_id, connection.execute(fates))),
        (RunLayout.__table__, _with_zeros(connection, RunLayout, run_id, connection.execute(layouts))),
        (RunYield.__table__, _yields(connection, run_id)),
    ]


def _with_zeros(
    connection: Connection, model: type[RunFate | RunLayout], run_id: str | None, counted: Iterable[Any]
) -> list[dict[str, Any]]:
    """Counts as rows; a stored row that nothing counts for any more becomes zeros (no right to delete is needed)."""
    table: Any = model.__table__
    keys = [column.name for column in table.primary_key]
    counts = [column.name for column in table.columns if column.name not in keys]
    stored = select(*table.primary_key)
    if run_id is not None:
        stored = stored.where(table.c.run_id == run_id)
    rows = {tuple(row): dict.fromkeys(counts, 0) for row in connection.execute(stored)}
    for row in counted:
        rows[tuple(row[: len(keys)])] = dict(zip(counts, row[len(keys) :], strict=True))
    return [{**dict(zip(keys, key, strict=True)), **values} for key, values in sorted(rows.items())]


def _yields(connection: Connection, run_id: str | None) -> list[dict[str, Any]]:
    revision, content = Revision.__table__, Content.__table__
    table: Any = RunYield.__table__
    # Of a capture that was read again, the reading that stands.
    stands = is_latest_reading()
    without_text = _captures_without_text(run_id)
    is_text = and_(without_text.c.capture_id.is_(None), stands)

    def how_many(*conditions: Any) -> Any:
        return func.count(case((and_(*conditions), 1)))

    counts = (
        select(
            revision.c.run_id,
            how_many(revision.c.kind == "new").label("new"),
            how_many(revision.c.kind.in_(("substantive", "cosmetic"))).label("revised"),
            how_many(without_text.c.capture_id.is_not(None), stands).label("image_only"),
            how_many(is_text).label("texts"),
            how_many(is_text, revision.c.title != "").label("with_title"),
            how_many(is_text, revision.c.published_at.is_not(None)).label("with_time"),
            how_many(is_text, revision.c.source != "").label("with_source"),
            how_many(is_text, cast(revision.c.authors, Text) != "[]").label("with_authors"),
            how_many(is_text, revision.c.editor != "").label("with_editor"),
            how_many(is_text, cast(revision.c.paragraphs, Text) != "[]").label("with_body"),
        )
        .outerjoin(
            without_text,
            and_(without_text.c.run_id == revision.c.run_id, without_text.c.capture_id == revision.c.capture_id),
        )
        .group_by(revision.c.run_id)
    )
    stories = (
        select(revision.c.run_id, func.count(content.c.story_id.distinct()))
        .join(content, content.c.content_id == revision.c.content_id)
        .where(revision.c.kind == "new")
        .group_by(revision.c.run_id)
    )
    stored = select(table.c.run_id, table.c.new, table.c.stories)
    if run_id is not None:
        counts, stories = counts.where(revision.c.run_id == run_id), stories.where(revision.c.run_id == run_id)
        stored = stored.where(table.c.run_id == run_id)
    story_counts = {row[0]: row[1] for row in connection.execute(stories)}
    known = {row.run_id: row for row in connection.execute(stored)}
    rows = []
    for row in connection.execute(counts).mappings():
        before = known.get(row["run_id"])
        # Later runs may join two of these stories. The figure is that of the load which brought the articles, or
        # loading an old run again would write a row.
        is_known = before is not None and before.new == row["new"]
        rows.append({**row, "stories": before.stories if is_known and before else story_counts.get(row["run_id"], 0)})
    return rows


def _captures_without_text(run_id: str | None) -> Subquery:
    """The captures that a run read as image-only, by the fate that it gave them last.

    Not by the article's kind, which is that of its latest revision: a later run may find text, and loading the old run
    again would then count otherwise than before.
    """
    event = UrlEvent.__table__.c
    captured = (event.capture_id.is_not(None), *(() if run_id is None else (event.run_id == run_id,)))
    latest = (
        select(event.run_id, event.capture_id, func.max(event.attempt).label("attempt"))
        .where(*captured)
        .group_by(event.run_id, event.capture_id)
        .subquery()
    )
    return (
        select(event.run_id, event.capture_id)
        .join(
            latest,
            and_(
                latest.c.run_id == event.run_id,
                latest.c.capture_id == event.capture_id,
                latest.c.attempt == event.attempt,
            ),
        )
        .where(*captured, event.fate == "image_only")
        .distinct()
        .subquery()
    )


def _touched_days(connection: Connection, run_id: str) -> dict[tuple[str, date], int]:
    """The days on which articles of a run are or ever were dated, with the articles that each has now."""
    of_run, any_of = Revision.__table__.alias("of_run"), Revision.__table__.alias("any_of")
    article = Article.__table__
    moments = (
        select(article.c.publisher, any_of.c.published_at)
        .join(of_run, of_run.c.article_id == article.c.id)
        .join(any_of, any_of.c.article_id == article.c.id)
        .where(of_run.c.run_id == run_id)
        .distinct()
    )
    days = {(publisher, shanghai_day(moment)) for publisher, moment in connection.execute(moments)}
    return {(publisher, day): _articles_on(connection, publisher, day) for publisher, day in sorted(days)}


def _articles_on(connection: Connection, publisher: str, day: date) -> int:
    article = Article.__table__.c
    query = select(func.count()).select_from(Article).where(article.publisher == publisher)
    if day == NO_DAY:
        query = query.where(article.published_at.is_(None))
    else:
        query = query.where(
            article.published_at >= _midnight(day), article.published_at < _midnight(day + timedelta(days=1))
        )
    return int(connection.execute(query).scalar_one())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, _SHANGHAI).astimezone(UTC)


def _day_rows(days: dict[tuple[str, date], int]) -> list[dict[str, Any]]:
    return [{"publisher": publisher, "day": day, "articles": count} for (publisher, day), count in sorted(days.items())]
