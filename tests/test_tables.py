"""Tables: no word is lost and no line is torn on a narrow terminal, and a script gets what it always got."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from crawler import tables
from crawler.cli import main
from crawler.config import Config
from crawler.report import fates_table
from crawler.tables import counted, fitted, table, width
from models.store import Store
from tests.assurance.nights import DAY, MONDAY, Night, store_nights

ADDRESS = "https://www.tibet.cn/cn/Instant/difang/202606/t20260615_7869144.html"
HEAD = ["role", "published (Shanghai)", "来源", "characters", "title", "url"]
ROWS = [
    [
        "earliest, long version",
        "2026-06-15 10:03",
        "新疆政府网",
        576,
        "新疆视频会议强调：统筹做好优化营商环境",
        ADDRESS,
    ],
    ["copy", None, "", 12, "题", "https://x.example/"],
]

_words = st.text(alphabet="ab1,-新疆日报", max_size=15)
_cells = st.lists(_words, max_size=12).map(" ".join)


@given(st.data(), st.integers(min_value=20, max_value=200))
def test_no_line_is_wider_than_the_window_and_no_letter_is_lost(data: st.DataObject, columns: int) -> None:
    size = data.draw(st.integers(min_value=1, max_value=8))
    rows = data.draw(st.lists(st.lists(_cells, min_size=size, max_size=size), min_size=1, max_size=5))
    head = [f"h{number}" for number in range(size)]
    text = table(head, rows, columns)
    assert max(map(width, text.splitlines()), default=0) <= columns

    def letters(value: str) -> list[str]:
        return sorted(value.replace(" ", "").replace("\n", ""))

    drawn = [cell for row in rows for cell in row]
    without_rule = [line for line in text.splitlines() if line.strip("- ")]
    shown = letters("".join(without_rule).replace("-", ""))
    missing = list(letters("".join(drawn).replace("-", "")))
    for letter in shown:
        if letter in missing:
            missing.remove(letter)
    assert missing == []


def test_a_table_that_fits_is_the_same_on_a_terminal() -> None:
    assert table(HEAD, ROWS, 400) == table(HEAD, ROWS)
    assert {width(line) for line in table(["channel", "pages"], [["新疆要闻", 3], ["xjyw", 12]]).splitlines()} == {15}


def test_sentences_are_broken_inside_their_cells() -> None:
    why = "the site's layout has changed: add it to the publisher's pages.py and parse again"
    lines = table(["publisher", "pages", "why"], [["sina_finance", 12, why], ["tibet_net", 3, "none"]], 60).splitlines()
    assert lines[0] == "publisher     pages  why"
    assert lines[2].startswith("sina_finance     12  the site's layout")
    assert lines[3].startswith(" " * 21)
    assert " ".join(line[21:] for line in lines[2:-1]) == why


def test_a_row_of_too_much_for_the_window_becomes_a_paragraph_with_its_names() -> None:
    assert table(HEAD, ROWS, 80).splitlines() == [
        "earliest, long version",
        "    published (Shanghai): 2026-06-15 10:03   来源: 新疆政府网   characters: 576",
        "    title: 新疆视频会议强调：统筹做好优化营商环境",
        f"    url: {ADDRESS}",
        "copy",
        "    published (Shanghai): -   characters: 12   title: 题",
        "    url: https://x.example/",
    ]


def test_an_address_is_never_torn() -> None:
    for columns in (30, 60, 80, 132):
        assert ADDRESS in table(HEAD, ROWS, columns)


def test_a_table_without_rows_is_nothing() -> None:
    assert table(HEAD, []) == ""


def test_one_of_something_is_no_plural() -> None:
    assert [counted(count, "run") for count in (0, 1, 2, 1200)] == ["0 runs", "1 run", "2 runs", "1,200 runs"]


def test_long_lines_keep_their_indent(monkeypatch: pytest.MonkeyPatch) -> None:
    line = f"  ~ {ADDRESS}: a sentence that is longer than what is left of the line became another one"
    assert fitted(line) == line
    monkeypatch.setattr(tables, "window", lambda: 60)
    assert fitted(line).splitlines() == [
        "  ~",
        ADDRESS + ":",
        "  a sentence that is longer than what is left of the line",
        "  became another one",
    ]


@pytest.mark.parametrize(
    "command", ["gaps", "status", "checks tibet_net", "checks tibet_net --question x", "publishers"]
)
def test_what_a_person_asks_for_fits_a_terminal_of_eighty_columns(
    command: str, store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights = [Night(MONDAY), Night(MONDAY + DAY, failed=("x is a question", "y")), Night(MONDAY + 2 * DAY)]
    store_nights(store, nights)
    monkeypatch.setattr(tables, "window", lambda: 80)
    done = CliRunner().invoke(main, command.split(), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert [line for line in done.output.splitlines() if width(line) > 80 and "https://" not in line] == []


def test_only_a_terminal_has_a_width() -> None:
    command = [sys.executable, "-c", "from crawler.tables import window; print(window())"]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == "None\n"
    ours, theirs = pty.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 73, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        subprocess.run(command, stdout=theirs, check=True, env=environment)
        assert os.read(ours, 100).split() == [b"73"]
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_long_sample_makes_no_ruler_that_a_log_would_break() -> None:
    rows = [
        {"url": ADDRESS * 3, "fate": fate, "evidence": {"message": message}}
        for fate, message in ((None, ""), (None, ""), ("gone", "the site answers 404"))
    ]
    folder: Any = SimpleNamespace(read_lines=lambda *_: rows)
    _, ruler, first, second = fates_table(folder).splitlines()
    assert ruler == f"{'-' * 8}  {'-' * 4}  {'-' * 40}"
    assert (first, second) == (f"captured     2  {ADDRESS * 3}", f"gone         1  {ADDRESS * 3} the site answers 404")
    rows.clear()
    assert fates_table(folder) == ""
