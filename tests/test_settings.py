"""Settings and days that a person types: a slip is named before it costs a night."""

from __future__ import annotations

import re
import traceback
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import environment, stages
from crawler.alerts.settings import AlertSettings, check_settings
from crawler.config import Config, load_config
from crawler.errors import ConfigurationError
from crawler.run import Window
from tests.command import dibao

NOW = datetime(2026, 6, 16, 16, 30, tzinfo=UTC)
"""Half an hour into 2026-06-17 in Shanghai."""


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DIBAO_ALERT_TO", "nonsense", "'nonsense' is no mail address"),
        ("DIBAO_ALERT_DEADLINE", "25:00", "must be a time of day, HH:MM"),
        ("DIBAO_ALERT_NOTIFIERS", "{", "is not a JSON list"),
        ("DIBAO_ALERT_NOTIFIERS", '[{"class": "a.B", "args": {}}]', "(entry 1, args) is not known"),
        ("DIBAO_ALERT_TIMEOUT_SECONDS", "0", "must be more than 0"),
        ("DIBAO_DELAY_SECONDS", "soon", "must be a number"),
        ("DIBAO_PAGE_CEILING", "0", "must be 1 or more"),
        ("DIBAO_USER_AGENT", "Mozilla/5.0", "does not pretend to be a browser"),
        ("DIBAO_SCHEDULE", "false", "must be on or off"),
        ("DIBAO_STORE", "foo", "a database URL begins with sqlite:/// or postgresql://"),
        ("DIBAO_STORE", "mysql://u@h/d", "a database URL begins with sqlite:/// or postgresql://"),
        ("DIBAO_STORE", "postgresql+nothing://u@h/d", "driver"),
    ],
)
def test_a_wrong_value_stops_the_command_with_the_variables_name_and_what_it_must_be(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "crawl", lambda *_, **__: pytest.fail("it was started"))
    monkeypatch.setenv(name, value)
    result = dibao("status")
    assert (result.exit_code, name in result.output, says in result.output) == (2, True, True), result.output
    assert "Value error" not in result.output


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("DIBAO_DELY_SECONDS", "do you mean DIBAO_DELAY_SECONDS?"),
        ("DIBAO_ALERTS_TO", "do you mean DIBAO_ALERT_TO?"),
        ("DIBAO_SCHEDUL", "do you mean DIBAO_SCHEDULE?"),
        ("DIBAO_QQ", "unset it"),
    ],
)
def test_a_mistyped_name_is_not_ignored(typo: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(typo, "10")
    with pytest.raises(ConfigurationError, match=typo) as refused:
        check_settings()
    assert meant in str(refused.value)


def test_the_variables_of_a_cluster_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DIBAO_SERVICE_HOST", "DIBAO_PORT", "DIBAO_WEB_PORT_8080_TCP_ADDR", "DIBAO_HOME", "DIBAO_PICTURES"):
        monkeypatch.setenv(name, "x")
    check_settings()


def test_every_setting_is_known_to_the_check_and_stands_in_the_handbook() -> None:
    alerts = {f"DIBAO_ALERT_{name.upper()}" for name in AlertSettings.model_fields}
    assert alerts == {name for name in environment._OTHERS if name.startswith("DIBAO_ALERT_")}
    handbook = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    for name in alerts | {f"DIBAO_{name.upper()}" for name in Config.model_fields}:
        assert f"| `{name}` |" in handbook, name


def test_the_handbook_has_the_defaults_that_are_in_force() -> None:
    handbook = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(DIBAO_[A-Z_]+)` \| `?([^|`]*?)`? \|", handbook, re.MULTILINE))
    fields = {f"DIBAO_{name.upper()}": each.default for name, each in Config.model_fields.items()}
    fields |= {f"DIBAO_ALERT_{name.upper()}": each.default for name, each in AlertSettings.model_fields.items()}
    plain = {name: value for name, value in fields.items() if isinstance(value, int | float | time)}
    assert len(plain) >= 10
    for name, value in plain.items():
        says = value.strftime("%H:%M") if isinstance(value, time) else f"{value:g}"
        assert rows[name].replace(",", "") == says, name
    assert (rows["DIBAO_DATA"], rows["DIBAO_SCHEDULE"]) == (fields["DIBAO_DATA"], fields["DIBAO_SCHEDULE"])


def test_a_mistyped_year_is_refused_by_the_command_line_as_by_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in stages.STAGES:
        monkeypatch.setattr(stages, name, lambda *_, **__: pytest.fail("a stage was started"))
    for words in (
        ("run", "sina_finance", "--from", "2130-01-01", "--to", "2130-01-02"),
        ("crawl", "sina_finance", "--from", "2130-01-01"),
        ("run", "sina_finance", "--gaps", "--from", "2130-01-01"),
        ("gaps", "--since", "2130-01-01"),
        ("run", "sina_finance", "--from", "2026-06-15", "--to", "2126-06-16"),
        ("run", "sina_finance", "--gaps", "--from", "2026-06-15", "--to", "2126-06-16"),
    ):
        result = dibao(*words)
        assert result.exit_code == 2, words
        assert "nothing can be published yet" in result.output, words


@pytest.mark.parametrize("day", ["0001-01-01", "0206-06-15", "2015-12-31"])
def test_days_before_a_publishers_addresses_are_refused_before_anything_is_asked(
    day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in stages.STAGES:
        monkeypatch.setattr(stages, name, lambda *_, **__: pytest.fail("a stage was started"))
    result = dibao("run", "sina_finance", "--from", day, "--to", "2026-06-16")
    assert result.exit_code == 2
    assert f"From is {day}, but this publisher is crawled from 2016-01-01 on" in " ".join(result.output.split())


def test_today_may_be_asked_for_and_tomorrow_not() -> None:
    Window.parse("2026-06-17", "2026-06-18").refuse_outside(date.min, NOW)
    for start, end in (("2026-06-18", "2026-06-19"), ("2026-06-17", "2026-06-19")):
        with pytest.raises(ConfigurationError, match="it is 2026-06-17 in Shanghai"):
            Window.parse(start, end).refuse_outside(date.min, NOW)


# Hypothesis also draws the texts that stand in our own code, and some of those are days.
_no_day = st.text(max_size=12).filter(lambda text: not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text))


@given(_no_day | st.sampled_from(["20260615", "2026-W24-1", "2026-02-30", "２０２６-06-15", "16 June"]))
def test_a_day_that_is_none_is_said_in_our_words(text: str) -> None:
    with pytest.raises(ConfigurationError, match="YYYY-MM-DD") as refused:
        Window.parse(text, "9999-12-31")
    assert "isoformat" not in str(refused.value)


def test_a_refused_store_keeps_its_password_also_in_a_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIBAO_STORE", "mysql://dibao:hunter2@127.0.0.1/dibao")
    with pytest.raises(ConfigurationError) as refused:
        check_settings()
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


def test_an_empty_data_root_is_the_usual_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`DIBAO_DATA=` in a file of settings would strew archive and store over the folder that the command runs in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIBAO_DATA", "")
    assert load_config(fresh=True).data_root.name == "data"
