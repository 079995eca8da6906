"""From the trigger form to the run: a wrong day here is a day that nobody crawls."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from airflow.timetables.interval import CronDataIntervalTimetable
from hypothesis import assume, given
from hypothesis import strategies as st

from crawler import publishers
from crawler.errors import ConfigurationError
from crawler.run import SHANGHAI, Window

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BOUNDS = datetime(2018, 1, 1), datetime(2026, 11, 20)  # noqa: DTZ001 - hypothesis adds the zone
SINA = publishers.get("sina_finance")
XINJIANG = publishers.get("xinjiang_gov")


def times(start: datetime | None = None, end: datetime | None = None, run_after: datetime = NOW) -> Any:
    from run_request import RunTimes

    return RunTimes(start, end, run_after)


def requested(params: dict[str, Any], moments: Any = None, **kwargs: Any) -> Any:
    from run_request import requested_run

    return requested_run(kwargs.pop("publisher", SINA), params, moments or times(), now=NOW, **kwargs)


def test_the_forms_days_are_the_window() -> None:
    run = requested({"from": "2026-06-15", "to": "2026-06-17"}, times(NOW - timedelta(days=1), NOW))
    assert run.window == Window(date(2026, 6, 15), date(2026, 6, 17))


def test_a_run_asked_for_without_days_is_yesterday_in_shanghai() -> None:
    """At 17:00 UTC it is the next day already in Shanghai."""
    assert requested({}, times(run_after=datetime(2026, 11, 20, 17, tzinfo=UTC))).window == Window(
        date(2026, 11, 20), date(2026, 11, 21)
    )
    assert requested({}, times(run_after=datetime(2026, 11, 20, 15, tzinfo=UTC))).window == Window(
        date(2026, 11, 19), date(2026, 11, 20)
    )


@pytest.mark.parametrize(
    ("hour", "minute", "kind", "day"),
    [
        (0, 30, "manual", 20),  # Airflow makes the interval up that ended on the 20th, an hour after midnight
        (1, 25, "manual", 20),
        (12, 0, "manual", 20),
        (0, 30, "scheduled", 19),  # its own interval, however late it is started
        (0, 30, "backfill", 19),
    ],
)
def test_a_run_that_is_triggered_after_midnight_is_yesterday_and_not_the_day_before(
    hour: int, minute: int, kind: str, day: int
) -> None:
    from run_request import run_times

    asked_at = datetime(2026, 11, 21, hour, minute, tzinfo=SHANGHAI)
    made_up = CronDataIntervalTimetable("25 1 * * *", timezone="Asia/Shanghai").infer_manual_data_interval(
        run_after=pendulum.instance(asked_at)
    )
    dag_run = SimpleNamespace(
        run_type=kind,
        logical_date=asked_at,
        run_after=asked_at,
        data_interval_start=made_up.start,
        data_interval_end=made_up.end,
    )
    window = requested({}, run_times(dag_run, "25 1 * * *")).window
    assert window == Window(date(2026, 11, day), date(2026, 11, day + 1))
    given_by_hand = SimpleNamespace(**{**vars(dag_run), "data_interval_end": asked_at - timedelta(days=3)})
    given_by_hand.data_interval_start = asked_at - timedelta(days=4)
    assert requested({}, run_times(given_by_hand, "25 1 * * *")).window == Window(
        date(2026, 11, 17), date(2026, 11, 18)
    )


def test_a_word_that_the_form_does_not_have_is_refused_also_where_airflow_has_laid_it_over_the_parameters() -> None:
    asked = {"form": "2026-11-20"}
    with pytest.raises(ConfigurationError, match="with form, which no parameter is called"):
        requested({"from": None, "to": None, **asked}, asked=asked)


def test_an_interval_of_no_length_is_none() -> None:
    """A DAG without a schedule gives its manual runs the moment as an interval."""
    moment = datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert requested({}, times(moment, moment, moment)).window == Window(date(2026, 11, 19), date(2026, 11, 20))


@given(
    st.datetimes(*BOUNDS, timezones=st.just(SHANGHAI)),
    st.integers(1, 40),
)
def test_following_intervals_leave_no_day_out(start: datetime, days: int) -> None:
    end = start + timedelta(days=days)
    assume(end <= NOW.astimezone(SHANGHAI))
    run, following = requested({}, times(start, end)), None
    assert run.window.start == start.date()
    assert len(run.window.days) == days
    if end + timedelta(days=days) <= NOW.astimezone(SHANGHAI):
        following = requested({}, times(end, end + timedelta(days=days)))
        assert following.window.start == run.window.end


def test_several_runs_a_day_cover_that_day() -> None:
    start = datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert requested({}, times(start, start + timedelta(hours=6))).window == Window(
        date(2026, 11, 20), date(2026, 11, 21)
    )


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"from": "2026-06-17", "to": "2026-06-15"}, "must be a later day than From"),
        ({"from": "2026-06-15", "to": "2026-06-15"}, "it is the day after the last one wanted"),
        ({"from": "2026-06-15"}, "both days are needed"),
        ({"to": "2026-06-15"}, "only To was given"),
        ({"from": "15.6.2026", "to": "2026-06-17"}, "YYYY-MM-DD"),
        ({"from": "2026-12-01", "to": "2026-12-02"}, "nothing can be published yet"),
        ({"from": "0206-06-15", "to": "2026-06-16"}, "crawled from 2016-01-01 on"),
        ({"channels": ["no_such"]}, "no channel 'no_such'"),
        ({"sites": ["no_such"]}, "no site 'no_such'"),
        ({"page_limit": 0}, "1 or more"),
    ],
)
def test_a_wrong_parameter_is_refused_with_a_sentence(params: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        requested(params)


def test_a_misspelt_parameter_is_not_ignored() -> None:
    """Airflow takes any key: `form` for `from` would crawl another night."""
    from run_request import trigger_form

    params = dict.fromkeys(trigger_form(SINA))
    with pytest.raises(ConfigurationError, match="form"):
        requested(params, asked={"form": "2026-06-15"})
    requested(params, asked={"from": None})


def test_a_channel_of_another_site_than_the_chosen_one_is_refused() -> None:
    first = XINJIANG.sites[0].key
    other = next(channel for channel in XINJIANG.channels if channel.site != first)
    with pytest.raises(ConfigurationError, match="choose its site too"):
        requested({"sites": [first], "channels": [other.key]}, publisher=XINJIANG)


def test_the_whole_selection_reaches_the_run() -> None:
    channel = SINA.channels[0]
    run = requested(
        {
            "from": "2026-06-15",
            "to": "2026-06-16",
            "channels": [channel.key],
            "sites": [channel.site],
            "page_limit": 3,
            "fetch_again": True,
            "reason": "the site was down",
        }
    )
    assert (run.channels, run.sites, run.page_limit) == ((channel.key,), (channel.site,), 3)
    assert (run.fetch_again, run.reason) == (True, "the site was down")


@pytest.mark.parametrize("key", publishers.keys())
def test_the_form_offers_what_the_publisher_has_and_nothing_else(key: str) -> None:
    from airflow.sdk.exceptions import ParamValidationError
    from run_request import trigger_form

    publisher = publishers.get(key)
    form = trigger_form(publisher)
    assert form["channels"].schema["examples"] == [channel.key for channel in publisher.channels]
    for name, param in form.items():
        assert param.resolve() == param.value, name
        assert "null" in param.schema["type"], "the form would ask for it with a red star"
    with pytest.raises(ParamValidationError):
        form["channels"].resolve(["no_such"])
    with pytest.raises(ParamValidationError):
        form["page_limit"].resolve(0)
    with pytest.raises(ParamValidationError):
        form["from"].resolve("15.6.2026")
