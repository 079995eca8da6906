"""Third step, only when told to: the readings become revisions, and the pages that can be read now articles."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from time import monotonic
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from crawler.config import Config
from crawler.dedupe.decide import Decision, Verdict, decide
from crawler.errors import CheckFailed, ConfigurationError, Fate
from crawler.load.article_rows import write_articles
from crawler.load.url_rows import LOADED, READ_AGAIN, append_events
from crawler.parse.article import Kind
from crawler.reparse.context import run_folder
from crawler.reparse.differences import Outcome
from crawler.reparse.folder import ReparseFolder
from crawler.reparse.held import Held, hold
from crawler.reparse.request import Reparse
from crawler.reparse.run_files import take_over
from crawler.stages import check, dedupe, load, open_store
from models.aggregates import refresh_aggregates
from models.articles import Revision
from models.base import identity
from models.runs import CheckResult
from models.store import Store
from models.upsert import BATCH, batches
from models.urls import Capture, Url

__all__ = ["write"]

Line = Callable[[str], None]

CHUNK = BATCH
"""Pages of one transaction."""

_READ = (Outcome.SAME, Outcome.SUBSTANTIVE, Outcome.COSMETIC, Outcome.READABLE)

_WRITTEN = (Outcome.SUBSTANTIVE, Outcome.COSMETIC, Outcome.READABLE, Outcome.REFUSED_OTHERWISE)


def write(reparse: Reparse, config: Config, *, on_line: Line = print) -> dict[str, Any]:
    """Write what was read into the store, run by run, in transactions of some hundred pages.

    A reading of an article's current capture becomes a revision of the kind `reparsed`; a page that can be read now
    goes the way of every article, into the run that fetched it. No article is taken away: what would be refused now
    stays as it is. Each run whose files are still there has them brought up to date, and is deduplicated, loaded and
    checked again, so that its books balance. Killed anywhere and begun again it comes to the same store; a second
    time it writes no row.

    Args:
        reparse: what was read and compared.
        config: our settings.
        on_line: takes a line of progress every few seconds.

    Returns:
        Counts: `new` articles, `reparsed` and `revised` articles, `fates` that changed, `rows_written`, `checks` (run
        to what its check says now), `problems` (what could not be done, each a sentence), `seconds`.

    Raises:
        ConfigurationError: the parser reads otherwise and calls itself the same version.
        ArtefactError: nothing was read and compared yet, or the data root cannot be written.
        StoreError: the store refused; what was committed until then is whole.
        RunLocked: another process works on one of the runs.
    """
    folder = ReparseFolder(reparse, config.data_root)
    started = monotonic()
    counts: Counter[str] = Counter()
    checks: dict[str, str] = {}
    problems: list[str] = []
    with folder.locked(), open_store(config) as store:
        compared = folder.require("compare")
        if compared["same_version"]:
            raise ConfigurationError(
                f"{compared['same_version']} articles are read otherwise by a parser of the same version "
                f"({compared['parser_version']}), so that nobody could tell the readings apart: raise PARSER_VERSION "
                "in crawler/parse/parse.py and read again"
            )
        _keep_report(folder, compared)
        if damaged := folder.require("read")["damaged"]:
            problems.append(f"{damaged} captures were not given back by the archive; `dibao audit` names them")
        for run_id, places in groupby(folder.placed_readings(), key=lambda place: str(place[1]["run"])):
            on_line(f"{run_id}: writing what was read")
            answer = _write_run(store, config, folder, run_id, batches(places, CHUNK), counts)
            if answer:
                checks[run_id] = answer
        summary = {
            **{name: counts[name] for name in ("new", "reparsed", "revised", "fates", "rows_written")},
            "checks": checks,
            "problems": problems,
            "report": compared["report"],
            "seconds": round(monotonic() - started, 2),
        }
        folder.write_summary("write", summary)
    return summary


def _keep_report(folder: ReparseFolder, compared: dict[str, Any]) -> None:
    """Lay the comparison aside before it comes true: the next one finds nothing to tell any more."""
    if not any(compared["outcomes"].get(outcome.value) for outcome in _WRITTEN):
        return
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    folder.write_bytes(f"written-{stamp}.md", (folder / ReparseFolder.REPORT).read_bytes())
    folder.write_lines(f"written-{stamp}.jsonl", folder.read_lines(ReparseFolder.CHANGES, "reparse"))


def _write_run(
    store: Store,
    config: Config,
    folder: ReparseFolder,
    run_id: str,
    places: Iterator[list[tuple[int, dict[str, Any]]]],
    counts: Counter[str],
) -> str:
    """Write one run's readings; what its check says now, empty where it was not asked."""
    with store.reading() as connection:
        files = run_folder(connection, config.data_root, run_id)
        was_checked = _was_checked(connection, run_id)
    accepted: dict[str, int] = {}
    with files.locked() if files is not None else contextlib.nullcontext():
        for chunk in places:
            done = store.write(partial(_write_chunk, run_id=run_id, readings=[row for _, row in chunk]))
            counts.update(done.counts)
            accepted |= {row["url"]: place for place, row in chunk if row["url"] in done.accepted}
        if files is None:
            return ""
        changed = take_over(files, accepted, folder.reading_at)
        left = {"dedupe", "load", *(("check",) if was_checked else ())} - files.read_summary().keys()
    if not (changed or left):
        return ""
    # The stages themselves, so that the run's files and rows are what they would be had it been read like this at once.
    dedupe(files.run, config, on_line=_quiet)
    counts["rows_written"] += load(files.run, config, on_line=_quiet)["rows_written"]
    if not was_checked:
        return ""
    try:
        check(files.run, config, on_line=_quiet)
    except CheckFailed as error:
        # The run's own matter: why it fails is told, and stands among its checks.
        return str(error)
    return "passed"


def _quiet(_: str) -> None:
    """Takes a stage's log; what matters of it is in the summary."""


def _was_checked(connection: Connection, run_id: str) -> bool:
    table = CheckResult.__table__.c
    return connection.execute(select(table.name).where(table.run_id == run_id).limit(1)).first() is not None


@dataclass(slots=True)
class _Done:
    """What one transaction did.

    Args:
        counts: of articles, fates and rows.
        accepted: addresses whose reading is the one that stands.
    """

    counts: Counter[str]
    accepted: set[str]


def _write_chunk(connection: Connection, *, run_id: str, readings: Sequence[dict[str, Any]]) -> _Done:
    counts: Counter[str] = Counter()
    helds = list(hold(connection, readings))
    read = [held for held in helds if held.outcome in _READ and held.candidate is not None]
    refused = [held for held in helds if held.outcome in (Outcome.STILL_REFUSED, Outcome.REFUSED_OTHERWISE)]
    decisions = decide(connection, [held.candidate for held in read if held.candidate is not None], again=True)
    written = write_articles(connection, run_id, decisions)
    for decision in decisions:
        if decision.verdict is Verdict.NEW:
            counts["new"] += 1
        elif decision.verdict is Verdict.REVISION:
            counts["reparsed" if decision.kind == "reparsed" else "revised"] += 1
    brought = _kinds(connection, [held.candidate.capture_id for held in read if held.candidate is not None])
    events = [_read_event(held, decision, brought) for held, decision in zip(read, decisions, strict=True)]
    events += [_refused_event(held) for held in refused]
    fresh = [event for event in events if event is not None]
    counts["fates"] += len(fresh)
    written += append_events(connection, run_id, fresh)
    written += _write_urls(connection, run_id, fresh)
    written += _write_charsets(connection, [*read, *refused])
    if written:
        written += refresh_aggregates(connection, run_id)
    counts["rows_written"] += written
    return _Done(counts, {held.reading["url"] for held in [*read, *refused]})


def _kinds(connection: Connection, capture_ids: Sequence[int]) -> set[int]:
    """Those captures that brought an article that was not known."""
    table = Revision.__table__.c
    return set(
        connection.scalars(
            select(table.capture_id).where(table.capture_id.in_(list(capture_ids)), table.kind == "new").distinct()
        )
    )


def _read_event(held: Held, decision: Decision, brought: set[int]) -> dict[str, Any] | None:
    """The fate of a page that was read, where it is another one than the stored; None where that stands."""
    known, reading = held.event, held.reading
    if known is None:
        return None
    before, found = Fate(known.fate), decision.candidate
    if found.article.kind is Kind.IMAGE_ONLY:
        fate = Fate.IMAGE_ONLY
    elif before is Fate.IMAGE_ONLY:
        fate = Fate.LOADED_NEW if found.capture_id in brought else Fate.LOADED_REVISION
    elif before in LOADED:
        # What the night made of it stays: not the site but the parser has changed.
        fate = before
    else:
        fate = _FATES[decision.verdict]
    if (fate, reading["layout"]) == (before, known.layout):
        return None
    told = f": {known.message}" if known.message and before not in LOADED else ""
    by = f" by {known.layout}" if known.layout else ""
    return _event(
        known,
        fate,
        f"{READ_AGAIN} {found.article.parser_version}, {reading['layout']}; was {before.value}{by}{told}",
        reading["layout"],
    )


_FATES = {
    Verdict.NEW: Fate.LOADED_NEW,
    Verdict.REVISION: Fate.LOADED_REVISION,
    Verdict.UNCHANGED: Fate.UNCHANGED,
}


def _refused_event(held: Held) -> dict[str, Any] | None:
    known, reading = held.event, held.reading
    if (reading["fate"], reading["message"], reading["layout"]) == (known.fate, known.message, known.layout):
        return None
    return _event(known, Fate(reading["fate"]), reading["message"], reading["layout"])


def _event(known: Any, fate: Fate, message: str, layout: str) -> dict[str, Any]:
    return {
        **known._mapping,
        "attempt": known.attempt + 1,
        "fate": fate.value,
        "message": message,
        "layout": layout,
    }


def _write_urls(connection: Connection, run_id: str, events: Sequence[dict[str, Any]]) -> int:
    """Bring the latest fate of URLs up to date that the run was the last to look at; when they were seen stays."""
    if not events:
        return 0
    url = Url.__table__
    statement = (
        update(url)
        .where(url.c.id == bindparam("of_url"), url.c.last_run_id == run_id, url.c.fate != bindparam("now"))
        .values(fate=bindparam("now"))
    )
    rows = [{"of_url": event["url_id"], "now": event["fate"]} for event in events]
    return max(connection.execute(statement, rows).rowcount, 0)


def _write_charsets(connection: Connection, helds: Sequence[Held]) -> int:
    capture = Capture.__table__
    rows = []
    for held in helds:
        place, charset = held.reading["capture"], held.reading["charset"] or {}
        rows.append(
            {
                "of_capture": identity("capture", place["file"], place["offset"]),
                **{f"now_{name}": charset.get(name) for name in ("declared", "used", "how")},
            }
        )
    if not rows:
        return 0
    columns = {name: capture.c[f"charset_{name}"] for name in ("declared", "used", "how")}
    values = {name: bindparam(f"now_{name}", type_=column.type) for name, column in columns.items()}
    statement = (
        update(capture)
        .where(
            capture.c.id == bindparam("of_capture"),
            or_(*(column.is_distinct_from(values[name]) for name, column in columns.items())),
        )
        .values({column: values[name] for name, column in columns.items()})
    )
    return max(connection.execute(statement, rows).rowcount, 0)
