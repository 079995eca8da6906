"""`dibao export`, `dibao lost`, `dibao cite`: what is in the corpus, what is not, and which version it is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from crawler import publishers
from crawler.analysts.archived import archived_command
from crawler.analysts.removed import removed_command
from crawler.analysts.selection import Selection, asked_window
from crawler.config import load_config
from crawler.errors import ArtefactError, FateGroup
from crawler.run import SHANGHAI, Window
from crawler.tables import counted, fitted

if TYPE_CHECKING:
    from crawler.analysts.cite import Citation
    from crawler.analysts.lost import Lost

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
    click.echo(counted(count, "article") + (f" in {out}" if out else ""), err=True)
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


@click.command("lost")
@click.argument("publisher", required=False, default="")
@click.option("--night", metavar="DAY", help="One day, YYYY-MM-DD (Asia/Shanghai). Default: yesterday.")
@_days
@click.option(
    "--group",
    "groups",
    multiple=True,
    type=click.Choice([group.value for group in FateGroup if group is not FateGroup.FETCHED]),
    help="Only this group of fates; may be given more than once. Default: all but out_of_scope.",
)
@click.option("--format", "form", type=click.Choice(["text", "csv", "jsonl"]), default="text", show_default=True)
def lost_command(
    publisher: str, night: str | None, start: str | None, end: str | None, groups: tuple[str, ...], form: str
) -> None:
    """List every URL of a night that did not become an article: what became of it instead, and the evidence.

    It is about the runs that cover one of the days, and reads stored rows only. What is stored by now is not lost.

    PUBLISHER is `imported` for the pages of `dibao import`: of all imports, or of those that were made on the days.
    """
    from crawler.analysts.lost import lost
    from crawler.analysts.tables import write_csv, write_json_lines
    from crawler.importing import IMPORTED
    from crawler.stages import open_store

    if night and (start or end):
        raise click.UsageError("--night is one day; --from and --to are several")
    yesterday = (datetime.now(SHANGHAI).date() - timedelta(days=1)).isoformat()
    default = None if end or publisher == IMPORTED else yesterday
    window = asked_window(night or start or default, end)
    if publisher == IMPORTED:
        keys = [IMPORTED]
    else:
        keys = [publishers.get(publisher).key] if publisher else [each.key for each in publishers.readable()]
    wanted = [FateGroup(group) for group in groups] or [g for g in FateGroup if g is not FateGroup.OUT_OF_SCOPE]
    with open_store(load_config()) as store, store.reading() as connection:
        found = lost(connection, keys, window)
    shown = [row for row in found.urls if row.group in wanted]
    if form == "text":
        click.echo(fitted(_lost_text(found, wanted, window)))
    else:
        write = write_csv if form == "csv" else write_json_lines
        names = ("publisher", "run_id", "fate", "group", "http_status", "listed_title", "url", "channels", "message")
        write(({name: getattr(row, name) for name in names} for row in shown), names, sys.stdout.buffer)
        for line in _caveats(found, wanted):
            click.echo(line, err=True)
    if not publisher:
        publishers.refuse_broken("nobody asked what every publisher has lost")


def _lost_text(found: Lost, wanted: list[FateGroup], window: Window | None) -> str:
    lines = []
    rows = [row for row in found.urls if row.group in wanted]
    for (key, group, fate), urls in groupby(rows, key=lambda row: (row.publisher, row.group, row.fate)):
        same = list(urls)
        lines.append(f"{key}: {group.value}, {fate.value}: {counted(len(same), 'URL')}")
        for row in same:
            lines.append(f"  {row.url}")
            known = row.http_status is None or row.message.startswith(str(row.http_status))
            status = "" if known else f"{row.http_status} "
            for told in (row.listed_title, f"{status}{row.message}".rstrip()):
                if told:
                    lines.append("    " + "".join(c if c.isprintable() else " " for c in told))
        lines.append("")
    days = f"{window.start} to {window.end} (exclusive)" if window else ""
    runs = f"the runs of {days}" if window else "all imports"
    if rows:
        lines.append(f"{counted(len(rows), 'URL')} in {runs} did not become an article:")
    elif found.runs:
        lines.append(f"every URL in {runs} became an article, but for what follows")
    else:
        lines.append(f"{f'no run covers a day of {days}' if window else 'nothing was imported'}: nothing is known")
    for group in wanted:
        counts = {fate: n for fate, n in found.counts().items() if fate.group is group}
        if counts:
            lines.append(f"  {group.value}: {', '.join(f'{fate.value} {n:,}' for fate, n in counts.items())}")
    return "\n".join([*lines, *_caveats(found, wanted)])


def _caveats(found: Lost, wanted: list[FateGroup]) -> list[str]:
    """What the list does not say, so that nobody takes it for everything."""
    lines = []
    for group in FateGroup:
        left_out = {fate: n for fate, n in found.counts().items() if fate.group is group and group not in wanted}
        if left_out:
            told = ", ".join(f"{fate.value} {n:,}" for fate, n in left_out.items())
            lines.append(f"not listed here: {told}; --group {group.value} lists them")
    lines += [
        f"not every listing was read in {run_id}: there may be URLs that nobody has seen" for run_id in found.unwalked
    ]
    for key, days in groupby(found.missing, key=lambda pair: pair[0]):
        missing = [day for _, day in days]
        told = f"{missing[0]}" if len(missing) == 1 else f"{len(missing)} days from {missing[0]} to {missing[-1]}"
        lines.append(f"{key}: no run covers {told}; `dibao gaps -p {key}`")
    return lines


@click.command("cite")
@click.argument("publisher", required=False, default="")
@_days
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def cite_command(publisher: str, start: str | None, end: str | None, as_json: bool) -> None:
    """Print what names the version of the corpus that is in the store: versions, counts, the last run and digests.

    Two stores with the same digest hold the same articles as printed, on whichever database; docs/analysing.md says
    what the digests are of. Without a publisher and days it is the whole store.
    """
    from crawler.analysts.cite import cite
    from crawler.stages import open_store

    selection = Selection(publisher, asked_window(start, end))
    with open_store(load_config()) as store, store.reading() as connection:
        citation = cite(connection, selection, store.revision() or "")
    if as_json:
        click.echo(json.dumps({"window": str(selection.window or ""), **asdict(citation)}, default=str))
        return
    click.echo(_citation_text(citation, selection))


def _citation_text(citation: Citation, selection: Selection) -> str:
    window = selection.window
    days = f"{window.start} to {window.end} (exclusive), days of Asia/Shanghai" if window else "all days"
    crawled = citation.last_crawled_at
    lines = [
        ("days", days),
        ("publishers", ", ".join(key or "(nobody's own)" for key in citation.publishers) or "none"),
        ("articles", f"{citation.articles:,}, of which {citation.image_only:,} without text (image_only)"),
        ("revisions", f"{citation.revisions:,}"),
        ("stories", f"{citation.stories:,}"),
        ("last run", f"{citation.last_run}, {crawled.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if crawled else "none"),
        ("versions", f"Dibao {citation.dibao}, schema {citation.schema}"),
        ("parser", _versions(citation.parsers, "article")),
        ("dedupe algorithm", _versions(citation.algorithms, "text")),
        ("articles digest", f"sha256:{citation.articles_digest}"),
        ("revisions digest", f"sha256:{citation.revisions_digest}"),
        ("stories digest", f"sha256:{citation.stories_digest}"),
    ]
    return "\n".join(f"{name:<18}{told}" for name, told in lines)


def _versions(counts: Mapping[Any, int], what: str) -> str:
    return ", ".join(f"{key} ({counted(n, what)})" for key, n in counts.items()) or "none"


ANALYST_COMMANDS = (export_command, lost_command, removed_command, cite_command, archived_command)
