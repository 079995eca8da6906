"""A run whose books do not balance must not pass its check: each sum is broken once."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.assurance.check import check_run, failures
from crawler.config import Config
from crawler.errors import CheckFailed
from models.store import Store
from tests.assurance.loaded import CrawledRun, run_of
from tests.assurance.test_audit import FIRST_REVISION, FIRST_URL, LAST_URL, harming, restored


@pytest.fixture
def loaded(store: Store, config: Config) -> CrawledRun:
    return CrawledRun(config, run_of()).load().check()


def broken(store: Store, run: CrawledRun) -> set[str]:
    with store.reading() as connection:
        return {answer.name for answer in failures(check_run(connection, run.folder))}


def test_a_run_that_adds_up_passes(store: Store, loaded: CrawledRun) -> None:
    assert broken(store, loaded) == set()


def test_a_run_that_was_loaded_and_is_not_in_the_store_is_a_sentence(store: Store, loaded: CrawledRun) -> None:
    with harming(store) as connection:
        connection.exec_driver_sql("DELETE FROM run")
    with store.reading() as connection, pytest.raises(CheckFailed, match="the store has no row of it"):
        check_run(connection, loaded.folder)


ROWS = {
    f"DELETE FROM url_event WHERE url_id = {LAST_URL}": {"discovered = sum of fates"},
    f"INSERT INTO url_event (run_id, url_id, attempt, current, fate, status, message, channels, layout, capture_id)"
    f" SELECT run_id, url_id, 2, current, fate, status, message, channels, layout, capture_id FROM url_event"
    f" WHERE url_id = {LAST_URL}": {"one fate per URL"},
    "DELETE FROM capture WHERE status = 404": {"captures = WARC records"},
    f"UPDATE url_event SET fate = 'gone' WHERE url_id = {FIRST_URL}": {"parsed = new + revised + unchanged"},
    f"UPDATE revision SET capture_id = 1 WHERE id = {FIRST_REVISION}": {"articles can be traced to their bytes"},
}


def test_a_row_that_was_lost_or_doubled_is_found(store: Store, loaded: CrawledRun) -> None:
    found = {}
    for statement in ROWS:
        with restored(store):
            with harming(store) as connection:
                assert connection.exec_driver_sql(statement).rowcount == 1, statement
            found[statement] = broken(store, loaded)
    assert found == ROWS


def _drop_line(run: CrawledRun, name: str, number: int) -> None:
    path = run.folder / name
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    del lines[number]
    path.write_text("".join(lines), encoding="utf-8")


FILES: dict[str, tuple[Callable[[CrawledRun], None], set[str]]] = {
    "a captured page was not parsed": (
        lambda run: _drop_line(run, RunFolder.ARTICLES, 0),
        {"captured = parsed + refused", "parsed = new + revised + unchanged"},
    ),
    "a record fell out of the index": (
        lambda run: _drop_line(run, RunFolder.INDEX, 0),
        {"captures = WARC records"},
    ),
    "the crawl counted more than it wrote down": (
        lambda run: _drop_line(run, RunFolder.FATES, 4),
        {"discovered = sum of fates"},
    ),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_line_that_was_lost_is_found(store: Store, loaded: CrawledRun, fault: str) -> None:
    harm, expected = FILES[fault]
    harm(loaded)
    assert broken(store, loaded) == expected


def test_the_task_fails_and_the_answer_is_a_row(store: Store, config: Config, loaded: CrawledRun) -> None:
    with harming(store) as connection:
        connection.exec_driver_sql(f"DELETE FROM url_event WHERE url_id = {LAST_URL}")
    with pytest.raises(CheckFailed, match="discovered = sum of fates: 4 stored fates, expected 5 discovered"):
        stages.check(loaded.run, config, on_line=lambda line: None)
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT level, observed FROM check_result WHERE name = 'discovered = sum of fates'"
        ).all()
    assert [tuple(row) for row in rows] == [("sum", "4 stored fates")]
    summary = json.loads((loaded.folder / RunFolder.SUMMARY).read_text())
    assert len(summary["check"]["failures"]) == 1


def test_a_second_check_of_a_run_writes_no_row(store: Store, config: Config, loaded: CrawledRun) -> None:
    with store.engine.connect() as connection:
        before = connection.exec_driver_sql("SELECT * FROM check_result ORDER BY name").all()
    loaded.check()
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM check_result ORDER BY name").all() == before
