# ruff: noqa: E501 -- the markup stands as it is served
"""The pages of China Tibet Net: TRS lists, articles on one page or several, the page of about 2015."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.replica.chrome import footer_links, inline_styles, link_list, scripts, stylesheets
from tests.replica.model import Entry, Picture, Text, World, esc
from tests.replica.stories import Block, title_of

if TYPE_CHECKING:
    from tests.replica.tibet import Tibet

__all__ = ["BARE", "COLUMNS", "M1", "MEDIA", "PAGE_ROWS", "WWW", "article", "gallery", "home", "list_page", "old2015"]

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


def home(world: World) -> str:
    weight = _weight(world)
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>中国西藏网</title>{weight["head"]}</head><body>{weight["nav"]}{weight["foot"]}</body></html>'


def list_page(world: World, directory: str, rows: list[tuple[Entry, str]], number: int, pages: int) -> str:
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


def article(site: Tibet, entry: Entry, text: Text, part: int, state: int) -> str:
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


def old2015(site: Tibet, entry: Entry, text: Text) -> str:
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


def gallery(entry: Entry) -> str:
    title = esc(title_of(entry.plan))
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_图片_中国西藏网</title></head><body><div class="photo">'
        f'<h1>{title}</h1><ul id="thumbs">{"".join(f"<li><img src=./{n}.jpg></li>" for n in range(1, 10))}</ul></div></body></html>'
    )
