"""Requests to the replica as a site's visitor makes them, and what came back."""

from __future__ import annotations

import html
import http.client
import re
import socket
import time
from typing import Any
from urllib.parse import urlsplit

from tests.replica import Handle

PUBLISHERS = ("sina_finance", "tibet_net", "sichuan_gov", "xinjiang_gov")


class Answer:
    """Status, headers and body as they came."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self) -> str:
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            return self.body.decode("gb18030")


def get(replica: Handle, url: str, **headers: str) -> Answer:
    """One request for a live URL, sent to the replica."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=10)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", target, headers={"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme, **named})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


_BUSY_SECONDS = 60
"""How long a busy machine may take over an answer."""


def wire(
    replica: Handle, url: str, *, most: int = 1 << 20, open_for: float | None = None, after: bytes = b""
) -> tuple[bytes, str]:
    """What comes over the wire, and how it ends: `closed`, `reset` or `open`.

    Args:
        replica: the server.
        url: what is asked for.
        most: bytes after which it is not read on.
        open_for: a connection that is still open so many seconds after the bytes `after` have come is left.
        after: bytes that must come first, however long a busy machine takes.
    """
    parts = urlsplit(url)
    with socket.create_connection(("127.0.0.1", replica.port), timeout=_BUSY_SECONDS) as connection:
        connection.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        got = b""
        end = time.monotonic() + _BUSY_SECONDS
        patient = open_for is None
        while len(got) < most:
            if open_for is not None and not patient and after in got:
                end, patient = time.monotonic() + open_for, True
            connection.settimeout(max(0.01, end - time.monotonic()))
            try:
                piece = connection.recv(65536)
            except TimeoutError:
                return got, "open"
            except ConnectionResetError:
                return got, "reset"
            if not piece:
                return got, "closed"
            got += piece
        return got, "open"


def articles(rows: list[dict[str, Any]], publisher: str | None = None) -> list[dict[str, Any]]:
    return [r for r in rows if r["kind"] in ("article", "document") and publisher in (None, r["publisher"])]


def visible(page: str) -> str:
    """A page's words without markup, live quotes and white space."""
    page = re.sub(r"(?is)<(script|style)\b.*?</\1>|<!--.*?-->", "", page)
    page = re.sub(r"<span id=quote_[^>]*>[^<]*</span>", "", page)
    return re.sub(r"[\s　]+", "", html.unescape(re.sub(r"<[^>]+>", "", page)))


def article_url(replica: Handle, publisher: str = "sichuan_gov") -> str:
    """An article in the publisher's most usual layout."""
    wanted = {"sichuan_gov": "new", "tibet_net": "bare", "xinjiang_gov": "ucap", "sina_finance": "v2017"}[publisher]
    entries = [entry for _, entry in replica.replica.listed() if entry.publisher == publisher]
    return [e.url for e in entries if e.layout == wanted and e.kind == "article" and e.gone_from is None][-30]


def packed(replica: Handle, url: str) -> tuple[str, bytes]:
    answer = get(replica, url)
    return answer.headers["content-encoding"], answer.body
