# ruff: noqa: E501 -- Chinese characters count double
"""The weight and mess around an article: style sheets, scripts, menus, share boxes, lists, footers.

Made up by a seeded generator once per site, so that a page is as heavy as a real one and costs nothing to write.
"""

from __future__ import annotations

from random import Random

__all__ = ["footer_links", "inline_styles", "link_list", "scripts", "stylesheets"]

_CSS_WORDS = [
    "box",
    "wrap",
    "item",
    "list",
    "nav",
    "top",
    "left",
    "right",
    "hd",
    "bd",
    "ft",
    "tab",
    "cont",
    "tit",
    "txt",
    "pic",
    "btn",
    "layer",
    "mask",
    "menu",
    "login",
    "share",
    "card",
    "hot",
    "rank",
    "ad",
    "pop",
]
_CSS_RULES = (
    "margin:{a}px {b}px;padding:{b}px 0",
    "float:left;width:{c}px;height:{a}px;overflow:hidden",
    "background:url(//i.example.invalid/img/{c}.png) no-repeat {a}px -{b}px",
    "color:#{hex};font-size:{a}px;line-height:{b}px",
    "position:absolute;left:{a}px;top:{b}px;z-index:{c}",
    "border:1px solid #{hex};border-radius:{a}px;-webkit-border-radius:{a}px",
    "display:inline-block;*display:inline;*zoom:1;vertical-align:middle",
)
_JS_NAMES = [
    "init",
    "load",
    "render",
    "bind",
    "track",
    "report",
    "cookie",
    "layer",
    "slide",
    "share",
    "login",
    "rank",
    "tab",
    "lazy",
    "pv",
    "ad",
    "queue",
    "play",
    "stat",
    "user",
]
_SITES = [
    "中国政府网|http://www.gov.cn/",
    "新华网|http://www.news.cn/",
    "人民网|http://www.people.com.cn/",
    "央视网|http://www.cctv.com/",
    "国家发展改革委|https://www.ndrc.gov.cn/",
    "财政部|http://www.mof.gov.cn/",
    "教育部|http://www.moe.gov.cn/",
    "水利部|http://www.mwr.gov.cn/",
    "农业农村部|http://www.moa.gov.cn/",
    "商务部|http://www.mofcom.gov.cn/",
    "生态环境部|https://www.mee.gov.cn/",
    "北京|http://www.beijing.gov.cn/",
    "上海|https://www.shanghai.gov.cn/",
    "广东|http://www.gd.gov.cn/",
    "浙江|https://www.zj.gov.cn/",
    "江苏|http://www.jiangsu.gov.cn/",
    "甘肃|http://www.gansu.gov.cn/",
    "青海|http://www.qinghai.gov.cn/",
    "陕西|http://www.shaanxi.gov.cn/",
    "云南|http://www.yn.gov.cn/",
    "重庆|http://www.cq.gov.cn/",
    "贵州|http://www.guizhou.gov.cn/",
]


def stylesheets(rng: Random, prefix: str, count: int) -> str:
    """Links to style sheets that are never served."""
    return "\n".join(
        f'<link rel="stylesheet" type="text/css" href="/{prefix}/css/{rng.choice(_CSS_WORDS)}{rng.randint(1, 99)}.css?v={rng.randint(100, 999)}">'
        for _ in range(count)
    )


def inline_styles(rng: Random, rules: int) -> str:
    """One `<style>` element with so many rules."""
    lines = []
    for _ in range(rules):
        selector = " ".join(f".{rng.choice(_CSS_WORDS)}-{rng.choice(_CSS_WORDS)}" for _ in range(rng.randint(1, 3)))
        body = rng.choice(_CSS_RULES).format(
            a=rng.randint(0, 60), b=rng.randint(0, 40), c=rng.randint(10, 999), hex=f"{rng.randrange(16**6):06x}"
        )
        lines.append(f"{selector}{{{body}}}")
    return '<style type="text/css">\n' + "\n".join(lines) + "\n</style>"


def scripts(rng: Random, count: int) -> str:
    """Script elements: some by address, most inline, with markup inside their strings as real ones have."""
    out = []
    for _ in range(count):
        name = f"{rng.choice(_JS_NAMES)}{rng.choice(_JS_NAMES).title()}"
        if rng.random() < 0.35:
            out.append(
                f'<script type="text/javascript" src="/js/{name}.{rng.randrange(16**8):08x}.js" charset="utf-8"></script>'
            )
            continue
        lines = [f"(function(w,d){{var {name}={{ver:'{rng.randint(1, 9)}.{rng.randint(0, 20)}',debug:false}};"]
        for _ in range(rng.randint(3, 9)):
            field = rng.choice(_JS_NAMES)
            lines.append(
                rng.choice(
                    (
                        f"{name}.{field}=function(e){{if(!e||e.nodeType!==1)return;return e.getAttribute('data-{field}')||''}};",
                        f"{name}.{field}Html='<div class=\"{field}-box\"><p>'+({name}.{field}Text||'加载中...')+'</p></div>';",
                        f"if(d.cookie.indexOf('{field}=')<0&&Math.random()<{rng.random():.3f}){{new Image().src='//beacon.example.invalid/{field}.gif?'+(+new Date())}}",
                        f"w.{name}_{field}=w.{name}_{field}||[];w.{name}_{field}.push(['_set{field.title()}',{rng.randint(1, 99999)}]);",
                    )
                )
            )
        lines.append("})(window,document);")
        out.append('<script type="text/javascript">\n' + "\n".join(lines) + "\n</script>")
    return "\n".join(out)


def link_list(rows: list[tuple[str, str]], cls: str, head: str) -> str:
    """A box of links, such as 热门推荐."""
    items = "".join(f'<li><a href="{href}" target="_blank" title="{title}">{title}</a></li>' for title, href in rows)
    return f'<div class="{cls}"><h3>{head}</h3><ul>{items}</ul></div>'


def footer_links(rng: Random, count: int) -> str:
    """友情链接: other governments and media, as drop-down lists at the foot of a page."""
    picked = [site.split("|") for site in (rng.sample(_SITES, min(count, len(_SITES))))]
    return "".join(
        f'<li><a target="_blank" href="{href}" onclick="if(confirm(\'您即将离开本网站，是否继续？\')==false)return false;">{name}</a></li>'
        for name, href in picked
    )
