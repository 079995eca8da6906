"""A lost store comes back from its archive alone: the same articles, every state of them, and no site is asked."""

from __future__ import annotations

import gzip
import json
import shutil
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.config import Config, load_config
from crawler.errors import ArtefactError
from crawler.fetch.archive import RunArchive
from crawler.fetch.segments import archive_name
from crawler.fetch.warc_write import Exchange
from crawler.rebuild import rebuild as rebuilding
from crawler.rebuild.rebuild import rebuild
from crawler.rebuild.segments import read_segment, unknown_files, unknown_runs
from crawler.run import SHANGHAI, Run, Window
from models.articles import Revision
from models.store import Store
from models.urls import Capture
from tests.command import dibao
from tests.night.nights import content, night, quiet
from tests.replica import Handle, start

FIRST = Window.parse("2026-06-14", "2026-06-15")
SECOND = Window.parse("2026-06-15", "2026-06-17")
PARTIAL: dict[str, Any] = {"channels": ("yc",), "page_limit": 1}

_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>湖畔小镇办起读书节_新浪财经_新浪网</title></head>
<body><h1 class="main-title">湖畔小镇办起读书节</h1>
<div class="date-source"><span class="date">2026年06月16日 09:30</span> <span class="source">湖畔晚报</span></div>
<div class="article" id="artibody">
<p>　　六月的清晨，湖面上的雾还没有散，镇上的老粮仓已经坐满了来听故事的孩子和他们的祖父母。</p>
<p>　　组织者说，今年的读书节一共准备了四十二场活动，比去年多出十一场，其中一半由村里的人自己主持。</p>
</div></body></html>"""


@pytest.fixture
def replica() -> Iterator[Handle]:
    with start() as running:
        yield running


def named(config: Config) -> dict[str, Any]:
    """What names the corpus, without the store's own version."""
    done = dibao("cite", "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.output)
    return found


def said(config: Config) -> dict[str, Any]:
    store = Store(config.store_url)
    try:
        with store.reading() as connection:
            return content(connection)
    finally:
        store.close()


def kinds(config: Config) -> dict[str, int]:
    store = Store(config.store_url)
    try:
        with store.reading() as connection:
            table = Revision.__table__.c
            return dict(connection.execute(select(table.kind, func.count()).group_by(table.kind)).all())
    finally:
        store.close()


def lose_the_store(config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> Config:
    """The run folders are gone with it; a new and empty store takes its place."""
    shutil.rmtree(f"{config.data_root.path}/runs")
    monkeypatch.setenv("DIBAO_STORE", f"sqlite:///{tmp_path}/{name}.sqlite")
    new = load_config(fresh=True)
    for words in (("db", "upgrade"), ("db", "adopt")):
        done = dibao(*words)
        assert done.exit_code == 0, done.output
    return new


@pytest.mark.timeout(1800)
def test_a_lost_store_comes_back_whole(
    replica: Handle, store: Store, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nights, second looks in several segments with corrections between them, a partial run, an import."""
    monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
    config = load_config(fresh=True)
    night("tibet_net", config, window=FIRST)
    night("sichuan_gov", config, window=SECOND)
    for stage in stages.STAGES[:4]:
        getattr(stages, stage)(Run("tibet_net", SECOND, **PARTIAL), config, on_line=quiet)
    night("tibet_net", config, window=SECOND)
    page = tmp_path / "page.html"
    page.write_text(_PAGE, encoding="utf-8")
    assert dibao("import", str(page)).exit_code == 0
    replica.advance()
    night("sichuan_gov", config, window=SECOND, fetch_again=True, listings_again=True, reason="after the correction")
    night("tibet_net", config, window=FIRST, listings_again=True)
    replica.advance()
    night("sichuan_gov", config, window=SECOND, fetch_again=True, listings_again=True)
    before, rows, states = named(config), said(config), kinds(config)
    assert states["substantive"] > 0
    asked = replica.stats()
    archive = sorted((path, path.stat().st_mtime_ns) for path in Path(config.data_root.path).rglob("*.warc.gz"))

    new = lose_the_store(config, monkeypatch, tmp_path, "new")
    with Store(new.store_url).reading() as connection:
        assert len(unknown_files(connection, new.data_root)) == sum("/archive/" in str(path) for path, _ in archive)
        assert len(unknown_runs(connection, new.data_root)) == 5
    told = "! the archive holds 5 runs that the store does not know (imported/import-"
    assert told in dibao("status").output
    assert told in dibao("gaps").output
    assert str(dibao("rebuild", "--dry-run").output.count(".warc.gz")) == "8"
    first = dibao("rebuild")
    assert "problems=0" in first.output, first.output
    assert replica.stats() == asked
    assert named(new) == {**before, "schema": named(new)["schema"]}
    assert said(new) == rows
    assert kinds(new) == states
    assert "does not know" not in dibao("status").output + dibao("gaps").output
    audited = dibao("audit")
    assert audited.exit_code == 0, audited.output
    assert "files=0 runs=0" in dibao("rebuild").output
    kept = sorted((path, path.stat().st_mtime_ns) for path in Path(new.data_root.path, "archive").rglob("*.warc.gz"))
    assert kept == [(path, moment) for path, moment in archive if "/archive/" in str(path)]

    # The night after it goes on as if nothing had been.
    night("tibet_net", new, window=SECOND)
    assert said(new) == rows


@pytest.mark.timeout(900)
def test_killed_anywhere_and_started_again_it_ends_the_same(
    replica: Handle, store: Store, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
    config = load_config(fresh=True)
    night("tibet_net", config, window=FIRST)
    replica.advance()
    night("tibet_net", config, window=FIRST, fetch_again=True, listings_again=True)
    before, rows = named(config), said(config)
    new = lose_the_store(config, monkeypatch, tmp_path, "new")

    class Killed(BaseException):
        pass

    def dies_after(real: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise Killed

    for name in ("_replay", "parse", "dedupe", "load", "check"):
        with pytest.MonkeyPatch.context() as patch:
            owner = rebuilding if name == "_replay" else stages

            patch.setattr(owner, name, partial(dies_after, getattr(owner, name)))
            with pytest.raises(Killed):
                rebuild(new, on_line=quiet)
    rebuild(new, on_line=quiet)
    assert named(new) == {**before, "schema": named(new)["schema"]}
    assert said(new) == rows
    assert dibao("audit").exit_code == 0


def archive(run: Run, config: Config) -> None:
    """One attempt of a run that got one answer."""
    folder = RunFolder(run, config.data_root)
    folder.create()
    made = RunArchive(folder)
    url, moment = "https://www.tibet.cn/cn/news/yc/", datetime(2026, 6, 15, tzinfo=UTC)
    made.write(Exchange(url, b"GET / HTTP/1.1", [], b"HTTP/1.1 200 OK", [], b"<html></html>", moment))
    made.seal()


def _without_run_field(folder: Path) -> None:
    """The files as they were written before they said whose they are."""
    for path in folder.rglob("*.warc.gz"):
        data = path.read_bytes()
        first = zlib.decompressobj(wbits=31)
        head, rest = first.decompress(data), first.unused_data
        lines = [line for line in head.split(b"\r\n") if not line.startswith((b"dibao-run:", b"isPartOf:"))]
        path.unlink()
        path.write_bytes(gzip.compress(b"\r\n".join(lines), mtime=0) + rest)


def test_which_run_a_file_is_of_is_told_by_the_file_or_by_its_name(
    store: Store, config: Config, tmp_path: Path
) -> None:
    window, today = Window.parse("2026-06-14", "2026-06-15"), datetime.now(SHANGHAI).date()
    asked = [
        Run("tibet_net", window, reason="一个理由", listings_again=True),
        Run("tibet_net", window, ("yc",), (), 1),
        Run("tibet_net", window, ("yc", "zx")),
        Run("tibet_net", window, ("yc", "zx", "instant", "zcdt", "politics"), (), 77),
        Run("imported", Window(today, today + timedelta(days=1)), digest="0123456789abcdef"),
    ]
    for run in asked:
        archive(run, config)
    names = [archive_name(run, 0) for run in asked]
    found = [read_segment(config.data_root, name) for name in names]
    assert [segment.run for segment in found] == asked
    assert (found[0].run.reason, found[0].run.listings_again) == ("一个理由", True)

    _without_run_field(Path(config.data_root.path, "archive"))
    for name, run in zip(names[:3], asked[:3], strict=True):
        assert read_segment(config.data_root, name).run == run
    assert read_segment(config.data_root, names[4]).run.run_id == asked[4].run_id
    with pytest.raises(ArtefactError, match="which channels it had cannot be told"):
        read_segment(config.data_root, names[3])


def test_a_file_that_cannot_be_loaded_is_told_and_holds_up_no_other(store: Store, config: Config) -> None:
    whole, damaged, torn = (
        Run("tibet_net", Window.parse(f"2026-06-{day}", f"2026-06-{day + 1}")) for day in (11, 12, 13)
    )
    for run in (whole, damaged, torn, torn):
        archive(run, config)
    shutil.rmtree(f"{config.data_root.path}/runs")
    root = Path(config.data_root.path)
    (root / archive_name(torn, 0)).unlink()
    file = root / archive_name(damaged, 0)
    file.write_bytes(file.read_bytes()[:-40])
    strange = file.with_name("tibet_net-copy.warc.gz")
    strange.write_bytes(b"")
    done = dibao("rebuild")
    assert done.exit_code == 1, done.output
    told = [line for line in done.output.splitlines() if line.startswith("! ")]
    for name, word in ((archive_name(torn, 1), "is missing"), (file.name, "is damaged"), (strange.name, "not named")):
        assert any(name in line and word in line for line in told), (name, done.output)
    # A listing that lists nothing is loaded as the incomplete night that it was, and fails its check.
    assert "files=1 runs=1" in done.output
    with store.reading() as connection:
        assert connection.execute(select(Capture.__table__.c.file)).scalars().all() == [archive_name(whole, 0)]
