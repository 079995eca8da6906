"""Our clock beside a server's, as an archived response has both."""

from __future__ import annotations

from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from crawler.fetch.warc_read import ArchivedResponse

__all__ = ["BORNE", "ahead_of_server"]

BORNE = timedelta(days=1)
"""What `crawler.parse.dates` bears: it does not believe a printed date that is later by more than its page's fetch."""


def ahead_of_server(response: ArchivedResponse) -> timedelta | None:
    """How far our clock was ahead of the server's when a response came.

    The server's time is its Date (RFC 9110 6.6.1) and the Age that a cache adds (RFC 9111 5.1).

    Args:
        response: as archived.

    Returns:
        Negative where our clock was behind; None where the server told no time that could be meant.
    """
    try:
        date = parsedate_to_datetime(response.header("Date"))
        told = (date if date.tzinfo else date.replace(tzinfo=UTC)) + timedelta(seconds=_age(response))
        return response.fetched_at - told
    except (ValueError, OverflowError):
        return None


def _age(response: ArchivedResponse) -> int:
    return max(0, int(response.header("Age") or 0))
