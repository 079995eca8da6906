"""A first look at a live site: each list's first page and one article, beside what the publisher's file says."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego
from upath import UPath

from crawler.artefacts import RunFolder
from crawler.config import Config
from crawler.errors import CrawlFailed
from crawler.fetch.capture import Capture, open_payload
from crawler.fetch.cdxj import read_index
from crawler.fetch.process import CrawlProcess
from crawler.parse import parse_page
from crawler.parse.article import Page
from crawler.publishers import Channel, Publisher
from crawler.run import SHANGHAI, Run, Window

__all__ = ["probe"]


def probe(publisher: Publisher, config: Config) -> list[tuple[str, str, str]]:
    """Ask for the first page of each list and one article, at the crawl's own pace and by its own rules; store nothing.

    Args:
        publisher: whose site.
        config: our settings; its data root is not used.

    Returns:
        Rows of: what was looked at, what was seen, what publisher.toml says.
    """
    today = datetime.now(SHANGHAI).date()
    # Yesterday: the day that the next nightly run would ask for.
    run = Run(publisher.key, Window(today - timedelta(days=1), today), page_limit=1)
    with tempfile.TemporaryDirectory(prefix="dibao-probe-") as folder:
        settings = config.model_copy(update={"data": folder})
        failure = None
        try:
            CrawlProcess(run, settings, one_article=True).crawl(lambda _: None)
        except CrawlFailed as error:
            # What was seen before it failed is just what a probe is for.
            failure = str(error)
        return _rows(publisher, RunFolder(run, UPath(folder)), settings, failure)


def _rows(publisher: Publisher, folder: RunFolder, config: Config, failure: str | None) -> list[tuple[str, str, str]]:
    summary = folder.read_summary().get("crawl")
    if summary is None:
        return [("crawl", failure or "no answer", "")]
    captures = {capture.url: capture for capture in read_index(folder)}
    rows = [_robots(folder, capture, config, publisher) for url, capture in captures.items() if _is_robots(url)]
    rows += [_channel(channel, summary["channels"].get(channel.key), captures) for channel in publisher.channels]
    rows += _article(publisher, folder)
    rows.append(_expectations(publisher))
    rows += [("problem", problem, "") for problem in summary["problems"]]
    return rows


def _is_robots(url: str) -> bool:
    return urlsplit(url).path == "/robots.txt"


def _robots(folder: RunFolder, capture: Capture, config: Config, publisher: Publisher) -> tuple[str, str, str]:
    seen = f"{capture.status}"
    if capture.status == 200:
        body = open_payload(folder.data_root, capture.file, capture.offset, capture.length)
        rules = Protego.parse(body.decode("utf-8", "replace"))
        own = [c.url for c in publisher.channels if urlsplit(c.url).netloc == urlsplit(capture.url).netloc]
        barred = [url for url in own if not rules.can_fetch(url, config.user_agent)]
        delay = rules.crawl_delay(config.user_agent)
        seen += f", {len(body)} bytes; {'Crawl-delay ' + str(delay) + ' s' if delay else 'no Crawl-delay'}; "
        seen += f"keeps us out of {', '.join(barred)}" if barred else f"{len(own)} channels may be fetched"
    return capture.url, seen, f"a pause of {publisher.delay_seconds:g} s"


def _channel(
    channel: Channel, counts: dict[str, int | str | None] | None, captures: dict[str, Capture]
) -> tuple[str, str, str]:
    # The address asked for may carry a day and a page number after the channel's own.
    own = [capture for url, capture in captures.items() if url.startswith(channel.url) and not _is_robots(url)]
    answer = f"{own[0].status} {own[0].content_type or 'without content type'}" if own else "not asked"
    if counts is None:
        seen = answer
    else:
        total = "no total" if counts["total"] is None else f"total {counts['total']}"
        seen = f"{answer}; {counts['links']} links, {total}, newest {counts['newest'] or 'without a date'}"
    return f"channel {channel.key}", seen, f"{channel.name} {channel.url}"


def _expectations(publisher: Publisher) -> tuple[str, str, str]:
    """What no single look can tell, with what is only a guess marked as one."""
    wanted = publisher.expectations
    figures = ("min_articles_per_day", "max_articles_per_day", "min_body_length", "quiet_workdays")
    names = [*figures, *(name for name in wanted.guessed if name not in figures)]
    says = [f"{name} {_figure(getattr(wanted, name))}{' (a guess)' * (name in wanted.guessed)}" for name in names]
    return "expectations", "no single look can tell: `dibao status` counts, after the first weeks", ", ".join(says)


def _figure(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _article(publisher: Publisher, folder: RunFolder) -> list[tuple[str, str, str]]:
    fetched = [row for row in folder.read_lines(RunFolder.FATES, "crawl") if row["capture"] is not None]
    if not fetched:
        return [("article", "none was found to look at", f"filled: {', '.join(publisher.expectations.filled)}")]
    row = fetched[0]
    capture = row["capture"]
    page = Page(
        url=capture["url"],
        body=open_payload(folder.data_root, capture["file"], capture["offset"], capture["length"]),
        content_type=capture["content_type"],
        status=capture["status"],
        fetched_at=datetime.fromisoformat(capture["fetched_at"]),
    )
    parsed = parse_page(page, publisher.key)
    seen = f"{capture['status']} {capture['content_type']}; "
    if parsed.article is None:
        seen += f"{parsed.fate}: {parsed.message}"
    else:
        found = parsed.article
        seen += (
            f"layout {parsed.layout}; {found.title}; {found.published_printed or 'no time'}; "
            f"来源 {found.source or 'empty'}; {len(found.body)} characters"
        )
    return [(f"article {row['url']}", seen, f"filled: {', '.join(publisher.expectations.filled)}")]
