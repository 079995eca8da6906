"""Articles as CSV for a spreadsheet or as JSON Lines for a program, a row at a time."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from array import array
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from sqlalchemy import Connection, func, select

from crawler.analysts.selection import Selection
from models.articles import Article
from models.upsert import batches
from models.views import ARTICLE_NOW

__all__ = ["COLUMNS", "export_csv", "export_json_lines", "guarded", "undated"]

COLUMNS: tuple[str, ...] = tuple(column.name for column in ARTICLE_NOW.columns if column.name != "published_utc")
"""In this order, in each format; a later version adds further ones behind them."""

_IDS = ("article_id", "story_id", "capture_id")
"""63 bits: JavaScript, jq and spreadsheets would round them as numbers."""

_FORMULA = "=+-@＝＋－＠"
_GUARD = "'"


def export_csv(connection: Connection, selection: Selection, file: BinaryIO, *, bom: bool = False) -> int:
    """Write articles as CSV (RFC 4180, UTF-8), each text cell guarded.

    Args:
        connection: reads the store.
        selection: which ones.
        file: where to.
        bom: begin with a byte order mark, by which Excel knows that it is UTF-8.

    Returns:
        How many articles were written.
    """
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\r\n")

    def flush() -> None:
        file.write(line.getvalue().encode())
        line.seek(0)
        line.truncate()

    if bom:
        file.write("\ufeff".encode())
    writer.writerow(COLUMNS)
    flush()
    count = 0
    for row in _rows(connection, selection):
        writer.writerow([_cell(row[name]) for name in COLUMNS])
        flush()
        count += 1
    return count


def export_json_lines(connection: Connection, selection: Selection, file: BinaryIO) -> int:
    """Write articles as JSON Lines (UTF-8), each field as it is stored; ids are strings.

    Args, returns: as `export_csv`.
    """
    count = 0
    for row in _rows(connection, selection):
        values = {name: _json(name, row[name]) for name in COLUMNS}
        file.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
        count += 1
    return count


def undated(connection: Connection, selection: Selection) -> int:
    """How many articles a window leaves out because they print no time; 0 where there is no window."""
    if selection.window is None:
        return 0
    query = select(func.count()).select_from(Article.__table__).where(selection.undated())
    return int(connection.execute(query).scalar_one())


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula; without its first character it is the text again.

    A cell that begins with =, +, - or @, also behind white space and invisible characters, gets an apostrophe in front
    (OWASP, CSV Injection), and so does one that begins with an apostrophe, or nobody could take it away again.
    """
    first = next((c for c in text if unicodedata.category(c)[0] not in "ZC"), "")
    return _GUARD + text if (first and first in _FORMULA) or text[:1] in ("\t", "\r", "\n", _GUARD) else text


def _rows(connection: Connection, selection: Selection) -> Iterator[Any]:
    """By moment of publication, those without one last; then by id, which is a number in every database."""
    article = Article.__table__.c
    order = select(article.id).where(selection.holds()).order_by(article.published_at.asc().nulls_last(), article.id)
    # Ids first, 8 bytes each: ordering whole rows would carry every text through the database's sort.
    ids = array("q", connection.execute(order).scalars())
    for batch in batches(ids, 200):
        found = {
            row["article_id"]: row
            for row in connection.execute(
                select(ARTICLE_NOW).where(ARTICLE_NOW.c.article_id.in_(list(batch)))
            ).mappings()
        }
        yield from (found[article_id] for article_id in batch)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else value


def _json(name: str, value: object) -> object:
    if name in _IDS and value is not None:
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
