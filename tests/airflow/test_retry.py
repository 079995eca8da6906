"""Which failure is tried again: too eager is rude to a site, too timid loses a night."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crawler import errors


def decide(error: BaseException, try_number: int, *, retries: int = 5, max_tries: int | None = None) -> Any:
    from retry_by_failure import RetryByFailure

    return RetryByFailure(retries).evaluate(error, try_number, retries if max_tries is None else max_tries)


def test_a_refusal_waits_long_and_at_most_twice() -> None:
    blocked = errors.CrawlBlocked("403")
    assert [decide(blocked, n).retry_delay for n in (1, 2)] == [timedelta(minutes=30), timedelta(hours=6)]
    assert decide(blocked, 3).action.value == "fail"


def test_what_may_pass_is_tried_soon_then_less_often() -> None:
    delays = [decide(errors.CrawlTransient("down"), n).retry_delay for n in range(1, 6)]
    assert delays == sorted(delays)
    assert delays[0] <= timedelta(minutes=2)
    assert delays[-1] <= timedelta(minutes=30)


@pytest.mark.parametrize(
    "error",
    [
        errors.CrawlBroken("layout"),
        errors.ConfigurationError("setting"),
        errors.CheckFailed("sums"),
        ImportError("crawler"),
        TypeError("bug"),
    ],
)
def test_what_needs_a_person_is_not_tried_again(error: BaseException) -> None:
    assert decide(error, 1).action.value == "fail"


@pytest.mark.parametrize("error", [errors.StoreError("locked"), errors.RunLocked("other"), OSError("disk")])
def test_everything_else_follows_the_tasks_own_backoff(error: BaseException) -> None:
    assert decide(error, 1).action.value == "default"


def test_a_cleared_task_begins_its_patience_anew() -> None:
    """Airflow counts the tries of a cleared task on: the 4th try is the first after the clear."""
    assert decide(errors.CrawlBlocked("403"), 4, max_tries=3 + 5).retry_delay == timedelta(minutes=30)


def test_every_crawl_failure_is_decided() -> None:
    """A new kind of failure must not fall through unseen."""
    for kind in errors.CrawlFailed.__subclasses__():
        assert decide(kind("x"), 1).action.value in ("retry", "fail"), kind
