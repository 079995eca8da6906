"""`dibao …`: the same stages without Airflow, and what a person asks of the store.

Exit codes: 0 done; 1 something failed and the message says what to do; 2 the command was typed wrongly or a setting
is wrong; 3 a check did not pass; 4 the site refuses us; 5 worth another try soon; 130 interrupted (Ctrl-C).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from crawler import publishers
from crawler.alerts.settings import check_settings
from crawler.analysts.commands import ANALYST_COMMANDS
from crawler.artefacts import RunFolder
from crawler.assurance.commands import audit_command, checks_command, days_asked_about, gaps_command
from crawler.config import VERSION, load_config
from crawler.errors import (
    ArtefactError,
    CheckFailed,
    ConfigurationError,
    CrawlBlocked,
    CrawlFailed,
    CrawlTransient,
    DibaoError,
    RunLocked,
)
from crawler.reading_commands import evaluate_command, history_command, story_command
from crawler.rebuild.command import rebuild_command
from crawler.reparse.commands import reparse_command
from crawler.run import SHANGHAI, Run, Window
from crawler.status_commands import publishers_command, status_command
from crawler.tables import counted, fitted, table
from crawler.upkeep.command import upkeep_command

__all__ = ["main"]

_F = TypeVar("_F", bound=Callable[..., Any])


def _exit_code(error: DibaoError) -> int:
    if isinstance(error, ConfigurationError):
        return 2
    if isinstance(error, CheckFailed):
        return 3
    if isinstance(error, CrawlBlocked):
        return 4
    if isinstance(error, CrawlTransient | RunLocked):
        return 5
    return 1


class _Sentences(click.Group):
    """Prints what went wrong as a sentence, not as a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DibaoError as error:
            click.echo(f"dibao: {error}", err=True)
            ctx.exit(_exit_code(error))
        except PermissionError as error:
            where = f"{error.filename}: " if error.filename else ""
            click.echo(
                f"dibao: {where}{error.strerror}; check its owner, and that of the data root (DIBAO_DATA)", err=True
            )
            ctx.exit(1)
        except KeyboardInterrupt:
            # What the shell gives a program that SIGINT has ended; click's own way is the 1 of a failure.
            click.echo("dibao: interrupted", err=True)
            ctx.exit(130)


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(VERSION, prog_name="dibao")
def main() -> None:
    """Crawl Chinese publishers, archive what they said, and keep it complete, right and deduplicated."""
    check_settings()


def _selection_options(command: _F) -> _F:
    """Which run a stage works on."""
    for option in (
        click.argument("publisher"),
        click.option(
            "--from", "start", metavar="DAY", help="First day, YYYY-MM-DD (Asia/Shanghai). Default: yesterday."
        ),
        click.option("--to", "end", metavar="DAY", help="The day after the last one. Default: the day after --from."),
        click.option("--channel", "channels", multiple=True, help="Only this channel; may be given more than once."),
        click.option(
            "--site", "sites", multiple=True, help="Only this site of the publisher; may be given more than once."
        ),
        click.option(
            "--pages",
            "page_limit",
            type=click.IntRange(min=1),
            help="At most so many listing pages of each list of a channel.",
        ),
    ):
        command = option(command)
    return command


def _crawl_options(command: _F) -> _F:
    """The same, and how its sites are asked; the stages after the crawl ask nobody."""
    for option in (
        click.option("--fetch-again", is_flag=True, help="Ask the site again even for what is archived already."),
        click.option("--listings-again", is_flag=True, help="Ask for the listings again, and for late articles only."),
        click.option("--reason", default="", help="Why; kept with the run."),
    ):
        command = option(command)
    return _selection_options(command)


def _run(
    publisher: str,
    start: str | None,
    end: str | None,
    channels: tuple[str, ...],
    sites: tuple[str, ...],
    page_limit: int | None,
    fetch_again: bool = False,
    listings_again: bool = False,
    reason: str = "",
) -> Run:
    known = publishers.get(publisher)
    for channel in channels:
        known.channel(channel)
    for site in sites:
        known.site(site)
    first = start or (datetime.now(SHANGHAI).date() - timedelta(days=1)).isoformat()
    if end is None:
        end = (Window.parse(first, "9999-12-31").start + timedelta(days=1)).isoformat()
    window = Window.parse(first, end)
    window.refuse_outside(known.since, datetime.now(SHANGHAI))
    return Run(publisher, window, channels, sites, page_limit, fetch_again, reason, listings_again=listings_again)


def _say(line: str) -> None:
    click.echo(fitted(line))


def _stage(name: str, run: Run) -> dict[str, Any]:
    from crawler import stages

    function = getattr(stages, name)
    config = load_config()
    console = Console(stderr=True)
    if console.is_terminal and name != "crawl":
        with console.status(f"{name} {run.run_id}"):
            counts: dict[str, Any] = function(run, config, on_line=_say)
    else:
        counts = function(run, config, on_line=_say)
    click.echo(f"== {name} {run.run_id}")
    click.echo(fitted(stages.describe(name, counts, RunFolder(run, config.data_root))))
    return counts


@main.command("run")
@click.option("--gaps", is_flag=True, help="Fetch the days that `dibao gaps` lists, in windows of their own.")
@_crawl_options
def run_command(gaps: bool, **options: Any) -> None:
    """Do a whole night of one publisher: crawl, parse, dedupe, load, check.

    What a crawl has archived before it failed is loaded all the same; the command then fails with the crawl's reason.
    """
    if gaps:
        _run_gaps(**options)
    else:
        _night(_run(**options))


def _run_gaps(publisher: str, start: str | None, end: str | None, reason: str, **others: Any) -> None:
    from crawler.assurance.gaps import find_gaps, gap_windows
    from crawler.stages import open_store

    if any(others.values()):
        raise click.UsageError("--gaps goes with --from, --to and --reason only: a gap is a whole publisher's day")
    publishers.get(publisher)
    days = days_asked_about(start, end)
    config = load_config()
    with open_store(config) as store, store.reading() as connection:
        windows = gap_windows(find_gaps(connection, publisher, *days, config.data_root))
    fetch = f"{counted(len(windows), 'window')} to fetch {config.asks}"
    click.echo(f"{publisher}: {fetch}" if windows else f"{publisher} has no gaps")
    failed: list[DibaoError] = []
    for window in windows:
        run = Run(publisher, window, reason=reason or "gap", listings_again=True)
        try:
            _night(run)
        except DibaoError as error:
            # The other gaps are no worse for it; what failed is told at once and decides the exit code at the end.
            click.echo(f"dibao: {run.run_id}: {error}", err=True)
            failed.append(error)
            if isinstance(error, CrawlBlocked):
                break
    if failed:
        raise failed[-1]


def _night(run: Run) -> None:
    from crawler.stages import STAGES

    failed: CrawlFailed | None = None
    try:
        _stage("crawl", run)
    except CrawlFailed as error:
        click.echo(f"dibao: {error}", err=True)
        click.echo("dibao: what it has archived until then, if anything, is read and loaded all the same", err=True)
        failed = error
    for name in STAGES[1:]:
        try:
            _stage(name, run)
        except (CheckFailed, ArtefactError) as error:
            # A crawl that failed is why there is nothing to parse, or why the check fails: its reason comes first.
            raise failed or error from None
    if failed is not None:
        raise failed


def _add_stage(name: str, text: str, with_options: Callable[..., Any] = _selection_options) -> None:
    @main.command(name, help=text)
    @with_options
    def command(**options: Any) -> None:
        _stage(name, _run(**options))


_add_stage("crawl", "Walk a publisher's listings for a window and archive every exchange.", _crawl_options)
_add_stage("load", "Write a run into the store, in one transaction.")
_add_stage("check", "Prove that a run adds up and looks as it should.")


def _refuse_beside(option: str, publisher: str | None, options: Mapping[str, Any]) -> None:
    """Files say themselves what is in them: a publisher or days beside them would be ignored."""
    if publisher or any(options.values()):
        raise click.UsageError(f"{option} goes alone: a publisher, days and channels are a run's")


@main.command("parse")
@click.option(
    "--manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Pages on disk: JSON lines."
)
@click.argument("publisher", required=False)
@click.option("--from", "start", metavar="DAY", help="First day of the run's window.")
@click.option("--to", "end", metavar="DAY", help="The day after the last one.")
@click.option("--channel", "channels", multiple=True)
@click.option("--site", "sites", multiple=True)
@click.option("--pages", "page_limit", type=click.IntRange(min=1))
def parse_command(manifest: Path | None, publisher: str | None, **options: Any) -> None:
    """Read a run's captured pages, or pages on disk.

    With --manifest, each line of the file is {"id", "url", "file", maybe "content_type"}; one JSON line per page
    is printed. Files that end in .md are saved posts (front matter over HTML), .txt the text of a page.
    """
    if manifest is not None:
        _refuse_beside("--manifest", publisher, options)
        from crawler.parse.manifest import parse_manifest

        for row in parse_manifest(manifest):
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    if publisher is None:
        raise click.UsageError("name a publisher, or give --manifest FILE")
    _stage("parse", _run(publisher, **options))


@main.command("dedupe")
@click.option(
    "--documents", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Texts on disk: JSON lines."
)
@click.argument("publisher", required=False)
@click.option("--from", "start", metavar="DAY", help="First day of the run's window.")
@click.option("--to", "end", metavar="DAY", help="The day after the last one.")
@click.option("--channel", "channels", multiple=True)
@click.option("--site", "sites", multiple=True)
@click.option("--pages", "page_limit", type=click.IntRange(min=1))
def dedupe_command(documents: Path | None, publisher: str | None, **options: Any) -> None:
    """Decide what a run's articles are to the store, or find the stories among texts on disk.

    With --documents, each line of the file is {"id", "title", "paras": [paragraph, …], maybe "day": YYYY-MM-DD}; one
    line {"id", "story", "contained_in"} is printed for each.
    """
    if documents is not None:
        _refuse_beside("--documents", publisher, options)
        from crawler.dedupe.documents import dedupe_documents

        dedupe_documents(documents, sys.stdout)
        return
    if publisher is None:
        raise click.UsageError("name a publisher, or give --documents FILE")
    _stage("dedupe", _run(publisher, **options))


@main.group("db")
def db_group() -> None:
    """The store's schema."""


@db_group.command("upgrade")
def db_upgrade() -> None:
    """Create the store, or bring its schema to this version."""
    from crawler.stages import open_store

    with open_store(load_config()) as store:
        store.upgrade()
        click.echo(f"the store {store} is at schema {store.revision()}")


@db_group.command("adopt")
def db_adopt() -> None:
    """Say that the data root (DIBAO_DATA) belongs to this store (DIBAO_STORE), after a restore or with a new store.

    Two stores that take turns on one archive, or two archives of one store, damage each other: say it only when the
    other one is gone for good.
    """
    from crawler.belonging import adopt
    from crawler.stages import open_store

    config = load_config()
    with open_store(config) as store:
        adopt(store, config)
        click.echo(f"the data root {config.data_root} belongs to the store {store} from now on")


@db_group.command("grants")
@click.argument("role")
@click.option("--reader", is_flag=True, help="For analysts: reading only.")
def db_grants(role: str, reader: bool) -> None:
    """Print the SQL that gives the PostgreSQL role ROLE what the nightly stages need, and nothing else.

    The owner of the tables runs it, once per role and after every `dibao db upgrade`.
    """
    from models.grants import Role, grants

    try:
        click.echo(grants(role, Role.READER if reader else Role.NIGHTLY), nl=False)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ROLE") from error


@main.command("probe")
@click.argument("publisher")
def probe_command(publisher: str) -> None:
    """Ask the live site for the first page of each list and one article, politely; show them beside publisher.toml."""
    from crawler.fetch.probe import probe

    rows = probe(publishers.get(publisher), load_config())
    click.echo(table(["what", "seen", "publisher.toml says"], rows))
    for clash in publishers.clashes():
        click.echo(f"! {clash}")


@main.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--url", default="", help="Where the page came from, if it does not say so itself (one file only).")
def import_command(files: tuple[Path, ...], url: str) -> None:
    """Take saved pages, posts, page texts and WARC files into the store, through the same parse, dedupe and load."""
    from crawler.belonging import claim
    from crawler.importing import import_files
    from crawler.stages import STAGES, open_store
    from models.grants import INSERTED

    if url and len(files) > 1:
        raise click.UsageError("--url goes with one file")
    config = load_config()
    with open_store(config) as store:
        store.require_writing(INSERTED)
        claim(store, config)
    run = import_files(list(files), url, config)
    for name in STAGES[1:]:
        _stage(name, run)


for _command in (
    audit_command,
    checks_command,
    gaps_command,
    story_command,
    history_command,
    evaluate_command,
    upkeep_command,
    reparse_command,
    rebuild_command,
    publishers_command,
    status_command,
    *ANALYST_COMMANDS,
):
    main.add_command(_command)


if __name__ == "__main__":
    main()
