"""docs/layout-changed.md, walked: a site changes its layout overnight, and nothing of that night is lost in the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crawler.cli import main
from crawler.config import load_config
from models.store import Store
from scripts.airflow_home import CHECKOUT
from tests.night.nights import in_window, stored_articles, stored_fates
from tests.night.test_night import differences
from tests.reparse.overnight import mended
from tests.replica import Handle, start

PAGE = (CHECKOUT / "docs/layout-changed.md").read_text(encoding="utf-8")
NIGHT = ("xinjiang_gov", "--from", "2026-06-15", "--to", "2026-06-17")


@pytest.fixture(scope="module")
def replica() -> Iterator[Handle]:
    with start() as running:
        yield running


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite, as in the page; what is written is tested on both databases."""
    return f"sqlite:///{tmp_path}/store.sqlite"


@pytest.fixture
def live(store: Store, store_url: str, replica: Handle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIBAO_STORE", store_url)
    monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
    load_config(fresh=True)


def dibao(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def shown(command: str) -> list[list[str]]:
    """What the page shows below each `$ dibao …` that begins so, without what it leaves out."""
    blocks = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    outputs = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
    return [
        [line for line in lines if line and line != "…"]
        for said, *lines in (output.splitlines() for output in outputs)
        if said.startswith(f"dibao {command}")
    ]


def not_printed(lines: list[str], output: str) -> list[str]:
    """The lines of the page that a command does not print to the letter, rulers and columns too.

    Versions, places and durations are another matter each time.
    """

    def plain(line: str) -> str:
        line = re.sub(r"parser \d+", "parser N", re.sub(r": (/|…/)\S*/reparse/", ": …/reparse/", line))
        return re.sub(r"seconds=[\d.]+", "seconds=N", re.sub(r" in [\d.]+ s$", " in N s", line.rstrip()))

    printed = {plain(line) for line in output.splitlines()}
    return [line for line in lines if plain(line) not in printed]


def wrong(replica: Handle, store: Store) -> list[str]:
    """Where the store says something else than the pages of the night print."""
    with store.reading() as connection:
        articles, fates = stored_articles(connection), stored_fates(connection)
    found: list[str] = []
    for row in in_window(replica.truth("xinjiang_gov")):
        fate = fates.get(row["url"])
        # What the site itself refused (a challenge) no parser brings back.
        if fate not in (row["fate"], "challenged"):
            found.append(f"{row['url']}: {fate} for {row['fate']}")
        elif fate == "loaded_new":
            found += differences(row, articles["xinjiang_gov", row["site"], row["key"]])
    return found


def test_from_the_alert_to_the_closed_gap(replica: Handle, store: Store, live: None) -> None:
    dibao("run", "xinjiang_gov", "--from", "2026-06-13", "--to", "2026-06-15")
    replica.fault("layout_overnight", site="xinjiang_gov")
    alert = dibao("run", *NIGHT, code=3)
    replica.clear()
    assert "known layouts read the pages: 62 of 62 read by the general reader" in alert
    trend = dibao("checks", "xinjiang_gov", "--question", "known layouts")
    assert "62 of 62 read by the general reader" in trend
    gaps = dibao("gaps", "--publisher", "xinjiang_gov", "--since", "2026-06-15")
    assert re.search(r"2026-06-15 to 2026-06-16  2 days +failed ", gaps)
    spoilt = wrong(replica, store)
    assert sum("layout_unknown for image_only" in line for line in spoilt) == 4
    assert len(spoilt) > 20

    with mended():
        dry = dibao("reparse", *NIGHT)
        assert "nothing was written; --write writes it" in dry
        assert wrong(replica, store) == spoilt
        done = dibao("reparse", *NIGHT, "--write", "--reason", "the layout of 15 June")
        assert re.search(r"^xinjiang_gov/2026-06-15_2026-06-17 +passed$", done, re.MULTILINE)
        again = dibao("reparse", *NIGHT, "--write")
        assert "the store says all of this already; nothing was written" in again
    assert wrong(replica, store) == []
    audit = dibao("audit")
    assert "breaks=0 notes=0" in audit
    gaps = dibao("gaps", "--publisher", "xinjiang_gov", "--since", "2026-06-15")
    assert not re.search(r"2026-06-1[56] ", gaps)

    # The page shows what really comes out; how wide the columns of `gaps` are depends on the day.
    outputs = {"run": [alert], "checks": [trend], "reparse": [dry, done], "audit": [audit]}
    for command, printed in outputs.items():
        for lines, output in zip(shown(command), printed, strict=True):
            assert not_printed(lines, output) == []
    for command in ("reparse xinjiang_gov", "checks xinjiang_gov", "gaps --publisher xinjiang_gov", "audit", "history"):
        assert f"dibao {command}" in PAGE


def test_the_layouts_of_the_page_are_those_that_are_walked_with() -> None:
    source = Path(__file__).with_name("overnight.py").read_text(encoding="utf-8")

    def layout(text: str) -> Any:
        found = re.search(r'layout\(\s*"xinjiang_gov/2026",.*?\n *\),', text, re.DOTALL)
        assert found is not None
        return re.sub(r"\s+", "", found[0])

    assert layout(PAGE) == layout(source)
