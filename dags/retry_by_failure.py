"""Which failed try is worth another one, and when: by the kind of failure, not by the clock alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import RetryDecision, RetryPolicy

from crawler.errors import CheckFailed, ConfigurationError, CrawlBlocked, CrawlBroken, CrawlTransient

if TYPE_CHECKING:
    from airflow.sdk import Context

__all__ = ["BLOCKED_WAITS", "RetryByFailure", "attempt"]

# A refusal is answered with patience, and twice at most: a rate limit has passed after half an hour, a challenge or
# a ban perhaps after some hours; what still refuses then needs a person.
BLOCKED_WAITS = (timedelta(minutes=30), timedelta(hours=6))
_TRANSIENT_FIRST = timedelta(minutes=2)
_TRANSIENT_LONGEST = timedelta(minutes=30)


def attempt(try_number: int, max_tries: int, retries: int) -> int:
    """Which try this is since the task was started or cleared, from 1.

    Args:
        try_number: Airflow's, which a clear counts on.
        max_tries: Airflow's, which a clear counts on as well.
        retries: the task's own.
    """
    return max(1, try_number - max(0, max_tries - retries))


class RetryByFailure(RetryPolicy):
    """Decides by the exception: soon, in hours, or never.

    Args:
        retries: the task's own `retries`; Airflow lets a policy shorten that number, not exceed it.
    """

    def __init__(self, retries: int) -> None:
        self.retries = retries

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """Airflow's hook: what to do after this failure."""
        tried = attempt(try_number, max_tries, self.retries)
        match exception:
            case CrawlBlocked():
                if tried > len(BLOCKED_WAITS):
                    return RetryDecision.fail(f"the site still refuses us at try {tried}: a person must look")
                wait = BLOCKED_WAITS[tried - 1]
                return RetryDecision.retry(wait, f"the site refuses us: the next try is in {wait}")
            case CrawlTransient():
                wait = min(_TRANSIENT_FIRST * 2 ** (tried - 1), _TRANSIENT_LONGEST)
                return RetryDecision.retry(wait, f"this may pass: try {tried + 1} in {wait} goes on from the archive")
            case CrawlBroken() | ConfigurationError() | CheckFailed():
                return RetryDecision.fail(f"{type(exception).__name__}: another try would end the same")
            case ImportError() | AttributeError() | NameError() | TypeError() | AssertionError():
                return RetryDecision.fail(f"{type(exception).__name__}: a fault of the program, not of the moment")
            case _:
                return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """A JSON form."""
        return {"retries": self.retries}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> RetryByFailure:
        """The policy that `serialize` wrote."""
        return cls(retries=data["retries"])
