"""`dibao export`: articles out of the store."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

from crawler.analysts.selection import Selection, asked_window
from crawler.config import load_config
from crawler.errors import ArtefactError

__all__ = ["ANALYST_COMMANDS"]

_F = TypeVar("_F", bound=Callable[..., Any])


def _days(command: _F) -> _F:
    for option in (
        click.option("--from", "start", metavar="DAY", help="First day of publication, YYYY-MM-DD (Asia/Shanghai)."),
        click.option("--to", "end", metavar="DAY", help="The day after the last one. Default: the day after --from."),
    ):
        command = option(command)
    return command


@click.command("export")
@click.argument("publisher", required=False, default="")
@click.option("--all", "everyone", is_flag=True, help="Every publisher, and imported pages.")
@_days
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option("--bom", is_flag=True, help="Begin the CSV with a byte order mark, for Excel.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file. Default: standard output.")
def export_command(
    publisher: str, everyone: bool, start: str | None, end: str | None, form: str, bom: bool, out: Path | None
) -> None:
    """Write articles as CSV or JSON Lines, one row for each in its current revision.

    docs/analysing.md tells the columns. In CSV a cell that a spreadsheet would take for a formula begins with an
    apostrophe; JSON Lines hold each text as it is. Without days, articles that print no time are there too.
    """
    from crawler.analysts.export import export_csv, export_json_lines, undated
    from crawler.stages import open_store

    if bool(publisher) == everyone:
        raise click.UsageError("name a publisher, or give --all")
    if bom and form != "csv":
        raise click.UsageError("--bom goes with --format csv")
    selection = Selection(publisher, asked_window(start, end))
    with open_store(load_config()) as store, store.reading() as connection:
        left_out = undated(connection, selection)
        with _written(out) as file:
            if form == "csv":
                count = export_csv(connection, selection, file, bom=bom)
            else:
                count = export_json_lines(connection, selection, file)
    click.echo(f"{count:,} articles" + (f" in {out}" if out else ""), err=True)
    if left_out:
        click.echo(
            f"{left_out:,} more print no time, so they are in no window; without days they are exported", err=True
        )


@contextmanager
def _written(out: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there whole or not at all."""
    if out is None:
        yield sys.stdout.buffer
        return
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("wb") as file:
                yield file
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ArtefactError(f"{out} cannot be written: {error.strerror}") from error


ANALYST_COMMANDS = (export_command,)
