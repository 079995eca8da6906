"""Which messages are due, whose turn it is to send them, and what became of them.

A message is not stored as text: it is what the rows say when it is sent. A mail server that was dead for a week
therefore costs one message, which tells of the whole week.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, update

from crawler.alerts.causes import Cause
from crawler.run import shanghai_day
from models.alerts import Alert, AlertEvent

__all__ = ["Kind", "Notice", "claim_due", "note_refused", "note_said", "open_alerts", "switched_off"]

_ALERT, _EVENT = Alert.__table__, AlertEvent.__table__

CLAIM = timedelta(minutes=10)
"""A process that was killed while it sent keeps its turn no longer than this; a message is then sent again."""

WAIT = timedelta(minutes=15)
"""Before a mail server that refused is asked again, by whichever task comes first."""


class Kind(StrEnum):
    """What a message says."""

    WRONG = "wrong"
    """Something is wrong: the first message on this state."""
    STILL = "still"
    """It still is, on a later day."""
    WELL = "well"
    """It is well again."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is known of one publisher and cause, for one message.

    Args:
        publisher: the publisher's key, or empty.
        cause: why.
        kind: what the message says.
        since: first failure of this state, UTC.
        well_at: when it ended, or None.
        runs: distinct runs that failed since then.
        last_at: the latest failure.
        stage: of the latest failure.
        dag_run: of the latest failure.
        window_end: of the latest failure's run, or None.
        message: the latest failure's sentence.
        log_url: the latest failure's log.
        late_since: when it was first tried to send this and could not be, or None.
        refusal: why it could not be.
        claim: whose turn it is; empty where nobody sends.
        told: whether a message has said that this state has begun.
    """

    publisher: str
    cause: Cause
    kind: Kind
    since: datetime
    well_at: datetime | None
    runs: int
    last_at: datetime
    stage: str
    dag_run: str
    window_end: date | None
    message: str
    log_url: str
    late_since: datetime | None = None
    refusal: str = ""
    claim: str = ""
    told: bool = False


def claim_due(connection: Connection, now: datetime, most: int = 50) -> list[Notice]:
    """Take the messages that are due; nobody else gets them before they are said, refused or forgotten.

    Args:
        connection: the store's writer (`Store.write`), so that two tasks never take the same one.
        now: the present, aware.
        most: how many at most.
    """
    today = shanghai_day(now)
    claim = uuid.uuid4().hex
    notices: list[Notice] = []
    # What was refused before comes last, so that no message stands in the way of the others.
    order = (_ALERT.c.refused_at.is_not(None), _ALERT.c.since, _ALERT.c.publisher, _ALERT.c.cause)
    for row in connection.execute(select(_ALERT).order_by(*order)).all():
        if len(notices) == most:
            break
        if row.claimed_until is not None and row.claimed_until > now:
            continue
        notice = _notice(connection, row, claim)
        if notice is None or not _due(row, notice, today):
            continue
        connection.execute(update(_ALERT).where(_of(row)).values(claim=claim, claimed_until=now + CLAIM))
        notices.append(notice)
    return notices


def _due(row: Row[Any], notice: Notice, today: date) -> bool:
    said_today = row.said_day is not None and row.said_day >= today
    if row.well_at is None:
        return not said_today and (row.said_at is None or notice.last_at > row.said_at)
    if row.well_said_at is not None:
        return False
    # Told of the trouble: told of its end, at once. Never told: there is one message on it, with its end, and where
    # today had its message already, tomorrow.
    return row.said_since == row.since or not said_today


def _notice(connection: Connection, row: Row[Any], claim: str) -> Notice | None:
    event = _EVENT.c
    own = and_(event.publisher == row.publisher, event.cause == row.cause, event.last_at >= row.since)
    latest = connection.execute(select(_EVENT).where(own).order_by(event.last_at.desc(), event.id).limit(1)).first()
    if latest is None:
        return None
    runs = connection.execute(select(func.count(event.dag_run.distinct())).where(own)).scalar_one()
    told = row.said_since == row.since
    kind = Kind.WELL if row.well_at is not None else Kind.STILL if told else Kind.WRONG
    return Notice(
        publisher=row.publisher,
        cause=Cause(row.cause),
        kind=kind,
        since=row.since,
        well_at=row.well_at,
        runs=runs,
        last_at=latest.last_at,
        stage=latest.stage,
        dag_run=latest.dag_run,
        window_end=latest.window_end,
        message=latest.message,
        log_url=latest.log_url,
        late_since=row.refused_at,
        refusal=row.refusal,
        claim=claim,
        told=told,
    )


def _of(row: Row[Any] | Notice) -> Any:
    return and_(_ALERT.c.publisher == row.publisher, _ALERT.c.cause == row.cause)


def note_said(connection: Connection, notice: Notice, now: datetime) -> None:
    """Remember that a message was sent.

    Args:
        connection: the store's writer.
        notice: what was sent.
        now: when.
    """
    values: dict[str, Any] = {"claim": "", "claimed_until": None, "refused_at": None, "refusal": ""}
    if not (notice.kind is Kind.WELL and notice.told):
        # Up to the failure that the message knew of: one that came while it was sent is said tomorrow.
        values |= {
            "said_at": notice.last_at,
            "said_day": shanghai_day(now),
            "said_since": notice.since,
        }
    if notice.kind is Kind.WELL:
        # Not the end of a state that began after this message was written.
        connection.execute(
            update(_ALERT)
            .where(_of(notice), _ALERT.c.since == notice.since, _ALERT.c.well_at.is_not(None))
            .values(well_said_at=now)
        )
    connection.execute(update(_ALERT).where(_of(notice), _ALERT.c.claim == notice.claim).values(values))


def note_refused(connection: Connection, notice: Notice, reason: str, now: datetime) -> None:
    """Remember that a message could not be sent; it stays due.

    Args:
        connection: the store's writer.
        notice: what was to be sent.
        reason: why not.
        now: when.
    """
    connection.execute(
        update(_ALERT)
        .where(_of(notice), _ALERT.c.claim == notice.claim)
        .values(
            claim="",
            claimed_until=now + WAIT,
            refused_at=func.coalesce(_ALERT.c.refused_at, now),
            refusal=reason[:500],
        )
    )


def open_alerts(connection: Connection) -> list[Notice]:
    """What is wrong now, and what could not be said, the oldest first."""
    rows = connection.execute(
        select(_ALERT)
        .where(_ALERT.c.well_at.is_(None) | _ALERT.c.refused_at.is_not(None))
        .order_by(_ALERT.c.since, _ALERT.c.publisher, _ALERT.c.cause)
    ).all()
    return [notice for row in rows if (notice := _notice(connection, row, "")) is not None]


def switched_off(connection: Connection) -> dict[str, datetime]:
    """The publishers whose nights are switched off in Airflow, as `watch` saw it: key to when it saw it first, UTC."""
    off = select(_ALERT.c.publisher, _ALERT.c.since).where(
        _ALERT.c.cause == Cause.PAUSED.value, _ALERT.c.well_at.is_(None)
    )
    return dict(connection.execute(off).all())
