"""One attempt of a run that is rebuilt: the answers of its own segment, each to be had once, in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urljoin

from crawler.fetch.archive import RunArchive
from crawler.fetch.capture import Capture

__all__ = ["Attempt"]


class Attempt:
    """What the wire answered in one attempt.

    Args:
        archive: of the run, up to the attempt's segment.
        number: of that segment.
        began: aware; when the segment was begun.
    """

    def __init__(self, archive: RunArchive, number: int, began: datetime) -> None:
        self.number = number
        self.began = began
        self._archive = archive
        self._taken: defaultdict[str, int] = defaultdict(int)

    def left(self, url: str) -> bool:
        """Whether an answer of this attempt to an address was not taken yet."""
        return self._taken[url] < len(self._archive.captures(url, since=self.number))

    def take(self, url: str) -> Capture | None:
        """The next answer of this attempt to an address; None where there is no further one."""
        found = self._archive.captures(url, since=self.number)
        if self._taken[url] >= len(found):
            return None
        self._taken[url] += 1
        return found[self._taken[url] - 1]

    def addresses(self) -> Iterator[str]:
        """Every address that the run has asked until then, in order, but those that only a redirect led to."""
        captures = self._archive.in_order()
        led_to = set()
        for capture in captures:
            if 300 <= capture.status < 400 and capture.status != 304:
                try:
                    led_to.add(urljoin(capture.url, self._archive.read(capture).header("Location")))
                except ValueError:
                    # No address: nothing was asked there.
                    continue
        yield from dict.fromkeys(capture.url for capture in captures if capture.url not in led_to)
