"""`dibao reparse`: what a new parser makes of the archive."""

from __future__ import annotations

from typing import Any

import click

from crawler.config import load_config
from crawler.errors import ArtefactError

__all__ = ["reparse_command"]


@click.command("reparse")
@click.argument("publisher")
@click.option("--from", "start", metavar="DAY", help="First day, YYYY-MM-DD (Asia/Shanghai).")
@click.option("--to", "end", metavar="DAY", help="The day after the last one.")
@click.option(
    "--by",
    type=click.Choice(["published", "captured"]),
    default="published",
    show_default=True,
    help="What the days are: of publication, or on which the pages were fetched.",
)
@click.option("--site", "sites", multiple=True, help="Only this site; may be given more than once.")
@click.option(
    "--layout",
    "layouts",
    multiple=True,
    help="Only pages read by this layout until now (* for anything, `unread` for those that none has read).",
)
@click.option("--url", "urls", multiple=True, help="Only this page; needs no days. May be given more than once.")
@click.option("--reason", default="", help="Why; kept with the report.")
@click.option("--write", "writes", is_flag=True, help="Write it into the store; else nothing is.")
def reparse_command(start: str | None, end: str | None, writes: bool, **options: Any) -> None:
    """Read a publisher's archive again with the parser that is installed, and show field by field what would change.

    The network is not touched. Without --write the store is not either: the differences are in a folder of their own,
    as JSON lines and as a report. With it they become revisions of the kind `reparsed`, and pages that no layout could
    read become articles of the run that fetched them.
    """
    from crawler.reparse.compare import compare
    from crawler.reparse.read import read
    from crawler.reparse.report import read_text, summary_text, written_text
    from crawler.reparse.request import Reparse
    from crawler.reparse.write import write

    reparse = Reparse.from_json({"from": start, "to": end, **options})
    config = load_config()
    counts = read(reparse, config, on_line=click.echo)
    click.echo(read_text(counts))
    compared = compare(reparse, config, on_line=click.echo)
    click.echo(f"\n{summary_text(compared)}\n\nreport: {compared['report']}\nevery change: {compared['changes']}")
    if writes:
        click.echo("")
        click.echo(f"\n{written_text(write(reparse, config, on_line=click.echo))}")
    elif compared["pages"]:
        click.echo("\nnothing was written; --write writes it")
    if counts["damaged"]:
        raise ArtefactError(
            f"{counts['damaged']} captures were not given back by the archive, the report names them; run `dibao audit`"
        )
