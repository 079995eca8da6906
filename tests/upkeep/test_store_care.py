"""The database is proven whole, kept quick and small, and a night's load goes first."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from models import maintenance
from models.grants import Role, grants
from models.maintenance import Care, care_for
from models.store import Store

ROWS = 20_000


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/store.sqlite")
    store.upgrade()
    yield store
    store.close()


def path_of(store: Store) -> Path:
    return Path(str(store.url.database))


def look(store: Store, *, dry_run: bool = False, quiet: bool = True) -> dict[str, Care]:
    return {care.what: care for care in care_for(store, dry_run=dry_run, quiet=quiet)}


def fill(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO publisher (key, name, home) WITH RECURSIVE n(i) AS "
                "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) SELECT 'p' || i, 'name', 'home' FROM n"
            ),
            {"rows": ROWS},
        )


def empty(store: Store) -> None:
    fill(store)
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM publisher"))


def test_a_store_in_good_order_needs_nobody_and_says_the_same_again(store: Store) -> None:
    first, second = look(store), look(store)
    assert not [care for care in first.values() if care.problem]
    assert first.keys() == second.keys()


def test_a_damaged_sqlite_file_is_not_passed_over(sqlite: Store) -> None:
    fill(sqlite)
    look(sqlite)
    sqlite.close()
    path = path_of(sqlite)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 8192)
    problems = [care for care in look(sqlite).values() if care.problem]
    assert problems
    assert "restore it from its backup" in problems[0].said


def test_rows_that_lead_nowhere_are_a_problem(sqlite: Store) -> None:
    with sqlite.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("INSERT INTO run_fate VALUES ('of no run', 'gone', 1, 1)")
        connection.invalidate()
    assert look(sqlite)["foreign keys"].problem


def test_empty_pages_are_given_back_where_that_is_worth_it(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    empty(sqlite)
    assert "not worth" in look(sqlite)["space"].said
    monkeypatch.setattr(maintenance, "_WORTH_BYTES", 0)
    size = path_of(sqlite).stat().st_size
    assert "no VACUUM while a run is at work" in look(sqlite, quiet=False)["space"].said
    look(sqlite, dry_run=True)
    assert path_of(sqlite).stat().st_size == size
    assert "smaller (VACUUM)" in look(sqlite)["space"].said
    assert path_of(sqlite).stat().st_size < size / 2
    assert "not worth" in look(sqlite)["space"].said


def test_no_vacuum_fills_the_disk(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    empty(sqlite)
    look(sqlite)
    monkeypatch.setattr(maintenance, "_WORTH_BYTES", 0)
    size = path_of(sqlite).stat().st_size
    usage = type("Usage", (), {"free": 2 * size})
    monkeypatch.setattr(maintenance.shutil, "disk_usage", lambda path: usage)
    assert "of disk" in look(sqlite)["space"].said
    assert path_of(sqlite).stat().st_size == size


def test_a_load_that_is_at_work_goes_first_and_is_not_broken(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    empty(sqlite)
    monkeypatch.setattr(maintenance, "_WAIT_MS", 20)
    monkeypatch.setattr(maintenance, "_WORTH_BYTES", 0)
    with sqlite3.connect(path_of(sqlite), isolation_level=None) as load:
        load.execute("BEGIN IMMEDIATE")
        load.execute("INSERT INTO publisher VALUES ('a', 'b', 'c')")
        found = look(sqlite)
        load.execute("COMMIT")
    assert not [care for care in found.values() if care.problem]
    assert "another process" in found["statistics"].said
    assert "another process" in found["space"].said
    with sqlite.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM publisher")).scalar_one() == 1


@pytest.fixture
def postgresql(empty_database: str) -> Iterator[Store]:
    store = Store(empty_database)
    store.upgrade()
    fill(store)
    # What changed is told to the statistics at the latest when its session ends, which the server takes its time over.
    store.engine.dispose()
    told = text("SELECT n_mod_since_analyze FROM pg_stat_user_tables WHERE relname = 'publisher'")
    for _ in range(600):
        with store.engine.connect() as connection:
            if connection.execute(told).scalar_one():
                break
        store.engine.dispose()
        time.sleep(0.1)
    yield store
    store.close()


def test_statistics_that_nobody_took_are_taken(postgresql: Store) -> None:
    assert "ANALYZE" in look(postgresql, dry_run=True)["publisher"].said
    with postgresql.engine.connect() as connection:
        analyzed = text("SELECT count(*) FROM pg_stats WHERE tablename = 'publisher'")
        assert connection.execute(analyzed).scalar_one() == 0
        connection.rollback()
        assert "ANALYZE" in look(postgresql)["publisher"].said
        assert connection.execute(analyzed).scalar_one() == 3


def test_what_only_the_owner_may_do_is_said_with_its_command(postgresql: Store, empty_database: str) -> None:
    role = "upkeep_nightly"
    server = create_engine(empty_database, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        try:
            connection.exec_driver_sql(grants(role, Role.NIGHTLY).replace("%", "%%"))
            nightly = Store(make_url(empty_database).set(username=role).render_as_string(hide_password=False))
            found = look(nightly)
            nightly.close()
            assert not [care for care in found.values() if care.problem]
            assert "only its owner" in found["publisher"].said
            assert "ANALYZE" in found["publisher"].said
        finally:
            connection.execute(text(f"DROP OWNED BY {role}"))
            connection.execute(text(f"DROP ROLE {role}"))
    server.dispose()


def test_a_writer_lock_that_nobody_gives_back_is_named(postgresql: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_LONG_HELD", "0 seconds")
    with postgresql.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        found = look(postgresql)["writer lock"]
    assert found.problem
    assert f"pg_terminate_backend({pid})" in found.said
