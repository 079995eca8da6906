"""`dibao publishers` and `dibao status`: who is crawled, and what is in the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from crawler import publishers
from crawler.config import load_config
from crawler.run import SHANGHAI
from crawler.tables import fitted, table

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
@click.option("--days", default=14, show_default=True, help="How many publication days of each publisher.")
@click.option("--runs", default=20, show_default=True, help="How many runs.")
@click.option("--json", "as_json", is_flag=True, help="For a script.")
def status_command(publisher: str, days: int, runs: int, as_json: bool) -> None:
    """Say what is in the store, per publisher and day, and how the latest runs went."""
    from crawler.alerts.due import open_alerts
    from crawler.alerts.wording import line
    from crawler.stages import open_store
    from crawler.status import articles_per_day, run_states

    if publisher:
        publishers.get(publisher)
    with open_store(load_config()) as store, store.reading() as connection:
        counts = articles_per_day(connection, publisher, days)
        states = run_states(connection, publisher, most=runs)
        alerts = [alert for alert in open_alerts(connection) if publisher in ("", alert.publisher)]
    problems = {} if publisher else publishers.broken()
    if as_json:
        rows = {
            "alerts": [asdict(alert) for alert in alerts],
            "broken": problems,
            "days": [asdict(count) for count in counts],
            "runs": [asdict(state) for state in states],
        }
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
    else:
        for key, problem in problems.items():
            click.echo(f"! {key} is not crawled: {problem}")
        for alert in alerts:
            click.echo(fitted(f"! {line(alert, datetime.now(SHANGHAI))}"))
        if problems or alerts:
            click.echo("")
        _show_status(counts, states)
    if problems:
        publishers.refuse_broken("not every publisher can be crawled")


def _show_status(counts: Sequence[DayCount], states: Sequence[RunState]) -> None:
    if not states:
        click.echo("the store is empty; `dibao run sina_finance` fills it")
        return
    click.echo(
        table(
            ["publisher", "day", "articles"],
            [[c.publisher or "(imported)", c.day or "no time", c.articles] for c in counts],
        )
    )
    click.echo("")
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
