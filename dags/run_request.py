"""From the trigger form, or the schedule's data interval, to the run that the stages work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param
from form_fields import day_fields, reason_field, refuse_other_words

from crawler.errors import ConfigurationError
from crawler.publishers import Publisher
from crawler.run import SHANGHAI, Run, Window, shanghai_day

__all__ = ["RunTimes", "requested_run", "run_times", "trigger_form"]


@dataclass(frozen=True, slots=True)
class RunTimes:
    """The moments of a DAG run that a window can be read from; all aware.

    Args:
        interval_start: start of the data interval, or None for a run without one (triggered through the API).
        interval_end: end of the data interval, or None.
        run_after: the moment the run was due or asked for.
    """

    interval_start: datetime | None
    interval_end: datetime | None
    run_after: datetime


def run_times(dag_run: Any, schedule: str) -> RunTimes:
    """The moments of a DAG run.

    For a run that somebody triggers Airflow makes up the interval of the latest scheduled one. Between midnight and the
    hour of the night that is the night before, a day too early for who wants yesterday: an interval that nobody gave
    counts as none.

    Args:
        dag_run: Airflow's.
        schedule: of its DAG, five fields of cron, Asia/Shanghai.
    """
    asked_at = dag_run.logical_date
    if dag_run.run_type == "manual" and asked_at is not None:
        from croniter import croniter

        # At the minute itself that run is the latest.
        latest = croniter(schedule, asked_at.astimezone(SHANGHAI) + timedelta(microseconds=1)).get_prev(datetime)
        if dag_run.data_interval_end == latest:
            return RunTimes(None, None, asked_at)
    return RunTimes(dag_run.data_interval_start, dag_run.data_interval_end, dag_run.run_after)


def trigger_form(publisher: Publisher | None) -> dict[str, Param]:
    """The typed parameters of a manual run, shown as a form by Airflow.

    Args:
        publisher: whose channels and sites can be chosen; None where its file cannot be read.
    """
    channels = {channel.key: channel.name for channel in publisher.channels} if publisher else {}
    sites = {site.key: site.name for site in publisher.sites} if publisher else {}
    return {
        **day_fields("publication", "the last day that is over"),
        "channels": _choices("Channels", "Only these listings (栏目); none chosen means all of them.", channels),
        "sites": _choices("Sites", "Only these sites of the publisher; none chosen means all of them.", sites),
        "page_limit": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Page limit",
            description="At most so many pages of each list of a channel; empty for as many as the days need.",
        ),
        "fetch_again": Param(
            False,
            # "null" spares it the red star of a field that must be filled.
            type=["null", "boolean"],
            title="Fetch again",
            description="Fetch articles again that this run's archive or the store holds already.",
        ),
        "listings_again": Param(
            False,
            type=["null", "boolean"],
            title="Listings again",
            description="Ask for the listings anew, to find what appeared late; stored articles are not asked for.",
        ),
        "reason": reason_field("run", "the run"),
    }


def _choices(title: str, description: str, names: Mapping[str, str]) -> Param:
    # `examples` makes Airflow's form a multi-select; the enum makes its API refuse any other key; "null" tells the form
    # that nothing need be chosen.
    return Param(
        [],
        type=["null", "array"],
        items={"type": "string", "enum": list(names)} if names else {"type": "string"},
        examples=list(names),
        values_display=dict(names),
        uniqueItems=True,
        title=title,
        description=description,
    )


def requested_run(
    publisher: Publisher,
    params: Mapping[str, Any],
    times: RunTimes,
    *,
    asked: Mapping[str, Any] | None = None,
    now: datetime | None = None,
    backfill: bool = False,
) -> Run:
    """The run that a DAG run stands for; the same DAG run always gives the same one.

    The window is the form's days, else the data interval as Shanghai days, else the day before the run was asked
    for in Shanghai.

    Args:
        publisher: whose run it is.
        params: the parameters after Airflow's own validation.
        times: the DAG run's moments.
        asked: what was given with the trigger (the run's conf), to refuse words that the form does not have.
        now: the present, aware; the clock's by default.
        backfill: whether the run is one of a back-fill, whose own dates say which day it is for.

    Raises:
        ConfigurationError: a parameter is wrong; the message says which, and what would be right.
    """
    refuse_other_words("run", asked, trigger_form(publisher))
    if backfill and (params.get("from") or params.get("to")):
        raise ConfigurationError(
            "From and To must be empty in a back-fill: it makes one run for each day of its own dates, "
            "and with From and To each of them would crawl the same days"
        )
    window = Window.asked(params.get("from"), params.get("to")) or _due(times)
    window.refuse_outside(publisher.since, now or datetime.now(UTC))
    channels = tuple(params.get("channels") or ())
    sites = tuple(params.get("sites") or ())
    for key in sites:
        publisher.site(key)
    for key in channels:
        channel = publisher.channel(key)
        if sites and channel.site not in sites:
            raise ConfigurationError(
                f"channel {key} belongs to the site {channel.site}, which is not among the chosen sites "
                f"({', '.join(sites)}): choose its site too, or no site at all"
            )
    return Run(
        publisher=publisher.key,
        window=window,
        channels=channels,
        sites=sites,
        page_limit=params.get("page_limit"),
        fetch_again=bool(params.get("fetch_again")),
        listings_again=bool(params.get("listings_again")),
        reason=params.get("reason") or "",
    )


def _due(times: RunTimes) -> Window:
    if times.interval_start and times.interval_end and times.interval_start < times.interval_end:
        return Window.of_interval(times.interval_start, times.interval_end)
    today = shanghai_day(times.run_after)
    return Window(today - timedelta(days=1), today)
