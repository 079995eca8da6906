"""The nightly run, end to end and real: Scrapy over HTTP, WARC, the parser, SQLite and PostgreSQL."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select
from warcio.archiveiterator import ArchiveIterator

from crawler import publishers, stages
from crawler.artefacts import RunFolder
from crawler.config import Config, load_config
from crawler.errors import ArtefactError, CrawlTransient, Fate, StoreError
from crawler.fetch.capture import open_payload
from crawler.known import known_urls
from crawler.run import Run
from models.articles import Article, Revision
from models.base import Base
from models.store import Store
from models.urls import Capture
from tests.night.nights import WINDOW, content, in_window, night, squeezed, stored_articles, stored_fates
from tests.replica import Handle, start

PUBLISHERS = publishers.keys()


@pytest.fixture(scope="module")
def replica() -> Iterator[Handle]:
    with start() as running:
        yield running


@pytest.fixture
def live(replica: Handle, config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Settings that lead to the replica."""
    monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
    return load_config(fresh=True)


def rows_of(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return {
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in Base.metadata.sorted_tables
        }


def differences(truth: dict[str, Any], stored: Any) -> list[str]:
    """Where the stored record says something else than the page prints."""
    printed = datetime.fromisoformat(truth["published"])
    to = 10 if truth["precision"] == "day" else 16
    wanted = {
        "title": squeezed(truth["title"]),
        "original_title": squeezed(truth["original_title"]),
        "source": truth["source"],
        "editor": truth["editor"],
        "authors": sorted([*truth["authors"], *truth["reporters"]]),
        "published_at": printed.isoformat()[:to],
        "paragraphs": [squeezed(paragraph) for paragraph in truth["paragraphs"]],
    }
    found = {
        "title": squeezed(stored.title),
        "original_title": squeezed(stored.original_title),
        "source": stored.source,
        "editor": stored.editor,
        "authors": sorted(stored.authors),
        "published_at": stored.published_at.astimezone(printed.tzinfo).isoformat()[:to],
        "paragraphs": [squeezed(paragraph) for paragraph in stored.paragraphs],
    }
    return [
        f"{truth['url']}: {name}: {found[name]!r} for {wanted[name]!r}"
        for name in wanted
        if wanted[name] != found[name]
    ]


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_every_article_of_the_window_arrives_as_printed_and_every_other_url_has_its_fate(
    publisher: str, replica: Handle, store: Store, live: Config
) -> None:
    counts = night(publisher, live)
    truth = in_window(replica.truth(publisher))
    with store.reading() as connection:
        articles, fates = stored_articles(connection), stored_fates(connection)
    wrong = []
    # Once a site asks for proof, the rest of that host is left alone for the night: that is its fate too.
    challenged = {url.split("/")[2] for url, fate in fates.items() if fate == Fate.CHALLENGED}
    for row in truth:
        found = fates.get(row["url"])
        if found != row["fate"] and not (found == Fate.CHALLENGED and row["url"].split("/")[2] in challenged):
            wrong.append(f"{row['url']}: {found} for {row['fate']}")
        elif found == Fate.LOADED_NEW:
            wrong += differences(row, articles[publisher, row["site"], row["key"]])
    assert not wrong, "\n".join(wrong)
    loaded = sum(fate in (Fate.LOADED_NEW, Fate.IMAGE_ONLY) for fate in fates.values())
    assert loaded == len(articles) == counts["load"]["new"] + counts["load"]["image_only"]
    assert loaded > 20
    before = rows_of(store)
    again = night(publisher, live)
    assert again["load"]["new"] == again["load"]["revised"] == 0
    if any(Fate(fate).retry for fate in fates.values()):
        # What a site refused is asked again, and its answer is evidence; the articles are as they were.
        after = rows_of(store)
        assert all(after[name] == before[name] for name in ("article", "revision", "content", "url", "story_edge"))
    else:
        assert again["load"]["rows_written"] == 0


def test_the_same_night_again_asks_for_nothing_and_writes_nothing(replica: Handle, store: Store, live: Config) -> None:
    night("tibet_net", live)
    before = rows_of(store)
    replica.reset_stats()
    counts = night("tibet_net", live)
    assert counts["load"]["rows_written"] == 0
    assert counts["load"]["new"] == counts["load"]["revised"] == 0
    assert rows_of(store) == before
    assert sum(host["requests"] for host in replica.stats()["hosts"].values()) <= len(publishers.get("tibet_net").hosts)


def test_a_night_that_overlaps_another_fetches_only_what_is_new(replica: Handle, store: Store, live: Config) -> None:
    night("sichuan_gov", live)
    before = rows_of(store)["article"]
    counts = night("sichuan_gov", live, page_limit=40)
    assert counts["load"]["new"] == 0
    assert counts["crawl"]["fates"].get("captured", 0) == 0
    assert rows_of(store)["article"] == before


def test_an_article_that_changed_is_a_revision_and_both_states_stay(
    store: Store, live: Config, replica: Handle
) -> None:
    with start() as changing:
        os.environ["DIBAO_GATEWAY"] = changing.url
        settings = load_config(fresh=True)
        night("tibet_net", settings)
        revised = [row for row in in_window(changing.truth("tibet_net")) if row["fate"] == "loaded_new"]
        changing.advance()
        truth = {row["url"]: row for row in in_window(changing.truth("tibet_net"))}
        counts = night("tibet_net", settings, fetch_again=True)
    changed = [row["url"] for row in revised if row["paragraphs"] != truth[row["url"]]["paragraphs"]]
    assert changed
    assert counts["load"]["revised"] >= len(changed)
    with store.reading() as connection:
        for url in changed:
            article = connection.execute(select(Article.__table__).where(Article.__table__.c.url == url)).one()
            states = connection.execute(
                select(Revision.__table__)
                .where(Revision.__table__.c.article_id == article.id)
                .order_by(Revision.__table__.c.ordinal)
            ).all()
            assert len(states) == 2
            assert states[0].seen_to < states[1].seen_from
            assert article.current_revision_id == states[1].id
            assert [squeezed(text) for text in states[1].paragraphs] == [
                squeezed(text) for text in truth[url]["paragraphs"]
            ]


def test_what_is_fetched_again_unchanged_keeps_all_its_pages(replica: Handle, store: Store, live: Config) -> None:
    """The site says of an article's first page that it is as it was, and nothing of the pages behind it."""
    night("tibet_net", live)
    before = rows_of(store)["revision"]
    known = known_urls(store, Run("tibet_net", WINDOW, channels=("yc",)))
    with store.reading() as connection:
        answered = set(connection.execute(select(Capture.__table__.c.url)).scalars())
    several = {url.replace("_1.html", ".html") for url in answered if "/t2026" in url and url.endswith("_1.html")}
    counts = night("tibet_net", live, fetch_again=True)
    assert counts["crawl"]["fates"]["captured"] > 20
    assert counts["load"]["revised"] == counts["load"]["new"] == 0
    assert rows_of(store)["revision"] == before
    assert several
    assert several == {each.url for each in known if not each.etag}, "their later pages would never be looked at again"
    assert len(known) > len(several)


def test_an_article_whose_later_pages_are_missing_is_not_taken_for_a_whole_one(
    replica: Handle, store: Store, live: Config
) -> None:
    night("tibet_net", live)
    before = rows_of(store)["revision"]
    folder = RunFolder(Run("tibet_net", WINDOW), live.data_root)
    rows = list(folder.read_lines(RunFolder.FATES, "crawl"))
    several = {row["url"] for row in rows if row["further"]}
    folder.write_lines(RunFolder.FATES, ({**row, "further": row["further"][:-1]} for row in rows))
    for stage in (stages.parse, stages.dedupe, stages.load):
        stage(folder.run, live)
    assert rows_of(store)["revision"] == before
    with store.reading() as connection:
        fates = stored_fates(connection)
    assert {url for url, fate in fates.items() if fate == Fate.TRUNCATED} >= several
    assert several


def test_any_warc_tool_reads_the_archive_and_every_revision_leads_into_it(
    replica: Handle, store: Store, live: Config
) -> None:
    night("xinjiang_gov", live)
    with store.reading() as connection:
        captures = connection.execute(select(Capture.__table__)).all()
        revisions = connection.execute(select(Revision.__table__.c.capture_id)).scalars().all()
    by_id = {capture.id: capture for capture in captures}
    assert set(revisions) <= set(by_id)
    seen = 0
    for file in {capture.file for capture in captures}:
        with Path(str(live.data_root / file)).open("rb") as opened:
            for record in ArchiveIterator(opened, check_digests="raise"):
                record.content_stream().read()
                seen += record.rec_type == "response"
    assert seen == len(captures)
    for capture_id in revisions:
        capture = by_id[capture_id]
        assert b"<" in open_payload(live.data_root, capture.file, capture.offset, capture.length)


NIGHT = """
import os, signal, sys
from crawler.config import load_config
from tests.night.nights import night

written = False

def die_after(event, words):
    global written
    if written:
        written = False
        os.kill(0, signal.SIGKILL)
    if event == "os.rename" and str(words[1]).endswith(f"/{sys.argv[2]}"):
        written = True

if sys.argv[2]:
    sys.addaudithook(die_after)
night(sys.argv[1], load_config())
"""
"""A night that dies by itself, with its whole process group, at the first thing it does after it has written a file."""


def _start_night(publisher: str, dies_after: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", NIGHT, publisher, dies_after],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_night(publisher: str, moment: Callable[[], bool]) -> bool:
    """Start a night in a process group of its own and kill all of it at a moment; whether it was still alive."""
    process = _start_night(publisher)
    while process.poll() is None:
        if moment():
            # The crawl is a process of its own, which dies with its parent and holds the run until then.
            crawls = psutil.Process(process.pid).children(recursive=True)
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait() == -signal.SIGKILL and not psutil.wait_procs(crawls, timeout=60)[1]
        time.sleep(0.002)
    return False


def test_a_night_killed_at_any_moment_and_run_again_gives_the_store_of_an_undisturbed_one(
    replica: Handle, store: Store, live: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By what the night has left behind and not by the clock: how fast it goes is the machine's matter.
    folder = Path(live.data) / "runs" / "tibet_net"
    enough = random.Random(20261122).sample(range(2_000, 60_000), 3)

    def archived(size: int) -> bool:
        try:
            return sum(file.stat().st_size for file in folder.glob("*/captures*.warc.gz*")) > size
        except FileNotFoundError:
            # The night has given the open segment its name between our two looks.
            return False

    for size in sorted(enough):
        assert kill_night("tibet_net", partial(archived, size))
    # Written by the crawl's own process, long before the night is over.
    assert kill_night("tibet_net", lambda: any(folder.glob("*/fates.jsonl")))
    for name in ("articles.jsonl", "decisions.jsonl"):
        assert _start_night("tibet_net", name).wait() == -signal.SIGKILL, name
        assert any(folder.glob(f"*/{name}"))
    night("tibet_net", live)
    with store.reading() as connection:
        disturbed = content(connection)
    monkeypatch.setenv("DIBAO_DATA", str(tmp_path / "undisturbed"))
    monkeypatch.setenv("DIBAO_STORE", f"sqlite:///{tmp_path}/undisturbed.sqlite")
    calm = load_config(fresh=True)
    with stages.open_store(calm) as other:
        other.upgrade()
        night("tibet_net", calm)
        with other.reading() as connection:
            undisturbed = content(connection)
    assert disturbed == undisturbed


def test_a_store_that_is_not_migrated_stops_the_night_before_it_asks_any_site(
    replica: Handle, live: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIBAO_STORE", f"sqlite:///{tmp_path}/nothing.sqlite")
    replica.reset_stats()
    with pytest.raises(StoreError, match="dibao db upgrade"):
        stages.crawl(Run("tibet_net", WINDOW), load_config(fresh=True))
    assert not replica.stats()["hosts"]


def test_a_crawl_that_died_leaves_nothing_for_the_next_stage_to_take_for_a_whole_night(
    replica: Handle, store: Store, live: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run("tibet_net", WINDOW, channels=("yc",))
    night("tibet_net", live, channels=("yc",))

    def die(*_: object, **__: object) -> None:
        raise CrawlTransient("killed")

    monkeypatch.setattr(stages.process, "run_crawl", die)
    with pytest.raises(CrawlTransient):
        stages.crawl(run, live)
    with pytest.raises(ArtefactError, match="has not ended; run `crawl`"):
        stages.parse(run, live)
