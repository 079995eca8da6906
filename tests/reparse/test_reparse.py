"""Reading the archive again: an archive that cannot be read again is no archive, a store that it spoils no corpus."""

from __future__ import annotations

import json
import re
import shutil
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.assurance.audit import audit
from crawler.cli import main
from crawler.config import Config
from crawler.errors import ConfigurationError, Fate
from crawler.load.url_rows import READ_AGAIN
from crawler.parse.article import Page, Parsed
from crawler.reparse.compare import compare
from crawler.reparse.differences import Outcome
from crawler.reparse.folder import ReparseFolder
from crawler.reparse.read import read
from crawler.reparse.request import Reparse
from crawler.reparse.write import write
from crawler.run import Window
from models.aggregates import RunYield, rebuild_aggregates
from models.articles import Article, Revision
from models.store import Store
from models.urls import Url, UrlEvent
from tests.reparse.archived import DAY, MONDAY, ArchivedNight, Shown, address, all_rows, installed, quiet, right, wrong

WINDOW = Window(MONDAY, MONDAY + DAY)
ALL = Reparse("tibet_net", WINDOW)


@pytest.fixture
def misread(store: Store, config: Config) -> ArchivedNight:
    """A night of twelve pages, loaded by the parser that misreads some of them."""
    with installed(wrong, "1"):
        return ArchivedNight(config, [Shown(number) for number in range(7001, 7013)]).through()


def dry(config: Config, asked: Reparse = ALL) -> dict[str, Any]:
    read(asked, config, on_line=quiet)
    return compare(asked, config, on_line=quiet)


def written(config: Config, asked: Reparse = ALL) -> dict[str, Any]:
    dry(config, asked)
    return write(asked, config, on_line=quiet)


def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store.reading() as connection:
        return all_rows(connection)


def current(store: Store) -> dict[str, Any]:
    """The current revision of each article by the number of its address."""
    with store.reading() as connection:
        found = connection.execute(
            select(Revision.__table__).join(Article.__table__, Article.current_revision_id == Revision.id)
        )
        return {row.url.rsplit("_", 1)[1].removesuffix(".html"): row for row in found}


def events(store: Store, number: int) -> list[Any]:
    with store.reading() as connection:
        return list(
            connection.execute(
                select(UrlEvent.__table__)
                .join(Url.__table__, Url.id == UrlEvent.url_id)
                .where(Url.url == address(number))
                .order_by(UrlEvent.attempt)
            )
        )


def breaks(store: Store, config: Config) -> list[str]:
    with store.reading() as connection:
        return [line for question in audit(connection, config.data_root).questions for line in question.breaks]


def test_a_dry_run_shows_what_would_change_and_changes_nothing(
    misread: ArchivedNight, store: Store, config: Config
) -> None:
    before = rows(store)
    with installed(right, "2"):
        counts = dry(config)
    assert rows(store) == before
    assert counts["outcomes"] == {
        Outcome.SAME: 6,
        Outcome.SUBSTANTIVE: 3,
        Outcome.COSMETIC: 1,
        Outcome.READABLE: 2,
    }
    assert counts["fields"] == [
        ["tibet_net/old", "tibet_net/2018", "editor", 0, 1, 0],
        ["tibet_net/old", "tibet_net/2018", "paragraphs", 0, 0, 1],
        ["tibet_net/old", "tibet_net/2018", "published_at", 0, 0, 2],
        ["tibet_net/old", "tibet_net/2018", "source", 2, 0, 0],
    ]
    changes = {row["url"]: row for row in map(json.loads, Path(counts["changes"]).read_text().splitlines())}
    assert len(changes) == 6
    late = changes[address(7002)]
    assert late["fields"]["published_at"] == {"before": "2026-06-08 15:30:00", "after": "2026-06-08 09:30:00"}
    assert (late["before"]["parser_version"], late["after"]["parser_version"]) == ("1", "2")
    lost = changes[address(7003)]["fields"]["paragraphs"]
    assert lost["paragraphs"] == [1, 2]
    assert lost["diff"] == [f"+ {Shown(7003).html(MONDAY).decode().split('<p>')[2].split('</p>')[0].strip()}"]
    report = Path(counts["report"]).read_text()
    assert "from the archive of 1 run." in report
    assert "## Could now be read: 2" in report
    assert f"- {address(7001)}: 湿地调查第7001号 (by tibet_net/2018; was layout_unknown)" in report
    assert "## source: tibet_net/old → tibet_net/2018 (2 filled)" in report
    assert "+ 高原日报" in report


def test_the_network_is_never_touched(
    misread: ArchivedNight, store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a reparse asked for the network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    with installed(right, "2"):
        assert written(config)["new"] == 2


def test_what_is_written_says_that_the_parser_changed_and_not_the_site(
    misread: ArchivedNight, store: Store, config: Config
) -> None:
    # A second look found the article unchanged: its state stood until then.
    later = misread.moment + timedelta(days=2)
    with store.engine.connect() as connection:
        connection.execute(update(Revision).where(Revision.url == address(7002)).values(seen_to=later))
        connection.commit()
    before = current(store)
    with installed(right, "2"):
        counts = written(config)
    assert (counts["new"], counts["reparsed"], counts["revised"], counts["problems"]) == (2, 4, 0, [])
    after = current(store)
    assert len(after) == len(before) + 2 == 12
    state, old = after["7002"], before["7002"]
    assert (state.kind, state.parser_version, state.ordinal) == ("reparsed", "2", 2)
    assert (state.capture_id, state.run_id) == (old.capture_id, old.run_id)
    assert (state.seen_from, state.seen_to) == (old.seen_from, later)
    assert (state.source, f"{state.published_at:%H:%M}") == ("高原日报", "01:30")
    # As if it had been read like this at once: the night's news is what it was, and the two more that it brought.
    with store.reading() as connection:
        figures = connection.execute(select(RunYield.__table__)).one()._mapping
    assert (figures["new"], figures["revised"], figures["texts"], figures["with_source"]) == (12, 0, 12, 12)
    told = [(event.fate, event.current) for event in events(store, 7001)]
    assert told == [("layout_unknown", False), ("loaded_new", True)]
    assert events(store, 7001)[-1].message == (
        f"{READ_AGAIN} 2, tibet_net/2018; was layout_unknown: no text stands together anywhere on the page"
    )
    assert [(event.fate, event.layout) for event in events(store, 7003)] == [
        ("loaded_new", "tibet_net/old"),
        ("loaded_new", "tibet_net/2018"),
    ]


def test_the_books_balance_afterwards_and_a_second_time_nothing_is_written(
    misread: ArchivedNight, store: Store, config: Config
) -> None:
    with installed(right, "2"):
        first = written(config)
        assert first["checks"] == {misread.run.run_id: "passed"}
        assert breaks(store, config) == []
        before = rows(store)
        second = written(config)
        assert second["rows_written"] == 0
        # What was written can still be read when the next comparison has nothing to tell any more.
        kept = list(ReparseFolder(ALL, config.data_root).path.glob("written-*.md"))
        assert ["## Could now be read: 2" in path.read_text() for path in kept] == [True]
        assert dry(config)["outcomes"] == {Outcome.SAME: 12}
        for name in ("dedupe", "load"):
            counts = getattr(stages, name)(misread.run, config, on_line=quiet)
        assert counts["rows_written"] == 0
        misread.through("check")
    assert rows(store) == before
    assert store.write(rebuild_aggregates) == 0


def test_the_store_is_what_it_would_be_had_it_been_read_right_at_once(
    misread: ArchivedNight, store: Store, config: Config, tmp_path: Path
) -> None:
    with installed(right, "2"):
        written(config)
        states = current(store)
        misread.through()
    assert {number: row.id for number, row in current(store).items()} == {n: row.id for n, row in states.items()}
    other = Store(f"sqlite:///{tmp_path}/other.sqlite")
    other.upgrade()
    at_once = Config(data=str(tmp_path / "other"), store=f"sqlite:///{tmp_path}/other.sqlite")
    with installed(right, "2"):
        ArchivedNight(at_once, [Shown(number) for number in range(7001, 7013)]).through()
    fields = ("record_hash", "content_id", "seen_from", "seen_to", "published_at", "paragraphs")
    expected = {n: [getattr(row, name) for name in fields] for n, row in current(other).items()}
    other.close()
    assert {n: [getattr(row, name) for name in fields] for n, row in states.items()} == expected


def test_copies_that_were_misread_become_one_story(store: Store, config: Config) -> None:
    text = [
        f"第{n}段：保护站在湖区布设观测点，记下了当天飞来的水鸟，并同往年逐一比对。{n * 17}只。" for n in range(1, 7)
    ]

    def half(page: Page, publisher: str | None) -> Parsed:
        parsed = right(page, publisher)
        if parsed.article is not None and "_7002" in page.url:
            parsed.article.paragraphs = ["网站地图、联系我们、版权所有，未经许可不得复制或者建立镜像。"]
        return parsed

    def stories() -> set[int]:
        from models.contents import Content

        ids = [row.content_id for row in current(store).values()]
        with store.reading() as connection:
            return set(connection.scalars(select(Content.story_id).where(Content.content_id.in_(ids))))

    with installed(half, "1"):
        ArchivedNight(config, [Shown(7001, text), Shown(7002, text)]).through()
    assert len(stories()) == 2
    with installed(right, "2"):
        written(config)
    assert len(stories()) == 1
    assert breaks(store, config) == []


def test_an_article_of_several_pages_is_read_whole_with_and_without_its_runs_files(
    store: Store, config: Config
) -> None:
    parts = [["第二页写候鸟的路线，管护员怎样记下每一只黑颈鹤的去向。"], ["第三页写今后的打算，要布设更多的观测点。"]]
    with installed(wrong, "1"):
        night = ArchivedNight(config, [Shown(7002, parts=parts)]).through()
    assert len(current(store)["7002"].paragraphs) == 4
    with installed(right, "2"):
        assert dry(config)["outcomes"] == {Outcome.SUBSTANTIVE: 1}
        shutil.rmtree(night.folder.path)
        counts = written(config)
    assert counts["reparsed"] == 1
    assert [text[:3] for text in current(store)["7002"].paragraphs[2:]] == ["第二页", "第三页"]
    assert breaks(store, config) == []


def test_what_only_the_listing_said_is_not_lost_with_the_runs_files(store: Store, config: Config) -> None:
    def nameless(page: Page, publisher: str | None) -> Parsed:
        parsed = right(page, publisher)
        if parsed.article is not None and "_7006" in page.url:
            # As where the listing names the source that the page does not print.
            parsed.article.source = page.listed.source if page.listed else ""
        return parsed

    with installed(wrong, "1"):
        night = ArchivedNight(config, [Shown(7001), Shown(7005, time=""), Shown(7006)]).through()
    assert current(store)["7005"].published_from == "listing"
    shutil.rmtree(night.folder.path)
    with installed(nameless, "2"):
        counts = written(config)
        outcomes = compare(ALL, config, on_line=quiet)["outcomes"]
    assert counts["new"] == 1
    assert outcomes[Outcome.UNSURE] == 1
    after = current(store)
    assert (after["7006"].source, after["7006"].ordinal) == ("高原日报", 1)
    assert f"{after['7005'].published_at:%H:%M}" == "00:15"
    assert breaks(store, config) == []


def test_an_article_that_would_be_refused_now_stays(misread: ArchivedNight, store: Store, config: Config) -> None:
    def strict(page: Page, publisher: str | None) -> Parsed:
        if "_7005" in page.url:
            return Parsed(fate=Fate.LISTING, message="a list of links")
        return right(page, publisher)

    before = current(store)["7005"]
    with installed(strict, "2"):
        counts = dry(config)
        written(config)
        assert counts["outcomes"][Outcome.NOW_REFUSED] == 1
        assert "## Would now be refused: 1" in Path(counts["report"]).read_text()
        assert write(ALL, config, on_line=quiet)["rows_written"] == 0
    assert current(store)["7005"].id == before.id
    assert [event.fate for event in events(store, 7005)] == ["loaded_new"]
    assert breaks(store, config) == []


def test_a_page_that_is_read_as_another_article_makes_no_second_one(
    misread: ArchivedNight, store: Store, config: Config
) -> None:
    def renamed(page: Page, publisher: str | None) -> Parsed:
        parsed = right(page, publisher)
        if parsed.article is not None and "_7005" in page.url:
            parsed.article.key = "another"
        return parsed

    with installed(renamed, "2"):
        counts = written(config)
        assert compare(ALL, config, on_line=quiet)["outcomes"][Outcome.OTHER_ARTICLE] == 1
    assert counts["new"] == 2
    assert len(current(store)) == 12


def test_a_refusal_with_another_reason_is_another_fate(misread: ArchivedNight, store: Store, config: Config) -> None:
    def knowing(page: Page, publisher: str | None) -> Parsed:
        if "_7001" in page.url:
            return Parsed(fate=Fate.GALLERY, message="a gallery by its frame", layout="tibet_net/photo")
        return wrong(page, publisher)

    with installed(knowing, "2"):
        counts = written(config)
        assert written(config)["rows_written"] == 0
    assert (counts["new"], counts["reparsed"], counts["checks"]) == (0, 0, {misread.run.run_id: "passed"})
    assert [event.fate for event in events(store, 7001)] == ["layout_unknown", "gallery"]
    with store.reading() as connection:
        assert connection.scalar(select(Url.fate).where(Url.url == address(7001))) == "gallery"
    assert breaks(store, config) == []


def test_a_parser_that_is_taken_back_is_another_reading_and_not_a_quarrel(
    misread: ArchivedNight, store: Store, config: Config
) -> None:
    before = current(store)["7004"]
    with installed(right, "2"):
        written(config)
    with installed(wrong, "3"):
        counts = written(config)
        assert written(config)["rows_written"] == 0
    assert counts["reparsed"] == 4
    after = current(store)["7004"]
    assert (after.ordinal, after.record_hash, after.parser_version) == (3, before.record_hash, "3")
    # What can be read by one parser and not by the next stays an article.
    assert {"7001", "7011"} <= current(store).keys()
    assert breaks(store, config) == []


def test_a_reading_without_another_parser_version_is_not_written(
    misread: ArchivedNight, store: Store, config: Config
) -> None:
    before = rows(store)
    with installed(right, "1"):
        assert dry(config)["same_version"] == 4
        with pytest.raises(ConfigurationError, match="raise PARSER_VERSION"):
            write(ALL, config, on_line=quiet)
    assert rows(store) == before


def test_a_capture_that_the_archive_lost_is_told_and_the_others_are_read(
    misread: ArchivedNight, store: Store, config: Config
) -> None:
    kept = next(Path(config.data_root.path).glob("archive/**/*.warc.gz"))
    lost = json.loads((misread.folder / RunFolder.FATES).read_text().splitlines()[1])["capture"]
    data = bytearray(kept.read_bytes())
    data[lost["offset"] + 40 : lost["offset"] + 60] = bytes(20)
    kept.write_bytes(data)
    with installed(right, "2"):
        outcome = CliRunner().invoke(
            main, ["reparse", "tibet_net", "--from", str(MONDAY), "--to", str(MONDAY + DAY), "--write"]
        )
    assert outcome.exit_code == 1, outcome.output
    assert "1 captures were not given back by the archive" in outcome.output
    assert re.search(r"^new articles +2$", outcome.output, re.MULTILINE)
    folder = ReparseFolder(ALL, config.data_root)
    assert address(7002) in (folder / ReparseFolder.REPORT).read_text()


def test_the_page_as_the_site_sent_it_comes_out_of_the_archive(
    misread: ArchivedNight, store: Store, config: Config
) -> None:
    shown = CliRunner().invoke(main, ["archived", address(7001)])
    assert shown.stdout_bytes == Shown(7001).html(MONDAY)
    assert misread.run.run_id in CliRunner().invoke(main, ["archived", "--list", address(7001)]).output
    missing = CliRunner().invoke(main, ["archived", address(7999)])
    assert (missing.exit_code, "holds no capture" in missing.output) == (2, True)
