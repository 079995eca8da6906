"""The clock of the machine that crawled, held against those of the servers that answered it.

A wrong clock dates every capture wrongly for good, and a parser that is told that a page was fetched days before it was
printed does not believe what it prints. Each response is archived with the server's own Date header (RFC 9110 6.6.1),
so no other witness is asked.

How it is judged:

- A cache answers with the Date of the moment at which it was given the page, and not each tells its Age (RFC 9111 5.1):
  a Date may be old and is never young. So the freshest of a few responses of a host, spread over the run by chance, is
  what the host says.
- One server may have a wrong clock of its own. So the clock is wrong where more than half of the hosts say so, all in
  the same direction, and it fails the run only where there are two hosts at least. The word of a run's only host warns;
  it fails the run where a host of another publisher, asked within half a day, says the same.
- Only captures that the run's fates rest on are asked: fetched again by a right clock, the run passes.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from crawler.artefacts import RunFolder
from crawler.assurance.answers import Answer, Level
from crawler.errors import ArtefactError
from crawler.fetch.capture import read_response
from crawler.fetch.clock import BORNE, ahead_of_server
from crawler.tables import counted
from models.runs import Run
from models.urls import Capture

__all__ = ["DAYS_OFF", "clock_answers"]

_SAMPLE = 8
"""So many responses of a host are read."""

_USUAL = timedelta(minutes=10)
"""A machine that asks a time server is right to less than a second."""

DAYS_OFF = "the clock is right to a day"
_LEAST_HOSTS = 2

_NEAR = timedelta(hours=12)
"""The night of one publisher is within so much of that of any other."""
_MOST_NEAR = 1000

_Samples = dict[str, list[Mapping[str, Any]]]
"""Captures by host, as `fates.jsonl` has them."""


def clock_answers(connection: Connection, folder: RunFolder) -> list[Answer]:
    """Ask whether the machine's clock was right while a run was crawled.

    Args:
        connection: reads the store, for what other publishers' hosts said.
        folder: the run's artefacts; of the archive, at most eight responses of each host are read, a millisecond each.

    Raises:
        ArtefactError: the fates are missing or damaged.
    """
    rows = folder.read_lines(RunFolder.FATES, "crawl")
    samples = _samples(row["capture"] for row in rows if row["capture"] is not None)
    told = _told(folder, samples)
    days_off = _agreed(told, BORNE)
    if days_off and len(told) < _LEAST_HOSTS:
        others = _told(folder, _elsewhere(connection, folder, samples))
        days_off = days_off if any(_agreed(told | {host: by}, BORNE) for host, by in others.items()) else {}
    off = _agreed(told, _USUAL)
    seen = (
        f"{_words(_middle(told))} the servers' ({counted(len(told), 'host')})"
        if told
        else "no server's Date can be read"
    )
    message = (
        f"this machine's clock was {_words(_middle(off))} the Date headers of {_some(sorted(off))}: set it "
        "(`timedatectl` shows whether a time server sets it). Captures are dated by it, and a printed date that is a "
        "day later than its capture is not believed: "
        if off
        else ""
    )
    again = "run the same days again with Fetch again (`--fetch-again`)"
    return [
        Answer.of(
            DAYS_OFF,
            Level.HARD,
            not days_off,
            seen,
            f"{_span(BORNE)} or less, or fewer than {_LEAST_HOSTS} hosts that agree",
            f"{message}{again}",
        ),
        Answer.of(
            "the clock is right to ten minutes",
            Level.USUAL,
            not off,
            seen,
            f"{_span(_USUAL)} or less",
            f"{message}where it was more than a day off, {again}",
        ),
    ]


def _samples(captures: Iterable[Mapping[str, Any]]) -> _Samples:
    """Some captures of each host; which ones is as good as chance, and the same each time."""
    found: _Samples = defaultdict(list)
    for capture in captures:
        kept = found[urlsplit(capture["url"]).hostname or ""]
        kept.append(capture)
        if len(kept) > 2 * _SAMPLE:
            kept[:] = _chosen(kept)
    return {host: _chosen(kept) for host, kept in found.items()}


def _chosen(captures: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return heapq.nsmallest(_SAMPLE, captures, key=lambda capture: (capture["sha256"], capture["url"]))


def _told(folder: RunFolder, samples: _Samples) -> dict[str, timedelta]:
    """How far our clock was ahead by the word of each host that tells the time."""
    ahead = {host: _ahead(folder, captures) for host, captures in samples.items()}
    return {host: by for host, by in ahead.items() if by is not None}


def _elsewhere(connection: Connection, folder: RunFolder, samples: _Samples) -> _Samples:
    """Some of what was fetched of other publishers, by our clock within half a day of a run's own."""
    moments = [datetime.fromisoformat(capture["fetched_at"]) for own in samples.values() for capture in own]
    table, run = Capture.__table__, Run.__table__
    columns = [table.c[name] for name in ("url", "sha256", "file", "offset", "length")]
    query = (
        select(*columns)
        .join_from(table, run, run.c.id == table.c.run_id)
        .where(run.c.publisher != folder.run.publisher)
        .where(table.c.fetched_at.between(min(moments) - _NEAR, max(moments) + _NEAR))
        .limit(_MOST_NEAR)
    )
    return _samples(row._asdict() for row in connection.execute(query))


def _ahead(folder: RunFolder, captures: Iterable[Mapping[str, Any]]) -> timedelta | None:
    """How far our clock is ahead of a host's, by its freshest response; None where it never told the time."""
    told = []
    for capture in captures:
        try:
            response = read_response(folder.data_root, capture["file"], capture["offset"], capture["length"])
        except ArtefactError:
            # No witness; that it is damaged is the audit's to say, and must not keep the rest from being checked.
            continue
        told.append(ahead_of_server(response))
    return min((ahead for ahead in told if ahead is not None), default=None)


def _agreed(told: Mapping[str, timedelta], limit: timedelta) -> dict[str, timedelta]:
    """The hosts that say that the clock is off in one direction, where they are more than half; else none."""
    for sign in (1, -1):
        hosts = {host: by for host, by in told.items() if sign * by > limit}
        if 2 * len(hosts) > len(told):
            return hosts
    return {}


def _middle(told: Mapping[str, timedelta]) -> timedelta:
    return sorted(told.values())[len(told) // 2]


def _words(ahead: timedelta) -> str:
    return f"{_span(abs(ahead))} {'ahead of' if ahead >= timedelta() else 'behind'}"


def _span(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    if minutes < 2:
        return f"{time.total_seconds():.0f} s"
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} days {hours} h" if hours else f"{days} day{'s' if days > 1 else ''}"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _some(hosts: Sequence[str]) -> str:
    shown = ", ".join(hosts[:3])
    return f"{shown} and {len(hosts) - 3} more" if len(hosts) > 3 else shown
