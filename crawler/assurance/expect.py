"""What a publisher's runs must look like: its own file's limits, and what its earlier runs were like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import sqrt

from sqlalchemy import Connection

from crawler.artefacts import RunFolder
from crawler.assurance.answers import LEAST, Answer, Level, too_many
from crawler.assurance.channels import channel_answers
from crawler.assurance.history import (
    FIELDS,
    FieldHistory,
    fates_of_runs,
    field_history,
    layouts_by_site,
    neighbours,
    stored_runs,
)
from crawler.assurance.sums import stored_fates
from crawler.assurance.volume import REACH, volume_answers
from crawler.errors import Fate, FateGroup
from crawler.parse.article import Article, Kind
from crawler.publishers import Expectations, Publisher
from crawler.tables import counted

__all__ = ["expectation_answers"]

_RUNS = 30
"""So many neighbouring runs make the history of fates, layouts and fields."""

_LEAST_HISTORY = 30
"""Fewer earlier articles or URLs are no measure of a share."""

_FIELD_OF: dict[str, Callable[[Article], bool]] = {
    "title": lambda article: bool(article.title),
    "published_at": lambda article: article.published_at is not None,
    "source": lambda article: bool(article.source),
    "authors": lambda article: bool(article.authors),
    "editor": lambda article: bool(article.editor),
    "body": lambda article: bool(article.paragraphs),
}


def expectation_answers(connection: Connection, folder: RunFolder, publisher: Publisher) -> list[Answer]:
    """Hold a loaded run against its publisher's limits and history.

    Args:
        connection: reads the store.
        folder: the run's artefacts.
        publisher: whose run it is.
    """
    crawl = folder.read_summary()["crawl"]
    runs = stored_runs(connection, publisher.key)
    run = next(stored for stored in runs if stored.run_id == folder.run.run_id)
    since = publisher.expectations.history_since
    runs = [other for other in runs if since is None or other.run_id == run.run_id or other.window.start >= since]
    fates = stored_fates(connection, run.run_id)
    answers = [
        Answer.of(
            "every listing was walked",
            Level.HARD,
            bool(crawl["complete"]),
            "complete" if crawl["complete"] else "incomplete",
            "complete",
            f"listings failed: {'; '.join(crawl.get('problems', []))[:600]}. Do what each of these "
            "asks for, if anything; then run `crawl` again",
        ),
        *channel_answers(connection, publisher, run, runs),
    ]
    fetched = sum(count for fate, count in fates.items() if fate.group is FateGroup.FETCHED)
    answers += volume_answers(connection, publisher, run, runs, fetched)
    near = [other.run_id for other in neighbours(runs, run.run_id, run.window, REACH)][-_RUNS:]
    texts = [article for article in _articles(folder) if article.kind is not Kind.IMAGE_ONLY]
    answers += _fields(publisher.expectations, texts, field_history(connection, near))
    answers += _fates(publisher.expectations, fates)
    answers.append(_usual_fates(fates, fates_of_runs(connection, near)))
    answers += _general_reader(publisher, texts)
    layouts = layouts_by_site(connection, [run.run_id])
    answers += _layouts(layouts, layouts_by_site(connection, near))
    return answers


def _articles(folder: RunFolder) -> Iterator[Article]:
    for row in folder.read_lines(RunFolder.ARTICLES, "parse"):
        if row["article"] is not None:
            yield Article.from_json(row["article"])


def _spread(share: float, of: int) -> float:
    """The standard deviation of a count whose expected share is known (binomial)."""
    return sqrt(share * (1 - share) * of)


def _fields(wanted: Expectations, texts: Sequence[Article], before: FieldHistory) -> Iterator[Answer]:
    total = len(texts)
    filled = {name: sum(map(_FIELD_OF[name], texts)) for name in FIELDS}
    for name in wanted.filled:
        empty = total - filled[name]
        share = filled[name] / total if total else 1.0
        for level, passed, floor in (
            (Level.HARD, not too_many(empty, total, 0.5), 0.5),
            (Level.USUAL, empty <= 0.05 * total, 0.95),
        ):
            yield Answer.of(
                f"{name} is filled ({level})",
                level,
                passed,
                f"{share:.0%} of {total}",
                f"{floor:.0%} or more",
                f"{name} is often empty; look at one page with `dibao parse`: has a layout changed?",
            )
    yield from _usual_fields(filled, total, before)
    yield from _lengths(wanted, texts, before)


def _usual_fields(filled: Mapping[str, int], total: int, before: FieldHistory) -> Iterator[Answer]:
    worst: list[str] = []
    lower: list[str] = []
    for name in FIELDS:
        if before.articles < _LEAST_HISTORY:
            continue
        share = before.filled[name] / before.articles
        missing = share * total - filled[name]
        seen = f"{name}: {filled[name]} of {total}, {share:.0%} before"
        if missing >= LEAST and missing > 3 * _spread(share, total) and filled[name] < 0.5 * share * total:
            worst.append(seen)
        if missing >= LEAST and missing > 2 * _spread(share, total) + 0.05 * total:
            lower.append(seen)
    history = f"{before.articles} earlier articles"
    for name, level, out, limit in (
        ("fields are not suddenly empty", Level.HARD, worst, "half of the share before or more"),
        ("fields are filled as before", Level.USUAL, lower, "the share before, give or take"),
    ):
        yield Answer.of(
            name,
            level,
            not out,
            "; ".join(out) or f"compared with {history}",
            limit if before.articles >= _LEAST_HISTORY else "no history yet",
            "a field that was filled is not any more: look at one page with `dibao parse` beside an older capture; "
            "has a layout changed?",
        )


def _lengths(wanted: Expectations, texts: Sequence[Article], before: FieldHistory) -> Iterator[Answer]:
    shortest = wanted.min_body_length
    short = [article.url for article in texts if len(article.body) < shortest]
    yield Answer.of(
        "bodies have a length",
        Level.USUAL,
        len(short) <= 0.1 * len(texts),
        f"{len(short)} of {len(texts)} below {shortest} characters",
        "10% or fewer",
        f"short bodies, for example {(short or [''])[0]}",
    )
    enough = before.articles >= _LEAST_HISTORY and len(texts) >= 5
    usual = before.lengths[len(before.lengths) // 2] if before.lengths else 0
    lengths = sorted(len(article.body) for article in texts)
    middle = lengths[len(lengths) // 2] if lengths else 0
    for name, level, share in (
        ("bodies are not suddenly short", Level.HARD, 0.25),
        ("bodies are as long as before", Level.USUAL, 0.5),
    ):
        yield Answer.of(
            name,
            level,
            not enough or middle >= share * usual,
            f"median {middle} characters of {len(texts)}",
            f"{share * usual:.0f} or more (median before {usual})" if enough else "no history yet",
            "bodies are much shorter than before: is only a part of the page read? Compare one with its capture",
        )


_LIMITED = (
    ("few URLs are failed_look", FateGroup.FAILED_LOOK, None, "failed_look_share"),
    ("few URLs are failed_retry", FateGroup.FAILED_RETRY, None, "failed_retry_share"),
    ("few URLs are refused", FateGroup.REFUSED, None, "refused_share"),
    ("few URLs are gone", FateGroup.GONE, None, "gone_share"),
    ("few pages are without text", None, Fate.IMAGE_ONLY, "image_only_share"),
)


def _asked(fates: Mapping[Fate, int]) -> int:
    """URLs that the site was asked for: neither out of scope nor left alone because they are stored."""
    return sum(
        count for fate, count in fates.items() if fate.group is not FateGroup.OUT_OF_SCOPE and fate is not Fate.NOT_DUE
    )


def _fates(wanted: Expectations, fates: Mapping[Fate, int]) -> Iterator[Answer]:
    asked = _asked(fates)
    for name, group, single, limit_name in _LIMITED:
        limit: float = getattr(wanted, limit_name)
        count = sum(n for fate, n in fates.items() if fate is single or (group and fate.group is group))
        yield from _within(name, count, asked, limit, "too many; docs/operations.md says what each fate asks for")


def _within(name: str, bad: int, of: int, limit: float, message: str, what: str = "") -> Iterator[Answer]:
    """A share that fails a run when it is exceeded by enough, and warns whenever it is exceeded."""
    observed = f"{bad} of {of}{what}"
    expected = f"{limit:.0%} or fewer, or fewer than {LEAST}"
    yield Answer.of(name, Level.HARD, not too_many(bad, of, limit), observed, expected, message)
    yield Answer.of(f"{name} (usual)", Level.USUAL, bad <= limit * of, observed, f"{limit:.0%} or fewer", message)


def _usual_fates(fates: Mapping[Fate, int], before: Mapping[Fate, int]) -> Answer:
    """Whether each fate that is no article has about the share that it had; small shares of small runs included."""
    out = []
    history = sum(before.values())
    for fate, count in sorted(fates.items()):
        if fate.group is FateGroup.FETCHED or fate in (Fate.OUT_OF_WINDOW, Fate.DUPLICATE_LINK):
            continue
        in_scope = fate.group is not FateGroup.OUT_OF_SCOPE
        of, of_before = (_asked(fates), _asked(before)) if in_scope else (sum(fates.values()), history)
        share = before.get(fate, 0) / of_before if of_before >= _LEAST_HISTORY else 0.1
        if count > share * of + 2 * _spread(share, of) + 0.1 * of:
            out.append(f"{fate}: {count} of {of}, {share:.0%} before")
    return Answer.of(
        "shares of fates are usual",
        Level.USUAL,
        not out,
        "; ".join(out) or f"compared with {history} earlier URLs",
        "the shares of earlier runs, give or take" if history >= _LEAST_HISTORY else "no history yet: about 10% each",
        "more URLs than usual end this way; docs/operations.md says what each fate asks for",
    )


def _general_reader(publisher: Publisher, texts: Sequence[Article]) -> Iterator[Answer]:
    return _within(
        "known layouts read the pages",
        sum(article.layout.startswith("generic") for article in texts),
        len(texts),
        publisher.expectations.generic_share,
        "the site's layout has changed: add it to the publisher's pages.py and parse again",
        " read by the general reader",
    )


def _layouts(now: Mapping[str, Counter[str]], before: Mapping[str, Counter[str]]) -> Iterator[Answer]:
    """Whether a layout that used to read a site's pages reads none of them now, and what reads them instead."""
    lost: list[str] = []
    moved: list[str] = []
    for site, counts in sorted(now.items()):
        total, history = counts.total(), before.get(site, Counter())
        if history.total() < _LEAST_HISTORY:
            continue
        known = sum(count for layout, count in counts.items() if _is_known(layout))
        for layout, earlier in sorted(history.items()):
            expected = earlier / history.total() * total
            if not _is_known(layout) or expected < 5 or counts[layout]:
                continue
            seen = f"{layout} reads 0 of {total} pages of {site}, about {expected:.0f} before"
            (moved if known >= 0.5 * total else lost).append(seen)
    for name, level, out in (
        ("no layout has stopped reading", Level.HARD, lost),
        ("pages are read by the layouts of before", Level.USUAL, moved),
    ):
        yield Answer.of(
            name,
            level,
            not out,
            "; ".join(out) or counted(len(now), "site"),
            "each layout that used to read a site's pages reads some",
            "the site has changed its pages: compare one with an older capture, then mend or add the layout "
            "(docs/layouts.md) and parse again",
        )


def _is_known(layout: str) -> bool:
    return bool(layout) and not layout.startswith("generic")
