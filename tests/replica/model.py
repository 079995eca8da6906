"""What the replica is made of: entries (one linked thing each), their texts, answers, and the world they share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from html import escape
from random import Random
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from tests.replica.scene import Plan
from tests.replica.stories import Block, Story, story

__all__ = [
    "SHANGHAI",
    "Answer",
    "Attachment",
    "Entry",
    "Picture",
    "Request",
    "Row",
    "SiteServer",
    "Text",
    "World",
    "esc",
    "listed_page",
    "paged",
    "plan_changes",
    "varied_rows",
]

SHANGHAI = ZoneInfo("Asia/Shanghai")
DENSE_DAYS = 10
"""Days before `today` on which every publisher prints in full."""


def esc(text: str) -> str:
    """Text as it stands between two tags."""
    return escape(text, quote=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a body, absolute."""

    url: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a page offers, absolute."""

    url: str
    name: str


@dataclass(slots=True)
class Text:
    """What a reader finds on an article page, free of markup: the truth that a parser is held against."""

    title: str
    blocks: tuple[Block, ...]
    source: str = ""
    source_url: str = ""
    subtitle: str = ""
    original_title: str = ""
    first_publisher: str = ""
    authors: tuple[str, ...] = ()
    reporters: tuple[str, ...] = ()
    editor: str = ""
    keywords: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    document: dict[str, str] = field(default_factory=dict)
    breadcrumb: tuple[str, ...] = ()
    modified: datetime | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def paragraphs(self) -> list[str]:
        """The body as read: paragraphs and sub-headings."""
        return [block.text for block in self.blocks if block.kind in ("p", "h")]


@dataclass(slots=True, eq=False)
class Entry:
    """One linked thing: an article, or what is linked in an article's place.

    Args:
        kind: `article`, or `image_only`, `gallery`, `video`, `gone`, `soft_404`, `off_site`, `robots`, `challenge`.
        layout: which template renders it.
        precision: of the printed time: `second`, `minute` or `day`.
        channels: keys of the channels that list it.
        fate: what a first crawl must make of it.
        aliases: other addresses at which the same article is listed or served.
        extra_links: addresses listed beside `url` for the same key, by channel; each is a duplicate_link.
        form: `full`, `excerpt` or `revised` telling of the plan's story.
        listed_from, gone_from, revised_from, touched_from: the state (number of advances) from which the entry is
            on the lists, answers 404, has another text, or has other bytes around the same text; None is never.
    """

    publisher: str
    site: str
    key: str
    url: str
    kind: str
    layout: str
    published: datetime
    precision: str
    channels: tuple[str, ...]
    plan: Plan
    fate: str = "loaded_new"
    aliases: tuple[str, ...] = ()
    extra_links: tuple[tuple[str, str], ...] = ()
    form: str = "full"
    story_id: str = ""
    listed_from: int = 0
    gone_from: int | None = None
    revised_from: int | None = None
    touched_from: int | None = None
    note: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Wherever another address of the article is listed, its own stands above it, so that it is known which of
        # them a crawl meets first.
        self.channels = tuple(dict.fromkeys([*self.channels, *(channel for channel, _ in self.extra_links)]))

    @property
    def day(self) -> date:
        """The day of publication, Asia/Shanghai."""
        return self.published.date()

    def rng(self, purpose: str) -> Random:
        """A random stream of this entry's own."""
        return Random(f"{purpose}/{self.plan.seed}/{self.url}")

    def told(self, state: int) -> Story:
        """The entry's story as it stands in a state."""
        told = story(self.plan)
        if self.form == "excerpt":
            told = told.excerpt(3)
        elif self.form == "revised":
            told = told.revised("wire")
        if self.revised_from is not None and state >= self.revised_from:
            told = told.revised(f"{self.key}/{self.revised_from}")
        return told

    def changed(self, state: int) -> int:
        """The last state, up to this one, in which the bytes changed."""
        return max((s for s in (self.revised_from, self.touched_from, self.gone_from) if s and s <= state), default=0)


@dataclass(frozen=True, slots=True)
class Request:
    """What a site sees of a request."""

    host: str
    path: str
    query: dict[str, str]
    state: int
    scheme: str = "https"
    variant: str = ""
    """What a fault asks of a listing: `empty`, `endless`, `stale:<days>`; empty for the listing as it is."""


@dataclass(slots=True)
class Answer:
    """A whole answer.

    `modified` is what Last-Modified says, None where the site sends none; `etag` says whether it sends an ETag.
    """

    body: bytes
    content_type: str = "text/html"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    modified: datetime | None = None
    etag: bool = True
    role: str = "other"
    """`listing`, `article`, `robots` or `other`: what a fault may be limited to."""
    cache: bool = True
    """Whether the same request gets the same bytes."""


class SiteServer(Protocol):
    """One publisher's sites."""

    publisher: str
    hosts: frozenset[str]
    entries: list[Entry]

    def answer(self, request: Request) -> Answer | None:
        """The answer, or None where the site has nothing (404)."""
        ...

    def text(self, entry: Entry, state: int) -> Text:
        """What a reader finds on an entry's page."""
        ...


class World:
    """The calendar, the seed, and the stories that several publishers tell.

    Args:
        seed: everything follows from it.
        today: the day after the last full day.
        scale: multiplies the number of articles a day.
    """

    def __init__(self, seed: int, today: date, scale: float = 1.0) -> None:
        self.seed = seed
        self.today = today
        self.scale = scale
        self.dense = [today - timedelta(days=n) for n in range(DENSE_DAYS, 0, -1)]
        self.sparse = [today - timedelta(days=n) for n in range(DENSE_DAYS + 68, DENSE_DAYS, -1)]
        self.wire = {day: self._wire(day) for day in self.dense}

    def rng(self, name: str) -> Random:
        """A named random stream."""
        return Random(f"{self.seed}/{name}")

    def digest(self, name: str) -> str:
        """32 hexadecimal digits that follow from the seed and a name."""
        return hashlib.md5(f"{self.seed}/{name}".encode(), usedforsecurity=False).hexdigest()

    def moment(self, day: date, rng: Random, first: int = 7, last: int = 22) -> datetime:
        """A time of a day, to the second, in Asia/Shanghai."""
        seconds = rng.randint(first * 3600, last * 3600 - 1)
        return datetime.combine(day, time(), SHANGHAI) + timedelta(seconds=seconds)

    def schedule(self, per_day: int, sparse: int) -> Iterable[tuple[date, int]]:
        """Every day with its number of articles; a few are printed on `today` itself."""
        for day in self.sparse:
            yield day, sparse
        for day in self.dense:
            yield day, max(1, round(per_day * self.scale))
        yield self.today, max(1, per_day // 8)

    def _wire(self, day: date) -> list[Plan]:
        rng = self.rng(f"wire/{day}")
        plans = []
        for number, (topic, region) in enumerate(
            (
                ("meeting", "xinjiang"),
                (rng.choice(("aid", "ecology", "health")), "tibet"),
                ("macro", "china"),
                (rng.choice(("agri", "tourism")), "sichuan"),
            )
        ):
            plans.append(Plan(f"{self.seed}/wire/{day}/{number}", topic, region, day, paragraphs=rng.randint(7, 11)))
        return plans


def paged(rows: list[Any], size: int) -> list[list[Any]]:
    """Rows in pages; an empty list is one empty page."""
    return [rows[i : i + size] for i in range(0, len(rows), size)] or [[]]


def plan_changes(entries: list[Entry], world: World) -> None:
    """Say which articles of the last days are revised, touched, taken down or come late when time advances.

    The last two days have at least two revisions (one of them at the second advance), one touched page, one that is
    gone and one late article each, so that a run over any of them meets every kind.
    """
    for day in world.dense[3:]:
        mine = [e for e in entries if e.day == day and e.kind == "article" and e.layout != "flash" and not e.note]
        if not mine:
            continue
        world.rng(f"changes/{mine[0].publisher}/{day}").shuffle(mine)
        alone = [entry for entry in mine if not entry.extra_links]
        recent = day >= world.dense[-2]
        count = max(2 if recent else 1, len(mine) // 20)
        for n, entry in enumerate(alone[:count]):
            entry.revised_from = 1 + n % 2
        alone = alone[count:]
        if recent or day.toordinal() % 2:
            alone[0].touched_from = 1
            alone[1].gone_from = 1
        if recent:
            alone[2].listed_from = 1
            alone[2].note = "late: published on its day, listed a day after"


Row = tuple[Entry, str]


def varied_rows(rows: list[Row], request: Request, today: date) -> list[Row]:
    """The rows of a list as a request's variant leaves them."""
    variant, _, argument = request.variant.partition(":")
    if variant == "empty":
        return []
    if variant == "stale":
        last = today - timedelta(days=int(argument))
        return [row for row in rows if row[0].day <= last]
    return rows


def listed_page(
    pages: list[list[Row]], number: int, request: Request, today: date, size: int
) -> tuple[list[Row], int] | None:
    """One page of a list as a request's variant wants it, and how many pages the list claims.

    Args:
        pages: the list as it is.
        number: from 1.
        request: names the variant.
        today: what a stale list is stale against.
        size: rows a page.
    """
    variant = request.variant.partition(":")[0]
    if variant == "empty":
        return [], 1
    if variant == "endless":
        return pages[(number - 1) % min(3, len(pages))], 9999
    if variant == "stale":
        pages = paged(varied_rows([row for page in pages for row in page], request, today), size)
    if not 1 <= number <= len(pages):
        return None
    return pages[number - 1], len(pages)
