"""`dibao audit`, `dibao gaps`, `dibao checks`: what a person asks to know that nothing was lost."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import click

from crawler import publishers
from crawler.config import load_config
from crawler.errors import CheckFailed
from crawler.run import SHANGHAI, Window
from crawler.tables import counted, fitted, table

__all__ = ["audit_command", "checks_command", "days_asked_about", "gaps_command"]

_SHOWN = 20


def days_asked_about(start: str | None, end: str | None) -> tuple[date | None, date]:
    """The days between which gaps are looked for.

    Args:
        start: ISO day; None for the first day ever covered.
        end: ISO day after the last one; None for the day after the last that has had its night, and six hours more.

    Raises:
        ConfigurationError: a day is not written YYYY-MM-DD, is not over yet, or there is none between the two.
    """
    now = datetime.now(SHANGHAI)
    until = end or (now - timedelta(hours=6)).date().isoformat()
    if start:
        first = Window.parse(start, "9999-12-31").start
        Window(first, first + timedelta(days=1)).refuse_outside(date.min, now)
    window = Window.parse(start or "0001-01-01", until)
    window.refuse_outside(date.min, now)
    return window.start if start else None, window.end


@click.command("gaps")
@click.option("--publisher", "-p", default="", help="Only this one.")
@click.option(
    "--since",
    metavar="DAY",
    help="From this day on. Default: the first day that a run covers, or a run that failed was begun for.",
)
@click.option("--json", "as_json", is_flag=True, help="For a script: one line per day.")
def gaps_command(publisher: str, since: str | None, as_json: bool) -> None:
    """List the publisher-days that were never covered, failed, or look short; `dibao run --gaps` fetches them.

    Days that follow each other and are gaps for the same reason are one line; --json has a line for each.
    """
    from crawler.assurance.gaps import find_gaps, folded
    from crawler.belonging import say_mismatch
    from crawler.rebuild.segments import not_in_store, say_not_in_store
    from crawler.stages import open_store

    start, until = days_asked_about(since, None)
    wanted = [publishers.get(publisher).key] if publisher else [each.key for each in publishers.readable()]
    config = load_config()
    with open_store(config) as store, store.reading() as connection:
        gaps = [gap for key in wanted for gap in find_gaps(connection, key, start, until, config.data_root)]
        beside = say_mismatch(store, config) or say_not_in_store(not_in_store(connection, config.data_root))
    if beside:
        # Before anybody fetches days whose pages lie in the archive.
        click.echo(f"! {beside}\n", err=as_json)
    if as_json:
        for gap in gaps:
            row = {"publisher": gap.publisher, "day": gap.day, "kind": gap.kind, "why": gap.why}
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
    elif not gaps:
        click.echo(f"no gaps {f'since {start}' if start else 'in the days that runs cover'}, up to {until} (exclusive)")
    else:
        rows = [
            [days[0].publisher, *_days(days[0].day, days[-1].day), days[0].kind, days[0].why] for days in folded(gaps)
        ]
        click.echo(table(["publisher", "day", "", "gap", "why"], rows))
        click.echo(f"\n{counted(len(gaps), 'day')}; `dibao run --gaps PUBLISHER` fetches them {config.asks}")
    if not publisher:
        publishers.refuse_broken("not every publisher was looked at")


def _days(first: date, last: date) -> tuple[str, str]:
    """A run of days and what there is to say of it: the day of the week, or how many days they are."""
    if first == last:
        return str(first), f"{first:%a}"
    return f"{first} to {last}", counted((last - first).days + 1, "day")


@click.command("checks")
@click.argument("publisher")
@click.option("--question", default="", help="Run by run, the answers to questions whose name contains this.")
@click.option("--runs", type=click.IntRange(min=1), default=14, show_default=True, help="How many runs, the latest.")
def checks_command(publisher: str, question: str, runs: int) -> None:
    """Show how each question of `check` went over the latest runs: . passed, w warned, F failed."""
    from crawler.assurance.trend import trends
    from crawler.stages import open_store

    publishers.get(publisher)
    with open_store(load_config()) as store, store.reading() as connection:
        found = [trend for trend in trends(connection, publisher, runs) if question.lower() in trend.name.lower()]
    if not found:
        click.echo(f"no run of {publisher} was checked" + (f" on {question!r}" if question else ""))
        return
    if not question:
        rows = [[t.name, t.level, t.marks, t.answers[-1].observed, t.answers[-1].expected] for t in found]
        click.echo(table(["question", "level", "oldest to latest", "observed last", "expected"], rows))
        return
    for trend in found:
        click.echo(f"{trend.name} ({trend.level})")
        answers = [
            [answer.run_id, {".": "ok", "w": "warned", "F": "FAILED"}[mark], answer.observed, answer.expected]
            for answer, mark in zip(trend.answers, trend.marks, strict=True)
        ]
        click.echo(table(["run", "", "observed", "expected"], answers) + "\n")


@click.command("audit")
@click.option("--publisher", "-p", default="", help="Only this one.")
@click.option("--quick", is_flag=True, help="Rows and file sizes only: read neither the archived bytes nor the texts.")
def audit_command(publisher: str, quick: bool) -> None:
    """Recompute every sum of the whole store and read every WARC record back; exit code 3 where something broke."""
    from crawler.assurance.audit import audit
    from crawler.importing import IMPORTED
    from crawler.stages import open_store

    if publisher and publisher != IMPORTED:
        publishers.get(publisher)
    config = load_config()
    with open_store(config) as store, store.reading() as connection:
        result = audit(connection, config.data_root, publisher=publisher, quick=quick, on_line=click.echo)
    rows = [
        [q.name, f"{q.looked:,}", q.unit, len(q.breaks)] if q.asked else [q.name, None, "not asked (--quick)", None]
        for q in result.questions
    ]
    click.echo(table(["what must hold", "asked of", "", "breaks"], rows))
    for note in result.notes:
        click.echo(fitted(f"note: {note}"))
    for question in (q for q in result.questions if q.breaks):
        click.echo(f"\n{question.name}: {counted(len(question.breaks), 'break')}. What to do: {question.remedy}")
        for line in question.breaks[:_SHOWN]:
            click.echo(fitted(f"  {line}"))
        if len(question.breaks) > _SHOWN:
            click.echo(f"  … and {len(question.breaks) - _SHOWN:,} more")
    size = "" if quick else f" warc_mb={result.warc_bytes / 1e6:.1f}"
    click.echo(f"\naudit: breaks={result.breaks} notes={len(result.notes)} seconds={result.seconds:.1f}{size}")
    if result.breaks:
        raise CheckFailed(f"the audit found {counted(result.breaks, 'break')}; what to do about each is above")
