"""What a run saw of each channel: channels that say nothing, repeat themselves, or claim more than was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import Connection

from crawler.assurance.answers import Answer, Level
from crawler.assurance.history import (
    ChannelCount,
    ChannelLinks,
    StoredRun,
    channel_counts,
    fates_by_channel,
)
from crawler.assurance.workdays import workdays_after
from crawler.publishers import Publisher
from crawler.run import shanghai_day
from crawler.tables import counted

__all__ = ["channel_answers"]

_STEPS = 20
"""So many earlier runs tell how regularly a channel moves on."""
_LEAST_STEPS = 5
_REGULAR = 0.8
"""A channel whose newest day moved on in so many of its earlier steps is expected to do so each time."""
_LEAST_LINKS = 5
_STANDING = (("the listings do not repeat themselves", Level.HARD), ("every channel moves on", Level.USUAL))
_GROWTH_USUAL, _GROWTH_HARD = 5, 20
"""Rows by which a list may grow beyond what was seen: rows are deleted and back-dated while we read."""


def channel_answers(
    connection: Connection, publisher: Publisher, run: StoredRun, runs: Sequence[StoredRun]
) -> list[Answer]:
    """Ask of a run whether each channel spoke, moved on, and named as much as it claims to have.

    Args:
        connection: reads the store.
        publisher: whose run it is.
        run: the run.
        runs: every run of the publisher, in the order in which they were crawled.
    """
    earlier = [other for other in runs if other.whole and other.fresh and other.crawled_at < run.crawled_at]
    earlier = [other for other in earlier if other.run_id != run.run_id][-_STEPS:]
    counts = channel_counts(connection, [run.run_id, *(other.run_id for other in earlier)])
    own = counts[run.run_id]
    links = fates_by_channel(connection, run.run_id, earlier[-1].crawled_at if earlier else None)
    answers = [_silent(publisher, run, own), _not_articles(connection, own, links, earlier)]
    if run.whole and run.fresh:
        answers += _standing(run, own, earlier, counts)
    else:
        why = "not a whole publisher's run for the latest days"
        answers += [Answer.not_asked(name, level, why) for name, level in _STANDING]
    answers += _totals(publisher, run, own, links, earlier, counts)
    return answers


def _expected_channels(publisher: Publisher, run: StoredRun) -> list[str]:
    selected, sites = run.selection.get("channels", ()), run.selection.get("sites", ())
    return [channel.key for channel in publisher.channels_in(run.window.start, run.window.end, selected, sites)]


def _silent(publisher: Publisher, run: StoredRun, own: Mapping[str, ChannelCount]) -> Answer:
    wanted = _expected_channels(publisher, run)
    unread = sorted(set(wanted) - set(own))
    empty = sorted(key for key in own if own[key].links == 0)
    advice = []
    if unread:
        advice.append(f"the listings of {', '.join(unread)} were not read: the log of `crawl` says why")
    if empty:
        advice.append(
            f"the listings of {', '.join(empty)} name no link at all: has the layout changed? "
            f"`dibao probe {publisher.key}` shows them"
        )
    return Answer.of(
        "no channel is silent",
        Level.HARD,
        not advice,
        ", ".join([*unread, *empty]) or f"{counted(len(own), 'channel')}, each names links",
        "links on every listing",
        "; ".join(advice),
    )


def _not_articles(
    connection: Connection,
    own: Mapping[str, ChannelCount],
    links: Mapping[str, ChannelLinks],
    earlier: Sequence[StoredRun],
) -> Answer:
    strange = sorted(
        key for key in own if key in links and links[key].links >= _LEAST_LINKS and links[key].articles == 0
    )
    good = [run for run in earlier if run.good]
    if strange and good:
        # A channel that has always led elsewhere is as it was.
        before = fates_by_channel(connection, good[-1].run_id)
        strange = [key for key in strange if key not in before or before[key].articles]
    return Answer.of(
        "every channel names articles",
        Level.HARD,
        not strange,
        ", ".join(f"{key}: 0 of {links[key].links}" for key in strange) or "article addresses in every channel",
        "article addresses among the links",
        f"no link of {', '.join(strange)} is the address of an article: have the site's addresses changed? Compare "
        "one with [[article_url]] in publisher.toml",
    )


def _standing(
    run: StoredRun,
    own: Mapping[str, ChannelCount],
    earlier: Sequence[StoredRun],
    counts: Mapping[str, Mapping[str, ChannelCount]],
) -> Iterator[Answer]:
    """Whether the listings moved on since the run before, where a working day has passed since."""
    previous = next((other for other in reversed(earlier) if _days_between(other, run) >= 1), None)
    regular: list[str] = []
    standing: list[str] = []
    if previous is not None:
        for key, count in own.items():
            before = counts[previous.run_id].get(key)
            if before is None or before.newest is None or count.links == 0:
                continue
            steps = list(_steps(key, earlier, counts))
            if len(steps) >= _LEAST_STEPS and sum(steps) >= _REGULAR * len(steps):
                regular.append(key)
            elif len(steps) >= _LEAST_STEPS or _days_between(previous, run) < 2:
                # Irregular, or too early to tell from one working day.
                continue
            if count.newest is None or count.newest <= before.newest:
                standing.append(key)
    everywhere = bool(regular) and set(regular) <= set(standing)
    message = (
        f"{', '.join(sorted(standing))} still end with the newest day of the run before, although working days have "
        "passed: does the site serve an old copy? Compare with a browser, run it again later"
    )
    newest = ", ".join(f"{key}: {own[key].newest}" for key in sorted(standing))
    yield Answer.of(
        *_STANDING[0],
        not everywhere,
        newest if everywhere else f"{len(standing)} of {counted(len(own), 'channel')} without a newer day",
        "a newer day than in the run before in at least one regular channel",
        message,
    )
    yield Answer.of(
        *_STANDING[1],
        not standing or everywhere,
        newest or "every regular channel has a newer day",
        "a newer day than in the run before",
        message,
    )


def _steps(key: str, earlier: Sequence[StoredRun], counts: Mapping[str, Mapping[str, ChannelCount]]) -> Iterator[bool]:
    for one, next_one in pairwise(earlier):
        before, after = counts[one.run_id].get(key), counts[next_one.run_id].get(key)
        if before and after and before.newest and after.newest and _days_between(one, next_one) >= 1:
            yield after.newest > before.newest


def _days_between(one: StoredRun, other: StoredRun) -> int:
    """Working days that ended between two crawls."""
    day = timedelta(days=1)
    return workdays_after(shanghai_day(one.crawled_at) - day, shanghai_day(other.crawled_at) - day)


def _totals(
    publisher: Publisher,
    run: StoredRun,
    own: Mapping[str, ChannelCount],
    links: Mapping[str, ChannelLinks],
    earlier: Sequence[StoredRun],
    counts: Mapping[str, Mapping[str, ChannelCount]],
) -> Iterator[Answer]:
    """Whether what a listing claims to have was seen: for a list of one day all of it, else what it grew by."""
    by_day = {channel.key for channel in publisher.channels if channel.options.get("day_filter")}
    previous = earlier[-1] if earlier and earlier[-1].complete else None
    lacking: dict[str, tuple[int, int]] = {}
    for key, count in own.items():
        if count.total is None or run.selection.get("page_limit"):
            continue
        if key in by_day:
            lacking[key] = (count.total - count.links, count.total)
            continue
        before = counts[previous.run_id].get(key) if previous else None
        if previous is None or before is None or before.total is None or not (run.whole and run.fresh):
            continue
        growth = count.total - before.total
        seen = links[key].first_seen if key in links else 0
        lacking[key] = (growth - seen, growth)
    for name, level, least, share in (
        ("the listings' totals were seen", Level.HARD, _GROWTH_HARD, 0.5),
        ("the listings' totals were seen, as usual", Level.USUAL, _GROWTH_USUAL, 0.1),
    ):
        out = {key: (lack, of) for key, (lack, of) in lacking.items() if lack >= least and lack > share * of}
        yield Answer.of(
            name,
            level,
            not out,
            ", ".join(f"{key}: {lack} of {of} rows not seen" for key, (lack, of) in sorted(out.items()))
            or f"{len(lacking)} totals compared",
            f"fewer than {least} rows or {share:.0%} of them missing",
            f"{', '.join(sorted(out))} claim more rows than the crawl has seen: late, back-dated or skipped articles; "
            "run the days again with their listings (`dibao run --gaps`), or an earlier window",
        )
