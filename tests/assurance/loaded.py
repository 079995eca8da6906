"""A run with a real archive that went the way of every run: sealed, deduplicated, loaded, checked."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta
from typing import Any

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.config import Config
from crawler.errors import Fate
from crawler.fetch.archive import RunArchive
from crawler.fetch.capture import Capture
from crawler.fetch.warc_write import Exchange
from crawler.parse.article import Article, Precision
from crawler.publishers import get
from crawler.run import SHANGHAI, Run, Window

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
        self.folder.create()
        self.moment = datetime.combine(run.window.end, datetime.min.time(), SHANGHAI).astimezone(UTC)
        self.size = size
        self.crawl(articles, gone)

    def crawl(self, articles: int, gone: int) -> None:
        archive = RunArchive(self.folder)
        self._fetch(archive, "https://www.tibet.cn/cn/news/yc/", b"<html>list</html>")
        rows: list[dict[str, Any]] = []
        parsed: list[dict[str, Any]] = []
        for number in range(100, 100 + articles + gone):
            url = address(self.run.window.start, number)
            key = f"{self.run.window.start:%Y%m%d}{number}"
            missing = number >= 100 + articles
            capture = self._fetch(archive, url, f"<html>{number}</html>".encode(), 404 if missing else 200)
            rows.append(self._fates_row(url, key, capture, Fate.GONE if missing else None))
            if not missing:
                parsed.append(self._articles_row(url, key, capture))
        segments = archive.seal()
        self.folder.write_lines(RunFolder.FATES, rows)
        channels = {
            channel.key: {
                "pages": 1,
                "links": 5,
                "in_window": 5,
                "total": None,
                "oldest": str(self.run.window.start),
                "newest": str(self.run.window.start),
            }
            for channel in get(self.run.publisher).channels
        }
        self.folder.write_summary(
            "crawl",
            {
                "discovered": len(rows),
                "captures": archive.count,
                "channels": channels,
                "fates": {},
                "complete": True,
                "problems": [],
                "segments": segments,
                "ended_at": (self.moment + timedelta(hours=1)).isoformat(),
            },
        )
        self.folder.write_lines(RunFolder.ARTICLES, parsed)
        self.folder.write_summary("parse", {"pages": len(parsed)})

    def _fetch(self, archive: RunArchive, url: str, body: bytes, status: int = 200) -> Capture:
        self.moment += timedelta(seconds=1)
        return archive.write(
            Exchange(
                url=url,
                request_line=b"GET / HTTP/1.1",
                request_headers=[(b"Host", b"www.tibet.cn"), (b"User-Agent", b"Dibao")],
                status_line=b"HTTP/1.1 %d X" % status,
                headers=[(b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip")],
                body=gzip.compress(body, mtime=0),
                fetched_at=self.moment,
            )
        )

    def _fates_row(self, url: str, key: str, capture: Capture, fate: Fate | None) -> dict[str, Any]:
        return {
            "url": url,
            "found_url": url,
            "site": "tibet",
            "key": key,
            "channels": ["yc"],
            "listed": {"title": "", "time": None, "source": "", "authors": []},
            "fate": fate.value if fate else None,
            "evidence": {"status": capture.status, "message": ""},
            "capture": capture.as_json(),
            "further": [],
        }

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
