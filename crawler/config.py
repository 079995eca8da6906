"""Our own settings, from the environment (`DIBAO_…`), validated before anything starts."""

from __future__ import annotations

import functools
from pathlib import Path
from urllib.parse import urlsplit

from fsspec import get_filesystem_class
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from upath import UPath

from crawler.environment import refuse_unknown, wrong_setting
from crawler.errors import ConfigurationError

__all__ = ["Config", "load_config"]

VERSION = "0.1.0"


class Config(BaseSettings):
    """Every setting of Dibao; each is an environment variable with the prefix `DIBAO_`.

    Args:
        data: the data root, a folder or a URL (`s3://bucket/dibao`).
        store: the SQLAlchemy URL of the store; by default an SQLite file under the data root.
        user_agent: how we name ourselves to the sites; put a way to reach you into it.
        delay_seconds: the least pause between two requests to one host; robots.txt may ask for more.
        gateway: `http://127.0.0.1:PORT` sends every request of the crawl to that address instead of the
            live hosts (the replica); empty for the live sites.
        response_limit_mb: a response larger than this is cut off and fails as `too_large`.
        timeout_seconds: how long one response may take.
        crawl_limit_minutes: a crawl that takes longer is stopped; the next try goes on from its WARC.
        page_ceiling: a hard limit on the pages of one list, against endless ones; a channel has several lists where
            its menu names them or where it is asked day by day.
        link_ceiling: a listing page with more links than this is not believed.
        run_link_ceiling: a hard limit on the links of all listings of one run.
        keep_runs_days: a run folder that was left alone for so long may go, once its run is loaded, checked and proven
            to be in the archive; second looks come back to a folder for 14 days.
        fixity_weeks: in so many weeks the whole archive is read back once.
        schedule: `off` where no DAG is to run by itself; the DAG files read it, `dibao status` and the Corpus page
            say so.
    """

    model_config = SettingsConfigDict(env_prefix="DIBAO_", extra="ignore", frozen=True, hide_input_in_errors=True)

    data: str = "data"
    store: SecretStr = SecretStr("")
    user_agent: str = f"Dibao/{VERSION} (news archive for research; set DIBAO_USER_AGENT to say who you are)"
    delay_seconds: float = Field(default=3.0, ge=0, le=600)
    gateway: str = ""
    response_limit_mb: int = Field(default=32, ge=1, le=1024)
    timeout_seconds: float = Field(default=60.0, gt=0, le=600)
    crawl_limit_minutes: float = Field(default=240.0, gt=0, le=1440)
    page_ceiling: int = Field(default=400, ge=1, le=100_000)
    link_ceiling: int = Field(default=5_000, ge=1, le=1_000_000)
    run_link_ceiling: int = Field(default=250_000, ge=1, le=10_000_000)
    keep_runs_days: int = Field(default=60, ge=15, le=36_500)
    fixity_weeks: int = Field(default=8, ge=1, le=520)
    schedule: str = "on"

    @field_validator("data")
    @classmethod
    def _data_can_be_reached(cls, value: str) -> str:
        if not value.strip():
            # An empty line of a file of settings: the current folder would be strewn with the archive.
            return "data"
        scheme, separator, _ = value.partition("://")
        if separator:
            try:
                get_filesystem_class(scheme)
            except ImportError as error:
                how = "`make install EXTRAS=s3` installs it" if scheme in ("s3", "s3a") else str(error)
                raise ValueError(f"{value} needs a package that is not installed: {how}") from error
            except ValueError as error:
                raise ValueError(f"{value} is no folder and no URL that fsspec knows") from error
        return value

    @field_validator("store")
    @classmethod
    def _store_is_a_database(cls, value: SecretStr) -> SecretStr:
        # Never quoted: it may hold a password.
        backend, separator, _ = value.get_secret_value().partition("://")
        if value.get_secret_value() and (not separator or backend.partition("+")[0] not in ("sqlite", "postgresql")):
            raise ValueError("a database URL begins with sqlite:/// or postgresql://, as postgresql://user@host/dibao")
        return value

    @field_validator("schedule")
    @classmethod
    def _schedule_is_on_or_off(cls, value: str) -> str:
        if value.lower() not in ("", "on", "off"):
            # `false` or `0` would leave it on, and the first start asks live sites at once.
            raise ValueError("must be on or off")
        return value

    @field_validator("gateway")
    @classmethod
    def _gateway_is_local(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost", "::1") or parts.port is None:
            raise ValueError("a gateway is http://127.0.0.1:PORT: it stands in for the live sites in tests and demos")
        return value.rstrip("/")

    @field_validator("user_agent")
    @classmethod
    def _user_agent_is_honest(cls, value: str) -> str:
        if not value.strip() or "\n" in value or "\r" in value:
            raise ValueError("the User-Agent is one line that says who crawls")
        if value.lower().startswith("mozilla/"):
            raise ValueError("the User-Agent names this crawler; it does not pretend to be a browser")
        return value

    @property
    def store_setting(self) -> str:
        """Which setting the place of the store follows from, and its value; a password is not repeated."""
        if self.store.get_secret_value():
            return "DIBAO_STORE"
        return (
            f"DIBAO_DATA={self.data}" if "data" in self.model_fields_set else f"DIBAO_DATA, not set and so {self.data}"
        )

    @property
    def scheduled(self) -> bool:
        """Whether nights start by themselves."""
        return self.schedule.lower() != "off"

    @property
    def asks(self) -> str:
        """Whom a crawl asks, as the end of a sentence: `fetches them from the live sites`."""
        return f"by way of DIBAO_GATEWAY, {self.gateway}" if self.gateway else "from the live sites"

    @property
    def data_root(self) -> UPath:
        """Where everything that is not a SQL row lies."""
        if "://" in self.data:
            return UPath(self.data)
        return UPath(Path(self.data).expanduser().resolve().as_posix())

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL of the store, password included: never log it."""
        given = self.store.get_secret_value()
        if given:
            # A bare postgresql:// means the driver that we ship.
            return given.replace("postgresql://", "postgresql+psycopg://", 1)
        if "://" in self.data and not self.data.startswith("file://"):
            raise ConfigurationError(
                f"the data root {self.data} is not a local disk, so SQLite cannot lie there: "
                "set DIBAO_STORE to a database URL such as postgresql://user@host/dibao"
            )
        return f"sqlite:///{self.data_root.path}/dibao.sqlite"


@functools.cache
def _config() -> Config:
    refuse_unknown(f"DIBAO_{name.upper()}" for name in Config.model_fields)
    try:
        return Config()
    except ValidationError as error:
        raise wrong_setting("DIBAO_", error) from None  # its own text quotes what was given, passwords too


def load_config(*, fresh: bool = False) -> Config:
    """The settings of this process.

    Args:
        fresh: read the environment again.

    Raises:
        ConfigurationError: a setting is wrong, or a variable `DIBAO_…` is none; the message names the variable.
    """
    if fresh:
        _config.cache_clear()
    return _config()
