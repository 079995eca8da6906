# ruff: noqa: E501 -- the markup stands as it is served
"""The provincial government of Sichuan: UCAP listings in three markups, articles that stand twice on their page."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from urllib.parse import urlsplit

from tests.replica.model import (
    SHANGHAI,
    Answer,
    Attachment,
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
from tests.replica.sichuan_pages import COLUMNS, HOST, NAMES, PAGE_ROWS, home, list_page, render
from tests.replica.templates import pair
from tests.replica.vocabulary import REGIONS, han_name

__all__ = ["Sichuan"]


_COUNT = sum(column[2] for column in COLUMNS.values())


class Sichuan:
    """www.sc.gov.cn."""

    publisher = "sichuan_gov"
    hosts = frozenset({HOST, "sc.gov.cn"})

    def __init__(self, world: World) -> None:
        self.world = world
        self.entries: list[Entry] = []
        for day, count in world.schedule(_COUNT, 6):
            self._day(day, count)
        plan_changes(self.entries, world)
        self._by_path: dict[str, Entry] = {}
        for entry in self.entries:
            for url in (entry.url, *entry.aliases, *(link for _, link in entry.extra_links)):
                self._by_path[urlsplit(url).path.replace("//", "/")] = entry
        self._lists: dict[tuple[str, int], list[list[tuple[Entry, str]]]] = {}

    # ---- the plan of a day ----

    def _day(self, day: date, count: int) -> None:
        world = self.world
        dense = day in world.dense
        channels = [column[0] for column in COLUMNS.values() for _ in range(column[2])]
        for n in range(count):
            rng = world.rng(f"sichuan/{day}/{n}")
            channel = channels[n % len(channels)] if dense else rng.choice(channels)
            topic = rng.choice(NAMES[channel][5])
            region = "china" if channel == "zywj" and topic == "macro" else "sichuan"
            plan = Plan(f"{world.seed}/sichuan/{day}/{n}", topic, region, day)
            self._article(channel, plan, world.moment(day, rng, 8, 9 if day == world.today else 20), rng)
        if not dense:
            return
        for number, form, channel in ((3, "full", "jrsc"), (0, "excerpt", "rdgz"), (1, "revised", "szdt")):
            if number == 1 and day.toordinal() % 2:
                continue
            wire = world.wire[day][number]
            rng = world.rng(f"sichuan/wire/{day}/{number}")
            self._article(channel, wire, world.moment(day, rng, 10, 20), rng, form=form, story=wire.seed)
        self._template(day)
        self._strangers(day)

    def _article(
        self,
        channel: str,
        plan: Plan,
        moment: datetime,
        rng: Random,
        *,
        form: str = "full",
        story: str = "",
        note: str = "",
    ) -> Entry:
        column = NAMES[channel]
        roll = rng.random()
        if plan.topic in ("policy", "notice") and channel in ("zxwj", "zywj"):
            layout = "policy"
        else:
            layout = "new" if roll < 0.72 else "twice" if roll < 0.9 else "old"
        key = self.world.digest(f"sc/{plan.seed}/{channel}/{form}{note}")
        if layout == "old":
            key = str(rng.randint(10_300_000, 10_999_999 if self.world.scale <= 1 else 99_999_999))
        where = f"{moment.year}/{moment.month}/{moment.day}"
        url = f"https://{HOST}/{column[3]}/{where}/{key}.shtml"
        extra: list[tuple[str, str]] = []
        if rng.random() < 0.05:
            extra.append((channel, f"https://{HOST}/{column[3]}//{where}/{key}.shtml"))
        elif channel == "szdt" and rng.random() < 0.08:
            extra.append(("jrsc", f"https://{HOST}/10462/10464/10797/{where}/{key}.shtml"))
        entry = Entry(
            publisher=self.publisher,
            site="sc",
            key=key,
            url=url,
            kind="document" if layout == "policy" else "article",
            layout=layout,
            published=moment,
            precision="minute" if layout != "policy" else rng.choice(("day", "minute")),
            channels=(channel,),
            plan=plan,
            extra_links=tuple(extra),
            form=form,
            story_id=story or plan.seed,
            note=note,
        )
        self.entries.append(entry)
        return entry

    def _template(self, day: date) -> None:
        """Two notices of one wording that differ in place and number: different stories, told alike."""
        rng = self.world.rng(f"template/{day}")
        counties = [c for places in REGIONS["sichuan"][1].values() for c in places]
        for n, place in enumerate(rng.sample(counties, 2)):
            plan = Plan(f"{self.world.seed}/sichuan/template/{day}/{n}", "notice", "sichuan", day)
            own = self.world.rng(f"template/{day}/{n}")
            entry = self._article("szdt", plan, self.world.moment(day, own, 9, 18), own, note=f"template {day}")
            entry.layout, entry.kind, entry.precision = "new", "article", "minute"
            title, paragraphs = pair(day.toordinal(), place, own)
            entry.extra["title"], entry.extra["paragraphs"] = title, paragraphs

    def _strangers(self, day: date) -> None:
        world = self.world
        rng = world.rng(f"sichuan/strangers/{day}")

        def add(kind: str, fate: str, url: str, key: str, channel: str, n: int) -> None:
            self.entries.append(
                Entry(
                    publisher=self.publisher,
                    site="sc",
                    key=key,
                    url=url,
                    kind=kind,
                    layout=kind,
                    published=world.moment(day, rng),
                    precision="day",
                    channels=(channel,),
                    fate=fate,
                    plan=Plan(f"{world.seed}/sichuan/{kind}/{day}/{n}", "policy", "china", day),
                )
            )

        for n in range(2):
            number = rng.randint(6_900_000, 7_100_000)
            add(
                "off_site",
                "off_site",
                f"https://www.gov.cn/zhengce/content/{day:%Y%m}/content_{number}.htm",
                str(number),
                "zywj",
                n,
            )
        where = f"{day.year}/{day.month}/{day.day}"
        key = world.digest(f"sc/robots/{day}")
        add("robots", "robots_disallowed", f"https://{HOST}/10462/c103046/{where}/{key}.shtml", key, "zcjd", 0)
        if day.toordinal() % 2:
            key = world.digest(f"sc/gone/{day}")
            add("gone", "gone", f"https://{HOST}/10462/12771/{where}/{key}.shtml", key, "rdgz", 0)

    # ---- answers ----

    def answer(self, request: Request) -> Answer | None:
        """A listing page, an article, an attachment."""
        path = request.path.replace("//", "/")
        if path == "/robots.txt":
            return Answer(
                b"User-agent: *\nDisallow: /10462/wza2012/\nDisallow: /10462/c103046/\nDisallow: /cms-scsrmzf/\n",
                "text/plain",
                role="robots",
            )
        listing = self._listing(path, request)
        if listing is not None:
            return Answer(listing.encode(), "text/html; charset=UTF-8", role="listing", etag=False)
        if path in ("/", "/10462/index.shtml"):
            return Answer(home(self.world).encode())
        if path.endswith((".pdf", ".docx", ".xls")) and "/files/" in path:
            return Answer(b"%PDF-1.4\n% " + path.encode() + b"\n%%EOF\n", "application/octet-stream")
        entry = self._by_path.get(path)
        if entry is None or entry.kind in ("gone", "off_site") or entry.listed_from > request.state:
            return None
        if entry.gone_from is not None and request.state >= entry.gone_from:
            return None
        text = self.text(entry, request.state)
        layout = "new" if entry.kind == "robots" else entry.layout
        changed = entry.changed(request.state)
        modified = entry.published + timedelta(minutes=2)
        if changed:
            modified = datetime.combine(self.world.today + timedelta(days=changed), time(9), SHANGHAI)
        page = render(self, entry, text, layout, request.state)
        return Answer(page.encode(), "text/html; charset=UTF-8", role="article", modified=modified)

    def _listing(self, path: str, request: Request) -> str | None:
        if not path.endswith(".shtml"):
            return None
        stem = path.removesuffix(".shtml")
        number = 1
        if stem not in COLUMNS:
            stem, _, digits = stem.rpartition("_")
            if stem not in COLUMNS or not digits.isdigit() or int(digits) < 2:
                return None
            number = int(digits)
        pages = self._pages(stem, request.state)
        found = listed_page(pages, number, request, self.world.today, PAGE_ROWS)
        if found is None:
            return None
        return list_page(self.world, stem, found[0], number, found[1], sum(map(len, pages)))

    def _pages(self, stem: str, state: int) -> list[list[tuple[Entry, str]]]:
        channel = COLUMNS[stem][0]
        cached = self._lists.get((channel, state))
        if cached is not None:
            return cached
        rows: list[tuple[float, str, Entry]] = []
        for entry in self.entries:
            if entry.listed_from > state:
                continue
            rng = entry.rng(f"rank/{channel}")
            place = entry.published.timestamp() + (rng.uniform(-20000, 20000) if rng.random() < 0.06 else 0)
            if channel in entry.channels:
                rows.append((place, entry.url, entry))
            rows.extend((place - 10, url, entry) for other, url in entry.extra_links if other == channel)
        rows.sort(key=lambda row: (-row[0], row[1]))
        result = paged([(entry, url) for _, url, entry in rows], PAGE_ROWS)
        self._lists[channel, state] = result
        return result

    # ---- the truth ----

    def text(self, entry: Entry, state: int) -> Text:
        """What a reader finds on the article's page."""
        told = entry.told(state)
        rng = entry.rng("text")
        title, blocks = told.title, told.blocks
        if "paragraphs" in entry.extra:
            from tests.replica.stories import Block

            title, blocks = entry.extra["title"], tuple(Block("p", text) for text in entry.extra["paragraphs"])
        directory = entry.url.removesuffix(".shtml")
        scene_place = told.keywords[0]
        source = rng.choice(
            (
                "四川日报",
                "省政府网站",
                "川观新闻",
                f"{_prefecture_of(entry)}府",
                "省政府办公厅",
                f"{_prefecture_of(entry)}人民政府",
            )
        )
        attachments: tuple[Attachment, ...] = ()
        document: dict[str, str] = {}
        if entry.layout == "policy":
            number = rng.randint(3, 60)
            document = {
                "索引号": f"008282882/{entry.day.year}-{rng.randint(100, 999):05d}",
                "公开责任部门": "省政府办公厅",
                "发布日期": f"{entry.day:%Y-%m-%d}",
                "文号": rng.choice(
                    (
                        f"川府发〔{entry.day.year}〕{number}号",
                        f"川办发〔{entry.day.year}〕{number}号",
                        f"川府函〔{entry.day.year}〕{number}号",
                    )
                ),
                "有效性": "有效",
            }
            source = "省政府办公厅"
        if entry.layout == "policy" or (entry.layout != "old" and rng.random() < 0.08):
            attachments = tuple(
                Attachment(
                    f"{directory}/files/{self.world.digest(f'file/{entry.key}/{n}')}.{rng.choice(('pdf', 'docx', 'xls'))}",
                    f"附件{n}：{scene_place}任务分工表",
                )
                for n in range(1, rng.choice((2, 2, 3)))
            )
        pictures = tuple(
            Picture(f"{directory}/images/{self.world.digest(f'image/{entry.key}/{n}')}.jpg", "")
            for n in range(0 if entry.layout in ("policy", "old") else rng.choice((0, 0, 1, 2)))
        )
        return Text(
            title=title,
            blocks=blocks,
            source=source,
            reporters=told.reporters if "paragraphs" not in entry.extra else (),
            editor=han_name(rng) if rng.random() < 0.93 and entry.layout != "policy" else "",
            pictures=pictures,
            attachments=attachments,
            document=document,
            breadcrumb=("首页", NAMES[entry.channels[0]][1]) if entry.channels else ("首页",),
        )


def _prefecture_of(entry: Entry) -> str:
    from tests.replica.scene import Scene

    return Scene(entry.plan).fill("州", "", entry.rng("prefecture"))
