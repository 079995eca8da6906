"""The questions of an audit that the store's rows alone can answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Select, Text, and_, case, cast, exists, func, or_, select
from upath import UPath

from crawler.dedupe.normalise import fold
from crawler.errors import Fate
from models.aggregates import wrong_aggregates
from models.articles import Article, Revision
from models.contents import Content, RecurringSentence
from models.runs import Run
from models.urls import Capture, Url, UrlEvent

__all__ = ["Audit", "Question", "RowAudit"]

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_PARSED = (Fate.LOADED_NEW, Fate.LOADED_REVISION, Fate.UNCHANGED, Fate.IMAGE_ONLY)
"""What becomes of a page that was read; every other fate of a captured page is a refusal."""

_WROTE = (Fate.LOADED_NEW, Fate.LOADED_REVISION)


@dataclass
class Question:
    """One thing that must hold of the whole store.

    Args:
        name: what must hold.
        remedy: what to do where it does not.
        looked: of how many things it was asked.
        unit: what those are.
        asked: False where this audit left it out, so that nobody takes it for passed.
        breaks: where it does not hold, each a sentence.
    """

    name: str
    remedy: str
    unit: str
    looked: int = 0
    asked: bool = True
    breaks: list[str] = field(default_factory=list)


@dataclass
class Audit:
    """What an audit found.

    Args:
        questions: each with its breaks.
        notes: what is no break, yet not in the store: runs that were crawled and not loaded.
        warc_bytes: archive files read, in bytes.
        seconds: how long it took.
    """

    questions: list[Question]
    notes: list[str] = field(default_factory=list)
    warc_bytes: int = 0
    seconds: float = 0.0

    @property
    def breaks(self) -> int:
        """How many breaks there are, all questions together."""
        return sum(len(question.breaks) for question in self.questions)


class RowAudit:
    """Asks the rows; each method adds its questions to the result."""

    def __init__(
        self, connection: Connection, data_root: UPath, publisher: str, quick: bool, on_line: Callable[[str], None]
    ) -> None:
        self.connection = connection
        self.data_root = data_root
        self.publisher = publisher
        self.quick = quick
        self.on_line = on_line
        self.result = Audit([])

    def _question(self, name: str, unit: str, remedy: str, *, asked: bool = True) -> Question:
        question = Question(name, remedy, unit, asked=asked)
        self.result.questions.append(question)
        return question

    def _of_runs(self, column: Any) -> list[ColumnElement[bool]]:
        """The condition that a row belongs to a run of the publisher asked for."""
        if not self.publisher:
            return []
        return [column.in_(select(Run.__table__.c.id).where(Run.__table__.c.publisher == self.publisher))]

    def _of_publisher(self, table: Any) -> list[ColumnElement[bool]]:
        return [table.c.publisher == self.publisher] if self.publisher else []

    def _count(self, query: Select[Any]) -> int:
        return int(self.connection.execute(select(func.count()).select_from(query.subquery())).scalar_one())

    def one_current_fate(self) -> None:
        """Whether each URL of a run has exactly one current event."""
        question = self._question(
            "one current fate per URL and run",
            "URLs of runs",
            "url_event is append-only and load keeps one row current: restore the store from its backup",
        )
        event, url = UrlEvent.__table__.c, Url.__table__.c
        number = func.sum(case((event.current, 1), else_=0))
        grouped = (
            select(event.run_id, event.url_id, number.label("number"))
            .where(*self._of_runs(event.run_id))
            .group_by(event.run_id, event.url_id)
        )
        question.looked = self._count(grouped)
        wrong = grouped.having(number != 1).subquery()
        for run_id, address, count in self.connection.execute(
            select(wrong.c.run_id, url.url, wrong.c.number).outerjoin(Url.__table__, url.id == wrong.c.url_id)
        ):
            question.breaks.append(f"{address} in {run_id} has {count} current fates")

    def article_captures(self) -> None:
        """Whether every page that was read or refused has its capture, in its own run."""
        question = self._question(
            "parsed + refused = article captures",
            "captured pages",
            "run `dibao load` of that run again; its capture rows come from captures.cdxj",
        )
        event, url, capture = UrlEvent.__table__.c, Url.__table__.c, Capture.__table__.c
        pages = or_(event.fate.in_([fate.value for fate in _PARSED]), event.capture_id.is_not(None))
        query = (
            select(event.run_id, url.url, event.fate, event.capture_id, capture.run_id.label("archived_by"))
            .outerjoin(Url.__table__, url.id == event.url_id)
            .outerjoin(Capture.__table__, capture.id == event.capture_id)
            .where(event.current, pages, *self._of_runs(event.run_id))
        )
        question.looked = self._count(query)
        for run_id, address, fate, capture_id, archived_by in self.connection.execute(
            query.where(or_(capture.id.is_(None), capture.run_id != event.run_id))
        ):
            if capture_id is None:
                found = "no capture"
            else:
                found = f"a capture of {archived_by}" if archived_by else "a capture that is not there"
            question.breaks.append(f"{address} in {run_id} is {fate} and has {found}")

    def loaded(self) -> None:
        """Whether every article that counts as new or revised has its revision, and every revision such an event."""
        question = self._question(
            "new + revised + unchanged = parsed",
            "loaded articles",
            "run `dibao load` of that run again: it writes what is missing",
        )
        event, url, revision = UrlEvent.__table__.c, Url.__table__.c, Revision.__table__.c
        capture = Capture.__table__.c
        # All attempts count, not only the current ones: a page may have been new in the first, unchanged in the next.
        wrote = event.fate.in_([fate.value for fate in _WROTE])
        question.looked = self._count(
            select(event.url_id).where(event.fate.in_([f.value for f in _PARSED]), *self._of_runs(event.run_id))
        )
        # Set differences, not one look-up per row: the planner takes the index by run, and runs are long.
        written = select(revision.run_id, revision.capture_id).where(*self._of_runs(revision.run_id))
        # A capture that is missing is another question's break.
        claimed = select(event.run_id, event.capture_id).where(
            wrote, event.capture_id.is_not(None), *self._of_runs(event.run_id)
        )
        lacking = claimed.except_(written).subquery()
        query = (
            select(event.run_id, url.url, event.fate)
            .join(lacking, and_(event.run_id == lacking.c.run_id, event.capture_id == lacking.c.capture_id))
            .outerjoin(Url.__table__, url.id == event.url_id)
            .where(wrote)
        )
        for run_id, address, fate in self.connection.execute(query):
            question.breaks.append(f"{address} in {run_id} is {fate}, but that run wrote no revision of it")
        told = select(event.run_id, event.capture_id).where(
            event.fate.in_([fate.value for fate in (*_WROTE, Fate.IMAGE_ONLY)]), *self._of_runs(event.run_id)
        )
        strange = written.except_(told).subquery()
        for run_id, address, ordinal in self.connection.execute(
            select(revision.run_id, revision.url, revision.ordinal)
            .join(strange, and_(revision.run_id == strange.c.run_id, revision.capture_id == strange.c.capture_id))
            .join(Capture.__table__, capture.id == revision.capture_id)
        ):
            question.breaks.append(f"revision {ordinal} of {address} was written by {run_id}, which has no such fate")

    def articles(self) -> None:
        """Whether each article's current revision exists, and its revisions are without a hole."""
        question = self._question(
            "each article has one current revision", "articles", "restore the store from its backup; a row is lost"
        )
        article, revision = Article.__table__.c, Revision.__table__.c
        mine = self._of_publisher(Article.__table__)
        question.looked = self._count(select(article.id).where(*mine))
        for address, found, ordinal in self.connection.execute(
            select(article.url, revision.id, revision.ordinal)
            .outerjoin(Revision.__table__, revision.id == article.current_revision_id)
            .where(or_(revision.id.is_(None), revision.article_id != article.id), *mine)
        ):
            state = "is missing" if found is None else f"is revision {ordinal} of another article"
            question.breaks.append(f"{address}: its current revision {state}")
        holes = self._question(
            "revisions are numbered without a hole", "articles", "restore the store from its backup; a row is lost"
        )
        holes.looked = question.looked
        number = func.count()
        for address, count, last in self.connection.execute(
            select(article.url, number, func.max(revision.ordinal))
            .join(Revision.__table__, revision.article_id == article.id)
            .where(*mine)
            .group_by(article.id, article.url)
            .having(or_(number != func.max(revision.ordinal), func.min(revision.ordinal) != 1))
        ):
            holes.breaks.append(f"{address} has {count} revisions, the last is number {last}")

    def revisions(self) -> None:
        """Whether each revision's article and capture are there."""
        question = self._question(
            "each revision has its article and its capture",
            "revisions",
            "restore the store from its backup; or run `dibao load` of that run again for a missing capture row",
        )
        article, revision, capture = Article.__table__.c, Revision.__table__.c, Capture.__table__.c
        question.looked = self._count(select(revision.id).where(*self._of_runs(revision.run_id)))
        for address, ordinal, found in self.connection.execute(
            select(revision.url, revision.ordinal, article.id)
            .outerjoin(Article.__table__, article.id == revision.article_id)
            .outerjoin(Capture.__table__, capture.id == revision.capture_id)
            .where(or_(article.id.is_(None), capture.id.is_(None)), *self._of_runs(revision.run_id))
        ):
            lost = "article" if found is None else "capture"
            question.breaks.append(f"revision {ordinal} of {address} has no {lost}")

    def contents(self) -> None:
        """Whether each revision with text has its folded text among the contents."""
        question = self._question(
            "each revision has its content",
            "revisions",
            "run `dibao load` of that run again; where its folder is gone, restore the store from its backup",
        )
        revision, content = Revision.__table__.c, Content.__table__.c
        mine = self._of_runs(revision.run_id)
        question.looked = self._count(select(revision.id).where(*mine))
        missing = self.connection.execute(
            select(revision.url, revision.ordinal, revision.title, revision.paragraphs)
            .outerjoin(Content.__table__, content.content_id == revision.content_id)
            .where(content.content_id.is_(None), *mine)
        )
        for address, ordinal, title, paragraphs in missing:
            # A text of which folding leaves nothing (scans, a bare table) has no content.
            if fold(title, paragraphs).sentences:
                question.breaks.append(f"revision {ordinal} of {address} has no content")

    def urls(self) -> None:
        """Whether each URL's latest fate is that of its last run."""
        question = self._question("a URL's fate is that of its last run", "URLs", "run `dibao load` of that run again")
        event, url = UrlEvent.__table__.c, Url.__table__.c
        mine = self._of_publisher(Url.__table__)
        question.looked = self._count(select(url.id).where(*mine))
        latest = select(url.id, url.last_run_id, url.fate).where(*mine)
        current = select(event.url_id, event.run_id, event.fate).where(event.current)
        different = latest.except_(current).subquery()
        # A URL without its event is the first question's break.
        any_event = exists().where(event.url_id == url.id, event.run_id == url.last_run_id)
        for address, fate, run_id in self.connection.execute(
            select(url.url, url.fate, url.last_run_id).join(different, different.c.id == url.id).where(any_event)
        ):
            question.breaks.append(f"{address} is {fate}, but not in {run_id}, its last run")

    def texts(self) -> None:
        """Whether a character was lost in decoding anywhere."""
        question = self._question(
            "no replacement character in any text",
            "rows",
            "the bytes were decoded wrongly: look at the capture's charset columns, then `dibao parse` again",
            asked=not self.quick,
        )
        if self.quick:
            return
        for model in (Revision, Article, Content, RecurringSentence):
            table = model.__table__
            mine = self._of_publisher(table) if model is Article else []
            if model is Revision:
                mine = self._of_runs(table.c.run_id)
            columns = [column for column in table.c if _is_text(column)]
            keys = list(table.primary_key)
            question.looked += self._count(select(*keys).where(*mine))
            hit = or_(*(self._contains(column) for column in columns))
            for row in self.connection.execute(select(*keys, *columns).where(hit, *mine)):
                fields = [column.name for column in columns if _REPLACEMENT in _plain(getattr(row, column.name))]
                if fields:
                    name = getattr(row, "url", "") or f"{table.name} {row[0]}"
                    question.breaks.append(f"{table.name} of {name}: U+FFFD in {', '.join(fields)}")

    def aggregates(self) -> None:
        """Whether the counts that the Corpus page shows are those of the rows."""
        question = self._question(
            "stored counts are those of the rows",
            "counts",
            "run `dibao load` of that run again: it counts the run anew",
        )
        question.looked, question.breaks = wrong_aggregates(self.connection, self.publisher)

    def _contains(self, column: Any) -> ColumnElement[bool]:
        find = func.strpos if self.connection.dialect.name == "postgresql" else func.instr
        text = cast(column, Text)
        if not isinstance(column.type, JSON):
            return find(text, _REPLACEMENT) > 0
        # JSON columns may hold the character as such or as an escape.
        return or_(find(text, _REPLACEMENT) > 0, find(text, "\\ufffd") > 0)


def _is_text(column: Any) -> bool:
    try:
        return column.type.python_type is str or isinstance(column.type, JSON)
    except NotImplementedError:
        return False


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
