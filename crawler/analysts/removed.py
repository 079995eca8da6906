"""`dibao removed`: the articles that their sites have taken down."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from crawler import publishers
from crawler.config import load_config
from crawler.run import SHANGHAI
from crawler.tables import counted, table

__all__ = ["removed_command"]


@click.command("removed")
@click.argument("publisher", required=False, default="")
@click.option("--format", "form", type=click.Choice(["text", "csv", "jsonl"]), default="text", show_default=True)
def removed_command(publisher: str, form: str) -> None:
    """List the stored articles that their site no longer has; each is kept with all its revisions.

    An article counts as removed when its address said so (404, 410, or a page that says it) in two runs at least a day
    apart, and nothing has shown it since. A site is asked for an article again 1, 3 and 14 days after its publication.
    """
    from crawler.analysts.tables import write_csv, write_json_lines
    from crawler.assurance.removals import removed_articles
    from crawler.stages import open_store

    if publisher:
        publishers.get(publisher)
    with open_store(load_config()) as store, store.reading() as connection:
        found = removed_articles(connection, publisher)
    rows = [
        {
            "publisher": each.publisher,
            "gone_since": _moment(each.gone_since),
            "confirmed_at": _moment(each.confirmed_at),
            "title": each.title,
            "url": each.url,
            "article_id": str(each.article_id),
        }
        for each in found
    ]
    names = ("publisher", "gone_since", "confirmed_at", "title", "url", "article_id")
    if form != "text":
        write = write_csv if form == "csv" else write_json_lines
        write(rows, names, sys.stdout.buffer)
        return
    if rows:
        shown = names[:-1]
        click.echo(table([name.replace("_", " ") for name in shown], [[row[name] for name in shown] for row in rows]))
        click.echo("")
    click.echo(f"{counted(len(rows), 'article')} no longer at {'its site' if len(rows) == 1 else 'their sites'}")


def _moment(moment: datetime) -> str:
    """A moment in Shanghai."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
