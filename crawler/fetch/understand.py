"""What every answer goes through, from the wire or from the archive: its content coding undone, refusals recognised."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from crawler.errors import Fate, FateGroup
from crawler.fetch.challenge import recognise
from crawler.fetch.content_coding import PayloadError, decode_content
from crawler.fetch.fates import FateReached, fate_of_status
from crawler.fetch.whole import ends_early

__all__ = ["decoded", "refusal_of", "retry_after"]


def decoded(request: Request, response: Response, limit: int) -> Response:
    """The same answer without its content coding.

    In place of Scrapy's own middleware, which guesses the charset of the compressed bytes at 5 ms a page and takes a
    torn page for a whole one.

    Args:
        request: what was asked.
        response: as it came over the wire.
        limit: the most bytes that may come out.

    Raises:
        FateReached: the payload is damaged, too large or a page that was cut off.
    """
    coding = b", ".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
    if not coding:
        return _whole(response)
    try:
        body = decode_content(response.body, coding, limit)
    except PayloadError as error:
        raise FateReached(Fate.TOO_LARGE if error.too_large else Fate.TRUNCATED, str(error)) from error
    headers = Headers(response.headers)
    headers.pop("Content-Encoding", None)
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
    plain: Response = kind(
        response.url, status=response.status, headers=headers, body=body, request=request, flags=response.flags
    )
    return _whole(plain)


def _whole(response: Response) -> Response:
    broken = ends_early(response.body) if response.status == 200 else ""
    if broken:
        raise FateReached(Fate.TRUNCATED, broken)
    return response


def refusal_of(response: Response) -> tuple[Fate, str] | None:
    """The fate that a refusal or a challenge means, or None for an ordinary answer.

    Args:
        response: decoded.
    """
    headers = {
        name.decode("latin-1"): b", ".join(values).decode("latin-1") for name, values in response.headers.items()
    }
    recognised = recognise(response.status, headers, response.body)
    if recognised is not None and recognised[0].group is FateGroup.REFUSED:
        return recognised
    by_status = fate_of_status(response.status)
    return by_status if by_status is not None and by_status[0].group is FateGroup.REFUSED else None


def retry_after(response: Response) -> float | None:
    """Seconds that a Retry-After header asks to wait, or None (RFC 9110 10.2.3)."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        # No header, or one that names neither seconds nor a date.
        return None
