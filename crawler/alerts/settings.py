"""Who is told, through what, and by when a night must be done: `DIBAO_ALERT_…`.

Apart from the other settings, so that a wrong one of those can still be said.
"""

from __future__ import annotations

from datetime import time
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from crawler.config import load_config
from crawler.environment import wrong_setting
from crawler.errors import ConfigurationError

__all__ = ["HOW_TO_CONFIGURE", "AlertSettings", "NotifierSetting", "check_settings", "load_alert_settings"]

HOW_TO_CONFIGURE = (
    "nobody is told: set DIBAO_ALERT_TO to a mail address and Airflow's connection smtp_default to a mail server "
    '(docs/operations.md, "Messages")'
)


class NotifierSetting(BaseModel):
    """One notifier of Airflow: its class and what it is made with.

    Args:
        notifier: dotted path of a class that derives from Airflow's BaseNotifier.
        arguments: its keyword arguments; `{{ dibao.subject }}`, `{{ dibao.text }}`, `{{ dibao.html }}` stand for ours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    notifier: str = Field(alias="class", pattern=r"^\w+(\.\w+)+$")
    arguments: dict[str, Any] = Field(default_factory=dict)


class AlertSettings(BaseSettings):
    """Each is an environment variable with the prefix `DIBAO_ALERT_`.

    Args:
        to: mail addresses, separated by commas; empty for no mail.
        notifiers: further notifiers, as a JSON list of `{"class": …, "arguments": {…}}`.
        timeout_seconds: how long one message may take before the task goes on without it.
        deadline: HH:MM, Asia/Shanghai: when a night must be done, unless the publisher's file says otherwise;
            empty for no deadline.
    """

    model_config = SettingsConfigDict(env_prefix="DIBAO_ALERT_", extra="ignore", frozen=True, hide_input_in_errors=True)

    to: str = ""
    notifiers: tuple[NotifierSetting, ...] = ()
    timeout_seconds: float = Field(default=15.0, gt=0, le=120)
    deadline: time | None = time(7, 0)

    @field_validator("to")
    @classmethod
    def _to_are_addresses(cls, value: str) -> str:
        for address in filter(None, (part.strip() for part in value.split(","))):
            if any(c.isspace() or not c.isprintable() for c in address) or address.count("@") != 1:
                raise ValueError(f"{address!r} is no mail address")
        return value

    @field_validator("deadline", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return None if value == "" else value

    @property
    def addresses(self) -> list[str]:
        """The mail addresses."""
        return [part.strip() for part in self.to.split(",") if part.strip()]

    @property
    def configured(self) -> bool:
        """Whether anybody is told."""
        return bool(self.addresses or self.notifiers)


def load_alert_settings() -> AlertSettings:
    """Read the environment.

    Raises:
        ConfigurationError: a setting is wrong; the message names the variable, never its value.
    """
    try:
        return AlertSettings()
    except ValidationError as error:
        raise wrong_setting("DIBAO_ALERT_", error) from None  # its own text quotes what was given
    except SettingsError as error:
        raise ConfigurationError("wrong setting: DIBAO_ALERT_NOTIFIERS is not a JSON list") from error


def check_settings() -> None:
    """Refuse every wrong or unknown setting, before anything starts.

    Raises:
        ConfigurationError: the message names the variable, and what it must be or the nearest known name.
    """
    load_config(fresh=True)
    load_alert_settings()
