"""Import: pages that somebody saved go the way of every capture, from the archive on."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastwarc import ArchiveIterator, WarcRecordType

from crawler import publishers
from crawler.artefacts import RunFolder, local_path
from crawler.assurance.unloaded import way_to_load
from crawler.config import Config
from crawler.errors import ArtefactError, ConfigurationError, Fate
from crawler.fetch.archive import RunArchive
from crawler.fetch.capture import Capture
from crawler.fetch.cdxj import read_index
from crawler.fetch.warc_write import Exchange
from crawler.parse.saved import read_saved
from crawler.run import SHANGHAI, Run, Window

__all__ = ["IMPORTED", "import_files", "read_import_again"]

IMPORTED = "imported"
"""The publisher of every import run; what a page itself belongs to is found by its address and content."""

_WARC_ENDINGS = (".warc", ".warc.gz", ".warc.zst")
_PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown", "")


@dataclass(frozen=True, slots=True)
class _Saved:
    url: str
    content_type: str
    body: bytes
    fetched_at: datetime


def import_files(files: Sequence[Path], url: str, config: Config) -> Run:
    """Archive saved files as a run of their own, ready for parse, dedupe, load and check.

    The same files give the same run, whenever and from wherever they are imported; a second time nothing is
    archived again.

    Args:
        files: saved pages, posts, page texts and WARC files.
        url: where the only file came from, or empty.
        config: our settings.

    Returns:
        The run that the stages go on with.

    Raises:
        ConfigurationError: a file cannot be read, or is a folder.
        ArtefactError: a WARC file is damaged, or the data root cannot be written.
    """
    for file in files:
        if file.is_dir():
            raise ConfigurationError(f"{file} is a folder; name its files, for example {file}/*.html")
        _refuse_own(file, config)
    publishers.refuse_broken("whose pages these are cannot be told while a publisher's file is wrong")
    today = datetime.now(SHANGHAI).date()
    run = Run(IMPORTED, Window(today, today + timedelta(days=1)), digest=_digest(files, url))
    folder = RunFolder(run, config.data_root)
    with folder.locked():
        if "ended_at" in folder.read_summary().get("crawl", {}):
            return run
        # What an import that was killed has archived already is not archived again.
        archive = RunArchive(folder)
        rows = [_row(page.url, _archived(archive, page)) for file in files for page in _pages(file, url)]
        segments = archive.seal()
        if not rows:
            raise ConfigurationError(f"no page in {', '.join(map(str, files))}: nothing to import")
        _write_outcome(folder, rows, segments)
    return run


def read_import_again(run: Run, last: int, config: Config) -> None:
    """Make the run folder of an import from its archive alone, ready for parse, dedupe, load and check.

    Args:
        run: the import.
        last: its last archive file.
        config: our settings.

    Raises:
        ConfigurationError: a publisher's file is wrong.
        ArtefactError: the archive is damaged, or the data root cannot be written.
    """
    publishers.refuse_broken("whose pages these are cannot be told while a publisher's file is wrong")
    folder = RunFolder(run, config.data_root)
    with folder.locked():
        archive = RunArchive(folder, last=last)
        rows = [_row(capture.url, capture) for capture in archive.in_order()]
        _write_outcome(folder, rows, archive.seal())


def _write_outcome(folder: RunFolder, every: list[dict[str, Any]], segments: list[str]) -> None:
    rows = _without_doubles(every)
    folder.write_lines(RunFolder.FATES, rows)
    captured = sum(row["fate"] is None for row in rows)
    folder.write_summary(
        "crawl",
        {
            "discovered": len(rows),
            "captures": sum(1 for _ in read_index(folder)),
            "listings": 0,
            "fates": dict(Counter(row["fate"] or "captured" for row in rows)),
            "channels": {},
            "complete": True,
            "problems": [],
            "segments": segments,
            "fetched": captured,
            "ended_at": datetime.now(UTC).isoformat(),
        },
    )


def _refuse_own(file: Path, config: Config) -> None:
    """An import knows no listings: galleries and lists would become articles, and the bytes would lie there twice."""
    root = local_path(config.data_root)
    if root is None or not file.resolve().is_relative_to((root / "archive").resolve()):
        return
    name = file.resolve().relative_to(root.resolve()).as_posix()
    if not name.startswith(f"archive/{IMPORTED}/"):
        raise ConfigurationError(f"{file} lies in the archive itself: {way_to_load(name)}, an import would double it")


def _digest(files: Sequence[Path], url: str) -> str:
    digests = []
    for file in files:
        try:
            with file.open("rb") as opened:
                digests.append(f"{file.name} {hashlib.file_digest(opened, 'sha256').hexdigest()}")
        except OSError as error:
            raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    return hashlib.sha256("\n".join([url, *sorted(digests)]).encode()).hexdigest()[:16]


def _pages(file: Path, url: str) -> Iterator[_Saved | Exchange]:
    if file.name.endswith(_WARC_ENDINGS):
        yield from _warc_pages(file)
        return
    page = read_saved(file, url or None)
    saved_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    # A file says nothing of where it lay on somebody's disk: its own digest and name are its address.
    address = url or f"file:///{hashlib.sha256(page.body).hexdigest()[:16]}/{quote(file.name)}"
    yield _Saved(address, page.content_type, page.body, saved_at)


def _warc_pages(file: Path) -> Iterator[_Saved | Exchange]:
    """The pages of a WARC file that any tool has written; what is no page (images, scripts) is left where it is."""
    kinds = WarcRecordType.response | WarcRecordType.resource
    try:
        with file.open("rb") as opened:
            for record in ArchiveIterator(opened, record_types=kinds, auto_decode="transfer"):
                warc = dict(record.headers.items())
                http = record.http_headers
                body = record.reader.read()
                moment = datetime.fromisoformat(warc["WARC-Date"])
                target = warc["WARC-Target-URI"].strip("<>")
                if http is None:
                    if _is_page(warc.get("Content-Type", "")):
                        yield _Saved(target, warc.get("Content-Type", ""), body, moment)
                elif _is_page(http.get("Content-Type", "") or ""):
                    # Its transfer coding is undone, as in every archive of ours.
                    headers = [(k.encode(), v.encode()) for k, v in http if k.lower() != "transfer-encoding"]
                    yield Exchange(
                        target,
                        b"GET - HTTP/1.1",
                        [],
                        (http.status_line or "HTTP/1.1 200 OK").encode(),
                        headers,
                        body,
                        moment,
                    )
    except (OSError, KeyError, ValueError) as error:
        raise ArtefactError(f"{file} is not a whole WARC file: {type(error).__name__} {error}") from error


def _is_page(content_type: str) -> bool:
    return content_type.split(";")[0].strip().lower() in _PAGE_TYPES


def _archived(archive: RunArchive, page: _Saved | Exchange) -> Capture:
    sha256 = hashlib.sha256(page.body).hexdigest()
    for capture in archive.captures(page.url):
        if (capture.sha256, capture.fetched_at) == (sha256, page.fetched_at):
            return capture
    if isinstance(page, Exchange):
        return archive.write(page)
    return archive.write_resource(page.url, page.content_type, page.body, page.fetched_at)


def _row(url: str, capture: Capture) -> dict[str, Any]:
    found = publishers.identify(url)
    return {
        "url": found.canonical if found else url,
        "found_url": url,
        "site": found.site if found else None,
        "key": found.key if found else None,
        "channels": [],
        "listed": {"title": "", "time": None, "source": "", "authors": []},
        "fate": None,
        "evidence": {"status": capture.status, "message": ""},
        "capture": capture.as_json(),
        "further": [],
    }


def _without_doubles(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per address: its latest page, or its latest answer where it never gave one; the rest stays archived."""
    latest: dict[str, dict[str, Any]] = {}
    articles: dict[tuple[str, str], str] = {}
    for row in sorted(
        rows,
        key=lambda row: (row["capture"]["status"] == 200, row["capture"]["fetched_at"], row["capture"]["offset"]),
    ):
        latest[row["url"]] = row
    for row in latest.values():
        if row["key"] is not None:
            first = articles.setdefault((row["site"], row["key"]), row["url"])
            if first != row["url"]:
                row["fate"] = Fate.DUPLICATE_LINK.value
                row["evidence"]["message"] = f"the same article as {first}"
    return list(latest.values())
