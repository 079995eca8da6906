"""From the tables of a publisher.toml to a Publisher, every one of them looked at."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import ConfigurationError
from crawler.publishers.publisher import Channel, Expectations, Pattern, Publisher, Site
from crawler.publishers.schema import TABLES, read_table

__all__ = ["read_publisher"]

_OPTIONS = TABLES["[[channel]]"].keys() - {"key", "name", "url", "site", "options"}


def read_publisher(key: str, data: Mapping[str, Any]) -> Publisher:
    """The publisher that a file describes.

    Args:
        key: the publisher's key, the name of its folder.
        data: the file's tables.

    Raises:
        ConfigurationError: something is wrong; the message says all of it: the table, the key, and what it must be.
    """
    problems: list[str] = []
    values = read_table("", data, problems)
    pace = read_table("[pace]", values.get("pace", {}), problems) if "pace" in values else {}
    sites = _rows("[[site]]", values, problems)
    channels = _rows("[[channel]]", values, problems)
    patterns = _rows("[[article_url]]", values, problems)
    expectations = read_table("[expectations]", values["expectations"], problems) if "expectations" in values else {}
    # What one table says is held against the others only where each is right by itself.
    problems = problems or _contradictions(values, sites, channels, patterns, expectations)
    if problems:
        raise ConfigurationError(
            f"crawler/publishers/{key}/publisher.toml is wrong: {'; '.join(problems)}. "
            "docs/adding-a-publisher.md explains every key."
        )
    hosts_of = {site["key"]: frozenset(site["hosts"]) for site in sites}
    return Publisher(
        key=key,
        name=values["name"],
        home=values["home"],
        sites=tuple(Site(**site) for site in sites),
        channels=tuple(_channel(row, sites[0]["key"]) for row in channels),
        patterns=tuple(
            Pattern(
                site=site,
                hosts=frozenset(row["hosts"]) if "hosts" in row else hosts_of[site],
                regex=row["pattern"],
                key=_key_of(row),
                canonical=_canonical_of(row),
                kind=row.get("kind", "article"),
            )
            for row in patterns
            for site in ([row["site"]] if "site" in row else hosts_of)
        ),
        listing_hosts=frozenset(values.get("listing_hosts", ())),
        schedule=values["schedule"],
        delay_seconds=float(pace["delay_seconds"]),
        since=values["since"],
        expectations=Expectations(**expectations),
        options=values.get("options", {}),
        deadline=values.get("deadline"),
    )


def _rows(table: str, values: Mapping[str, Any], problems: list[str]) -> list[dict[str, Any]]:
    rows = values.get(table.strip("[]"), [])
    return [read_table(table, row, problems, _which(row, number)) for number, row in enumerate(rows, 1)]


def _which(row: Mapping[str, Any], number: int) -> str:
    key = row.get("key")
    # The key of an [[article_url]] is a template, and seldom there.
    return key if isinstance(key, str) and "pattern" not in row else f"no. {number}"


def _channel(row: Mapping[str, Any], first_site: str) -> Channel:
    options = {name: _as_written(row[name]) for name in row if name in _OPTIONS}
    return Channel(
        key=row["key"],
        name=row["name"],
        url=row["url"],
        site=row.get("site", first_site),
        options=options | row.get("options", {}),
    )


def _as_written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _key_of(row: Mapping[str, Any]) -> str:
    return str(row.get("key", "{key}"))


def _canonical_of(row: Mapping[str, Any]) -> str:
    return str(row.get("canonical", "https://{host}{path}"))


def _contradictions(
    values: Mapping[str, Any],
    sites: list[dict[str, Any]],
    channels: list[dict[str, Any]],
    patterns: list[dict[str, Any]],
    expectations: Mapping[str, Any],
) -> list[str]:
    problems = [
        f"two {table} have the key {key}"
        for table, rows in (("[[site]]", sites), ("[[channel]]", channels))
        for key in _twice(row["key"] for row in rows)
    ]
    names = [site["key"] for site in sites]
    problems += [
        f"{table} {row['key'] if table == '[[channel]]' else f'no. {number}'} names the site {row['site']}, "
        f"but there is only {', '.join(names)}"
        for table, rows in (("[[channel]]", channels), ("[[article_url]]", patterns))
        for number, row in enumerate(rows, 1)
        if row.get("site", names[0]) not in names
    ]
    spoken_to = {host for site in sites for host in site["hosts"]} | set(values.get("listing_hosts", ()))
    cms_of = {site["key"]: site["cms"] for site in sites}
    for channel in channels:
        where = f"[[channel]] {channel['key']}"
        if (host := urlsplit(channel["url"]).hostname) not in spoken_to:
            problems.append(
                f"{where} has its url on {host}, which is neither among the hosts of a site nor in listing_hosts"
            )
        if channel.get("menu_only") and not (channel.get("menu") or channel.get("menu_under")):
            problems.append(f"{where} has menu_only, but neither menu nor menu_under says which entries to walk")
        cms = channel.get("cms") or cms_of.get(channel.get("site", names[0]))
        if "json_list" in channel and cms not in ("ucap", None):
            problems.append(f"{where} has json_list, which only ucap has; its cms is {cms!r}")
        if channel.get("day_filter") and (channel.get("menu") or channel.get("menu_under")):
            problems.append(f"{where} has day_filter, and a menu, whose columns are not asked day by day")
        if "since" in channel and "until" in channel and channel["until"] < channel["since"]:
            problems.append(f"{where} has until before since")
    for number, row in enumerate(patterns, 1):
        problems += _unknown_groups(f"[[article_url]] no. {number}", row)
    if expectations["max_articles_per_day"] < expectations["min_articles_per_day"]:
        problems.append("[expectations] max_articles_per_day is less than min_articles_per_day")
    return problems


def _unknown_groups(where: str, row: Mapping[str, Any]) -> list[str]:
    groups = {*row["pattern"].groupindex, "host", "path"}
    problems = []
    for name, template in (("key", _key_of(row)), ("canonical", _canonical_of(row))):
        try:
            used = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
        except ValueError as error:
            problems.append(f"{where} {name} is {template!r}: {error}")
            continue
        problems += [
            f"{where} has no group (?P<{group or '…'}>…) in its pattern, which its {name} {template!r} is made of"
            for group in sorted(used - groups)
        ]
        if name == "key" and not used & set(row["pattern"].groupindex):
            problems.append(f"{where} key is {template!r}, the same for every article")
    return problems


def _twice(keys: Iterable[str]) -> list[str]:
    return sorted(key for key, times in Counter(keys).items() if times > 1)
