"""`dibao cite`: two corpora with one name, or one with two."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update

from crawler.analysts.cite import Citation, cite
from crawler.analysts.selection import Selection
from crawler.cli import main
from crawler.config import Config
from crawler.run import SHANGHAI, Window
from models.articles import Article, Revision
from models.contents import Content
from models.store import Store
from scripts.airflow_home import CHECKOUT
from tests.corpus.sample import Night, Rows, fill, write_night, write_text

JUNE = Window.parse("2026-06-10", "2026-06-17")


def named(store: Store, selection: Selection | None = None) -> Citation:
    with store.reading() as connection:
        return cite(connection, selection or Selection(), store.revision() or "")


def digests(citation: Citation) -> tuple[str, str, str]:
    return citation.articles_digest, citation.revisions_digest, citation.stories_digest


def change(store: Store, statement: Any) -> None:
    store.write(lambda connection: connection.execute(statement) and None)


@pytest.mark.postgres
def test_the_same_corpus_has_the_same_name_on_both_databases(empty_database: str, tmp_path: Path) -> None:
    names = []
    for url in (empty_database, f"sqlite:///{tmp_path}/store.sqlite"):
        store = Store(url)
        store.upgrade()
        store.write(fill)
        names.append([named(store, each) for each in (Selection(), Selection("tibet_net", JUNE))])
        store.close()
    assert names[0] == names[1]
    assert digests(names[0][0]) != digests(names[0][1])
    assert names[0][0].articles > names[0][1].articles > 0


def test_one_changed_row_is_another_corpus(store: Store) -> None:
    store.write(fill)
    before, june = named(store), named(store, Selection("", JUNE))
    with store.reading() as connection:
        first = connection.execute(
            select(Revision.id, Revision.content_id, Revision.published_at).order_by(Revision.id).limit(1)
        ).one()
    change(store, update(Revision).where(Revision.id == first.id).values(record_hash="f" * 64))
    after = named(store)
    assert after.articles_digest != before.articles_digest
    assert after.revisions_digest != before.revisions_digest
    assert after.stories_digest == before.stories_digest
    change(store, update(Content).where(Content.content_id == first.content_id).values(story_id=1))
    assert named(store).stories_digest != before.stories_digest
    # What is outside a window does not change the window's name.
    if first.published_at.astimezone(SHANGHAI).date() < JUNE.start:
        assert named(store, Selection("", JUNE)).articles_digest == june.articles_digest


def test_a_further_revision_is_seen_and_an_earlier_state_too(store: Store) -> None:
    night, at = Night("tibet_net", date(2026, 6, 16), date(2026, 6, 17)), datetime(2026, 6, 16, 10, tzinfo=SHANGHAI)
    store.write(lambda connection: fill(connection, []))

    def put(ordinal: int) -> Citation:
        rows = Rows()
        write_night(rows, night)
        write_text(rows, night, key="k", title=f"{ordinal}", paragraphs=["一"], text=f"{ordinal}", published=at,
                   crawled_at=at + timedelta(hours=ordinal), ordinal=ordinal)  # fmt: skip
        store.write(rows.write)
        return named(store)

    one, two = put(1), put(2)
    assert (one.revisions, two.revisions, two.articles) == (1, 2, 1)
    assert one.articles_digest != two.articles_digest
    change(store, update(Revision).where(Revision.ordinal == 1).values(record_hash="0" * 64))
    assert named(store).articles_digest == two.articles_digest
    assert named(store).revisions_digest != two.revisions_digest


def test_an_export_can_be_held_against_its_name_and_so_can_a_store_with_sql_alone(store: Store, config: Config) -> None:
    store.write(fill)
    wanted = named(store, Selection("", JUNE)).articles_digest
    words = ["export", "--all", "--from", str(JUNE.start), "--to", str(JUNE.end)]
    rows = csv.DictReader(io.StringIO(CliRunner().invoke(main, words).stdout, newline=""))
    lines = {int(row["article_id"]): f"{row['article_id']} {row['record_hash']}\n" for row in rows}
    assert hashlib.sha256("".join(lines[key] for key in sorted(lines)).encode()).hexdigest() == wanted
    document = (CHECKOUT / "docs" / "analysing.md").read_text(encoding="utf-8")
    (sql,) = re.findall(r"```sql\n(SELECT article_id \|\|.+?)```", document, re.S)
    with store.reading() as connection:
        found = "".join(f"{line}\n" for line in connection.execute(text(sql)).scalars())
    assert hashlib.sha256(found.encode()).hexdigest() == named(store).articles_digest


def test_what_is_printed_says_which_parser_how_many_and_until_when(store: Store, config: Config) -> None:
    store.write(fill)
    with store.reading() as connection:
        articles = len(connection.execute(select(Article.id)).all())
    shown = CliRunner().invoke(main, ["cite"]).output
    for told in (
        f"articles          {articles:,}",
        "schema 0",
        "2026.06 (",
        "dedupe algorithm  1 (",
        "2026-06-17 01:42",
    ):
        assert told in shown
    data = json.loads(CliRunner().invoke(main, ["cite", "--json", "--from", "2026-06-15"]).output)
    assert data["window"] == "2026-06-15_2026-06-16"
    assert data["articles_digest"] in CliRunner().invoke(main, ["cite", "--from", "2026-06-15"]).output


def test_an_empty_store_is_named_as_empty(store: Store, config: Config) -> None:
    citation = named(store)
    assert (citation.articles, citation.last_run) == (0, "")
    assert CliRunner().invoke(main, ["cite"]).exit_code == 0
