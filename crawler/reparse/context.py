"""What a page is read with: its listing's words and its later parts, from its run's files or else from the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from upath import UPath

from crawler.artefacts import RunFolder
from crawler.fetch.content_coding import PayloadError
from crawler.parse.further import further_pages
from crawler.reparse.targets import Target
from crawler.run import Run
from crawler.stages import captured_page
from models.runs import Run as RunRow
from models.store import Store
from models.urls import Capture

__all__ = ["Context", "run_folder"]

_NOTHING_LISTED: dict[str, Any] = {"title": "", "time": None, "source": "", "authors": []}


@dataclass(frozen=True, slots=True)
class _Told:
    """One row of `fates.jsonl`, as far as parse reads it."""

    decided_by_crawl: bool
    listed: dict[str, Any]
    further: list[dict[str, Any]]
    place: tuple[str, int] | None


def run_folder(connection: Connection, data_root: UPath, run_id: str) -> RunFolder | None:
    """The folder of a stored run; None where it was deleted, or has not been parsed since its last crawl."""
    run = RunRow.__table__.c
    row = connection.execute(
        select(run.publisher, run.run_key, run.window_start, run.window_end, run.selection, run.reason).where(
            run.id == run_id
        )
    ).one()
    folder = RunFolder(
        Run.from_json(
            {
                **row.selection,
                "publisher": row.publisher,
                "start": row.window_start.isoformat(),
                "end": row.window_end.isoformat(),
                "reason": row.reason,
                "digest": row.run_key.removeprefix("import-") if row.run_key.startswith("import-") else "",
            }
        ),
        data_root,
    )
    whole = all((folder / name).exists() for name in (RunFolder.FATES, RunFolder.ARTICLES))
    return folder if whole and "parse" in folder.read_summary() else None


class Context:
    """Knows the listings' words and the later parts of one run's pages.

    Args:
        store: the SQL store.
        data_root: where the archive and the run folders lie.
        run_id: the run.

    Raises:
        ArtefactError: a file of the run is damaged.
    """

    def __init__(self, store: Store, data_root: UPath, run_id: str) -> None:
        self._store = store
        self._data_root = data_root
        self._run_id = run_id
        with store.reading() as connection:
            folder = run_folder(connection, data_root, run_id)
        self._told: dict[str, _Told] = {}
        if folder is not None:
            for row in folder.read_lines(RunFolder.FATES, "crawl"):
                capture = row["capture"]
                self._told[row["url"]] = _Told(
                    row["fate"] is not None,
                    row["listed"],
                    row["further"],
                    (capture["file"], capture["offset"]) if capture else None,
                )

    def row(self, target: Target) -> tuple[dict[str, Any], bool] | None:
        """A page as a row of `fates.jsonl`, and whether its listing's words are known; None where crawl refused it.

        Raises:
            ArtefactError: the archive lacks the capture.
        """
        told = self._told.get(target.url)
        known = told is not None and told.place == (target.capture["file"], target.capture["offset"])
        row = {"url": target.url, "site": target.site, "key": target.key, "capture": target.capture}
        if told is not None and known:
            if told.decided_by_crawl:
                return None
            return {**row, "listed": told.listed, "further": told.further}, True
        listed = _NOTHING_LISTED
        if target.listed_time is not None:
            listed = {**listed, "time": target.listed_time.isoformat()}
        return {**row, "listed": listed, "further": self._parts(target.capture)}, False

    def _parts(self, capture: dict[str, Any]) -> list[dict[str, Any]]:
        """The later parts that the same run archived, found as the crawl found them: each page names the next."""
        try:
            pages = [captured_page(self._data_root, capture)]
        except PayloadError:
            # Reading the page itself gives it its fate.
            return []
        parts: list[str] = []
        found: list[dict[str, Any]] = []
        while True:
            known = {capture["url"], *parts}
            parts += [url for url in dict.fromkeys(further_pages(pages[-1])) if url not in known]
            if len(found) == len(parts):
                return found
            part = self._archived(parts[len(found)])
            if part is None:
                # An article without its end would be a loss: the page before it is read, and said to lack this one.
                part = {**capture, "url": parts[len(found)], "status": 404}
                return [*found, part]
            found.append(part)
            try:
                pages.append(captured_page(self._data_root, part))
            except PayloadError:
                return found

    def _archived(self, url: str) -> dict[str, Any] | None:
        capture = Capture.__table__
        names = ("file", "offset", "length", "sha256", "status", "content_type", "url", "fetched_at")
        with self._store.reading() as connection:
            row = connection.execute(
                select(*(capture.c[name] for name in names))
                .where(capture.c.run_id == self._run_id, capture.c.url == url, capture.c.status == 200)
                .order_by(capture.c.fetched_at.desc(), capture.c.file, capture.c.offset)
                .limit(1)
            ).one_or_none()
        if row is None:
            return None
        return {name: getattr(row, name) for name in names} | {"fetched_at": row.fetched_at.isoformat()}
