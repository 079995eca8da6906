"""`dibao upkeep`: the weekly jobs, by hand."""

from __future__ import annotations

import click

from crawler.config import load_config
from crawler.errors import CheckFailed, DibaoError, RunLocked
from crawler.upkeep.job import Job

__all__ = ["upkeep_command"]


@click.command("upkeep")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option(
    "--only",
    type=click.Choice([job.value for job in Job]),
    multiple=True,
    help="Only this job; may be given more than once.",
)
def upkeep_command(dry_run: bool, only: tuple[str, ...]) -> None:
    """Clear old run folders and leftovers, read a share of the archive back, look after the database."""
    from crawler.upkeep.run_job import run_job

    failed: list[DibaoError] = []
    for number, job in enumerate(job for job in Job if not only or job.value in only):
        if number:
            click.echo()
        try:
            run_job(job, load_config(), dry_run=dry_run, on_line=click.echo)
        except RunLocked:
            # Of the whole upkeep.
            raise
        except DibaoError as error:
            # The other jobs have nothing to do with it.
            failed.append(error)
    if failed:
        kind = next((type(error) for error in failed if not isinstance(error, CheckFailed)), CheckFailed)
        # A store that cannot be used fails three jobs with one sentence.
        raise kind(" ".join(dict.fromkeys(map(str, failed))))
