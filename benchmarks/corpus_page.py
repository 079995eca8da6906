"""How long the Corpus page takes on a large store: generated rows, both databases, the page as Airflow serves it.

    .venv/bin/python benchmarks/corpus_page.py [--articles 1000000] [--only sqlite|postgresql]

Each article has an article, revision, content, capture, URL and event row (some 3 kB of text); there are a third more
URLs with other fates, and four runs a day over five years. It needs some 8 GB of disk for both databases, and minutes.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "dags" / "plugins")]

from sqlalchemy import Connection, text  # noqa: E402

from crawler import publishers  # noqa: E402
from crawler.config import load_config  # noqa: E402
from crawler.run import SHANGHAI  # noqa: E402
from models.aggregates import rebuild_aggregates, refresh_aggregates  # noqa: E402
from models.articles import Article, Revision  # noqa: E402
from models.base import Base  # noqa: E402
from models.contents import Content  # noqa: E402
from models.runs import CheckResult, Publisher, Run  # noqa: E402
from models.store import Store  # noqa: E402
from models.upsert import upsert  # noqa: E402
from models.urls import Capture, Url, UrlEvent  # noqa: E402
from scripts.airflow_home import AirflowHome  # noqa: E402
from tests.postgres import running_postgres  # noqa: E402

NIGHTS = 5 * 365
TARGET_MS = 300
FILLED = (Article, Revision, Content, Capture, Url, UrlEvent)
# As json.dumps writes Chinese: six bytes a character.
PARAGRAPH = json.dumps("各项工作有序推进，有关负责人表示下一步将继续完善制度。" * 8)[1:-1]
FOLDED = "各项工作有序推进有关负责人表示下一步将继续完善制度\n" * 8


@contextmanager
def timed(label: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"  {label}: {time.perf_counter() - started:.1f} s", flush=True)


def fill(connection: Connection, articles: int) -> None:
    """All rows, made by the database itself."""
    sqlite = connection.dialect.name == "sqlite"
    runs = write_runs(connection)
    per_run = -(-articles // len(runs))
    series(connection, sqlite, "n", per_run * len(runs))
    names = {
        "per_run": per_run,
        "paragraph": PARAGRAPH,
        "folded": FOLDED,
    }

    def moment(epoch: str) -> str:
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', {epoch}, 'unixepoch')" if sqlite else f"to_timestamp({epoch})"

    def as_json(value: str) -> str:
        return value if sqlite else f"CAST({value} AS JSON)"

    # Scattered over the key space, as hashes are.
    def key(n: str, salt: int) -> str:
        return f"((({n} + {salt}) * 2654435761) % 4294967296) * 1048576 + ({n} % 1048576)"

    published = moment("r.epoch + (n.i % :per_run) * 86000 / :per_run")
    crawled = moment("r.crawled")
    url = "'https://news.example.cn/' || r.publisher || '/' || n.i || '.html'"
    source = "FROM bench_n n JOIN bench_run r ON r.k = n.i / :per_run"
    none = as_json("'[]'")

    def insert(model: Any, columns: dict[str, str], where: str = "") -> None:
        values = ", ".join(columns.values())
        names_of = ", ".join(f'"{name}"' for name in columns)
        bound = {
            name: value for name, value in names.items() if any(f":{name}" in v for v in (*columns.values(), source))
        }
        with timed(model.__tablename__):
            connection.execute(
                text(f"INSERT INTO {model.__tablename__} ({names_of}) SELECT {values} {source} {where}"),
                bound,
            )

    insert(
        Content,
        {
            "content_id": key("n.i", 1), "content_hash": "x'00'" if sqlite else "CAST('x' AS bytea)", "algorithm": "1",
            "day": "r.ordinal", "chars": "200", "text": "n.i || :folded",
            "story_id": key("(n.i - CASE WHEN n.i % 8 = 7 THEN 1 ELSE 0 END)", 1),
        },
    )  # fmt: skip
    insert(
        Capture,
        {
            "id": key("n.i", 2), "file": "'archive/' || r.run_id || '.warc.gz'", "offset": "n.i * 18000",
            "length": "18000", "sha256": "'0'", "url": url, "status": "200", "content_type": "'text/html'",
            "fetched_at": crawled, "run_id": "r.run_id",
        },
    )  # fmt: skip
    insert(
        Article,
        {
            "id": key("n.i", 3), "publisher": "r.publisher", "site": "'site'", "key": "CAST(n.i AS TEXT)", "url": url,
            "kind": "'article'", "title": "'第' || n.i || '篇'", "published_at": published, "first_seen": crawled,
            "last_seen": crawled, "current_revision_id": key("n.i", 4),
        },
    )  # fmt: skip
    insert(
        Revision,
        {
            "id": key("n.i", 4), "article_id": key("n.i", 3), "ordinal": "1", "kind": "'new'", "run_id": "r.run_id",
            "capture_id": key("n.i", 2), "content_id": key("n.i", 1), "record_hash": "'0'", "parser_version": "'1'",
            "layout": "'trs.article'", "seen_from": crawled, "seen_to": crawled, "url": url,
            "title": "'第' || n.i || '篇'", "subtitle": "''", "original_title": "''", "source": "'来源'",
            "source_url": "''", "first_publisher": "''", "authors": none, "editor": "''", "published_at": published,
            "published_precision": "'minute'", "published_printed": "''", "published_from": "'page'",
            "breadcrumb": none, "paragraphs": as_json("'[\"' || n.i || :paragraph || '\"]'"),
            "body_html": "'<p>' || n.i || :folded || '</p>'", "images": none, "attachments": none, "keywords": none,
            "site_id_code": "''", "document": as_json("'{}'"), "notes": none,
        },
    )  # fmt: skip
    fate = (
        "CASE WHEN n.i % 300 = 1 THEN 'layout_unknown' WHEN n.i % 40 = 1 THEN 'timeout' "
        "WHEN n.i % 9 = 1 THEN 'gallery' WHEN n.i % 2 = 1 THEN 'not_due' ELSE 'duplicate_link' END"
    )
    for loaded in (True, False):
        where = "" if loaded else "WHERE n.i % 3 = 1"
        n = key("n.i", 5 if loaded else 6)
        insert(
            Url,
            {
                "id": n, "url": url if loaded else url.replace(".html", ".htm"), "publisher": "r.publisher",
                "fate": "'loaded_new'" if loaded else fate, "last_run_id": "r.run_id", "first_seen": crawled,
                "last_seen": crawled,
            },
            where,
        )  # fmt: skip
        insert(
            UrlEvent,
            {
                "run_id": "r.run_id", "url_id": n, "attempt": "1", "current": "TRUE",
                "fate": "'loaded_new'" if loaded else fate, "message": "''", "channels": none,
                "layout": "CASE WHEN n.i % 20 = 0 THEN 'generic' ELSE 'trs.article' END" if loaded else "''",
                "capture_id": key("n.i", 2) if loaded else "NULL",
            },
            where,
        )  # fmt: skip


def write_runs(connection: Connection) -> list[str]:
    """Four runs a night, each with a dozen answers, now and then one that did not pass."""
    yesterday = datetime.now(SHANGHAI).date() - timedelta(days=1)
    keys = publishers.keys()
    upsert(connection, Publisher.__table__, [{"key": k, "name": publishers.load(k).name, "home": ""} for k in keys])
    runs, checks, bench = [], [], []
    for back in range(NIGHTS - 1, -1, -1):
        day = yesterday - timedelta(days=back)
        midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        for publisher in keys:
            run_id = f"{publisher}/{day}_{day + timedelta(days=1)}"
            crawled = midnight + timedelta(hours=25, minutes=40)
            runs.append(
                {"id": run_id, "publisher": publisher, "run_key": run_id.split("/")[1], "window_start": day,
                 "window_end": day + timedelta(days=1), "selection": {}, "reason": "", "crawled_at": crawled,
                 "complete": True}
            )  # fmt: skip
            number = len(runs)
            checks += [
                {"run_id": run_id, "name": f"question {n}", "level": "hard" if n % 2 else "usual",
                 "passed": (number + n) % 97 > 0, "observed": "1", "expected": "2", "message": "look",
                 "checked_at": crawled}
                for n in range(12)
            ]  # fmt: skip
            bench.append(
                {"k": number - 1, "run_id": run_id, "publisher": publisher, "epoch": int(midnight.timestamp()),
                 "crawled": int(crawled.timestamp()), "ordinal": day.toordinal()}
            )  # fmt: skip
    upsert(connection, Run.__table__, runs)
    upsert(connection, CheckResult.__table__, checks)
    connection.execute(
        text(
            "CREATE TABLE bench_run "
            "(k BIGINT PRIMARY KEY, run_id TEXT, publisher TEXT, epoch BIGINT, crawled BIGINT, ordinal INT)"
        )
    )
    connection.execute(
        text("INSERT INTO bench_run VALUES (:k, :run_id, :publisher, :epoch, :crawled, :ordinal)"), bench
    )
    return [run["id"] for run in runs]


def series(connection: Connection, sqlite: bool, name: str, count: int) -> None:
    """A table of the numbers from 0."""
    numbers = (
        f"WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {count - 1}) SELECT i FROM s"
        if sqlite
        else f"SELECT generate_series(0::bigint, {count - 1}) AS i"
    )
    connection.execute(text(f"CREATE TABLE bench_{name} AS {numbers}"))


def generate(store: Store, articles: int) -> None:
    store.upgrade()
    indexes = [index for model in FILLED for index in model.__table__.indexes]
    with store.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.exec_driver_sql("COMMIT")
            for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-1500000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text("SET maintenance_work_mem = '512MB'"))
        for index in indexes:
            index.drop(connection)
        fill(connection, articles)
        with timed("indexes"):
            for index in indexes:
                index.create(connection)
        for table in ("bench_n", "bench_run"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.commit()
        connection.invalidate()
    if not sqlite:
        with timed("vacuum analyze"), store.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    with timed("rebuild_aggregates, every row counted"):
        store.write(rebuild_aggregates)
    if not sqlite:
        with store.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def client() -> Any:
    """The page as Airflow mounts it, logged in."""
    folder = tempfile.mkdtemp(prefix="dibao-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = AirflowHome(path=Path(folder), port=1, task_port=2, settings={})
    home.prepare()
    os.environ.update({name: home.environment[name] for name in ("AIRFLOW_HOME", "DIBAO_HOME", "PATH")})
    from airflow.utils.db import initdb

    initdb()
    from airflow.api_fastapi.app import init_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from corpus_plugin import CorpusPlugin
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    manager: Any = init_auth_manager()
    airflow = FastAPI()
    airflow.mount("/corpus", CorpusPlugin.fastapi_apps[0]["app"])
    made = TestClient(airflow)
    made.cookies.set("_token", manager.generate_jwt(SimpleAuthManagerUser(username="reader", role="viewer")))
    return made


def milliseconds(work: Callable[[], Any], times: int) -> list[tuple[float, float]]:
    """Wall time and this process's CPU time of each; on a busy machine the two differ."""
    took = []
    for _ in range(times):
        started, used = time.perf_counter(), time.process_time()
        work()
        took.append(((time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000))
    return took


def line(label: str, took: list[tuple[float, float]]) -> float:
    walls, used = sorted(wall for wall, _ in took), statistics.median(cpu for _, cpu in took)
    most = walls[int(0.95 * (len(walls) - 1))]
    print(
        f"  {label:<44} median {statistics.median(walls):7.1f} ms   95 % within {most:7.1f}   worst {walls[-1]:7.1f}"
        f"   CPU {used:6.1f}   of {len(took)}",
        flush=True,
    )
    return statistics.median(walls)


def get(browser: Any, path: str) -> Any:
    answer = browser.get(path)
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return answer


def measure(store: Store, url: str, browser: Any, articles: int) -> bool:
    os.environ["DIBAO_STORE"] = url
    load_config(fresh=True)
    yesterday = datetime.now(SHANGHAI).date() - timedelta(days=1)
    with store.reading() as connection:
        stored = connection.execute(text("SELECT count(*) FROM article")).scalar_one()
        article_id = connection.execute(text("SELECT id FROM article LIMIT 1")).scalar_one()
    assert stored >= articles, stored
    print(f"  {stored:,} articles")
    within = [line("first page of the process", milliseconds(lambda: get(browser, "/corpus/"), 1))]
    within.append(line("page, all publishers", milliseconds(lambda: get(browser, "/corpus/"), 30)))
    within.append(line("page, one publisher", milliseconds(lambda: get(browser, "/corpus/?publisher=tibet_net"), 30)))
    within.append(
        line("page, two years ago", milliseconds(lambda: get(browser, f"/corpus/?until={two_years_ago()}"), 30))
    )
    line("an article", milliseconds(lambda: get(browser, f"/corpus/article/{article_id}"), 30))
    timing = get(browser, "/corpus/").headers["server-timing"]
    print(f"  Server-Timing of the last: {timing}")
    if store.url.database and store.url.get_backend_name() == "sqlite":
        line("page, SQLite's file out of the page cache", milliseconds(lambda: cold(store.url.database, browser), 5))
    run_id = f"tibet_net/{yesterday}_{yesterday + timedelta(days=1)}"
    line(
        "what it adds to a load (one night's counts)",
        milliseconds(lambda: store.write(lambda connection: refresh_aggregates(connection, run_id)), 10),
    )
    return max(within[1:]) <= TARGET_MS


def two_years_ago() -> date:
    return datetime.now(UTC).date() - timedelta(days=730)


def cold(path: str | None, browser: Any) -> None:
    from corpus_page import reading

    assert path
    reading._store.cache_clear()
    with Path(path).open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    get(browser, "/corpus/")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder to keep the SQLite store in, and to find it in")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    assert Base.metadata.tables
    browser = client()
    good = True
    for backend in [arguments.only] if arguments.only else ["sqlite", "postgresql"]:
        print(f"{backend}, {arguments.articles:,} articles")
        with ExitStack() as stack:
            if backend == "sqlite":
                folder = arguments.keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="dibao-bench-"))
                url = f"sqlite:///{folder}/store.sqlite"
            else:
                url = stack.enter_context(running_postgres())
            store = Store(url)
            stack.callback(store.close)
            if backend == "postgresql" or not Path(f"{folder}/store.sqlite").exists():
                generate(store, arguments.articles)
            good &= measure(store, url, browser, arguments.articles)
    print(f"{'within' if good else 'ABOVE'} {TARGET_MS} ms")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
