"""The crawl's own process: reads what to do from standard input, logs plain lines, ends with a report line.

`python -m crawler.fetch.child` is started by `crawler.fetch.process`; people use `dibao crawl` or `scrapy crawl`.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import logging
import os
import signal
import sys
import warnings
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawler.config import Config
from crawler.errors import ConfigurationError, DibaoError
from crawler.run import Run

if TYPE_CHECKING:
    from crawler.fetch.spider import PublisherSpider

__all__ = ["REPORT", "main"]

REPORT = "\x1edibao-report "
"""What the report's line begins with; the record separator keeps it apart from any line of a log."""

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, however it ends (Linux, prctl(2)).

    SIGKILL is safe at any moment: the archive goes on from its last whole record.

    Args:
        parent: the process that must be alive; where it is gone already, this process ends at once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the process that started this crawl is gone")


def say(line: str) -> None:
    """One line of the log, at once."""
    print(line, flush=True)


def report(content: dict[str, Any]) -> None:
    """The last line: what the parent judges by."""
    say(REPORT + json.dumps(content, ensure_ascii=False))


def main() -> None:
    """Crawl what standard input says."""
    order = json.loads(sys.stdin.readline())
    die_with_parent(order["parent"])
    warnings.simplefilter("ignore", DeprecationWarning)
    # Our own plain lines tell the story; Scrapy speaks where something is wrong. The level is the handler's, since
    # Scrapy sets that of its loggers.
    handler = logging.StreamHandler(sys.stdout)
    handler.setLevel(logging.WARNING)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", handlers=[handler])
    try:
        replay = order["replay"]
        _crawl(
            Run.from_json(order["run"]),
            Config(**order["config"]),
            one_article=order["one_article"],
            replay=(replay["segment"], datetime.fromisoformat(replay["began"])) if replay else None,
        )
    except DibaoError as error:
        report({"error": {"type": type(error).__name__, "message": str(error)}})


def _crawl(run: Run, config: Config, *, one_article: bool, replay: tuple[int, datetime] | None) -> None:
    # Scrapy takes half a second to import; an order that is wrong is answered before that.
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.utils.project import get_project_settings

    from crawler.fetch.session import CrawlSession

    session = CrawlSession.open(run, config, say, replay=replay)
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "crawler.settings")
    settings = get_project_settings()
    settings.set("LOG_INSTALL_ROOT_HANDLER", False)
    # No other publisher's: what is wrong with its spider is no business of this crawl.
    settings.set("SPIDER_MODULES", [])
    if replay is not None:
        from crawler.fetch.replayed import HANDLERS

        settings.set("DOWNLOAD_HANDLERS", HANDLERS, priority="cmdline")
    spider = _spider(run.publisher)
    process = AsyncCrawlerProcess(settings)
    reports: list[dict[str, Any]] = []
    process.crawl(spider, session=session, on_closed=reports.append, one_article=one_article)
    process.start()
    if reports:
        report(reports[0])


def _spider(publisher: str) -> type[PublisherSpider]:
    """The spider of a publisher.

    Raises:
        ConfigurationError: there is none, or its file cannot be loaded; starting again would not help.
    """
    from scrapy.utils.spider import iter_spider_classes

    from crawler.fetch.spider import PublisherSpider

    module = f"crawler.publishers.{publisher}.spider"
    file = f"{module.replace('.', '/')}.py"
    how = '(docs/adding-a-publisher.md, "spider.py")'
    try:
        spiders = list(iter_spider_classes(importlib.import_module(module)))
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise ConfigurationError(f"{file} cannot be loaded: {error}") from error
        raise ConfigurationError(f"there is no spider for {publisher}: {file} is missing {how}") from error
    except Exception as error:  # whatever a module does when it is imported; the sentence names it
        raise ConfigurationError(f"{file} cannot be loaded: {type(error).__name__}: {error}") from error
    found = [each for each in spiders if each.name == publisher and issubclass(each, PublisherSpider)]
    if not found:
        names = ", ".join(repr(each.name) for each in spiders)
        has = f"only {names}" if names else "none"
        raise ConfigurationError(f'{file} must hold a spider with name = "{publisher}"; it has {has} {how}')
    return found[0]


if __name__ == "__main__":
    main()
