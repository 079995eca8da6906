"""What the store's failures say, and what they must not."""

from __future__ import annotations

import traceback

import pytest
from sqlalchemy import insert

from crawler.config import Config
from crawler.errors import StoreError
from crawler.stages import open_store
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
