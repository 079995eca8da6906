"""Write down that something failed, or works again; every call is one short transaction of its caller."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from crawler.alerts.causes import Cause
from models.alerts import Alert, AlertEvent
from models.base import identity

__all__ = [
    "Failure",
    "note_failure",
    "note_gone",
    "note_success",
    "note_superseded",
    "note_task_works",
    "note_well",
    "noted_of_run",
    "noted_since",
]

_ALERT, _EVENT = Alert.__table__, AlertEvent.__table__

LONGEST_MESSAGE = 4000
"""Characters of a failure's sentence that are kept: more is in the log."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that a person should know.

    Args:
        publisher: the publisher's key; empty where it is not one publisher's matter.
        cause: why.
        dag_run: `dag_id/run_id`, or what else was looked at; the same failure of it counts once.
        stage: the stage or task that failed.
        message: the failure's own sentence.
        log_url: where to read on.
        run_id: the run's publisher/run_key, or empty where it is not known.
        window_end: the day after the last one that the run covers, or None.
        since: when this began, if earlier rows tell; aware.
        once: whether to see it again changes nothing: a watch looks twice an hour.
    """

    publisher: str
    cause: Cause
    dag_run: str
    stage: str
    message: str
    log_url: str
    run_id: str = ""
    window_end: date | None = None
    since: datetime | None = None
    once: bool = False


def note_failure(connection: Connection, failure: Failure, now: datetime) -> None:
    """Add a failure to what is known of its publisher and cause.

    Args:
        connection: the store's writer (`Store.write`).
        failure: what happened.
        now: the present, aware.
    """
    event = _EVENT.c
    key = identity("alert", failure.publisher, failure.cause, failure.dag_run, failure.stage)
    if (
        failure.once
        and connection.execute(select(event.id).where(event.id == key, event.resolved_at.is_(None))).first()
    ):
        return
    values: dict[str, Any] = {
        "run_id": failure.run_id,
        "window_end": failure.window_end,
        "last_at": now,
        "resolved_at": None,
        "message": failure.message[:LONGEST_MESSAGE],
        "log_url": failure.log_url,
    }
    if not connection.execute(update(_EVENT).where(event.id == key).values(values)).rowcount:
        connection.execute(
            insert(_EVENT).values(
                id=key,
                publisher=failure.publisher,
                cause=failure.cause.value,
                dag_run=failure.dag_run,
                stage=failure.stage,
                first_at=now,
                **values,
            )
        )
    _open(connection, failure, now)


def _open(connection: Connection, failure: Failure, now: datetime) -> None:
    alert = _ALERT.c
    since = min(failure.since or now, now)
    where = and_(alert.publisher == failure.publisher, alert.cause == failure.cause.value)
    row = connection.execute(select(_ALERT).where(where)).one_or_none()
    if row is None:
        connection.execute(
            insert(_ALERT).values(
                publisher=failure.publisher, cause=failure.cause.value, since=since, claim="", refusal=""
            )
        )
        return
    if row.well_at is None:
        if since < row.since and row.said_since is None:
            connection.execute(update(_ALERT).where(where).values(since=since))
        return
    # Whoever was told of the trouble and not yet of its end knows of no second beginning.
    unsaid_end = row.well_said_at is None and (row.said_since == row.since or row.refused_at is not None)
    connection.execute(
        update(_ALERT)
        .where(where)
        .values(since=row.since if unsaid_end else max(since, row.well_at), well_at=None, well_said_at=None)
    )


def note_success(
    connection: Connection,
    publisher: str,
    stage: str,
    now: datetime,
    *,
    run_id: str,
    window_end: date,
    whole: bool,
    proves_the_site: bool = True,
) -> list[Cause]:
    """End what a stage that went well shows to have ended.

    A stage that works for one run works for all: a crawl that reached the site, a load that was written. A check speaks
    of its own days, and of the days before them where it failed at night; a part of a publisher speaks of itself.

    Args:
        connection: the store's writer.
        publisher: the publisher's key.
        stage: which stage went well.
        now: the present, aware.
        run_id: of the run that went well.
        window_end: the day after its last day.
        whole: whether it was the whole publisher, without a selection.
        proves_the_site: whether it asked the site at all; a crawl whose archive was whole asks nothing.

    Returns:
        The causes that have ended by it.
    """
    event = _EVENT.c
    own = event.run_id == run_id
    shown: ColumnElement[bool] = own
    if whole and stage == "check":
        before = or_(event.window_end.is_(None), event.window_end <= window_end)
        shown = or_(own, and_(event.cause != Cause.PAST_CHECK, before))
    elif whole and proves_the_site:
        shown = event.publisher == publisher
    watched = event.cause.not_in([Cause.DEADLINE, Cause.STALE, Cause.PAUSED, Cause.WARNING])
    return _resolve(connection, publisher, now, and_(event.stage == stage, watched, shown))


def note_task_works(connection: Connection, publisher: str, task: str, now: datetime) -> list[Cause]:
    """End what a task had failed with that is no stage of a run.

    Args:
        connection: the store's writer.
        publisher: the publisher's key, or empty.
        task: which task went well.
        now: the present, aware.
    """
    return _resolve(connection, publisher, now, _EVENT.c.stage == task)


def note_well(
    connection: Connection, publisher: str, cause: Cause, now: datetime, window_end: date | None = None
) -> list[Cause]:
    """End one cause, because it was looked at and is not so any more.

    Args:
        connection: the store's writer.
        publisher: the publisher's key.
        cause: what has ended.
        now: the present, aware.
        window_end: only of runs that end on this day or before it.
    """
    event = _EVENT.c
    where: ColumnElement[bool] = event.cause == cause.value
    if window_end is not None:
        where = and_(where, event.window_end <= window_end)
    return _resolve(connection, publisher, now, where)


def note_superseded(connection: Connection, publisher: str, cause: Cause, now: datetime) -> None:
    """End one cause without a word, because another one that is told of explains it.

    Args:
        connection: the store's writer.
        publisher: the publisher's key.
        cause: what nobody need be told of any more.
        now: the present, aware.
    """
    if _resolve(connection, publisher, now, _EVENT.c.cause == cause.value):
        alert = _ALERT.c
        connection.execute(
            update(_ALERT)
            .where(alert.publisher == publisher, alert.cause == cause.value)
            .values(well_said_at=now, refused_at=None, refusal="")
        )


def note_gone(connection: Connection, publishers: Collection[str], now: datetime) -> list[str]:
    """End without a word what is open of publishers whose folder is gone: nobody can mend it, or see it work again.

    Args:
        connection: the store's writer.
        publishers: keys of those that there are.
        now: the present, aware.

    Returns:
        The publishers that are gone.
    """
    event = _EVENT.c
    query = select(event.publisher, event.cause).where(
        event.resolved_at.is_(None),
        event.publisher.not_in(["", *publishers]),
        event.dag_run.startswith("ingest_", autoescape=True),
    )
    gone = connection.execute(query.distinct()).all()
    for publisher, cause in gone:
        note_superseded(connection, publisher, Cause(cause), now)
    return sorted({publisher for publisher, _ in gone})


def _resolve(connection: Connection, publisher: str, now: datetime, where: ColumnElement[bool]) -> list[Cause]:
    event, alert = _EVENT.c, _ALERT.c
    open_ = and_(event.publisher == publisher, event.resolved_at.is_(None))
    touched: Sequence[str] = (
        connection.execute(select(event.cause).where(open_, where).distinct().order_by(event.cause)).scalars().all()
    )
    ended = []
    for cause in touched:
        connection.execute(update(_EVENT).where(open_, where, event.cause == cause).values(resolved_at=now))
        left = connection.execute(
            select(func.count()).select_from(_EVENT).where(open_, event.cause == cause)
        ).scalar_one()
        if not left:
            connection.execute(
                update(_ALERT)
                .where(alert.publisher == publisher, alert.cause == cause, alert.well_at.is_(None))
                .values(well_at=now)
            )
            ended.append(Cause(cause))
    return ended


def noted_since(connection: Connection, publisher: str, moment: datetime) -> bool:
    """Whether a failure of a publisher's task was noted after a moment and is not resolved."""
    event = _EVENT.c
    query = select(func.count()).where(
        event.publisher == publisher,
        event.last_at >= moment,
        event.resolved_at.is_(None),
        event.cause.not_in([Cause.DEADLINE, Cause.STALE, Cause.PAUSED, Cause.WARNING, Cause.PAST_CHECK]),
    )
    return bool(connection.execute(query).scalar_one())


def noted_of_run(connection: Connection, dag_run: str, stage: str = "") -> bool:
    """Whether a failure of a DAG run was noted, in any stage or in one."""
    event = _EVENT.c
    query = select(func.count()).where(event.dag_run == dag_run)
    if stage:
        query = query.where(event.stage == stage, event.resolved_at.is_(None))
    return bool(connection.execute(query).scalar_one())
