"""Load one run in one transaction, as the store's only writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from crawler.artefacts import RunFolder
from crawler.dedupe.decide import Candidate, Decision, Verdict, candidate, decide
from crawler.errors import ArtefactError, Fate
from crawler.fetch.cdxj import read_index
from crawler.load.article_rows import write_articles
from crawler.load.capture_rows import write_captures
from crawler.load.run_rows import write_run
from crawler.load.url_rows import write_urls
from crawler.parse.article import Article, Kind
from models.aggregates import refresh_aggregates
from models.upsert import batches

__all__ = ["candidates", "load_run"]


def candidates(folder: RunFolder) -> Iterator[Candidate]:
    """Every article of a run, ready to be decided on.

    Raises:
        ArtefactError: parse has not run, or its artefact is damaged.
    """
    for row in folder.read_lines(RunFolder.ARTICLES, "parse"):
        if row["article"] is not None:
            yield candidate(row["url"], Article.from_json(row["article"]), row["capture"])


def load_run(connection: Connection, folder: RunFolder) -> dict[str, int]:
    """Write everything that a run found, decided afresh against what the store holds at this moment.

    Args:
        connection: the writer's transaction; this function does not commit.
        folder: the run, crawled, parsed and deduplicated.

    Returns:
        Counts of what this execution wrote: `new`, `revised`, `unchanged` articles, `image_only` records,
        `rows_written`; a second execution finds everything unchanged and writes no row.
    """
    crawl_counts = folder.read_summary().get("crawl")
    if crawl_counts is None:
        raise ArtefactError(f"{folder.path} has no crawl summary; run `crawl` of this run first")
    # When the site was last heard, not when a crawl that asked for nothing ended: a repeated run writes no row.
    crawled_at = max((capture.fetched_at for capture in read_index(folder)), default=None)
    crawled_at = crawled_at or datetime.fromisoformat(crawl_counts["ended_at"])
    written = write_run(connection, folder, crawl_counts, crawled_at)
    written += write_captures(connection, folder)
    counts: Counter[str] = Counter()
    fates: dict[str, Fate] = {}
    last_seen: dict[str, datetime] = {}
    for batch in batches(candidates(folder)):
        decisions = decide(connection, batch)
        written += write_articles(connection, folder.run.run_id, decisions)
        for decision in decisions:
            fates[decision.candidate.url] = _fate(decision)
            last_seen[decision.candidate.url] = decision.candidate.fetched_at
            image_only = decision.candidate.article.kind is Kind.IMAGE_ONLY
            counts["image_only" if image_only else _COUNTED_AS[decision.verdict]] += 1
    written += write_urls(connection, folder, crawled_at, fates, last_seen)
    written += refresh_aggregates(connection, folder.run.run_id)
    return {
        "new": counts["new"],
        "revised": counts["revised"],
        "unchanged": counts["unchanged"],
        "image_only": counts["image_only"],
        "rows_written": written,
    }


_COUNTED_AS = {Verdict.NEW: "new", Verdict.REVISION: "revised", Verdict.UNCHANGED: "unchanged"}


def _fate(decision: Decision) -> Fate:
    if decision.candidate.article.kind is Kind.IMAGE_ONLY:
        return Fate.IMAGE_ONLY
    return {
        Verdict.NEW: Fate.LOADED_NEW,
        Verdict.REVISION: Fate.LOADED_REVISION,
        Verdict.UNCHANGED: Fate.UNCHANGED,
    }[decision.verdict]
