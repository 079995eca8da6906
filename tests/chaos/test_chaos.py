"""The harness's short form: a few rounds on each database; `make chaos` makes hundreds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.rounds import Harness
from tests.replica import Handle, start

# Never met on a quiet machine: a round is seconds there. Beside a dozen other suites it is minutes.
pytestmark = pytest.mark.timeout(1800)

ROUNDS = 3
SEED = 1


@pytest.fixture(scope="module")
def replica() -> Iterator[Handle]:
    with start() as running:
        yield running


def _rounds(replica: Handle, server: str) -> None:
    # Only one publisher each, since each costs two undisturbed nights to be held against.
    harness = Harness(replica, server)
    kills = 0
    for number in range(ROUNDS):
        outcome = harness.round(SEED, number * 4 + 1)
        assert not outcome.failed, outcome
        kills += outcome.kills.total()
    assert kills > 0


def test_nights_killed_anywhere_lose_and_double_nothing_on_sqlite(replica: Handle) -> None:
    _rounds(replica, "")


def test_nights_killed_and_cut_off_lose_and_double_nothing_on_postgresql(replica: Handle, postgres_url: str) -> None:
    _rounds(replica, postgres_url)


def test_the_harness_sees_a_row_that_is_missing_or_there_twice(
    replica: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = Harness(replica)
    baseline = harness.baseline("sichuan_gov")
    lost = baseline.content["fates"].pop()
    baseline.content["articles"].append(("sichuan_gov", "sc", "nobody", "https://www.sc.gov.cn/x", "article", "x"))
    monkeypatch.setattr(
        "tests.chaos.rounds._TRIES", dict.fromkeys(("crawl", "parse", "dedupe", "load", "check"), (0, 0))
    )
    outcome = harness.round(SEED, 1)
    assert any(lost[0] in line for line in outcome.doubles)
    assert any("nobody" in line for line in outcome.losses)
