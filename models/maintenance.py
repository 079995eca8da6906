"""What a database needs from week to week: proof that it is whole, fresh statistics, and no more disk than its rows."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from models.base import Base
from models.store import Store

__all__ = ["Care", "care_for"]

_MOST_PROBLEMS = 20
_WAIT_MS = 5_000
"""A night's load goes first: what cannot have the lock after so long is left to the next time."""

_WORTH = 0.2
"""A file is made smaller when so much of it is empty …"""
_WORTH_BYTES = 64 << 20
"""… and that is more than the nights of a few weeks fill again."""

_STALE = 0.1
_STALE_ROWS = 1_000
_DEAD = 0.2
_DEAD_ROWS = 10_000
"""PostgreSQL's autovacuum acts at a fifth of a table changed for a VACUUM and a tenth for an ANALYZE (its
documentation, 25.1.6); a table that is beyond both it has not come to."""

_OLD_TRANSACTIONS = 1_000_000_000
"""Half way to where PostgreSQL stops taking writes (its documentation, 25.1.5)."""

_LONG_HELD = "1 hour"

_RESTORE = "Stop the nights, copy the file, restore it from its backup, and load the runs since then again"


@dataclass(frozen=True, slots=True)
class Care:
    """One thing that was looked at or done.

    Args:
        what: the thing.
        said: what came of it.
        problem: a person must do something; `said` tells what.
    """

    what: str
    said: str
    problem: bool = False


def care_for(store: Store, *, dry_run: bool, quiet: bool) -> Iterator[Care]:
    """Look after the database, one thing after the other; each may be repeated and none loses anything.

    Args:
        store: the store.
        dry_run: look only.
        quiet: no run is at work, so the database may be locked for minutes.
    """
    store.require_schema()
    if store.url.get_backend_name() == "sqlite":
        yield from _sqlite(store, dry_run=dry_run, quiet=quiet)
    else:
        yield from _postgresql(store, dry_run=dry_run)


def _sqlite(store: Store, *, dry_run: bool, quiet: bool) -> Iterator[Care]:
    raw = store.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
        yield from _sqlite_whole(cursor)
        if dry_run:
            empty, size, _ = _sqlite_empty(cursor)
            yield Care("empty pages", f"{empty / 1e6:.1f} of {size / 1e6:.1f} MB")
            return
        yield _sqlite_statistics(cursor)
        yield _sqlite_space(cursor, Path(str(store.url.database)), quiet=quiet)
        yield _sqlite_log(cursor)
    except sqlite3.DatabaseError as error:
        yield Care("the file", f"{error}. {_RESTORE}", problem=True)
    finally:
        # Not back into the pool: its time-out is not that of the others.
        raw.invalidate()


def _sqlite_whole(cursor: Any) -> Iterator[Care]:
    found = [row[0] for row in cursor.execute(f"PRAGMA integrity_check({_MOST_PROBLEMS})").fetchall()]
    if found == ["ok"]:
        yield Care("integrity_check", "ok")
    else:
        yield Care(
            "integrity_check",
            f"the database file is damaged ({'; '.join(map(str, found[:3]))}). {_RESTORE}",
            problem=True,
        )
    broken = cursor.execute("PRAGMA foreign_key_check").fetchmany(_MOST_PROBLEMS)
    if broken:
        tables = sorted({f"{row[0]} → {row[2]}" for row in broken})
        yield Care(
            "foreign keys",
            f"rows lead nowhere ({', '.join(tables)}): `dibao audit` names them; restore the store from its backup",
            problem=True,
        )
    else:
        yield Care("foreign keys", "ok")


def _sqlite_statistics(cursor: Any) -> Care:
    # What `PRAGMA optimize` does to tables that this connection has asked; a fresh one has asked none.
    cursor.execute("PRAGMA analysis_limit=1000")
    try:
        cursor.execute("ANALYZE")
    except sqlite3.OperationalError as error:
        return Care("statistics", f"left as they are, another process is writing ({error})")
    cursor.execute("PRAGMA optimize")
    return Care("statistics", "up to date (ANALYZE of 1,000 rows an index, optimize)")


def _sqlite_empty(cursor: Any) -> tuple[int, int, int]:
    """Empty bytes, all bytes, and the auto_vacuum mode."""
    page, pages, free, mode = (
        int(cursor.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count", "freelist_count", "auto_vacuum")
    )
    return free * page, pages * page, mode


def _sqlite_space(cursor: Any, path: Path, *, quiet: bool) -> Care:
    empty, size, mode = _sqlite_empty(cursor)
    state = f"{empty / 1e6:.1f} of {size / 1e6:.1f} MB are empty"
    try:
        if mode == 2 and empty:
            cursor.execute("PRAGMA incremental_vacuum").fetchall()
            return Care("space", f"{state}; given back")
        if empty < _WORTH_BYTES or empty < _WORTH * size:
            return Care("space", f"{state}: not worth a VACUUM")
        free = shutil.disk_usage(path.parent).free
        # The new file and its write-ahead log lie beside the old one until it is done.
        if free < 2.2 * size:
            return Care("space", f"{state}; a VACUUM needs {2.2 * size / 1e6:.0f} MB of disk, {free / 1e6:.0f} is free")
        if not quiet:
            return Care("space", f"{state}; no VACUUM while a run is at work")
        cursor.execute("VACUUM")
    except sqlite3.OperationalError as error:
        return Care("space", f"{state}; left so, another process is at work ({error})")
    return Care("space", f"{state}; the file is {(size - _sqlite_empty(cursor)[1]) / 1e6:.1f} MB smaller (VACUUM)")


def _sqlite_log(cursor: Any) -> Care:
    try:
        busy, pages, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        return Care("write-ahead log", f"left as it is ({error})")
    if busy:
        return Care("write-ahead log", f"{pages} pages stay in it: another process reads or writes")
    return Care("write-ahead log", "brought into the database and emptied")


def _postgresql(store: Store, *, dry_run: bool) -> Iterator[Care]:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = {_WAIT_MS}"))
        yield from _postgresql_whole(connection)
        yield from _postgresql_held(connection)
        yield from _postgresql_tables(connection, dry_run=dry_run)


def _postgresql_whole(connection: Connection) -> Iterator[Care]:
    age = connection.execute(
        text("SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()")
    ).scalar_one()
    said = f"the oldest transaction is {age:,} back"
    if age > _OLD_TRANSACTIONS:
        said += ": autovacuum does not come after; its owner runs `VACUUM (FREEZE)` before writes are refused"
    yield Care("transaction ids", said, problem=age > _OLD_TRANSACTIONS)
    failures = connection.execute(
        text("SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()")
    ).scalar()
    if failures is None:
        yield Care("checksums", "off on this server; `pg_checksums --enable` while it is stopped turns them on")
    elif failures:
        yield Care(
            "checksums", f"{failures:,} pages failed theirs: the disk is bad, restore from a backup", problem=True
        )
    else:
        yield Care("checksums", "none has failed")
    version = connection.execute(text("SHOW server_version_num")).scalar_one()
    if int(version) >= 150000:
        stored, now = connection.execute(
            text(
                "SELECT datcollversion, pg_database_collation_actual_version(oid) FROM pg_database "
                "WHERE datname = current_database()"
            )
        ).one()
        if stored != now:
            yield Care(
                "collation",
                f"the indexes were sorted by version {stored} of the system's rules, which are {now} now, so a unique "
                "index may let doubles in: its owner runs REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION "
                "VERSION",
                problem=True,
            )


def _postgresql_held(connection: Connection) -> Iterator[Care]:
    """Locks outlive their process only where its machine went away without a word."""
    rows = connection.execute(
        text(
            "SELECT a.pid, a.state, now() - a.xact_start AS since FROM pg_stat_activity a "
            "JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'advisory' AND l.granted "
            "WHERE a.datname = current_database() AND a.xact_start < now() - CAST(:long AS interval)"
        ),
        {"long": _LONG_HELD},
    ).all()
    for pid, state, since in rows:
        yield Care(
            "writer lock",
            f"process {pid} ({state}) holds it for {str(since).split('.')[0]}: if no load is at work, "
            f"SELECT pg_terminate_backend({pid})",
            problem=True,
        )


def _postgresql_tables(connection: Connection, *, dry_run: bool) -> Iterator[Care]:
    rows = connection.execute(
        text(
            "SELECT c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), "
            "coalesce(s.n_live_tup, 0), coalesce(s.n_dead_tup, 0), coalesce(s.n_mod_since_analyze, 0), "
            "pg_has_role(c.relowner, 'USAGE'), pg_get_userbyid(c.relowner) "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid "
            "WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY c.relname"
        )
    ).all()
    ours = set(Base.metadata.tables)
    idle = 0
    for name, quoted, live, dead, changed, allowed, owner in rows:
        if name not in ours:
            continue
        vacuum = dead > _DEAD_ROWS and dead > _DEAD * (live + dead)
        analyze = changed > _STALE_ROWS and changed > _STALE * live
        if not vacuum and not analyze:
            idle += 1
            continue
        # SKIP_LOCKED: a load that holds the table is not waited for.
        command = f"VACUUM (SKIP_LOCKED, ANALYZE) {quoted}" if vacuum else f"ANALYZE (SKIP_LOCKED) {quoted}"
        state = f"{changed:,} rows changed since its statistics were taken, {dead:,} dead of {live + dead:,}"
        if not allowed:
            yield Care(name, f"{state}; only its owner {owner} may: {command}")
        elif dry_run:
            yield Care(name, f"{state}; {command}")
        else:
            try:
                connection.exec_driver_sql(command)
            except DBAPIError as error:
                yield Care(name, f"{state}; {command} did not run ({str(error.orig).strip().splitlines()[0]})")
            else:
                yield Care(name, f"{state}; {command}")
    yield Care("tables", f"{idle} of {len(ours & {row[0] for row in rows})} need nothing: autovacuum has seen to them")
