"""The five stages: plain functions that read the artefacts of the stage before and write their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from upath import UPath

from crawler import publishers
from crawler.artefacts import RunFolder
from crawler.assurance.check import check_run, failures, stored_fates, write_answers
from crawler.assurance.history import newest_article
from crawler.belonging import claim, require_files
from crawler.config import Config
from crawler.dedupe.decide import Verdict, decide
from crawler.errors import CheckFailed, ConfigurationError, CrawlFailed, Fate, StoreError
from crawler.fetch import process
from crawler.fetch.capture import open_payload
from crawler.fetch.content_coding import PayloadError
from crawler.known import known_urls
from crawler.load.run import candidates, load_run
from crawler.parse import PARSER_VERSION, parse_page
from crawler.parse.article import Listed, Page, Parsed
from crawler.parse.further import further_pages
from crawler.parse.time_limit import TooSlow, time_limit
from crawler.report import describe
from crawler.run import Run
from models.grants import INSERTED
from models.refusals import first_line, way_out
from models.store import MayNotWrite, NoStore, NotMigrated, Store, Unreachable
from models.upsert import batches

__all__ = [
    "STAGES",
    "captured_page",
    "check",
    "crawl",
    "dedupe",
    "describe",
    "load",
    "open_store",
    "parse",
    "parsed_row",
    "stop_crawl",
]

STAGES = ("crawl", "parse", "dedupe", "load", "check")

Line = Callable[[str], None]


@contextmanager
def open_store(config: Config) -> Iterator[Store]:
    """The store that the settings name; what the database raises becomes a sentence.

    Raises:
        ConfigurationError: DIBAO_STORE is no URL of a store.
        StoreError: it is not migrated, cannot be opened, or refused the transaction.
    """
    try:
        store = Store(config.store_url)
    except Unreachable as error:
        raise ConfigurationError(str(error)) from error
    try:
        yield store
    except NoStore as error:
        raise StoreError(
            f"there is no store at {store} (from {config.store_setting}). If it lies elsewhere, set DIBAO_DATA, for "
            "the demo's DIBAO_DATA=var/demo/data, or DIBAO_STORE; `dibao db upgrade` makes a new and empty one here"
        ) from error
    except (NotMigrated, Unreachable, MayNotWrite) as error:
        raise StoreError(str(error)) from error
    except SQLAlchemyError as error:
        raise StoreError(
            f"the store {store} refused the transaction, nothing was written: {first_line(error)}. "
            f"{way_out(error, store.url)}"
        ) from error
    finally:
        store.close()


def crawl(run: Run, config: Config, *, on_line: Line = print) -> dict[str, Any]:
    """Walk the publisher's listings for the window and archive every exchange.

    Args:
        run: what to crawl.
        config: our settings.
        on_line: takes the crawl's log, line by line.

    Returns:
        Counts: `discovered`, `captures`, `listings`, `fates`, `channels`, `complete` …

    Raises:
        CrawlFailed: the crawl must not count; what it archived is kept and the next try goes on from it.
        ArtefactError: the data root cannot be written.
        RunLocked: another process works on this run.
        StoreError: the store cannot be asked what is known already, or may not be written.
        ConfigurationError: the data root belongs to another store.
    """
    folder = RunFolder(run, config.data_root)
    with folder.locked():
        before = folder.read_summary().get("crawl")
        # From here until its end the run counts as not crawled: a try that dies must not leave the figures of an
        # earlier one for the stages after it.
        folder.write_summary("crawl", {"complete": False, "started_at": datetime.now(UTC).isoformat()})
        with open_store(config) as store:
            store.require_writing(INSERTED)
            claim(store, config, begins=True)
            require_files(store, folder)
            known = known_urls(store, run)
        if before is not None and not before["complete"]:
            # A listing that was bad the last time must not be taken from the archive again.
            run = replace(run, listings_again=True)
        try:
            return process.run_crawl(run, config, known=known, on_line=on_line)
        except CrawlFailed:
            # What became of each URL is where a person begins to look; one that died has written nothing of it.
            counts = folder.read_summary()["crawl"]
            if "ended_at" in counts:
                _show("crawl", counts, folder, on_line)
            raise


def _show(stage: str, counts: dict[str, Any], folder: RunFolder, on_line: Line) -> None:
    for line in describe(stage, counts, folder).splitlines():
        on_line(line)


def stop_crawl() -> None:
    """End the crawl that this process has started, within seconds; what it archived is kept."""
    process.stop()


def parse(run: Run, config: Config, *, on_line: Line = print) -> dict[str, Any]:
    """Read every captured page of the run from its WARC; the network is not touched.

    Raises:
        ArtefactError: the crawl's artefacts are missing or damaged.
        ConfigurationError: the publisher's file or its layouts are wrong; for an import, any publisher's.
    """
    if run.digest:
        publishers.refuse_broken("whose pages these are cannot be told while a publisher's file is wrong")
    folder = RunFolder(run, config.data_root)
    started = monotonic()
    outcomes: Counter[str] = Counter()
    layouts: Counter[str] = Counter()
    with folder.locked(after="crawl"):
        folder.require("crawl")
        pages = folder.write_lines(
            RunFolder.ARTICLES,
            _counted(_parsed_rows(folder), outcomes, layouts, on_line),
        )
        counts = {
            "pages": pages,
            "articles": outcomes["article"],
            "image_only": outcomes[Fate.IMAGE_ONLY],
            "refused": pages - outcomes["article"] - outcomes[Fate.IMAGE_ONLY],
            "outcomes": dict(sorted(outcomes.items())),
            "layouts": dict(sorted(layouts.items())),
            "parser_version": PARSER_VERSION,
            "seconds": round(monotonic() - started, 2),
        }
        folder.write_summary("parse", counts)
    return counts


def _parsed_rows(folder: RunFolder) -> Iterator[dict[str, Any]]:
    publisher = None if folder.run.digest else folder.run.publisher
    for row in folder.read_lines(RunFolder.FATES, "crawl"):
        if row["fate"] is None:
            yield parsed_row(folder.data_root, row, publisher)


def parsed_row(data_root: UPath, row: dict[str, Any], publisher: str | None) -> dict[str, Any]:
    """Read one captured page of the archive: a row of `articles.jsonl`.

    Args:
        data_root: where the archive lies.
        row: `url`, `site`, `key`, `listed`, `capture` and `further`, as in `fates.jsonl`.
        publisher: whose page it is; None to find out by its address.

    Raises:
        ArtefactError: the archive lacks the capture, or it is damaged.
    """
    try:
        page = _page(data_root, row)
        with time_limit():
            missing = len({*further_pages(page)} - {page.url, row["url"]}) - len(page.further) if publisher else 0
            parsed = parse_page(page, publisher)
        if parsed.article is not None and missing > 0:
            # Half an article is none. An imported archive may hold no more.
            parsed = Parsed(
                fate=Fate.TRUNCATED,
                message=f"{missing} of the article's further pages were not captured: `crawl` fetches them again",
                layout=parsed.layout,
                charset=parsed.charset,
            )
    except PayloadError as error:
        # A crawl refuses such an answer; an imported archive may hold one.
        parsed = Parsed(fate=Fate.DECODE_FAILED, message=str(error))
    except TooSlow as error:
        parsed = Parsed(fate=Fate.PARSE_FAILED, message=str(error))
    if parsed.article is not None and not parsed.article.key:
        # Nobody's own page, or one that does not tell its id: its address is its identity.
        parsed.article.key = row["url"]
    return {
        "url": row["url"],
        "site": row["site"],
        "key": row["key"],
        "capture": row["capture"],
        "fate": parsed.fate.value if parsed.fate else None,
        "message": parsed.message,
        "layout": parsed.layout,
        "charset": parsed.charset,
        "article": parsed.article.as_json() if parsed.article else None,
    }


def _page(data_root: UPath, row: dict[str, Any]) -> Page:
    listed = row["listed"]
    return captured_page(
        data_root,
        row["capture"],
        listed=Listed(
            title=listed["title"],
            time=datetime.fromisoformat(listed["time"]) if listed["time"] else None,
            source=listed["source"],
            authors=tuple(listed["authors"]),
        ),
        further=tuple(captured_page(data_root, capture) for capture in row["further"]),
    )


def captured_page(
    data_root: UPath, capture: dict[str, Any], listed: Listed | None = None, further: tuple[Page, ...] = ()
) -> Page:
    """One page of the archive, its content coding undone.

    Args:
        data_root: where the archive lies.
        capture: as in `fates.jsonl`.
        listed: what its listing said.
        further: its later parts.

    Raises:
        ArtefactError: the archive lacks the capture, or it is damaged.
        PayloadError: its content coding cannot be undone.
    """
    return Page(
        url=capture["url"],
        body=open_payload(data_root, capture["file"], capture["offset"], capture["length"]),
        content_type=capture["content_type"],
        status=capture["status"],
        fetched_at=datetime.fromisoformat(capture["fetched_at"]),
        listed=listed,
        further=further,
    )


def _counted(
    rows: Iterator[dict[str, Any]], outcomes: Counter[str], layouts: Counter[str], on_line: Line
) -> Iterator[dict[str, Any]]:
    last = monotonic()
    for row in rows:
        outcomes[row["fate"] or "article"] += 1
        if row["article"] is not None:
            layouts[row["article"]["layout"]] += 1
        yield row
        if monotonic() - last > 5:
            last = monotonic()
            on_line(f"parsed {outcomes.total()} pages so far, {outcomes['article']} of them articles")


def dedupe(run: Run, config: Config, *, on_line: Line = print) -> dict[str, Any]:
    """Decide for each article whether it is new, unchanged or a revision, and write down why.

    Raises:
        ArtefactError: parse has not run.
        StoreError: the store cannot be read.
    """
    folder = RunFolder(run, config.data_root)
    started = monotonic()
    verdicts: Counter[Verdict] = Counter()
    kinds: Counter[str] = Counter()

    def decided(store: Store) -> Iterator[dict[str, Any]]:
        with store.reading() as connection:
            for batch in batches(candidates(folder)):
                for decision in decide(connection, batch):
                    verdicts[decision.verdict] += 1
                    kinds[decision.kind] += decision.verdict is Verdict.REVISION
                    yield decision.as_json()

    with folder.locked(after="parse"), open_store(config) as store:
        folder.require("parse")
        articles = folder.write_lines(RunFolder.DECISIONS, decided(store))
        counts = {
            "articles": articles,
            **{verdict.value: verdicts[verdict] for verdict in Verdict},
            "revision_kinds": {kind: count for kind, count in sorted(kinds.items()) if count},
            "seconds": round(monotonic() - started, 2),
        }
        folder.write_summary("dedupe", counts)
    return counts


def load(run: Run, config: Config, *, on_line: Line = print) -> dict[str, Any]:
    """Write the run into the store, whole or not at all.

    Raises:
        ArtefactError: an artefact of an earlier stage is missing or damaged.
        StoreError: the store refused; nothing was written.
    """
    folder = RunFolder(run, config.data_root)
    started = monotonic()
    with folder.locked(after="dedupe"), open_store(config) as store:
        decided = folder.require("dedupe")["articles"]
        claim(store, config)
        counts: dict[str, Any] = dict(store.write(lambda connection: load_run(connection, folder)))
        counts |= {"decided": decided, "seconds": round(monotonic() - started, 2)}
        folder.write_summary("load", counts)
    return counts


def check(run: Run, config: Config, *, on_line: Line = print) -> dict[str, Any]:
    """Prove that the run adds up and looks as its publisher's runs should; store each answer.

    Raises:
        CheckFailed: the corpus would be wrong; the message names each question that failed and what to do.
    """
    folder = RunFolder(run, config.data_root)
    started = monotonic()
    with folder.locked(after="load"), open_store(config) as store:
        folder.require("load")
        with store.reading() as connection:
            answers = check_run(connection, folder)
            fates = stored_fates(connection, run.run_id)
            newest = newest_article(connection, run.publisher, datetime.now(UTC))
        store.write(lambda connection: write_answers(connection, folder, answers))
        broken = [f"{a.name}: {a.observed}, expected {a.expected}; {a.message}" for a in failures(answers)]
        counts: dict[str, Any] = {
            "questions": len(answers),
            "passed": sum(answer.passed for answer in answers),
            "warnings": [
                f"{a.name}: {a.observed}; {a.message}" for a in answers if not a.passed and a not in failures(answers)
            ],
            "failures": broken,
            "answers": [[a.name, a.level.value, "ok" if a.passed else "NO", a.observed, a.expected] for a in answers],
            "fates": {fate.value: count for fate, count in sorted(fates.items())},
            "newest": newest.isoformat() if newest else None,
            "checked_at": datetime.now(UTC).isoformat(),
            "seconds": round(monotonic() - started, 2),
        }
        folder.write_summary("check", counts)
    if broken:
        _show("check", counts, folder, on_line)
        raise CheckFailed(f"{run.run_id} failed its check. " + " ".join(broken))
    return counts
