"""The registry: one folder per publisher, read from its publisher.toml.

Importing this module imports neither Scrapy nor the store, since every DAG file does it.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, time
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import ConfigurationError

__all__ = ["ArticleUrl", "Channel", "Expectations", "Publisher", "Site", "get", "identify", "keys", "load"]


@dataclass(frozen=True, slots=True)
class Channel:
    """One listing of a publisher (栏目).

    Args:
        key: short name, unique within the publisher.
        name: as the site prints it.
        url: the first listing page.
        site: key of the site it belongs to.
        options: what the spider needs beside (`lid`, `pageid`, `cms` …).
    """

    key: str
    name: str
    url: str
    site: str
    options: dict[str, Any] = field(default_factory=dict)

    def alive(self, start: date, end: date) -> bool:
        """Whether it has rows for the days `[start, end)`, by its options `since` and `until` (ISO days)."""
        since, until = self.options.get("since"), self.options.get("until")
        return not ((since and end <= date.fromisoformat(since)) or (until and start > date.fromisoformat(until)))


@dataclass(frozen=True, slots=True)
class Site:
    """One web site of a publisher: the hosts that serve it and the CMS that makes it.

    Args:
        key: short name, unique within the publisher.
        name: as the site calls itself.
        hosts: every host from which pages of this site are accepted; the first is the canonical one.
        cms: name of the module in `crawler.cms`, or empty.
        site_id_code: 政府网站标识码, or empty.
    """

    key: str
    name: str
    hosts: tuple[str, ...]
    cms: str = ""
    site_id_code: str = ""


@dataclass(frozen=True, slots=True)
class ArticleUrl:
    """What an article's URL tells.

    Args:
        publisher: the publisher's key.
        site: the site's key.
        key: the article key, the publisher's own id; unique within (publisher, site).
        canonical: the one form of the URL that we store.
        day: the day that the URL names, or None.
        kind: `article`, `gallery`, `video` …: what the URL says is behind it.
    """

    publisher: str
    site: str
    key: str
    canonical: str
    day: date | None = None
    kind: str = "article"


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a publisher's runs must look like; below a hard limit a run fails, outside the usual it warns.

    Until the store holds enough comparable days, volume is held against the guessed range; then against the
    publisher's own history (`crawler.assurance.volume`). A share fails a run only where it is exceeded by at least
    three, or by all there are; exceeded by fewer, it warns.

    Args:
        min_articles_per_day: fewer is unusual; none at all in a whole window is a failure.
        max_articles_per_day: more is unusual.
        filled: fields that nearly every article has.
        min_body_length: characters; a shorter body is unusual.
        generic_share: the largest share of articles that may be left to the general reader.
        failed_look_share: the largest share of pages that nobody could read.
        failed_retry_share: the largest share of URLs that failed for the moment.
        refused_share: the largest share of URLs that the site refused.
        gone_share: the largest share of URLs that are gone, by status or by a page that says so.
        image_only_share: the largest share of pages without text.
        volume_floor: fewer articles in a day than this share of the usual number is a failure.
        quiet_workdays: so many working days without any article are unusual; three times as many are a failure.
        history_since: what was stored of days before it is no measure any more (the site has changed), or None.
        guessed: names of the figures above that nobody has measured yet.
    """

    min_articles_per_day: int
    max_articles_per_day: int
    filled: tuple[str, ...]
    min_body_length: int
    generic_share: float = 0.2
    failed_look_share: float = 0.1
    failed_retry_share: float = 0.2
    refused_share: float = 0.2
    gone_share: float = 0.3
    image_only_share: float = 0.4
    volume_floor: float = 0.4
    quiet_workdays: int = 2
    history_since: date | None = None
    guessed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pattern:
    site: str
    hosts: frozenset[str]
    regex: re.Pattern[str]
    key: str
    canonical: str
    kind: str


@dataclass(frozen=True)
class Publisher:
    """Everything that is known of one publisher without asking its site.

    `patterns` come from the `[[article_url]]` tables: a regular expression that is matched against the path and
    query of a URL on one of the site's hosts, with the named groups `key`, and maybe `year`, `month`, `day`.
    `deadline` is the time of day, Asia/Shanghai, by which a night must be done; None for `DIBAO_ALERT_DEADLINE`.
    """

    key: str
    name: str
    home: str
    sites: tuple[Site, ...]
    channels: tuple[Channel, ...]
    patterns: tuple[_Pattern, ...]
    listing_hosts: frozenset[str]
    schedule: str
    delay_seconds: float
    since: date
    expectations: Expectations
    options: dict[str, Any]
    deadline: time | None = None

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that a crawl of this publisher may speak to."""
        return frozenset(host for site in self.sites for host in site.hosts) | self.listing_hosts

    def site(self, key: str) -> Site:
        """The site with this key.

        Raises:
            ConfigurationError: there is none.
        """
        for site in self.sites:
            if site.key == key:
                return site
        raise ConfigurationError(f"{self.key} has no site {key!r}; it has {', '.join(s.key for s in self.sites)}")

    def channel(self, key: str) -> Channel:
        """The channel with this key.

        Raises:
            ConfigurationError: there is none.
        """
        for channel in self.channels:
            if channel.key == key:
                return channel
        raise ConfigurationError(f"{self.key} has no channel {key!r}; it has {', '.join(c.key for c in self.channels)}")

    def channels_in(
        self, start: date, end: date, keys: Collection[str] = (), sites: Collection[str] = ()
    ) -> list[Channel]:
        """The channels that a run walks.

        Args:
            start, end: the run's days, `[start, end)`; a channel that has none of them is left out.
            keys: only these channels; all if empty.
            sites: only those of these sites; all if empty.
        """
        return [
            channel
            for channel in self.channels
            if (not keys or channel.key in keys) and (not sites or channel.site in sites) and channel.alive(start, end)
        ]

    def identify(self, url: str) -> ArticleUrl | None:
        """The article that a URL names, or None where it is not an article URL of this publisher."""
        try:
            parts = urlsplit(url.strip())
            host = (parts.hostname or "").lower()
        except ValueError:
            # Brackets that enclose no address: nobody's page.
            return None
        target = re.sub(r"/{2,}", "/", parts.path) + (f"?{parts.query}" if parts.query else "")
        for pattern in self.patterns:
            if host not in pattern.hosts:
                continue
            match = pattern.regex.search(target)
            if match is None:
                continue
            groups = {name: value for name, value in match.groupdict().items() if value is not None}
            groups["host"] = self.site(pattern.site).hosts[0]
            groups["path"] = target.split("?", 1)[0]
            return ArticleUrl(
                publisher=self.key,
                site=pattern.site,
                key=pattern.key.format_map(groups),
                canonical=pattern.canonical.format_map(groups),
                day=_day(groups),
                kind=pattern.kind,
            )
        return None


def _day(groups: dict[str, str]) -> date | None:
    try:
        return date(int(groups["year"]), int(groups["month"]), int(groups["day"]))
    except (KeyError, ValueError):
        # No day in the URL, or digits that are no day (a path that only looks like one).
        return None


@functools.cache
def keys() -> tuple[str, ...]:
    """The key of every publisher, in alphabetical order."""
    root = resources.files(__name__)
    return tuple(sorted(entry.name for entry in root.iterdir() if (entry / "publisher.toml").is_file()))


def get(key: str) -> Publisher:
    """The publisher with this key.

    Raises:
        ConfigurationError: there is none, or its publisher.toml is wrong.
    """
    if key not in keys():
        raise ConfigurationError(f"there is no publisher {key!r}; there are {', '.join(keys())}")
    return load(key)


@functools.cache
def load(key: str) -> Publisher:
    """Read one publisher.toml."""
    text = (resources.files(__name__) / key / "publisher.toml").read_text(encoding="utf-8")
    try:
        return _read(key, tomllib.loads(text))
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise ConfigurationError(
            f"crawler/publishers/{key}/publisher.toml is wrong: {type(error).__name__} {error}; "
            "docs/adding-a-publisher.md lists its keys"
        ) from error


def _read(key: str, data: dict[str, Any]) -> Publisher:
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
        _Pattern(
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


def identify(url: str) -> ArticleUrl | None:
    """The publisher, site and article key that a URL names, or None where no publisher claims it.

    Only the host decides whose page it is: a mirror that copies a publisher's paths under a host of its own is
    nobody's.
    """
    for key in keys():
        found = load(key).identify(url)
        if found is not None:
            return found
    return None
