"""The causes that a message can have: what happened in a few words, and what to do about it."""

from __future__ import annotations

from enum import StrEnum

from crawler.errors import (
    ArtefactError,
    CheckFailed,
    ConfigurationError,
    CrawlBlocked,
    CrawlBroken,
    CrawlTransient,
    RunLocked,
    StoreError,
)

__all__ = ["Cause", "cause_of"]


class Cause(StrEnum):
    """Why somebody is told; one publisher and one cause are one message a day."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    LISTINGS = "listings"
    CHECK = "check"
    PAST_CHECK = "past_check"
    WARNING = "warning"
    DEADLINE = "deadline"
    STALE = "stale"
    PAUSED = "paused"
    CONFIGURATION = "configuration"
    STORE = "store"
    FILES = "files"
    BUSY = "busy"
    KILLED = "killed"
    FAULT = "fault"

    @property
    def headline(self) -> str:
        """What happened, in a few words that follow the publisher's name."""
        return _WORDS[self][0]

    @property
    def advice(self) -> str:
        """What to do."""
        return _WORDS[self][1]


_AGAIN = "then clear the failed task: it goes on from what is there."

_WORDS: dict[Cause, tuple[str, str]] = {
    Cause.REFUSED: (
        "the site refuses us",
        "Open the site in a browser, from this machine's network if you can. A rate limit passes within hours; raise "
        "pace.delay_seconds in publisher.toml if it comes back. A challenge or a ban stays: write to the site and ask "
        "for access, and pause the DAG until it answers. Nothing of what was fetched is lost.",
    ),
    Cause.UNREACHABLE: (
        "the site cannot be read",
        "Every try failed. Open the site in a browser: if it is down, wait, the next night and `dibao gaps` make it "
        f"good; if it is up, look at this machine's network and name server, {_AGAIN}",
    ),
    Cause.LISTINGS: (
        "a listing is not what it was",
        "`dibao probe` shows what the site answers now beside what publisher.toml says: correct the channel's address "
        f"or the spider (docs/adding-a-publisher.md), {_AGAIN}",
    ),
    Cause.CHECK: (
        "the night failed its check",
        'See "When check fails" in docs/operations.md; each line above says what to look at first.',
    ),
    Cause.PAST_CHECK: (
        "runs for past days failed their check",
        "`dibao gaps` lists the days, `dibao checks` the questions. Clear `crawl` of a run once its reason is gone.",
    ),
    Cause.WARNING: (
        "the night is unusual",
        "The articles are stored. Look at the lines above: a trend (`dibao checks`) is the first sign of a changed "
        "layout or of a listing that has moved. What is usual here is set in publisher.toml, [expectations].",
    ),
    Cause.DEADLINE: (
        "the night is not done",
        "Look at the DAG: unpause it, or see what its run waits for. If the scheduler was down, `dibao run --gaps` or "
        "a triggered run fetches what is missing; listings forget their oldest rows, so do not wait for days.",
    ),
    Cause.STALE: (
        "nothing new has come",
        "Does the site show newer articles? `dibao probe` compares. If it has really published nothing, raise "
        "quiet_workdays in its publisher.toml.",
    ),
    Cause.PAUSED: (
        "switched off in Airflow",
        "If that is meant, nothing. Otherwise switch its DAG on: the last night runs at once, and `revisit` fetches "
        "the days of the last thirty that were missed. Listings forget their oldest rows, so do not wait for weeks.",
    ),
    Cause.CONFIGURATION: (
        "a setting is wrong",
        f"Correct what the sentence names, {_AGAIN}",
    ),
    Cause.STORE: (
        "the store cannot be used",
        f"Look at the database server, DIBAO_STORE, and whether `dibao db upgrade` has run, {_AGAIN}",
    ),
    Cause.FILES: (
        "a run's files cannot be used",
        f"Look at the disk of the data root (full, read-only, another owner), {_AGAIN}",
    ),
    Cause.BUSY: (
        "another process works on the same run",
        "Let it end, or stop it if nobody wants it; then clear the task.",
    ),
    Cause.KILLED: (
        "a task was cut short",
        "It ran into its time limit, or its worker died (memory, restart). Its log's end says which. "
        "Clear the task: it goes on from what is there.",
    ),
    Cause.FAULT: (
        "a task broke",
        "This is a fault of the program: its log has the stack trace. Please report it, with the log.",
    ),
}

_BY_FAILURE: tuple[tuple[type[Exception], Cause], ...] = (
    (CrawlBlocked, Cause.REFUSED),
    (CrawlTransient, Cause.UNREACHABLE),
    (CrawlBroken, Cause.LISTINGS),
    (ConfigurationError, Cause.CONFIGURATION),
    (StoreError, Cause.STORE),
    (ArtefactError, Cause.FILES),
    (RunLocked, Cause.BUSY),
)


def cause_of(failure: BaseException | None, *, past: bool = False) -> Cause:
    """The cause that a failure stands for.

    Args:
        failure: what the task raised, or None where nobody knows (its process died).
        past: whether the run is for past days, whose check says nothing of tonight.
    """
    if isinstance(failure, CheckFailed):
        return Cause.PAST_CHECK if past else Cause.CHECK
    for kind, cause in _BY_FAILURE:
        if isinstance(failure, kind):
            return cause
    # A time-out is no Exception in Airflow, and neither is an interrupt.
    return Cause.FAULT if isinstance(failure, Exception) else Cause.KILLED
