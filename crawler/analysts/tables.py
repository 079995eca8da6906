"""Rows as CSV that no spreadsheet runs, and as JSON Lines."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO

__all__ = ["guarded", "write_csv", "write_json_lines"]

_FORMULA = "=+-@＝＋－＠"
_GUARD = "'"


def write_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], file: BinaryIO, *, bom: bool = False) -> int:
    """Write rows as CSV (RFC 4180, UTF-8), each text guarded.

    Args:
        rows: one at a time.
        columns: their names, in order.
        file: where to.
        bom: begin with a byte order mark, by which Excel knows that it is UTF-8.

    Returns:
        How many rows were written, the head not counted.
    """
    line = io.StringIO(newline="")
    writer = csv.writer(line, lineterminator="\r\n")

    def write(cells: Sequence[object]) -> None:
        writer.writerow(cells)
        file.write(line.getvalue().encode())
        line.seek(0)
        line.truncate()

    if bom:
        file.write("\ufeff".encode())
    write(columns)
    count = 0
    for row in rows:
        write([_cell(row[name]) for name in columns])
        count += 1
    return count


def write_json_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], file: BinaryIO) -> int:
    """Write rows as JSON Lines (UTF-8), each text as it is, days as YYYY-MM-DD.

    Args, returns: as `write_csv`.
    """
    count = 0
    for row in rows:
        values = {name: row[name].isoformat() if isinstance(row[name], date) else row[name] for name in columns}
        file.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
        count += 1
    return count


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula; without its first character it is the text again.

    A cell that begins with =, +, - or @, also behind white space and invisible characters, gets an apostrophe in front
    (OWASP, CSV Injection), and so does one that begins with an apostrophe, or nobody could take it away again.
    """
    first = next((c for c in text if unicodedata.category(c)[0] not in "ZC"), "")
    return _GUARD + text if (first and first in _FORMULA) or text[:1] in ("\t", "\r", "\n", _GUARD) else text


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else value
