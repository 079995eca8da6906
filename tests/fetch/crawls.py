"""Crawls of a `Site` through the gateway, the way a stage makes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from upath import UPath

from crawler.artefacts import RunFolder
from crawler.config import Config
from crawler.errors import DibaoError
from crawler.fetch.capture import Capture
from crawler.fetch.cdxj import read_index
from crawler.fetch.process import CrawlProcess
from crawler.fetch.revisit import KnownUrl
from crawler.run import Run, Window

WINDOW = Window.parse("2026-06-15", "2026-06-17")


@dataclass
class Crawled:
    folder: RunFolder
    summary: dict[str, Any] | None
    error: DibaoError | None
    lines: list[str] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.folder.read_lines(RunFolder.FATES, "crawl"))

    @property
    def fates(self) -> dict[str, str | None]:
        """The fate by the address as found."""
        return {row["found_url"]: row["fate"] for row in self.rows}

    def row(self, ending: str) -> dict[str, Any]:
        (found,) = [row for row in self.rows if row["found_url"].endswith(ending)]
        return found

    def fate(self, ending: str) -> str | None:
        fate: str | None = self.row(ending)["fate"]
        return fate

    @property
    def index(self) -> list[Capture]:
        return list(read_index(self.folder))

    @property
    def log(self) -> str:
        return "\n".join(self.lines)


def crawl(
    gateway: str,
    data: Path,
    publisher: str = "tibet_net",
    channels: Iterable[str] = ("yc",),
    *,
    known: Iterable[KnownUrl] = (),
    run: dict[str, Any] | None = None,
    window: Window = WINDOW,
    **config: Any,
) -> Crawled:
    """Crawl, and keep what came of it, a failure too."""
    settings = Config(data=str(data), gateway=gateway, **{"delay_seconds": 0, "timeout_seconds": 1.5, **config})
    asked = Run(publisher, window, channels=tuple(channels), **(run or {}))
    result = Crawled(RunFolder(asked, UPath(str(data))), None, None)
    try:
        result.summary = CrawlProcess(asked, settings, known).crawl(result.lines.append)
    except DibaoError as error:
        result.error = error
    return result
