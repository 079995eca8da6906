"""A run with a real archive that went the way of every run: sealed, deduplicated, loaded, checked."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta
from typing import Any

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.config import Config
from crawler.errors import Fate
from crawler.fetch.capture import Capture
from crawler.parse.article import Article, Precision
from crawler.run import SHANGHAI, Run, Window
from tests.archived_crawl import ArchivedCrawl

MONDAY = date(2026, 6, 8)
BODY = (
    "六月的羌塘草原，牧民们赶着牦牛向夏季牧场转场，帐篷一顶接一顶地搭了起来，炊烟在晨光里慢慢升起。",
    "当地兽医站的工作人员沿着转场的路线为牲畜做防疫，今年的草长得比去年早了十来天，老人们说这是好年景。",
)


def run_of(day: date = MONDAY, publisher: str = "tibet_net") -> Run:
    return Run(publisher, Window(day, day + timedelta(days=1)))


def address(day: date, number: int) -> str:
    return f"https://www.tibet.cn/cn/news/yc/{day:%Y%m}/t{day:%Y%m%d}_{number}.html"


class CrawledRun:
    """Archives pages and writes the files that crawl and parse would have written.

    Args:
        config: names the data root and the store.
        run: the run.
        articles: how many pages become articles.
        gone: how many answer 404.
        size: characters of each article's body.
    """

    def __init__(self, config: Config, run: Run, *, articles: int = 4, gone: int = 1, size: int = 0) -> None:
        self.config = config
        self.run = run
        self.folder = RunFolder(run, config.data_root)
        self.moment = datetime.combine(run.window.end, datetime.min.time(), SHANGHAI).astimezone(UTC)
        self.size = size
        self.crawl(articles, gone)

    def crawl(self, articles: int, gone: int) -> None:
        crawled = ArchivedCrawl(self.folder, self.moment)
        self._fetch(crawled, "https://www.tibet.cn/cn/news/yc/", b"<html>list</html>")
        parsed: list[dict[str, Any]] = []
        for number in range(100, 100 + articles + gone):
            url = address(self.run.window.start, number)
            key = f"{self.run.window.start:%Y%m%d}{number}"
            missing = number >= 100 + articles
            capture = self._fetch(crawled, url, f"<html>{number}</html>".encode(), 404 if missing else 200)
            crawled.add(url, key, capture, Fate.GONE if missing else None)
            if not missing:
                parsed.append(self._articles_row(url, key, capture))
        crawled.end()
        self.moment = crawled.moment
        self.folder.write_lines(RunFolder.ARTICLES, parsed)
        self.folder.write_summary("parse", {"pages": len(parsed)})

    def _fetch(self, crawled: ArchivedCrawl, url: str, body: bytes, status: int = 200) -> Capture:
        headers = [(b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip")]
        return crawled.fetch(url, gzip.compress(body, mtime=0), status, headers)

    def _articles_row(self, url: str, key: str, capture: Capture) -> dict[str, Any]:
        numbered = [f"{text}第{key}号报道。" for text in BODY]
        article = Article(
            url=url,
            publisher=self.run.publisher,
            site="tibet",
            key=key,
            title=f"羌塘牧民转场第{key}天",
            source="那曲日报",
            authors=["次仁"],
            editor="卓玛",
            published_at=datetime.combine(self.run.window.start, datetime.min.time(), SHANGHAI) + timedelta(hours=9),
            published_precision=Precision.MINUTE,
            paragraphs=numbered,
            layout="tibet/2018",
            parser_version="1",
        )
        return {
            "url": url,
            "site": "tibet",
            "key": key,
            "capture": capture.as_json(),
            "fate": None,
            "message": "",
            "layout": article.layout,
            "charset": {},
            "article": article.as_json(),
        }

    def load(self) -> CrawledRun:
        stages.dedupe(self.run, self.config, on_line=_quiet)
        stages.load(self.run, self.config, on_line=_quiet)
        return self

    def check(self) -> CrawledRun:
        stages.check(self.run, self.config, on_line=_quiet)
        return self


def _quiet(line: str) -> None:
    """Takes a stage's log and says nothing."""
