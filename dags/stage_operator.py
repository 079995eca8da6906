"""One task, one stage: what Airflow knows of a DAG run goes in, the stage's counts come out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, BaseOperator
from plain_failure import log_without_stack
from run_request import requested_run, run_times
from stage_metrics import send_figures

from crawler.errors import CheckFailed, CrawlFailed, DibaoError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from airflow.sdk import Context

    from crawler.run import Run

__all__ = ["STAGES", "StageOperator"]

STAGES = ("crawl", "parse", "dedupe", "load", "check")


class StageOperator(BaseOperator):
    """Runs one stage of one publisher's run.

    The XCom is the stage's counts, and so is the `extra` of the asset event, where the task has an outlet. The log ends
    with the stage's table.

    Args:
        publisher: the publisher's key.
        stage: one of `STAGES`.
        kwargs: Airflow's own.
    """

    ui_color = "#f2e9dc"
    template_fields: Sequence[str] = ()

    def __init__(self, *, publisher: str, stage: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if stage not in STAGES:
            raise ValueError(f"there is no stage {stage!r}; there are {', '.join(STAGES)}")
        self.publisher = publisher
        self.stage = stage

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the stage.

        Returns:
            Its counts.

        Raises:
            DibaoError: the stage failed; the message says what to do.
        """
        try:
            run = self.asked_run(context)
            return self._finished(context, run, self._stage_counts(run))
        except DibaoError as error:
            self.log.error("%s failed: %s", self.stage, error)
            log_without_stack()
            # The sentence is what a person needs; where inside the stages it came from is not.
            raise error.with_traceback(None) from None

    def _stage_counts(self, run: Run) -> dict[str, Any]:
        # Imported here, since the scheduler reads the DAG file over and over and needs none of it.
        from crawler import stages
        from crawler.config import load_config

        # It tells of its dialect each time the store is opened.
        logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
        config = load_config(fresh=True)
        self.log.info("%s of %s, publication days %s to %s (excluded)", self.stage, run.publisher, *_days(run))
        self.log.info("run folder: %s", run.folder(config.data_root))
        if run.reason:
            self.log.info("reason: %s", run.reason)
        stage: Callable[..., dict[str, Any]] = getattr(stages, self.stage)
        try:
            counts = stage(run, config, on_line=self.log.info)
        except (CrawlFailed, CheckFailed):
            # These two have stored their figures before they failed.
            send_figures(run, self.stage, config)
            raise
        else:
            send_figures(run, self.stage, config)
            return counts
        finally:
            # A time-out arrives here as an exception out of the blue: no crawl outlives its task.
            if self.stage == "crawl":
                stages.stop_crawl()

    def _finished(self, context: Context, run: Run, counts: dict[str, Any]) -> dict[str, Any]:
        from crawler import stages
        from crawler.artefacts import RunFolder
        from crawler.config import load_config

        folder = RunFolder(run, load_config().data_root)
        for line in stages.describe(self.stage, counts, folder).splitlines():
            self.log.info("%s", line)
        for outlet in self.outlets:
            if isinstance(outlet, Asset):
                context["outlet_events"][outlet].extra = {"run": run.run_id, **counts}
        if self.stage == "check":
            self._require_crawl(context)
        return counts

    def _require_crawl(self, context: Context) -> None:
        """Keep a DAG run red whose crawl failed: `parse` goes on from what came home, and this is the last task.

        Raises:
            CheckFailed: the crawl task of this DAG run did not succeed.
        """
        dag_run = context["dag_run"]
        states = context["ti"].get_task_states(dag_id=dag_run.dag_id, run_ids=[dag_run.run_id], task_ids=["crawl"])
        crawl = states.get(dag_run.run_id, {}).get("crawl")
        if crawl != "success":
            raise CheckFailed(
                f"the run adds up, but its crawl did not succeed (its task is {crawl}): the crawl's log says why. "
                "What it brought home is loaded; clear `crawl` and what follows it once the reason is gone."
            )

    def asked_run(self, context: Context) -> Run:
        """The run that this DAG run stands for.

        Raises:
            ConfigurationError: the publisher's file or a parameter is wrong.
        """
        from crawler import publishers

        dag_run = context["dag_run"]
        publisher = publishers.get(self.publisher)
        return requested_run(
            publisher,
            context["params"],
            run_times(dag_run, publisher.schedule),
            asked=dag_run.conf,
            backfill=dag_run.run_type == "backfill",
        )

    def on_kill(self) -> None:
        """Airflow's hook on SIGTERM (marked failed, cleared, worker stopped): end the crawl's process."""
        if self.stage == "crawl":
            from crawler import stages

            stages.stop_crawl()


def _days(run: Run) -> tuple[date, date]:
    return run.window.start, run.window.end
