"""The store's engine and its transactions: one writer at a time, retried where the database may recover."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from models.refusals import barred_files, first_line, rights_wanted

__all__ = ["MayNotWrite", "NoStore", "NotMigrated", "Store", "Unreachable"]

log = logging.getLogger(__name__)

# Each look at the schema's version would put two lines into a task's log.
logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)

T = TypeVar("T")

_WRITER_LOCK = 0x6469_6261_6F
"""Key of the PostgreSQL advisory lock that all writers take ("dibao" in ASCII)."""

_PASSING_SQLSTATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"})
"""Serialization failure, deadlock, lock not available, shutdowns, too many connections
(PostgreSQL documentation, appendix A)."""

_SQLITE_PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=60000", "cache_size=-65536")
"""WAL lets readers work beside the writer; FULL keeps a commit through a power cut; 64 MB of page cache."""


_HOST = re.compile(r"[A-Za-z0-9._-]*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
"""A host's name, an IPv4 or an IPv6 address; empty for the local socket."""

_PARAMETERS = re.compile(r"[a-z_]+=[^&=@]*(&[a-z_]+=[^&=@]*)*")


class NotMigrated(Exception):
    """The database has no tables, or those of another version of Dibao."""


class NoStore(NotMigrated):
    """There is no database at all where it should be."""


class Unreachable(Exception):
    """The database cannot be opened."""


class MayNotWrite(Exception):
    """The database can be read and not written."""


class Store:
    """The SQL store behind one URL.

    Args:
        url: an SQLAlchemy URL, SQLite or PostgreSQL.

    Raises:
        Unreachable: it is no such URL.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
        except (ArgumentError, ValueError):
            # Without its cause: the driver's words may quote the URL, and with it the password.
            raise Unreachable("DIBAO_STORE is not a database URL such as postgresql://user@host/dibao") from None
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise Unreachable(
                f"DIBAO_STORE: {self.url.get_backend_name()} is not supported, use sqlite:/// or postgresql://"
            )
        if self.url.get_backend_name() == "postgresql" and not _unambiguous(url, self.url):
            # The rest of a password is taken for the host, the database or a parameter then, which messages name.
            raise Unreachable(
                "DIBAO_STORE can be read in several ways, as with an @ in its password: write @ as %40 there, "
                "/ as %2F, : as %3A, ? as %3F, # as %23, % as %25"
            )
        try:
            self.engine = _engine(url)
        except (NoSuchModuleError, ImportError) as error:
            raise Unreachable(
                f"DIBAO_STORE: the driver {self.url.drivername} is not installed, use postgresql://"
            ) from error

    def __str__(self) -> str:
        # Drivers take passwords as query parameters too.
        return self.url.set(query={}).render_as_string(hide_password=True)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def upgrade(self) -> None:
        """Bring the schema to this version, creating it where there is none.

        Raises:
            Unreachable: the database cannot be opened.
        """
        if self.url.get_backend_name() == "sqlite" and self.url.database:
            try:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise Unreachable(f"cannot make the folder of {self}: {error.strerror}") from error
        with self._opened() as connection:
            configuration = _alembic()
            configuration.attributes["connection"] = connection
            # Two starts at once must not both create the tables.
            _take_writer_lock(connection)
            command.upgrade(configuration, "head")
            connection.commit()

    def revision(self) -> str | None:
        """The schema's version in the database, or None where there is no table of ours."""
        with self._opened() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def is_new(self) -> bool:
        """Whether there is no store here yet: no file, or none of our tables."""
        return (self.url.get_backend_name() == "sqlite" and not self._has_file()) or self.revision() is None

    def require_schema(self) -> None:
        """Refuse to work on a database that is not at this version.

        Raises:
            NotMigrated: it is not; the message says what to do.
            Unreachable: the database cannot be opened.
        """
        if self.url.get_backend_name() == "sqlite" and not self._has_file():
            raise NoStore(f"there is no store at {self}; run `dibao db upgrade` first")
        wanted = ScriptDirectory.from_config(_alembic()).get_current_head()
        found = self.revision()
        if found != wanted:
            state = "has no tables yet" if found is None else f"is at schema {found}, this version needs {wanted}"
            raise NotMigrated(f"the store {self} {state}; run `dibao db upgrade`")

    def _has_file(self) -> bool:
        try:
            return bool(self.url.database) and Path(str(self.url.database)).exists()
        except OSError as error:
            raise Unreachable(
                f"cannot open the store {self}: {error.strerror}; check the owner and the rights of its folders"
            ) from error

    def require_writing(self, tables: Sequence[str]) -> None:
        """Refuse to begin what could not be written at its end.

        Args:
            tables: what rows are added to.

        Raises:
            MayNotWrite: this role or this user may not; the message says who gives the right.
        """
        if self.url.get_backend_name() == "sqlite":
            if said := barred_files(self.url):
                raise MayNotWrite(f"the store {self} cannot be written: {said}")
            return
        lacking = text(
            "SELECT t FROM unnest(CAST(:tables AS text[])) AS t WHERE NOT has_table_privilege(t, 'INSERT') ORDER BY t"
        )
        with self._opened() as connection:
            found = list(connection.execute(lacking, {"tables": list(tables)}).scalars())
        if found:
            raise MayNotWrite(
                f"the store {self} cannot be written: no right to add rows to {', '.join(found)}. "
                f"{rights_wanted(self.url)}"
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from; what it sees is one snapshot."""
        self.require_schema()
        with self._opened() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def write(self, work: Callable[[Connection], T], *, attempts: int = 6) -> T:
        """Run `work` in one transaction as the only writer, and commit it whole or not at all.

        A failure that may pass (locked, deadlock, serialization, connection lost) is tried again from the
        start with a fresh connection, so `work` must not keep anything from a try that failed.

        Args:
            work: what to do with the connection; it does not commit.
            attempts: how often at most.

        Raises:
            NotMigrated: the schema is not this version's.
            sqlalchemy.exc.SQLAlchemyError: the last failure.
        """
        self.require_schema()
        for attempt in Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(attempts),
            wait=wait_random_exponential(multiplier=0.2, max=10),
            before_sleep=_log_retry,
            reraise=True,
        ):
            with attempt, self.engine.connect() as connection:
                _take_writer_lock(connection)
                result = work(connection)
                connection.commit()
                return result
        raise AssertionError("tenacity ends with a result or an exception")

    @contextmanager
    def _opened(self) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except (OperationalError, OSError) as error:
            raise Unreachable(
                f"cannot open the store {self}: {first_line(error)}. Check DIBAO_STORE and the server."
            ) from error
        with connection:
            yield connection


def _unambiguous(given: str, url: URL) -> bool:
    """Whether no part of a PostgreSQL URL that is named or looked up can hold a piece of the password."""
    rest = given.partition("://")[2]
    if rest.count("@") > 1:
        return False
    _, question, parameters = rest.rpartition("@")[2].partition("?")
    host_is_one = _HOST.fullmatch(url.host or "") is not None
    database_is_one = not any(sign in (url.database or "") for sign in ("@", "%", "/", ":", "?"))
    return host_is_one and database_is_one and (not question or _PARAMETERS.fullmatch(parameters) is not None)


def _engine(url: str) -> Engine:
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        engine = create_engine(url, connect_args={"timeout": 60}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        # pysqlite would begin a transaction of its own only at the first INSERT, after reads that then
        # see another state than the writes.
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return engine
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10}, hide_parameters=True)


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _take_writer_lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
    else:
        # BEGIN was sent; becoming the writer now, not at the first INSERT, is what BEGIN IMMEDIATE does.
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _may_pass(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _PASSING_SQLSTATES or state.startswith("08")
    message = str(error.orig).lower()
    return any(
        sign in message for sign in ("database is locked", "database table is locked", "server closed the connection")
    )


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait = state.next_action.sleep if state.next_action else 0
    reason = first_line(error) if error else "no reason is known"
    log.warning("the store did not take the transaction (%s); trying again in %.1f s", reason, wait)


def _alembic() -> AlembicConfig:
    configuration = AlembicConfig()
    configuration.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return configuration
