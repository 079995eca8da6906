"""From the tables of a publisher.toml to a Publisher."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from crawler.publishers.publisher import Channel, Expectations, Pattern, Publisher, Site

__all__ = ["read_publisher"]


def read_publisher(key: str, data: dict[str, Any]) -> Publisher:
    """The publisher that a file describes.

    Args:
        key: the publisher's key, the name of its folder.
        data: the file's tables.

    Raises:
        KeyError, TypeError, ValueError, re.error: a key is missing or wrong.
    """
    sites = tuple(
        Site(
            key=row["key"],
            name=row["name"],
            hosts=tuple(row["hosts"]),
            cms=row.get("cms", ""),
            site_id_code=row.get("site_id_code", ""),
        )
        for row in data["site"]
    )
    hosts_of = {site.key: frozenset(site.hosts) for site in sites}
    channels = tuple(
        Channel(
            key=row["key"],
            name=row["name"],
            url=row["url"],
            site=row.get("site", sites[0].key),
            options={k: v for k, v in row.items() if k not in ("key", "name", "url", "site")},
        )
        for row in data["channel"]
    )
    patterns = tuple(
        Pattern(
            site=site,
            hosts=frozenset(row["hosts"]) if "hosts" in row else hosts_of[site],
            regex=re.compile(row["pattern"]),
            key=row.get("key", "{key}"),
            canonical=row.get("canonical", "https://{host}{path}"),
            kind=row.get("kind", "article"),
        )
        for row in data["article_url"]
        for site in ([row["site"]] if "site" in row else [s.key for s in sites])
    )
    for channel in channels:
        if channel.site not in hosts_of:
            raise ValueError(f"channel {channel.key} names the unknown site {channel.site!r}")
    spoken_to = frozenset().union(*hosts_of.values(), data.get("listing_hosts", ()))
    for channel in channels:
        if urlsplit(channel.url).hostname not in spoken_to:
            raise ValueError(f"channel {channel.key} lies on a host that is neither a site's nor in listing_hosts")
    if len({channel.key for channel in channels}) != len(channels):
        raise ValueError("two channels have the same key")
    if "expectations" not in data:
        raise ValueError("a publisher without expectations cannot be checked")
    return Publisher(
        key=key,
        name=data["name"],
        home=data["home"],
        sites=sites,
        channels=channels,
        patterns=patterns,
        listing_hosts=frozenset(data.get("listing_hosts", ())),
        schedule=data["schedule"],
        delay_seconds=float(data["pace"]["delay_seconds"]),
        since=date.fromisoformat(data["since"]),
        expectations=_expectations(data["expectations"]),
        options={k: v for k, v in data.items() if k in ("options",)}.get("options", {}),
        deadline=time.fromisoformat(str(data["deadline"])) if "deadline" in data else None,
    )


def _expectations(table: dict[str, Any]) -> Expectations:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    for name, value in values.items():
        if name.endswith(("_share", "_floor")) and not 0 <= value <= 1:
            raise ValueError(f"{name} is a share, between 0 and 1, not {value}")
    return Expectations(**values)
