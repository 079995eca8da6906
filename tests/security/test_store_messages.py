"""What the store's failures say, and what they must not."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import insert, make_url
from sqlalchemy.exc import DBAPIError

from crawler.config import Config
from crawler.errors import StoreError
from crawler.stages import open_store
from models.refusals import way_out
from models.runs import Publisher
from models.store import Store, Unreachable

_SECRET = "kanarie4714"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://dibao:p@{_SECRET}@127.0.0.1:1/dibao",
        f"postgresql+psycopg://dibao:p/{_SECRET}@127.0.0.1:1/dibao",
        f"postgresql+psycopg://dibao:p?{_SECRET}@127.0.0.1:1/dibao",
        f"postgresql+psycopg://dibao:p#{_SECRET}@127.0.0.1:1/dibao",
        f"postgresql+psycopg://dibao@127.0.0.1:{_SECRET}/dibao",
        f"postgresql+psycopg://dibao:p@x/{_SECRET}:w#1%@127.0.0.1:1/dibao",
        f"postgresql+psycopg://dibao:p@{_SECRET}/w@127.0.0.1:1/dibao",
        f"postgresql+psycopg://dibao:p@{_SECRET}?w@127.0.0.1:1/dibao",
        f"postgresql+psycopg://dibao:p@x/y?{_SECRET}%40127.0.0.1:1/dibao",
        f"postgresql+psycopg://dibao:p@{_SECRET}/w%40127.0.0.1:1/dibao",
        f"postgresql+psycopg://dibao:p@{_SECRET}%40127.0.0.1/dibao",
        f"postgresql+psycopg://di/bao:{_SECRET}@127.0.0.1:1/dibao",
        f"postgresql+nothing://dibao:{_SECRET}@127.0.0.1:1/dibao",
        f"mysql://dibao:{_SECRET}@127.0.0.1:1/dibao",
        _SECRET,
    ],
)
def test_a_password_that_was_not_escaped_is_in_no_message_and_no_trace(url: str) -> None:
    """A driver takes the rest of it for a host or a port, and quotes that."""
    with pytest.raises(Unreachable) as failure, Store(url).reading():
        pass
    told = "".join(traceback.format_exception(failure.value))
    # The lines of this file that a trace shows are not what the store said.
    assert _SECRET not in told
    assert "DIBAO_STORE" in told or "not supported" in told or "driver" in told


@given(st.text(st.sampled_from("aZ1@/:?#%&=[]+ ."), max_size=12))
@example("N@cht/p:w#1%")
def test_no_piece_of_a_password_is_named_or_looked_up(noise: str) -> None:
    """Whoever reads the log, the mail or the name server's queries would have most of it."""
    try:
        store = Store(f"postgresql+psycopg://dibao:{noise}{_SECRET}{noise}@127.0.0.1:1/dibao")
    except Unreachable as error:
        told = str(error)
    else:
        assert (store.url.host, store.url.port, store.url.database) == ("127.0.0.1", 1, "dibao")
        told = str(store)
    assert _SECRET not in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://dibao:a%40b%2Fc@db-1.example.org:5432/dibao?sslmode=verify-full&sslrootcert=/etc/ca.crt",
        "postgresql+psycopg://dibao:a/b#c@127.0.0.1/dibao",
        "postgresql+psycopg://me%40server:pw@[::1]:5432/dibao",
        "postgresql+psycopg:///dibao?host=/var/run/postgresql&user=me%40server",
        "sqlite:////srv/a@b/dibao.sqlite",
    ],
)
def test_a_url_that_can_be_read_in_one_way_is_taken(url: str) -> None:
    assert str(Store(url)).startswith(url[:10])


def test_a_role_without_a_right_is_told_who_gives_it_and_not_to_try_again() -> None:
    """A stage that is run again would end the same for ever."""
    for words, advice in (
        ("permission denied for table publisher", "dibao db grants dibao_night | psql"),
        ("must be owner of table url_event", "with the owner in DIBAO_STORE"),
    ):
        said = way_out(
            DBAPIError("", {}, _Refusal(words, sqlstate="42501")), make_url("postgresql://dibao_night@h/dibao")
        )
        assert advice in said
        assert "again" not in said.replace("again (docs", "")


@pytest.mark.parametrize("barred", ["", "-shm"])
def test_a_file_of_sqlite_that_cannot_be_written_is_named(tmp_path: Path, barred: str) -> None:
    database = tmp_path / "dibao.sqlite"
    for end in ("", "-wal", "-shm"):
        database.with_name(database.name + end).touch()
    path = database.with_name(database.name + barred)
    with mock.patch.object(os, "access", lambda each, _: each != path):
        said = way_out(
            DBAPIError("", {}, _Refusal("attempt to write a readonly database", sqlite_errorname="SQLITE_READONLY")),
            make_url(f"sqlite:///{database}"),
        )
    assert f"may not write {path}:" in said


def test_a_data_folder_that_nobody_let_us_into_is_a_sentence(tmp_path: Path) -> None:
    """Root reads everything, so the refusal is played."""
    store = Store(f"sqlite:///{tmp_path}/dibao.sqlite")
    refused = mock.patch.object(Path, "exists", side_effect=PermissionError(13, "Permission denied"))
    with refused, pytest.raises(Unreachable, match=r"Permission denied; check the owner and the rights"):
        store.require_schema()


class _Refusal(Exception):
    def __init__(self, words: str, *, sqlstate: str | None = None, sqlite_errorname: str | None = None) -> None:
        super().__init__(words)
        self.sqlstate = sqlstate
        self.sqlite_errorname = sqlite_errorname


def test_a_refused_row_is_reported_without_what_it_says(config: Config) -> None:
    row = {"key": "tibet_net", "name": _SECRET, "home": _SECRET}

    def write_twice() -> None:
        with open_store(config) as store:
            for _ in range(2):
                store.write(lambda connection: connection.execute(insert(Publisher.__table__), [row]) and None)

    with pytest.raises(StoreError) as failure:
        write_twice()
    assert "publisher" in str(failure.value)
    for error in (failure.value, failure.value.__cause__):
        assert error is not None
        assert _SECRET not in str(error)
