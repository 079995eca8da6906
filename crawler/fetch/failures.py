"""What a Scrapy failure was raised by, and how a failure of the crawler itself is reported."""

from __future__ import annotations

import logging

from twisted.python.failure import Failure

from crawler.fetch.session import CrawlSession, ProblemKind

__all__ = ["raised", "report_own_failure"]

logger = logging.getLogger("crawler")


def raised(failure: Failure) -> BaseException:
    """The exception of a failure."""
    assert failure.value is not None
    return failure.value


def report_own_failure(session: CrawlSession, failure: Failure) -> None:
    """Say that the crawler itself failed; the crawl does not count as done."""
    error = raised(failure)
    logger.error("the crawler itself failed", exc_info=error)
    session.problem(ProblemKind.BROKEN, "", f"the crawler itself failed: {error!r}; report it with the log")
