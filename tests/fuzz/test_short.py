"""The short form of the fuzzer; `python -m tests.fuzz` runs the long one."""

from __future__ import annotations

from tests.fuzz.mutate import broken, seeds
from tests.fuzz.run import HANG_SECONDS, try_page


def test_no_broken_page_ends_a_night_by_an_exception_or_a_hang() -> None:
    sound = seeds()
    failures = []
    for number in range(400):
        url, body, kind, status = broken(number, sound)
        outcome, seconds = try_page(url, body, kind, status)
        if outcome.startswith(("exception", "parse_failed", "wrong")) or seconds > HANG_SECONDS:
            failures.append((number, outcome, seconds))
    assert failures == []


def test_the_same_number_gives_the_same_broken_page() -> None:
    sound = seeds()
    assert broken(7, sound) == broken(7, sound)
    assert broken(7, sound) != broken(8, sound)
