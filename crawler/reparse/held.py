"""Readings held against what the store says at this moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from crawler.dedupe.decide import Candidate, candidate
from crawler.errors import Fate
from crawler.load.url_rows import LOADED
from crawler.parse.article import Article
from crawler.reparse.differences import (
    Outcome,
    differences,
    is_substantive,
    may_lose,
    printed_record,
    stored_record,
)
from models.articles import Article as ArticleRow
from models.articles import Revision
from models.base import identity
from models.urls import UrlEvent

__all__ = ["Held", "hold"]


@dataclass(slots=True)
class Held:
    """One reading and what it comes to.

    Args:
        reading: a row of `readings.jsonl`.
        outcome: what it comes to.
        fields: the printed fields that differ; see `differences`.
        candidate: the article as dedupe takes it, or None.
        event: the current row of `url_event` of the URL in its run, where it names this capture; else None.
        stored: the current revision that was read from the capture, or None.
    """

    reading: dict[str, Any]
    outcome: Outcome
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    candidate: Candidate | None = None
    event: Any = None
    stored: Any = None


def hold(connection: Connection, readings: Sequence[dict[str, Any]]) -> Iterator[Held]:
    """Hold readings of one run against the store.

    Args:
        connection: reads the store.
        readings: rows of `readings.jsonl`, at most some hundred, all of one run.
    """
    if not readings:
        return
    run_id = readings[0]["run"]
    captures = {identity("capture", row["capture"]["file"], row["capture"]["offset"]): row for row in readings}
    revision, article = Revision.__table__, ArticleRow.__table__
    stored = {
        row.capture_id: row
        for row in connection.execute(
            select(revision, article.c.kind.label("article_kind"))
            .join(article, article.c.current_revision_id == revision.c.id)
            .where(revision.c.capture_id.in_(list(captures)))
        )
    }
    event = UrlEvent.__table__
    events = {
        row.url_id: row
        for row in connection.execute(
            select(event).where(
                event.c.run_id == run_id,
                event.c.current,
                event.c.url_id.in_([identity("url", row["url"]) for row in readings]),
            )
        )
    }
    for capture_id, reading in captures.items():
        row = events.get(identity("url", reading["url"]))
        held = Held(
            reading,
            Outcome.DAMAGED,
            event=row if row is not None and row.capture_id == capture_id else None,
            stored=stored.get(capture_id),
        )
        if not reading["damaged"]:
            held.outcome = _outcome(held)
        yield held


def _outcome(held: Held) -> Outcome:
    reading, before = held.reading, held.stored
    if reading["revision"] is not None and before is None:
        return Outcome.SUPERSEDED
    if reading["article"] is None:
        if before is not None:
            return Outcome.NOW_REFUSED
        if held.event is None or Fate(held.event.fate) in LOADED:
            return Outcome.SUPERSEDED
        return Outcome.STILL_REFUSED if held.event.fate == reading["fate"] else Outcome.REFUSED_OTHERWISE
    found = candidate(reading["url"], Article.from_json(reading["article"]), reading["capture"])
    held.candidate = found
    if before is None:
        return Outcome.READABLE
    if found.article_id != before.article_id:
        return Outcome.OTHER_ARTICLE
    if found.record_hash == before.record_hash:
        return Outcome.SAME
    old, new = stored_record(before, before.article_kind), printed_record(reading["article"])
    held.fields = differences(old, new)
    if not reading["listing_known"] and may_lose(old, new):
        return Outcome.UNSURE
    return Outcome.SUBSTANTIVE if is_substantive(old, new, held.fields) else Outcome.COSMETIC
