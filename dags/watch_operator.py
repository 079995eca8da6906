"""Look at every publisher's last night, and send what is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.alerts.night import Night
    from crawler.alerts.record import Failure
    from crawler.alerts.settings import AlertSettings
    from crawler.publishers import Publisher
    from models.store import Store

__all__ = ["WatchOperator"]

_MORNING = time(7, 0)
_AT_WORK = ("queued", "running")


class WatchOperator(BaseOperator):
    """Notes what is late or quiet, ends what is not so any more, and sends what is due.

    Args:
        nights: whether publishers run by their schedule, so that a night can be late.
        kwargs: Airflow's own.
    """

    def __init__(self, *, nights: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.nights = nights

    def execute(self, context: Context) -> dict[str, int]:
        """Look once.

        Returns:
            How many publishers are late and quiet, and how many messages were sent.

        Raises:
            StoreError: the store cannot be used.
            ConfigurationError: a setting is wrong.
        """
        from deliver import deliver

        from crawler import publishers
        from crawler.alerts.record import note_gone
        from crawler.alerts.settings import load_alert_settings
        from crawler.config import load_config
        from crawler.errors import ConfigurationError
        from crawler.stages import open_store

        settings = load_alert_settings()
        counts = {"late": 0, "quiet": 0, "said": 0}
        with open_store(load_config(fresh=True)) as store:
            self._adopt_marks(store)
            for key in publishers.keys():
                try:
                    publisher = publishers.get(key)
                except ConfigurationError as error:
                    # Its own DAG fails with it every night.
                    self.log.error("%s cannot be watched: %s", key, error)
                    continue
                late, quiet = self._look(context, store, publisher, settings)
                counts["late"] += late
                counts["quiet"] += quiet
            now = datetime.now(UTC)
            for gone in store.write(lambda connection: note_gone(connection, publishers.keys(), now)):
                self.log.info("%s has no folder any more: what was open of it is ended", gone)
            counts["said"] = deliver(store, settings)
        return counts

    def _look(self, context: Context, store: Store, publisher: Publisher, settings: AlertSettings) -> tuple[bool, bool]:
        from crawler.alerts.causes import Cause
        from crawler.alerts.night import last_night, night_state, quiet_for
        from crawler.alerts.record import note_failure, note_well
        from crawler.assurance.history import stored_runs

        now = datetime.now(UTC)
        deadline = publisher.deadline or settings.deadline
        night = last_night(publisher, deadline, now) if deadline and self.nights else None
        with store.reading() as connection:
            state = night_state(connection, publisher, night) if night else None
            quiet = quiet_for(connection, publisher, now)
            latest = max((run.window.end for run in stored_runs(connection, publisher.key) if run.whole), default=None)
        # Before its first run a publisher that is off is one that nobody has begun with.
        off = self._switched_off(context, publisher, latest) if self.nights and latest else None
        if off is not None:
            self._note_off(store, off, done=state is not None and state.done, now=now)
            return False, False
        late = None
        if night and state and state.known and not state.done:
            late = self._late(context, store, publisher, night)
        # A day begins to be quiet at midnight; it is said in the morning.
        stale = self._stale(publisher, quiet, now) if quiet and _morning(now, deadline) else None

        def work(connection: Connection) -> None:
            for cause, failure in ((Cause.DEADLINE, late), (Cause.STALE, stale)):
                if failure is not None:
                    note_failure(connection, failure, now)
                elif quiet is None if cause is Cause.STALE else state is None or state.done:
                    note_well(connection, publisher.key, cause, now)
            note_well(connection, publisher.key, Cause.PAUSED, now)

        store.write(work)
        for failure in (late, stale):
            if failure is not None:
                self.log.warning("%s: %s", publisher.key, failure.message)
        if late is None and stale is None:
            self.log.info("%s: nothing is late, and it is as fresh as usual", publisher.key)
        return late is not None, stale is not None

    def _switched_off(self, context: Context, publisher: Publisher, latest: date) -> Failure | None:
        """That a publisher's nights are paused, or None where they are not."""
        from deliver import address_of_airflow

        from crawler.alerts.causes import Cause
        from crawler.alerts.record import Failure

        ti = context["ti"]
        dag_id = f"ingest_{publisher.key}"
        if not ti.get_dag(dag_id).is_paused:
            return None
        waiting = int(ti.get_dr_count(dag_id=dag_id, states=list(_AT_WORK)))
        stand = "" if not waiting else f"; {waiting} run{'s' if waiting > 1 else ''} of it that began can go no further"
        return Failure(
            publisher=publisher.key,
            cause=Cause.PAUSED,
            dag_run=f"{dag_id}/paused",
            stage="night",
            message=(
                f"the DAG {dag_id} is paused: no night of it starts until it is switched on. "
                f"The last day that was crawled is {latest - timedelta(days=1)}{stand}"
            ),
            log_url=f"{address_of_airflow()}/dags/{dag_id}",
            once=True,
        )

    def _note_off(self, store: Store, off: Failure, *, done: bool, now: datetime) -> None:
        """Its being off is said once, in the place of every night that does not come and of its old articles."""
        from crawler.alerts.causes import Cause
        from crawler.alerts.record import note_failure, note_superseded, note_well

        def work(connection: Connection) -> None:
            note_failure(connection, off, now)
            if done:
                note_well(connection, off.publisher, Cause.DEADLINE, now)
            for cause in (Cause.DEADLINE, Cause.STALE):
                note_superseded(connection, off.publisher, cause, now)

        store.write(work)
        self.log.warning("%s: %s", off.publisher, off.message)

    def _late(self, context: Context, store: Store, publisher: Publisher, night: Night) -> Failure | None:
        """What keeps the night of a publisher that is on, or None where its failure has been noted already."""
        from deliver import address_of_airflow

        from crawler.alerts.causes import Cause
        from crawler.alerts.record import Failure, noted_since

        ti = context["ti"]
        dag_id = f"ingest_{publisher.key}"

        def runs(*states: str) -> int:
            return int(ti.get_dr_count(dag_id=dag_id, logical_dates=[night.logical_date], states=list(states) or None))

        with store.reading() as connection:
            told = noted_since(connection, publisher.key, night.due)
        if runs(*_AT_WORK):
            if told:
                # It waits for its next try: why, has been said.
                return None
            why = f"its run is still at work: {self._tasks(context, dag_id, night)}"
        elif runs("failed"):
            if told:
                return None
            why = "its run failed, and no failure of a task was noted: look at its log"
        elif runs():
            why = "its run ended, but no checked run in the store covers the day: look at the log of check"
        else:
            why = "no run was started: was the scheduler down at that time?"
        return Failure(
            publisher=publisher.key,
            cause=Cause.DEADLINE,
            dag_run=f"{dag_id}/night of {night.window.end}",
            stage="night",
            message=(
                f"the night of {night.window.end} (publication day {night.window.start}), due at "
                f"{night.due:%H:%M}, was not done by {night.deadline:%Y-%m-%d %H:%M} (Shanghai): {why}"
            ),
            log_url=f"{address_of_airflow()}/dags/{dag_id}",
            window_end=night.window.end,
            since=night.deadline,
            once=True,
        )

    def _tasks(self, context: Context, dag_id: str, night: Night) -> str:
        found = context["ti"].get_task_states(dag_id=dag_id, logical_dates=[night.logical_date])
        states = {task: state for run in found.values() for task, state in run.items()}
        at_work = [f"{task} is {state}" for task, state in sorted(states.items()) if state not in (None, "success")]
        return ", ".join(at_work) or "no task of it has started"

    def _stale(self, publisher: Publisher, quiet: tuple[Any, int], now: datetime) -> Failure:
        from deliver import address_of_airflow

        from crawler.alerts.causes import Cause
        from crawler.alerts.record import Failure
        from crawler.run import shanghai_day

        day, workdays = quiet
        return Failure(
            publisher=publisher.key,
            cause=Cause.STALE,
            dag_run=f"day {shanghai_day(now)}",
            stage="night",
            message=(
                f"the newest article is of {day}, {workdays} working days ago; "
                f"up to {publisher.expectations.quiet_workdays} are usual"
            ),
            log_url=f"{address_of_airflow()}/dags/ingest_{publisher.key}",
            once=True,
        )

    def _adopt_marks(self, store: Store) -> None:
        """Now that the store works again, say once that it did not."""
        from tell_without_store import marks

        from crawler.alerts.causes import Cause
        from crawler.alerts.record import Failure, note_failure, note_well

        for mark in list(marks()):
            began = datetime.fromtimestamp(mark.stat().st_mtime, UTC)
            cause = Cause(mark.stem.rpartition("-")[2])
            failure = Failure("", cause, mark.name, "store", "it could not be used", "", since=began)
            now = datetime.now(UTC)

            def work(connection: Connection, failure: Failure = failure, now: datetime = now) -> None:
                note_failure(connection, failure, now)
                note_well(connection, "", failure.cause, now)

            store.write(work)
            mark.unlink(missing_ok=True)


def _morning(now: datetime, deadline: time | None) -> bool:
    from crawler.run import SHANGHAI

    return now.astimezone(SHANGHAI).time() >= (deadline or _MORNING)
