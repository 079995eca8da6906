"""Who may do what in a PostgreSQL store: the rights of each role, and the SQL that grants them.

Three roles: the owner of the tables runs `dibao db upgrade` and nothing else; the nightly role does what the stages do;
the reader asks. `tests/security/test_grants.py` works under these rights and shows that each of them is used.
"""

from __future__ import annotations

import re
from enum import StrEnum

from sqlalchemy.dialects import postgresql

from models.aggregates import ArticleDay, RunFate, RunLayout, RunYield
from models.alerts import Alert, AlertEvent
from models.articles import Article, Revision
from models.base import Base
from models.contents import Content, Fingerprint, RecurringSentence
from models.fixity import ArchiveFile, DamagedRecord
from models.identity import StoreIdentity
from models.runs import CheckResult, ListingCount, Publisher, Run
from models.stories import StoryAlias, StoryEdge
from models.urls import Capture, Url, UrlEvent
from models.views import VIEWS

__all__ = ["DELETED", "INSERTED", "UPDATED", "Role", "grants"]


class Role(StrEnum):
    """What a database role is for."""

    NIGHTLY = "nightly"
    """crawl, parse, dedupe, load, check, upkeep; what is said of them to people."""
    READER = "reader"
    """Analysts, the Corpus page of a machine that runs no stage, `dibao status`, `audit`, `gaps`, `story` …"""


def _columns(model: type[Base]) -> tuple[str, ...]:
    return tuple(column.name for column in model.__table__.columns if not column.primary_key)


UPDATED: dict[str, tuple[str, ...]] = {
    Publisher.__tablename__: ("name", "home"),
    Run.__tablename__: ("reason", "crawled_at", "complete"),
    ListingCount.__tablename__: _columns(ListingCount),
    CheckResult.__tablename__: ("level", "passed", "observed", "expected", "message"),
    Url.__tablename__: ("publisher", "fate", "last_run_id", "last_seen", "site", "key"),
    UrlEvent.__tablename__: ("current",),
    Capture.__tablename__: ("charset_declared", "charset_used", "charset_how"),
    Article.__tablename__: ("url", "kind", "title", "published_at", "current_revision_id", "last_seen"),
    Revision.__tablename__: ("seen_to",),
    Content.__tablename__: ("day", "story_id"),
    StoryAlias.__tablename__: ("story_id",),
    RunFate.__tablename__: _columns(RunFate),
    RunLayout.__tablename__: _columns(RunLayout),
    RunYield.__tablename__: _columns(RunYield),
    ArticleDay.__tablename__: _columns(ArticleDay),
    Alert.__tablename__: _columns(Alert),
    AlertEvent.__tablename__: ("run_id", "window_end", "last_at", "resolved_at", "message", "log_url"),
    ArchiveFile.__tablename__: _columns(ArchiveFile),
    DamagedRecord.__tablename__: ("url", "problem", "mended_at"),
}
"""The columns that the nightly role may change. What a page said (a revision's fields, a text, where its bytes lie,
what became of a URL) is not among them: once it is written, no stage changes it."""

DELETED: tuple[str, ...] = (
    Fingerprint.__tablename__,
    RecurringSentence.__tablename__,
    StoryEdge.__tablename__,
    StoryAlias.__tablename__,
)
"""The tables that the nightly role may delete from: what follows from the texts and can be made again."""

INSERTED: tuple[str, ...] = tuple(
    table.name for table in Base.metadata.sorted_tables if table.name != StoreIdentity.__tablename__
)
"""The tables that the nightly role may add rows to: all but the store's own name."""

_VERSION = "alembic_version"
"""Alembic's own table; every start reads it."""


def grants(role: str, kind: Role) -> str:
    """The SQL that gives a role the rights it needs, and takes all others away.

    It is for the owner of the database and its tables, once per role and after every `dibao db upgrade`.

    Args:
        role: the role's name; it exists already, with LOGIN and nothing else.
        kind: what it is for.

    Raises:
        ValueError: the name is none that could be written into SQL without care.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,62}", role):
        raise ValueError("a role's name is of letters, digits, - and _, and starts with a letter")
    quoted = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]
    to, literal = f'"{role}"', f"'{role}'"
    tables = [table.name for table in Base.metadata.sorted_tables]
    # The fingerprints of a batch are laid beside the stored ones in a temporary table.
    database = "CONNECT, TEMPORARY" if kind is Role.NIGHTLY else "CONNECT"
    lines = [
        f"-- The rights of {to} ({kind.value}) in a store of Dibao. For the owner of the tables, after each upgrade:",
        "--   dibao db grants … | psql --set ON_ERROR_STOP=1 --dbname …",
        "BEGIN;",
        "DO $$ BEGIN",
        "  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());",
        f"  EXECUTE format('REVOKE ALL ON DATABASE %I FROM %I', current_database(), {literal});",
        f"  EXECUTE format('GRANT {database} ON DATABASE %I TO %I', current_database(), {literal});",
        f"  EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC, %I', current_schema(), {literal});",
        f"  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), {literal});",
        f"  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC, %I', current_schema(), {literal});",
        "END $$;",
        f"GRANT SELECT ON {', '.join([_VERSION, *tables, *VIEWS])} TO {to};",
    ]
    if kind is Role.NIGHTLY:
        lines.append(f"GRANT INSERT ON {', '.join(INSERTED)} TO {to};")
        lines += [
            f"GRANT UPDATE ({', '.join(map(quoted, columns))}) ON {table} TO {to};"
            for table, columns in UPDATED.items()
        ]
        lines.append(f"GRANT DELETE ON {', '.join(DELETED)} TO {to};")
    return "\n".join([*lines, "COMMIT;", ""])
