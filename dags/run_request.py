"""From the trigger form, or the schedule's data interval, to the run that the stages work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airflow.sdk import Param

from crawler.errors import ConfigurationError
from crawler.publishers import Publisher
from crawler.run import Run, Window, shanghai_day

__all__ = ["RunTimes", "requested_run", "trigger_form"]


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


def trigger_form(publisher: Publisher | None) -> dict[str, Param]:
    """The typed parameters of a manual run, shown as a form by Airflow.

    Args:
        publisher: whose channels and sites can be chosen; None where its file cannot be read.
    """
    channels = {channel.key: channel.name for channel in publisher.channels} if publisher else {}
    sites = {site.key: site.name for site in publisher.sites} if publisher else {}
    return {
        "from": Param(
            None,
            type=["null", "string"],
            format="date",
            title="From",
            description="First day wanted (publication, Asia/Shanghai). Both empty: the last day that is over.",
        ),
        "to": Param(
            None,
            type=["null", "string"],
            format="date",
            title="To",
            description="The day after the last one wanted: From 2026-11-20 To 2026-11-21 is one day.",
        ),
        "channels": _choices("Channels", "Only these listings (栏目); none chosen means all of them.", channels),
        "sites": _choices("Sites", "Only these sites of the publisher; none chosen means all of them.", sites),
        "page_limit": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Page limit",
            description="At most so many listing pages per channel; empty for as many as the days need.",
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
        "reason": Param(
            "",
            type=["null", "string"],
            maxLength=500,
            title="Reason",
            description="Why this run was asked for; kept with the run.",
        ),
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
    # Not held against `params`: Airflow has laid what was asked over them.
    form = trigger_form(publisher)
    unknown = sorted(set(asked or ()) - set(form))
    if unknown:
        raise ConfigurationError(
            f"the run was asked for with {', '.join(unknown)}, which no parameter is called; "
            f"the parameters are {', '.join(form)}"
        )
    if backfill and (params.get("from") or params.get("to")):
        raise ConfigurationError(
            "From and To must be empty in a back-fill: it makes one run for each day of its own dates, "
            "and with From and To each of them would crawl the same days"
        )
    window = _window(params.get("from"), params.get("to"), times)
    today = shanghai_day(now or datetime.now(UTC))
    if window.start > today:
        raise ConfigurationError(f"From is {window.start}, but it is {today} in Shanghai: nothing can be published yet")
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


def _window(start: str | None, end: str | None, times: RunTimes) -> Window:
    if start or end:
        if not (start and end):
            raise ConfigurationError(
                f"only {'From' if start else 'To'} was given ({start or end}): both days are needed, "
                "and To is the day after the last one wanted"
            )
        if _is_day(start) and _is_day(end) and date.fromisoformat(end) <= date.fromisoformat(start):
            raise ConfigurationError(
                f"To ({end}) must be a later day than From ({start}): it is the day after the last one wanted"
            )
        return Window.parse(start, end)
    if times.interval_start and times.interval_end and times.interval_start < times.interval_end:
        first = shanghai_day(times.interval_start)
        # A schedule of several runs a day has intervals inside one day; that day is then the window.
        return Window(first, max(shanghai_day(times.interval_end), first + timedelta(days=1)))
    today = shanghai_day(times.run_after)
    return Window(today - timedelta(days=1), today)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
