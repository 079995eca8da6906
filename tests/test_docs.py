"""The pages that people read: a picture that is missing, or links that lead nowhere, help nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.airflow_home import CHECKOUT

PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_and_links_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [target for target in _LINK.findall(text) if not (page.parent / target).exists()]
    assert missing == []


def test_every_picture_is_shown_somewhere_and_light_enough_for_a_slow_line() -> None:
    pictures = sorted((CHECKOUT / "docs" / "images").iterdir())
    shown = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [picture.name for picture in pictures if f"images/{picture.name})" not in shown] == []
    assert [picture.name for picture in pictures if picture.stat().st_size > 200_000] == []
