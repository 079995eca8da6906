"""`dibao archived`: a page as the site sent it, out of the archive."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select

from crawler import publishers
from crawler.config import load_config
from crawler.errors import ArtefactError, ConfigurationError
from crawler.run import SHANGHAI
from crawler.tables import table
from models.urls import Capture

__all__ = ["archived_command"]


@click.command("archived")
@click.argument("url", required=False, default="")
@click.option("--list", "lists", is_flag=True, help="Only list what the archive holds of the address.")
@click.option(
    "--capture", "capture_id", type=int, help="This capture, by its id in --list or `capture_id` in the store."
)
@click.option("--raw", is_flag=True, help="The payload as archived, its content coding on: what the SHA-256 is of.")
def archived_command(url: str, lists: bool, capture_id: int | None, raw: bool) -> None:
    """Print an archived page: the latest capture of an address, or any by its id.

    The page's bytes are printed with their content coding (gzip, br …) undone and their charset untouched. With --raw
    they are printed as the site sent them, and their SHA-256 is the `sha256` of the row.
    """
    from crawler.fetch.capture import open_payload, read_response
    from crawler.stages import open_store

    if lists and raw:
        raise click.UsageError("--raw is for a page, --list prints none")
    if not url and (lists or capture_id is None):
        raise click.UsageError("give an address, or --capture ID")
    config = load_config()
    with open_store(config) as store, store.reading() as connection:
        capture = Capture.__table__.c
        query = select(Capture.__table__).order_by(capture.fetched_at, capture.id)
        if url:
            query = query.where(capture.url.in_(_forms(url)))
        if capture_id is not None:
            query = query.where(capture.id == capture_id)
        rows = connection.execute(query).all()
    if not rows:
        which = f"capture {capture_id}{f' of {url}' if url else ''}" if capture_id is not None else f"capture of {url}"
        raise ConfigurationError(f"the archive holds no {which}; `dibao archived --list URL` lists those of an address")
    if lists:
        click.echo(_listed(rows))
        return
    row = rows[-1]
    response = read_response(config.data_root, row.file, row.offset, row.length)
    if response.sha256 != row.sha256:
        raise ArtefactError(
            f"the archive's bytes of capture {row.id} have the SHA-256 {response.sha256}, its row says {row.sha256}: "
            "run `dibao audit`"
        )
    payload = response.body if raw else open_payload(config.data_root, row.file, row.offset, row.length)
    click.echo(payload, nl=False)


def _forms(url: str) -> list[str]:
    """An address as it was given, and in its canonical form."""
    found = publishers.identify(url)
    return [url] if found is None else [url, found.canonical]


def _listed(rows: Any) -> str:
    return table(
        ["capture", "fetched at (Shanghai)", "status", "sha256", "run", "file", "offset", "bytes"],
        [
            [row.id, f"{row.fetched_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", row.status, row.sha256, row.run_id,
             row.file, row.offset, row.length]
            for row in rows
        ],
    )  # fmt: skip
