"""Nights of a publisher as rows of the store, and as the files that check reads; nothing is crawled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, insert
from upath import UPath

from crawler import publishers
from crawler.artefacts import RunFolder
from crawler.assurance.answers import Answer
from crawler.assurance.expect import expectation_answers
from crawler.errors import Fate
from crawler.parse.article import Article, Kind
from crawler.run import SHANGHAI, Run, Window
from models.articles import Article as ArticleRow
from models.articles import Revision
from models.base import identity
from models.runs import CheckResult, ListingCount, Publisher
from models.runs import Run as RunRow
from models.store import Store
from models.upsert import upsert
from models.urls import Capture, Url, UrlEvent

DAY = timedelta(days=1)
MONDAY = date(2026, 6, 8)
"""A Monday without a holiday in the weeks before it but for the first of May."""


@dataclass
class Night:
    """One run of tibet_net for one day, with so many articles.

    `others` are URLs with fates of their own; `layouts` shares the articles out among layouts, in order;
    `empty` names fields that no article has; `channels` says what each listing gave: newest day, total, links.
    """

    day: date
    articles: int = 20
    others: Mapping[Fate, int] = field(default_factory=dict)
    layouts: Mapping[str, int] = field(default_factory=dict)
    site_layouts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    chars: int = 400
    kind: Kind = Kind.ARTICLE
    publisher: str = "tibet_net"
    end: date | None = None
    published: date | None = None
    complete: bool = True
    checked: bool = True
    failed: tuple[str, ...] = ()
    crawled_at: datetime | None = None
    channels: Mapping[str, Mapping[str, Any]] | None = None
    selection: Mapping[str, Any] = field(default_factory=dict)
    keyless: bool = False
    stale: int = 0
    """So many of the URLs were first seen in an earlier run."""

    @property
    def run(self) -> Run:
        window = Window(self.day, self.end or self.day + DAY)
        return Run(
            self.publisher,
            window,
            channels=tuple(self.selection.get("channels", ())),
            page_limit=self.selection.get("page_limit"),
        )

    @property
    def crawled(self) -> datetime:
        after = (self.end or self.day + DAY) if self.crawled_at is None else None
        return self.crawled_at or datetime.combine(after or self.day, time(1, 25), SHANGHAI).astimezone(UTC)

    def listings(self) -> dict[str, dict[str, Any]]:
        keys = [channel.key for channel in publishers.get(self.publisher).channels]
        default = {key: {} for key in keys} if self.channels is None else self.channels
        usual = {"pages": 2, "links": 40, "in_window": 20, "total": None, "oldest": self.day - DAY, "newest": self.day}
        return {key: usual | dict(told) for key, told in default.items()}

    def pages(self) -> list[tuple[str, str, str, Fate, Article | None]]:
        """Address, site, layout, fate and article of every URL."""
        site = publishers.get(self.publisher).sites[0].key
        plan = self.site_layouts or {site: self.layouts or {"tibet/2018": self.articles}}
        found: list[tuple[str, str, str, Fate, Article | None]] = []
        for key, layouts in plan.items():
            for layout, count in layouts.items():
                for _ in range(count):
                    address = f"https://example.cn/{self.publisher}/{self.day}/{len(found)}"
                    found.append((address, key, layout, Fate.LOADED_NEW, self._article(address, key, layout)))
        for fate, count in self.others.items():
            for _ in range(count):
                found.append((f"https://example.cn/{self.publisher}/{self.day}/{len(found)}", site, "", fate, None))
        return found

    def _article(self, address: str, site: str, layout: str) -> Article:
        moment = datetime.combine(self.published or self.day, time(9, 30), SHANGHAI)
        article = Article(
            url=address,
            publisher=self.publisher,
            site=site,
            key=address,
            kind=self.kind,
            title="牧民转场",
            source="那曲日报",
            authors=["次仁"],
            editor="卓玛",
            published_at=moment,
            paragraphs=["草" * self.chars],
            layout=layout,
        )
        for name in self.empty:
            setattr(article, name, {"published_at": None, "paragraphs": [], "authors": []}.get(name, ""))
        return article

    def store(self, connection: Connection) -> None:
        """Write the night's rows, as load and check would have."""
        run = self.run
        upsert(connection, Publisher.__table__, [{"key": self.publisher, "name": "", "home": ""}])
        connection.execute(
            insert(RunRow),
            {
                "id": run.run_id,
                "publisher": self.publisher,
                "run_key": run.run_key,
                "window_start": run.window.start,
                "window_end": run.window.end,
                "selection": dict(self.selection),
                "reason": "",
                "crawled_at": self.crawled,
                "complete": self.complete,
            },
        )
        if listings := self.listings():
            connection.execute(
                insert(ListingCount),
                [{"run_id": run.run_id, "channel": key, **counts} for key, counts in listings.items()],
            )
        self._store_pages(connection)
        if self.checked:
            rows = [("every listing was walked", True), *((name, False) for name in self.failed)]
            connection.execute(
                insert(CheckResult),
                [
                    {
                        "run_id": run.run_id,
                        "name": name,
                        "level": "hard",
                        "passed": passed,
                        "observed": "",
                        "expected": "",
                        "message": "",
                        "checked_at": self.crawled,
                    }
                    for name, passed in rows
                ],
            )

    def _store_pages(self, connection: Connection) -> None:
        run_id = self.run.run_id
        urls, events, captures, articles, revisions = [], [], [], [], []
        for number, (address, site, layout, fate, article) in enumerate(self.pages()):
            capture = identity("capture", run_id, number)
            seen = self.crawled - timedelta(minutes=5) if number >= self.stale else self.crawled - timedelta(days=30)
            captures.append(
                dict.fromkeys(("charset_declared", "charset_used", "charset_how", "etag", "last_modified"))
                | {
                    "id": capture,
                    "file": f"archive/{run_id}.warc.gz",
                    "offset": number,
                    "length": 1,
                    "sha256": "",
                    "url": address,
                    "status": 200,
                    "content_type": "text/html",
                    "fetched_at": self.crawled,
                    "run_id": run_id,
                }
            )
            urls.append(
                {
                    "id": identity("url", address),
                    "url": address,
                    "publisher": self.publisher,
                    "site": site,
                    "key": None if self.keyless else address,
                    "fate": fate.value,
                    "last_run_id": run_id,
                    "first_seen": seen,
                    "last_seen": self.crawled,
                }
            )
            events.append(
                {
                    "run_id": run_id,
                    "url_id": identity("url", address),
                    "attempt": 1,
                    "current": True,
                    "fate": fate.value,
                    "status": 200,
                    "message": "",
                    "channels": list(self.listings()),
                    "layout": layout,
                    "capture_id": capture,
                }
            )
            if article is not None:
                articles.append(_article_row(article, self.crawled))
                revisions.append(_revision_row(article, run_id, capture, self.crawled))
        for table, rows in ((Capture, captures), (Url, urls), (UrlEvent, events), (ArticleRow, articles)):
            if rows:
                connection.execute(insert(table), rows)
        if revisions:
            connection.execute(insert(Revision), revisions)

    def folder(self, data_root: UPath) -> RunFolder:
        """Write the night's files, as crawl and parse would have."""
        folder = RunFolder(self.run, data_root)
        folder.create()
        folder.write_lines(
            RunFolder.ARTICLES,
            ({"article": article.as_json() if article else None} for *_, article in self.pages()),
        )
        folder.write_summary(
            "crawl",
            {
                "complete": self.complete,
                "channels": self.listings(),
                "problems": [],
                "discovered": len(self.pages()),
            }
            | {"channels": {}},
        )
        return folder


def _article_row(article: Article, moment: datetime) -> dict[str, Any]:
    return {
        "id": identity("article", article.publisher, article.site, article.key),
        "publisher": article.publisher,
        "site": article.site,
        "key": article.key,
        "url": article.url,
        "kind": article.kind.value,
        "title": article.title,
        "published_at": article.published_at,
        "first_seen": moment,
        "last_seen": moment,
        "current_revision_id": identity("revision", article.url),
    }


def _revision_row(article: Article, run_id: str, capture: int, moment: datetime) -> dict[str, Any]:
    data = article.as_json()
    names = ("subtitle", "original_title", "source", "source_url", "first_publisher", "authors", "editor", "breadcrumb")
    more = ("paragraphs", "body_html", "images", "attachments", "keywords", "site_id_code", "document", "notes")
    return {name: data[name] for name in (*names, *more, "url", "title", "published_printed", "published_from")} | {
        "id": identity("revision", article.url),
        "article_id": identity("article", article.publisher, article.site, article.key),
        "ordinal": 1,
        "kind": "new",
        "run_id": run_id,
        "capture_id": capture,
        "content_id": 1,
        "record_hash": "",
        "parser_version": "1",
        "layout": article.layout,
        "seen_from": moment,
        "seen_to": moment,
        "published_at": article.published_at,
        "published_precision": "minute",
        "modified_at": None,
    }


def days_before(day: date, count: int) -> list[date]:
    return [day - n * DAY for n in range(count, 0, -1)]


def store_nights(store: Store, nights: Iterable[Night]) -> None:
    def work(connection: Connection) -> None:
        for night in nights:
            night.store(connection)

    store.write(work)


def asked(store: Store, data_root: UPath, night: Night) -> dict[str, Answer]:
    """Store a night and ask every expectation of it."""
    store_nights(store, [night])
    return ask(store, data_root, night)


def ask(store: Store, data_root: UPath, night: Night) -> dict[str, Answer]:
    """The answers of a night that is stored already."""
    with store.reading() as connection:
        answers = expectation_answers(connection, night.folder(data_root), publishers.get(night.publisher))
    found = {answer.name: answer for answer in answers}
    assert len(found) == len(answers), "two questions have the same name"
    return found


def refused(answers: Mapping[str, Answer]) -> set[str]:
    """The names of the questions that were not passed."""
    return {name for name, answer in answers.items() if not answer.passed}
