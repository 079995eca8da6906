"""A tiny web server that plays the hosts of a publisher behind the gateway, one route at a time."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARTICLE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_中国西藏网</title></head><body>
<div class="content"><div class="title_box"><h2>{title}</h2><div class="info"><span>发布时间：2026-06-15 09:30:00</span>
<span>来源： 那曲日报</span></div></div><div class="left"><div id="text" class="text botborder">
<p>　　六月的羌塘草原，牧民们赶着牦牛向夏季牧场转场。{title}，帐篷一顶接一顶地搭了起来。</p>
<p>　　当地兽医站的工作人员沿着转场的路线为牲畜做防疫，今年的草长得比去年早了十来天。</p></div></div></div>
</body></html>"""


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hold: float = 0.0
    """Seconds before the answer begins."""
    drop_after: int | None = None
    """Bytes after which the connection is cut, whatever Content-Length promised."""
    reset: bool = False


Route = Answer | Callable[["Asked"], Answer]


@dataclass(frozen=True)
class Asked:
    host: str
    path: str
    headers: dict[str, str]
    at: float
    number: int
    """How often this address was asked for, this time included."""


class Site:
    """Routes by host and path; remembers every request."""

    def __init__(self) -> None:
        self.routes: dict[tuple[str, str], Route] = {}
        self.asked: list[Asked] = []
        self._lock = threading.Lock()

    def add(self, url: str, answer: Route | str | bytes) -> None:
        host, _, path = url.removeprefix("https://").removeprefix("http://").partition("/")
        if isinstance(answer, str):
            answer = page(answer)
        elif isinstance(answer, bytes):
            answer = Answer(answer, headers={"Content-Type": "text/html"})
        self.routes[host, "/" + path] = answer

    def answer(self, host: str, path: str, headers: dict[str, str]) -> Answer:
        with self._lock:
            number = 1 + sum(1 for asked in self.asked if (asked.host, asked.path) == (host, path))
            asked = Asked(host, path, headers, time.monotonic(), number)
            self.asked.append(asked)
        route = self.routes.get((host, path), Answer(b"not here", 404, {"Content-Type": "text/plain"}))
        return route(asked) if callable(route) else route

    def paths(self, *, robots: bool = False) -> list[str]:
        return [asked.path for asked in self.asked if robots or asked.path != "/robots.txt"]

    @contextmanager
    def served(self) -> Iterator[str]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer = site.answer(self.headers["Host"], self.path, dict(self.headers.items()))
                if answer.hold:
                    time.sleep(answer.hold)
                if answer.reset:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                headers = {"Content-Length": str(len(answer.body)), **answer.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(answer.body if answer.drop_after is None else answer.body[: answer.drop_after])
                except OSError:
                    return
                if answer.drop_after is not None:
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_RDWR)

            def handle(self) -> None:
                try:
                    super().handle()
                except (OSError, ValueError):
                    return

            def log_message(self, *args: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


def page(text: str, **headers: str) -> Answer:
    """An HTML page as these sites send it: gzip, and no charset in the header."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        gzip.compress(text.encode(), mtime=0),
        headers={"Content-Type": "text/html", "Content-Encoding": "gzip", **more},
    )


def article(title: str = "牧民转场", **headers: str) -> Answer:
    return page(ARTICLE.format(title=title), **headers)


def trs_list(rows: list[tuple[str, str]], *, pages: int = 1, current: int = 0) -> str:
    """A TRS listing: rows of (href, title)."""
    items = "".join(f'<li><h4><a href="{href}">{title}</a></h4></li>' for href, title in rows)
    return (
        '<html><head><meta charset="utf-8"></head><body><div class="menu"><a href="/cn/">首页</a></div>'
        f'<div class="listnews"><ul>{items}</ul></div>'
        f'<script>createPageHTML({pages}, {current}, "index", "html");</script></body></html>'
    )
