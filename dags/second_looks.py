"""Which runs a second look starts: recent nights again, and the gaps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import BaseOperator, Context
from form_fields import refuse_other_words

from crawler.errors import ConfigurationError

__all__ = ["ALONE", "SecondLooksOperator"]

ALONE = timedelta(days=30)
"""Gaps up to this age are closed without anyone asking; who looked at one old day did not ask for the years since."""


class SecondLooksOperator(BaseOperator):
    """Returns the parameters of the ingest runs to start for one publisher, one mapping per run.

    Args:
        publisher: the publisher's key.
        kwargs: Airflow's own.
    """

    def __init__(self, *, publisher: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.publisher = publisher

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Ask the store.

        Raises:
            ConfigurationError: the form has no such field, or its day is still to come.
            StoreError: the store cannot be read.
        """
        refuse_other_words("second look", getattr(context.get("dag_run"), "conf", None), ("recent", "gaps", "since"))
        # Imported here, since the scheduler reads the DAG file over and over and needs none of it.
        from datetime import UTC, date, datetime

        from crawler import publishers
        from crawler.assurance.gaps import find_gaps, gap_windows, recent_windows
        from crawler.config import load_config
        from crawler.run import shanghai_day
        from crawler.stages import open_store

        now = datetime.now(UTC)
        today = shanghai_day(now)
        # The days that its schedule has come to: the day before a free day is read by the night after it.
        until = shanghai_day(publishers.latest_night(self.publisher, now)[1])
        params = context["params"]
        wanted = {}
        since = date.fromisoformat(params["since"]) if params["since"] else None
        if since and since > today:
            raise ConfigurationError(f"Gaps since is {since}, but it is {today} in Shanghai: no day since is over yet")
        config = load_config(fresh=True)
        with open_store(config) as store, store.reading() as connection:
            if params["recent"]:
                recent = recent_windows(connection, self.publisher, today)
                wanted.update(dict.fromkeys(recent, "second look at the listings of a recent night"))
            if params["gaps"]:
                gaps = find_gaps(connection, self.publisher, since, until, config.data_root)
                unasked = [gap for gap in gaps if not since and gap.day < today - ALONE]
                wanted.update(dict.fromkeys(gap_windows(gaps[len(unasked) :], due_at=now), "closes a gap"))
                if unasked:
                    self.log.warning(
                        "%s: %s missing before %s, from %s on, which nobody asked for: `dibao gaps` lists them, and "
                        "`revisit` with Gaps since fetches them",
                        self.publisher,
                        "1 day is" if len(unasked) == 1 else f"{len(unasked):,} days are",
                        today - ALONE,
                        unasked[0].day,
                    )
        if wanted and context["ti"].get_dag(f"ingest_{self.publisher}").is_paused:
            # Its runs would wait, more of them each morning, and ask the site all at once when it is switched on.
            self.log.warning(
                "%s: its DAG is paused, so %d second looks are left out; the first `revisit` after it is switched on "
                "starts those that are due then",
                self.publisher,
                len(wanted),
            )
            return []
        for window, reason in wanted.items():
            self.log.info("%s: %s to %s (excluded): %s", self.publisher, window.start, window.end, reason)
        if not wanted:
            self.log.info("%s: nothing to look at again", self.publisher)
        return [
            {
                "from": window.start.isoformat(),
                "to": window.end.isoformat(),
                "listings_again": True,
                "reason": reason,
            }
            for window, reason in wanted.items()
        ]
