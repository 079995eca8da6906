"""What becomes of each link that the listings gave: fetched, or a fate at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import urldefrag

from crawler.errors import Fate, FateGroup
from crawler.fetch.attempt import Attempt
from crawler.fetch.capture import Capture
from crawler.fetch.fates import Row
from crawler.fetch.hosts import host_of
from crawler.fetch.listing import Link
from crawler.fetch.revisit import look_due
from crawler.fetch.session import CrawlSession
from crawler.fetch.walk import Walk
from crawler.publishers import ArticleUrl
from crawler.run import SHANGHAI, Window

__all__ = ["decide", "in_window", "instead", "url_day"]

_NOT_HAD = (FateGroup.GONE, FateGroup.REFUSED, FateGroup.FAILED_RETRY)


def decide(session: CrawlSession, walks: Sequence[Walk], *, one_article: bool = False) -> list[Row]:
    """Give every link its row, and every row that is not to be fetched its fate.

    The order is that of the channels, not of arrival, so that a run that was cut short decides the same again.

    Args:
        session: the crawl's.
        walks: what the listings gave.
        one_article: leave the first article to be fetched, whatever its day, and no other.

    Returns:
        One row per distinct address; those without a fate are to be fetched.
    """
    order = {channel.key: number for number, channel in enumerate(session.publisher.channels)}
    rows: dict[str, Row] = {}
    for walk in sorted(walks, key=lambda walk: order[walk.channel.key]):
        for link in walk.links:
            _add(rows, session, link, walk.channel.key)
    for url in _revisits(session) if session.attempt is None else _unlisted(session, session.attempt, rows):
        _add(rows, session, Link(url), None)
    # Of several addresses of one article the first is fetched, one that is listed for the window before all others.
    first: dict[tuple[str, str], Row] = {}
    for row in sorted(rows.values(), key=lambda row: not row.in_window):
        if row.article is not None and row.article.kind == "article":
            first.setdefault((row.article.site, row.article.key), row)
    for row in rows.values():
        _settle(session, row, first)
    if one_article:
        _keep_one(list(rows.values()), list(first.values()))
    return list(rows.values())


def instead(session: CrawlSession, row: Row) -> Row | None:
    """The next address of the same article where one did not give it, its fate taken back; None where there is none.

    Args:
        session: the crawl's.
        row: the address that was fetched, with its fate.
    """
    if row.fate is None or not (row.fate.group in _NOT_HAD or row.fate is Fate.OFF_SITE):
        return None
    while row.others:
        other = row.others.pop(0)
        _aim(session, other)
        if host_of(other.fetch_url) in session.hosts.closed:
            continue
        other.fate, other.message, other.others = None, "", row.others
        return other
    return None


def in_window(window: Window, link: Link, article: ArticleUrl | None) -> bool:
    """Whether a link belongs to the window: by the time listed, else the day listed, else the day of its address.

    Without any date only the page can tell, so it belongs.
    """
    if link.time is not None:
        return window.holds(link.time)
    day = link.day or url_day(article)
    return day is None or window.start <= day < window.end


def url_day(article: ArticleUrl | None) -> date | None:
    """The day that an address names, or None."""
    return article.day if article else None


def _add(rows: dict[str, Row], session: CrawlSession, link: Link, channel: str | None) -> None:
    article = session.publisher.identify(link.url)
    url = article.canonical if article else urldefrag(link.url).url
    row = rows.setdefault(url, Row(url=url, link=link, article=article, channels=[]))
    if channel is not None and channel not in row.channels:
        row.channels.append(channel)
    if row.link.time is None and link.time is not None:
        row.link = link
    row.in_window = row.in_window or in_window(session.run.window, link, article)


def _revisits(session: CrawlSession) -> list[str]:
    """Stored articles whose second look is due, listed or not; only where the whole publisher is crawled."""
    run = session.run
    if run.channels or run.sites or run.page_limit:
        return []
    moment = session.moment
    due = [known.url for known in session.known if look_due(known, moment)]
    # What this run has looked at already belongs to it, also where the store knows of the look by now.
    return sorted({*due, *session.looked_at_before()})


def _unlisted(session: CrawlSession, attempt: Attempt, rows: dict[str, Row]) -> Iterator[str]:
    """The articles that a rebuilt run had asked for and that no listing of it names: its second looks."""
    listed = {(row.article.site, row.article.key) for row in rows.values() if row.article is not None}
    for url in attempt.addresses():
        article = session.publisher.identify(url)
        if article is not None and article.kind == "article" and (article.site, article.key) not in listed:
            # Its further pages have the same key.
            listed.add((article.site, article.key))
            yield url


def _settle(session: CrawlSession, row: Row, first: dict[tuple[str, str], Row]) -> None:
    article, run, publisher = row.article, session.run, session.publisher
    if article is None:
        host = host_of(row.url)
        if host in publisher.hosts:
            row.end(Fate.OTHER_KIND, "not the address of an article")
        else:
            row.end(Fate.OFF_SITE, f"{host or row.url} is not a host of {publisher.key}")
        return
    if article.kind != "article":
        kinds = {"gallery": Fate.GALLERY, "video": Fate.VIDEO}
        row.end(kinds.get(article.kind, Fate.OTHER_KIND), f"the address says: {article.kind}")
        return
    chosen = first[article.site, article.key]
    if chosen is not row:
        row.end(Fate.DUPLICATE_LINK, f"the same article as {chosen.url}")
        chosen.others.append(row)
        return
    known = session.known.get(article.site, article.key)
    _aim(session, row)
    due = known is not None and look_due(known, session.moment)
    if (known is not None or session.attempt is not None) and session.archive.captures(row.fetch_url):
        # The store may know of this run's own look by now; what the run decided then it decides again.
        return
    if not row.in_window and not due and row.channels:
        row.end(
            Fate.OUT_OF_WINDOW,
            f"published {row.day or row.link.time}, outside {run.window.start} to {run.window.end}",
        )
    elif known is not None and not due and not run.fetch_again:
        last = known.last_fetched.astimezone(SHANGHAI)
        row.end(Fate.NOT_DUE, f"stored already, last fetched {last:%Y-%m-%d %H:%M} (Shanghai)")


def _aim(session: CrawlSession, row: Row) -> None:
    """Say at which address the row's article is asked for, and what of it this run holds already."""
    known = session.known.get(row.article.site, row.article.key) if row.article else None
    row.fetch_url = known.url if known and not row.channels else _fetch_url(row)
    if session.attempt is not None and not row.channels:
        row.fetch_url = row.link.url
    row.earlier = _earlier(session, row.fetch_url)


def _earlier(session: CrawlSession, url: str) -> Capture | None:
    whole = [c for c in session.archive.captures(url) if c.status == 200 and not c.truncated]
    return whole[-1] if whole else None


def _fetch_url(row: Row) -> str:
    """The canonical address; where that is plain HTTP and the site itself links to HTTPS, over HTTPS."""
    if row.url.startswith("http://") and row.link.url.startswith("https://"):
        return "https://" + row.url.removeprefix("http://")
    return row.url


def _keep_one(rows: list[Row], articles: list[Row]) -> None:
    for row in articles[:1]:
        row.fate = None
    for row in rows:
        if row not in articles[:1] and row.fate is None:
            row.end(Fate.NOT_DUE, "only one article is asked for")
