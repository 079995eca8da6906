"""One task, one step of a reparse: what the form asks for goes in, the step's counts come out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException
from articles_asset import articles_asset
from plain_failure import log_without_stack
from reparse_form import asked_for

from crawler.errors import DibaoError

if TYPE_CHECKING:
    from airflow.sdk import Context

    from crawler.config import Config
    from crawler.reparse.request import Reparse

__all__ = ["REPARSED", "ReparseOperator"]

REPARSED = "articles_reparsed"
"""The alias of the assets that a reparse updates."""


class ReparseOperator(BaseOperator):
    """Does one step of the reparse that the form asks for.

    The XCom is the step's counts; the log ends with its table and the place of the report.

    Args:
        step: `read`, `compare` or `write`.
        kwargs: Airflow's own.
    """

    ui_color = "#e2ece9"

    def __init__(self, *, step: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if step not in ("read", "compare", "write"):
            raise ValueError(f"there is no step {step!r}; there are read, compare, write")
        self.step = step

    def execute(self, context: Context) -> dict[str, Any]:
        """Do the step.

        Returns:
            Its counts.

        Raises:
            AirflowSkipException: nothing is to be written.
            DibaoError: the step failed; the message says what to do.
        """
        # Imported here, since the scheduler reads the DAG file over and over and needs none of it.
        from crawler.config import load_config
        from crawler.reparse.request import Reparse

        try:
            asked = asked_for(context["params"], context["dag_run"].conf, context["dag"].params)
            reparse = Reparse.from_json(asked)
            if self.step == "write" and not context["params"]["write"]:
                raise AirflowSkipException("the form does not say to write: the store is as it was")
            counts = self._counts(reparse, load_config(fresh=True))
        except DibaoError as error:
            self.log.error("%s failed: %s", self.step, error)
            log_without_stack()
            # The sentence is what a person needs; where inside it came from is not.
            raise error.with_traceback(None) from None
        if self.step == "write" and counts["rows_written"]:
            extra = {"reparse": reparse.key, **counts}
            context["outlet_events"][AssetAlias(REPARSED)].add(articles_asset(reparse.publisher), extra=extra)
        return counts

    def _counts(self, reparse: Reparse, config: Config) -> dict[str, Any]:
        from crawler.reparse.compare import compare
        from crawler.reparse.read import read
        from crawler.reparse.report import read_text, summary_text, written_text
        from crawler.reparse.write import write

        # It tells of its dialect each time the store is opened.
        logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
        days = f"days {reparse.window.start} to {reparse.window.end} (excluded)" if reparse.window else "all days"
        self.log.info("%s of %s, %s", self.step, reparse.publisher, days)
        if reparse.reason:
            self.log.info("reason: %s", reparse.reason)
        step, text = {
            "read": (read, read_text),
            "compare": (compare, summary_text),
            "write": (write, written_text),
        }[self.step]
        counts = step(reparse, config, on_line=self.log.info)
        for line in text(counts).splitlines():
            self.log.info("%s", line)
        if "report" in counts:
            self.log.info("report: %s", counts["report"])
        return counts
