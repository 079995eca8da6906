"""The rows of a run's captures: where each archived response lies, and how its charset was decided."""

from __future__ import annotations

from sqlalchemy import Connection

from crawler.artefacts import RunFolder
from crawler.fetch.cdxj import read_index
from models.base import identity
from models.upsert import batches, upsert
from models.urls import Capture

__all__ = ["write_captures"]


def write_captures(connection: Connection, folder: RunFolder) -> int:
    """Write a row for each response record of a run's index; returns how many rows were written."""
    charsets = {
        (row["capture"]["file"], row["capture"]["offset"]): row["charset"] or {}
        for row in folder.read_lines(RunFolder.ARTICLES, "parse")
    }
    written = 0
    for batch in batches(read_index(folder)):
        rows = []
        for capture in batch:
            charset = charsets.get((capture.file, capture.offset), {})
            rows.append(
                {
                    "id": identity("capture", capture.file, capture.offset),
                    "file": capture.file,
                    "offset": capture.offset,
                    "length": capture.length,
                    "sha256": capture.sha256,
                    "url": capture.url,
                    "status": capture.status,
                    "content_type": capture.content_type,
                    "fetched_at": capture.fetched_at,
                    "run_id": folder.run.run_id,
                    "charset_declared": charset.get("declared"),
                    "charset_used": charset.get("used"),
                    "charset_how": charset.get("how"),
                    "etag": capture.etag,
                    "last_modified": capture.last_modified,
                }
            )
        written += upsert(
            connection, Capture.__table__, rows, update=("charset_declared", "charset_used", "charset_how")
        )
    return written
