"""Check: prove that a run adds up, and hold it against what its publisher is expected to look like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, func, select

from crawler import publishers
from crawler.artefacts import RunFolder
from crawler.errors import Fate, FateGroup
from crawler.fetch.archive import read_index
from crawler.parse.article import Article, Kind
from models.articles import Article as ArticleRow
from models.articles import Revision
from models.base import identity
from models.runs import CheckResult
from models.upsert import batches, upsert
from models.urls import Capture, UrlEvent

__all__ = ["Answer", "Level", "check_run", "failures", "stored_fates"]


class Level(StrEnum):
    """What a failed answer means."""

    SUM = "sum"
    """The books do not balance: the corpus would be wrong; the task fails."""
    HARD = "hard"
    """Below what the publisher can look like; the task fails."""
    USUAL = "usual"
    """Outside the usual range; a warning."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question asked of a run.

    Args:
        name: of the question, stable, so that a trend can be asked for.
        level: what it means when it did not pass.
        passed: whether it did.
        observed: what was found.
        expected: what should have been.
        message: a sentence that says what to look at when it did not pass.
    """

    name: str
    level: Level
    passed: bool
    observed: str
    expected: str
    message: str


def check_run(connection: Connection, folder: RunFolder) -> list[Answer]:
    """Ask every question of one run; nothing is taken from a log or from what a stage says of itself.

    Args:
        connection: reads the store, after load has committed.
        folder: the run's artefacts, the evidence that the rows are held against.
    """
    answers = _sums(connection, folder)
    if folder.run.publisher in publishers.keys():
        answers += _expectations(connection, folder)
    return answers


def failures(answers: list[Answer]) -> list[Answer]:
    """The answers for which a task must fail."""
    return [answer for answer in answers if not answer.passed and answer.level is not Level.USUAL]


def write_answers(connection: Connection, folder: RunFolder, answers: list[Answer]) -> int:
    """Store the answers; an answer that is stored already as it is writes nothing."""
    now = datetime.now(UTC)
    return upsert(
        connection,
        CheckResult.__table__,
        [
            {
                "run_id": folder.run.run_id,
                "name": answer.name,
                "level": answer.level.value,
                "passed": answer.passed,
                "observed": answer.observed,
                "expected": answer.expected,
                "message": answer.message,
                "checked_at": now,
            }
            for answer in answers
        ],
        update=("level", "passed", "observed", "expected", "message"),
    )


def stored_fates(connection: Connection, run_id: str) -> Counter[Fate]:
    """How many URLs of a run met each fate, counted from the stored rows."""
    table = UrlEvent.__table__.c
    rows = connection.execute(
        select(table.fate, func.count()).where(table.run_id == run_id, table.current).group_by(table.fate)
    )
    return Counter({Fate(fate): count for fate, count in rows})


def _sums(connection: Connection, folder: RunFolder) -> list[Answer]:
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
    repeated = _repeated_current(connection, run_id)
    broken = _broken_references(connection, run_id)
    return [
        _sum(
            "discovered = sum of fates",
            len(discovered) == len(stored) == summary["crawl"]["discovered"],
            f"{len(stored)} stored fates",
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
    return Answer(name, Level.SUM, passed, observed, expected, "" if passed else message)


def _fates_of(connection: Connection, run_id: str, url_ids: set[int]) -> dict[int, Fate]:
    table = UrlEvent.__table__.c
    found = {}
    for batch in batches(sorted(url_ids)):
        rows = connection.execute(
            select(table.url_id, table.fate).where(table.run_id == run_id, table.current, table.url_id.in_(batch))
        )
        found.update({url_id: Fate(fate) for url_id, fate in rows})
    return found


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


_FILLED: dict[str, Callable[[Article], bool]] = {
    "title": lambda article: bool(article.title),
    "published_at": lambda article: article.published_at is not None,
    "source": lambda article: bool(article.source),
    "authors": lambda article: bool(article.authors),
    "editor": lambda article: bool(article.editor),
    "body": lambda article: bool(article.paragraphs),
}


def _expectations(connection: Connection, folder: RunFolder) -> list[Answer]:
    publisher = publishers.get(folder.run.publisher)
    wanted = publisher.expectations
    crawl = folder.read_summary()["crawl"]
    fates = stored_fates(connection, folder.run.run_id)
    discovered = sum(fates.values())
    whole = not (folder.run.channels or folder.run.sites or folder.run.page_limit)
    answers = [
        Answer(
            "every listing was walked",
            Level.HARD,
            bool(crawl["complete"]),
            "complete" if crawl["complete"] else "incomplete",
            "complete",
            ""
            if crawl["complete"]
            else f"listings failed: {'; '.join(crawl.get('problems', []))[:600]}; run `crawl` again",
        )
    ]
    silent = sorted(channel for channel, seen in crawl["channels"].items() if seen["links"] == 0)
    answers.append(
        Answer(
            "no channel is silent",
            Level.HARD,
            not silent,
            ", ".join(silent) or "every channel names links",
            "links on every listing",
            f"the listings of {', '.join(silent)} name no link at all; has the layout changed? `dibao probe` shows them"
            if silent
            else "",
        )
    )
    articles = [
        Article.from_json(row["article"])
        for row in folder.read_lines(RunFolder.ARTICLES, "parse")
        if row["article"] is not None
    ]
    fetched = sum(count for fate, count in fates.items() if fate.group is FateGroup.FETCHED)
    days = len(folder.run.window.days)
    least = wanted.min_articles_per_day * days if whole else 0
    most = wanted.max_articles_per_day * days
    answers.append(
        Answer(
            "articles are there",
            Level.HARD,
            not whole or fetched > 0,
            f"{fetched} articles",
            "at least 1",
            ""
            if not whole or fetched
            else "the whole window gave no article; look at the listings with `dibao probe` before believing it",
        )
    )
    answers.append(
        Answer(
            "volume is usual",
            Level.USUAL,
            least <= fetched <= most,
            f"{fetched} articles in {days} days",
            f"{least} to {most}",
            "" if least <= fetched <= most else "more or fewer articles than usual; see `dibao status`",
        )
    )
    answers += _shares(wanted, articles, fates, discovered)
    return answers


def _shares(
    wanted: publishers.Expectations, articles: list[Article], fates: Counter[Fate], discovered: int
) -> list[Answer]:
    answers = []
    texts = [article for article in articles if article.kind is not Kind.IMAGE_ONLY]
    for name in wanted.filled:
        share = sum(map(_FILLED[name], texts)) / len(texts) if texts else 1.0
        for level, floor in ((Level.HARD, 0.5), (Level.USUAL, 0.95)):
            passed = share >= floor
            answers.append(
                Answer(
                    f"{name} is filled ({level})",
                    level,
                    passed,
                    f"{share:.0%} of {len(texts)}",
                    f"{floor:.0%} or more",
                    ""
                    if passed
                    else f"{name} is often empty; look at one page with `dibao parse`: has a layout changed?",
                )
            )
    shortest = wanted.min_body_length
    short = [article.url for article in texts if len(article.body) < shortest]
    answers.append(
        Answer(
            "bodies have a length",
            Level.USUAL,
            len(short) <= 0.1 * len(texts),
            f"{len(short)} of {len(texts)} below {shortest} characters",
            "10% or fewer",
            "" if len(short) <= 0.1 * len(texts) else f"short bodies, for example {short[0]}",
        )
    )
    handed_over = sum(article.layout.startswith("generic") for article in texts)
    limit = wanted.generic_share
    passed = not texts or handed_over / len(texts) <= limit
    answers.append(
        Answer(
            "known layouts read the pages",
            Level.HARD,
            passed,
            f"{handed_over} of {len(texts)} read by the general reader",
            f"{limit:.0%} or fewer",
            "" if passed else "the site's layout has changed: add it to the publisher's pages.py and parse again",
        )
    )
    looked = discovered - sum(count for fate, count in fates.items() if fate.group is FateGroup.OUT_OF_SCOPE)
    for group, limit in (
        (FateGroup.FAILED_LOOK, wanted.failed_look_share),
        (FateGroup.FAILED_RETRY, wanted.failed_retry_share),
        (FateGroup.REFUSED, wanted.refused_share),
    ):
        count = sum(n for fate, n in fates.items() if fate.group is group)
        passed = not looked or count / looked <= limit
        answers.append(
            Answer(
                f"few URLs are {group.value}",
                Level.HARD,
                passed,
                f"{count} of {looked}",
                f"{limit:.0%} or fewer",
                "" if passed else f"too many URLs are {group.value}; docs/operations.md says what each fate asks for",
            )
        )
    return answers
