"""`dibao rebuild`: the store from the archive."""

from __future__ import annotations

import click

from crawler.config import load_config
from crawler.errors import ArtefactError, CheckFailed
from crawler.tables import counted, fitted, table

__all__ = ["rebuild_command"]


@click.command("rebuild")
@click.option(
    "--dry-run", is_flag=True, help="Say which archive files would be loaded, in which order; change nothing."
)
def rebuild_command(dry_run: bool) -> None:
    """Load what the archive holds and the store does not know. No site is asked for anything.

    For a store that is lost, or one restored from a backup that is older than the archive. Stop Airflow first. It may
    be stopped at any moment and started again; a second time there is nothing to do.
    """
    from crawler.belonging import claim
    from crawler.rebuild.rebuild import plan, rebuild
    from crawler.rebuild.segments import unknown_files
    from crawler.stages import open_store

    config = load_config()
    if dry_run:
        problems: list[str] = []
        with open_store(config) as store, store.reading() as connection:
            claim(store, config)
            segments = plan(config.data_root, unknown_files(connection, config.data_root), problems)
        rows = [
            [segment.run.run_id, segment.number, f"{segment.began:%Y-%m-%d %H:%M:%S}", segment.file]
            for segment in segments
        ]
        click.echo(table(["run", "attempt", "written (UTC)", "file"], rows) or "the store knows every archive file")
    else:
        result = rebuild(config, on_line=lambda line: click.echo(fitted(line)))
        problems = result.problems
        for sentence in result.failed_checks:
            click.echo(fitted(f"! {sentence}"))
        click.echo(
            f"rebuild: files={result.files} runs={len(result.runs)} new={result.new} revised={result.revised} "
            f"failed_checks={len(result.failed_checks)} problems={len(problems)}"
        )
    for problem in problems:
        click.echo(fitted(f"! {problem}"))
    if problems:
        raise ArtefactError(f"{counted(len(problems), 'archive file')} could not be loaded; what to do is above")
    if not dry_run and result.failed_checks:
        raise CheckFailed(
            f"everything is loaded; {counted(len(result.failed_checks), 'run')} did not pass the check, as above"
        )
