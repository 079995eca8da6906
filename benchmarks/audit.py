"""How long `dibao audit` takes: a store and an archive of so many captures, made and thrown away.

Bodies are like those of the four publishers over the wire: 12 to 40 kB of gzip. Run: `python benchmarks/audit.py
[captures] [store URL]`; by default 20,000 captures in SQLite.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert
from upath import UPath

from crawler.assurance.audit import audit
from crawler.dedupe.normalise import fold
from crawler.fetch.warc_write import Exchange, WarcFile
from models.aggregates import rebuild_aggregates
from models.articles import Article, Revision
from models.base import identity
from models.contents import Content
from models.runs import CheckResult, Publisher, Run
from models.store import Store
from models.upsert import batches
from models.urls import Capture, Url, UrlEvent

_PER_NIGHT = 1000
_ARTICLES_OF_TEN = 9
_TEXT = "六月的羌塘草原，牧民们赶着牦牛向夏季牧场转场，帐篷一顶接一顶地搭了起来，炊烟在晨光里慢慢升起。"


def _empty(table: Any) -> dict[str, Any]:
    """A row with something in every column that must not be null."""
    defaults: dict[type, Any] = {str: "", int: 0, bool: True, list: [], dict: {}, bytes: b""}
    row = {}
    for column in table.__table__.c:
        try:
            kind = column.type.python_type
        except NotImplementedError:
            kind = list
        row[column.name] = None if column.nullable else defaults.get(kind, [])
    return row


class Night:
    """One run's rows and its WARC file."""

    def __init__(self, root: Path, day: date, count: int, chance: random.Random) -> None:
        self.key = f"{day}_{day + timedelta(days=1)}"
        self.run_id = f"sina_finance/{self.key}"
        self.day = day
        self.moment = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
        self.rows: dict[Any, list[dict[str, Any]]] = {
            table: [] for table in (Run, Url, Capture, UrlEvent, Article, Revision, Content, CheckResult)
        }
        self.file = f"archive/sina_finance/{day:%Y}/{day:%m}/sina_finance-{self.key}.warc.gz"
        path = root / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        warc = WarcFile(path, software="benchmark", description=self.run_id)
        for number in range(count):
            self._page(warc, number, chance)
        warc.close()
        self.rows[Run].append(
            _empty(Run)
            | {
                "id": self.run_id,
                "publisher": "sina_finance",
                "run_key": self.key,
                "window_start": day,
                "window_end": day + timedelta(days=1),
                "selection": {},
                "crawled_at": self.moment,
                "complete": True,
            }
        )
        self.rows[CheckResult].append(
            _empty(CheckResult)
            | {
                "run_id": self.run_id,
                "name": "discovered = sum of fates",
                "observed": f"{count} stored fates",
                "checked_at": self.moment,
            }
        )

    def _page(self, warc: WarcFile, number: int, chance: random.Random) -> None:
        url = f"https://finance.sina.com.cn/roll/{self.day}/doc-i{number:014d}.shtml"
        # What does not compress stands for a payload that is compressed already.
        body = chance.randbytes(chance.randrange(12_000, 40_000))
        offset, length, sha256 = warc.write(
            Exchange(
                url=url,
                request_line=b"GET / HTTP/1.1",
                request_headers=[(b"Host", b"finance.sina.com.cn"), (b"User-Agent", b"Dibao"), (b"Accept", b"*/*")],
                status_line=b"HTTP/1.1 200 OK",
                headers=[(b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip"), (b"Server", b"nginx")],
                body=body,
                fetched_at=self.moment,
            )
        )
        capture = identity("capture", self.file, offset)
        fate = "loaded_new" if number % 10 < _ARTICLES_OF_TEN else "gone"
        own = {"url": url, "publisher": "sina_finance", "site": "finance", "key": str(number)}
        times = {"first_seen": self.moment, "last_seen": self.moment}
        self.rows[Capture].append(
            _empty(Capture)
            | {"id": capture, "file": self.file, "offset": offset, "length": length, "sha256": sha256, "url": url}
            | {"status": 200, "fetched_at": self.moment, "run_id": self.run_id}
        )
        self.rows[Url].append(own | times | {"id": identity("url", url), "fate": fate, "last_run_id": self.run_id})
        self.rows[UrlEvent].append(
            _empty(UrlEvent)
            | {"run_id": self.run_id, "url_id": identity("url", url), "attempt": 1, "fate": fate, "capture_id": capture}
        )
        if fate == "gone":
            return
        paragraphs = [f"{_TEXT}{self.day}第{number}条，第{n}段。" for n in range(12)]
        content = identity("content", url)
        article, revision = identity("article", url), identity("revision", url)
        self.rows[Article].append(
            _empty(Article)
            | own
            | times
            | {"id": article, "key": url, "title": "标题", "published_at": self.moment, "current_revision_id": revision}
        )
        self.rows[Revision].append(
            _empty(Revision)
            | {"id": revision, "article_id": article, "ordinal": 1, "kind": "new", "run_id": self.run_id, "url": url}
            | {"capture_id": capture, "content_id": content, "seen_from": self.moment, "seen_to": self.moment}
            | {"title": "标题", "paragraphs": paragraphs, "body_html": "".join(f"<p>{text}</p>" for text in paragraphs)}
        )
        self.rows[Content].append(
            _empty(Content) | {"content_id": content, "content_hash": zlib.crc32(url.encode()).to_bytes(16, "big")}
            | {"text": "\n".join(paragraphs), "chars": 600}
        )  # fmt: skip


def _nights(root: Path, captures: int) -> Iterator[Night]:
    chance = random.Random(1)
    day = date(2026, 1, 1)
    for begin in range(0, captures, _PER_NIGHT):
        yield Night(root, day + timedelta(days=begin // _PER_NIGHT), min(_PER_NIGHT, captures - begin), chance)


def main() -> None:
    captures = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    fold("", [_TEXT])
    with tempfile.TemporaryDirectory(prefix="dibao-audit-") as folder:
        root = Path(folder)
        store = Store(sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{root}/dibao.sqlite")
        store.upgrade()

        def write(connection: Connection, rows: dict[Any, list[dict[str, Any]]]) -> None:
            for table, values in rows.items():
                target: Table = table.__table__
                for batch in batches(values):
                    connection.execute(insert(target), batch)

        started = time.monotonic()
        with store.engine.begin() as connection:
            connection.execute(insert(Publisher), {"key": "sina_finance", "name": "", "home": ""})
        for night in _nights(root, captures):
            with store.engine.begin() as connection:
                write(connection, night.rows)
        with store.engine.begin() as connection:
            rebuild_aggregates(connection)
        print(f"{captures:,} captures made in {time.monotonic() - started:.0f} s")
        for quick in (True, False):
            processor = time.process_time()
            with store.reading() as connection:
                result = audit(connection, UPath(root), quick=quick)
            assert not result.breaks, [question.breaks[:3] for question in result.questions if question.breaks]
            name = "audit --quick" if quick else "audit"
            spent = time.process_time() - processor
            print(
                f"{name}: {result.seconds:.1f} s, {spent:.1f} s of processor, {result.warc_bytes / 1e9:.2f} GB of WARC"
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak resident memory {peak:.0f} MB, the making included")
        store.close()


if __name__ == "__main__":
    main()
