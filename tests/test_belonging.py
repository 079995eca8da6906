"""Two data roots on one store, or two stores on one data root, would damage each other for good."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crawler import stages
from crawler.belonging import MARK, claim, refuse_new_store, require_files, require_writable
from crawler.config import Config
from crawler.errors import ArtefactError, ConfigurationError, StoreError
from models.grants import INSERTED
from models.store import Store
from tests.assurance.loaded import CrawledRun, run_of
from tests.command import dibao


@pytest.fixture
def night(config: Config) -> CrawledRun:
    """One night that is loaded, in a data root that knows its store."""
    loaded = CrawledRun(config, run_of())
    loaded.load()
    return loaded


def _elsewhere(config: Config, path: Path) -> Config:
    return config.model_copy(update={"data": str(path)})


def _root(config: Config) -> Path:
    return Path(config.data_root.path)


def test_the_first_night_marks_the_data_root_and_the_next_finds_it_so(night: CrawledRun, store: Store) -> None:
    mark = _root(night.config) / MARK
    before = mark.read_text()
    claim(store, night.config, begins=True)
    assert mark.read_text() == before
    assert [path.name for path in _root(night.config).glob(".store.id*")] == []


def test_another_data_root_is_refused_before_a_site_is_asked(night: CrawledRun, store: Store, tmp_path: Path) -> None:
    """Rows of two different files under one name: `check` and `audit` would be red for ever, in both installations."""
    other = _elsewhere(night.config, tmp_path / "second")
    with pytest.raises(ConfigurationError, match=r"bytes are not under .*second.*Set DIBAO_DATA"):
        stages.crawl(run_of(), other)
    assert not (tmp_path / "second" / MARK).exists()


def test_a_store_that_was_forgotten_in_the_settings_begins_no_second_corpus(night: CrawledRun, tmp_path: Path) -> None:
    """`make up` from a shell or a unit without DIBAO_STORE: an empty SQLite store beside a full archive."""
    default = night.config.model_copy(update={"store": type(night.config.store)(f"sqlite:///{tmp_path}/new.sqlite")})
    with stages.open_store(default) as new:
        with pytest.raises(ConfigurationError, match="is this the store of before"):
            refuse_new_store(new, default)
        assert not (tmp_path / "new.sqlite").exists()
        new.upgrade()
        with pytest.raises(ConfigurationError, match="belongs to another store"):
            claim(new, default, begins=True)
    (_root(night.config) / MARK).unlink()
    with (
        stages.open_store(default) as new,
        pytest.raises(ConfigurationError, match=r"archive under .* is full and the store .* is empty"),
    ):
        claim(new, default, begins=True)


def test_a_new_store_takes_the_archive_over_where_a_person_says_so(
    night: CrawledRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is lost, the archive is there: without a way to say so nobody could fill a new one from it."""
    monkeypatch.setenv("DIBAO_DATA", night.config.data)
    monkeypatch.setenv("DIBAO_STORE", f"sqlite:///{tmp_path}/new.sqlite")
    assert dibao("db", "upgrade").exit_code == 0
    assert "belongs to the store" in dibao("db", "adopt").output
    new = night.config.model_copy(update={"store": type(night.config.store)(f"sqlite:///{tmp_path}/new.sqlite")})
    with stages.open_store(new) as store:
        claim(store, new, begins=True)


def test_what_a_restored_store_lacks_is_said_by_status(
    night: CrawledRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It said that the store is empty and a crawl of the live site fills it, beside a full archive."""
    monkeypatch.setenv("DIBAO_DATA", night.config.data)
    assert "does not know" not in dibao("status").output
    monkeypatch.setenv("DIBAO_STORE", f"sqlite:///{tmp_path}/new.sqlite")
    assert dibao("db", "upgrade").exit_code == 0
    shutil.rmtree(_root(night.config) / "runs")
    said = " ".join(dibao("status").output.split())
    assert "belongs to another store" in said
    assert dibao("db", "adopt").exit_code == 0
    said = " ".join(dibao("status").output.split())
    assert "! the archive holds 1 run that the store does not know (tibet_net/2026-06-08_2026-06-09)" in said
    assert "`dibao rebuild` loads it and asks no site" in said
    assert "the store is empty" not in said


def test_a_night_whose_archive_is_lost_is_not_crawled_over_its_backups_name(night: CrawledRun, store: Store) -> None:
    """The file of the backup could never be put back: others' bytes would lie under its name."""
    require_files(store, night.folder)
    shutil.rmtree(_root(night.config) / "archive")
    require_files(store, night.folder)  # the run's folder has them still
    shutil.rmtree(_root(night.config) / "runs")
    with pytest.raises(ArtefactError, match="Restore it from the backup"):
        stages.crawl(night.run, night.config)


def test_a_data_root_that_cannot_be_written_is_found_before_the_night(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArtefactError, match=r"cannot be written .*check its owner"):
        require_writable(Config(data=str(tmp_path / "file" / "data")))


def test_a_store_that_this_user_may_only_read_is_refused_before_a_site_is_asked(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole night was crawled and parsed, and `load` refused."""
    with stages.open_store(config) as store:
        store.require_writing(INSERTED)
        if store.url.get_backend_name() == "postgresql":
            return  # tests/security/test_grants.py has the roles
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(StoreError, match="cannot be written: This user may not write"):
        stages.crawl(run_of(), config)
