"""What each parsed article is to the store: new, unchanged, or a revision of one that is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from crawler.dedupe.normalise import Folded, classify_revision, fold
from crawler.parse.article import Article
from models.articles import Revision
from models.base import identity
from models.upsert import batches
from models.urls import Capture

__all__ = ["NOT_PRINTED", "Candidate", "Decision", "Verdict", "candidate", "decide", "record_hash"]

NOT_PRINTED = frozenset(
    {"url", "publisher", "site", "key", "body_html", "layout", "parser_version", "charset", "notes", "breadcrumb"}
    | {"published_from", "modified_at"}
)
"""Fields that say how a page was read or where it stood; a change of them is no change of what was printed."""


class Verdict(StrEnum):
    """What an article is to the store."""

    NEW = "new"
    UNCHANGED = "unchanged"
    REVISION = "revision"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One parsed article with the capture that it was read from.

    Args:
        url: the canonical URL, as in fates.jsonl.
        article: what was read.
        capture_id: id of the capture row.
        sha256: of the payload, hex.
        fetched_at: aware.
        article_id: id of the article row.
        record_hash: of every field as printed.
        folded: the text in the form that comparison uses.
    """

    url: str
    article: Article
    capture_id: int
    sha256: str
    fetched_at: datetime
    article_id: int
    record_hash: str
    folded: Folded


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and its reason.

    Args:
        candidate: the article.
        verdict: what it is.
        kind: of the revision to write: `new`, `substantive`, `cosmetic` or `reparsed`; empty for unchanged.
        reason: a sentence.
        revision_id: the revision to write, or the one that says the same.
        ordinal: of that revision within its article.
        is_current: whether that revision is, or becomes, the article's current one.
        seen_from: when the site was first seen to say this, aware; of a state read again, when that state was.
        seen_to: when it was last seen to.
    """

    candidate: Candidate
    verdict: Verdict
    kind: str
    reason: str
    revision_id: int
    ordinal: int
    is_current: bool
    seen_from: datetime
    seen_to: datetime

    def as_json(self) -> dict[str, Any]:
        """One row of decisions.jsonl."""
        article = self.candidate.article
        return {
            "url": self.candidate.url,
            "site": article.site,
            "key": article.key,
            "decision": self.verdict.value,
            "kind": self.kind,
            "reason": self.reason,
            "record_hash": self.candidate.record_hash,
            "content_id": self.candidate.folded.content_id,
        }


@dataclass(slots=True)
class _Known:
    revision_id: int
    ordinal: int
    record_hash: str
    capture_id: int
    sha256: str
    seen_from: datetime
    seen_to: datetime
    title: str
    paragraphs: list[str]


def record_hash(article: Article) -> str:
    """SHA-256 over every field as printed, so that two captures that say the same compare equal."""
    printed = {name: value for name, value in article.as_json().items() if name not in NOT_PRINTED}
    return hashlib.sha256(json.dumps(printed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def candidate(url: str, article: Article, capture: dict[str, Any]) -> Candidate:
    """An article ready to be decided on.

    Args:
        url: the canonical URL of its fates row.
        article: what parse read.
        capture: its capture, as in fates.jsonl.
    """
    return Candidate(
        url=url,
        article=article,
        capture_id=identity("capture", capture["file"], capture["offset"]),
        sha256=capture["sha256"],
        fetched_at=datetime.fromisoformat(capture["fetched_at"]),
        article_id=identity("article", article.publisher, article.site, article.key),
        record_hash=record_hash(article),
        folded=fold(article.title, article.paragraphs),
    )


def decide(connection: Connection, candidates: Sequence[Candidate], *, again: bool = False) -> list[Decision]:
    """Hold each article against the states of it that are stored.

    Pure but for reading; the same store and the same candidates give the same decisions, and what was
    decided and written before is `unchanged` the second time.

    Args:
        connection: reads the store.
        candidates: in the order of arrival; a later one of the same article is held against the earlier.
        again: these are the latest readings of their captures: one of the current revision's capture replaces it,
            also where an earlier parser once read the same in it. Otherwise a reading that is stored is left alone, so
            that loading an old run again does not take a newer parser's reading back.
    """
    known = _stored(connection, {row.article_id for row in candidates})
    decisions = []
    for row in candidates:
        decision = _decide_one(row, known.setdefault(row.article_id, []), again=again)
        if decision.verdict is not Verdict.UNCHANGED:
            known[row.article_id].append(
                _Known(
                    revision_id=decision.revision_id,
                    ordinal=decision.ordinal,
                    record_hash=row.record_hash,
                    capture_id=row.capture_id,
                    sha256=row.sha256,
                    seen_from=decision.seen_from,
                    seen_to=decision.seen_to,
                    title=row.article.title,
                    paragraphs=row.article.paragraphs,
                )
            )
        decisions.append(decision)
    return decisions


def _decide_one(row: Candidate, states: list[_Known], *, again: bool = False) -> Decision:
    def revision(verdict: Verdict, kind: str, reason: str, *, is_current: bool, of: _Known | None = None) -> Decision:
        ordinal = len(states) + 1
        return Decision(
            row,
            verdict,
            kind,
            reason,
            identity("revision", row.article_id, ordinal),
            ordinal,
            is_current,
            # What another parser reads in a state's bytes was there for as long as that state was.
            seen_from=min(of.seen_from, row.fetched_at) if of else row.fetched_at,
            seen_to=max(of.seen_to, row.fetched_at) if of else row.fetched_at,
        )

    def unchanged(state: _Known, reason: str) -> Decision:
        return Decision(
            row,
            Verdict.UNCHANGED,
            "",
            reason,
            state.revision_id,
            state.ordinal,
            state is current,
            state.seen_from,
            state.seen_to,
        )

    if not states:
        current = None
        return revision(Verdict.NEW, "new", "the article key is not in the store", is_current=True)
    current = max(states, key=lambda state: (state.seen_from, state.ordinal))
    same = [state for state in states if state.record_hash == row.record_hash]
    if again and current.capture_id == row.capture_id and current not in same:
        return revision(
            Verdict.REVISION,
            "reparsed",
            "the same capture, read by another parser version",
            is_current=True,
            of=current,
        )
    for state in same:
        if state.capture_id == row.capture_id:
            return unchanged(state, "this capture is loaded already")
    if current in same:
        return unchanged(current, "every field as printed equals the current revision")
    if any(state.sha256 == row.sha256 for state in states):
        is_current = current.sha256 == row.sha256
        return revision(
            Verdict.REVISION,
            "reparsed",
            "the same bytes, read by another parser version",
            is_current=is_current,
            of=current if is_current else None,
        )
    if row.fetched_at <= current.seen_to:
        if same:
            return unchanged(same[-1], "an older capture that says what an earlier revision says")
        return revision(
            Verdict.REVISION,
            _kind(current, row),
            "an older capture, loaded late, that says something else",
            is_current=False,
        )
    kind = _kind(current, row)
    return revision(Verdict.REVISION, kind, f"differs from revision {current.ordinal}: {kind}", is_current=True)


def _kind(state: _Known, row: Candidate) -> str:
    if (state.title, state.paragraphs) == (row.article.title, row.article.paragraphs):
        return "cosmetic"
    return classify_revision(fold(state.title, state.paragraphs), row.folded)


def _stored(connection: Connection, article_ids: Iterable[int]) -> dict[int, list[_Known]]:
    known: dict[int, list[_Known]] = {}
    table = Revision.__table__.c
    for batch in batches(sorted(article_ids)):
        query = (
            select(
                table.article_id,
                table.id,
                table.ordinal,
                table.record_hash,
                table.capture_id,
                Capture.__table__.c.sha256,
                table.seen_from,
                table.seen_to,
                table.title,
                table.paragraphs,
            )
            .join_from(Revision.__table__, Capture.__table__, table.capture_id == Capture.__table__.c.id)
            .where(table.article_id.in_(batch))
            .order_by(table.article_id, table.ordinal)
        )
        for article_id, *values in connection.execute(query):
            known.setdefault(article_id, []).append(_Known(*values))
    return known
