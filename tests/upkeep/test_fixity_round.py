"""Fixity in rounds: every byte of the archive is read in time, and what broke is named with its address."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select, update

from crawler.config import Config
from crawler.fetch.warc_read import members
from crawler.upkeep import fixity_round
from crawler.upkeep.fixity_round import FileState, chosen, read_share
from crawler.upkeep.report import JobReport
from models.fixity import ArchiveFile, DamagedRecord
from models.store import Store
from tests.assurance.loaded import MONDAY, CrawledRun, address
from tests.upkeep.conftest import LATER, everything_in
from tests.upkeep.test_run_folders import flip

WEEK = timedelta(weeks=1)
START = datetime(2026, 1, 4, 14, tzinfo=UTC)


def lately(reads: dict[str, FileState], now: datetime) -> int:
    """How many bytes count as read already: those of the last six days, as the rows of the store tell it."""
    return sum(each.size for each in reads.values() if now - each.sure_at < timedelta(days=6))


@given(
    weeks=st.integers(1, 12),
    first=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 400)), max_size=30),
    growth=st.lists(st.lists(st.integers(0, 5_000), max_size=4), min_size=1, max_size=30),
    late=st.lists(st.integers(-23, 23), min_size=1, max_size=30),
)
# The third week begins so early that its file is six days old only an hour later, and is read then.
@example(weeks=2, first=[(1, 0)], growth=[[], [], []], late=[-2, 23])
def test_no_file_is_ever_unread_for_longer_than_the_round(
    weeks: int, first: list[tuple[int, int]], growth: list[list[int]], late: list[int]
) -> None:
    """Whatever the archive's size, and however it grows: old files are not starved by new ones."""
    files = {
        f"old-{n}": FileState(f"old-{n}", size, START - timedelta(days=age)) for n, (size, age) in enumerate(first)
    }
    reads: dict[str, FileState] = {}

    def note(read: list[FileState], now: datetime) -> None:
        for each in read:
            files[each.file] = reads[each.file] = FileState(each.file, each.size, now)

    for week, sizes in enumerate(growth):
        now = START + week * WEEK + timedelta(hours=late[week % len(late)])
        wanted = chosen(files.values(), read=lately(reads, now), weeks=weeks, now=now)
        note(wanted, now)
        again = chosen(files.values(), read=lately(reads, now), weeks=weeks, now=now)
        assert not again, "a second time reads nothing"
        # An hour later a file may have become old enough to be read. None that was just read is read once more.
        now += timedelta(hours=1)
        again = chosen(files.values(), read=lately(reads, now), weeks=weeks, now=now)
        assert not {each.file for each in wanted} & {each.file for each in again}
        note(again, now)
        # Nothing can become older than the round before the next week's reading, the hours that it is late apart.
        following = START + (week + 1) * WEEK + timedelta(hours=late[(week + 1) % len(late)])
        assert all(following - each.sure_at <= weeks * WEEK + timedelta(days=3) for each in files.values())
        for number, size in enumerate(sizes):
            name = f"new-{week}-{number}"
            files[name] = FileState(name, size, now + timedelta(days=3))


@given(st.integers(1, 12), st.lists(st.integers(1, 1_000), min_size=1, max_size=60))
def test_a_week_reads_its_share_and_not_the_whole_archive(weeks: int, sizes: list[int]) -> None:
    files = [FileState(f"{n}", size, START - 2 * WEEK + timedelta(seconds=n)) for n, size in enumerate(sizes)]
    if weeks > 3:
        read = [each.size for each in chosen(files, read=0, weeks=weeks, now=START)]
        assert sum(read[:-1]) < -(-sum(sizes) // weeks) <= sum(read)


@given(
    st.integers(4, 12),
    st.lists(st.tuples(st.integers(1, 1_000), st.integers(0, 13 * 24)), min_size=1, max_size=60),
    st.lists(st.integers(0, 143), min_size=1, max_size=8),
)
def test_a_week_that_is_started_several_times_still_reads_one_share_and_no_file_twice(
    weeks: int, sizes: list[tuple[int, int]], hours: list[int]
) -> None:
    """Else each try after a failure, and each start by hand, would read as much again of a large archive."""
    files = {f"{n}": FileState(f"{n}", size, START - timedelta(hours=age)) for n, (size, age) in enumerate(sizes)}
    reads: dict[str, FileState] = {}
    for hour in sorted(hours):
        now = START + timedelta(hours=hour)
        for each in chosen(files.values(), read=lately(reads, now), weeks=weeks, now=now):
            assert each.file not in reads
            files[each.file] = reads[each.file] = FileState(each.file, each.size, now)
    read = [each.size for each in reads.values()]
    assert sum(read[:-1]) < -(-sum(size for size, _ in sizes) // weeks)


@pytest.mark.parametrize("ahead", [timedelta(days=2), 500 * WEEK])
def test_a_file_that_a_wrong_clock_dated_ahead_is_not_left_unread_until_then(ahead: timedelta) -> None:
    files = [FileState("ahead", 10, START + ahead), FileState("now", 1_000, START)]
    assert [each.file for each in chosen(files, read=1_000, weeks=8, now=START)] == ["ahead"]


def read(store: Store, config: Config, now: datetime = LATER, *, dry_run: bool = False, weeks: int = 1) -> JobReport:
    return read_share(store, config.data_root, weeks=weeks, now=now, dry_run=dry_run)


def rows(store: Store, model: Any) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(model.__table__).order_by(*model.__table__.primary_key)))


def test_what_was_read_is_remembered_and_not_read_again_in_the_same_week(
    store: Store, config: Config, loaded: CrawledRun, another: CrawledRun
) -> None:
    dry = read(store, config, dry_run=True)
    assert (rows(store, ArchiveFile), dry.figures["to_read"]) == ([], 2)
    report = read(store, config)
    # Each run has a listing, four articles and a 404.
    assert (report.figures["read"], report.figures["records"], report.problems) == (2, 12, [])
    stored = rows(store, ArchiveFile)
    assert [(row.state, row.records, row.read_at) for row in stored] == [("whole", 6, LATER)] * 2
    again = read(store, config, LATER + timedelta(hours=1))
    assert again.figures["read"] == 0
    assert rows(store, ArchiveFile) == stored


def test_a_second_start_in_the_week_counts_what_the_first_one_read(
    store: Store, config: Config, loaded: CrawledRun, another: CrawledRun
) -> None:
    first = read(store, config, weeks=52)
    again = read(store, config, LATER + timedelta(hours=1), weeks=52)
    assert (first.figures["read"], again.figures["read"]) == (1, 0)
    # What a wrong clock dated ahead is neither a reading of this week nor left alone until then.
    with store.engine.begin() as connection:
        connection.execute(update(ArchiveFile).values(read_at=LATER + 500 * WEEK))
    now = LATER + timedelta(hours=2)
    assert read(store, config, now, weeks=52).figures["read"] == 2
    assert [row.read_at for row in rows(store, ArchiveFile)] == [now, now]


def test_a_broken_record_is_named_with_its_address_until_it_is_mended(
    store: Store, config: Config, loaded: CrawledRun, archived: Callable[[CrawledRun], Path]
) -> None:
    path = archived(loaded)
    whole = path.read_bytes()
    with path.open("rb") as file:
        # warcinfo, then the listing and its request, then the first article.
        offset, length = list(members(file))[3]
    shutil.rmtree(loaded.folder.path.path)
    flip(path, offset + length // 2)
    first = read(store, config)
    (problem,) = first.problems
    assert address(MONDAY, 100) in problem
    assert f"at byte {offset}" in problem
    assert "Restore it from its backup" in problem
    (row,) = rows(store, DamagedRecord)
    assert (row.url, row.offset, row.found_at, row.mended_at) == (address(MONDAY, 100), offset, LATER, None)
    # It is said each time, not once.
    assert read(store, config, LATER + timedelta(hours=1)).problems == first.problems
    assert rows(store, DamagedRecord)[0].found_at == LATER
    path.write_bytes(whole)
    mended = read(store, config, LATER + timedelta(hours=2))
    assert (mended.problems, mended.figures["mended"]) == ([], 1)
    assert rows(store, DamagedRecord)[0].mended_at == LATER + timedelta(hours=2)
    assert rows(store, ArchiveFile)[0].state == "whole"
    flip(path, offset + length // 2)
    read(store, config, LATER + 2 * WEEK)
    assert rows(store, DamagedRecord)[0].mended_at is None


def test_a_whole_copy_in_the_run_folder_is_pointed_at(
    store: Store, config: Config, loaded: CrawledRun, archived: Callable[[CrawledRun], Path]
) -> None:
    path = archived(loaded)
    flip(path, path.stat().st_size // 2)
    assert f"copy {loaded.folder / 'captures.warc.gz'} over it" in read(store, config).problems[0]


def test_a_missing_file_is_named_with_how_much_lay_in_it(
    store: Store, config: Config, loaded: CrawledRun, another: CrawledRun, archived: Callable[[CrawledRun], Path]
) -> None:
    archived(loaded).unlink()
    # At once, not when its turn comes.
    report = read(store, config, datetime.now(UTC), weeks=500)
    (problem,) = report.problems
    assert "the file is missing; 6 captures lie in it" in problem
    assert [row.state for row in rows(store, ArchiveFile)] == ["missing"]


def test_a_round_that_is_killed_goes_on_where_it_was(
    store: Store, config: Config, loaded: CrawledRun, another: CrawledRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify, seen = fixity_round.verify_file, []

    def killed(path: Any, expected: Any) -> Any:
        seen.append(path.name)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return verify(path, expected)

    monkeypatch.setattr(fixity_round, "verify_file", killed)
    with pytest.raises(KeyboardInterrupt):
        read(store, config)
    assert len(rows(store, ArchiveFile)) == 1
    assert read(store, config).figures["read"] == 1
    assert len(rows(store, ArchiveFile)) == 2


def test_reading_changes_no_byte_and_what_nobody_loaded_is_said(
    store: Store, config: Config, loaded: CrawledRun
) -> None:
    data = Path(config.data_root.path)
    stranger = data / "archive/tibet_net/2026/06/tibet_net-2026-06-20_2026-06-21.warc.gz"
    stranger.write_bytes(b"not loaded yet")
    os.utime(stranger, (0, 0))
    before = everything_in(data)
    report = read(store, config)
    assert everything_in(data) == before
    assert (report.problems, report.figures["read"]) == ([], 1)
    assert "1 archive files have no row" in report.notes[0]
