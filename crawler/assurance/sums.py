"""The sums of one run: what was discovered, archived and parsed, held against the rows that are stored."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from crawler.artefacts import RunFolder
from crawler.assurance.answers import Answer, Level
from crawler.errors import Fate
from crawler.fetch.cdxj import read_index
from crawler.parse.article import Kind
from models.articles import Article as ArticleRow
from models.articles import Revision
from models.base import identity
from models.upsert import batches
from models.urls import Capture, UrlEvent

__all__ = ["DISCOVERED", "run_sums", "stored_fates"]

DISCOVERED = "discovered = sum of fates"
"""Its `observed` begins with the number of fates stored for the run; `dibao audit` counts them again."""


def stored_fates(connection: Connection, run_id: str) -> Counter[Fate]:
    """How many URLs of a run met each fate, counted from the stored rows."""
    table = UrlEvent.__table__.c
    rows = connection.execute(
        select(table.fate, func.count()).where(table.run_id == run_id, table.current).group_by(table.fate)
    )
    return Counter({Fate(fate): count for fate, count in rows})


def run_sums(connection: Connection, folder: RunFolder) -> list[Answer]:
    """Ask whether the books of a run balance.

    Args:
        connection: reads the store, after load has committed.
        folder: the run's artefacts.
    """
    run_id = folder.run.run_id
    summary = folder.read_summary()
    discovered: dict[int, str] = {}
    captured = 0
    for row in folder.read_lines(RunFolder.FATES, "crawl"):
        discovered[identity("url", row["url"])] = row["url"]
        captured += row["fate"] is None
    parsed: Counter[str] = Counter()
    for row in folder.read_lines(RunFolder.ARTICLES, "parse"):
        if row["article"] is None:
            parsed["refused"] += 1
        elif row["article"]["kind"] == Kind.IMAGE_ONLY:
            parsed["image_only"] += 1
        else:
            parsed["articles"] += 1
    stored = _fates_of(connection, run_id, set(discovered))
    missing = [url for url_id, url in discovered.items() if url_id not in stored]
    fates = Counter(stored.values())
    loaded = sum(fates[fate] for fate in (Fate.LOADED_NEW, Fate.LOADED_REVISION, Fate.UNCHANGED))
    records = list(read_index(folder))
    capture_rows = connection.execute(
        select(func.count()).select_from(Capture).where(Capture.__table__.c.run_id == run_id)
    ).scalar_one()
    # A URL that only an earlier attempt of the run has met keeps the fate that it had there.
    earlier = _current_urls(connection, run_id) - len(stored)
    repeated = _repeated_current(connection, run_id)
    broken = _broken_references(connection, run_id)
    return [
        _sum(
            DISCOVERED,
            len(discovered) == len(stored) == summary["crawl"]["discovered"],
            f"{len(stored) + earlier} stored fates" + (f", {earlier} of earlier attempts" if earlier else ""),
            f"{len(discovered)} discovered",
            f"no fate is stored for {missing[:3]}; run `load` of this run again",
        ),
        _sum(
            "one fate per URL",
            repeated == 0,
            f"{repeated} URLs with more than one current fate",
            "0",
            "url_event has more than one current row for a URL of this run; restore the store from its backup",
        ),
        _sum(
            "captures = WARC records",
            len(records) == capture_rows == summary["crawl"]["captures"],
            f"{capture_rows} capture rows",
            f"{len(records)} records in the index, {summary['crawl']['captures']} counted by the crawl",
            "a WARC record has no row, or a row no record; run `crawl` and `load` of this run again",
        ),
        _sum(
            "captured = parsed + refused",
            captured == sum(parsed.values()),
            f"{parsed['articles']} articles + {parsed['image_only']} image-only + {parsed['refused']} refused",
            f"{captured} captured pages",
            "parse has not seen every captured page; run `parse` of this run again",
        ),
        _sum(
            "parsed = new + revised + unchanged",
            loaded == parsed["articles"] and fates[Fate.IMAGE_ONLY] == parsed["image_only"],
            f"{fates[Fate.LOADED_NEW]} new + {fates[Fate.LOADED_REVISION]} revised + {fates[Fate.UNCHANGED]} unchanged",
            f"{parsed['articles']} articles parsed",
            "an article was parsed and not loaded; run `load` of this run again",
        ),
        _sum(
            "articles can be traced to their bytes",
            broken == 0,
            f"{broken} revisions without a capture or an article",
            "0",
            "a revision of this run names a capture or an article that is not there; run `dibao audit`",
        ),
    ]


def _sum(name: str, passed: bool, observed: str, expected: str, message: str) -> Answer:
    return Answer.of(name, Level.SUM, passed, observed, expected, message)


def _fates_of(connection: Connection, run_id: str, url_ids: set[int]) -> dict[int, Fate]:
    table = UrlEvent.__table__.c
    found = {}
    for batch in batches(sorted(url_ids)):
        rows = connection.execute(
            select(table.url_id, table.fate).where(table.run_id == run_id, table.current, table.url_id.in_(batch))
        )
        found.update({url_id: Fate(fate) for url_id, fate in rows})
    return found


def _current_urls(connection: Connection, run_id: str) -> int:
    table = UrlEvent.__table__.c
    query = select(func.count(table.url_id.distinct())).where(table.run_id == run_id, table.current)
    return int(connection.execute(query).scalar_one())


def _repeated_current(connection: Connection, run_id: str) -> int:
    table = UrlEvent.__table__.c
    doubled = (
        select(table.url_id)
        .where(table.run_id == run_id, table.current)
        .group_by(table.url_id)
        .having(func.count() > 1)
        .subquery()
    )
    return int(connection.execute(select(func.count()).select_from(doubled)).scalar_one())


def _broken_references(connection: Connection, run_id: str) -> int:
    revision, article, capture = Revision.__table__, ArticleRow.__table__, Capture.__table__
    joined = revision.outerjoin(article, revision.c.article_id == article.c.id).outerjoin(
        capture, revision.c.capture_id == capture.c.id
    )
    query = (
        select(func.count())
        .select_from(joined)
        .where(revision.c.run_id == run_id, (article.c.id.is_(None)) | (capture.c.id.is_(None)))
    )
    return int(connection.execute(query).scalar_one())
