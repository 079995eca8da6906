"""Stories among texts on disk: JSON lines through the real fingerprint, match and store code, on a scratch store."""

from __future__ import annotations

import functools
import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select

from crawler.dedupe.normalise import fold
from crawler.dedupe.stories import StoryDocument, assign
from crawler.errors import ArtefactError
from models.contents import Content
from models.store import Store
from models.stories import StoryEdge

__all__ = ["dedupe_documents"]

BATCH = 1000


def dedupe_documents(path: Path, out: IO[str], *, batch: int = BATCH, store_url: str = "") -> int:
    """Find the stories among the documents of a file and print one JSON line for each, in the file's order.

    A printed line has `id`; `story`, equal for near copies of one text; `contained_in`, the ids of longer documents
    that hold this one's text without being copies of it.

    Args:
        path: JSON lines, also gzipped: `id`, `title`, `paras` (a list of paragraphs), and, if known, `day`
            (YYYY-MM-DD; documents more than thirty days apart are not compared).
        out: where to print.
        batch: documents in one transaction; the result does not depend on it.
        store_url: a database to work in, empty at first; by default an SQLite file that is removed afterwards.

    Returns:
        How many documents there were.

    Raises:
        ArtefactError: the file cannot be read, or a line is not such a document.
    """
    with tempfile.TemporaryDirectory(prefix="dibao-stories-") as folder:
        store = Store(store_url or f"sqlite:///{folder}/stories.sqlite")
        try:
            return _dedupe(store, path, out, batch)
        finally:
            store.close()


def _dedupe(store: Store, path: Path, out: IO[str], batch: int) -> int:
    store.upgrade()
    content_of: dict[Any, int] = {}
    documents = _read(path)
    while rows := list(islice(documents, batch)):
        folded = [(row["id"], StoryDocument(fold(row["title"], row["paras"]), day)) for row, day in rows]
        for number, document in folded:
            if number in content_of:
                raise ArtefactError(f"the id {number!r} stands twice in {path}; give every document its own")
            content_of[number] = document.folded.content_id
        store.write(functools.partial(assign, documents=[document for _, document in folded]))
    ids: dict[int, list[Any]] = {}
    for number, content_id in content_of.items():
        ids.setdefault(content_id, []).append(number)
    with store.reading() as connection:
        stories = {row[0]: row[1] for row in connection.execute(select(Content.content_id, Content.story_id))}
        held: dict[int, list[int]] = {}
        edges = select(StoryEdge.shorter_id, StoryEdge.longer_id).where(StoryEdge.relation == "contained")
        for shorter, longer in connection.execute(edges.order_by(StoryEdge.shorter_id, StoryEdge.longer_id)):
            held.setdefault(shorter, []).append(longer)
    for number, content_id in content_of.items():
        line = {
            "id": number,
            # A document without title and text is no copy of anything.
            "story": stories.get(content_id, f"empty-{number}"),
            "contained_in": [other for longer in held.get(content_id, ()) for other in ids[longer]],
        }
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return len(content_of)


def _read(path: Path) -> Iterator[tuple[dict[str, Any], date | None]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _document(line, f"line {number} of {path}")
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"cannot read {path}: {error}") from error


def _document(line: str, place: str) -> tuple[dict[str, Any], date | None]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ArtefactError(f"{place} is not JSON: {error}") from error
    shaped = (
        isinstance(row, dict)
        and isinstance(row.get("id"), (str, int))
        and isinstance(row.get("title"), str)
        and isinstance(row.get("paras"), list)
        and all(isinstance(paragraph, str) for paragraph in row["paras"])
        and isinstance(row.get("day"), (str, type(None)))
    )
    if not shaped:
        raise ArtefactError(
            f'{place} is not a document: give "id" (text or number), "title" (text), "paras" (a list of texts) '
            'and, if known, "day" (YYYY-MM-DD)'
        )
    try:
        return row, date.fromisoformat(row["day"]) if row.get("day") else None
    except ValueError as error:
        raise ArtefactError(f"{place} has a day that is no date: {row['day']!r}") from error


def main() -> int:
    """`python -m crawler.dedupe.documents FILE`."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m crawler.dedupe.documents FILE\n")
        return 2
    try:
        dedupe_documents(Path(sys.argv[1]), sys.stdout)
    except ArtefactError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
