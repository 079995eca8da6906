"""The commands of docs/production.md, "Backup and restore": what they bring back is the corpus that was there."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from crawler.config import Config, load_config
from tests.assurance.loaded import MONDAY, CrawledRun, run_of
from tests.command import dibao
from tests.postgres import postgres_binaries


def ran(command: Sequence[str | Path]) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def named() -> dict[str, Any]:
    done = dibao("cite", "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.output)
    return found


def two_nights(config: Config) -> None:
    for day in (MONDAY, MONDAY + timedelta(days=1)):
        CrawledRun(config, run_of(day)).load().check()
    assert dibao("db", "upgrade").exit_code == 0


def restored(monkeypatch: pytest.MonkeyPatch, data: Path, store: str | None) -> Config:
    """The settings of the machine that the backup was brought to."""
    monkeypatch.setenv("DIBAO_DATA", str(data))
    if store is None:
        monkeypatch.delenv("DIBAO_STORE", raising=False)
    else:
        monkeypatch.setenv("DIBAO_STORE", store)
    return load_config(fresh=True)


def test_a_copy_of_a_sqlite_store_and_its_archive_is_the_same_corpus_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config(fresh=True)
    assert dibao("db", "upgrade").exit_code == 0
    two_nights(config)
    before = named()
    backup = tmp_path / "backup"
    backup.mkdir()
    with closing(sqlite3.connect(Path(config.data_root.path) / "dibao.sqlite")) as database:
        database.execute("VACUUM INTO ?", (f"{backup}/dibao.sqlite",))
    CrawledRun(config, run_of(MONDAY + timedelta(days=2)))
    shutil.copytree(f"{config.data_root.path}/archive", backup / "archive")
    shutil.copy(f"{config.data_root.path}/store.id", backup)
    shutil.rmtree(config.data_root.path)

    restored(monkeypatch, backup, None)
    assert dibao("db", "upgrade").exit_code == 0
    assert named() == before
    # The archive was copied after the store: a night more, and nothing less.
    assert dibao("audit").exit_code == 3
    assert "holds 1 run that the store does not know" in dibao("status").output


@pytest.mark.postgres
def test_a_dump_of_a_postgresql_store_comes_back_with_its_roles(
    postgres_url: str, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = postgres_binaries()
    assert tools is not None
    url = make_url(empty_database)

    def at(role: str | None, database: str | None) -> str:
        made = url.set(username=role or url.username, database=database)
        return made.render_as_string(hide_password=False).replace("+psycopg", "")

    roles = ("backup_owner", "backup_night")
    with psycopg.connect(at(None, url.database), autocommit=True) as server:
        for role in roles:
            server.execute(f'CREATE ROLE "{role}" LOGIN')
        server.execute("CREATE DATABASE backup_first OWNER backup_owner")
        server.execute("CREATE DATABASE backup_second OWNER backup_owner")
    try:
        data = tmp_path / "data"
        data.mkdir()
        restored(monkeypatch, data, at("backup_owner", "backup_first"))
        assert dibao("db", "upgrade").exit_code == 0
        grants = dibao("db", "grants", "backup_night").output
        (tmp_path / "grants.sql").write_text(grants)
        ran(
            [
                tools / "psql",
                "--set",
                "ON_ERROR_STOP=1",
                "-f",
                tmp_path / "grants.sql",
                at("backup_owner", "backup_first"),
            ]
        )
        two_nights(restored(monkeypatch, data, at("backup_night", "backup_first")))
        before = named()
        ran([tools / "pg_dump", "-Fc", "-f", tmp_path / "dibao.dump", at("backup_owner", "backup_first")])

        ran([
            tools / "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
            "-d", at("backup_owner", "backup_second"), tmp_path / "dibao.dump",
        ])  # fmt: skip
        ran(
            [
                tools / "psql",
                "--set",
                "ON_ERROR_STOP=1",
                "-f",
                tmp_path / "grants.sql",
                at("backup_owner", "backup_second"),
            ]
        )
        config = restored(monkeypatch, data, at("backup_night", "backup_second"))
        assert dibao("db", "upgrade").exit_code == 0
        assert named() == before
        assert dibao("audit").exit_code == 0
        # Nights go on in the restored one.
        CrawledRun(config, run_of(MONDAY + timedelta(days=2))).load().check()
        assert named() != before
    finally:
        load_config(fresh=True)
        with psycopg.connect(at(None, url.database), autocommit=True) as server:
            for database in ("backup_first", "backup_second"):
                server.execute(f"DROP DATABASE {database} WITH (FORCE)")
            for role in roles:
                server.execute(f'DROP ROLE "{role}"')


def test_two_corpora_become_one_by_no_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two installations that crawled the same days have other bytes under the same names."""
    config = load_config(fresh=True)
    assert dibao("db", "upgrade").exit_code == 0
    two_nights(config)
    other = tmp_path / "other"
    shutil.copytree(f"{config.data_root.path}/archive", other / "archive")
    restored(monkeypatch, other, f"sqlite:///{config.data_root.path}/dibao.sqlite")
    assert dibao("db", "adopt").exit_code == 0
    (other / "store.id").write_text("another store\n")
    assert "! the data root" in dibao("status").output
    file = max((other / "archive").rglob("*.warc.gz"))
    file.write_bytes(b"another installation's file of this name")
    done = dibao("db", "adopt")
    assert done.exit_code == 2
    assert "two corpora" in done.output
    assert (other / "store.id").read_text() == "another store\n"
