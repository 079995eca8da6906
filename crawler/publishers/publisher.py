"""What is known of one publisher: its sites, channels, addresses and expectations."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import ConfigurationError

__all__ = ["ArticleUrl", "Channel", "Expectations", "Pattern", "Publisher", "Site"]


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
        cms: the family in `crawler.cms` that reads its listings, or empty.
        site_id_code: 政府网站标识码, by which a saved page is known as this site's; or empty.
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
    publisher's own history (`crawler.assurance.volume`). A share that is exceeded fails a run only where at least three
    are concerned, or all there are; else it warns.

    Args:
        min_articles_per_day: fewer is unusual, until there is a history; none at all in a whole window is a failure.
        max_articles_per_day: more is unusual, until there is a history.
        filled: fields that nearly every article has.
        min_body_length: characters; more than a tenth of the bodies shorter is unusual.
        generic_share: the largest share of articles that may be left to the general reader.
        failed_look_share: the largest share of pages that nobody could read.
        failed_retry_share: the largest share of URLs that failed for the moment.
        refused_share: the largest share of URLs that the site refused.
        gone_share: the largest share of URLs that are gone, by status or by a page that says so.
        image_only_share: the largest share of pages without text.
        volume_floor: fewer articles in a day than this share of the usual number, if chance does not explain it, fail.
        quiet_workdays: more working days without any article are unusual; more than three times as many a failure.
        history_since: what was stored of days before it is no measure any more (the site has changed), or None.
        guessed: names of the figures above that nobody has measured yet; `dibao probe` and the check say so.
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
class Pattern:
    """One form of address of a publisher's articles, as `[[article_url]]` says.

    Args:
        site: the site's key.
        hosts: on which the address may stand.
        regex: matched against path and query; its groups are what `key` and `canonical` are made of.
        key: the article key, with `{group}`.
        canonical: the stored address, with `{group}`, `{host}` and `{path}`.
        kind: as `ArticleUrl.kind`.
    """

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
    patterns: tuple[Pattern, ...]
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
