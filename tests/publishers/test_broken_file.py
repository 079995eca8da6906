"""One publisher's wrong file must cost that publisher its night, and nobody else anything."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler import importing, publishers, stages
from crawler.artefacts import RunFolder
from crawler.config import Config, load_config
from crawler.errors import ConfigurationError
from crawler.fetch.child import _spider
from crawler.parse import parse, parse_page
from crawler.parse.article import Page
from crawler.run import Run, Window
from models.store import Store
from tests.command import dibao
from tests.publishers.folder import XIZANG, one_more
from tests.replica import start

DAYS = ("--from", "2026-06-15", "--to", "2026-06-17")


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "publishers"
    folder.mkdir()
    with one_more(folder, XIZANG.replace("delay_seconds", "delay")) as key:
        yield key


@pytest.fixture
def config() -> Config:
    return load_config(fresh=True)


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    with stages.open_store(config) as opened:
        opened.upgrade()
        yield opened


def test_the_night_of_every_other_publisher_is_crawled_read_loaded_and_checked(
    broken: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start() as replica:
        monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
        config = load_config(fresh=True)
        result = dibao("run", "tibet_net", *DAYS, "--channel", "yc")
    assert "parse_failed" not in result.output
    run = Run("tibet_net", Window.parse("2026-06-15", "2026-06-17"), ("yc",))
    assert RunFolder(run, config.data_root).read_summary()["load"], result.output
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("command", [("publishers",), ("gaps",), ("status",)])
def test_a_list_shows_the_others_says_what_is_wrong_and_a_script_hears_of_it(
    broken: str, store: Store, command: tuple[str, ...]
) -> None:
    result = dibao(*command)
    assert result.exit_code == 2
    assert "xizang_gov/publisher.toml" in result.output
    assert {"publishers": "中国西藏网", "gaps": "no gaps", "status": "the store is empty"}[command[0]] in result.output


def test_a_script_reads_the_status_as_json_and_finds_the_broken_publisher_in_it(broken: str, store: Store) -> None:
    result = dibao("status", "--json")
    assert result.exit_code == 2
    assert list(json.loads(result.stdout)["broken"]) == [broken]


def test_its_own_commands_say_the_sentence_and_start_nothing(broken: str) -> None:
    for name in ("run", "crawl", "parse", "dedupe", "load", "check"):
        result = dibao(name, broken, *DAYS)
        assert result.exit_code == 2
        assert "delay" in result.output


def test_it_is_warned_of_once(broken: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert publishers.identify("https://www.tibet.cn/cn/news/zx/202606/t20260615_7000001.html") is not None
    assert sum(broken in record.getMessage() for record in caplog.records) == 1


def test_an_import_waits_for_the_file_since_a_page_of_its_site_would_become_nobodys(
    broken: str, tmp_path: Path, config: Config
) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body><p>正文</p></body></html>", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="xizang_gov"):
        importing.import_files([page], "", config)
    run = Run(importing.IMPORTED, Window.parse("2026-06-15", "2026-06-16"), digest="abc")
    with pytest.raises(ConfigurationError, match="xizang_gov"):
        stages.parse(run, config)


def test_a_wrong_file_is_never_written_down_as_the_fate_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ConfigurationError("publisher.toml is wrong")

    monkeypatch.setattr(parse, "_identity", fail)
    page = Page("https://www.tibet.cn/cn/news/zx/202606/t20260615_7000001.html", "<p>正文</p>".encode(), "text/html")
    with pytest.raises(ConfigurationError):
        parse_page(page, "tibet_net")


def test_layouts_that_cannot_be_loaded_stop_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_written_pages.py").write_text("LAYOUTS = [", encoding="utf-8")
    (tmp_path / "no_layouts_pages.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("half_written_pages", "no_layouts_pages"):
        with pytest.raises(ConfigurationError, match=f"{module}.py cannot be loaded"):
            parse.layouts_of(module)
    assert parse.layouts_of("crawler.publishers.xizang_gov.pages") == (), "a folder may be without layouts of its own"


def test_a_missing_spider_is_not_called_a_crawl_that_may_be_started_again() -> None:
    with pytest.raises(ConfigurationError, match=r"there is no spider for xizang_gov.*xizang_gov/spider.py is missing"):
        _spider("xizang_gov")


def test_every_publisher_has_a_spider_of_its_name() -> None:
    for key in publishers.keys():
        assert _spider(key).name == key
