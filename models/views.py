"""The views for whoever asks the store in SQL, as migration 0005 makes them; docs/analysing.md tells their columns."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, MetaData, String, Table

from models.base import UtcDateTime

__all__ = ["ARTICLE_NOW", "URL_FATE", "VIEWS"]

# Not among the tables' own: Alembic compares those with the tables that it finds.
_METADATA = MetaData()

ARTICLE_NOW = Table(
    "article_now",
    _METADATA,
    Column("article_id", BigInteger),
    Column("publisher", String),
    Column("site", String),
    Column("key", String),
    Column("kind", String),
    Column("url", String),
    Column("title", String),
    Column("subtitle", String),
    Column("source", String),
    Column("authors", String),
    Column("editor", String),
    Column("published_day", Date),
    Column("published_time", String),
    Column("published_precision", String),
    Column("published_printed", String),
    Column("body", String),
    Column("story_id", BigInteger),
    Column("first_in_story", Boolean),
    Column("revision", BigInteger),
    Column("record_hash", String),
    Column("capture_id", BigInteger),
    Column("published_utc", UtcDateTime(timezone=True)),
)
"""One row per article: its current revision. Days and times are Asia/Shanghai's."""

URL_FATE = Table(
    "url_fate",
    _METADATA,
    Column("run_id", String),
    Column("publisher", String),
    Column("window_start", Date),
    Column("window_end", Date),
    Column("url", String),
    Column("site", String),
    Column("key", String),
    Column("listed_title", String),
    Column("fate", String),
    Column("fate_group", String),
    Column("http_status", Integer),
    Column("message", String),
    Column("channels", String),
    Column("layout", String),
    Column("capture_id", BigInteger),
    Column("article_id", BigInteger),
    Column("crawled_utc", UtcDateTime(timezone=True)),
)
"""One row per run and URL: what became of it in that run."""

VIEWS: tuple[str, ...] = (ARTICLE_NOW.name, URL_FATE.name)
"""Their names, for the grants."""
