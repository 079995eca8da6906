"""`python -m tests.mutants.night FOLDER`: one night, and what each guard has to say of it, as a JSON list.

In a healthy tree the list is empty. It is run as a process of its own, with the tree that holds the defect first on
Python's path.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import select
from upath import UPath

from crawler import stages
from crawler.assurance.audit import audit
from crawler.config import Config
from crawler.errors import DibaoError
from crawler.run import Run, Window
from models.runs import CheckResult
from models.store import Store
from tests.chaos.rounds import doubles, inverted
from tests.night.nights import in_window, quiet, squeezed, stored_articles
from tests.replica import Handle, start

__all__ = ["spoken"]

WINDOW = Window.parse("2026-06-15", "2026-06-16")


def spoken(folder: Path, replica: Handle) -> list[str]:
    """Do a night, check it, audit it, hold it against what the site printed, load it again.

    Args:
        folder: for its data and its store.
        replica: the site.

    Returns:
        Each guard that found something: a stage that refused, `check: …`, `audit: …`, `the truth: …`,
        `a second load writes rows`, `a row is there twice`.
    """
    config = Config(
        data=str(folder / "data"), store=SecretStr(f"sqlite:///{folder}/store.sqlite"), gateway=replica.url,
        delay_seconds=0,
    )  # fmt: skip
    run, found = Run("sichuan_gov", WINDOW), []
    store = Store(config.store_url)
    store.upgrade()
    for stage in stages.STAGES:
        try:
            getattr(stages, stage)(run, config, on_line=quiet)
        except DibaoError:
            found.append(stage)
        except Exception as error:  # noqa: BLE001 - a defect may end in anything, and that is loud as well
            found.append(f"{stage}: {type(error).__name__}")
    with store.reading() as connection:
        check = CheckResult.__table__.c
        failed = connection.execute(select(check.name).where(~check.passed, check.level != "usual")).scalars()
        found += [f"check: {name}" for name in failed]
    with store.reading() as connection:
        result = audit(connection, UPath(config.data))
        found += [f"audit: {question.name}" for question in result.questions if question.breaks]
    with store.reading() as connection:
        found += _against_the_truth(stored_articles(connection), replica)
    if stages.STAGES[3] not in found:
        if stages.load(run, config, on_line=quiet)["rows_written"]:
            found.append("a second load writes rows")
        with store.reading() as connection:
            if doubles(connection) or inverted(connection):
                found.append("a row is there twice")
    store.close()
    return found


def _against_the_truth(stored: dict[tuple[str, str, str], object], replica: Handle) -> list[str]:
    by_key = {(site, key): row for (_, site, key), row in stored.items()}
    printed = [row for row in in_window(replica.truth("sichuan_gov"), WINDOW) if row["fate"] == "loaded_new"]
    assert printed
    found = []
    if any((row["site"], row["key"]) not in by_key for row in printed):
        found.append("the truth: an article is missing")
    there = [(row, by_key[row["site"], row["key"]]) for row in printed if (row["site"], row["key"]) in by_key]
    if any(
        (row["title"], squeezed("".join(row["paragraphs"]))) != (got.title, squeezed("".join(got.paragraphs)))  # type: ignore[attr-defined]
        for row, got in there
    ):
        found.append("the truth: an article is not as printed")
    return found


if __name__ == "__main__":
    with start() as running:
        print(json.dumps(spoken(Path(sys.argv[1]), running), ensure_ascii=False))
