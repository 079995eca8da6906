"""One task, one job of the upkeep."""

from __future__ import annotations

from typing import Any

from airflow.sdk import BaseOperator, Context
from form_fields import refuse_other_words
from plain_failure import log_without_stack

from crawler.errors import DibaoError
from crawler.upkeep.job import Job

__all__ = ["UpkeepOperator"]


class UpkeepOperator(BaseOperator):
    """Does one job of the upkeep; its report ends the log, its figures are the XCom.

    Args:
        job: what to do.
        kwargs: Airflow's own.
    """

    def __init__(self, *, job: Job, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job

    def execute(self, context: Context) -> dict[str, Any]:
        """Do it, or say what would be done.

        Raises:
            DibaoError: it failed, or it found something for a person; the message says what to do.
        """
        # Imported here, since the scheduler reads the DAG file over and over and needs none of it.
        from crawler.config import load_config
        from crawler.upkeep.run_job import run_job

        try:
            # `dryrun` for `dry_run` would delete what somebody wanted to see.
            refuse_other_words("upkeep", getattr(context.get("dag_run"), "conf", None), ("dry_run",))
            dry_run = bool(context["params"]["dry_run"])
            return run_job(self.job, load_config(fresh=True), dry_run=dry_run, on_line=self.log.info).as_json()
        except DibaoError as error:
            self.log.error("%s failed: %s", self.job, error)
            log_without_stack()
            # The sentence is what a person needs; where inside the job it came from is not.
            raise error.with_traceback(None) from None
