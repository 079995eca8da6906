# ruff: noqa: E501 -- Chinese characters count double
"""Sina Finance: the roll API with its traps, and what its rows link to."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from urllib.parse import urlsplit

from tests.replica import sina_pages
from tests.replica.model import SHANGHAI, Answer, Entry, Picture, Request, Text, World, plan_changes
from tests.replica.scene import Plan
from tests.replica.sina_roll import API, MOBILE, Roll, publish_id
from tests.replica.vocabulary import han_name

__all__ = ["Sina"]

DESK = "finance.sina.com.cn"

_PATHS = {
    "market": ("stock/jhzx", "stock/stockzmt", "stock/s", "roll"),
    "company": ("stock/s", "chanjing/gsnews", "stock/relnews/hk", "roll"),
    "macro": ("china", "jjxw", "roll", "china/gncj"),
    "bank": ("money/bank/gsdt", "jjxw", "roll"),
    "tech": ("tech", "chanjing/cyxw", "wm"),
}
_TOPICS = (
    "market",
    "company",
    "macro",
    "bank",
    "tech",
    "market",
    "company",
    "macro",
    "bank",
    "agri",
    "tourism",
    "infra",
    "weather",
    "safety",
    "health",
    "education",
    "meeting",
    "aid",
    "ecology",
    "culture",
)


class Sina:
    """feed.mix.sina.com.cn, finance.sina.com.cn, finance.sina.cn and the hosts that its rows lead away to."""

    publisher = "sina_finance"

    def __init__(self, world: World, *, hiccups: bool = True) -> None:
        self.world = world
        self.entries: list[Entry] = []
        for day, count in world.schedule(40, 11):
            self._day(day, count)
        plan_changes(self.entries, world)
        self.hosts = frozenset({API, DESK, MOBILE} | {urlsplit(entry.url).netloc for entry in self.entries})
        self._by_address: dict[tuple[str, str], Entry] = {}
        for entry in self.entries:
            for url in (entry.url, *entry.aliases, *(link for _, link in entry.extra_links)):
                parts = urlsplit(url)
                self._by_address[parts.netloc, parts.path] = entry
        self._roll = Roll(self, hiccups=hiccups)

    # ---- the plan of a day ----

    def _day(self, day: date, count: int) -> None:
        world = self.world
        dense = day in world.dense
        for n in range(count):
            rng = world.rng(f"sina/{day}/{n}")
            topic = _TOPICS[rng.randrange(len(_TOPICS))]
            region = (
                rng.choice(("china", "china", "china", "sichuan", "xinjiang"))
                if topic in _PATHS
                else rng.choice(("china", "sichuan", "xinjiang", "tibet"))
            )
            plan = Plan(f"{world.seed}/sina/{day}/{n}", topic, region, day)
            self._article(plan, world.moment(day, rng, 0 if n % 9 == 0 else 6, 7 if day == world.today else 23), rng)
        if not dense:
            return
        for number, plan in enumerate(world.wire[day]):
            rng = world.rng(f"sina/wire/{day}/{number}")
            form = "full" if number != 1 else "revised"
            self._article(plan, world.moment(day, rng, 9, 20), rng, form=form, layout="v2017", story=plan.seed)
        self._strangers(day)

    def _article(
        self, plan: Plan, moment: datetime, rng: Random, *, form: str = "full", layout: str = "", story: str = ""
    ) -> None:
        if not layout:
            roll = rng.random()
            layout = (
                "v2017"
                if roll < 0.66
                else "v2016"
                if roll < 0.77
                else "gbk2013"
                if roll < 0.88
                else "tech2012"
                if roll < 0.94
                else "mobile"
                if roll < 0.97
                else "flash"
            )
        topic, key = plan.topic, publish_id(rng)
        path = rng.choice(_PATHS.get(topic, ("china", "roll", "jjxw", "wm")))
        if layout == "tech2012":
            path = rng.choice(("tech/it", "tech/t", "tech/roll"))
        day = f"{moment:%Y-%m-%d}"
        url = f"https://{DESK}/{path}/{day}/doc-i{key}.shtml"
        twin = f"https://{MOBILE}/{day}/detail-i{key}.d.html"
        aliases: tuple[str, ...] = (twin,)
        extra: list[tuple[str, str]] = []
        precision = "second"
        if layout == "gbk2013":
            key = f"{moment:%Y%m%d}/{moment:%H%M}{rng.randint(10_000_000, 29_999_999)}"
            url = f"http://{DESK}/{path.split('/')[0]}/{key}.shtml"
            aliases = ()
            precision = "minute"
            plan = Plan(plan.seed, plan.topic, plan.region, plan.day, plan.paragraphs, plan.place, rare_name=True)
        elif layout == "mobile":
            url, aliases = f"{twin}?vt=4", (twin,)
        elif layout in ("tech2012", "v2016"):
            precision = "minute"
        channels = self._channels(topic, rng)
        if layout in ("v2017", "v2016") and rng.random() < 0.06:
            other = (
                f"https://{DESK}/roll/{day}/doc-i{key}.shtml"
                if path != "roll"
                else f"https://{DESK}/wm/{day}/doc-i{key}.shtml"
            )
            extra.append((channels[-1], other))
        elif layout == "v2017" and rng.random() < 0.05:
            extra.append((channels[-1], f"{twin}?vt=4&cid=76729"))
        entry = Entry(
            publisher=self.publisher,
            site="finance",
            key=key,
            url=url,
            kind="article",
            layout=layout,
            published=moment,
            precision=precision,
            channels=channels,
            plan=plan,
            aliases=aliases,
            extra_links=tuple(extra),
            form=form,
            story_id=story or plan.seed,
        )
        self.entries.append(entry)

    @staticmethod
    def _channels(topic: str, rng: Random) -> tuple[str, ...]:
        if topic in ("market", "company"):
            keys = ["stock_all", "roll", rng.choice(("stock_us", "stock_hk", "roll"))]
        elif topic == "macro":
            keys = ["macro", "china_roll"]
        elif topic == "bank":
            keys = ["banking", "china_roll"]
        else:
            keys = ["china_roll", "roll"]
        if rng.random() < 0.85:
            keys.insert(0, "finance_all")
        return tuple(dict.fromkeys(keys))

    def _strangers(self, day: date) -> None:
        """Rows of other hosts and kinds, pages that are gone, and pages that say so with status 200."""
        world = self.world
        rng = world.rng(f"sina/strangers/{day}")
        iso = day.isoformat()

        def add(
            kind: str, fate: str, url: str, key: str, n: int, channels: tuple[str, ...] = ("finance_all", "roll")
        ) -> None:
            topic = rng.choice(("tech", "market", "safety", "macro"))
            self.entries.append(
                Entry(
                    publisher=self.publisher,
                    site="finance",
                    key=key,
                    url=url,
                    kind=kind,
                    layout=kind,
                    published=world.moment(day, rng),
                    precision="second",
                    channels=channels,
                    plan=Plan(f"{world.seed}/sina/{kind}/{day}/{n}", topic, "china", day),
                    fate=fate,
                )
            )

        for n, host in enumerate(("news.sina.com.cn/c", "tech.sina.com.cn/it", "mil.news.sina.com.cn/china")):
            key = publish_id(rng)
            add("off_site", "off_site", f"https://{host}/{iso}/doc-i{key}.shtml", key, n)
        blog = f"{rng.randint(10**9, 7 * 10**9)}_{rng.randrange(16**10):010x}"
        add("off_site", "off_site", f"https://k.sina.com.cn/article_{blog}.html?from=finance", blog, 3, ("roll",))
        slide = f"slide_9_{rng.randint(2000, 90000)}_{rng.randint(100000, 999999)}"
        add("gallery", "gallery", f"http://slide.finance.sina.com.cn/chanjing/{slide}.html", slide, 0)
        key = publish_id(rng)
        if day.toordinal() % 2:
            add("video", "video", f"https://video.sina.com.cn/p/finance/{iso}/detail-i{key}.d.html", key, 0)
        else:
            add("video", "video", f"https://{DESK}/videonews/{iso}/doc-i{key}.shtml", key, 0)
        key = publish_id(rng)
        kind = "gone" if day.toordinal() % 2 else "soft_404"
        add(kind, kind, f"https://{DESK}/roll/{iso}/doc-i{key}.shtml", key, 0, ("roll", "finance_all"))

    # ---- answers ----

    def answer(self, request: Request) -> Answer | None:
        """The API, an article, or what stands in an article's place."""
        if request.path == "/robots.txt":
            if request.host == DESK:
                # A robots.txt without a line: no rules.
                return Answer(b"", "text/plain", role="robots")
            return None
        if request.host == API:
            return self._roll.answer(request) if request.path == "/api/roll/get" else None
        if request.host == DESK and request.path in ("/", "/roll/"):
            return Answer(sina_pages.front(self.world, self.entries).encode(), role="other")
        entry = self._by_address.get((request.host, request.path))
        if entry is None or (entry.gone_from is not None and request.state >= entry.gone_from):
            return None
        if entry.kind == "gone" or entry.listed_from > request.state:
            return None
        if entry.kind == "soft_404":
            return Answer(sina_pages.soft_404().encode(), role="article", etag=False)
        if entry.kind in ("gallery", "video", "off_site"):
            return Answer(sina_pages.stranger(entry).encode(), role="article", modified=entry.published)
        layout = "mobile" if request.host == MOBILE else entry.layout
        return Answer(
            sina_pages.render(self, entry, self.text(entry, request.state), layout, request.state),
            "text/html",
            role="article",
            modified=self._modified(entry, request.state),
        )

    def _modified(self, entry: Entry, state: int) -> datetime:
        changed = entry.changed(state)
        base = entry.published + timedelta(minutes=3)
        if changed:
            base = datetime.combine(self.world.today + timedelta(days=changed), time(6, 30), SHANGHAI)
        return base

    # ---- the truth ----

    def text(self, entry: Entry, state: int) -> Text:
        """What a reader finds on the article's page."""
        told = entry.told(state)
        rng = entry.rng("text")
        title = told.title
        if rng.random() < 0.08:
            title = title.replace("“", '"').replace("”", '"')
        if rng.random() < 0.03:
            title = f"{title}|AI&产业观察"
        form = entry.layout
        # The page names no scheme for its pictures, so they have its own.
        scheme = urlsplit(entry.url).scheme
        pictures = tuple(
            Picture(
                f"{scheme}://n.sinaimg.cn/finance/crawl/{rng.randint(20, 999)}/w{rng.randint(500, 1200)}h{rng.randint(300, 800)}/{entry.day:%Y%m%d}/{rng.randrange(16**12):012x}.jpg",
                rng.choice(
                    (
                        "",
                        f"{told.keywords[0]}资料图",
                        f"图为{told.keywords[-1]}现场。{told.medium}记者 {han_name(rng)} 摄",
                    )
                ),
            )
            for _ in range(0 if form == "flash" else rng.choice((0, 0, 1, 1, 2)))
        )
        original = ""
        if form in ("v2017", "v2016") and rng.random() < 0.4:
            original = rng.choice((title, f"{told.keywords[0]}观察｜{title}", f"{title}（下）"))
        author: tuple[str, ...] = (han_name(rng),) if form == "v2017" and rng.random() < 0.2 else ()
        source = told.medium
        host = {"新京报": "www.bjnews.example", "新疆日报": "www.xjdaily.example"}.get(source, "epaper.media.example")
        editor = "" if rng.random() < 0.06 or form == "mobile" else han_name(rng)
        return Text(
            title=title,
            blocks=told.blocks,
            source=source,
            source_url=f"http://{host}/content/{entry.day:%Y%m}/{rng.randint(10**5, 10**6)}.html"
            if rng.random() < 0.4
            else "",
            original_title=original,
            first_publisher=told.medium if rng.random() < 0.14 and form in ("v2017", "gbk2013") else "",
            authors=author,
            reporters=told.reporters,
            editor=editor,
            keywords=told.keywords,
            pictures=pictures,
            breadcrumb=("财经首页", "国内财经" if entry.plan.topic != "market" else "证券", "正文"),
            modified=(entry.published + timedelta(minutes=rng.randint(2, 90))).replace(microsecond=0)
            if form == "v2017" and rng.random() < 0.6
            else None,
            extra={"editor_code": f"SF{rng.randint(1, 999):03d}" if rng.random() < 0.3 else ""},
        )
