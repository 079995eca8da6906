"""What is to be read again: one publisher's captures, by days, sites, layouts or addresses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from crawler import publishers
from crawler.errors import ConfigurationError
from crawler.importing import IMPORTED
from crawler.run import Window

__all__ = ["UNREAD", "By", "Reparse"]

UNREAD = "unread"
"""Stands among the layouts for the pages that none has read."""


class By(StrEnum):
    """What the days of a reparse are."""

    PUBLISHED = "published"
    """Of publication; pages that nobody could read, and articles without a time, count as their run's days."""
    CAPTURED = "captured"
    """On which the page was fetched."""


@dataclass(frozen=True, slots=True)
class Reparse:
    """One selection of captures to read again; the same selection is the same reparse and has the same folder.

    Args:
        publisher: the publisher's key, or `imported`.
        window: Asia/Shanghai days; None for all, which only addresses may be asked for with.
        by: what the days are.
        sites: keys of the publisher's sites; empty for all.
        layouts: names of the layouts that the pages were read by until now, `*` stands for anything, `unread` for the
            pages that none has read; empty for all.
        urls: canonical addresses; empty for all.
        reason: why a person asked for it; kept with the report.

    Raises:
        ConfigurationError: there is no such publisher or site, or nothing says which captures.
    """

    publisher: str
    window: Window | None
    by: By = By.PUBLISHED
    sites: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    reason: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.window is None and not self.urls:
            raise ConfigurationError("say what to read again: days (From and To), or addresses")
        if self.publisher == IMPORTED:
            if self.sites:
                raise ConfigurationError("imported pages have no sites to choose from")
        else:
            known = publishers.get(self.publisher)
            for site in self.sites:
                known.site(site)
        for name in ("sites", "layouts"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        object.__setattr__(self, "urls", tuple(sorted({_canonical(url) for url in self.urls})))

    @property
    def key(self) -> str:
        """The days, and a digest of the selection where it is more than publication days."""
        days = str(self.window) if self.window else "all"
        if self.by is By.PUBLISHED and not (self.sites or self.layouts or self.urls):
            return days
        selection = json.dumps([self.by, self.sites, self.layouts, self.urls], ensure_ascii=True)
        return f"{days}-{hashlib.sha256(selection.encode()).hexdigest()[:8]}"

    def wants_layout(self, layout: str, *, unread: bool = False) -> bool:
        """Whether pages read by a layout are asked for.

        Args:
            layout: its name, maybe empty.
            unread: no article was read.
        """
        if not self.layouts:
            return True
        return any(fnmatchcase(layout, name) or (unread and name == UNREAD) for name in self.layouts)

    def as_json(self) -> dict[str, Any]:
        """A form that survives JSON and `from_json`."""
        return {
            "publisher": self.publisher,
            "from": self.window.start.isoformat() if self.window else None,
            "to": self.window.end.isoformat() if self.window else None,
            "by": self.by.value,
            "sites": list(self.sites),
            "layouts": list(self.layouts),
            "urls": list(self.urls),
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reparse:
        """The reparse that `as_json` wrote, or that a form asks for; what is empty is no restriction.

        Raises:
            ConfigurationError: a value is wrong; the message says which.
        """
        try:
            by = By(data.get("by") or By.PUBLISHED)
        except ValueError as error:
            raise ConfigurationError(f"days are {' or '.join(By)}, not {data['by']!r}") from error
        return cls(
            publisher=data["publisher"],
            window=Window.asked(data.get("from"), data.get("to")),
            by=by,
            sites=tuple(data.get("sites") or ()),
            layouts=tuple(data.get("layouts") or ()),
            urls=tuple(url.strip() for url in data.get("urls") or () if url.strip()),
            reason=data.get("reason") or "",
        )


def _canonical(url: str) -> str:
    found = publishers.identify(url)
    return found.canonical if found else url
