"""`dibao publishers` and `dibao status`: who is crawled, and what is in the store."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from crawler import publishers
from crawler.config import load_config
from crawler.run import SHANGHAI
from crawler.tables import counted, fitted, table

if TYPE_CHECKING:
    from crawler.status import DayCount, RunState

__all__ = ["publishers_command", "status_command"]


@click.command("publishers")
def publishers_command() -> None:
    """List the publishers, their sites and channels."""
    problems = publishers.broken()
    for key in publishers.keys():
        if key in problems:
            click.echo(f"{key}  BROKEN: {problems[key]}\n")
            continue
        publisher = publishers.get(key)
        click.echo(f"{key}  {publisher.name}  {publisher.home}  nightly at `{publisher.schedule}` Asia/Shanghai")
        click.echo(
            table(["site", "channel", "name", "url"], [[c.site, c.key, c.name, c.url] for c in publisher.channels])
        )
        click.echo("")
    for clash in publishers.clashes():
        click.echo(f"! {clash}")
    publishers.refuse_broken("not every publisher can be crawled")


@click.command("status")
@click.argument("publisher", required=False, default="")
@click.option(
    "--days",
    type=click.IntRange(min=0),
    default=14,
    show_default=True,
    help="How many publication days of each publisher that have articles, the latest; 0 for all.",
)
@click.option(
    "--runs", type=click.IntRange(min=0), default=20, show_default=True, help="How many runs, the latest; 0 for all."
)
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def status_command(publisher: str, days: int, runs: int, as_json: bool) -> None:
    """Say what is in the store, per publisher and day, and how the latest runs went.

    First what is wrong now, if anything. Then the articles that are stored, by the day (Shanghai) on which they were
    published. Then the runs: what became of the URLs that each discovered, all columns but the last adding up.

    \b
    discovered     distinct URLs on the listings that were walked
    new, revised   articles stored for the first time, or in another state
    unchanged      articles stored already: looked at again, or not due to be
    image only     notices whose text is in images; stored as articles
    not article    galleries, videos, lists
    gone           404 and the like, or a page that says so
    refused        robots.txt, a block, a challenge: the site does not want us
    failed         not fetched or not read; tried again, or waiting for a person
    out of scope   other days than the run's, other sites, second addresses
    failed checks  questions of `check` not passed, warnings too: `dibao checks`

    docs/operations.md has each single fate and what it asks you to do; `dibao lost` lists the addresses.
    """
    from crawler.alerts.due import open_alerts
    from crawler.alerts.wording import line
    from crawler.artefacts import local_path
    from crawler.belonging import say_mismatch
    from crawler.rebuild.segments import not_in_store, say_not_in_store
    from crawler.stages import open_store
    from crawler.status import articles_per_day, count_runs, never_crawled, run_states

    if publisher:
        publishers.get(publisher)
    config = load_config()
    with open_store(config) as store, store.reading() as connection:
        mismatch = say_mismatch(store, config)
        every = articles_per_day(connection, publisher, sys.maxsize)
        counts = _latest(every, days) if days else every
        stored = count_runs(connection, publisher)
        states = run_states(connection, publisher, most=runs or max(stored, 1))
        never = [] if publisher else never_crawled(connection, publishers.keys())
        alerts = [alert for alert in open_alerts(connection) if publisher in ("", alert.publisher)]
        unknown = not_in_store(connection, config.data_root, publisher) if local_path(config.data_root) else []
    beside = mismatch or say_not_in_store(unknown)
    problems = {} if publisher else publishers.broken()
    if as_json:
        rows = {
            "alerts": [asdict(alert) for alert in alerts],
            "archive": mismatch,
            "broken": problems,
            "days": [asdict(count) for count in counts],
            "scheduled": config.scheduled,
            "never_crawled": never,
            "not_in_store": unknown,
            "more": {"days": len(every) - len(counts), "runs": stored - len(states)},
            "runs": [asdict(state) for state in states],
        }
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
    else:
        if beside:
            click.echo(fitted(f"! {beside}\n"))
        for key, problem in problems.items():
            click.echo(f"! {key} is not crawled: {problem}")
        for alert in alerts:
            click.echo(fitted(f"! {line(alert, datetime.now(SHANGHAI))}"))
        if not config.scheduled:
            click.echo("no night starts by itself: DIBAO_SCHEDULE is off")
        if problems or alerts or not config.scheduled:
            click.echo("")
        if states or not beside:
            _show_status(counts, states)
        click.echo(fitted(_footer(len(counts), len(every), len(states), stored, never)))
    if problems:
        publishers.refuse_broken("not every publisher can be crawled")


def _latest(counts: Sequence[DayCount], days: int) -> list[DayCount]:
    """The first so many days of each publisher."""
    seen: Counter[str] = Counter()
    kept = []
    for count in counts:
        seen[count.publisher] += 1
        if seen[count.publisher] <= days:
            kept.append(count)
    return kept


def _footer(days: int, all_days: int, runs: int, all_runs: int, never: Sequence[str]) -> str:
    """What is not shown and how to see it, and where the columns are explained."""
    lines = []
    if all_runs and never:
        lines.append(f"never crawled: {', '.join(never)} (no night comes while a DAG is switched off in Airflow)")
    if days < all_days:
        lines.append(f"{all_days - days:,} earlier publisher-days have articles too: `--days 0` shows all of them")
    if runs < all_runs:
        lines.append(f"{counted(all_runs - runs, 'earlier run')} not shown: `--runs 0` shows all of them")
    if all_runs:
        lines.append("what each column counts: `dibao status --help`")
    return "\n" + "\n".join(lines) if lines else ""


def _show_status(counts: Sequence[DayCount], states: Sequence[RunState]) -> None:
    if not states:
        click.echo("the store is empty; `dibao run sina_finance` fills it")
        return
    rows = [[c.publisher or "(imported)", c.day or "no time", c.articles] for c in counts]
    click.echo(f"{table(['publisher', 'day', 'articles'], rows) or 'no article is stored'}\n")
    figures = list(states[0].figures)
    click.echo(
        table(
            ["run", "crawled (Shanghai)", *(name.replace("_", " ") for name in figures), "failed checks"],
            [
                [s.run_id, f"{s.crawled_at.astimezone(SHANGHAI):%m-%d %H:%M}", *s.figures.values(), s.failed_checks]
                for s in states
            ],
        )
    )
