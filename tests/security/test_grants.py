"""A stolen database password is worth no more than what the nights need: rights on a real PostgreSQL, each one used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from crawler.assurance.gaps import find_gaps
from crawler.cli import main
from crawler.config import load_config
from crawler.corpus.article import read_article
from crawler.corpus.overview import overview
from crawler.dedupe.normalise import fold
from crawler.dedupe.stories import StoryDocument
from crawler.run import Window
from crawler.upkeep.fixity_round import read_share
from crawler.upkeep.run_folders import clear_run_folders
from models.articles import Article, Revision
from models.base import Base
from models.grants import DELETED, INSERTED, UPDATED
from models.maintenance import care_for
from models.store import Store, Unreachable
from models.stories import StoryAlias, StoryEdge
from models.views import VIEWS
from tests.alerts.told import say_everything
from tests.dedupe.test_stories import DAY, dated_corpus, load
from tests.dedupe.texts import article
from tests.night.nights import WINDOW, night
from tests.replica import start
from tests.upkeep.test_run_folders import flip

pytestmark = pytest.mark.postgres

OWNER, NIGHTLY, READER, STRANGER = "grants_owner", "grants-Night", "grants_reader", "grants_stranger"
DATABASE = "grants"
_PHRASE = "本栏目每逢双月出版一次，欢迎广大读者踊跃来稿并提出宝贵意见。"
ONE_DAY = Window.parse("2026-06-16", "2026-06-17")
ALL_TABLES = {table.name: table for table in Base.metadata.sorted_tables}
KEPT = sorted(set(ALL_TABLES) - set(DELETED))


@dataclass
class Worked:
    """A database on which nights have worked under the nightly role, and each distinct statement that they sent."""

    server: str
    data: Path
    statements: dict[str, Any] = field(default_factory=dict)

    def url(self, role: str) -> str:
        return make_url(self.server).set(username=role, database=DATABASE).render_as_string(hide_password=False)

    def dsn(self, role: str) -> str:
        return self.url(role).replace("+psycopg", "")


def _dibao(*arguments: str) -> str:
    done = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def worked(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worked]:
    """The owner makes the tables and grants; then nights, a revision, second looks and stories that come apart."""
    made = Worked(postgres_url, tmp_path_factory.mktemp("grants"))
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    roles = (OWNER, NIGHTLY, READER, STRANGER)
    with server.connect() as connection:
        for role in roles:
            connection.execute(text(f'CREATE ROLE "{role}" LOGIN'))
        connection.execute(text(f"CREATE DATABASE {DATABASE} OWNER {OWNER}"))

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if connection.engine.url.username == NIGHTLY:
            made.statements.setdefault(statement, parameters[0] if many else parameters)

    with pytest.MonkeyPatch.context() as patch, start() as replica:
        patch.setenv("DIBAO_DATA", str(made.data))
        patch.setenv("DIBAO_DELAY_SECONDS", "0")
        patch.setenv("DIBAO_GATEWAY", replica.url)
        patch.setenv("DIBAO_STORE", made.url(OWNER))
        load_config(fresh=True)
        _dibao("db", "upgrade")
        with psycopg.connect(made.dsn(OWNER), autocommit=True) as owner:
            for _ in range(2):
                owner.execute(_dibao("db", "grants", NIGHTLY))
                owner.execute(_dibao("db", "grants", READER, "--reader"))
        patch.setenv("DIBAO_STORE", made.url(NIGHTLY))
        config = load_config(fresh=True)
        event.listen(Engine, "before_cursor_execute", note)
        try:
            night("tibet_net", config, window=WINDOW)
            night("sichuan_gov", config, window=ONE_DAY)
            replica.advance()
            night("tibet_net", config, window=WINDOW, fetch_again=True, listings_again=True)
            store = Store(made.url(NIGHTLY))
            documents = dated_corpus()
            for first in range(0, len(documents), 70):
                load(store, documents[first : first + 70])
            # A sentence of three texts over forty days recurs, until one of them turns out to be of the first month.
            texts = [fold(each.title, [*each.paragraphs, _PHRASE]) for each in map(article, (901, 902, 903))]
            load(store, [StoryDocument(each, DAY + timedelta(days=20 * n)) for n, each in enumerate(texts)])
            load(store, [StoryDocument(texts[-1], DAY)])
            with store.reading() as connection:
                find_gaps(connection, "tibet_net", None, date(2026, 6, 20))
            say_everything(store)
            later = datetime.now(UTC) + timedelta(weeks=9)
            damaged = next((made.data / "archive").rglob("*.warc.gz"))
            for harm in (True, False):
                flip(damaged, damaged.stat().st_size // 2)
                assert len(read_share(store, config.data_root, weeks=8, now=later, dry_run=False).problems) == harm
            _dibao("export", "tibet_net", "--from", "2026-06-16")
            _dibao("lost", "tibet_net", "--night", "2026-06-16")
            clear_run_folders(store, config.data_root, days=15, now=later, dry_run=True)
            assert list(care_for(store, dry_run=False, quiet=True))
            store.close()
        finally:
            event.remove(Engine, "before_cursor_execute", note)
    load_config(fresh=True)
    yield made
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {DATABASE} WITH (FORCE)"))
        for role in roles:
            connection.execute(text(f'DROP ROLE "{role}"'))
    server.dispose()


def test_nights_revisions_and_stories_need_no_more(worked: Worked) -> None:
    store = Store(worked.url(NIGHTLY))
    with store.reading() as connection:
        rows = {
            name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in ALL_TABLES.items()
        }
        revised = connection.execute(select(func.max(Revision.ordinal))).scalar_one()
    store.close()
    assert not [name for name, count in rows.items() if not count], "what was never written shows nothing"
    assert revised > 1


def _explain(cursor: psycopg.ClientCursor[Any], statement: str, parameters: Any) -> bool:
    """Whether the role may execute it; the plan alone is asked for, but the rights are checked."""
    cursor.execute("SAVEPOINT here")
    try:
        cursor.execute("EXPLAIN " + statement, parameters or None)
    except InsufficientPrivilege:
        cursor.execute("ROLLBACK TO SAVEPOINT here")
        return False
    cursor.execute("RELEASE SAVEPOINT here")
    return True


def _rights() -> list[tuple[str, str, str]]:
    """Each right of the nightly role: what to revoke, and a word that its statements have."""
    rights = [("TEMPORARY", f"DATABASE {DATABASE}", "fingerprint_stage")]
    rights += [("SELECT", name, name) for name in ALL_TABLES]
    rights += [("INSERT", name, name) for name in INSERTED]
    rights += [("SELECT", view, view) for view in VIEWS]
    rights.append(("SELECT", "alembic_version", "alembic_version"))
    rights += [(f'UPDATE ("{column}")', name, name) for name, columns in UPDATED.items() for column in columns]
    return rights + [("DELETE", name, name) for name in DELETED]


def test_every_right_that_is_granted_is_used(worked: Worked) -> None:
    """With any one of them taken away, some statement of those nights is refused."""
    stage = next(statement for statement in worked.statements if "CREATE TEMPORARY TABLE" in statement)
    sent = {
        statement: parameters
        for statement, parameters in worked.statements.items()
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", statement)
    }
    unused = []
    with psycopg.connect(
        make_url(worked.server).set(database=DATABASE).render_as_string().replace("+psycopg", "")
    ) as c:
        cursor = psycopg.ClientCursor(c)
        for right, on, word in [("", "", ""), *_rights()]:
            if right:
                cursor.execute(f'REVOKE {right} ON {on} FROM "{NIGHTLY}"')
            cursor.execute(f'SET LOCAL ROLE "{NIGHTLY}"')
            refused = False
            try:
                cursor.execute("SAVEPOINT stage")
                cursor.execute(stage)
            except InsufficientPrivilege:
                cursor.execute("ROLLBACK TO SAVEPOINT stage")
                refused = True
            about = [each for each in sent if re.search(rf"\b{word}\b", each)] if not refused else []
            refused = refused or not all(_explain(cursor, each, sent[each]) for each in about)
            c.rollback()
            if right:
                if not refused:
                    unused.append(f"{right} ON {on}")
            else:
                assert not refused, "with all rights, every statement must pass"
    assert not unused


def _refused(url: str, statements: list[str]) -> list[str]:
    """Those of the statements that the role may execute after all."""
    engine = create_engine(url)
    passed = []
    for statement in statements:
        with engine.connect() as connection:
            try:
                connection.execute(text(statement))
            except ProgrammingError as error:
                if not isinstance(error.orig, InsufficientPrivilege):
                    raise
            else:
                passed.append(statement)
            connection.rollback()
    engine.dispose()
    return passed


_SCHEMA = [
    *(f"DROP TABLE {name}" for name in ALL_TABLES),
    *(f"ALTER TABLE {name} ADD COLUMN more int" for name in ALL_TABLES),
    *(f"TRUNCATE {name} CASCADE" for name in ALL_TABLES),
    *(
        f"CREATE TRIGGER t BEFORE INSERT ON {name} EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        for name in KEPT
    ),
    "CREATE TABLE mine (id int)",
    "DROP SCHEMA public CASCADE",
    "UPDATE alembic_version SET version_num = ''",
    "CREATE ROLE another",
    "COPY article TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
]


def test_the_nightly_role_cannot_change_the_schema_nor_reach_beyond(worked: Worked) -> None:
    assert _refused(worked.url(NIGHTLY), _SCHEMA) == []


def test_the_nightly_role_deletes_nothing_that_cannot_be_made_again(worked: Worked) -> None:
    assert {"article", "revision", "content", "capture", "url", "url_event", "run", "check_result"} <= set(KEPT)
    assert _refused(worked.url(NIGHTLY), [f"DELETE FROM {name}" for name in KEPT]) == []


def test_the_nightly_role_changes_nothing_of_what_a_page_said(worked: Worked) -> None:
    """Not even with its own password: a revision's text, where its bytes lie, what became of a URL."""
    columns = [
        (name, column.name)
        for name, table in ALL_TABLES.items()
        for column in table.columns
        if column.name not in UPDATED.get(name, ())
    ]
    assert {("revision", "body_html"), ("content", "text"), ("capture", "sha256"), ("url_event", "fate")} <= set(
        columns
    )
    statements = [f'UPDATE {name} SET "{column}" = "{column}" WHERE false' for name, column in columns]
    assert _refused(worked.url(NIGHTLY), statements) == []


def test_the_reader_changes_nothing_at_all(worked: Worked) -> None:
    changes = [f"DELETE FROM {name}" for name in ALL_TABLES]
    changes += [f"DROP VIEW {name}" for name in VIEWS]
    changes += [f"INSERT INTO {name} SELECT * FROM {name} WHERE false" for name in ALL_TABLES]
    changes += [
        f'UPDATE {name} SET "{column.name}" = "{column.name}" WHERE false'
        for name, table in ALL_TABLES.items()
        for column in table.columns
    ]
    assert _refused(worked.url(READER), [*_SCHEMA, *changes, "CREATE TEMPORARY TABLE mine (id int)"]) == []


def test_an_analyst_reads_everything(worked: Worked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIBAO_DATA", str(worked.data))
    monkeypatch.setenv("DIBAO_STORE", worked.url(READER))
    load_config(fresh=True)
    store = Store(worked.url(READER))
    with store.reading() as connection:
        address, article = connection.execute(
            select(Article.url, Article.id)
            .join(Revision, Revision.article_id == Article.id)
            .where(Revision.ordinal == 2)
        ).first() or ("", 0)
        for table in ALL_TABLES.values():
            connection.execute(select(table).limit(1))
        for view in VIEWS:
            assert connection.execute(text(f"SELECT * FROM {view} LIMIT 1")).first(), view
        state = overview(connection, datetime(2026, 6, 17, tzinfo=UTC))
        view = read_article(connection, article, 1)
        alias = connection.execute(
            select(StoryAlias.old_id).join(StoryEdge, StoryEdge.longer_id == StoryAlias.story_id)
        )
        story = alias.scalars().first()
    store.close()
    assert [row.publisher for row in state.coverage]
    assert view is not None
    assert "tibet_net" in _dibao("status")
    assert _dibao("audit")
    assert _dibao("gaps", "--since", "2026-06-15")
    assert _dibao("checks", "tibet_net")
    assert _dibao("export", "--all", "--format", "jsonl")
    assert _dibao("lost", "tibet_net", "--night", "2026-06-16")
    assert _dibao("removed")
    assert address in _dibao("history", address)
    assert _dibao("story", address)
    assert _dibao("story", str(story))


def test_who_was_granted_nothing_does_not_even_get_in(worked: Worked) -> None:
    engine = create_engine(worked.url(STRANGER))
    with pytest.raises(OperationalError, match="permission denied for database"):
        engine.connect()
    engine.dispose()
    with pytest.raises(Unreachable, match="permission denied"):
        Store(worked.url(STRANGER)).revision()


def test_a_role_that_becomes_a_reader_loses_what_it_had(worked: Worked) -> None:
    with psycopg.connect(worked.dsn(OWNER), autocommit=True) as owner:
        try:
            owner.execute(_dibao("db", "grants", NIGHTLY, "--reader"))
            statements = ["DELETE FROM fingerprint", "UPDATE revision SET seen_to = seen_to", "SELECT 1"]
            assert _refused(worked.url(NIGHTLY), statements) == ["SELECT 1"]
        finally:
            owner.execute(_dibao("db", "grants", NIGHTLY))


@pytest.mark.parametrize("role", ["a; DROP TABLE x", 'a"b', "a'b", "$$", "", "1a"])
def test_a_name_that_would_be_sql_is_refused(role: str) -> None:
    done = CliRunner().invoke(main, ["db", "grants", "--", role])
    assert done.exit_code == 2
    assert "a role's name is of letters" in done.output


def test_every_grant_is_a_sentence_that_psql_takes(worked: Worked) -> None:
    """The printed script is one transaction: a table that is missing grants nothing by half."""
    script = _dibao("db", "grants", NIGHTLY)
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    assert (lines[0], lines[-1]) == ("BEGIN;", "COMMIT;")
    assert sql.Identifier(NIGHTLY).as_string(None) in script
