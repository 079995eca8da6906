"""Check: prove that a run adds up, and hold it against what its publisher is expected to look like."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from crawler import publishers
from crawler.artefacts import RunFolder
from crawler.assurance.answers import Answer, Level, failures
from crawler.assurance.clock import clock_answers
from crawler.assurance.expect import expectation_answers
from crawler.assurance.sums import run_sums, stored_fates
from crawler.errors import CheckFailed
from models.runs import CheckResult, Run
from models.upsert import upsert

__all__ = ["Answer", "Level", "check_run", "failures", "stored_fates", "write_answers"]


def check_run(connection: Connection, folder: RunFolder) -> list[Answer]:
    """Ask every question of one run; nothing is taken from a log or from what a stage says of itself.

    Args:
        connection: reads the store, after load has committed.
        folder: the run's artefacts, the evidence that the rows are held against.

    Raises:
        CheckFailed: the store has no row of the run at all, so there is nothing that an answer could belong to.
    """
    run_id = folder.run.run_id
    if connection.execute(select(Run.id).where(Run.__table__.c.id == run_id)).first() is None:
        raise CheckFailed(
            f"{run_id} has been loaded, and the store has no row of it: what was written is gone. If DIBAO_STORE names "
            "the database that it was loaded into, run `load` of this run again"
        )
    answers = run_sums(connection, folder)
    # Saved pages that were imported have no listings and no night to be held against.
    if folder.run.publisher in publishers.keys() and not folder.run.digest:
        answers += expectation_answers(connection, folder, publishers.get(folder.run.publisher))
        answers += clock_answers(connection, folder)
    return answers


def write_answers(connection: Connection, folder: RunFolder, answers: list[Answer]) -> int:
    """Store the answers; an answer that is stored already as it is writes nothing."""
    now = datetime.now(UTC)
    return upsert(
        connection,
        CheckResult.__table__,
        [
            {
                "run_id": folder.run.run_id,
                "name": answer.name,
                "level": answer.level.value,
                "passed": answer.passed,
                "observed": answer.observed,
                "expected": answer.expected,
                "message": answer.message,
                "checked_at": now,
            }
            for answer in answers
        ],
        update=("level", "passed", "observed", "expected", "message"),
    )
