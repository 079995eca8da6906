"""Which stored articles are fetched again, and when: a second look at d+1, d+3 and d+14, each once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from crawler.errors import ArtefactError

__all__ = ["LOOKS", "KnownUrl", "KnownUrls", "KnownUrlsFile", "as_lines", "look_due"]

LOOKS = (timedelta(days=1), timedelta(days=3), timedelta(days=14))
"""How long after publication an article is looked at again: corrections come within days, takedowns within weeks."""


@dataclass(frozen=True, slots=True)
class KnownUrl:
    """What the store holds of one article, as far as a crawl needs it.

    Args:
        site: the site's key.
        key: the article key.
        last_fetched: aware; when the site last answered for it.
        published: aware, or None where the page printed no time.
        url: the address that answered then.
        etag: the validator that it came with, or None.
        last_modified: the other validator, or None.
    """

    site: str
    key: str
    last_fetched: datetime
    published: datetime | None
    url: str
    etag: str | None = None
    last_modified: str | None = None


class KnownUrls(Protocol):
    """Answers what is stored of an article already."""

    def get(self, site: str, key: str) -> KnownUrl | None:
        """What is stored of this article, or None."""

    def __iter__(self) -> Iterator[KnownUrl]:
        """Every article that may be met, in any order."""


def look_due(known: KnownUrl, moment: datetime) -> bool:
    """Whether a second look at a stored article is due.

    Args:
        known: the article.
        moment: aware; the end of the run's window, so that the same run asked twice decides the same.
    """
    if known.published is None:
        return False
    return any(known.last_fetched < known.published + look <= moment for look in LOOKS)


def as_lines(known: Iterable[KnownUrl]) -> Iterator[dict[str, Any]]:
    """The rows of the file by which a parent tells its crawl process what is stored."""
    for row in known:
        yield {
            "site": row.site,
            "key": row.key,
            "last_fetched": row.last_fetched.isoformat(),
            "published": row.published.isoformat() if row.published else None,
            "url": row.url,
            "etag": row.etag,
            "last_modified": row.last_modified,
        }


class KnownUrlsFile:
    """The articles of a `known.jsonl`; none where there is no file.

    Args:
        path: the file that the parent wrote, or None.

    Raises:
        ArtefactError: a line cannot be read.
    """

    def __init__(self, path: Path | None) -> None:
        self._rows: dict[tuple[str, str], KnownUrl] = {}
        if path is None or not path.exists():
            return
        # Not `splitlines`: a validator may hold U+0085, which ends no line of JSON.
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        for number, line in enumerate(lines if lines != [""] else (), 1):
            try:
                row = json.loads(line)
                published = row["published"]
                known = KnownUrl(
                    site=row["site"],
                    key=row["key"],
                    last_fetched=datetime.fromisoformat(row["last_fetched"]),
                    published=datetime.fromisoformat(published) if published else None,
                    url=row["url"],
                    etag=row["etag"],
                    last_modified=row["last_modified"],
                )
            except (ValueError, KeyError, TypeError) as error:
                raise ArtefactError(f"line {number} of {path} is damaged ({error}); run `crawl` again") from error
            self._rows[known.site, known.key] = known

    def get(self, site: str, key: str) -> KnownUrl | None:
        """What is stored of this article, or None."""
        return self._rows.get((site, key))

    def __iter__(self) -> Iterator[KnownUrl]:
        return iter(self._rows.values())
