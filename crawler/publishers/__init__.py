"""The registry: one folder per publisher, read from its publisher.toml.

Importing this module imports neither Scrapy nor the store, since every DAG file does it.
"""

from __future__ import annotations

import functools
import logging
import os
import time
import tomllib
from datetime import datetime
from itertools import combinations
from pathlib import Path

from crawler.errors import ConfigurationError
from crawler.publishers.cron import read_schedule
from crawler.publishers.file import read_publisher
from crawler.publishers.publisher import ArticleUrl, Channel, Expectations, Pattern, Publisher, Site

__all__ = [
    "SCHEDULE_OF_A_BROKEN_FILE",
    "ArticleUrl",
    "Channel",
    "Expectations",
    "Pattern",
    "Publisher",
    "Site",
    "broken",
    "clashes",
    "get",
    "identify",
    "keys",
    "latest_night",
    "load",
    "readable",
    "refuse_broken",
]

log = logging.getLogger(__name__)

SCHEDULE_OF_A_BROKEN_FILE = "5 1 * * *"
"""A publisher whose file cannot be read keeps its nights, which fail with the reason."""


def keys() -> tuple[str, ...]:
    """The key of every publisher, in alphabetical order; a folder that was added is among them within a second."""
    return _keys(_root(), _second())


@functools.lru_cache(maxsize=1)
def _keys(root: Path, second: int) -> tuple[str, ...]:
    with os.scandir(root) as entries:
        return tuple(sorted(entry.name for entry in entries if (Path(entry) / _FILE).is_file()))


_FILE = "publisher.toml"


def _second() -> int:
    """How long the files are believed to be what they were: they are asked for with every page, and seldom change."""
    return int(time.monotonic())


def _root() -> Path:
    return Path(__file__).parent


def get(key: str) -> Publisher:
    """The publisher with this key.

    Raises:
        ConfigurationError: there is none, or its publisher.toml is wrong.
    """
    if key not in keys():
        raise ConfigurationError(f"there is no publisher {key!r}; there are {', '.join(keys())}")
    return load(key)


def load(key: str) -> Publisher:
    """Read one publisher.toml; one that has changed is read anew within a second, one that was wrong at once.

    Airflow's API server runs for months, and must not refuse a channel that its own form offers.

    Raises:
        ConfigurationError: it is wrong, or cannot be read.
    """
    file = _root() / key / _FILE
    try:
        found = _outcome(key, file, *_state(file, _second()))
        if isinstance(found, str):
            found = _outcome(key, file, *_state.__wrapped__(file, 0))
    except OSError as error:
        raise ConfigurationError(f"crawler/publishers/{key}/publisher.toml cannot be read: {error.strerror}") from error
    if isinstance(found, str):
        raise ConfigurationError(found)
    return found


@functools.lru_cache(maxsize=64)
def _state(file: Path, second: int) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size


@functools.lru_cache(maxsize=64)
def _outcome(key: str, file: Path, changed: int, size: int) -> Publisher | str:
    """The publisher, or what is wrong with its file, as it is since a moment (ns); it is not read for every page."""
    try:
        return read_publisher(key, tomllib.loads(file.read_bytes().decode("utf-8")))
    except ConfigurationError as error:
        return str(error)
    except UnicodeDecodeError as error:
        return f"crawler/publishers/{key}/publisher.toml is wrong: byte {error.start} is no UTF-8"
    except tomllib.TOMLDecodeError as error:
        return f"crawler/publishers/{key}/publisher.toml is wrong: it is no TOML: {error}"


def broken() -> dict[str, str]:
    """The publishers whose publisher.toml is wrong: key to the sentence that says what is wrong with it."""
    found = {}
    for key in keys():
        try:
            load(key)
        except ConfigurationError as error:
            found[key] = str(error)
    return found


def readable() -> list[Publisher]:
    """Every publisher whose publisher.toml is right; one that is not is warned of and touches no other."""
    found = []
    for key in keys():
        try:
            found.append(load(key))
        except ConfigurationError as error:
            _warn(key, str(error))
    return found


@functools.cache
def _warn(key: str, problem: str) -> None:
    # Once per process: this is asked for each page.
    log.warning("the publisher %s is left out: %s", key, problem)


def refuse_broken(what: str) -> None:
    """End what needs every publisher's file, or has told of those that it could read.

    Args:
        what: cannot be done, or is not whole: the beginning of the sentence.

    Raises:
        ConfigurationError: a publisher.toml is wrong.
    """
    if problems := broken():
        raise ConfigurationError(f"{what}: {'; '.join(problems.values())}")


def clashes() -> list[str]:
    """Sentences on publishers that get in each other's way, by their hosts or by their nights; they are run."""
    found = []
    for one, other in combinations(readable(), 2):
        if shared := sorted(_own_hosts(one) & _own_hosts(other)):
            found.append(
                f"{one.key} and {other.key} both name the host {shared[0]}: it is asked at twice the pace, and each of "
                "its articles is stored twice. Keep it in one of them, or remove the folder of the other"
            )
        if both := read_schedule(one.schedule).times & read_schedule(other.schedule).times:
            hour, minute = min(both)
            found.append(
                f"{one.key} and {other.key} both begin at {hour:02}:{minute:02}: choose another minute for one of them"
            )
    return found


def _own_hosts(publisher: Publisher) -> set[str]:
    """Where its articles lie; a host of listings alone may serve several."""
    return {host for site in publisher.sites for host in site.hosts}


def latest_night(key: str, by: datetime) -> tuple[datetime, datetime]:
    """When the latest night of a publisher that has begun by a moment was due.

    Args:
        key: the publisher's key.
        by: aware.

    Returns:
        Start and end of its data interval; see `Schedule.latest_night`.
    """
    try:
        schedule = load(key).schedule
    except ConfigurationError:
        # Whoever shows nights says what is wrong with the file, too.
        schedule = SCHEDULE_OF_A_BROKEN_FILE
    return read_schedule(schedule).latest_night(by)


def identify(url: str) -> ArticleUrl | None:
    """The publisher, site and article key that a URL names, or None where no publisher claims it.

    Only the host decides whose page it is: a mirror that copies a publisher's paths under a host of its own is
    nobody's. A publisher whose file is wrong claims nothing.
    """
    for publisher in readable():
        found = publisher.identify(url)
        if found is not None:
            return found
    return None
