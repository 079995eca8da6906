# ruff: noqa: E501 -- the markup stands as it is served
"""China Tibet Net: TRS listings, articles on one page or several, and the page of about 2015."""

from __future__ import annotations

import functools
from datetime import date, datetime, time, timedelta
from random import Random
from urllib.parse import urlsplit

from tests.replica.chrome import footer_links, inline_styles, link_list, scripts, stylesheets
from tests.replica.model import (
    SHANGHAI,
    Answer,
    Entry,
    Picture,
    Request,
    Text,
    World,
    esc,
    listed_page,
    paged,
    plan_changes,
)
from tests.replica.stories import Block, Plan, title_of
from tests.replica.vocabulary import WORDS, han_name

__all__ = ["Tibet"]

WWW, BARE, M1, MEDIA = "www.tibet.cn", "tibet.cn", "m1.tibet.cn", "media.tibet.cn"
PAGE_ROWS = 24

# directory -> (channel key, name, articles a dense day, topics). 地方 is found only by the menu of 即时新闻.
COLUMNS: dict[str, tuple[str, str, int, tuple[str, ...]]] = {
    "/cn/Instant/": ("instant", "即时新闻", 5, ("meeting", "infra", "health", "weather", "education", "safety")),
    "/cn/Instant/difang/": (
        "difang",
        "地方",
        7,
        ("agri", "infra", "meeting", "health", "weather", "tourism", "ecology"),
    ),
    "/cn/Instant/domestic/": ("domestic", "国内", 3, ("macro", "tech", "education", "safety")),
    "/cn/news/yc/": ("yc", "原创", 4, ("culture", "people", "festival", "tourism")),
    "/cn/news/zx/": ("zx", "资讯", 4, ("aid", "ecology", "agri", "culture")),
    "/cn/news/zcdt/": ("zcdt", "政策动态", 2, ("policy", "meeting")),
    "/cn/politics/": ("politics", "时政", 3, ("meeting", "aid", "infra")),
}
_COUNT = sum(column[2] for column in COLUMNS.values())
_NAV = [
    "首页|/",
    "新闻|/cn/news/",
    "时政|/cn/politics/",
    "即时新闻|/cn/Instant/",
    "文化|/cn/culture/",
    "援藏|/cn/aid_tibet/",
    "旅游|/cn/travel/",
    "藏医药|/cn/medicine/",
    "理论|/cn/theory/",
    "新发现|/cn/rediscovery/",
    "宗教|/cn/religion/",
    "科技|/cn/tech/",
    "图书|/cn/book/",
    "视频|/cn/vg/",
    "数据库|/cn/data/",
    "教育|/cn/edu/",
    "生态|/cn/ecology/",
    "扶贫|/cn/fp/",
]


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
            return Answer(_gallery(entry).encode(), role="article") if entry else None
        listing = self._listing(request)
        if listing is not None:
            return Answer(listing.encode(), role="listing", modified=None, etag=False)
        if path == "/":
            return Answer(_home(self.world).encode())
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
            _old2015(self, found, text)
            if found.layout == "old2015"
            else _article(self, found, text, part, request.state)
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
        return None if found is None else _list_page(self.world, known, found[0], number, found[1])

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


# ---- pages ----


@functools.cache
def _weight(world: World) -> dict[str, str]:
    rng = world.rng("chrome/tibet")
    nav = "".join(f'<li><a href="{href}">{name}</a></li>' for name, href in (item.split("|") for item in _NAV))
    return {
        "head": stylesheets(rng, "images", 4) + inline_styles(rng, 60) + scripts(rng, 5),
        "nav": f'<div class="header"><div class="logo"><a href="/"><img src="/images/logo.png" alt="中国西藏网"></a></div>'
        f'<ul class="nav clearfix">{nav}</ul><div class="search"><input type="text" id="searchword" value="请输入关键词"></div></div>',
        "foot": scripts(rng, 7)
        + f'<div class="links"><ul>{footer_links(rng, 16)}</ul></div><div class="footer"><p>关于我们 | 联系方式 | 版权声明 | 网站地图</p>'
        "<p>互联网新闻信息服务许可证 网上有害信息举报专区 违法和不良信息举报电话</p><p>版权所有：中国西藏网 保留所有权利</p></div>",
    }


def _menu(here: str) -> str:
    subs = [
        (directory, column[1])
        for directory, column in COLUMNS.items()
        if directory.startswith("/cn/Instant/") and directory != "/cn/Instant/"
    ]
    items = "".join(
        f'<li{" class=cur" if directory == here else ""}><a href="{directory}">{name}</a></li>'
        for directory, name in subs
    )
    return f'<div class="sidenav"><h3><a href="/cn/Instant/">即时新闻</a></h3><ul>{items}<li><a href="/cn/Instant/gj/">国际</a></li></ul></div>'


def _home(world: World) -> str:
    weight = _weight(world)
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>中国西藏网</title>{weight["head"]}</head><body>{weight["nav"]}{weight["foot"]}</body></html>'


def _list_page(world: World, directory: str, rows: list[tuple[Entry, str]], number: int, pages: int) -> str:
    weight = _weight(world)
    name = COLUMNS[directory][1]
    items = []
    for entry, url in rows:
        parts = urlsplit(url)
        href = url
        if parts.netloc == WWW and parts.path.startswith(directory):
            href = "./" + parts.path.removeprefix(directory)
        elif parts.netloc == WWW and entry.rng("href").random() < 0.5:
            href = parts.path
        items.append(f'<li><h4><a href="{href}" target="_blank">{esc(title_of(entry.plan))}</a></h4></li>')
    menu = _menu(directory) if directory.startswith("/cn/Instant/") else ""
    first = link_list(
        [("中国西藏网微信公众号", "http://mp.weixin.example.invalid/"), ("网站声明", "/cn/about/")], "side", "推荐"
    )
    return f"""<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>{name}_中国西藏网</title>
{weight["head"]}
</head>
<body>
{weight["nav"]}
<div class="wrap"><div class="weizhi">您当前的位置：<a href="/">中国西藏网</a> &gt; <a href="{directory}">{name}</a></div></div>
<div class="content clearfix"><div class="left">
<div class="listnews"><ul>
{chr(10).join(items)}
</ul></div>
<div class="page" id="pages"><script>
createPageHTML({pages}, {number}, "index", "html");
</script></div>
</div><div class="right">{menu}{first}</div></div>
{weight["foot"]}
</body></html>
"""


def _paragraphs(entry: Entry, text: Text, blocks: list[Block], pictures: list[Picture]) -> str:
    rng = entry.rng("body")
    align = rng.choice(('align="center"', 'style="text-align: center"'))
    out = []
    for n, block in enumerate(blocks):
        if block.kind == "h":
            out.append(f"<p>　　<strong>{esc(block.text)}</strong></p>")
        elif entry.layout == "union":
            out.append(
                f'<p style="text-indent: 2em; line-height: 1.75em;"><span style="font-size: 16px; font-family: 宋体, SimSun;">{esc(block.text)}</span></p>'
            )
        else:
            out.append(f"<p>　　{esc(block.text)}</p>")
        if pictures and n in (0, 2):
            picture = pictures.pop(0)
            out.append(f'<p {align}><img src="./{picture.url.rsplit("/", 1)[-1]}" width="600" alt="" /></p>')
            if picture.caption:
                out.append(f'<p class="img_caption" {align}>{esc(picture.caption)}</p>')
    return "\n".join(out)


def _article(site: Tibet, entry: Entry, text: Text, part: int, state: int) -> str:
    weight = _weight(site.world)
    total = entry.extra.get("pages", 1)
    blocks = list(text.blocks)
    size = -(-len(blocks) // total)
    mine = blocks[part * size : (part + 1) * size]
    body = _paragraphs(entry, text, mine, list(text.pictures) if part == 0 else [])
    if entry.layout == "trs_editor":
        body = f'<div class="TRS_Editor"><style type="text/css">.TRS_Editor P{{margin-top:0;margin-bottom:1em}}</style>\n{body}\n</div>'
    elif entry.layout == "union":
        body = f'<div class="Custom_UnionStyle">\n{body}\n</div>'
    stamp = (
        f"{entry.published:%Y-%m-%d %H:%M:%S}" if entry.precision == "second" else f"{entry.published:%Y-%m-%d %H:%M}"
    )
    gap = entry.rng("gap").choice(("", " ", "\n"))
    author = text.authors[0] if text.authors else ""
    crumbs = " &gt; ".join(f'<a href="#">{name}</a>' for name in text.breadcrumb)
    name = entry.url.rsplit("/", 1)[-1].removesuffix(".html")
    pager = (
        f'<div class="page"><script>createPageHTML({total},{part},"{name}","html");</script></div>' if total > 1 else ""
    )
    editor = f"<p>(责编： {text.editor})</p>" if text.editor and part == total - 1 else ""
    rng = entry.rng("related")
    related = [site.entries[rng.randrange(len(site.entries))] for _ in range(8)]
    touched = f"<!-- {state} -->" if entry.touched_from is not None and state >= entry.touched_from else ""
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>{esc(text.title)}_{text.breadcrumb[-1]}_中国西藏网</title>
{weight["head"]}
</head>
<body>{touched}
{weight["nav"]}
<div class="wrap"><div class="weizhi">您当前的位置：{crumbs}</div></div>
<div class="content">
<div class="title_box"><h2>{esc(text.title)}</h2>
<div class="info"><span>作者：{author}</span>{gap}<span>发布时间：{stamp}</span>{gap}<span>来源： {text.source}</span></div></div>
<div class="left"><div id="text" class="text botborder">
{body}
{editor}
{pager}
<div class="content_banquan"><p>版权声明：凡注明“来源：中国西藏网”或“中国西藏网文”的所有作品，版权归高原（北京）文化传播有限公司。任何媒体转载、摘编、引用，须注明来源中国西藏网和署著作者名，否则将追究相关法律责任。</p></div>
</div>
<div class="bshare">分享到：<a href="#">微信</a><a href="#">微博</a><a href="#">QQ空间</a></div>
{link_list([(esc(title_of(e.plan)), e.url) for e in related], "xgxw", "相关阅读")}
</div>
<div class="right">{_menu(entry.url)}</div></div>
{weight["foot"]}
</body></html>
"""


def _old2015(site: Tibet, entry: Entry, text: Text) -> str:
    weight = _weight(site.world)
    body = _paragraphs(entry, text, list(text.blocks), list(text.pictures))
    editor = f"<p>(责编： {text.editor})</p>" if text.editor else ""
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>{esc(text.title)}_中国西藏网</title>
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="wrap"><div>您当前的位置：<a href="/">中国西藏网</a> &gt; <a href="/news/">{text.breadcrumb[-1]}</a></div></div>
<div class="content"><div class="title_box"><h2>{esc(text.title)}</h2>
<div class="info"><span>发布时间：{entry.published:%Y-%m-%d %H:%M}</span><span>来源：{text.source}</span></div></div>
<div class="text botborder">
{body}
{editor}
</div></div>
{weight["foot"]}
</body></html>
"""


def _gallery(entry: Entry) -> str:
    title = esc(title_of(entry.plan))
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_图片_中国西藏网</title></head><body><div class="photo">'
        f'<h1>{title}</h1><ul id="thumbs">{"".join(f"<li><img src=./{n}.jpg></li>" for n in range(1, 10))}</ul></div></body></html>'
    )
