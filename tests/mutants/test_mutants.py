"""A guard that nobody has ever heard speak is none: a failure planted for each (`make mutants` plants them all)."""

from __future__ import annotations

import pytest

from tests.mutants.document import markdown, written
from tests.mutants.planted import PLANTED, Mutant
from tests.mutants.run import place_of, try_out

QUICK = [mutant for mutant in PLANTED if mutant.quick]


@pytest.mark.parametrize("mutant", PLANTED, ids=lambda mutant: mutant.about)
def test_the_code_still_has_the_place_where_a_failure_is_planted(mutant: Mutant) -> None:
    assert mutant.edits
    for old, new in mutant.edits:
        assert old != new
        place_of(old)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mutant", QUICK, ids=lambda mutant: mutant.about)
def test_a_planted_failure_is_caught_by_its_guard(mutant: Mutant) -> None:
    verdict = try_out(mutant)
    assert verdict.caught, f"only {verdict.spoken} spoke"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mutant", [m for m in PLANTED if not m.quick], ids=lambda mutant: mutant.about)
def test_every_other_planted_failure_is_caught_by_its_guard(mutant: Mutant) -> None:
    verdict = try_out(mutant)
    assert verdict.caught, f"only {verdict.spoken} spoke"


def test_the_document_shows_this_table() -> None:
    assert written() == markdown(), "run: make mutants"
