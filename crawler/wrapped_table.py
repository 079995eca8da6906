"""A table of sentences for a terminal: broken inside its cells, so that no line is wider than the window."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["wrapped_table"]


def wrapped_table(head: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> str:
    """Lay out a table; `crawler.report.table` is for figures.

    Args:
        head: the columns' names.
        rows: cells; what is longer than its column goes on below, an address wherever it must be broken.
        columns: of the window.
    """
    laid_out = Table(
        *head, box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1), leading=1, header_style=""
    )
    for column in laid_out.columns:
        column.overflow = "fold"
    for row in rows:
        # As `Text`: the title of a page may look like rich's markup.
        laid_out.add_row(*map(Text, row))
    page = StringIO()
    Console(file=page, width=columns, color_system=None).print(laid_out)
    return "\n".join(line.rstrip() for line in page.getvalue().rstrip("\n").split("\n"))
