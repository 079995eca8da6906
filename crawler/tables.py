"""Tables of text: on a terminal no wider than its window, anywhere else as wide as they are."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

__all__ = ["counted", "fitted", "table", "width", "window", "wrapped"]

_GAP = "  "
_INDENT = "    "

_NARROW = 16
"""A column of so many characters or fewer is not broken: a name, a time, a figure."""
_READABLE = 24
"""A wider one is not made narrower than this, or sentences become towers of words."""
_MOST_LINES = 5
"""A row that would be higher is stacked instead."""


def counted(count: int, noun: str) -> str:
    """A number with its noun in singular or plural: `1 run`, `1,200 runs`.

    Args:
        count: how many.
        noun: an English noun whose plural ends in s.
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def width(text: str) -> int:
    """How many columns a text takes in a terminal; a Chinese character takes two (Unicode, UAX 11)."""
    return cell_len(text)


def window() -> int | None:
    """The columns of the terminal that standard output is; None where it is a pipe, a file or a log."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def wrapped(text: str, columns: int) -> list[str]:
    """A text in lines of at most so many columns, broken between words, Chinese anywhere.

    A longer word, which is an address, has a line of its own and is not broken: the terminal does that, and whoever
    copies it has it whole.

    Args:
        text: of any scripts.
        columns: at least 2, the width of a Chinese character.
    """
    parts: list[str] = [""]
    for word in text.split(" "):
        if _longest(word) > columns:
            parts += [word, ""]
        else:
            parts[-1] += f"{word} "
    console = Console(width=columns, color_system=None)
    lines: list[str] = []
    for at, part in enumerate(parts):
        if at % 2:
            lines.append(part)
        elif part.strip():
            lines += [line.plain.rstrip() for line in Text(part.strip()).wrap(console, columns, overflow="fold")]
    return lines or [""]


def fitted(text: str) -> str:
    """A text for a person: on a terminal, lines that are wider than its window are broken; their indent is kept.

    Args:
        text: sentences and tables, in lines.
    """
    room = window()
    if room is None:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        lines += [line] if width(line) <= room or len(indent) > room // 2 else _hanging(line.lstrip(), indent, room)
    return "\n".join(lines)


def _hanging(text: str, indent: str, room: int) -> list[str]:
    """An indented text in lines; a word that is too long for the indent goes to the left margin."""
    inner = room - len(indent)
    return [part if _longest(part) > inner else indent + part for part in wrapped(text, inner)]


def table(head: Sequence[str], rows: Sequence[Sequence[object]], columns: int | None = None) -> str:
    """A table: texts to the left, numbers to the right.

    Where it is wider than the window, its sentences are broken inside their cells; where that does not do, each row
    becomes a paragraph: its first cell, then the others with their names.

    Args:
        head: the columns' names.
        rows: cells; None is printed as a dash.
        columns: that it may take; None for those of the window, and as many as it needs where there is none.

    Returns:
        The lines; empty if there are no rows.
    """
    if not rows:
        return ""
    cells = [[("-" if cell is None else str(cell)) for cell in row] for row in rows]
    numeric = [all(_is_number(cell) for cell in column) for column in zip(*cells, strict=True)]
    natural = [max(map(width, column)) for column in zip(head, *cells, strict=True)]
    room = window() if columns is None else columns
    if room is None or _all(natural) <= room:
        return _aligned(head, cells, natural, numeric)
    sizes = _sizes(head, cells, numeric, room)
    if sizes is None:
        return _stacked(head, cells, room)
    return _aligned(head, cells, sizes, numeric)


def _is_number(cell: str) -> bool:
    return cell == "-" or cell.replace(",", "").replace(".", "").lstrip("-").isdigit()


def _all(sizes: Sequence[int]) -> int:
    return sum(sizes) + len(_GAP) * (len(sizes) - 1)


def _aligned(head: Sequence[str], cells: Sequence[Sequence[str]], sizes: Sequence[int], numeric: Sequence[bool]) -> str:
    lines = _row(head, sizes, numeric)
    lines.append(_GAP.join("-" * size for size in sizes))
    for row in cells:
        lines += _row(row, sizes, numeric)
    return "\n".join(lines)


def _row(row: Sequence[str], sizes: Sequence[int], numeric: Sequence[bool]) -> list[str]:
    """One row, in as many lines as its highest cell."""
    parts = [[text] if width(text) <= size else wrapped(text, size) for text, size in zip(row, sizes, strict=True)]
    lines = []
    for number in range(max(map(len, parts))):
        line = []
        for part, size, right in zip(parts, sizes, numeric, strict=True):
            text = part[number] if number < len(part) else ""
            padding = " " * (size - width(text))
            line.append(padding + text if right else text + padding)
        lines.append(_GAP.join(line).rstrip())
    return lines


def _sizes(head: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool], room: int) -> list[int] | None:
    """How wide each column is to be so that all of them fit; None where they would not be readable."""
    least, most = [], []
    for name, number, column in zip(head, numeric, zip(*cells, strict=True), strict=True):
        natural = max(map(width, column))
        # An address is not broken, and neither is a figure: whoever copies it wants it whole.
        word = natural if number else max(map(_longest, column))
        short = natural if natural <= _NARROW else max(word, min(natural, _READABLE))
        longest = max(map(width, name.split()), default=0)
        least.append(max(short, longest))
        most.append(max(natural, width(name)))
    spare = room - _all(least)
    if spare < 0:
        return None
    sizes = least
    while spare and (grow := [at for at, size in enumerate(sizes) if size < most[at]]):
        # The narrowest of those that want more.
        sizes[min(grow, key=sizes.__getitem__)] += 1
        spare -= 1
    highest = max(len(_row(row, sizes, numeric)) for row in cells)
    return sizes if highest <= _MOST_LINES else None


def _longest(text: str) -> int:
    """The width of a text's longest word; Chinese, which is broken anywhere, has none."""
    return max((len(word) for word in "".join(c if width(c) < 2 else " " for c in text).split()), default=0)


def _stacked(head: Sequence[str], cells: Sequence[Sequence[str]], room: int) -> str:
    """A paragraph for each row."""
    lines: list[str] = []
    for row in cells:
        lines += wrapped(row[0], room)
        line = ""
        for name, cell in zip(head[1:], row[1:], strict=True):
            if not cell:
                continue
            field = f"{name}: {cell}" if name else cell
            if line and width(line + _GAP + " " + field) <= room:
                line += _GAP + " " + field
                continue
            lines += [line] if line else []
            line = _INDENT + field
            if width(line) > room:
                lines += _hanging(field, _INDENT, room)
                line = ""
        lines += [line] if line else []
    return "\n".join(lines)
