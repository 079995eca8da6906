"""`dibao archived`: the bytes that a row names, and no others."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from crawler.artefacts import RunFolder
from crawler.config import Config
from crawler.run import Run as RunOf
from crawler.run import Window
from models.base import identity
from models.runs import Publisher, Run
from models.store import Store
from models.upsert import upsert
from models.urls import Capture
from scripts.airflow_home import CHECKOUT
from tests.archived_crawl import ArchivedCrawl
from tests.command import dibao

URL = "https://www.tibet.cn/cn/news/yc/202606/t20260615_7000001.html"
OTHER = URL.replace("7000001", "7000009")
PAGES = ("<p>前</p>".encode(), "<p>后</p>".encode())
GZIP = ((b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip"))


@pytest.fixture
def captures(store: Store, config: Config) -> list[int]:
    """The ids of two captures of one address, sent as gzip."""
    run = RunOf("tibet_net", Window.parse("2026-06-15", "2026-06-16"))
    crawl = ArchivedCrawl(RunFolder(run, config.data_root), datetime(2026, 6, 15, 17, 30, tzinfo=UTC))
    made = [crawl.fetch(URL, gzip.compress(page, mtime=0), headers=GZIP) for page in PAGES]
    crawl.end()
    rows = [
        {**{k: v for k, v in each.as_json().items() if k != "fetched_at"},
         "id": identity("capture", each.file, each.offset), "fetched_at": each.fetched_at, "run_id": run.run_id,
         "charset_declared": None, "charset_used": "utf-8", "charset_how": None, "etag": None, "last_modified": None}
        for each in made
    ]  # fmt: skip
    at = made[0].fetched_at
    of_run = {
        "id": run.run_id, "publisher": "tibet_net", "run_key": run.run_key, "window_start": run.window.start,
        "window_end": run.window.end, "selection": {}, "reason": "", "crawled_at": at, "complete": True,
    }  # fmt: skip

    def write(connection: object) -> None:
        for model, values in (
            (Publisher, [{"key": "tibet_net", "name": "中国西藏网", "home": ""}]), (Run, [of_run]), (Capture, rows)
        ):  # fmt: skip
            upsert(connection, model.__table__, values)  # type: ignore[arg-type, attr-defined]

    store.write(write)
    return [row["id"] for row in rows]


def test_an_earlier_capture_can_be_taken(captures: list[int]) -> None:
    assert dibao("archived", URL).stdout_bytes == PAGES[1]
    for id_, page in zip(captures, PAGES, strict=True):
        assert dibao("archived", "--capture", str(id_)).stdout_bytes == page
        assert dibao("archived", URL, "--capture", str(id_)).stdout_bytes == page


def test_the_list_names_each_capture_with_its_sum_and_the_hour_of_shanghai(captures: list[int]) -> None:
    lines = dibao("archived", "--list", URL).output.splitlines()
    for id_, page in zip(captures, PAGES, strict=True):
        (line,) = [line for line in lines if line.startswith(f"{id_} ") or line.strip().startswith(f"{id_} ")]
        assert hashlib.sha256(gzip.compress(page, mtime=0)).hexdigest() in line
        assert "2026-06-16 01:30:0" in line


def test_the_documented_command_gives_the_sum_of_the_row(captures: list[int], config: Config) -> None:
    document = (CHECKOUT / "docs" / "analysing.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"```sh\n(dibao archived --raw .+?)\n```", document)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        env={**os.environ, "CAPTURE": str(captures[0]), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    packed = gzip.compress(PAGES[0], mtime=0)
    assert done.stdout.split()[0] == hashlib.sha256(packed).hexdigest()
    assert dibao("archived", "--raw", "--capture", str(captures[0])).stdout_bytes == packed


def test_bytes_that_are_not_those_of_the_row_are_not_printed(captures: list[int], store: Store) -> None:
    store.write(lambda connection: connection.execute(update(Capture).values(sha256="0" * 64)) and None)
    done = dibao("archived", URL)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "dibao audit" in done.stderr


@pytest.mark.parametrize("words", [(), ("--raw",), ("--list",), ("--capture", "1"), (OTHER,)])
def test_what_is_not_there_prints_nothing(words: tuple[str, ...], captures: list[int]) -> None:
    done = dibao("archived", *words)
    assert (done.exit_code, done.stdout) == (2, "")
