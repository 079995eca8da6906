"""A night of pages that lie in a real archive, read by a parser that is then replaced by another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.config import Config
from crawler.errors import Fate
from crawler.parse.article import Page, Parsed
from crawler.parse.parse import parse_page
from crawler.reparse import read, run_files
from crawler.run import SHANGHAI, Run, Window
from models.base import Base
from models.identity import StoreIdentity
from models.urls import Capture
from tests.archived_crawl import ArchivedCrawl

MONDAY = date(2026, 6, 8)
DAY = timedelta(days=1)

Parser = Callable[[Page, str | None], Parsed]


def address(number: int, day: date = MONDAY, part: int = 0) -> str:
    suffix = f"_{part}" if part else ""
    return f"https://www.tibet.cn/cn/news/yc/{day:%Y%m}/t{day:%Y%m%d}_{number}{suffix}.html"


def sentences(number: int) -> list[str]:
    """Two paragraphs that no other number has."""
    far, cranes, geese = number * 3 + 7, number * 5 + 11, number * 7 + 13
    name = ("扎西", "次仁", "洛桑", "旺堆")[number % 4]
    return [
        f"第{number}支巡护队清晨从央措湖出发，沿着东岸走了{far}公里，记下黑颈鹤{cranes}只、斑头雁{geese}只。",
        f"队长{name}说，今年第{number}个观测点的水位比去年高了{number * 2 + 1}厘米，鸟来得也早了几天。",
    ]


@dataclass
class Shown:
    """One article as the site shows it.

    Args:
        number: of its address.
        text: its paragraphs, those of its number by default.
        parts: paragraphs of its later pages.
        source: as printed.
        time: as printed; empty for none, so that the listing's counts.
    """

    number: int
    text: list[str] = field(default_factory=list)
    parts: list[list[str]] = field(default_factory=list)
    source: str = "高原日报"
    time: str = "09:30:00"

    def html(self, day: date, part: int = 0) -> bytes:
        text = self.parts[part - 1] if part else self.text or sentences(self.number)
        pager = ""
        if self.parts:
            count, name = len(self.parts) + 1, f"t{day:%Y%m%d}_{self.number}"
            pager = f'<script>createPageHTML({count}, {part}, "{name}", "html");</script>'
        when = f"发布时间：{day} {self.time}" if self.time else ""
        return (
            f"<html><head><meta charset='utf-8'><title>湿地调查第{self.number}号_中国西藏网</title></head><body>"
            f"<div class='title_box'><h2>湿地调查第{self.number}号</h2>"
            f"<div class='info'>{when} 来源： {self.source}</div></div>"
            f"<div id='text'>{''.join(f'<p>　　{each}</p>' for each in text)}</div>{pager}</body></html>"
        ).encode()


class ArchivedNight:
    """A run of tibet_net whose pages are archived; parse and what follows are the real stages.

    Args:
        config: names the data root and the store.
        pages: what the site shows.
        day: of the run's window.
        fetched: when the crawl began.
    """

    def __init__(self, config: Config, pages: list[Shown], day: date = MONDAY, fetched: datetime | None = None) -> None:
        self.config = config
        self.day = day
        self.run = Run("tibet_net", Window(day, day + DAY))
        self.folder = RunFolder(self.run, config.data_root)
        began = fetched or datetime.combine(day + DAY, time(1, 25), SHANGHAI).astimezone(UTC)
        crawl = ArchivedCrawl(self.folder, began)
        crawl.fetch("https://www.tibet.cn/cn/news/yc/", b"<html>list</html>")
        for page in pages:
            self._add(crawl, page)
        crawl.end()
        self.moment = crawl.moment

    def _add(self, crawl: ArchivedCrawl, page: Shown) -> None:
        url = address(page.number, self.day)
        capture = crawl.fetch(url, page.html(self.day))
        further = [
            crawl.fetch(address(page.number, self.day, part), page.html(self.day, part))
            for part in range(1, len(page.parts) + 1)
        ]
        listed = datetime.combine(self.day, time(8, 15), SHANGHAI)
        crawl.add(url, str(page.number), capture, listed=listed, further=further)

    def through(self, *names: str) -> ArchivedNight:
        """Do the stages after crawl."""
        for name in names or stages.STAGES[1:]:
            getattr(stages, name)(self.run, self.config, on_line=quiet)
        return self


def quiet(_: str) -> None:
    """Takes a stage's log and says nothing."""


@contextlib.contextmanager
def installed(parser: Parser, version: str) -> Iterator[None]:
    """Another parser in the place of ours, for stages and reparse alike."""

    def parse(page: Page, publisher: str | None = None) -> Parsed:
        parsed = parser(page, publisher)
        if parsed.article is not None:
            parsed.article.parser_version = version
        return parsed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "parse_page", parse)
        for module in (stages, read, run_files):
            patch.setattr(module, "PARSER_VERSION", version)
        yield


def right(page: Page, publisher: str | None) -> Parsed:
    """Reads every page as it is."""
    return parse_page(page, publisher)


def wrong(page: Page, publisher: str | None) -> Parsed:
    """Misreads a page by the last digit of its number.

    1 is not read at all, 2 loses its source and is six hours late, 3 loses its last paragraph, 4 gains an editor;
    the others are right.
    """
    parsed = parse_page(page, publisher)
    article = parsed.article
    assert article is not None
    digit = page.url.rsplit(".", 1)[0][-1]
    article.layout = "tibet_net/old"
    if digit == "1":
        return Parsed(fate=Fate.LAYOUT_UNKNOWN, message="no text stands together anywhere on the page")
    if digit == "2":
        assert article.published_at is not None
        article.source = ""
        article.published_at += timedelta(hours=6)
    if digit == "3":
        article.paragraphs = article.paragraphs[:-1]
    if digit == "4":
        article.editor = "网站编辑部"
    return Parsed(article=article, layout=article.layout, charset=parsed.charset)


def all_rows(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a store holds but when its checks were asked.

    A capture's place in its file, which no two archives share, is told by its address and time.
    """
    capture = Capture.__table__.c
    names = {
        row.id: f"{row.url} at {row.fetched_at}"
        for row in connection.execute(select(capture.id, capture.url, capture.fetched_at))
    }

    def told(row: Any, column: str) -> Any:
        value = row._mapping[column]
        return names[value] if column == "capture_id" and value is not None else value

    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name == StoreIdentity.__tablename__:
            continue
        left_out = {"id", "offset", "length"} if table.name == "capture" else {"checked_at"}
        columns = [column.name for column in table.c if column.name not in left_out]
        rows = (tuple(told(row, column) for column in columns) for row in connection.execute(select(table)))
        found[table.name] = sorted(rows, key=repr)
    return found
