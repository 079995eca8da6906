# ruff: noqa: E501 -- the markup stands as it is served
"""What Sina's pages have around an article, and how its body is marked up."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tests.replica.chrome import footer_links, inline_styles, link_list, scripts
from tests.replica.model import Entry, Text, World, esc
from tests.replica.stories import title_of
from tests.replica.vocabulary import WORDS

if TYPE_CHECKING:
    from tests.replica.sina import Sina

__all__ = ["body_of", "nav", "related", "weight_of"]


@functools.cache
def weight_of(world: World, name: str) -> dict[str, str]:
    rng = world.rng(f"chrome/sina/{name}")
    heavy = name != "mobile"
    return {
        "css": "\n".join(inline_styles(rng, 380 if heavy else 40) for _ in range(2)),
        "head": scripts(rng, 14 if heavy else 5),
        "mid": scripts(rng, 20 if heavy else 4),
        "foot": scripts(rng, 12 if heavy else 4) + f'<ul class="friend">{footer_links(rng, 14)}</ul>',
    }


_NAV = [
    "首页",
    "新闻",
    "财经",
    "股票",
    "行情",
    "基金",
    "港股",
    "美股",
    "外汇",
    "黄金",
    "期货",
    "债券",
    "理财",
    "银行",
    "保险",
    "信托",
    "科技",
    "汽车",
    "房产",
    "博客",
    "微博",
    "教育",
    "时尚",
    "体育",
    "娱乐",
]


def nav() -> str:
    links = "".join(f'<li><a href="https://finance.sina.com.cn/{n}/">{name}</a></li>' for n, name in enumerate(_NAV))
    return (
        f'<div class="top-banner"><div id="top_bar" class="header"><ul class="main-nav">{links}</ul>'
        '<div class="search"><form action="https://search.sina.com.cn/"><input name="q" value="请输入关键字"></form></div>'
        '<div class="outlogin"><a class="login_btn" href="javascript:;">登录</a><a href="#">移动客户端</a></div></div></div>'
    )


def related(site: Sina, entry: Entry, head: str, cls: str, count: int) -> str:
    rng = entry.rng(f"related/{cls}")
    rows = []
    for _ in range(count):
        other = site.entries[rng.randrange(len(site.entries))]
        rows.append((esc(title_of(other.plan)).replace('"', "&quot;"), other.url))
    return link_list(rows, cls, head)


def _quote(entry: Entry, state: int) -> str:
    rng = entry.rng(f"quote/{state if entry.touched_from is not None and state >= entry.touched_from else 0}")
    price = rng.uniform(3, 180)
    return f"({price:.2f}, {rng.uniform(-4, 4):.2f}, {rng.uniform(-9, 9):.2f}%)"


def _paragraph(entry: Entry, text: str, state: int, n: int, keywords: tuple[str, ...], style: str) -> str:
    body = esc(text)
    rng = entry.rng(f"inline/{n}")
    if n == 1 and rng.random() < 0.25:
        for word in keywords:
            if word in text:
                code = f"s{rng.choice('hz')}{rng.choice(('600', '300', '000'))}{rng.randint(100, 999)}"
                link = (
                    f'<span id="stock_{code}"><a href="https://finance.sina.com.cn/realstock/company/{code}/nc.shtml" '
                    f'class="keyword" target="_blank">{esc(word)}</a></span><span id=quote_{code}>{_quote(entry, state)}</span>'
                )
                body = body.replace(esc(word), link, 1)
                break
    return f"<p{style}>　　{body}</p>"


def body_of(entry: Entry, text: Text, state: int, *, style: str = ' cms-style="font-L"') -> str:
    rng = entry.rng("body")
    out: list[str] = []
    pictures = list(text.pictures)
    for n, block in enumerate(text.blocks):
        if block.kind == "h":
            out.append(f'<p{style}>　　<font cms-style="font-L strong-Bold">{esc(block.text)}</font></p>')
            continue
        out.append(_paragraph(entry, block.text, state, n, text.keywords, style))
        if n == 2 and rng.random() < 0.12:
            out.append(
                '<div class="hqimg_wrapper" data-sudaclick="hqimg"><a href="#"><img src="//image.sinajs.cn/newchart/min/n/'
                f'sh{rng.randint(600000, 603999)}.gif" alt="分时图"></a></div><div class="hqimg_related"><span>相关证券：</span>'
                f'<a href="#">{esc(rng.choice(WORDS["行业"]))}ETF</a></div>'
            )
        if pictures and n in (0, 3):
            picture = pictures.pop(0)
            caption = f'<span class="img_descr">{esc(picture.caption)}</span>' if picture.caption else ""
            out.append(
                f'<div class="img_wrapper"><img src="{picture.url.split(":", 1)[1]}" alt="{esc(picture.caption)}" '
                f'data-mcesrc="x">{caption}</div>'
            )
    for picture in pictures:
        caption = f'<span class="img_descr">{esc(picture.caption)}</span>' if picture.caption else ""
        out.append(f'<div class="img_wrapper"><img src="{picture.url.split(":", 1)[1]}" alt="">{caption}</div>')
    return "\n".join(out)
