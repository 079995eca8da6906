"""What a crawl leaves behind, without a site: a real archive, and the fates and counts that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from crawler.artefacts import RunFolder
from crawler.errors import Fate
from crawler.fetch.archive import RunArchive
from crawler.fetch.capture import Capture
from crawler.fetch.warc_write import Exchange
from crawler.publishers import get


class ArchivedCrawl:
    """A complete crawl of tibet_net, one exchange a second.

    Args:
        folder: the run's.
        began: aware.
    """

    def __init__(self, folder: RunFolder, began: datetime) -> None:
        folder.create()
        self.folder = folder
        self.moment = began
        self._archive = RunArchive(folder)
        self._rows: list[dict[str, Any]] = []

    def fetch(
        self,
        url: str,
        body: bytes,
        status: int = 200,
        headers: Sequence[tuple[bytes, bytes]] = ((b"Content-Type", b"text/html; charset=utf-8"),),
    ) -> Capture:
        """Archive one answer."""
        self.moment += timedelta(seconds=1)
        return self._archive.write(
            Exchange(
                url=url,
                request_line=b"GET / HTTP/1.1",
                request_headers=[(b"Host", urlsplit(url).netloc.encode()), (b"User-Agent", b"Dibao")],
                status_line=b"HTTP/1.1 %d X" % status,
                headers=list(headers),
                body=body,
                fetched_at=self.moment,
            )
        )

    def add(
        self,
        url: str,
        key: str,
        capture: Capture,
        fate: Fate | None = None,
        *,
        listed: datetime | None = None,
        further: Sequence[Capture] = (),
    ) -> None:
        """Give an address its row: its fate, or None for a page that goes on to parse."""
        self._rows.append(
            {
                "url": url,
                "found_url": url,
                "site": "tibet",
                "key": key,
                "channels": ["yc"],
                "listed": {"title": "", "time": listed.isoformat() if listed else None, "source": "", "authors": []},
                "fate": fate.value if fate else None,
                "evidence": {"status": capture.status, "message": ""},
                "capture": capture.as_json(),
                "further": [each.as_json() for each in further],
            }
        )

    def end(self) -> None:
        """Seal the archive, write the fates and the counts."""
        segments = self._archive.seal()
        self.folder.write_lines(RunFolder.FATES, self._rows)
        day = str(self.folder.run.window.start)
        listing = {"pages": 1, "links": 5, "in_window": 5, "total": None, "oldest": day, "newest": day}
        self.folder.write_summary(
            "crawl",
            {
                "discovered": len(self._rows),
                "captures": self._archive.count,
                "channels": {channel.key: listing for channel in get(self.folder.run.publisher).channels},
                "fates": {},
                "complete": True,
                "problems": [],
                "segments": segments,
                "ended_at": (self.moment + timedelta(hours=1)).isoformat(),
            },
        )
