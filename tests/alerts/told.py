"""A mailbox that is a list: what the store says is due, taken and said as a task does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from crawler.alerts.causes import Cause
from crawler.alerts.due import WAIT, Kind, Notice, claim_due, note_refused, note_said
from crawler.alerts.record import Failure, note_failure, note_success, note_well
from models.store import Store

__all__ = ["NIGHT", "Told", "failure", "say_everything"]

NIGHT = datetime(2026, 6, 16, 17, 30, tzinfo=UTC)
"""01:30 of the 17th in Shanghai."""


def failure(
    night: int = 0, *, stage: str = "crawl", cause: Cause = Cause.UNREACHABLE, since: datetime | None = None
) -> Failure:
    """The failure of the n-th night's run."""
    day = date(2026, 6, 17) + timedelta(days=night)
    return Failure(
        publisher="tibet_net",
        cause=cause,
        dag_run=f"ingest_tibet_net/scheduled__{day}",
        stage=stage,
        message=f"no answer on {day}",
        log_url="http://127.0.0.1:8080/dags/ingest_tibet_net",
        run_id=f"tibet_net/{day - timedelta(days=1)}_{day}",
        window_end=day,
        since=since,
    )


@dataclass
class Told:
    """The store's side of every task: a failure, a success, the next chance to say it."""

    store: Store
    said: list[Notice] = field(default_factory=list)

    def fails(self, what: Failure, now: datetime) -> None:
        self.store.write(lambda connection: note_failure(connection, what, now))

    def works(
        self, now: datetime, night: int = 0, *, stage: str = "crawl", whole: bool = True, asks: bool = True
    ) -> None:
        run = failure(night)
        assert run.window_end is not None
        end = run.window_end
        self.store.write(
            lambda connection: note_success(
                connection,
                "tibet_net",
                stage,
                now,
                run_id=run.run_id,
                window_end=end,
                whole=whole,
                proves_the_site=asks,
            )
        )

    def says(self, now: datetime) -> list[Kind]:
        """Send what is due; the kinds of it."""
        notices = self.store.write(lambda connection: claim_due(connection, now))
        for notice in notices:
            self.store.write(lambda connection, n=notice: note_said(connection, n, now))  # type: ignore[misc]
        self.said += notices
        return [notice.kind for notice in notices]

    def cannot_say(self, now: datetime) -> int:
        """Try to send what is due, in vain."""
        notices = self.store.write(lambda connection: claim_due(connection, now))
        for notice in notices:
            self.store.write(lambda connection, n=notice: note_refused(connection, n, "no route", now))  # type: ignore[misc]
        return len(notices)


def say_everything(store: Store) -> None:
    """Every statement that alerts send, once at least."""
    told = Told(store)
    told.fails(failure(), NIGHT)
    told.fails(failure(), NIGHT + timedelta(minutes=1))
    told.cannot_say(NIGHT + timedelta(minutes=1))
    told.says(NIGHT + timedelta(minutes=2) + WAIT)
    earlier = failure(1, cause=Cause.CHECK, stage="check", since=NIGHT - timedelta(days=9))
    told.fails(failure(cause=Cause.CHECK, stage="check"), NIGHT)
    told.fails(earlier, NIGHT)
    told.works(NIGHT + timedelta(hours=1))
    told.says(NIGHT + timedelta(hours=1))
    told.fails(failure(1), NIGHT + timedelta(hours=2))
    store.write(lambda connection: note_well(connection, "tibet_net", Cause.CHECK, NIGHT + timedelta(hours=3)))
