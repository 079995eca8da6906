"""Real crawls of the replica in which each fault strikes one article, one listing or one robots.txt."""

from __future__ import annotations

import multiprocessing
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import select
from upath import UPath

from crawler import stages
from crawler.assurance.audit import audit
from crawler.config import Config
from crawler.errors import DibaoError
from crawler.run import Run, Window
from models.articles import Article, Revision
from models.store import Store
from models.urls import Url, UrlEvent
from tests.night.nights import quiet
from tests.replica import Handle, start
from tests.replica.faults import FAULTS

__all__ = ["Met", "meet_all"]

TEN_DAYS = Window.parse("2026-06-07", "2026-06-17")
NIGHT = Window.parse("2026-06-15", "2026-06-17")
_TIMEOUT = 3.0
_LIMIT_MB = 8
_HOOK = Path(__file__).parent / "hook"

_OPTIONS: dict[str, dict[str, Any]] = {
    "slow": {"seconds": 0.3},
    "http_429": {"retry_after": 0},
    "huge_body": {"mb": 40},
    "stall": {"seconds": 20},
    "stall_midway": {"seconds": 20},
    "huge_claim": {"seconds": 1},
    "million_links": {"count": 90_000},
    "many_attributes": {"count": 3_000},
    "robots_delay": {"seconds": 1},
}
"""Smaller than the names say where the limits of the test are smaller too, so that the suite is quick."""

_OWN_HOST = tuple(name for name in FAULTS if name.startswith("challenge_"))
"""After such an answer the crawl leaves the whole host alone, so each gets one of its own."""


@dataclass
class Met:
    """What came of one fault.

    Args:
        fate: of the article; for a listing or robots.txt how the run ended.
        message: the evidence.
        after: the fate, or how the run ended, once the fault was over and the run was done again.
        address: the article's, where there is one.
        body_html: as stored.
        record: everything else of the stored revision, as one text.
    """

    fate: str
    message: str = ""
    after: str = ""
    address: str = ""
    body_html: str = ""
    record: str = ""


@dataclass
class Meeting:
    """All that was met, and what the crawls did meanwhile.

    Args:
        met: by the fault's name.
        breaks: of the audits afterwards.
        connections: every address that a crawl connected to, and every name that it resolved.
        gateways: the addresses that it should have connected to.
        strangers: hosts that were asked for and belong to no publisher.
        untouched: articles without a fault that were not loaded.
    """

    met: dict[str, Met] = field(default_factory=dict)
    breaks: list[str] = field(default_factory=list)
    connections: set[str] = field(default_factory=set)
    gateways: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    untouched: list[str] = field(default_factory=list)


class _Night:
    """One run in a data root and a store of its own."""

    def __init__(self, replica: Handle, folder: Path, run: Run, **config: Any) -> None:
        self.replica = replica
        self.run = run
        self.config = Config(
            data=str(folder / "data"), store=SecretStr(f"sqlite:///{folder}/store.sqlite"), gateway=replica.url,
            **{"delay_seconds": 0, "timeout_seconds": _TIMEOUT, "response_limit_mb": _LIMIT_MB, **config},
        )  # fmt: skip
        self.store = Store(self.config.store_url)
        self.store.upgrade()

    def through(self) -> tuple[str, DibaoError | None]:
        """Do the stages; the one that refused, and why."""
        for stage in stages.STAGES:
            try:
                getattr(stages, stage)(self.run, self.config, on_line=quiet)
            except DibaoError as error:
                return stage, error
        return "", None

    def fates(self) -> dict[str, tuple[str, str]]:
        """Fate and evidence by canonical URL."""
        url, event = Url.__table__.c, UrlEvent.__table__.c
        query = select(url.url, event.fate, event.message).where(event.url_id == url.id, event.current)
        with self.store.reading() as connection:
            return {row.url: (row.fate, row.message) for row in connection.execute(query)}

    def revisions(self) -> dict[str, Any]:
        """The stored revision by the article's address."""
        article, revision = Article.__table__, Revision.__table__
        query = select(article.c.url.label("of"), revision).where(revision.c.id == article.c.current_revision_id)
        with self.store.reading() as connection:
            return {row.of: row for row in connection.execute(query)}

    def breaks(self) -> list[str]:
        """What the audit finds wrong."""
        with self.store.reading() as connection:
            result = audit(connection, UPath(self.config.data))
        return [f"{question.name}: {line}" for question in result.questions for line in question.breaks]


def _target(url: str) -> str:
    return urlsplit(url).path


def _on(replica: Handle, name: str, **where: Any) -> None:
    replica.fault(name, **{**_OPTIONS.get(name, {}), **where})


def _articles(replica: Handle, folder: Path, meeting: Meeting) -> None:
    """One crawl of ten days: each fault of an article at an article of its own, whole ones in between."""
    names = [f.name for f in FAULTS.values() if f.scope in ("article", "any") and f.name not in (*_OWN_HOST, "https_only")]  # fmt: skip # noqa: E501
    fit = [
        row
        for row in replica.truth("sina_finance")
        if row["fate"] == "loaded_new" and row["channels"][0] == "finance_all" and row["layout"] == "v2017"
        and TEN_DAYS.start.isoformat() <= row["day"] < TEN_DAYS.end.isoformat() and len(row["paragraphs"]) >= 3
    ]  # fmt: skip
    # In the order of the crawl, day by day and newest first; three whole pages between two faults, since a host that
    # fails again and again is left alone.
    fit.sort(key=lambda row: row["published"], reverse=True)
    fit.sort(key=lambda row: row["day"])
    step = len(fit) // len(names)
    assert step >= 3, "too few articles between two faults"
    chosen = {name: fit[number * step] for number, name in enumerate(names)}
    for name, row in chosen.items():
        _on(replica, name, site="sina_finance", path=re.escape(_target(row["url"])), scope="any")
    night = _Night(replica, folder, Run("sina_finance", TEN_DAYS))
    stage, error = night.through()
    if stage in ("crawl", "parse", "dedupe", "load"):
        raise AssertionError(f"{stage} of the articles' crawl: {error}")
    addresses = {name: row["url"] for name, row in chosen.items()}
    _take(night, addresses, meeting)
    _again(night, addresses, meeting)
    faulty = {row["url"] for row in chosen.values()}
    fates = night.fates()
    meeting.untouched += [
        f"{row['url']}: {fates.get(row['url'])}" for row in fit
        if row["url"] not in faulty and fates.get(row["url"], ("",))[0] != "loaded_new"
    ]  # fmt: skip


def _hosts(replica: Handle, folder: Path, meeting: Meeting) -> None:
    """One crawl of a publisher with many hosts: what closes a host strikes the last article of each."""
    by_host: dict[str, list[dict[str, Any]]] = defaultdict(list)
    # The replica's www.xjbl.gov.cn challenges everybody as it is.
    for row in (row for row in replica.truth("xinjiang_gov") if row["site"] != "xjbl"):
        in_days = TEN_DAYS.start.isoformat() <= row["day"] < TEN_DAYS.end.isoformat()
        if row["fate"] == "loaded_new" and in_days and row["kind"] == "article":
            by_host[urlsplit(row["url"]).hostname or ""].append(row)
    chosen = {}
    for name, (host, rows) in zip(_OWN_HOST, sorted(by_host.items()), strict=False):
        chosen[name] = min(rows, key=lambda row: row["published"])
        _on(replica, name, site=host, path=re.escape(_target(chosen[name]["url"])))
    assert len(chosen) == len(_OWN_HOST), "too few hosts"
    # The newest of a host: it is asked for long before the last one closes the host.
    plain = max(
        (row for rows in by_host.values() for row in rows if row["url"].startswith("http://")),
        key=lambda row: row["published"],
    )
    chosen["https_only"] = plain
    _on(replica, "https_only", site=urlsplit(plain["url"]).hostname, path=re.escape(_target(plain["url"])))
    night = _Night(replica, folder, Run("xinjiang_gov", TEN_DAYS))
    stage, error = night.through()
    if stage in ("crawl", "parse", "dedupe", "load"):
        raise AssertionError(f"{stage} of the hosts' crawl: {error}")
    addresses = {name: row["url"] for name, row in chosen.items()}
    _take(night, addresses, meeting)
    _again(night, addresses, meeting)


def _again(night: _Night, addresses: dict[str, str], meeting: Meeting) -> None:
    """The same run once more, with the faults switched off."""
    night.replica.clear()
    stage, error = night.through()
    if stage in ("crawl", "parse", "dedupe", "load"):
        raise AssertionError(f"{stage} after the faults: {error}")
    fates = night.fates()
    for name, url in addresses.items():
        meeting.met[name].after = fates[url][0]
    meeting.breaks += night.breaks()


def _take(night: _Night, chosen: dict[str, str], meeting: Meeting) -> None:
    fates, revisions = night.fates(), night.revisions()
    for name, url in chosen.items():
        fate, message = fates.get(url, ("", "no row in the store"))
        stored = revisions.get(url)
        meeting.met[name] = Met(
            fate, message, url,
            body_html=stored.body_html if stored else "",
            record=repr(tuple(stored)) if stored else "",
        )  # fmt: skip
    meeting.breaks += night.breaks()


def _ending(night: _Night) -> Met:
    stage, error = night.through()
    if error is not None:
        return Met(f"{stage}: {type(error).__name__}", str(error))
    loaded = sum(fate == "loaded_new" for fate, _ in night.fates().values())
    return Met("loaded" if loaded else "nothing loaded", f"{loaded} articles loaded")


def _whole(name: str) -> Callable[[Handle, Path, Meeting], None]:
    """A run of its own for a fault of a listing or of robots.txt."""

    def meet(replica: Handle, folder: Path, meeting: Meeting) -> None:
        api = name.startswith("api_")
        publisher, channel = ("sina_finance", "china_roll") if api else ("tibet_net", "yc")
        _on(replica, name, site=publisher)
        night = _Night(replica, folder, Run(publisher, NIGHT, channels=(channel,)), page_ceiling=6)
        met = _ending(night)
        replica.clear()
        met.after = _ending(night).fate
        meeting.met[name] = met
        meeting.breaks += night.breaks()

    return meet


@contextmanager
def _written_down(file: Path) -> Iterator[None]:
    path = os.pathsep.join(filter(None, [str(_HOOK), os.environ.get("PYTHONPATH")]))
    with patch.dict(os.environ, {"PYTHONPATH": path, "FAULTS_CONNECTIONS": str(file)}):
        yield


_replica: Handle | None = None
_running = ExitStack()


def _begin() -> None:
    """Give a worker its own replica; alembic knows only one migration at a time in one process."""
    global _replica
    _replica = _running.enter_context(start())


def _work(name: str, folder: Path) -> Meeting:
    assert _replica is not None
    _replica.clear()
    _replica.reset_stats()
    place, meeting = folder / name, Meeting()
    place.mkdir()
    {"articles": _articles, "hosts": _hosts}.get(name, _whole(name))(_replica, place, meeting)
    meeting.gateways.add(f"connect ('127.0.0.1', {_replica.port})")
    meeting.strangers |= set(_replica.stats()["unknown_hosts"])
    return meeting


def meet_all(folder: Path, only: tuple[str, ...] = ()) -> Meeting:
    """Let crawls meet every fault.

    Args:
        folder: for their data.
        only: `articles`, `hosts`, or names of faults of listings and robots.txt; empty for all.
    """
    works = only or ("articles", "hosts", *(f.name for f in FAULTS.values() if f.scope in ("listing", "robots")))
    meeting = Meeting()
    with (
        _written_down(folder / "connections"),
        ProcessPoolExecutor(3, multiprocessing.get_context("spawn"), _begin) as pool,
    ):
        for part in pool.map(_work, works, repeat(folder)):
            meeting.met |= part.met
            meeting.breaks += part.breaks
            meeting.gateways |= part.gateways
            meeting.strangers |= part.strangers
            meeting.untouched += part.untouched
    meeting.connections = set((folder / "connections").read_text().splitlines())
    return meeting
