"""The hosts that a crawl may speak to: which are allowed, which refuse us, which are down, which ask for a pause."""

from __future__ import annotations

import time
from collections import Counter
from urllib.parse import urlsplit

from crawler.errors import Fate

__all__ = ["FAILURE_LIMIT", "REFUSAL_LIMIT", "Hosts", "host_of"]

REFUSAL_LIMIT = 3
"""So many 403 or 429 in a row close a host: one may be a page of its own, three are meant for us."""

FAILURE_LIMIT = 8
"""So many exchanges with a host that failed in a row, second tries counted, close it: the site is down."""

_LONGEST_PAUSE_SECONDS = 120.0
"""A host that asks for a longer pause is left to another try of the run."""


class Hosts:
    """What is known of each host during one crawl.

    Args:
        allowed: the publisher's hosts, lower case; no other is ever spoken to.
    """

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed
        self.closed: dict[str, tuple[Fate, str]] = {}
        self._refusals: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._paused: dict[str, float] = {}
        self.crawl_delays: dict[str, float] = {}

    def refused(self, host: str, fate: Fate, message: str) -> None:
        """Count a refusal; a challenge closes the host at once."""
        self._failures[host] = 0
        self._refusals[host] += 1
        if fate is Fate.CHALLENGED:
            self.close(host, fate, f"{host} answers with a challenge ({message}); it is left alone for this run")
        elif self._refusals[host] >= REFUSAL_LIMIT:
            self.close(host, fate, f"{host} refused {REFUSAL_LIMIT} requests in a row ({message}); it is left alone")

    def failed(self, host: str, fate: Fate, message: str) -> None:
        """Count an exchange that failed."""
        self._failures[host] += 1
        if self._failures[host] >= FAILURE_LIMIT:
            self.close(host, fate, f"{host} failed {FAILURE_LIMIT} times in a row ({message}); the rest is not tried")

    def answered(self, host: str) -> None:
        """The host behaves: what it refused or failed before does not add up to a closed door."""
        self._refusals[host] = self._failures[host] = 0

    def close(self, host: str, fate: Fate, message: str) -> None:
        """Send nothing more to this host in this crawl; the first reason stays."""
        self.closed.setdefault(host, (fate, message))

    def pause(self, host: str, seconds: float) -> None:
        """Send nothing to this host for a while, as its Retry-After asks; for long, nothing more in this crawl."""
        if seconds > _LONGEST_PAUSE_SECONDS:
            message = f"{host} asks to be left alone for {seconds:.0f} s (Retry-After); try the run again later"
            self.close(host, Fate.SERVER_ERROR, message)
        until = time.monotonic() + min(seconds, _LONGEST_PAUSE_SECONDS)
        self._paused[host] = max(self._paused.get(host, 0.0), until)

    def pause_left(self, host: str) -> float:
        """Seconds until the host may be spoken to again."""
        return max(0.0, self._paused.get(host, 0.0) - time.monotonic())


def host_of(url: str) -> str:
    """The host of an address, lower case; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        # Brackets that enclose no address: off everybody's site.
        return ""
