"""The store: what users would lose if its transactions or its schema were wrong."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, event, func, insert, make_url, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

import models.alerts
import models.articles
import models.contents
import models.runs
import models.stories
import models.urls
from models.base import Base, identity
from models.runs import Publisher
from models.store import NotMigrated, Store, Unreachable
from models.upsert import upsert

ROW = {"key": "tibet_net", "name": "中国西藏网", "home": "https://www.tibet.cn/"}


def publishers_in(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(Publisher)).scalar_one())


def test_migrations_make_exactly_the_tables_that_the_code_writes(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            difference
            for difference in compare_metadata(context, Base.metadata)
            # Comments are kept by PostgreSQL only, and carry no data.
            if not (isinstance(difference, tuple) and "comment" in difference[0])
        ]
    assert differences == []


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    before = store.revision()
    store.upgrade()
    assert store.revision() == before


def test_two_first_starts_at_once_both_find_a_migrated_store(store_url: str) -> None:
    failures = []

    def upgrade() -> None:
        store = Store(store_url)
        try:
            store.upgrade()
        except Exception as error:  # noqa: BLE001 -- any of them is what this test is about
            failures.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_store_that_is_not_migrated_says_what_to_do(store_url: str) -> None:
    store = Store(store_url)
    with pytest.raises(NotMigrated, match="dibao db upgrade"), store.reading():
        pass
    store.close()


def test_a_store_of_another_version_is_refused_untouched(store: Store) -> None:
    with store.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'future'"))
        connection.commit()
    with pytest.raises(NotMigrated, match="is at schema future"):
        store.write(lambda connection: upsert(connection, Publisher.__table__, [ROW]))


def test_an_unreachable_server_is_named_without_its_password() -> None:
    store = Store("postgresql+psycopg://dibao:hunter2@127.0.0.1:1/dibao")
    with pytest.raises(Unreachable) as failure, store.reading():
        pass
    assert "127.0.0.1:1" in str(failure.value)
    assert "hunter2" not in str(failure.value)


def test_a_password_among_the_urls_parameters_is_not_shown_either() -> None:
    assert "hunter2" not in str(Store("postgresql+psycopg://127.0.0.1:1/dibao?user=u&password=hunter2"))


@pytest.mark.parametrize("url", ["dibao", "postgresql+psycopg://dibao@host:port/dibao", "mysql://x/y"])
def test_what_is_no_url_of_a_store_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(Unreachable, match=r"postgresql://"):
        Store(url)


def test_work_that_fails_half_way_leaves_nothing(store: Store) -> None:
    def work(connection: object) -> None:
        upsert(connection, Publisher.__table__, [ROW])  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.write(work)
    assert publishers_in(store) == 0


def test_a_failure_that_may_pass_is_tried_again_from_the_start(store: Store) -> None:
    tries = []

    def work(connection: object) -> int:
        tries.append(1)
        written = upsert(connection, Publisher.__table__, [ROW])  # type: ignore[arg-type]
        if len(tries) < 3:
            raise OperationalError("COMMIT", {}, Exception("database is locked"))
        return written

    assert store.write(work) == 1
    assert len(tries) == 3
    assert publishers_in(store) == 1


def test_a_failure_that_will_not_pass_is_raised_at_once(store: Store) -> None:
    tries = []

    def work(connection: object) -> None:
        tries.append(1)
        raise OperationalError("INSERT", {}, Exception("no such column: titel"))

    with pytest.raises(OperationalError):
        store.write(work)
    assert len(tries) == 1


def test_what_a_statement_was_to_write_is_not_in_its_error(store: Store) -> None:
    # An article's text would fill the log, and whatever else a row holds would lie there for good.
    def twice(connection: Connection) -> None:
        row = {"key": "tibet_net", "name": "秘密的名字", "home": ""}
        connection.execute(insert(Publisher), [row, row])

    with pytest.raises(IntegrityError) as caught:
        store.write(twice)
    assert "秘密的名字" not in str(caught.value)


def test_a_writer_starts_its_work_only_when_no_other_is_at_work(store: Store, store_url: str) -> None:
    """Else a load of minutes builds on rows that another one changes, and is thrown away at its first INSERT."""
    impatient = _that_does_not_wait(store_url)
    begun = []

    def count(connection: Connection) -> int:
        begun.append("second")
        return int(connection.execute(select(func.count()).select_from(Publisher)).scalar_one())

    def first(connection: Connection) -> None:
        # One thread, so that the order is the same on every machine; and nothing is written yet, so that only the
        # turn itself keeps the second one out. With one attempt, no retry hides where it was refused.
        with pytest.raises(OperationalError, match=r"database is locked|lock timeout"):
            impatient.write(count, attempts=1)
        assert begun == []
        upsert(connection, Publisher.__table__, [ROW])

    try:
        store.write(first)
        assert impatient.write(count, attempts=1) == 1
    finally:
        impatient.close()


def _that_does_not_wait(store_url: str) -> Store:
    """A store that is refused a lock where another one would wait for it."""
    url = make_url(store_url)
    if url.get_backend_name() == "postgresql":
        url = url.update_query_dict({"options": "-c lock_timeout=1"})
    store = Store(url.render_as_string(hide_password=False))
    if url.get_backend_name() == "sqlite":
        event.listen(store.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=0").close())
    return store


def test_writers_take_turns_and_no_update_is_lost(store: Store, store_url: str) -> None:
    store.write(lambda connection: upsert(connection, Publisher.__table__, [{**ROW, "name": "0"}]))
    failures = []

    def count_up() -> None:
        mine = Store(store_url)

        def work(connection: object) -> None:
            name = connection.execute(select(Publisher.__table__.c.name)).scalar_one()  # type: ignore[attr-defined]
            upsert(
                connection,  # type: ignore[arg-type]
                Publisher.__table__,
                [{**ROW, "name": str(int(name) + 1)}],
                update=("name",),
            )

        try:
            for _ in range(10):
                mine.write(work)
        except Exception as error:  # noqa: BLE001 -- any of them is what this test is about
            failures.append(error)
        finally:
            mine.close()

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store.reading() as connection:
        assert connection.execute(select(Publisher.__table__.c.name)).scalar_one() == "40"


def test_an_upsert_of_what_is_stored_writes_no_row(store: Store) -> None:
    def work(connection: object) -> int:
        return upsert(connection, Publisher.__table__, [ROW], update=("name", "home"))  # type: ignore[arg-type]

    assert store.write(work) == 1
    assert store.write(work) == 0


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    def work(connection: object) -> None:
        connection.execute(  # type: ignore[attr-defined]
            insert(models.runs.CheckResult),
            {"run_id": "x", "name": "y", "level": "sum", "passed": True, "observed": "", "expected": "",
             "message": "", "checked_at": datetime(2026, 6, 16)},  # noqa: DTZ001
        )  # fmt: skip

    with pytest.raises(StatementError, match="has no zone"):
        store.write(work)


def test_times_come_back_aware_and_in_utc(store: Store) -> None:
    moment = datetime(2026, 6, 16, 1, 5, tzinfo=UTC)
    with store.engine.connect() as connection:
        connection.execute(insert(Publisher), ROW)
        connection.execute(
            insert(models.runs.Run),
            {"id": "a", "publisher": "tibet_net", "run_key": "b", "window_start": moment.date(),
             "window_end": moment.date(), "selection": {}, "reason": "", "crawled_at": moment, "complete": True},
        )  # fmt: skip
        assert connection.execute(select(models.runs.Run.__table__.c.crawled_at)).scalar_one() == moment


def test_an_id_follows_from_what_a_row_is_about() -> None:
    assert identity("article", "tibet_net", "www", "123") == identity("article", "tibet_net", "www", "123")
    assert identity("a", "bc") != identity("ab", "c")
    assert 0 <= identity("article", "x") < 2**63


def test_sqlite_folders_that_cannot_be_made_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(f"sqlite:///{tmp_path}/file/store.sqlite")
    with pytest.raises(Unreachable, match="file"):
        store.upgrade()
