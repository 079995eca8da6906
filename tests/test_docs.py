"""The pages that people read: a picture that is missing, or links that lead nowhere, help nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawler import publishers
from crawler.cli import main
from crawler.parse.parse import layouts_of
from scripts.airflow_home import CHECKOUT

PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")
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


def test_readme_names_every_command_and_leads_to_every_page() -> None:
    """Nobody looks for what is named nowhere."""
    table = README[README.index("## The command line") : README.index("## Where the data lies")]
    assert [name for name in main.commands if not re.search(rf"`(dibao )?{name}\b", table)] == []
    assert [page.name for page in PAGES[1:] if f"(docs/{page.name})" not in README] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_that_is_mentioned_can_be_clicked(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"(?<![\[(])\bdocs/[a-z-]+\.md", prose) == []


def test_every_layout_stands_in_the_table_of_known_templates_with_its_signs() -> None:
    """Whoever mends a layout looks there first for what it is chosen by."""
    text = (CHECKOUT / "docs" / "layouts.md").read_text(encoding="utf-8")
    table = text[text.index("## Known templates") : text.index("## When a template changes")]
    rows = [
        [re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:3]] for line in table.splitlines()[4:] if line
    ]
    of_sites = [f"publishers.{key}" for key in publishers.keys()]
    modules = [f"crawler.{owner}.pages" for owner in (*of_sites, "cms.ucap", "cms.trs", "cms.vsb")]
    signs = {
        layout.name: {name.lstrip("<") for alternatives in layout.signs for name in alternatives}
        for module in modules
        for layout in layouts_of(module)
    }
    assert sorted(name for names, _ in rows for name in names) == sorted(signs)
    for names, told in rows:
        known = set().union(*(signs[name] for name in names))
        assert {sign for sign in told if sign.lower() not in known} - {"post.py"} == set(), names
