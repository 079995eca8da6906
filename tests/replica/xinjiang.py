# ruff: noqa: E501 -- the markup stands as it is served
"""Xinjiang: the portal, two UCAP portals, one whose list is JSON, and a county on Visual SiteBuilder."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from urllib.parse import urlsplit

from tests.replica import xinjiang_pages as pages
from tests.replica.model import (
    SHANGHAI,
    Answer,
    Attachment,
    Entry,
    Picture,
    Request,
    Text,
    World,
    plan_changes,
)
from tests.replica.scene import Plan, Scene
from tests.replica.stories import Block
from tests.replica.templates import pair
from tests.replica.vocabulary import REGIONS, han_name, person
from tests.replica.xinjiang_lists import BOL, BOZ, COLUMNS, JINGHE, KLMY, PORTAL, SITES, TITLES, VSB, Lists

__all__ = ["Xinjiang"]

_CODES = {
    "xinjiang": "6500000034",
    "xjboz": "6527000013",
    "xjbl": "6527010004",
    "xjjh": "6527220001",
    "klmy": "6502000021",
}
_PLACES = {
    BOZ: ("博尔塔拉蒙古自治州", None),
    BOL: ("博尔塔拉蒙古自治州", "博乐市"),
    JINGHE: ("博尔塔拉蒙古自治州", "精河县"),
    KLMY: ("克拉玛依市", None),
}
_COUNT = sum(column[4] for column in COLUMNS.values())


class Xinjiang:
    """The portal and the portals of prefectures and counties."""

    publisher = "xinjiang_gov"
    hosts = frozenset(SITES) | {host.removeprefix("www.") for host in SITES}

    def __init__(self, world: World) -> None:
        self.world = world
        self.entries: list[Entry] = []
        self._numbers: set[tuple[str, int]] = set()
        for day, count in world.schedule(_COUNT, 7):
            self._day(day, count)
        plan_changes(self.entries, world)
        for n in range(50):
            # What is left of the years before the site moved.
            day = date(2024, 12, 20) - timedelta(days=n * 3)
            rng = world.rng(f"xinjiang/vsb/{n}")
            self._article(
                "xjbl_zbtb",
                Plan(f"{world.seed}/xinjiang/vsb/{n}", "notice", "xinjiang", day, 0, self._place(BOL, rng)),
                world.moment(day, rng, 9, 18),
                rng,
            )
        self._by_path: dict[tuple[str, str], Entry] = {}
        for entry in self.entries:
            for url in (entry.url, *entry.aliases, *(link for _, link in entry.extra_links)):
                parts = urlsplit(url)
                self._by_path[parts.netloc, parts.path] = entry
        self._lists = Lists(self)

    # ---- the plan of a day ----

    @staticmethod
    def _place(host: str, rng: Random) -> tuple[str, str, str] | None:
        if host not in _PLACES:
            return None
        prefecture, county = _PLACES[host]
        return ("新疆维吾尔自治区", prefecture, county or rng.choice(REGIONS["xinjiang"][1][prefecture]))

    def _day(self, day: date, count: int) -> None:
        world = self.world
        dense = day in world.dense
        channels = [channel for channel, column in COLUMNS.items() for _ in range(column[4])]
        for n in range(count):
            rng = world.rng(f"xinjiang/{day}/{n}")
            channel = channels[n % len(channels)] if dense else rng.choice(channels)
            column = COLUMNS[channel]
            plan = Plan(
                f"{world.seed}/xinjiang/{day}/{n}",
                rng.choice(column[6]),
                "xinjiang",
                day,
                0,
                self._place(column[0], rng),
            )
            self._article(channel, plan, world.moment(day, rng, 8, 9 if day == world.today else 20), rng)
        if not dense:
            return
        for number, form, channel in (
            (0, "full", "xjyw"),
            (0, "full", "xjboz_c125795"),
            (0, "excerpt", "xjjh_zxbb"),
            (1, "full", "xjyw"),
        ):
            if (number == 1 and day.toordinal() % 2) or (channel == "xjjh_zxbb" and day.toordinal() % 3):
                continue
            wire = world.wire[day][number]
            rng = world.rng(f"xinjiang/wire/{day}/{number}/{channel}")
            self._article(channel, wire, world.moment(day, rng, 10, 20), rng, form=form, story=wire.seed)
        # The counterpart of Sichuan's notices, in another place with other numbers.
        rng = world.rng(f"xinjiang/template/{day}")
        county = rng.choice([c for places in REGIONS["xinjiang"][1].values() for c in places])
        entry = self._article(
            "xjbl_c126850",
            Plan(f"{world.seed}/xinjiang/template/{day}", "notice", "xinjiang", day),
            world.moment(day, rng, 9, 18),
            rng,
            note=f"template {day}",
        )
        entry.layout, entry.kind = "ucap", "article"
        entry.extra["title"], entry.extra["paragraphs"] = pair(day.toordinal(), county, rng)
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
        host, _, _, path, *_ = COLUMNS[channel]
        key = self.world.digest(f"xj/{channel}/{plan.seed}/{form}/{note}")
        url = f"http{'s' if host == PORTAL else ''}://{host}/{path}/{moment:%Y%m}/{key}.shtml"
        kind, layout, precision, fate = "article", "ucap", "minute", "loaded_new"
        if host == PORTAL:
            layout = "portal" if rng.random() < 0.75 else "ucap"
            if plan.topic == "policy" and rng.random() < 0.35:
                kind, layout, fate = "image_only", "portal", "image_only"
        elif channel in VSB:
            numbers = int(12 * max(1.0, self.world.scale))
            number = 20_000 + (plan.day - date(2024, 1, 1)).days * numbers + rng.randint(0, numbers - 1)
            while (host, number) in self._numbers:
                number += 1
            self._numbers.add((host, number))
            key = str(number)
            url = f"http://{host}/{path}/{key}.htm"
            layout = rng.choice(("vsb", "vsb", "vsb_bare"))
            precision = rng.choice(("minute", "minute", "day"))
        extra: list[tuple[str, str]] = []
        if channel == "xjyw" and rng.random() < 0.05:
            extra.append(("zcjd", f"https://{host}/xinjiang/zcjd/{moment:%Y%m}/{key}.shtml"))
        elif channel == "xjjh_zxbb" and rng.random() < 0.06:
            extra.append(
                (channel, f"http://{host}/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1012&wbnewsid={key}")
            )
        entry = Entry(
            publisher=self.publisher,
            site=SITES[host],
            key=key,
            url=url,
            kind=kind,
            layout=layout,
            published=moment,
            precision=precision,
            channels=(channel,),
            plan=plan,
            extra_links=tuple(extra),
            form=form,
            fate=fate,
            story_id=story or plan.seed,
            note=note,
        )
        self.entries.append(entry)
        return entry

    def _strangers(self, day: date) -> None:
        world = self.world
        rng = world.rng(f"xinjiang/strangers/{day}")

        def add(kind: str, fate: str, host: str, url: str, key: str, channel: str) -> None:
            self.entries.append(
                Entry(
                    publisher=self.publisher,
                    site=SITES.get(host, "xinjiang"),
                    key=key,
                    url=url,
                    kind=kind,
                    layout=kind,
                    published=world.moment(day, rng),
                    precision="day",
                    channels=(channel,),
                    fate=fate,
                    plan=Plan(f"{world.seed}/xinjiang/{kind}/{day}", "meeting", "xinjiang", day),
                )
            )

        if day.toordinal() % 3 == date(2026, 6, 15).toordinal() % 3:
            key = world.digest(f"xj/challenge/{day}")
            add(
                "challenge", "challenged", BOL, f"http://{BOL}/xjbl/c126850/{day:%Y%m}/{key}.shtml", key, "xjbl_c126850"
            )
        if day.toordinal() % 2:
            number = str(20_000 + (day - date(2024, 1, 1)).days * 12 + 11)
            add(
                "link_only",
                "other_kind",
                JINGHE,
                f"http://{JINGHE}/info/1012/9900{number}.htm",
                f"9900{number}",
                "xjjh_zxbb",
            )
        add(
            "off_site",
            "off_site",
            "www.news.cn",
            f"http://www.news.cn/politics/{day:%Y%m%d}/{world.digest(f'xj/off/{day}')}/c.html",
            world.digest(f"xj/off/{day}"),
            "xjyw",
        )

    # ---- answers ----

    def answer(self, request: Request) -> Answer | None:
        """A listing, its JSON, an article, an attachment."""
        host = request.host if request.host.startswith("www.") else f"www.{request.host}"
        path = request.path
        if path == "/robots.txt":
            return {
                JINGHE: Answer(b"User-agent: *\nCrawl-delay: 0.5\nDisallow: /system/\n", "text/plain", role="robots"),
                PORTAL: Answer(b"User-agent: *\nDisallow: /admin/\nDisallow: /search5/\n", "text/plain", role="robots"),
                BOL: Answer(pages.home(self.world, "xjbl", TITLES["xjbl"], []).encode(), "text/html", role="robots"),
            }.get(host)
        if path in ("/", "/index.htm", "/index.shtml"):
            menu = [
                (column[2], f"{column[1][1:]}.{'htm' if channel in VSB else 'shtml'}")
                for channel, column in COLUMNS.items()
                if column[0] == host
            ]
            key = SITES[host]
            return Answer(pages.home(self.world, key, TITLES[key], menu).encode(), role="other")
        listing = self._lists.answer(host, request)
        if listing is not None:
            return listing
        if "/files/" in path:
            return Answer(b"%PDF-1.4\n% " + path.encode() + b"\n%%EOF\n", "application/octet-stream")
        entry = self._by_path.get((host, path))
        if path == "/content.jsp":
            tree, number = request.query.get("wbtreeid", ""), request.query.get("wbnewsid", "")
            entry = self._by_path.get((host, f"/info/{tree}/{number}.htm"))
        if entry is None or entry.kind == "off_site" or entry.listed_from > request.state:
            return None
        if entry.gone_from is not None and request.state >= entry.gone_from:
            return None
        if entry.kind == "challenge":
            return Answer(pages.yunsuo().encode(), role="article", etag=False)
        if entry.kind == "link_only":
            return Answer(pages.link_only(self.world, entry).encode(), role="article")
        text = self.text(entry, request.state)
        changed = entry.changed(request.state)
        modified = entry.published + timedelta(minutes=4)
        if changed:
            modified = datetime.combine(self.world.today + timedelta(days=changed), time(10), SHANGHAI)
        page = pages.render(self.world, entry, text, TITLES[entry.site], _CODES[entry.site], request.state)
        return Answer(page.encode(), role="article", modified=modified)

    # ---- the truth ----

    def text(self, entry: Entry, state: int) -> Text:
        """What a reader finds on the article's page."""
        told = entry.told(state)
        rng = entry.rng("text")
        title, blocks = told.title, told.blocks
        if "paragraphs" in entry.extra:
            title, blocks = entry.extra["title"], tuple(Block("p", text) for text in entry.extra["paragraphs"])
        directory = entry.url.rsplit(".", 1)[0]
        place = Scene(entry.plan).fill("县", "", rng)
        sources = {
            "xinjiang": ("新疆日报", "天山网", "石榴云/新疆日报", "新疆政府网", "新疆政府网"),
            "xjboz": ("博州融媒体中心", "博州零距离", "", ""),
            "xjbl": ("博乐市融媒体中心", f"{place}人民政府办公室", "", ""),
            "xjjh": ("", "", "", "精河县融媒体中心"),
            "klmy": ("克拉玛依日报", "克拉玛依市融媒体中心", ""),
        }[entry.site]
        attachments: tuple[Attachment, ...] = ()
        pictures: tuple[Picture, ...] = ()
        if entry.layout in ("portal", "ucap"):
            if entry.plan.topic in ("policy", "notice") and rng.random() < 0.5:
                attachments = tuple(
                    Attachment(
                        f"{directory}/files/{self.world.digest(f'file/{entry.key}/{n}')}.{rng.choice(('pdf', 'doc', 'txt', 'xlsx'))}",
                        name,
                    )
                    for n, name in enumerate(
                        rng.sample(
                            ("附件1.申报表", "附件2.实施细则全文", "附件：名单", "附件3.联系方式"), rng.choice((1, 2))
                        )
                    )
                )
            count = rng.randint(3, 9) if entry.kind == "image_only" else rng.choice((0, 0, 1, 2))
            pictures = tuple(
                Picture(f"{directory}/images/{self.world.digest(f'image/{entry.key}/{n}')}.png") for n in range(count)
            )
        elif entry.layout.startswith("vsb") and rng.random() < 0.5:
            pictures = (Picture(f"http://{urlsplit(entry.url).netloc}/__local/{rng.randrange(16**10):010X}.jpg"),)
        writer = person(rng, "xinjiang") if rng.random() < 0.5 else ""
        column = COLUMNS[entry.channels[0]][2]
        crumbs = {
            "xinjiang": ("首页", "信息公开", column),
            "xjjh": ("首页", "专题专栏", column, "正文"),
        }.get(entry.site, ("首页", column))
        return Text(
            title=title,
            blocks=() if entry.kind == "image_only" else blocks,
            source=rng.choice(sources),
            reporters=told.reporters if "paragraphs" not in entry.extra and entry.kind != "image_only" else (),
            # The label of the portal's closing line is 作者, that of the other UCAP portals 责任编辑.
            editor=writer if entry.layout == "ucap" else "",
            authors=(writer,) if writer and entry.layout == "portal" else (),
            pictures=pictures,
            attachments=attachments,
            breadcrumb=crumbs,
            extra={"reviewer": han_name(rng)},
        )
