"""What may stand in a publisher.toml: its tables, their keys, and what each key must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler import cms
from crawler.publishers.cron import read_schedule

__all__ = ["FIELDS", "TABLES", "Key", "Kind", "read_table"]

FIELDS = ("title", "published_at", "source", "authors", "editor", "body")
"""Those whose filling is watched (`crawler.assurance.history.FIELDS`), which `filled` may name."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value must be.

    Args:
        what: in words, after "must be".
        read: gives the value in its type; raises ValueError or TypeError where it is something else. The message of a
            ValueError, if it has one, is added to the sentence.
    """

    what: str
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table.

    Args:
        kind: what it must be.
        required: whether a table without it is wrong.
    """

    kind: Kind
    required: bool = False


def _plain(wanted: type, value: Any) -> Any:
    if type(value) is not wanted:
        raise TypeError
    return value


def _text(value: Any) -> str:
    if not _plain(str, value).strip():
        raise TypeError
    return str(value)


def _list_of(read: Callable[[Any], str]) -> Callable[[Any], tuple[str, ...]]:
    def read_list(value: Any) -> tuple[str, ...]:
        if not _plain(list, value):
            raise TypeError
        return tuple(read(each) for each in value)

    return read_list


def _host(value: Any) -> str:
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", _text(value)):
        raise TypeError
    return str(value)


def _url(value: Any) -> str:
    parts = urlsplit(_text(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TypeError
    return str(value)


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise TypeError
        return str(value)

    return read


def _key(value: Any) -> str:
    if not re.fullmatch(r"[a-z0-9_]+", _text(value)):
        raise TypeError
    return str(value)


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", _text(value), re.ASCII):
        raise TypeError
    return date.fromisoformat(value)


def _clock(value: Any) -> time:
    if isinstance(value, time):
        return value
    if not re.fullmatch(r"\d{2}:\d{2}", _text(value), re.ASCII):
        raise TypeError
    try:
        return time.fromisoformat(value)
    except ValueError as error:
        raise TypeError from error


def _cron(value: Any) -> str:
    read_schedule(_text(value))
    return str(value)


def _pattern(value: Any) -> re.Pattern[str]:
    try:
        return re.compile(_text(value))
    except re.error as error:
        raise ValueError(str(error)) from error


def _between(least: float, most: float, *types: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) not in types or not least <= value <= most:
            raise TypeError
        return value

    return read


_FAMILIES = sorted(entry.name for entry in Path(cms.__path__[0]).iterdir() if (entry / "listing.py").is_file())

_KEY = Kind("a short name of a-z, 0-9 and _", _key)
_TEXT = Kind("a text", _text)
_TEXTS = Kind('a list of texts, such as ["地方"]', _list_of(_text))
_HOSTS = Kind('a list of host names, such as ["www.example.cn"]', _list_of(_host))
_URL = Kind("an address that begins with http:// or https://", _url)
_DAY = Kind("a day, such as 2018-01-01", _day)
_CLOCK = Kind('a time of day, such as "08:30"', _clock)
_CRON = Kind('a cron expression of five fields, such as "25 2 * * *"', _cron)
_FLAG = Kind("true or false", lambda value: _plain(bool, value))
_FREE = Kind("a table", lambda value: _plain(dict, value))
_ROWS = Kind("one or more tables", lambda value: [_plain(dict, each) for each in _list_of(lambda row: row)(value)])
_PATTERN = Kind("a regular expression", _pattern)
_COUNT = Kind("a whole number, 0 or more", _between(0, 10**9, int))
_SHARE = Kind("a share, a number between 0 and 1", _between(0, 1, int, float))
_SECONDS = Kind("a number of seconds, 0 to 600", _between(0, 600, int, float))
_FILLED = Kind(f"a list of some of {', '.join(FIELDS)}", _list_of(_one_of(*FIELDS)))
_CHANNEL_CMS = Kind(f"one of {', '.join(_FAMILIES)}", _one_of(*_FAMILIES))
_CMS = Kind(f'one of {", ".join(_FAMILIES)}, or "" for a system of its own', _one_of(*_FAMILIES, ""))

_EXPECTATIONS = {
    "min_articles_per_day": Key(_COUNT, required=True),
    "max_articles_per_day": Key(_COUNT, required=True),
    "filled": Key(_FILLED, required=True),
    "min_body_length": Key(_COUNT, required=True),
    "generic_share": Key(_SHARE),
    "failed_look_share": Key(_SHARE),
    "failed_retry_share": Key(_SHARE),
    "refused_share": Key(_SHARE),
    "gone_share": Key(_SHARE),
    "image_only_share": Key(_SHARE),
    "volume_floor": Key(_SHARE),
    "quiet_workdays": Key(_COUNT),
    "history_since": Key(_DAY),
}

TABLES: Mapping[str, Mapping[str, Key]] = {
    "": {
        "name": Key(_TEXT, required=True),
        "home": Key(_URL, required=True),
        "schedule": Key(_CRON, required=True),
        "since": Key(_DAY, required=True),
        "deadline": Key(_CLOCK),
        "listing_hosts": Key(_HOSTS),
        "pace": Key(_FREE, required=True),
        "options": Key(_FREE),
        "site": Key(_ROWS, required=True),
        "channel": Key(_ROWS, required=True),
        "article_url": Key(_ROWS, required=True),
        "expectations": Key(_FREE, required=True),
    },
    "[pace]": {"delay_seconds": Key(_SECONDS, required=True)},
    "[[site]]": {
        "key": Key(_KEY, required=True),
        "name": Key(_TEXT, required=True),
        "hosts": Key(_HOSTS, required=True),
        "cms": Key(_CMS, required=True),
        "site_id_code": Key(_TEXT),
    },
    "[[channel]]": {
        "key": Key(_KEY, required=True),
        "name": Key(_TEXT, required=True),
        "url": Key(_URL, required=True),
        "site": Key(_KEY),
        "menu": Key(_TEXTS),
        "menu_under": Key(_TEXT),
        "menu_only": Key(_FLAG),
        "json_list": Key(_TEXT),
        "day_filter": Key(_FLAG),
        "cms": Key(_CHANNEL_CMS),
        "since": Key(_DAY),
        "until": Key(_DAY),
        "options": Key(_FREE),
    },
    "[[article_url]]": {
        "pattern": Key(_PATTERN, required=True),
        "site": Key(_KEY),
        "hosts": Key(_HOSTS),
        "key": Key(_TEXT),
        "canonical": Key(_TEXT),
        "kind": Key(_TEXT),
    },
    "[expectations]": _EXPECTATIONS
    | {"guessed": Key(Kind("a list of keys of [expectations]", _list_of(_one_of(*_EXPECTATIONS))))},
}
"""Per table, as its head is written; docs/adding-a-publisher.md explains each key."""


def read_table(table: str, row: Mapping[str, Any], problems: list[str], which: str = "") -> dict[str, Any]:
    """Read one table whole.

    Args:
        table: its head, a key of `TABLES`.
        row: what the file says.
        problems: takes a sentence for everything that is wrong.
        which: which of several such tables it is, in words.

    Returns:
        The values that are right, in their types.
    """
    keys = TABLES[table]
    where = f"{table} {which}".strip()
    values = {}
    for name, value in row.items():
        if name not in keys:
            near = get_close_matches(name, keys, n=1)
            near = near or [key for key in keys if key.startswith(name) or name.startswith(key)]
            hint = f", do you mean {near[0]}?" if near else f"; the keys are {', '.join(keys)}"
            problems.append(f"{where or 'the file'} has no key {name}{hint}")
            continue
        try:
            values[name] = keys[name].kind.read(value)
        except (TypeError, ValueError) as error:
            why = f": {error}" if isinstance(error, ValueError) and str(error) else ""
            problems.append(f"{where} {name} must be {keys[name].kind.what}, not {_short(value)}{why}".strip())
    for name, key in keys.items():
        if key.required and name not in row:
            problems.append(f"{where or 'the file'} lacks {name}: {key.kind.what}")
    return values


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
