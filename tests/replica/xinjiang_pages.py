# ruff: noqa: E501 -- the markup stands as it is served
"""The pages of Xinjiang's portals: the portal of 2020, UCAP of today, Visual SiteBuilder, lists, a challenge."""

from __future__ import annotations

import functools
from datetime import timedelta
from urllib.parse import urlsplit

from tests.replica.chrome import footer_links, inline_styles, link_list, scripts, stylesheets
from tests.replica.model import Entry, Text, World, esc
from tests.replica.stories import title_of

__all__ = ["home", "link_only", "render", "script_list", "ucap_list", "vsb_list", "yunsuo"]

_NAV = [
    "首页",
    "走进新疆",
    "政府信息公开",
    "政务服务",
    "互动交流",
    "数据开放",
    "要闻动态",
    "公示公告",
    "专题专栏",
    "领导之窗",
    "政策",
    "统计信息",
    "无障碍",
    "长者助手",
    "简体",
    "繁体",
    "网站地图",
    "注册",
    "登录",
]


@functools.cache
def _weight(world: World, key: str) -> dict[str, str]:
    rng = world.rng(f"chrome/xinjiang/{key}")
    nav = "".join(f'<li><a href="/nav/{n}/">{name}</a></li>' for n, name in enumerate(_NAV))
    return {
        "head": stylesheets(rng, f"{key}/css", 6) + inline_styles(rng, 90) + scripts(rng, 7),
        "nav": f'<div class="cookieCont">本网站使用Cookies，继续浏览即表示同意使用。<a href="javascript:;">同意</a></div><div class="head"><ul class="nav">{nav}</ul></div>',
        "foot": f'<div class="friendlink"><ul>{footer_links(rng, 20)}</ul></div>'
        '<div class="foot"><p>主办：人民政府办公室　承办：政府网信办</p><p>新ICP备　新公网安备</p></div>'
        + scripts(rng, 9),
    }


def _attr(text: str) -> str:
    return esc(text).replace('"', "&quot;")


def _entry_title(entry: Entry) -> str:
    return str(entry.extra.get("title") or title_of(entry.plan))


def home(world: World, key: str, site: str, menu: list[tuple[str, str]]) -> str:
    """A home page: the menu names the columns."""
    weight = _weight(world, key)
    items = "".join(f'<li><a href="{href}" title="{name}">{name}</a></li>' for name, href in menu)
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{site}</title>{weight["head"]}</head><body>{weight["nav"]}'
        f'<div class="menu"><ul><li><a href="zjjh.htm">县情</a></li>{items}<li><a href="zwgk.htm">政务公开</a></li></ul></div>{weight["foot"]}</body></html>'
    )


def ucap_list(
    world: World,
    key: str,
    site: str,
    stem: str,
    name: str,
    channel: str,
    rows: list[tuple[Entry, str]],
    number: int,
    pages: int,
    total: int,
) -> str:
    """A static UCAP list page, in one of its two markups."""
    weight = _weight(world, key)
    items = []
    for entry, url in rows:
        parts = urlsplit(url)
        href = parts.path if parts.netloc.endswith(".gov.cn") and parts.path.endswith(".shtml") else url
        title = _attr(_entry_title(entry))
        if name.endswith("要闻"):
            shown = f"{entry.published:%Y年%m月%d日}" if key == "xinjiang" else f"{entry.published:%Y/%m/%d}"
            items.append(
                f'<li><div class="coninfo"><div class="contitle"><a href="{href}" target="_blank" title="{title}">{title}</a></div><span class="contime">{shown}</span></div></li>'
            )
        else:
            items.append(
                f'<li><a href="{href}" target="_blank" title="{title}">{title}</a><span>{entry.published:%Y-%m-%d}</span></li>'
            )
    listed = f'<ul class="list">{chr(10).join(items)}</ul>'
    prefix = stem.rsplit("/", 1)[-1]
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8">
<meta name="SiteName" content="{site}"><meta name="SiteDomain" content=""><meta name="ColumnName" content="{name}">
<title>{name}_{site}</title>
<meta name="website" websiteid="{world.digest(key)}" websitecode="{key}" websitename="{site}">
<meta name="column" channelid="{channel}" channelcode="{stem.split("/")[-2]}" channelname="{name}">
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="theme-dqwz">当前位置：<a href="/">首页</a> / <a href="{stem}.shtml">{name}</a></div>
<div class="gllist">{listed}</div>
<div id="page-div"></div><script>createPageHTML('page-div',{pages}, {number},'{prefix}','shtml',{total});</script>
{weight["foot"]}
</body></html>
"""


def script_list(world: World, key: str, site: str, name: str, channel: str) -> str:
    """A list page whose rows a script loads from /search/<channel>."""
    weight = _weight(world, key)
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{name}_{site}</title>
<meta name="column" channelid="{channel}" channelcode="c100186" channelname="{name}">
<meta name="channelid" content="{channel}">
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="list-box"><ul id="list"></ul><div id="page"></div></div>
<script>$.get('/search/{channel}',{{_isAgg:true,_isJson:true,_pageSize:20,_template:'index',_rangeTimeGte:'',_rangeTimeLt:'',_channelName:'',page:1}},render);</script>
{weight["foot"]}
</body></html>
"""


def vsb_list(
    world: World, stem: str, name: str, rows: list[tuple[Entry, str]], number: int, pages: int, total: int
) -> str:
    """A Visual SiteBuilder list page; its further pages count down."""
    weight = _weight(world, "xjjh")
    up = "../" * (stem.count("/") - 1 + (1 if number > 1 else 0))
    items = []
    for n, (entry, url) in enumerate(rows):
        parts = urlsplit(url)
        href = up + parts.path.removeprefix("/") + (f"?{parts.query}" if parts.query else "")
        title = _attr(_entry_title(entry))
        items.append(
            f'<li id="line_u8_{n}"><a href="{href}" target="_blank" title="{title}">{title}</a><span>{entry.published:%Y-%m-%d}</span></li>'
        )
    file = stem.rsplit("/", 1)[-1]
    links = []
    if number < pages:
        target = f"{file}/{pages - number}.htm" if number == 1 else f"{pages - number}.htm"
        links.append(f'<a href="{target}" class="Next">下页</a>')
        links.append(f'<a href="{f"{file}/1.htm" if number == 1 else "1.htm"}" class="Next">尾页</a>')
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{name}-精河县人民政府网</title>
<!--Announced by Visual SiteBuilder 9-->
<link rel="stylesheet" type="text/css" href="{up}_sitegray/_sitegray_d.css" />
<script language="javascript" src="{up}_sitegray/_sitegray.js"></script>
<!-- CustomerNO:7765626265723230747a4754535b5742000300064352 -->
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="position">当前位置: <a href="{up}index.htm">首页</a>&gt;&gt;<a href="{up}ztzl.htm">专题专栏</a>&gt;&gt;<a href="#">{name}</a></div>
<div class="list_con"><ul>
{chr(10).join(items)}
</ul>
<table class="listFrame"><tr><td id="fanye128841" nowrap>共{total}条&nbsp;&nbsp;{number}/{pages}&nbsp;</td><td>{" ".join(links)}</td></tr></table></div>
{weight["foot"]}
</body></html>
"""


def yunsuo() -> str:
    """云锁: status 200, and nothing in it but a script that sets a cookie and comes again."""
    return """<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"/><script type="text/javascript">function stringToHex(str){var val="";for(var i=0;i<str.length;i++){if(val=="")val=str.charCodeAt(i).toString(16);else val+=str.charCodeAt(i).toString(16)}return val}function YunSuoAutoJump(){var width=screen.width;var height=screen.height;var screendate=width+","+height;var curlocation=window.location.href;if(-1==curlocation.indexOf("security_verify_")){document.cookie="srcurl="+stringToHex(window.location.href)+";path=/;"}self.location="/?security_verify_data="+stringToHex(screendate)}</script><script>setTimeout("YunSuoAutoJump()",50);</script></head><!--2026--></html>
"""


def link_only(world: World, entry: Entry) -> str:
    """A news id of VSB that only leads to another site."""
    weight = _weight(world, "xjjh")
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{esc(title_of(entry.plan))}-精河县人民政府网</title>
<!--Announced by Visual SiteBuilder 9-->{weight["head"]}
<script>function newsSkip(url){{if(url)window.location.href=url}};NewsvoteDWR.getNewsLinkUrl(1081,'1412614994','vsb',newsSkip);</script>
</head><body>{weight["nav"]}<div class="position">当前位置: 首页&gt;&gt;专题专栏&gt;&gt;最新播报&gt;&gt;正文</div>
<form name="_newscontent_fromname"><div id="vsb_content"></div></form>{weight["foot"]}</body></html>
"""


def render(world: World, entry: Entry, text: Text, site: str, code: str, state: int) -> str:
    """An article page in the entry's layout."""
    return {"portal": _portal, "ucap": _ucap, "vsb": _vsb, "vsb_bare": _vsb}[entry.layout](
        world, entry, text, site, code, state
    )


def _generated(entry: Entry, state: int) -> str:
    # The page is generated again whenever a neighbour changes; days after publication is usual.
    rng = entry.rng("generated")
    moment = entry.published + timedelta(hours=rng.randint(3, 75), seconds=rng.randint(0, 3599))
    if entry.touched_from is not None and state >= entry.touched_from:
        moment += timedelta(days=state)
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _relative(url: str) -> str:
    return "/".join(url.rsplit("/", 3)[-3:])


def _body(entry: Entry, text: Text) -> str:
    out, pictures = [], list(text.pictures)
    for n, block in enumerate(text.blocks):
        inner = f"<strong>{esc(block.text)}</strong>" if block.kind == "h" else esc(block.text)
        out.append(
            f'<p style="text-indent:2em;">{inner}</p>' if entry.rng("style").random() < 0.5 else f"<p>　　{inner}</p>"
        )
        if pictures and n in (0, 3):
            out.append(f'<p style="text-align:center;"><img src="{_relative(pictures.pop(0).url)}" border="0"></p>')
    out.extend(
        f'<p style="text-align:center;"><img src="{_relative(picture.url)}" border="0"></p>' for picture in pictures
    )
    return "\n".join(out)


def _files(text: Text) -> str:
    if not text.attachments:
        return ""
    return "".join(
        f'<tr><td><a href="{_relative(file.url)}" title="{file.name}" target="_blank">{file.name}</a></td></tr>'
        for file in text.attachments
    )


def _portal(world: World, entry: Entry, text: Text, site: str, code: str, state: int) -> str:
    weight = _weight(world, entry.site)
    moment, column = entry.published, text.breadcrumb[-1]
    generated = _generated(entry, state)
    views = entry.rng(f"views/{state}").randint(3, 9000)
    files = (
        f'<div class="ycdfj"><h3>相关附件&gt;&gt;</h3><table class="xgtable">{_files(text)}</table></div>'
        if text.attachments
        else ""
    )
    crumbs = " / ".join(f'<a href="#">{name}</a>' for name in text.breadcrumb)
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8">
<meta name="ContentSource" content="{text.source}">
<meta name="SiteName" content="{site}">
<meta name="SiteDomain" content="">
<meta name="SiteIDCode" content="{code}">
<meta name="ColumnName" content="{column}"><meta name="ColumnDescription" content="{column}"><meta name="ColumnKeywords" content="{column}"><meta name="ColumnType" content="{column}">
<meta name="ArticleTitle" content="{_attr(text.title)}">
<meta name="PubDate" content="{generated}">
<meta name="others" content="页面生成时间 {generated}">
<meta name="template,templategroup,version" content="{world.digest("template")[:12]},default,1.0">
<title>{esc(text.title)}_{column}_{site}</title>
<meta name="website" websiteid="{world.digest(entry.site)}" websitecode="{entry.site}" websitename="{site}">
<meta name="column" channelid="{world.digest(f"channel/{entry.channels[0]}")}" channelcode="{entry.channels[0]}" channelname="{column}">
<meta name="manuscript" manuscriptid="{entry.key}">
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="theme-dqwz">当前位置：{crumbs}</div>
<div class="ysj clearfix"><p class="yyyy">{moment:%Y}</p><p class="mmdd">{moment:%m/%d}</p><p class="hhmm">{moment:%H:%M}</p><p class="ly">来源：</p><p class="source">{text.source}</p>
<p class="fsize">【字体：<a href="javascript:;">大</a><a href="javascript:;">中</a><a href="javascript:;">小</a>】</p><p class="fwl">访问量：<span id="fwl">{views if entry.touched_from is not None else ""}</span>次</p></div>
<div class="share"><a href="#">微信</a><a href="#">微博</a><div class="ewm"><p>扫一扫在手机打开当前页</p></div></div>
<div class="detail"><h1>{esc(text.title)}</h1>
<ul class="hide" style="display:none"><li>新疆维吾尔自治区人民政府</li><li>发布时间：{moment:%Y年%m月%d日}</li><li>来源：{text.source}</li></ul>
<div id="NewsContent">
{_body(entry, text)}
</div>
<div class="zrbjbox"><h3>相关链接&gt;&gt;</h3><table class="xgtable"><tr><td><a href="#">图解：{esc(text.title[:12])}</a></td></tr></table><p class="zrbj">作者：{"".join(text.authors)}</p></div>
{files}
<div class="dygnbox"><a href="javascript:window.print()">【打印本文】</a><a href="javascript:window.close()">【关闭】</a></div>
<div class="dzbox"><a href="#">点赞</a><span>{entry.rng("likes").randint(0, 60)}</span><a href="#">收藏</a></div></div>
{weight["foot"]}
</body></html>
"""


def _ucap(world: World, entry: Entry, text: Text, site: str, code: str, state: int) -> str:
    weight = _weight(world, entry.site)
    moment, column = entry.published, text.breadcrumb[-1]
    # A template written with hh prints a twelve-hour clock: the visible time is the right one.
    meta = (
        f"{moment:%Y-%m-%d} {moment.hour % 12 or 12:02d}:{moment:%M}"
        if entry.rng("clock").random() < 0.3
        else f"{moment:%Y-%m-%d %H:%M}"
    )
    files = f'<div id="cmspro_appendixs"><h3>附件</h3><table>{_files(text)}</table></div>' if text.attachments else ""
    breaks = entry.rng("breaks").random() < 0.1
    body = _body(entry, text)
    if breaks and body.count("</p>\n") > 4:
        parts = body.split("</p>\n")
        parts.insert(len(parts) // 2, "<p>#PAGE_BREAK#")
        body = "</p>\n".join(parts)
    rng = entry.rng("related")
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8">
<meta name="SiteName" content="{site}"><meta name="SiteDomain" content="{urlsplit(entry.url).netloc}"><meta name="SiteIDCode" content="{code}">
<meta name="ColumnName" content="{column}"><meta name="ColumnType" content="{column}">
<meta name="ArticleTitle" content="{_attr(text.title)}">
<meta name="PubDate" content="{meta}">
<meta name="ContentSource" content="{text.source}">
<meta name="Keywords" content=""><meta name="Author" content=""><meta name="Url" content="{urlsplit(entry.url).path}">
<meta name="others" content="页面生成时间 {_generated(entry, state)}">
<title>{esc(text.title)}_{column}_{site}</title>
<meta name="website" websiteid="{world.digest(entry.site)}" websitecode="{entry.site}" websitename="{site}">
<meta name="column" channelid="{world.digest(f"channel/{entry.channels[0]}")}" channelcode="{urlsplit(entry.url).path.split("/")[2]}" channelname="{column}">
<meta name="manuscript" manuscriptid="{entry.key}">
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="dqwz">当前位置：{" &gt; ".join(f'<a href="#">{name}</a>' for name in text.breadcrumb)} &gt; 正文</div>
<div class="xl-con"><h1 class="xl-title"><UCAPTITLE>{esc(text.title)}</UCAPTITLE></h1>
<div class="xl-info"><span>发布时间：{moment:%Y-%m-%d %H:%M}</span><span>来源：{text.source}</span><span>浏览次数：<em id="hits">{entry.rng(f"hits/{state}").randint(1, 900) if entry.touched_from is not None else ""}</em></span><span>字体：【大 中 小】</span></div>
<div id="UCAP-CONTENT"><UCAPCONTENT>{body}</UCAPCONTENT></div>
{files}
<p class="zrbj">责任编辑：{text.editor}</p>
<div class="fx">分享到：<a href="#">微信</a><a href="#">微博</a> <a href="javascript:window.print()">打印</a></div></div>
{link_list([(f"相关信息{n}", f"/xjw/{rng.randrange(16**8):08x}.shtml") for n in range(4)], "cmspro_reldocuments", "相关文档")}
{weight["foot"].replace("新ICP备", f"政府网站标识码 {code}　新ICP备")}
</body></html>
"""


def _vsb(world: World, entry: Entry, text: Text, site: str, code: str, state: int) -> str:
    weight = _weight(world, entry.site)
    moment = entry.published
    shown = f"{moment:%Y-%m-%d %H:%M}" if entry.precision == "minute" else f"{moment:%Y-%m-%d}"
    tree, number = urlsplit(entry.url).path.split("/")[2], entry.key
    owner = entry.rng("owner").randint(10**9, 2 * 10**9)
    counter = f'<script>_showDynClicks("wbnews", {owner}, {number})</script><span id="dynclicks_wbnews_{number}_978">{entry.rng(f"clicks/{state}").randint(1, 4000) if entry.touched_from is not None else ""}</span>'
    paragraphs = []
    for n, block in enumerate(text.blocks):
        inner = f"<strong>{esc(block.text)}</strong>" if block.kind == "h" else esc(block.text)
        paragraphs.append(
            f'<p style="text-indent: 32px; line-height: 2em"><span style="font-size: 16px">{inner}</span></p>'
        )
        if n == 0 and text.pictures:
            paragraphs.append(
                f'<p style="text-align: center" class="vsbcontent_img"><img class="img_vsb_content" src="{urlsplit(text.pictures[0].url).path}" vsbhref="vurl" orisrc="{urlsplit(text.pictures[0].url).path}"></p>'
            )
    crumbs = "&gt;&gt;".join(f'<a href="#">{name}</a>' for name in text.breadcrumb[:3]) + "&gt;&gt;正文"
    skip = f"<script>function newsSkip(u){{if(u)window.location.href=u}};NewsvoteDWR.getNewsLinkUrl({number},'{owner}','vsb',newsSkip);</script>"
    if entry.layout == "vsb_bare":
        # The title has no element of its own: bare text between two editing marks.
        head = f"""<div class="con_tit">
<!--#begineditable name="标题" viewid="57" action="webber.wbst.com.news.DetailNews" contentviewid="" -->
{skip}
{esc(text.title)}
<!--#endeditable--></div>
<div class="con_info"><!--#begineditable name="文章时间" viewid="58" -->来源: {text.source} | 发布时间: {shown} | 浏览次数: {counter}<!--#endeditable--></div>"""
        content = f'<div id="vsb_content">{chr(10).join(paragraphs)}</div>'
    else:
        head = f"""<h2 class="con_title">{esc(text.title)}</h2>{skip}
<div class="con_info"><span>日期:{shown}</span><span>来源:{text.source}</span><span>点击量:{counter}</span><span>分享:</span></div>"""
        content = f'<div id="vsb_content_{entry.rng("n").randint(2, 501)}"><div class="v_news_content">{chr(10).join(paragraphs)}</div></div>'
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8">
<title>{esc(text.title)}-{site}</title>
<!--Announced by Visual SiteBuilder 9-->
<link rel="stylesheet" type="text/css" href="../../_sitegray/_sitegray_d.css" />
<script language="javascript" src="../../_sitegray/_sitegray.js"></script>
<!-- CustomerNO:7765626265723230747a4754535b5742000300064352 -->
{weight["head"]}
</head><body>
{weight["nav"]}
<div class="tools"><a>进入适老版</a> <a>进入关怀版</a> <a>网站无障碍</a></div>
<div class="position">当前位置: {crumbs}</div>
<div class="con">
{head}
<form name="_newscontent_fromname">
{content}
<div class="attach"></div>
</form>
<div class="close"><a href="javascript:window.opener=null;window.close();">【关闭】</a></div>
<p>上一篇：<a href="../{tree}/{int(number) - 1}.htm">上一篇</a></p><p>下一篇：<a href="../{tree}/{int(number) + 1}.htm">下一篇</a></p></div>
{weight["foot"].replace("新ICP备", f"政府网站标识码 {code}　新ICP备")}
</body></html>
"""
