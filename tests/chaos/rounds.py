"""One round: a night cut up by chance, run to its end, and held against an undisturbed one."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, func, make_url, select, text
from upath import UPath

from crawler import stages
from crawler.artefacts import RunFolder
from crawler.assurance.audit import audit
from crawler.assurance.clock import DAYS_OFF
from crawler.run import Run, Window
from models.articles import Article, Revision
from models.store import Store
from models.urls import Url, UrlEvent
from tests.chaos import clock
from tests.chaos.stage import Ended, Order, StageProcess, settle
from tests.night.nights import content
from tests.replica import Handle

__all__ = ["PUBLISHERS", "WINDOW", "Baseline", "Harness", "Outcome", "doubles", "inverted"]

WINDOW = Window.parse("2026-06-15", "2026-06-16")
PUBLISHERS = ("tibet_net", "sichuan_gov", "xinjiang_gov", "sina_finance")

FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("reset", {"times": 6}),
    ("reset_midway", {"times": 6}),
    ("close_early", {"times": 9}),
    ("stall", {"times": 1, "seconds": 5}),
    ("stall_midway", {"times": 1, "seconds": 5}),
    ("short_body", {"times": 4}),
    ("chunked_cut", {"times": 4}),
    ("chunked_bad", {"times": 4}),
    ("not_http", {"times": 4}),
    ("gzip_broken", {"times": 3}),
    ("gzip_cut", {"times": 3}),
    ("huge_claim", {"times": 1, "seconds": 2}),
    ("bomb_gzip", {"times": 1, "mb": 64}),
    ("cookie_flood", {"rate": 0.3}),
    ("empty_200", {"times": 2}),
    ("http_500", {"rate": 0.2}),
    ("http_502", {"times": 12}),
    ("http_503", {"scope": "listing", "times": 4}),
    ("http_403", {"times": 4}),
    ("http_429", {"times": 2, "retry_after": 0}),
    ("http_202", {"times": 2}),
    ("flaky", {"rate": 0.3}),
    ("slow", {"rate": 0.2, "seconds": 0.1}),
    ("challenge_yunsuo", {"times": 1}),
    ("challenge_jsl", {"times": 1}),
    ("challenge_ruishu", {"scope": "article", "times": 1}),
    ("challenge_acw", {"scope": "article", "times": 1}),
    ("redirect_nowhere", {"times": 2}),
    ("robots_503", {"times": 2}),
    ("robots_stall", {"times": 1, "seconds": 5}),
    ("reset", {"scope": "listing", "times": 3}),
    ("api_html", {"times": 2}),
    ("api_empty_data", {"times": 2}),
)
"""What a site may do for a while: once it is over, nothing of it may be left in the store."""

_SITES = {"xinjiang_gov": ("xinjiang", "xjboz", "xjjh", "klmy")}
"""Without the host that challenges the crawl at one of its pages: what is fetched before that page is chance."""

_TIMEOUT = 1.5
_TRIES = {"crawl": (1, 4), "parse": (1, 3), "dedupe": (1, 2), "load": (1, 4), "check": (0, 2)}
"""How often each stage is disturbed before it may go on: at least, at most."""


@dataclass
class Outcome:
    """What became of one round, or of many.

    Args:
        kills: processes that were alive and got SIGKILL, by stage.
        events: other disturbances, by name.
        faults: switched on, by name.
        losses: rows of the undisturbed store that are missing.
        doubles: rows that the undisturbed store does not hold, or that are there twice.
        half: files that a stage has left half-written.
        problems: everything else that must not be.
    """

    number: int = -1
    publisher: str = ""
    kills: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.losses or self.doubles or self.half or self.problems)


@dataclass
class Baseline:
    """An undisturbed night.

    Args:
        content: of its store.
        seconds: that each stage took.
    """

    content: dict[str, list[tuple[Any, ...]]]
    seconds: dict[str, float]


class Harness:
    """Makes rounds against one replica.

    Args:
        replica: the sites.
        server: the URL of a PostgreSQL server's database, or empty for SQLite.
        keep: leave the folder of a round that failed.
    """

    def __init__(self, replica: Handle, server: str = "", *, keep: bool = False) -> None:
        self.replica = replica
        self.server = server
        self.keep = keep
        self._baselines: dict[str, Baseline] = {}

    def baseline(self, publisher: str) -> Baseline:
        """The undisturbed night of a publisher, made once.

        Raises:
            AssertionError: even that does not come to its end.
        """
        if publisher not in self._baselines:
            self.replica.clear()
            first, second = (self._calm(publisher) for _ in range(2))
            assert first.content == second.content, f"two undisturbed nights of {publisher} differ"
            # The second time, since at the first the replica still had to make its pages.
            self._baselines[publisher] = second
        return self._baselines[publisher]

    def _calm(self, publisher: str) -> Baseline:
        with _Place(self.server, "calm") as place:
            seconds = {}
            for stage in stages.STAGES:
                began = time.monotonic()
                ended = StageProcess(self._order(place, publisher, stage)).ended()
                seconds[stage] = time.monotonic() - began
                assert ended.error == "done", f"an undisturbed {stage} of {publisher}: {ended}"
            return Baseline(place.content(), seconds)

    def round(self, seed: int, number: int) -> Outcome:
        """Disturb one night, let it end, compare.

        Args:
            seed: of all rounds.
            number: of this one; both together give the same round again, but for the machine's own timing.
        """
        chance = random.Random(f"{seed}/{number}")
        publisher = PUBLISHERS[number % len(PUBLISHERS)]
        outcome = Outcome(number, publisher)
        baseline = self.baseline(publisher)
        began = time.monotonic()
        with _Place(self.server, f"r{number}") as place:
            try:
                night = _Night(self, place, publisher, chance, baseline, outcome)
                night.disturb()
                self.replica.clear()
                night.finish()
                self._compare(place, baseline, outcome)
            except Exception as error:  # noqa: BLE001 - a round that cannot be made is a failed one
                outcome.problems.append(f"{type(error).__name__}: {error}")
            finally:
                self.replica.clear()
                place.writable()
            if outcome.failed and self.keep:
                place.keep()
                outcome.problems.append(f"kept in {place.folder}")
        outcome.seconds = time.monotonic() - began
        return outcome

    def _order(self, place: _Place, publisher: str, stage: str, **restrictions: Any) -> Order:
        config = {
            "data": str(place.data),
            "store": place.url,
            "gateway": self.replica.url,
            "delay_seconds": 0,
            "timeout_seconds": _TIMEOUT if restrictions.pop("hasty", False) else 30,
        }
        return Order(stage, _run(publisher).as_json(), config, **restrictions)

    def _compare(self, place: _Place, baseline: Baseline, outcome: Outcome) -> None:
        found = place.content()
        for table, rows in baseline.content.items():
            wanted, there = Counter(map(repr, rows)), Counter(map(repr, found[table]))
            outcome.losses += [f"{table}: {row[:300]}" for row in (wanted - there)]
            outcome.doubles += [f"{table}: {row[:300]}" for row in (there - wanted)]
        with place.store.reading() as connection:
            outcome.doubles += doubles(connection)
            outcome.problems += inverted(connection)
        with place.store.reading() as connection:
            result = audit(connection, UPath(place.data))
            outcome.problems += [
                f"audit: {question.name}: {line}" for question in result.questions for line in question.breaks
            ]
        outcome.half += [
            str(path.relative_to(place.data))
            for path in sorted(place.data.rglob("*"))
            if path.name.endswith((".tmp", ".open"))
        ]


class _Night:
    """One night under disturbance."""

    def __init__(
        self, harness: Harness, place: _Place, publisher: str, chance: random.Random, baseline: Baseline,
        outcome: Outcome,
    ) -> None:  # fmt: skip
        self.harness = harness
        self.place = place
        self.publisher = publisher
        self.chance = chance
        self.baseline = baseline
        self.outcome = outcome
        self.folder = Path(_run(publisher).folder(UPath(place.data)).path)

    def disturb(self) -> None:
        """Every stage in its order, each disturbed some times, then once let alone to get on."""
        for stage in stages.STAGES:
            for _ in range(self.chance.randint(*_TRIES[stage])):
                self._disturbed(stage)
            # Mostly the next stage finds what it reads; sometimes it must bear that it is not there. Sina's articles
            # have second addresses, which are read where the first one fails: a whole crawl comes before its load.
            if self.chance.random() < 0.9 or (stage == "crawl" and self.publisher == "sina_finance"):
                self.harness.replica.clear()
                ended = self._start(stage).ended()
                self._note(stage, ended)

    def finish(self) -> None:
        """The whole night once more, undisturbed, then again: the second time it writes nothing."""
        for stage in stages.STAGES:
            ended = self._start(stage).ended()
            if ended.error != "done" and not self._only_the_clock(stage):
                self.outcome.problems.append(f"{stage} in the end: {ended.error}: {ended.message[:600]}")
                return
        ended = self._start("load").ended()
        if ended.counts.get("rows_written") != 0:
            self.outcome.problems.append(f"load again writes {ended.counts.get('rows_written')} rows ({ended})")
        self._start("check").ended()

    def _only_the_clock(self, stage: str) -> bool:
        """Whether check has failed for the one reason that this harness gives it to fail for."""
        if stage != "check" or not self.outcome.events["clock jumped"]:
            return False
        failures = json.loads((self.folder / RunFolder.SUMMARY).read_text(encoding="utf-8"))["check"]["failures"]
        return bool(failures) and all(failure.startswith(DAYS_OFF) for failure in failures)

    def _start(self, stage: str, by: clock.Clock | None = None, **restrictions: Any) -> StageProcess:
        return StageProcess(self.harness._order(self.place, self.publisher, stage, **restrictions), by)

    def _disturbed(self, stage: str) -> None:
        chance = self.chance
        if stage == "crawl":
            self.harness.replica.clear()
            for name, options in chance.sample(FAULTS, chance.randint(0, 2)):
                self.outcome.faults[name] += 1
                self.harness.replica.fault(name, site=self.publisher, **options)
        ways = ["kill"] * 12 + ["full", "read_only", "second"] + ["clock"] * (2 if clock.available() else 0)
        if self.harness.server and stage != "parse":
            ways += ["cut"] * 3
        getattr(self, f"_{chance.choice(ways)}")(stage)

    def _moment(self, stage: str) -> float:
        """When to strike: at any moment of the stage's life, as long as it usually takes."""
        return self.chance.uniform(0.0, 1.05) * self.baseline.seconds[stage]

    def _kill(self, stage: str) -> None:
        # One crawl in ten is a fresh interpreter, as in the field.
        process = self._start(stage, hasty=True, warm=self.chance.random() > 0.1)
        early = process.wait(self._moment(stage))
        target = self.chance.choice(("parent", "child", "both"))
        if not early:
            only_child = stage == "crawl" and target == "child"
            self.outcome.kills[stage] += process.kill(
                child=stage == "crawl" and target != "parent", parent=not only_child
            )
        self._note(stage, process.ended())
        if self.chance.random() < 0.7:
            settle(self.folder)

    def _full(self, stage: str) -> None:
        limit = int(10 ** self.chance.uniform(2.0, 6.5))
        self.outcome.events["full disk"] += 1
        self._note(stage, self._start(stage, hasty=True, file_limit=limit).ended())

    def _read_only(self, stage: str) -> None:
        self.outcome.events["read-only folder"] += 1
        shut = self.chance.choice((self.folder, self.place.data / "archive" / self.publisher, self.place.data))
        process = None
        if self.chance.random() < 0.5:
            process = self._start(stage, hasty=True, no_override=True)
            process.wait(self._moment(stage))
        while not shut.exists():
            shut = shut.parent
        shut.chmod(0o555)
        try:
            process = process or self._start(stage, hasty=True, no_override=True)
            ended = process.ended()
        finally:
            shut.chmod(0o755)
        self._note(stage, ended)

    def _second(self, stage: str) -> None:
        self.outcome.events["second start"] += 1
        first = self._start(stage, hasty=True)
        first.wait(self._moment(stage) / 2)
        second = self._start(self.chance.choice(stages.STAGES), hasty=True)
        self._note(stage, second.ended())
        self._note(stage, first.ended())

    def _clock(self, stage: str) -> None:
        """The clock is wrong from the beginning, or jumps at any moment; now and then a kill comes after it."""
        self.outcome.events["clock jumped"] += 1
        chance, by = self.chance, self.place.clock()
        # Half of them an hour after the window's end, where a jump back makes the night one that has not come yet.
        night = WINDOW.end_time + timedelta(hours=1) - datetime.now(UTC)
        now = chance.choice((timedelta(), night))
        first, then = chance.choice(((now, now + chance.choice(clock.JUMPS)), (now + chance.choice(clock.JUMPS), now)))
        by.set(first)
        process = self._start(stage, by, hasty=True)
        # A fresh interpreter needs a while before its stage begins.
        process.wait(self._moment(stage) + chance.uniform(0, 2))
        by.set(then)
        if chance.random() < 0.4 and not process.wait(self._moment(stage)):
            self.outcome.kills[stage] += process.kill(child=stage == "crawl", parent=True)
        self._note(stage, process.ended())

    def _cut(self, stage: str) -> None:
        process = self._start(stage, hasty=True)
        until = time.monotonic() + self._moment(stage)
        cuts = 0
        while not process.wait(max(0.0, min(0.02, until - time.monotonic()))):
            if time.monotonic() >= until or stage != "crawl":
                cuts += self.place.cut_connections()
            if cuts and (cuts >= 3 or time.monotonic() >= until):
                break
        self.outcome.events["connection cut"] += cuts
        self._note(stage, process.ended())

    def _note(self, stage: str, ended: Ended) -> None:
        if ended.error.startswith("bare "):
            self.outcome.problems.append(f"{stage} ended in {ended.error}: {ended.message[:600]}")
        self.outcome.events[f"ended: {ended.error}"] += 1


def _run(publisher: str) -> Run:
    return Run(publisher, WINDOW, sites=_SITES.get(publisher, ()))


def doubles(connection: Connection) -> list[str]:
    """Rows that are there twice."""
    found = []
    for table, names in (
        (Url, ("url",)),
        (Article, ("publisher", "site", "key")),
        (Revision, ("article_id", "record_hash")),
    ):
        columns = [table.__table__.c[name] for name in names]
        for row in connection.execute(select(*columns).group_by(*columns).having(func.count() > 1)):
            found.append(f"{table.__tablename__} twice: {tuple(row)}")
    event = UrlEvent.__table__.c
    query = select(event.run_id, event.url_id).where(event.current).group_by(event.run_id, event.url_id)
    return found + [f"two fates: {tuple(row)}" for row in connection.execute(query.having(func.count() > 1))]


def inverted(connection: Connection) -> list[str]:
    """Rows that were seen for the last time before the first."""
    found = []
    for name, table, since, until in (
        ("revision", Revision.__table__, "seen_from", "seen_to"),
        ("article", Article.__table__, "first_seen", "last_seen"),
        ("url", Url.__table__, "first_seen", "last_seen"),
    ):
        query = select(table.c.url, table.c[since], table.c[until]).where(table.c[since] > table.c[until])
        found += [f"{name} {row[0]} from {row[1]} to {row[2]}" for row in connection.execute(query)]
    return found


class _Place:
    """A fresh data root and a fresh store, gone afterwards."""

    _template: Path | None = None

    def __init__(self, server: str, name: str) -> None:
        fast = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix=f"dibao-chaos-{name}-", dir=fast if fast.is_dir() else None))
        self.data = self.folder / "data"
        self.data.mkdir()
        self._server = server
        self._database = self.folder.name.replace("-", "_").lower()
        self._kept = False
        if server:
            self._control = create_engine(server, isolation_level="AUTOCOMMIT")
            with self._control.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{self._database}"'))
            self.url = make_url(server).set(database=self._database).render_as_string(hide_password=False)
        else:
            self.url = f"sqlite:///{self.folder}/store/dibao.sqlite"
        self.store = Store(self.url)
        self.store.upgrade()
        self.store.close()

    def __enter__(self) -> _Place:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()
        if self._kept:
            return
        if self._server:
            with self._control.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{self._database}" WITH (FORCE)'))
            self._control.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self) -> None:
        """Leave everything where it is, for a look."""
        self._kept = True

    def writable(self) -> None:
        """Take back every permission that was taken away."""
        for path in (self.data, *self.data.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)

    def clock(self) -> clock.Clock:
        """A clock of this place's own."""
        folder = self.folder / "clock"
        folder.mkdir(exist_ok=True)
        return clock.Clock(folder)

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """What the store says."""
        with self.store.reading() as connection:
            return content(connection)

    def cut_connections(self) -> int:
        """End every connection to the store's database; how many there were."""
        with self._control.connect() as connection:
            query = text(
                "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = :name AND pid <> pg_backend_pid()) AS ended"
            )
            return int(connection.execute(query, {"name": self._database}).scalar_one())
