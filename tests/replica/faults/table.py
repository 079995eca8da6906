"""Every way in which a site can misbehave, by name, with the fates that a crawl may give to what it meets.

A fault is switched on for a publisher, a site's host or everybody, for one kind of request (`scope`), maybe for some
paths, some share of the addresses, or the first few requests only. FAULTS is the table; `docs` are its second column.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.replica.model import SiteServer

if TYPE_CHECKING:
    from tests.replica.server import Replica

__all__ = ["FAULTS", "Active", "Context", "Fault", "fault", "run"]

SCOPES = ("article", "listing", "robots", "any")


@dataclass(slots=True)
class Context:
    """One request that a fault has hold of."""

    replica: Replica
    request: web.BaseRequest
    host: str
    target: str
    role: str
    active: Active

    def number(self, name: str, default: float) -> float:
        """A numeric option of the fault."""
        return float(self.active.options.get(name, default))

    @property
    def raw(self) -> bytes:
        """The page as it would have been."""
        return self.replica.prepared(self.host, self.target, self.request).raw

    def variant(self, name: str) -> bytes:
        """The page as the site makes it in a variant (see `model.Request`)."""
        return self.replica.variant(self.host, self.target, name)

    def page(self, body: bytes, *, status: int = 200, content_type: str = "", **headers: str) -> web.Response:
        """Another page in its place, without validators."""
        kept = self.replica.prepared(self.host, self.target, self.request)
        shown = content_type or dict(kept.headers).get("Content-Type", "text/html")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=body, headers={"Content-Type": shown, "Server": "nginx", **named})

    @property
    def on(self) -> bool:
        """Whether the fault is still switched on."""
        return self.active in self.replica.faults


Act = Callable[[Context], Awaitable[web.StreamResponse | None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table.

    Args:
        name: what it is switched on by.
        about: what the site does.
        scope: which requests it meets when nothing else is said.
        fates: what a crawl may make of an article that it meets; the first is the best. For a listing or
            robots.txt: empty, since the channel fails and no article has a fate of its own.
        act: the doing.
    """

    name: str
    about: str
    scope: str
    fates: tuple[str, ...]
    act: Act

    def as_json(self) -> dict[str, Any]:
        """The row for a reader."""
        return {"about": self.about, "scope": self.scope, "fates": list(self.fates)}


FAULTS: dict[str, Fault] = {}


def fault(name: str, about: str, *fates: str, scope: str = "article") -> Callable[[Act], Act]:
    def register(act: Act) -> Act:
        FAULTS[name] = Fault(name, about, scope, fates, act)
        return act

    return register


@dataclass(eq=False, slots=True)
class Active:
    """A fault that is switched on.

    Args:
        name: its row.
        site: a publisher's key, a host, or empty for all.
        scope: `article`, `listing`, `robots` or `any`.
        path: a regular expression that is searched in path and query.
        times: how many requests it meets; 0 is all.
        rate: the share of addresses that it meets, chosen by the address itself.
        options: what the fault itself reads (`seconds`, `mb`, `count`, `days` …).
    """

    name: str
    site: str = ""
    scope: str = "article"
    path: str = ""
    times: int = 0
    rate: float = 1.0
    options: dict[str, str] = field(default_factory=dict)
    hits: int = 0

    @classmethod
    def make(cls, name: str, options: dict[str, str]) -> Active:
        """Read the options of a switch-on request.

        Raises:
            KeyError: there is no such fault.
            ValueError: an option has no sense.
        """
        if name not in FAULTS:
            raise KeyError(f"no fault {name!r}; there are {', '.join(sorted(FAULTS))}")
        rest = dict(options)
        scope = rest.pop("scope", FAULTS[name].scope)
        if scope not in SCOPES:
            raise ValueError(f"scope is one of {', '.join(SCOPES)}, not {scope!r}")
        path = rest.pop("path", "")
        re.compile(path)
        return cls(
            name=name,
            site=rest.pop("site", "").removeprefix("*"),
            scope=scope,
            path=path,
            times=int(rest.pop("times", "0")),
            rate=float(rest.pop("rate", "1")),
            options=rest,
        )

    @classmethod
    def none(cls) -> Active:
        """What stands for no fault."""
        return cls(name="none", times=-1)

    def as_json(self) -> dict[str, Any]:
        """How it is switched on, and how often it struck."""
        return {
            "name": self.name,
            "site": self.site,
            "scope": self.scope,
            "path": self.path,
            "times": self.times,
            "rate": self.rate,
            "options": self.options,
            "hits": self.hits,
        }

    def applies(self, host: str, target: str, role: str, site: SiteServer | None) -> bool:
        """Whether a request meets it."""
        if self.times and self.hits >= self.times:
            return False
        if self.site and self.site != host and (site is None or self.site != site.publisher):
            return False
        if self.scope != "any" and role != self.scope:
            return False
        if self.path and not re.search(self.path, target):
            return False
        if self.rate >= 1:
            return True
        digest = hashlib.md5(f"{self.name}/{host}{target}".encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:4]) / 2**32 < self.rate


async def run(
    active: Active, replica: Replica, request: web.BaseRequest, host: str, target: str, role: str
) -> web.StreamResponse | None:
    """Let a fault answer; None where it lets the request through."""
    return await FAULTS[active.name].act(Context(replica, request, host, target, role, active))
