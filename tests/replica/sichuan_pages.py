# ruff: noqa: E501 -- the markup stands as it is served
"""The pages of Sichuan's government: the lists of its columns in three markups, articles of four layouts."""

from __future__ import annotations

import functools
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.replica.chrome import footer_links, inline_styles, link_list, scripts, stylesheets
from tests.replica.model import Entry, Text, World, esc
from tests.replica.stories import title_of

if TYPE_CHECKING:
    from tests.replica.sichuan import Sichuan

__all__ = ["COLUMNS", "HOST", "NAMES", "PAGE_ROWS", "home", "list_page", "render"]

HOST = "www.sc.gov.cn"
PAGE_ROWS = 30
# list path -> (channel, name, articles a dense day, column path, markup, topics)
COLUMNS: dict[str, tuple[str, str, int, str, str, tuple[str, ...]]] = {
    "/10462/10464/10797/jrsc_list": (
        "jrsc",
        "今日四川",
        6,
        "10462/10464/10797",
        "ul",
        ("infra", "agri", "tourism", "tech", "education", "ecology"),
    ),
    "/10462/10464/10465/10595/list_ft": (
        "szdt",
        "市州动态",
        7,
        "10462/10464/10465/10595",
        "ul",
        ("meeting", "health", "agri", "infra", "safety", "weather", "festival"),
    ),
    "/10462/10464/10465/10574/list_ft": (
        "bmdt",
        "部门动态",
        5,
        "10462/10464/10465/10574",
        "ul",
        ("meeting", "education", "ecology", "safety", "tech"),
    ),
    "/10462/12771/list_ft": ("rdgz", "热点关注", 3, "10462/12771", "ul", ("weather", "health", "macro", "tourism")),
    "/10462/13241/list": ("zywj", "党中央国务院信息", 2, "10462/13241", "table", ("macro", "meeting", "policy")),
    "/10462/10684/12419/list_ft": (
        "zxwj",
        "最新文件",
        2,
        "10462/10684/12419",
        "policy",
        ("policy", "policy", "notice"),
    ),
    "/10462/13298/13299/zcjd_list": ("zcjd", "政策解读", 1, "10462/13298/13299", "ul", ("policy", "education")),
}
NAMES = {column[0]: column for column in COLUMNS.values()}
_TITLES = {"new": "_四川省人民政府", "policy": " - 四川省政府信息公开", "old": "- 四川省人民政府网站"}


@functools.cache
def _weight(world: World) -> dict[str, str]:
    rng = world.rng("chrome/sichuan")
    menu = "".join(f'<li><a href="{stem}.shtml">{column[1]}</a></li>' for stem, column in COLUMNS.items())
    tail = [
        "省政府",
        "政务公开",
        "政务服务",
        "政民互动",
        "数据",
        "四川概况",
        "专题专栏",
        "无障碍",
        "关怀版",
        "繁體",
        "手机版",
        "邮箱登录",
    ]
    menu += "".join(f'<li><a href="/10462/wza2012/{n}.shtml">{name}</a></li>' for n, name in enumerate(tail))
    return {
        "head": stylesheets(rng, "images/scszf", 5) + inline_styles(rng, 70) + scripts(rng, 6),
        "nav": f'<div class="top"><span class="fl">今天是</span><div class="weather">天气预报</div></div><div id="header"><div class="nav"><ul>{menu}</ul></div>'
        '<form action="/search5/"><input name="q" placeholder="请输入关键字"></form></div>',
        "foot": f'<div class="yqlj"><h3>友情链接</h3><ul>{footer_links(rng, 18)}</ul></div>'
        '<div id="footer"><p>主办单位：四川省人民政府办公厅</p><p>运行维护单位：四川省政务服务和资源交易服务中心</p><p>微信 微博 客户端 头条号 手机版 电脑版</p>'
        "<p>网站标识码：5100000062　蜀ICP备　川公网安备</p></div>" + scripts(rng, 8),
    }


def home(world: World) -> str:
    """The front page, which leads to every column."""
    weight = _weight(world)
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>四川省人民政府</title>{weight["head"]}</head><body>{weight["nav"]}{weight["foot"]}</body></html>'


def list_page(world: World, stem: str, rows: list[tuple[Entry, str]], number: int, pages: int, total: int) -> str:
    _, name, _, _, markup, _ = COLUMNS[stem]
    weight = _weight(world)
    items = []
    for entry, url in rows:
        parts = urlsplit(url)
        href = parts.path if parts.netloc == HOST else url
        title = esc(entry.extra.get("title") or title_of(entry.plan)).replace('"', "&quot;")
        if markup == "table":
            items.append(
                f'<tr><td width="14">·</td><td><a title="{title}" href="{href}" target="_blank">{title}</a></td><td><font color="#999">({entry.published:%m-%d})</font></td></tr>'
            )
        elif markup == "policy":
            items.append(
                f'<li><span class="lie1">{len(items) + 1 + (number - 1) * PAGE_ROWS}</span><span class="lie2"><a href="{href}" title="{title}" target="_blank">{title}</a></span><span class="lie3">川办发</span><span class="lie4">{entry.published:%Y-%m-%d}</span></li>'
            )
        else:
            items.append(
                f'<li><a title="{title}" href="{href}" target="_blank">{title}</a><span>({entry.published:%Y-%m-%d})</span></li>'
            )
    inner = "\n".join(items)
    if markup == "table":
        body = f'<table id="dash-table" width="100%" border="0" cellspacing="0" cellpadding="0">\n{inner}\n</table>'
    elif markup == "policy":
        body = f'<div class="biaotou"><span class="lie1">序号</span><span class="lie2">标题</span><span class="lie3">文号</span><span class="lie4">发布日期</span></div><div class="biaobody">\n{inner}\n</div>'
    else:
        body = f'<div id="dash-table"><ul class="mytabul">\n{inner}\n</ul></div>'
    prefix = stem.rsplit("/", 1)[-1]
    return f"""<!DOCTYPE html>
<html><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<meta name="SiteName" content="四川省人民政府"><meta name="SiteDomain" content="www.sc.gov.cn"><meta name="SiteIDCode" content="5100000062">
<meta name="ColumnName" content="{name}"><meta name="ColumnType" content="{name}">
<title>{name}_四川省人民政府</title>
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="dqwz">当前位置：<a href="/">首页</a> &gt; <a href="{stem}.shtml">{name}</a></div>
<div class="main">{body}
<div id="page_div" class="pagination_index"><script>createPageHTML('page_div',{pages}, {number},'{prefix}','shtml',{total});</script><span class="pagination_index_last">共{pages}页</span></div>
</div>
{weight["foot"]}
</body></html>
"""


def _metas(entry: Entry, text: Text) -> str:
    return f"""<meta name="SiteName" content="四川省人民政府">
<meta name="SiteDomain" content="www.sc.gov.cn">
<meta name="SiteIDCode" content="5100000062">
<meta name="ColumnName" content="{text.breadcrumb[-1]}">
<meta name="ColumnType" content="{text.breadcrumb[-1]}">
<meta name="ArticleTitle" content="{esc(text.title).replace('"', "&quot;")}">
<meta name="PubDate" content="{entry.published:%Y-%m-%d %H:%M}">
<meta name="ContentSource" content="{text.source}">
<meta name="Keywords" content="">
<meta name="Author" content="">
<meta name="Description" content="{esc(text.paragraphs[0][:80])}">"""


def _body(entry: Entry, text: Text) -> str:
    out, pictures = [], list(text.pictures)
    for n, block in enumerate(text.blocks):
        inner = f"<strong>{esc(block.text)}</strong>" if block.kind == "h" else esc(block.text)
        out.append(
            f'<p style="text-indent: 2em;">{inner}</p>' if entry.rng("style").random() < 0.5 else f"<p>　　{inner}</p>"
        )
        if pictures and n in (0, 2):
            name = "/".join(pictures.pop(0).url.rsplit("/", 3)[-3:])
            out.append(f'<p style="text-align: center;"><img src="{name}" title="" alt=""/></p>')
    out.extend(
        f'<p style="text-align: center;"><img src="{"/".join(p.url.rsplit("/", 3)[-3:])}" alt=""/></p>'
        for p in pictures
    )
    return "\n".join(out)


def _attachments(text: Text) -> str:
    if not text.attachments:
        return ""
    rows = "".join(
        f'<p><a href="{"/".join(file.url.rsplit("/", 3)[-3:])}" title="{file.name}" target="_blank">{file.name}</a></p>'
        for file in text.attachments
    )
    return f'<div id="cmspro_appendixs"><h3>附件下载</h3>{rows}</div>'


def _one(entry: Entry, text: Text, suffix: str = "") -> str:
    moment = entry.published
    editor = f'<p class="zrbj">责任编辑: {text.editor}</p>' if text.editor else '<p class="zrbj">责任编辑: </p>'
    return f"""<div id="articlecontent{suffix}"><h2><UCAPTITLE>{esc(text.title)}</UCAPTITLE></h2>
<ul id="articleattribute{suffix}"><li>{moment.year}年{moment.month:02d}月{moment.day:02d}日 {moment.hour:02d}时{moment.minute:02d}分</li><li>来源: {text.source}</li><li>【字体: <a href="javascript:;">大</a> <a href="javascript:;">中</a> <a href="javascript:;">小</a>】</li></ul>
<div id="cmsArticleContent{suffix}" class="cmsArticleContent"><UCAPCONTENT>{_body(entry, text)}</UCAPCONTENT></div>
{_attachments(text)}
{editor}
<div class="ewm"><img src="/images/ewm.png"><p>扫一扫在手机打开当前页</p></div></div>"""


def _related(site: Sichuan, entry: Entry) -> str:
    rng = entry.rng("related")
    picked = [site.entries[rng.randrange(len(site.entries))] for _ in range(6)]
    return link_list(
        [(esc(title_of(e.plan)).replace('"', "&quot;"), e.url) for e in picked], "cmspro_reldocuments", "相关信息"
    )


def _new(site: Sichuan, entry: Entry, text: Text, state: int, *, copies: int = 1) -> str:
    weight = _weight(site.world)
    touched = state if entry.touched_from is not None and state >= entry.touched_from else 0
    second = "" if copies == 1 else f'<div class="phone_wrap" style="display:none">{_one(entry, text, "2")}</div>'
    return f"""<!DOCTYPE html>
<html><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<meta http-equiv="X-UA-Compatible" content="IE=edge">
{_metas(entry, text)}
<meta name="others" content="页面生成时间 {entry.published + timedelta(hours=touched, seconds=41):%Y-%m-%d %H:%M:%S}">
<title>{esc(text.title)}{_TITLES["new"]}</title>
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="dqwz">您现在的位置：{" &gt; ".join(f'<a href="#">{name}</a>' for name in text.breadcrumb)} &gt; 正文</div>
<div class="content pc_wrap">{_one(entry, text)}
<div class="fenxiang">分享到: <a href="#">微信</a> <a href="#">微博</a> <a href="javascript:window.print()">打印</a> <a href="javascript:window.close()">关闭</a></div></div>
{second}
{_related(site, entry)}
{weight["foot"]}
</body></html>
"""


def _twice(site: Sichuan, entry: Entry, text: Text, state: int) -> str:
    return _new(site, entry, text, state, copies=2)


def _policy(site: Sichuan, entry: Entry, text: Text, state: int) -> str:
    weight = _weight(site.world)
    cells = list(text.document.items())
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td bgcolor="#fbfbfb" width="12%">{name}：</td><td>{f"<span class=n_wh>{value}</span>" if name == "文号" else f"<span id=invalidTime>{value}</span>" if name == "有效性" else value}</td>'
            for name, value in cells[i : i + 2]
        )
        + "</tr>"
        for i in range(0, len(cells), 2)
    )
    moment = entry.published
    shown = f"{moment:%Y-%m-%d}" if entry.precision == "day" else f"{moment:%Y-%m-%d %H:%M}"
    metas = _metas(entry, text).replace(f"{moment:%Y-%m-%d %H:%M}", shown)
    return f"""<!DOCTYPE html>
<html><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
{metas}
<title>{esc(text.title)}{_TITLES["policy"]}</title>
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="zcwj"><table class="wjtable" width="100%" border="1" cellspacing="0"><tbody>{rows}</tbody></table>
<div id="articlecontent"><h2><UCAPTITLE>{esc(text.title)}</UCAPTITLE></h2>
<ul id="articleattribute"><li>{shown}</li><li>来源: {text.source}</li><li>【字体: 大 中 小】</li></ul>
<div id="cmsArticleContent"><UCAPCONTENT>{_body(entry, text)}</UCAPCONTENT></div>
{_attachments(text)}
</div></div>
{weight["foot"]}
</body></html>
"""


def _old(site: Sichuan, entry: Entry, text: Text, state: int) -> str:
    weight = _weight(site.world)
    moment = entry.published
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<title>{esc(text.title)}{_TITLES["old"]}</title>
{weight["head"]}
</head><body>
{weight["nav"]}
<table width="960" align="center"><tr><td>
<table width="100%"><tr><td align="center"><h2>{esc(text.title)}</h2></td></tr>
<tr><td align="center" id="articleattribute">{moment.year}年{moment.month:02d}月{moment.day:02d}日 {moment.hour:02d}时{moment.minute:02d}分　来源: {text.source}　【字体: 大 中 小】</td></tr>
<tr><td class="contText">{_body(entry, text)}</td></tr>
<tr><td align="right"><p class="zrbj">责任编辑: {text.editor}</p></td></tr></table>
</td></tr></table>
{weight["foot"]}
</body></html>
"""


_LAYOUTS = {"new": _new, "twice": _twice, "policy": _policy, "old": _old}


def render(site: Sichuan, entry: Entry, text: Text, layout: str, state: int) -> str:
    """An article page."""
    return _LAYOUTS[layout](site, entry, text, state)
