"""The server: picks the site by Host, keeps count of every request, and breaks what it is told to break."""

from __future__ import annotations

import asyncio
import email.utils
import gzip
import hashlib
import json
import re
import socket
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from tests.replica import faults
from tests.replica.model import Answer, Entry, Request, SiteServer, World
from tests.replica.sites import build_sites
from tests.replica.truth import truth_of

__all__ = ["Handle", "Replica", "serve", "start"]

TODAY = date(2026, 6, 17)
CACHE_BYTES = 192 * 1024 * 1024
"""Of pages as rendered; their packed forms come on top, about a fifth."""


@dataclass(slots=True)
class _Prepared:
    status: int
    headers: list[tuple[str, str]]
    raw: bytes
    packed: bytes | None
    etag: str
    modified: datetime | None
    role: str


@dataclass(slots=True)
class _HostStats:
    requests: int = 0
    now: int = 0
    most: int = 0
    paths: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    bytes_sent: int = 0


class Replica:
    """The four publishers, their state, and what was asked of them.

    Args:
        seed: everything follows from it.
        today: the day after the last full day of articles.
        scale: multiplies the articles a day.
        hiccups: whether the roll API answers `data: {}` to the first request of some pages.
    """

    def __init__(self, *, seed: int = 7, today: date = TODAY, scale: float = 1.0, hiccups: bool = True) -> None:
        self.world = World(seed, today, scale)
        self.sites: list[SiteServer] = build_sites(self.world, hiccups=hiccups)
        self.by_host: dict[str, SiteServer] = {host: site for site in self.sites for host in site.hosts}
        self.state = 0
        self.faults: list[faults.Active] = []
        self.stats: dict[str, _HostStats] = {}
        self.started = time.monotonic()
        self._cache: OrderedDict[tuple[str, str, int], _Prepared] = OrderedDict()
        self._cached = 0

    # ---- one request ----

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        path = request.rel_url.raw_path
        if path.startswith("/__replica__/"):
            return await self._control(request, path.removeprefix("/__replica__/").strip("/"))
        host = request.headers.get("Host", "").lower().rsplit(":", 1)[0]
        stats = self.stats.setdefault(host, _HostStats())
        target = request.raw_path if hasattr(request, "raw_path") else str(request.rel_url)
        stats.requests += 1
        stats.now += 1
        stats.most = max(stats.most, stats.now)
        stats.paths[target] += 1
        stats.agents[request.headers.get("User-Agent", "")] += 1
        stats.times.append(round(time.monotonic() - self.started, 4))
        try:
            response = await self._respond(request, host, path, target)
            stats.statuses[str(response.status)] += 1
            return response
        finally:
            stats.now -= 1

    async def _respond(self, request: web.BaseRequest, host: str, path: str, target: str) -> web.StreamResponse:
        role = self._role(host, path, target, request)
        for fault in self.faults:
            if fault.applies(host, target, role, self.by_host.get(host)):
                fault.hits += 1
                replaced = await faults.run(fault, self, request, host, target, role)
                if replaced is not None:
                    return replaced
        return self.reply(request, self.prepared(host, target, request))

    def _role(self, host: str, path: str, target: str, request: web.BaseRequest) -> str:
        if path == "/robots.txt":
            return "robots"
        if not self.faults:
            return "other"
        role = self.prepared(host, target, request).role
        if role == "missing" and host in self.by_host:
            # A page beyond the end of a list is still a listing to a fault that gives the list no end.
            endless = self._answer(host, target, "https", "endless")
            if endless is not None and endless.role == "listing":
                return "listing"
        return role

    def _answer(self, host: str, target: str, scheme: str, variant: str = "") -> Answer | None:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        site = self.by_host.get(host)
        return site.answer(Request(host, parts.path, query, self.state, scheme, variant)) if site is not None else None

    def prepared(self, host: str, target: str, request: web.BaseRequest | None = None) -> _Prepared:
        """The answer of a host to a target, ready to be sent, from the cache or made now."""
        key = (host, target, self.state)
        known = self._cache.get(key)
        if known is not None:
            self._cache.move_to_end(key)
            return known
        scheme = request.headers.get("X-Forwarded-Proto", "http") if request is not None else "https"
        answer = self._answer(host, target, scheme)
        if answer is None:
            answer = _not_found(urlsplit(target).path)
        made = _prepare(answer)
        if answer.cache:
            self._cache[key] = made
            self._cached += len(made.raw)
            while self._cached > CACHE_BYTES:
                _, old = self._cache.popitem(last=False)
                self._cached -= len(old.raw)
        return made

    def variant(self, host: str, target: str, name: str) -> bytes:
        """A listing as a fault wants it."""
        answer = self._answer(host, target, "https", name)
        return b"" if answer is None else answer.body

    def reply(self, request: web.BaseRequest, made: _Prepared) -> web.Response:
        """Send a prepared answer: 304 where the client has it, gzip where it takes it."""
        if _fresh(request, made):
            return web.Response(status=304, headers=[h for h in made.headers if h[0] != "Content-Type"])
        packed = len(made.raw) > 256 and "gzip" in request.headers.get("Accept-Encoding", "")
        if packed and made.packed is None:
            made.packed = gzip.compress(made.raw, 1, mtime=0)
        headers = [*made.headers, ("Vary", "Accept-Encoding")]
        if packed:
            headers.append(("Content-Encoding", "gzip"))
        body = made.packed if packed and made.packed is not None else made.raw
        self.stats[request.headers.get("Host", "").lower().rsplit(":", 1)[0]].bytes_sent += len(body)
        return web.Response(status=made.status, body=body, headers=headers)

    # ---- control ----

    async def _control(self, request: web.BaseRequest, command: str) -> web.StreamResponse:
        query = dict(request.rel_url.query)
        if command == "advance" and request.method == "POST":
            self.state += 1
            return web.json_response({"state": self.state})
        if command == "fault":
            if request.method == "POST":
                try:
                    self.set_fault(**query)
                except (KeyError, ValueError, TypeError) as error:
                    return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
            elif request.method == "DELETE":
                self.faults.clear()
            return web.json_response({"active": [fault.as_json() for fault in self.faults]})
        if command == "faults":
            return web.json_response({name: fault.as_json() for name, fault in faults.FAULTS.items()})
        if command == "stats":
            if request.method == "DELETE":
                self.stats.clear()
            return web.json_response(self.statistics())
        if command == "truth":
            rows = [
                truth_of(site, entry, self.state)
                for site, entry in self.listed()
                if query.get("publisher", entry.publisher) == entry.publisher
                and query.get("day", entry.day.isoformat()) == entry.day.isoformat()
            ]
            return web.json_response(
                {"state": self.state, "today": self.world.today.isoformat(), "seed": self.world.seed, "articles": rows},
                dumps=lambda data: json.dumps(data, ensure_ascii=False),
            )
        if command == "reset" and request.method == "POST":
            self.state = 0
            self.faults.clear()
            self.stats.clear()
            return web.json_response({"state": 0})
        return web.json_response(
            {
                "error": "commands: "
                "POST advance, POST/DELETE/GET fault, GET faults, GET/DELETE stats, GET truth, POST reset"
            },
            status=404,
        )

    def set_fault(self, name: str, **options: str) -> faults.Active:
        """Switch a fault on; see `faults.Active` for the options. The name `none` switches all off."""
        if name == "none":
            self.faults.clear()
            return faults.Active.none()
        active = faults.Active.make(name, options)
        self.faults.append(active)
        return active

    def listed(self) -> Iterator[tuple[SiteServer, Entry]]:
        """Every entry that is listed in the present state."""
        for site in self.sites:
            for entry in site.entries:
                if entry.listed_from <= self.state:
                    yield site, entry

    def statistics(self) -> dict[str, Any]:
        """What was asked, per host."""
        return {
            "state": self.state,
            "requests": sum(stats.requests for stats in self.stats.values()),
            "unknown_hosts": sorted(host for host in self.stats if host not in self.by_host),
            "faults": [fault.as_json() for fault in self.faults],
            "hosts": {
                host: {
                    "requests": stats.requests,
                    "max_concurrent": stats.most,
                    "paths": dict(stats.paths),
                    "statuses": dict(stats.statuses),
                    "user_agents": dict(stats.agents),
                    "times": stats.times,
                    "min_gap": min((b - a for a, b in zip(stats.times, stats.times[1:], strict=False)), default=None),
                    "bytes_sent": stats.bytes_sent,
                }
                for host, stats in self.stats.items()
            },
        }


def _not_found(path: str) -> Answer:
    if path == "/robots.txt":
        return Answer(
            b"<html><head><title>404 Not Found</title></head><body>nginx</body></html>", status=404, role="robots"
        )
    return Answer(
        '<html><head><meta charset="utf-8"><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1>'
        "<p>您访问的页面不存在或已被删除</p></center><hr><center>nginx</center></body></html>".encode(),
        status=404,
        role="missing",
        etag=False,
    )


def _prepare(answer: Answer) -> _Prepared:
    headers = [("Content-Type", answer.content_type), ("Server", "nginx"), *answer.headers]
    etag = ""
    if answer.etag and answer.status == 200 and answer.body:
        etag = f'"{hashlib.md5(answer.body, usedforsecurity=False).hexdigest()[:20]}"'
        headers.append(("ETag", etag))
    if answer.modified is not None and answer.status == 200:
        headers.append(("Last-Modified", email.utils.format_datetime(answer.modified.astimezone(UTC), usegmt=True)))
    return _Prepared(answer.status, headers, answer.body, None, etag, answer.modified, answer.role)


def _fresh(request: web.BaseRequest, made: _Prepared) -> bool:
    if made.status != 200:
        return False
    match = request.headers.get("If-None-Match")
    if match is not None:
        # RFC 9110 13.1.2: with If-None-Match present, If-Modified-Since is not looked at.
        return bool(made.etag) and made.etag in re.findall(r'"[^"]*"', match)
    since = request.headers.get("If-Modified-Since")
    if since is None or made.modified is None:
        return False
    try:
        return made.modified.replace(microsecond=0) <= email.utils.parsedate_to_datetime(since)
    except ValueError:
        return False


class Handle:
    """A running replica, as a test holds it."""

    def __init__(self, replica: Replica, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self.replica = replica
        self.url = url
        self._loop = loop

    @property
    def port(self) -> int:
        """The TCP port."""
        return urlsplit(self.url).port or 0

    def _call(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        async def run() -> Any:
            return function(*args, **kwargs)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    def advance(self) -> int:
        """Let a day's worth of change happen: revisions, removals, late articles."""

        def step() -> int:
            self.replica.state += 1
            return self.replica.state

        return int(self._call(step))

    def fault(self, name: str, **options: Any) -> None:
        """Switch a fault on (`none` switches all off); `site`, `path`, `scope`, `times`, `rate` limit it."""
        self._call(self.replica.set_fault, name, **{key: str(value) for key, value in options.items()})

    def clear(self) -> None:
        """Switch every fault off."""
        self._call(self.replica.faults.clear)

    def truth(self, publisher: str | None = None) -> list[dict[str, Any]]:
        """The truth of everything that is listed, in the present state."""
        return [
            truth_of(site, entry, self.replica.state)
            for site, entry in list(self.replica.listed())
            if publisher in (None, entry.publisher)
        ]

    def stats(self) -> dict[str, Any]:
        """What was asked so far."""
        return dict(self._call(self.replica.statistics))

    def reset_stats(self) -> None:
        """Forget what was asked."""
        self._call(self.replica.stats.clear)


async def serve(replica: Replica, port: int) -> tuple[web.ServerRunner, int]:
    """Listen on loopback; the port that was given, or a free one for 0."""
    server = web.Server(replica.handle, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=0.5)
    await runner.setup()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    site = web.SockSite(runner, listener, backlog=512)
    await site.start()
    return runner, int(listener.getsockname()[1])


@contextmanager
def start(
    *, seed: int = 7, today: date = TODAY, port: int = 0, scale: float = 1.0, hiccups: bool = True
) -> Iterator[Handle]:
    """A replica in a thread of this process, for the time of a `with` block."""
    replica = Replica(seed=seed, today=today, scale=scale, hiccups=hiccups)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="replica", daemon=True)
    thread.start()
    try:
        runner, bound = asyncio.run_coroutine_threadsafe(serve(replica, port), loop).result(30)
        try:
            yield Handle(replica, f"http://127.0.0.1:{bound}", loop)
        finally:
            replica.faults.clear()
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
