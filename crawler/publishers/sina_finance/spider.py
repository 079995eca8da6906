"""Sina Finance: the roll API, newest first; a column that can be asked for one day is asked day by day."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from crawler.errors import ListingError
from crawler.fetch.listing import Link, ListingBusy, ListingPage
from crawler.fetch.spider import PublisherSpider
from crawler.fetch.walk import Walk
from crawler.publishers import Channel
from crawler.run import SHANGHAI


class SinaFinanceSpider(PublisherSpider):
    """Walks the columns of publisher.toml."""

    name = "sina_finance"

    def first_walks(self, channel: Channel) -> Iterable[Walk]:
        """One walk, or one per day where the API can filter by day."""
        if not channel.options.get("day_filter"):
            yield Walk(channel, f"{channel.url}&page=1")
            return
        for day in self.session.run.window.days:
            start = int(datetime.combine(day, time.min, SHANGHAI).timestamp())
            # The names read backwards: etime is the day's beginning, stime and ctime its end.
            query = {"etime": start, "stime": start + 86400, "ctime": start + 86400, "date": day.isoformat()}
            yield Walk(channel, f"{channel.url}&{urlencode(query)}&page=1", day)

    def read(self, text: str, url: str, walk: Walk) -> ListingPage:
        """Read one answer of the API."""
        rows, total = _answer(text, url)
        try:
            links = tuple(_link(row) for row in rows)
        except (KeyError, ValueError, TypeError) as error:
            raise ListingError(f"{url} has a row of another form: {type(error).__name__} {error}") from error
        self._check_reach(links, url, walk)
        query = parse_qs(urlsplit(url).query)
        page, size = int(query["page"][0]), int(query["num"][0])
        pages = -(-total // size)
        following = url.removesuffix(f"&page={page}") + f"&page={page + 1}" if links and page < pages else None
        return ListingPage(links, following, pages, total)

    def _check_reach(self, links: tuple[Link, ...], url: str, walk: Walk) -> None:
        """Refuse to walk back through weeks of rows, which a column without a working day filter would need.

        Raises:
            ListingError: the rows are too far from the window for this column.
        """
        times = [link.time for link in links if link.time]
        if walk.pages or not times or any(link.day == walk.day for link in links if walk.day):
            return
        last = walk.day + timedelta(days=1) if walk.day else self.session.run.window.end
        reach = timedelta(days=self.session.publisher.options["reach_days"])
        if min(times) - datetime.combine(last, time.min, SHANGHAI) <= reach:
            return
        if walk.day:
            raise ListingError(
                f"back-fill unsupported: {url} asks for {walk.day}, and none of its {len(links)} rows is of that day"
            )
        raise ListingError(
            f"{url} has no day filter and its rows are newer than the window by more than {reach.days} days"
        )


def _answer(text: str, url: str) -> tuple[list[dict[str, Any]], int]:
    try:
        result = json.loads(text)["result"]
        code, data = result["status"]["code"], result["data"]
        total = int(result.get("total") or 0)
    except (ValueError, KeyError, TypeError) as error:
        raise ListingBusy(f"{url} did not answer with JSON of the roll API: {type(error).__name__} {error}") from error
    if code != 0 or not isinstance(data, list):
        # `data: {}` is the API's way to fail; it is not "no news".
        raise ListingBusy(f"{url} answers status {code} with data that are {type(data).__name__}, not rows")
    return data, total


def _link(row: dict[str, Any]) -> Link:
    moment = datetime.fromtimestamp(int(row["ctime"]), UTC).astimezone(SHANGHAI)
    author = str(row.get("author") or "").strip()
    return Link(
        url=str(row.get("url") or row["wapurl"]),
        title=html.unescape(str(row.get("title") or "")),
        time=moment,
        day=moment.date(),
        source=str(row.get("media_name") or ""),
        authors=(author,) if author else (),
    )
