"""Articles as CSV for a spreadsheet or as JSON Lines for a program, a row at a time."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from sqlalchemy import Connection, func, select

from crawler.analysts.selection import Selection
from crawler.analysts.tables import write_csv, write_json_lines
from models.articles import Article
from models.upsert import batches
from models.views import ARTICLE_NOW

__all__ = ["COLUMNS", "export_csv", "export_json_lines", "undated"]

COLUMNS: tuple[str, ...] = tuple(column.name for column in ARTICLE_NOW.columns if column.name != "published_utc")
"""In this order, in each format; a later version adds further ones behind them."""

_IDS = ("article_id", "story_id", "capture_id")
"""63 bits: JavaScript, jq and spreadsheets would round them as numbers."""


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
    return write_csv(_rows(connection, selection), COLUMNS, file, bom=bom)


def export_json_lines(connection: Connection, selection: Selection, file: BinaryIO) -> int:
    """Write articles as JSON Lines (UTF-8), each field as it is stored; ids are strings.

    Args, returns: as `export_csv`.
    """
    return write_json_lines(map(_safe_ids, _rows(connection, selection)), COLUMNS, file)


def undated(connection: Connection, selection: Selection) -> int:
    """How many articles a window leaves out because they print no time; 0 where there is no window."""
    if selection.window is None:
        return 0
    query = select(func.count()).select_from(Article.__table__).where(selection.undated())
    return int(connection.execute(query).scalar_one())


def _rows(connection: Connection, selection: Selection) -> Iterator[Mapping[str, Any]]:
    """By moment of publication, those without one last; then by id, which is a number in every database."""
    article = Article.__table__.c
    order = select(article.id).where(selection.holds()).order_by(article.published_at.asc().nulls_last(), article.id)
    # Ids first, 8 bytes each: ordering whole rows would carry every text through the database's sort.
    ids = array("q", connection.execute(order).scalars())
    for batch in batches(ids, 200):
        found: dict[int, Mapping[str, Any]] = {
            row["article_id"]: dict(row)
            for row in connection.execute(
                select(ARTICLE_NOW).where(ARTICLE_NOW.c.article_id.in_(list(batch)))
            ).mappings()
        }
        yield from (found[article_id] for article_id in batch)


def _safe_ids(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{name: str(row[name]) for name in _IDS if row[name] is not None}}
