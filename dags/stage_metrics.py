"""The figures of a publisher's latest stages as metrics, through Airflow's own StatsD or OpenTelemetry client.

All are gauges: a stage runs once a night in a process of its own, and a stage that is run again replaces its figures
instead of adding to them. The figures are those of the run folder's summary.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowException
from airflow.sdk.observability import stats

from crawler.errors import ArtefactError, Fate

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.run import Run

__all__ = ["figures", "send_figures"]

log = logging.getLogger(__name__)


def figures(stage: str, counts: dict[str, Any], now: datetime) -> dict[str, float]:
    """What a stage's stored counts say, by the metric's name without the publisher's.

    Args:
        stage: `crawl`, `parse`, `dedupe`, `load` or `check`.
        counts: its part of the run's summary.
        now: the present, aware; the newest article's age is counted to it.
    """
    found: dict[str, float] = {f"seconds.{stage}": counts["seconds"]}
    match stage:
        case "crawl":
            found |= {name: counts[name] for name in ("discovered", "captures")}
            found |= {"archived_bytes": counts["warc_bytes"], "complete": int(counts["complete"])}
        case "load":
            found |= {f"articles.{name}": counts[name] for name in ("new", "revised", "unchanged", "image_only")}
        case "check":
            found |= {"checks.failed": len(counts["failures"]), "checks.warned": len(counts["warnings"])}
            # A fate that no URL met is sent as zero, or its figure of the night before would stand.
            found |= {f"fates.{fate.value}": counts["fates"].get(fate.value, 0) for fate in Fate}
            if counts["newest"] is not None:
                age = now - datetime.fromisoformat(counts["newest"])
                found["newest_article_age_hours"] = round(age.total_seconds() / 3600, 2)
    return found


def send_figures(run: Run, stage: str, config: Config) -> None:
    """Send the figures of a stage that has ended as `dibao.<publisher>.<name>`, if Airflow's [metrics] are on.

    Args:
        run: whose summary is read.
        stage: the stage.
        config: our settings.
    """
    # Imported here, since the scheduler reads the DAG file over and over and needs none of it.
    from crawler.artefacts import RunFolder

    try:
        counts = RunFolder(run, config.data_root).read_summary().get(stage) or {}
        if "seconds" not in counts:
            return
        for name, value in figures(stage, counts, datetime.now(UTC)).items():
            # The publisher is in the name for StatsD, which knows no tags, and a tag for those that do.
            stats.gauge(f"dibao.{run.publisher}.{name}", value, tags={"publisher": run.publisher})
    except (OSError, ValueError, ArtefactError, AirflowException) as error:
        # Nothing of the corpus hangs on a metric: the task goes on as it would have.
        log.warning("the figures of %s were not sent as metrics: %s", stage, error)
