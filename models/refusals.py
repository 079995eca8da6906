"""What the database means when it refuses, and who can mend it."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

__all__ = ["barred_files", "first_line", "rights_wanted", "way_out"]

_NO_RIGHT = "42501"
"""insufficient_privilege (PostgreSQL documentation, appendix A)."""

_NO_ROOM = frozenset({"53100", "SQLITE_FULL"})


def first_line(error: BaseException) -> str:
    """The database's own words, their first line."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def way_out(error: SQLAlchemyError, url: URL) -> str:
    """What to do about a refusal, as a sentence; where nobody knows better, to try again.

    Args:
        error: as SQLAlchemy raised it.
        url: the store's.
    """
    cause = getattr(error, "orig", None)
    code = str(getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or "")
    if code == _NO_RIGHT:
        return _about_rights(first_line(error), url)
    if code.startswith("SQLITE_READONLY"):
        return barred_files(url) or (
            f"Look at the rights of {url.database} and of the -wal and -shm beside it; is the disk read-only?"
        )
    if code in _NO_ROOM:
        return "Make room on the disk, then run it again."
    return "Run the stage again."


def _about_rights(words: str, url: URL) -> str:
    if words.startswith("must be owner"):
        return (
            f"Only the tables' owner changes the schema, and {url.username or 'this role'} is not: run `dibao db "
            "upgrade` with the owner in DIBAO_STORE, then `dibao db grants` for each other role again "
            "(docs/operations.md, Upgrading)."
        )
    return rights_wanted(url)


def rights_wanted(url: URL) -> str:
    """Who gives a role the rights that it lacks, as a sentence."""
    return (
        f"{url.username or 'This role'} lacks a right, and will until the tables' owner gives it: `dibao db grants "
        f"{url.username or 'ROLE'} | psql …` (with --reader for one that only asks), as after each `dibao db upgrade` "
        "(docs/operations.md, PostgreSQL)."
    )


def barred_files(url: URL) -> str:
    """The files of an SQLite store that this user may not write, as a sentence; empty where there is none.

    SQLite makes `-wal` and `-shm` with the rights that the database had then.
    """
    database = Path(url.database or "")
    files = [database, *(database.with_name(database.name + end) for end in ("-wal", "-shm")), database.parent]
    barred = [str(path) for path in files if path.exists() and not os.access(path, os.W_OK)]
    if not barred:
        return ""
    return f"This user may not write {', '.join(barred)}: give the right back (chmod u+w, chown), then run it again."
