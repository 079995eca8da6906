"""docs/security.md says nothing that no test shows."""

from __future__ import annotations

import re

import pytest

from scripts.airflow_home import CHECKOUT

TEXT = (CHECKOUT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)))


def test_many_tests_are_named() -> None:
    assert len([name for _, name in NAMED if name]) > 40


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_named_test_is_there(file: str, name: str) -> None:
    source = (CHECKOUT / file).read_text(encoding="utf-8")
    assert not name or f"def {name}(" in source


def test_every_line_of_what_holds_names_its_test() -> None:
    table = False
    for line in TEXT.splitlines():
        if line == "| what holds | shown by |":
            table = True
        elif not line.startswith("|"):
            table = False
        elif table and not line.startswith("|---"):
            assert re.search(r"\| `tests/\S+\.py::\w+`[^|]*\|$", line), line
