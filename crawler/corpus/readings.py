"""How well the pages of some runs were read: the fields that were filled, and the layouts that read them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from crawler import publishers
from crawler.corpus.runs import StoredRun
from crawler.errors import ConfigurationError
from models.aggregates import RunLayout, RunYield

__all__ = ["Fields", "Layouts", "fields_filled", "layouts_used"]

_FIELD_FLOOR = 0.95
"""Below it a field counts as often empty; `check` warns at the same share."""
_FIELDS = {
    "title": "with_title",
    "published_at": "with_time",
    "source": "with_source",
    "authors": "with_authors",
    "editor": "with_editor",
    "body": "with_body",
}


@dataclass(frozen=True, slots=True)
class Fields:
    """How many of `texts` revisions have each field; `low` names expected fields that are often empty."""

    name: str
    texts: int
    filled: dict[str, int]
    low: frozenset[str]


@dataclass(frozen=True, slots=True)
class Layouts:
    """Which layouts read the articles; `general` were left to the general reader, `limit` is their largest share."""

    name: str
    articles: int
    layouts: tuple[tuple[str, int], ...]
    general: int
    limit: float


def fields_filled(connection: Connection, names: dict[str, str], runs: Iterable[StoredRun]) -> tuple[Fields, ...]:
    """How many texts of some runs have each field, by publisher (key to name)."""
    publisher_of = {run.ref.run_id: run.ref.publisher for run in runs}
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(
        select(RunYield.__table__).where(RunYield.__table__.c.run_id.in_(list(publisher_of)))
    ).mappings():
        sums[publisher_of[row["run_id"]]].update({name: row[name] for name in ("texts", *_FIELDS.values())})
    rows = []
    for key, name in names.items():
        texts = sums[key]["texts"]
        filled = {label: sums[key][column] for label, column in _FIELDS.items()}
        expected = _expectations(key).filled if _expectations(key) else ()
        low = frozenset(label for label in expected if texts and filled.get(label, texts) < _FIELD_FLOOR * texts)
        rows.append(Fields(name, texts, filled, low))
    return tuple(rows)


def layouts_used(connection: Connection, names: dict[str, str], runs: Iterable[StoredRun]) -> tuple[Layouts, ...]:
    """Which layouts read the articles of some runs, by publisher (key to name)."""
    publisher_of = {run.ref.run_id: run.ref.publisher for run in runs}
    table = RunLayout.__table__.c
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for run_id, layout, articles in connection.execute(
        select(table.run_id, table.layout, table.articles).where(
            table.run_id.in_(list(publisher_of)), table.articles > 0
        )
    ):
        sums[publisher_of[run_id]][layout] += articles
    rows = []
    for key, name in names.items():
        general = sum(count for layout, count in sums[key].items() if layout.startswith("generic"))
        wanted = _expectations(key)
        rows.append(
            Layouts(
                name,
                sums[key].total(),
                tuple(sums[key].most_common()),
                general,
                wanted.generic_share if wanted else 1.0,
            )
        )
    return tuple(rows)


def _expectations(key: str) -> Any:
    try:
        return publishers.load(key).expectations
    except ConfigurationError:
        # Said already, as one of the page's problems.
        return None
