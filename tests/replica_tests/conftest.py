"""One replica for the tests that change nothing, and one for each that does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.replica import Handle, start


@pytest.fixture(scope="package")
def shared() -> Iterator[Handle]:
    """One replica for the tests that change nothing."""
    with start(hiccups=False) as replica:
        yield replica


@pytest.fixture
def own() -> Iterator[Handle]:
    """A replica of a test's own."""
    with start(hiccups=False) as replica:
        yield replica


@pytest.fixture(scope="package")
def truth(shared: Handle) -> list[dict[str, Any]]:
    return shared.truth()
