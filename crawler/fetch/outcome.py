"""How a crawl ended: the sealed archive, the fates, the counts and the report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from crawler.artefacts import RunFolder
from crawler.errors import Fate, FateGroup
from crawler.fetch.fates import Row, count_fates
from crawler.fetch.session import CrawlSession, ProblemKind
from crawler.fetch.walk import Walk

__all__ = ["write_outcome"]

_FINISHED = "finished"
_TOLERATED_FAILURES = 3
_TOLERATED_SHARE = 0.1
"""Up to so many articles may fail for the moment before the whole crawl counts as cut short."""

_TOLERATED_REFUSALS = 0.5
"""The share of a crawl's articles that may be refused before the crawl itself counts as blocked."""


def write_outcome(session: CrawlSession, walks: Sequence[Walk], rows: Sequence[Row], reason: str) -> dict[str, Any]:
    """Seal the archive, write the fates and the counts, and say how it went.

    Args:
        session: the crawl's.
        walks: what the listings gave.
        rows: one per address, each with its fate or its capture.
        reason: why Scrapy closed the spider.

    Returns:
        The report: `summary`, `problems`, `requests`.

    Raises:
        ArtefactError: a file could not be written.
    """
    _judge(session, rows, reason)
    segments = session.archive.seal()
    listings = sum(walk.pages for walk in walks)
    summary: dict[str, Any] = {
        "reason": session.run.reason,
        "discovered": len(rows),
        "listings": listings,
        "fates": count_fates(list(rows)),
        "channels": _channels(session, walks),
        "captures": session.archive.count,
        "complete": not session.problems,
        "problems": [f"{p.where}: {p.message}" if p.where else p.message for p in session.problems],
        "requests": session.requests,
        "segments": segments,
        "warc_bytes": sum((session.folder / name).stat().st_size for name in segments),
        "started_at": session.started_at.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "seconds": round(time.monotonic() - session.began, 2),
    }
    session.folder.write_lines(RunFolder.FATES, (row.as_json() for row in rows))
    if summary["complete"]:
        # Before the summary: a kill between the two costs a second fetch, never a fetch that was asked for.
        session.fetched_again()
    session.folder.write_summary("crawl", summary)
    _say(session, summary)
    return {
        "summary": summary,
        "problems": [{"kind": p.kind, "where": p.where, "message": p.message} for p in session.problems],
    }


def _judge(session: CrawlSession, rows: Sequence[Row], reason: str) -> None:
    for host, (fate, message) in session.hosts.closed.items():
        if any(problem.message == message for problem in session.problems):
            continue
        if fate.group is not FateGroup.REFUSED:
            session.problem(ProblemKind.TRANSIENT, host, message)
        elif _mostly_refused(rows):
            session.problem(ProblemKind.BLOCKED, host, message)
        else:
            # One county's shield must not keep the night of all others out of the store: each link has its fate, and
            # `check` holds their share against the expectations.
            session.say(f"blocked: {message}")
    failed = [
        row for row in rows if row.fate is not None and row.fate.group is FateGroup.FAILED_RETRY and row.fate.retry
    ]
    tried = [row for row in rows if row.fetch_url and (row.capture is not None or row in failed)]
    if len(failed) > max(_TOLERATED_FAILURES, _TOLERATED_SHARE * len(tried)) and reason == _FINISHED:
        session.problem(
            ProblemKind.TRANSIENT,
            "",
            f"{len(failed)} of {len(tried)} articles could not be fetched; "
            f"the first: {failed[0].url}: {failed[0].message}",
        )
    if reason == "closespider_timeout":
        session.problem(
            ProblemKind.TRANSIENT,
            "",
            f"stopped after DIBAO_CRAWL_LIMIT_MINUTES={session.config.crawl_limit_minutes:g}; run it again, it goes on",
        )
    elif reason not in (_FINISHED, "cannot_archive"):
        session.problem(ProblemKind.TRANSIENT, "", f"stopped before its end ({reason}); run it again, it goes on")


def _mostly_refused(rows: Sequence[Row]) -> bool:
    wanted = [row for row in rows if row.fetch_url and row.fate not in (Fate.OUT_OF_WINDOW, Fate.NOT_DUE)]
    refused = [row for row in wanted if row.fate is not None and row.fate.group is FateGroup.REFUSED]
    return len(refused) > _TOLERATED_REFUSALS * len(wanted)


def _channels(session: CrawlSession, walks: Sequence[Walk]) -> dict[str, dict[str, Any]]:
    run = session.run
    # Those too whose menu could not be had, so that no list of theirs was begun.
    planned = session.publisher.channels_in(run.window.start, run.window.end, run.channels, run.sites)
    by_channel: dict[str, list[Walk]] = {channel.key: [] for channel in planned}
    for walk in walks:
        by_channel[walk.channel.key].append(walk)
    counts = {}
    for key, own in by_channel.items():
        days = [day for walk in own for day in walk.days]
        totals = [walk.total for walk in own if walk.total is not None]
        counts[key] = {
            "pages": sum(walk.pages for walk in own),
            "links": sum(len(walk.links) for walk in own),
            "in_window": sum(walk.in_window for walk in own),
            "total": sum(totals) if totals else None,
            "oldest": _iso(min(days, default=None)),
            "newest": _iso(max(days, default=None)),
        }
    return counts


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _say(session: CrawlSession, summary: dict[str, Any]) -> None:
    say = session.say
    say(f"{session.requests} requests made, {session.archive.written} responses archived, {summary['seconds']:.0f} s")
    for problem in session.problems:
        say(f"not complete ({problem.kind}): {problem.where + ': ' if problem.where else ''}{problem.message}")
