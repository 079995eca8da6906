"""A crawl ends with what started it: nothing goes on asking a site behind everybody's back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from crawler.config import Config
from crawler.errors import CrawlTransient
from crawler.fetch import process
from crawler.run import Run
from tests.fetch.crawls import WINDOW
from tests.fetch.processes import crawl_process, ended
from tests.fetch.site import Answer, Asked, Site, trs_list

HOME = "https://www.tibet.cn"
LIST = f"{HOME}/cn/news/yc/"


def _site(listing: Answer | str) -> Site:
    site = Site()
    site.add(f"{HOME}/robots.txt", b"User-agent: *\n")
    site.add(LIST, listing)
    return site


def test_a_crawl_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    site = _site(Answer(b"", hold=30))
    with site.served() as gateway:
        program = (
            "from pathlib import Path; from tests.fetch.crawls import crawl;"
            f"crawl({gateway!r}, Path({str(tmp_path)!r}), timeout_seconds=60)"
        )
        parent = subprocess.Popen([sys.executable, "-c", program])
        try:
            child = crawl_process(parent.pid)
            while not site.asked:
                time.sleep(0.02)
        finally:
            parent.kill()
            parent.wait()
        assert ended(child)


def test_the_kernel_ends_a_crawl_whose_parent_was_killed_also_while_it_says_nothing() -> None:
    # A crawl that speaks would notice that nobody listens; one that waits for a site would stay.
    child = (
        "import os, time; from crawler.fetch.child import die_with_parent; die_with_parent(os.getppid());"
        "print(os.getpid(), flush=True); time.sleep(600)"
    )
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
        gone = ended(pid)
        if not gone:
            os.kill(pid, signal.SIGKILL)
    assert gone


def test_a_crawl_is_stopped_within_seconds_while_the_site_hangs(tmp_path: Path) -> None:
    asked = threading.Event()

    def hang(_: Asked) -> Answer:
        asked.set()
        return Answer(b"", hold=20)

    site = _site(trs_list([("202606/t20260615_103.html", "标题")]))
    site.add(f"{LIST}202606/t20260615_103.html", hang)
    errors: list[Exception] = []
    run = Run("tibet_net", WINDOW, channels=("yc",))

    def work() -> None:
        try:
            process.run_crawl(run, Config(data=str(tmp_path), gateway=gateway, delay_seconds=0), on_line=lambda _: None)
        except CrawlTransient as error:
            errors.append(error)

    with site.served() as gateway:
        thread = threading.Thread(target=work)
        thread.start()
        assert asked.wait(60)
        child = crawl_process(os.getpid())
        process.stop()
        assert ended(child)
        thread.join(60)
    assert len(errors) == 1
