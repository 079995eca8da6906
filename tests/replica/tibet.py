"""China Tibet Net: TRS listings, articles on one page or several, and the page of about 2015."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from urllib.parse import urlsplit

from tests.replica.model import (
    SHANGHAI,
    Answer,
    Entry,
    Picture,
    Request,
    Text,
    World,
    listed_page,
    paged,
    plan_changes,
)
from tests.replica.scene import Plan
from tests.replica.stories import Block
from tests.replica.tibet_pages import (
    BARE,
    COLUMNS,
    M1,
    MEDIA,
    PAGE_ROWS,
    WWW,
    article,
    gallery,
    home,
    list_page,
    old2015,
)
from tests.replica.vocabulary import WORDS, han_name

__all__ = ["Tibet"]


_COUNT = sum(column[2] for column in COLUMNS.values())


class Tibet:
    """www.tibet.cn with its bare, mobile and photo hosts."""

    publisher = "tibet_net"
    hosts = frozenset({WWW, BARE, M1, MEDIA})

    def __init__(self, world: World) -> None:
        self.world = world
        self.entries: list[Entry] = []
        for day, count in world.schedule(_COUNT, 6):
            self._day(day, count)
        plan_changes(self.entries, world)
        self._by_path: dict[str, Entry] = {}
        for entry in self.entries:
            for url in (entry.url, *entry.aliases, *(link for _, link in entry.extra_links)):
                self._by_path[urlsplit(url).path.lower()] = entry
        self._lists: dict[tuple[str, int], list[list[tuple[Entry, str]]]] = {}

    # ---- the plan of a day ----

    def _day(self, day: date, count: int) -> None:
        world = self.world
        dense = day in world.dense
        directories = [directory for directory, column in COLUMNS.items() for _ in range(column[2])]
        for n in range(count):
            rng = world.rng(f"tibet/{day}/{n}")
            directory = directories[n % len(directories)] if dense else rng.choice(directories)
            topic = rng.choice(COLUMNS[directory][3])
            region = rng.choice(("tibet", "tibet", "tibet", "sichuan"))
            if directory.endswith("domestic/") or (directory.endswith("difang/") and rng.random() < 0.2):
                region = "china"
            plan = Plan(f"{world.seed}/tibet/{day}/{n}", topic, region, day)
            self._article(directory, plan, world.moment(day, rng, 7, 8 if day == world.today else 21), rng, n)
        if not dense:
            return
        for number, form, directory in (
            (1, "full", "/cn/Instant/difang/"),
            (3, "excerpt", "/cn/Instant/"),
            (0, "full", "/cn/Instant/difang/"),
        ):
            wire = world.wire[day][number]
            rng = world.rng(f"tibet/wire/{day}/{number}")
            if number == 0 and day.toordinal() % 2:
                continue
            self._article(
                directory, wire, world.moment(day, rng, 10, 21), rng, count + number, form=form, story=wire.seed
            )
        rng = world.rng(f"tibet/photo/{day}")
        number = rng.randint(10**12, 2 * 10**12)
        self.entries.append(
            Entry(
                publisher=self.publisher,
                site="tibet",
                key=f"news/{day:%Y%m}/t{day:%Y%m%d}_{number % 10**7}",
                url=f"http://{MEDIA}/photo/news/{day:%Y%m}/t{day:%Y%m%d}_{number % 10**7}.html",
                kind="gallery",
                layout="gallery",
                published=world.moment(day, rng),
                precision="day",
                channels=("yc",),
                plan=Plan(f"{world.seed}/tibet/photo/{day}", "festival", "tibet", day),
                fate="gallery",
            )
        )
        if day.toordinal() % 3 == 0:
            self._stray(day, "gone")

    def _stray(self, day: date, kind: str) -> None:
        rng = self.world.rng(f"tibet/{kind}/{day}")
        docid = rng.randint(7_990_000, 7_999_999)
        self.entries.append(
            Entry(
                publisher=self.publisher,
                site="tibet",
                key=str(docid),
                url=f"https://{WWW}/cn/news/zx/{day:%Y%m}/t{day:%Y%m%d}_{docid}.html",
                kind=kind,
                layout=kind,
                published=self.world.moment(day, rng),
                precision="day",
                channels=("zx",),
                fate=kind,
                plan=Plan(f"{self.world.seed}/tibet/{kind}/{day}", "culture", "tibet", day),
            )
        )

    def _article(
        self, directory: str, plan: Plan, moment: datetime, rng: Random, n: int, *, form: str = "full", story: str = ""
    ) -> None:
        channel = COLUMNS[directory][0]
        # Some 500 numbers a day go through the CMS; those that come out here are spread over them.
        numbers = int(520 * max(1.0, self.world.scale))
        docid = 7_830_000 + (plan.day - date(2026, 4, 1)).days * numbers + n * 5 + rng.randint(0, 4)
        roll = rng.random()
        layout = "trs_editor" if roll < 0.45 else "union" if roll < 0.7 else "bare" if roll < 0.93 else "old2015"
        precision = rng.choice(("second", "second", "second", "minute"))
        month = f"{plan.day:%Y%m}"
        name = f"t{plan.day:%Y%m%d}_{docid}.html"
        url, key = f"https://{WWW}{directory}{month}/{name}", str(docid)
        extra: list[tuple[str, str]] = []
        pages = 1
        if layout == "old2015":
            key = str(int(moment.timestamp() * 1000) + rng.randint(0, 999))
            url = f"http://{WWW}/news/{rng.choice(('roll', 'expo'))}/{key}.shtml"
        else:
            if plan.topic in ("people", "culture", "policy", "tourism") and rng.random() < 0.4 and form == "full":
                pages = 3
                plan = Plan(plan.seed, plan.topic, plan.region, plan.day, 13, plan.place)
            if rng.random() < 0.08 and channel == "difang":
                # The same docid under the parent column, in the other case.
                extra.append(("instant", f"https://{WWW}/cn/instant/news/{month}/{name}"))
            elif rng.random() < 0.04:
                extra.append((channel, f"https://{M1}{directory}{month}/{name}"))
        channels = (channel, "instant") if channel == "difang" and rng.random() < 0.3 else (channel,)
        entry = Entry(
            publisher=self.publisher,
            site="tibet",
            key=key,
            url=url,
            kind="article",
            layout=layout,
            published=moment,
            precision=precision if layout != "old2015" else "minute",
            channels=channels,
            plan=plan,
            extra_links=tuple(extra),
            form=form,
            story_id=story or plan.seed,
            aliases=() if layout == "old2015" else (f"https://{M1}{directory}{month}/{name}",),
            extra={"pages": pages},
        )
        self.entries.append(entry)

    # ---- answers ----

    def answer(self, request: Request) -> Answer | None:
        """A listing page, an article page, or a part of one."""
        path = request.path
        if request.host == MEDIA:
            entry = self._by_path.get(path.lower())
            return Answer(gallery(entry).encode(), role="article") if entry else None
        listing = self._listing(request)
        if listing is not None:
            return Answer(listing.encode(), role="listing", modified=None, etag=False)
        if path == "/":
            return Answer(home(self.world).encode())
        part = 0
        found = self._by_path.get(path.lower())
        if found is None and path.endswith(".html") and path.count("_") >= 2:
            stem, _, number = path.removesuffix(".html").rpartition("_")
            found = self._by_path.get(f"{stem}.html".lower())
            part = int(number) if number.isdigit() else 0
            if found is not None and not 0 < part < found.extra.get("pages", 1):
                return None
        if found is None or found.kind == "gone" or found.listed_from > request.state:
            return None
        if found.gone_from is not None and request.state >= found.gone_from:
            return None
        text = self.text(found, request.state)
        page = (
            old2015(self, found, text) if found.layout == "old2015" else article(self, found, text, part, request.state)
        )
        changed = found.changed(request.state)
        modified = found.published + timedelta(minutes=1)
        if changed:
            modified = datetime.combine(self.world.today + timedelta(days=changed), time(8), SHANGHAI)
        return Answer(page.encode(), role="article", modified=modified)

    def _listing(self, request: Request) -> str | None:
        path = request.path
        directory, _, file = path.rpartition("/")
        directory += "/"
        known = {name.lower(): name for name in COLUMNS}.get(directory.lower())
        if known is None:
            return None
        if file in ("", "index.html"):
            number = 0
        elif file.startswith("index_") and file.endswith(".html") and file[6:-5].isdigit() and int(file[6:-5]) > 0:
            number = int(file[6:-5])
        else:
            return None
        found = listed_page(self._pages(known, request.state), number + 1, request, self.world.today, PAGE_ROWS)
        return None if found is None else list_page(self.world, known, found[0], number, found[1])

    def _pages(self, directory: str, state: int) -> list[list[tuple[Entry, str]]]:
        channel = COLUMNS[directory][0]
        cached = self._lists.get((channel, state))
        if cached is not None:
            return cached
        rows: list[tuple[float, str, Entry]] = []
        for entry in self.entries:
            if entry.listed_from > state:
                continue
            rng = entry.rng(f"rank/{channel}")
            place = entry.published.timestamp() + (rng.uniform(-7200, 7200) if rng.random() < 0.1 else 0)
            if channel in entry.channels:
                rows.append((place, entry.url, entry))
            rows.extend((place - 30, url, entry) for other, url in entry.extra_links if other == channel)
        rows.sort(key=lambda row: (-row[0], row[1]))
        ordered = [(entry, url) for _, url, entry in rows]
        if channel in ("instant", "zx") and len(ordered) > 60:
            # 置顶: an article of weeks ago stays at the head of the list.
            ordered.insert(0, ordered.pop(len(ordered) * 2 // 3))
        result = paged(ordered, PAGE_ROWS)
        self._lists[channel, state] = result
        return result

    # ---- the truth ----

    def text(self, entry: Entry, state: int) -> Text:
        """What a reader finds on the article's page (all its parts together)."""
        told = entry.told(state)
        rng = entry.rng("text")
        base = entry.url.rsplit("/", 1)[0]
        own = COLUMNS_BY_KEY.get(entry.channels[0], ("", "新闻"))
        reprint = entry.channels[0] in ("difang", "instant", "domestic")
        source = (
            rng.choice(WORDS["媒体省"]) if reprint else rng.choice(("中国西藏网", "中国西藏网", "新华社", "西藏日报"))
        )
        author: tuple[str, ...] = ()
        if entry.channels[0] in ("yc", "zx") and rng.random() < 0.6:
            author = (han_name(rng),)
        pictures = tuple(
            Picture(
                f"{base}/W0{entry.day:%Y%m%d}{rng.randint(10**11, 10**12 - 1)}.jpg",
                f"图为{told.keywords[0]}一角。{han_name(rng)} 摄" if rng.random() < 0.5 else "",
            )
            for _ in range(rng.choice((0, 1, 1, 2)) if entry.layout != "old2015" else rng.choice((0, 1)))
        )
        blocks = told.blocks
        if entry.layout == "old2015":
            blocks = tuple(Block("p", block.text) for block in blocks)
        return Text(
            title=told.title,
            blocks=blocks,
            source=source,
            authors=author,
            reporters=told.reporters,
            editor=han_name(rng) if rng.random() < 0.92 else "",
            keywords=(),
            pictures=pictures,
            breadcrumb=("中国西藏网", "即时新闻", own[1])
            if "/Instant/" in own[0] and own[1] != "即时新闻"
            else ("中国西藏网", own[1]),
        )


COLUMNS_BY_KEY = {column[0]: (directory, column[1]) for directory, column in COLUMNS.items()}
