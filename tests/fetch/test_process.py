"""A crawl that cannot begin or cannot write says what to do, and never counts."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.config import Config
from crawler.errors import ArtefactError, ConfigurationError, CrawlBroken, CrawlTransient, RunLocked
from crawler.fetch.process import CrawlProcess
from crawler.run import Run
from tests.fetch.crawls import WINDOW, crawl
from tests.fetch.site import Answer, Site, article, trs_list

HOME = "https://www.tibet.cn"
LIST = f"{HOME}/cn/news/yc/"


def _site(articles: int = 4) -> Site:
    site = Site()
    site.add(f"{HOME}/robots.txt", b"")
    site.add(LIST, trs_list([(f"202606/t20260615_{n}.html", f"标题{n}") for n in range(articles)]))
    for number in range(articles):
        site.add(
            f"{LIST}202606/t20260615_{number}.html", Answer(os.urandom(60_000), headers={"Content-Type": "text/html"})
        )
    return site


def test_a_gateway_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = crawl("http://127.0.0.1:9", tmp_path)
    assert isinstance(result.error, CrawlTransient)
    assert "www.tibet.cn/robots.txt cannot be had" in str(result.error)


def test_a_channel_that_does_not_exist_is_named_before_anything_starts(tmp_path: Path) -> None:
    result = crawl("http://127.0.0.1:9", tmp_path, channels=["ycc"])
    assert isinstance(result.error, ConfigurationError)
    assert "ycc" in str(result.error)
    assert "politics" in str(result.error)


def test_a_data_root_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result_error: Exception | None = None
    try:
        CrawlProcess(
            Run("tibet_net", WINDOW), Config(data=str(tmp_path / "file" / "data"), gateway="http://127.0.0.1:9")
        ).crawl(print)
    except ArtefactError as error:
        result_error = error
    assert result_error is not None
    assert "owner" in str(result_error)


def test_a_full_disk_ends_the_crawl_and_keeps_what_was_written(tmp_path: Path) -> None:
    site = _site(articles=8)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with site.served() as gateway:
        # The nearest thing to a full disk that a test can have: no file of the child may grow past this.
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            full = crawl(gateway, tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert isinstance(full.error, CrawlBroken), full.log
        assert "cannot write" in str(full.error)
        assert "Free space" in str(full.error)
        assert len(site.paths()) < 8, "it went on fetching what it could not keep"
        asked = len(site.paths())
        again = crawl(gateway, tmp_path)
    assert again.error is None, again.log
    assert set(again.fates.values()) == {None}
    # The page whose record did not fit is fetched once more, and the three that did are not.
    assert len(site.paths()) - asked == 8 - 3


def test_two_crawls_of_one_run_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    from crawler.fetch import session as module
    from crawler.fetch.session import CrawlSession

    monkeypatch.setattr(module, "_LOCK_WAIT_SECONDS", 0.2)
    run = Run("tibet_net", WINDOW)
    folder = tmp_path / "runs" / "tibet_net" / run.run_key
    folder.mkdir(parents=True)
    with (folder / ".crawl.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RunLocked):
            CrawlSession.open(run, Config(data=str(tmp_path)), print)


def test_a_bug_of_ours_fails_the_crawl_although_scrapy_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _site()
    site.add(f"{HOME}/cn/news/zx/", trs_list([("202606/t20260615_9.html", "一")]))
    site.add(f"{HOME}/cn/news/zx/202606/t20260615_9.html", article("一"))
    # The child imports this before it starts: a callback that always raises.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'crawler.fetch.child' in sys.orig_argv:\n"
        "    import crawler.fetch.article_fetch as fetch\n"
        "    def boom(self, response, row): raise ZeroDivisionError('ours')\n"
        "    fetch.ArticleFetch.on_article = boom\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path / "data", channels=["zx"])
    assert isinstance(result.error, CrawlBroken), result.log
    assert "ZeroDivisionError" in str(result.error)
    assert result.fate("t20260615_9.html") == "network_error"


@pytest.mark.parametrize("module", ["crawler.fetch.spider.decide", "crawler.fetch.outcome.count_fates"])
def test_a_crawl_that_cannot_write_its_outcome_says_so_and_is_not_taken_for_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    site = _site(articles=2)
    name, _, function = module.rpartition(".")
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'crawler.fetch.child' in sys.orig_argv:\n"
        f"    import {name} as module\n"
        "    def boom(*args, **kwargs): raise UnicodeEncodeError('utf-8', 'x', 0, 1, 'ours')\n"
        f"    module.{function} = boom\n"
    )
    with site.served() as gateway:
        with monkeypatch.context() as patched:
            patched.setenv("PYTHONPATH", str(tmp_path))
            result = crawl(gateway, tmp_path / "data")
        asked = len(site.asked)
        assert isinstance(result.error, CrawlBroken), f"it would be started again and again: {result.error!r}"
        assert "could not be written: UnicodeEncodeError" in str(result.error)
        assert "Traceback" in result.log
        mended = crawl(gateway, tmp_path / "data")
    assert mended.error is None, mended.log
    assert len(site.asked) == asked if "outcome" in module else asked + 2


def test_a_live_host_with_a_private_address_is_never_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = _site()
    # The child's resolver: every name leads to this machine, as a poisoned name would.
    (tmp_path / "sitecustomize.py").write_text(
        "import socket, sys\n"
        "if 'crawler.fetch.child' in sys.orig_argv:\n"
        "    def lead_home(host, port, *args, **kwargs):\n"
        "        return [(socket.AF_INET, socket.SOCK_STREAM, 6, '', ('127.0.0.1', port))]\n"
        "    socket.getaddrinfo = lead_home\n"
        "    import crawler.fetch.middlewares\n"
        "    crawler.fetch.middlewares._RETRY_TIMES = 0\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = Run("tibet_net", WINDOW, channels=("yc",))
    with site.served(), pytest.raises(CrawlTransient, match="not a public address"):
        CrawlProcess(run, Config(data=str(tmp_path / "data"), delay_seconds=0.1, timeout_seconds=2)).crawl(
            lambda _: None
        )
    assert site.asked == []


def test_scrapy_itself_can_run_a_spider(tmp_path: Path) -> None:
    site = _site(articles=2)
    with site.served() as gateway:
        command = [
            sys.executable,
            "-m",
            "scrapy",
            "crawl",
            "tibet_net",
            "-a",
            "start=2026-06-15",
            "-a",
            "end=2026-06-17",
        ]
        done = subprocess.run(
            [*command, "-a", "channels=yc"],
            env={**os.environ, "DIBAO_DATA": str(tmp_path), "DIBAO_GATEWAY": gateway, "DIBAO_DELAY_SECONDS": "0"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert "2 addresses" in done.stderr
    (folder,) = (tmp_path / "runs" / "tibet_net").iterdir()
    assert len((folder / "fates.jsonl").read_text().splitlines()) == 2
    assert (folder / "captures.cdxj").exists()


def test_scrapy_itself_refuses_days_before_a_publishers_addresses(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "tibet_net", "-a", "start=2016-06-15", "-a", "end=2016-06-17"],
        env={**os.environ, "DIBAO_DATA": str(tmp_path), "DIBAO_GATEWAY": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode
    assert "crawled from 2018-01-01 on" in done.stderr + done.stdout
    assert not (tmp_path / "runs").exists()
