"""A store or an archive that lost something is told of it: each fault by its own question, and by no other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, delete, insert, select, text

from crawler.artefacts import RunFolder
from crawler.assurance.audit import Audit, audit
from crawler.assurance.unloaded import way_to_load
from crawler.cli import main
from crawler.config import Config
from crawler.fetch.segments import archive_name
from crawler.fetch.warc_read import members
from models.base import Base
from models.store import Store
from tests.assurance.loaded import BODY, MONDAY, CrawledRun, address, run_of

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def loaded(store: Store, config: Config) -> CrawledRun:
    """Two runs in the store; the first is the one that is harmed."""
    first = CrawledRun(config, run_of()).load().check()
    CrawledRun(config, run_of(TUESDAY)).load().check()
    return first


def look(store: Store, config: Config, **options: bool | str) -> Audit:
    with store.reading() as connection:
        return audit(connection, config.data_root, **options)  # type: ignore[arg-type]


def broken(found: Audit) -> dict[str, int]:
    return {question.name: len(question.breaks) for question in found.questions if question.breaks}


@contextmanager
def harming(store: Store) -> Iterator[Connection]:
    """A transaction without foreign keys, as a damaged database or a hand would write it."""
    with store.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")
        else:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN")
        yield connection
        connection.commit()
        connection.invalidate()


def warc(config: Config, run: CrawledRun) -> Path:
    """The archived file of a run, no longer sharing its bytes with the run folder."""
    path = Path((config.data_root / archive_name(run.run, 0)).path)
    copy = path.with_suffix(".copy")
    shutil.copyfile(path, copy)
    copy.replace(path)
    return path


def test_an_undisturbed_store_has_no_breaks(store: Store, config: Config, loaded: CrawledRun) -> None:
    found = look(store, config)
    assert (broken(found), found.notes) == ({}, [])
    asked = {question.name: question.looked for question in found.questions}
    assert asked == {
        "discovered = sum of fates": 2,
        "stored fates are those of the crawl": 10,
        "one current fate per URL and run": 10,
        "parsed + refused = article captures": 10,
        "new + revised + unchanged = parsed": 8,
        "each article has one current revision": 8,
        "revisions are numbered without a hole": 8,
        "each revision has its article and its capture": 8,
        "each revision has its content": 8,
        "a URL's fate is that of its last run": 10,
        COUNTS: 10,
        "no replacement character in any text": 24,
        "each capture's file is there": 2,
        "each capture reads back from its bytes": 12,
        "captures = WARC records": 12,
        "each archive file is loaded": 2,
    }
    assert found.warc_bytes > 0


FIRST_URL = f"(SELECT id FROM url WHERE url = '{address(MONDAY, 100)}')"
FIRST_ARTICLE = f"(SELECT id FROM article WHERE url = '{address(MONDAY, 100)}')"
FIRST_REVISION = f"(SELECT id FROM revision WHERE url = '{address(MONDAY, 100)}')"
LISTING = "https://www.tibet.cn/cn/news/yc/"
TUESDAYS_RUN = run_of(TUESDAY).run_id
LAST_URL = f"(SELECT id FROM url WHERE url = '{address(MONDAY, 104)}')"
COPY = "run_id, url_id, 2, current, fate, status, message, channels, layout, capture_id"

COUNTS = "stored counts are those of the rows"

ROWS = {
    "a count is another": (f"UPDATE run_yield SET texts = texts + 1 WHERE run_id = '{TUESDAYS_RUN}'", {COUNTS}),
    "a fate is dropped": (
        f"DELETE FROM url_event WHERE url_id = {FIRST_URL}",
        {"discovered = sum of fates", "new + revised + unchanged = parsed"},
    ),
    "a fate of a page that is gone is dropped": (
        f"DELETE FROM url_event WHERE url_id = {LAST_URL}",
        {"discovered = sum of fates"},
    ),
    "a fate is doubled": (
        f"INSERT INTO url_event (run_id, url_id, attempt, current, fate, status, message, channels, layout, capture_id)"
        f" SELECT {COPY} FROM url_event WHERE url_id = {FIRST_URL}",
        {"one current fate per URL and run"},
    ),
    "no fate is current": (
        f"UPDATE url_event SET current = {{false}} WHERE url_id = {LAST_URL}",
        {"discovered = sum of fates", "one current fate per URL and run", "a URL's fate is that of its last run"},
    ),
    "a fate was changed": (
        f"UPDATE url_event SET fate = 'soft_404' WHERE fate = 'gone' AND run_id = '{TUESDAYS_RUN}';"
        f"UPDATE url SET fate = 'soft_404' WHERE fate = 'gone' AND last_run_id = '{TUESDAYS_RUN}'",
        {"stored fates are those of the crawl"},
    ),
    "a URL's latest fate was not brought up to date": (
        f"UPDATE url SET fate = 'timeout' WHERE id = {FIRST_URL}",
        {"a URL's fate is that of its last run"},
    ),
    "a listing's capture row is dropped": (
        f"DELETE FROM capture WHERE url = '{LISTING}' AND run_id = '{TUESDAYS_RUN}'",
        {"captures = WARC records"},
    ),
    "a capture row lies in the wrong place": (
        f"UPDATE capture SET length = length - 1 WHERE url = '{LISTING}' AND run_id = '{TUESDAYS_RUN}'",
        {"each capture reads back from its bytes"},
    ),
    "a capture row has another digest": (
        f"UPDATE capture SET sha256 = '00' WHERE url = '{LISTING}' AND run_id = '{TUESDAYS_RUN}'",
        {"each capture reads back from its bytes"},
    ),
    "a capture row names another address": (
        f"UPDATE capture SET url = url || 'x' WHERE url = '{LISTING}' AND run_id = '{TUESDAYS_RUN}'",
        {"each capture reads back from its bytes"},
    ),
    "a capture row has another status": (
        f"UPDATE capture SET status = 500 WHERE url = '{LISTING}' AND run_id = '{TUESDAYS_RUN}'",
        {"each capture reads back from its bytes"},
    ),
    "a refused page lost its capture": (
        f"UPDATE url_event SET capture_id = 1 WHERE fate = 'gone' AND run_id = '{TUESDAYS_RUN}'",
        {"parsed + refused = article captures", "stored fates are those of the crawl"},
    ),
    "a revision was not written": (
        f"DELETE FROM revision WHERE id = {FIRST_REVISION};DELETE FROM article WHERE url = '{address(MONDAY, 100)}'",
        {"new + revised + unchanged = parsed"},
    ),
    "a revision came from nowhere": (
        f"UPDATE revision SET run_id = '{TUESDAYS_RUN}' WHERE id = {FIRST_REVISION}",
        {"new + revised + unchanged = parsed"},
    ),
    "a revision is an orphan": (
        f"DELETE FROM article WHERE id = {FIRST_ARTICLE}",
        {"each revision has its article and its capture"},
    ),
    "an article's current revision is another one's": (
        f"UPDATE article SET current_revision_id = (SELECT min(id) FROM revision WHERE id <> current_revision_id)"
        f" WHERE id = {FIRST_ARTICLE}",
        {"each article has one current revision"},
    ),
    "a revision is missing in the middle": (
        f"UPDATE revision SET ordinal = 2 WHERE id = {FIRST_REVISION}",
        {"revisions are numbered without a hole"},
    ),
    "a content is missing": (
        f"DELETE FROM content WHERE content_id = (SELECT content_id FROM revision WHERE id = {FIRST_REVISION})",
        {"each revision has its content"},
    ),
    "a character of a title was lost": (
        f"UPDATE article SET title = title || '\ufffd' WHERE id = {FIRST_ARTICLE}",
        {"no replacement character in any text"},
    ),
    "a character of a body was lost": (
        f"UPDATE revision SET paragraphs = '[\"\\ufffd\"]' WHERE id = {FIRST_REVISION}",
        {"no replacement character in any text"},
    ),
    "a character of an author's name was lost": (
        f"UPDATE revision SET authors = '[\"\ufffd\"]' WHERE id = {FIRST_REVISION}",
        {"no replacement character in any text"},
    ),
}


@contextmanager
def restored(store: Store) -> Iterator[None]:
    """Puts every row back as it was."""
    tables = Base.metadata.sorted_tables
    with store.engine.connect() as connection:
        before = [(table, [dict(row._mapping) for row in connection.execute(select(table))]) for table in tables]
    yield
    with harming(store) as connection:
        for table, rows in before:
            connection.execute(delete(table))
            if rows:
                connection.execute(insert(table), rows)


def test_harm_to_the_rows_is_found(store: Store, config: Config, loaded: CrawledRun) -> None:
    found = {}
    for fault, (statements, expected) in ROWS.items():
        with restored(store):
            with harming(store) as connection:
                for statement in statements.split(";"):
                    false = "false" if connection.dialect.name == "postgresql" else "0"
                    assert connection.exec_driver_sql(statement.replace("{false}", false)).rowcount == 1, fault
            result = look(store, config)
            # The stored counts follow from nearly every row; what is asked here is what else tells.
            found[fault] = set(broken(result)) - ({COUNTS} - expected)
            assert result.notes == [], fault
    assert found == {fault: questions for fault, (_, questions) in ROWS.items()}
    assert broken(look(store, config)) == {}


def _drop_last_record(path: Path) -> None:
    with path.open("rb") as file:
        borders = list(members(file))
    data = path.read_bytes()
    # The last two are the response and the request of the last page.
    path.write_bytes(data[: borders[-2][0]])


def _flip_a_byte(path: Path) -> None:
    with path.open("rb") as file:
        offset, length = list(members(file))[3]
    data = bytearray(path.read_bytes())
    data[offset + length // 2] ^= 0xFF
    path.write_bytes(data)


def _flip_a_byte_of_a_request(path: Path) -> None:
    with path.open("rb") as file:
        offset, length = list(members(file))[4]
    data = bytearray(path.read_bytes())
    data[offset + length // 2] ^= 0xFF
    path.write_bytes(data)


def _cut_the_tail(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def _add_a_record(path: Path) -> None:
    with path.open("rb") as file:
        offset, length = list(members(file))[1]
    data = path.read_bytes()
    path.write_bytes(data + data[offset : offset + length])


FILES: dict[str, tuple[Callable[[Path], None], dict[str, int]]] = {
    "the last record is gone": (_drop_last_record, {"each capture reads back from its bytes": 1}),
    "a byte of a response is another": (_flip_a_byte, {"each capture reads back from its bytes": 1}),
    "a byte of a request is another": (_flip_a_byte_of_a_request, {"each capture reads back from its bytes": 1}),
    "the tail is cut off": (_cut_the_tail, {"each capture reads back from its bytes": 1}),
    "a record has no row": (_add_a_record, {"captures = WARC records": 1}),
    "the file is missing": (Path.unlink, {"each capture's file is there": 1}),
}


def test_harm_to_the_archive_is_found(store: Store, config: Config, loaded: CrawledRun) -> None:
    path = warc(config, loaded)
    whole, found = path.read_bytes(), {}
    for fault, (harm, _) in FILES.items():
        harm(path)
        found[fault] = broken(look(store, config))
        path.write_bytes(whole)
    assert found == {fault: expected for fault, (_, expected) in FILES.items()}
    assert broken(look(store, config)) == {}


def test_a_file_that_lost_its_end_is_found_without_reading_it(store: Store, config: Config, loaded: CrawledRun) -> None:
    _drop_last_record(warc(config, loaded))
    assert broken(look(store, config, quick=True)) == {"each capture lies inside its file, which was not read": 1}


def test_an_archive_file_that_nobody_loaded_is_a_break_once_its_run_folder_is_gone(
    store: Store, config: Config, loaded: CrawledRun
) -> None:
    waiting = CrawledRun(config, run_of(MONDAY + timedelta(days=2)))
    found = look(store, config)
    assert broken(found) == {}
    assert any(archive_name(waiting.run, 0) in note and "dibao dedupe" in note for note in found.notes)
    shutil.rmtree(waiting.folder.path.path)
    assert broken(look(store, config)) == {"each archive file is loaded": 1}


def test_a_run_that_is_crawled_again_and_not_loaded_yet_is_no_break(
    store: Store, config: Config, loaded: CrawledRun
) -> None:
    """The second attempt has a segment of its own; the first one's rows are all there."""
    loaded.crawl(articles=5, gone=1)
    found = look(store, config)
    assert broken(found) == {}
    assert len(found.notes) == 2
    loaded.load().check()
    found = look(store, config)
    assert (broken(found), found.notes) == ({}, [])


def test_a_whole_archive_file_that_lost_its_rows_is_found(store: Store, config: Config, loaded: CrawledRun) -> None:
    loaded.crawl(articles=5, gone=1)
    loaded.load().check()
    second = archive_name(loaded.run, 1)
    with harming(store) as connection:
        connection.execute(text("DELETE FROM capture WHERE file = :file"), {"file": second})
    found = look(store, config)
    (question,) = [question for question in found.questions if question.name == "each archive file is loaded"]
    assert (question.breaks, found.notes) == ([f"no capture row names {second}: {way_to_load(second)}"], [])


def test_a_crawl_that_was_killed_after_it_had_sealed_is_no_break(
    store: Store, config: Config, loaded: CrawledRun
) -> None:
    summary = (loaded.folder / RunFolder.SUMMARY).read_bytes()
    loaded.crawl(articles=5, gone=1)
    loaded.folder.write_bytes(RunFolder.SUMMARY, summary)
    found = look(store, config)
    assert broken(found) == {}
    assert any("cut short" in note for note in found.notes)


def test_a_lost_fate_is_found_after_the_run_folder_was_deleted(
    store: Store, config: Config, loaded: CrawledRun
) -> None:
    shutil.rmtree(loaded.folder.path.path)
    assert broken(look(store, config)) == {}
    with harming(store) as connection:
        connection.execute(
            text("DELETE FROM url_event WHERE url_id = (SELECT id FROM url WHERE url = :url)"),
            {"url": address(MONDAY, 104)},
        )
    # The counts that load keeps are a second witness.
    assert broken(look(store, config)) == {"discovered = sum of fates": 1, COUNTS: 1}


def test_one_publisher_is_audited_alone(store: Store, config: Config, loaded: CrawledRun) -> None:
    warc(config, loaded).unlink()
    assert broken(look(store, config, publisher="sichuan_gov")) == {}
    assert broken(look(store, config, publisher="tibet_net")) == {"each capture's file is there": 1}


def test_the_command_names_each_break_and_ends_with_3(config: Config, loaded: CrawledRun) -> None:
    clean = CliRunner().invoke(main, ["audit"])
    assert (clean.exit_code, clean.output.count("audit: breaks=0")) == (0, 1)
    path = warc(config, loaded)
    path.unlink()
    harmed = CliRunner().invoke(main, ["audit", "--publisher", "tibet_net"])
    assert harmed.exit_code == 3
    assert f"{archive_name(loaded.run, 0)} is missing" in harmed.output
    assert "restore the archive file" in harmed.output
    assert CliRunner().invoke(main, ["audit", "--publisher", "nobody"]).exit_code == 2


def test_a_url_that_only_an_earlier_attempt_met_keeps_its_fate_and_is_no_break(
    store: Store, config: Config, loaded: CrawledRun
) -> None:
    """Lists move on between two attempts of a run; what fell out of them was discovered all the same."""
    loaded.crawl(articles=3, gone=0)
    loaded.load().check()
    assert broken(look(store, config)) == {}
    with harming(store) as connection:
        connection.exec_driver_sql(f"DELETE FROM url_event WHERE url_id = {LAST_URL}")
    # The counts that load keeps are a second witness.
    assert broken(look(store, config)) == {"discovered = sum of fates": 1, COUNTS: 1}


def test_imported_pages_are_audited_like_all_others(store: Store, config: Config, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<html><head><title>羌塘牧民转场</title></head><body><h1>羌塘牧民转场</h1><div class='content'>"
        + "".join(f"<p>{text}</p>" for text in BODY)
        + "</div></body></html>",
        encoding="utf-8",
    )
    done = CliRunner().invoke(main, ["import", str(page), "--url", address(MONDAY, 100)])
    assert done.exit_code == 0, done.output
    found = look(store, config)
    assert (broken(found), found.notes) == ({}, [])
    assert next(q.looked for q in found.questions if q.name == "captures = WARC records") == 1
    assert CliRunner().invoke(main, ["audit", "-p", "imported"]).exit_code == 0


def test_a_crawl_that_never_ended_is_told_of(store: Store, config: Config, loaded: CrawledRun) -> None:
    RunFolder(run_of(MONDAY - timedelta(days=1)), config.data_root).create()
    found = look(store, config)
    assert broken(found) == {}
    assert [note for note in found.notes if "dibao crawl" in note] == found.notes != []
