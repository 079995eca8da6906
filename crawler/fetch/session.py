"""What the parts of one crawl share: the run, its archive, what is known, and the hosts that are closed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import publishers
from crawler.artefacts import RunFolder, hold, local_path
from crawler.config import Config
from crawler.errors import ArtefactError, RunLocked
from crawler.fetch.archive import RunArchive
from crawler.fetch.attempt import Attempt
from crawler.fetch.hosts import Hosts
from crawler.fetch.revisit import KnownUrls, KnownUrlsFile
from crawler.fetch.segments import archive_name, spool
from crawler.publishers import Publisher
from crawler.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["CrawlSession", "Problem", "ProblemKind", "session_of"]

_LOCK_WAIT_SECONDS = 30.0


class ProblemKind:
    """What kind of person or time mends a problem; the names of the report."""

    TRANSIENT = "transient"
    BLOCKED = "blocked"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something for which the crawl must not count as done.

    Args:
        kind: of `ProblemKind`.
        where: a channel's key, a host, or empty.
        message: a sentence that says what happened and what to do.
    """

    kind: str
    where: str
    message: str


@dataclass
class CrawlSession:
    """One crawl's shared state.

    Args:
        run: what to crawl.
        config: our settings.
        publisher: whose site it is.
        folder: the run's.
        archive: of the run.
        known: what the store holds already.
        hosts: which may be spoken to, and how they behave.
        say: writes one line of the log.
    """

    run: Run
    config: Config
    publisher: Publisher
    folder: RunFolder
    archive: RunArchive
    known: KnownUrls
    hosts: Hosts
    say: Callable[[str], None]
    problems: list[Problem] = field(default_factory=list)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    """The same moment by a clock that nobody sets."""
    requests: int = 0
    attempt: Attempt | None = None
    """Whose answers are given again; None for a crawl that asks the sites."""
    fetched_again_since: int = 0
    """The first segment of the attempts that fetch the run's articles again; one try goes on from the other."""
    _lock: int = -1

    @classmethod
    def open(
        cls, run: Run, config: Config, say: Callable[[str], None], *, replay: tuple[int, datetime] | None = None
    ) -> CrawlSession:
        """Take hold of a run's folder and of what earlier attempts left there.

        Args:
            run: what to crawl.
            config: our settings.
            say: writes one line of the log.
            replay: the segment whose attempt is gone through again, and when it was begun; None to ask the sites.

        Raises:
            ConfigurationError: the publisher, a channel or a site does not exist.
            ArtefactError: the folder cannot be used.
            RunLocked: another crawl of the same run is still at work.
        """
        publisher = publishers.get(run.publisher)
        for key in run.channels:
            publisher.channel(key)
        for key in run.sites:
            publisher.site(key)
        folder = RunFolder(run, config.data_root)
        folder.create()
        lock = _only_crawl(folder)
        local = local_path(folder.path)
        archive = RunArchive(folder, last=replay[0] if replay else None)
        if replay and archive.sealed <= replay[0]:
            raise ArtefactError(
                f"{run.run_id} has no whole archive: {archive_name(run, archive.sealed)} is missing; restore it from "
                "the backup of the archive"
            )
        return cls(
            run=run,
            config=config,
            publisher=publisher,
            folder=folder,
            archive=archive,
            known=KnownUrlsFile(local / RunFolder.KNOWN if local else _fetched_known(folder)),
            hosts=Hosts(publisher.hosts),
            say=say,
            attempt=Attempt(archive, *replay) if replay else None,
            fetched_again_since=_again_since(folder, archive.sealed) if run.fetch_again and not replay else 0,
            _lock=lock,
        )

    @property
    def delay(self) -> float:
        """The least pause between two requests to one host, seconds."""
        if self.attempt is not None:
            # Nobody is asked.
            return 0.0
        if self.config.gateway and self.config.delay_seconds == 0:
            # The only way to a crawl without pauses: nobody's server is behind a gateway.
            return 0.0
        return max(self.config.delay_seconds, self.publisher.delay_seconds)

    @property
    def moment(self) -> datetime:
        """The instant by which second looks are judged: the window's end, so that a run decides the same again."""
        return min(self.attempt.began if self.attempt else datetime.now(UTC), self.run.window.end_time)

    def problem(self, kind: str, where: str, message: str) -> None:
        """Record something for which the crawl must not count, and say so."""
        found = Problem(kind, where, message)
        if found not in self.problems:
            self.problems.append(found)
            self.say(f"PROBLEM ({kind}) {where + ': ' if where else ''}{message}")

    def looked_at_before(self) -> list[str]:
        """The addresses of the second looks that an earlier attempt of this very run took, as it wrote them down."""
        try:
            rows = list(self.folder.read_lines(RunFolder.FATES, "crawl"))
        except ArtefactError:
            # This is the first attempt that comes to its end.
            return []
        return [row["found_url"] for row in rows if not row["channels"]]

    def fetched_again(self) -> None:
        """The crawl is complete: whoever asks to fetch again after it means everything.

        Raises:
            ArtefactError: the run folder cannot be written.
        """
        if self.attempt is not None:
            return
        path = self.folder / RunFolder.FETCH_AGAIN
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise ArtefactError(f"cannot remove {path}: {error.strerror or error}; check the folder's owner") from error

    def close(self) -> None:
        """Let the next crawl of this run begin."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def session_of(crawler: Crawler) -> CrawlSession:
    """The session that a crawl's spider was opened with."""
    session: CrawlSession = crawler.spider.session  # type: ignore[union-attr]
    return session


def _again_since(folder: RunFolder, sealed: int) -> int:
    """The first segment of this order to fetch again, as its first attempt has written it down."""
    path = folder / RunFolder.FETCH_AGAIN
    try:
        return min(int(json.loads(path.read_text(encoding="utf-8"))["since"]), sealed)
    except FileNotFoundError:
        folder.write_bytes(RunFolder.FETCH_AGAIN, json.dumps({"since": sealed}).encode())
        return sealed
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(f"{path} is damaged ({error}); delete it, then everything is fetched again") from error


def _fetched_known(folder: RunFolder) -> Path | None:
    path = folder / RunFolder.KNOWN
    if not path.exists():
        return None
    target = spool(folder) / RunFolder.KNOWN
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(path.read_bytes())
    return target


def _only_crawl(folder: RunFolder) -> int:
    """A lock of the crawl process itself: a parent that died and was started again waits for the old child's end."""
    local = local_path(folder.path)
    if local is None:
        return -1
    deadline = time.monotonic() + _LOCK_WAIT_SECONDS
    while (handle := hold(local / RunFolder.CRAWL_LOCK)) is None:
        if time.monotonic() > deadline:
            raise RunLocked(f"another process crawls {folder.run.run_id}; wait for it or stop it, then start again")
        time.sleep(0.1)
    return handle
