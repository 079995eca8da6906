# ruff: noqa: E501 -- the markup stands as it is served
"""Sina's article pages, era by era."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.replica.model import Entry, Text, World, esc
from tests.replica.sina_chrome import body_of, nav, related, weight_of
from tests.replica.stories import title_of

if TYPE_CHECKING:
    from tests.replica.sina import Sina

__all__ = ["front", "render", "soft_404", "stranger"]

_PROMOS = (
    '<div class="appendQr_wrap">\n<div class="appendQr_normal">海量资讯、精准解读，尽在新浪财经APP</div></div>',
    "<p>　　炒股就看金麒麟分析师研报，权威，专业，及时，全面，助您挖掘潜力主题机会！</p>",
    '<p class="article-extra">登录新浪财经APP 搜索【信披】查看更多考评等级</p>',
)


def _v2017(site: Sina, entry: Entry, text: Text, state: int) -> str:
    rng, weight = entry.rng("page"), weight_of(site.world, "v2017")
    created = entry.published
    # Follows a later publication of the page: seconds to hours after the article's own time.
    republished = created + timedelta(seconds=rng.choice((1, 79, 1033, 19000)))
    attr = esc(text.title).replace('"', "&quot;")
    day = f"{created:%Y-%m-%d}"
    update = (
        f'<meta name="weibo: article:update_at" content="{text.modified:%Y-%m-%d %H:%M:%S}">' if text.modified else ""
    )
    source = (
        f'<a href="{text.source_url}" target="_blank" class="source ent-source" data-sudaclick="content_media_p" rel="nofollow">{text.source}</a>'
        if text.source_url
        else f'<span class="source ent-source">{text.source}</span>'
    )
    author = (
        f'<span class="date" data-sudaclick="content_author_p">作者：{esc(text.authors[0])}</span>'
        if text.authors
        else ""
    )
    original = f'<p class="ori_titlesource">　　原标题：{esc(text.original_title)}</p>\n' if text.original_title else ""
    closing = f'<p cms-style="font-L align-Right">（{text.first_publisher}）</p>' if text.first_publisher else ""
    code = f" {text.extra['editor_code']}" if text.extra["editor_code"] else ""
    editor = f'<p class="article-editor">责任编辑：{text.editor}{code} </p>' if text.editor else ""
    promo = "\n".join(p for p in _PROMOS if rng.random() < 0.6)
    statement = (
        '<div class="show_statement">新浪声明：此消息系转载自新浪合作媒体，新浪网登载此文出于传递更多信息之目的，并不意味着赞同其观点或证实其描述。</div>'
        if rng.random() < 0.3
        else ""
    )
    inner_ad = (
        '<div class="otherContent_01" id="ad_44086" style="width:300px;height:250px;float:left"><ins class="sinaads" data-ad-pdps="PDPS0044086"></ins></div>'
        if rng.random() < 0.4
        else ""
    )
    keywords = "".join(
        f'<a href="https://tags.sina.com.cn/{esc(k)}" target="_blank">{esc(k)}</a>' for k in text.keywords
    )
    return f"""<!DOCTYPE html>
<!-- [ published at {created:%Y-%m-%d %H:%M:%S} ] -->
<html>
<head>
<meta charset="utf-8"/>
<meta http-equiv="X-UA-Compatible" content="IE=edge">
<meta name="sudameta" content="urlpath:{"/".join(entry.url.split("/")[3:-2])}/; allCIDs:{rng.randint(1000, 99999)},257,51894">
<title>{esc(text.title)}|{esc(text.keywords[0])}_新浪财经_新浪网</title>
<meta name="keywords" content="{esc(",".join(text.keywords))}" />
<meta name="tags" content="{esc(",".join(text.keywords))}" />
<meta name="description" content="{esc(text.paragraphs[0][:110])}" />
<meta property="og:type" content="news" />
<meta property="og:title" content="{attr}" />
<meta property="og:description" content="{attr}" />
<meta property="og:url" content="{entry.url}" />
<meta property="og:image" content="//n.sinaimg.cn/default/{rng.randrange(16**8):08x}/20180418/sina.png" />
<meta name="weibo: article:create_at" content="{created:%Y-%m-%d %H:%M:%S}" />
{update}
<!--news_web_article_v2017_meta -->
<meta name="stencil" content="PGLS000526" />
<meta name="publishid" content="{entry.key}" />
<meta name="comment" content="cj:comos-{entry.key}" />
<meta name="sudameta" content="comment_channel:cj;comment_id:comos-{entry.key}" />
<meta name="mediaid" content="{text.source}">
<meta name="sudameta" content="sinaog:0" />
<meta name="mobile-agent" content="format=html5; url=http://finance.sina.cn/{day}/detail-i{entry.key}.d.html">
<meta property="article:published_time" content="{republished:%Y-%m-%dT%H:%M:%S}+08:00" />
<meta property="article:author" content="{text.source}" />
{weight["head"]}
{weight["css"]}
</head>
<body>
<!-- body code begin --><script>var $CONFIG={{docid:'comos-{entry.key}',channel:'cj',title:"{attr}",isLogin:0}};</script>
{nav()}
<div class="main-content w1240">
<div class="path-search" data-sudaclick="cnav_breadcrumbs_p"><div class="channel-path"><a href="http://finance.sina.com.cn/">{text.breadcrumb[0]}</a> &gt; <a href="#">{text.breadcrumb[1]}</a> &gt; {text.breadcrumb[2]}</div></div>
<h1 class="main-title">{esc(text.title)}</h1>
<div class="top-bar-wrap" id="top_bar_wrap"><div class="top-bar ani" id="top_bar"><div class="top-bar-inner clearfix">
<div class="second-title">{esc(text.title)}</div>
<div class="date-source"><span class="date">{created:%Y年%m月%d日 %H:%M}</span>
{source}
{author}</div>
<div class="page-tools"><span class="tool-icon"><a id="shareArticleButton" href="javascript:;">分享到微信</a></span><span class="cmt">评论 <span class="num" node-type="comment-num">{rng.randint(0, 300)}</span></span></div>
</div></div></div>
<div class="article-content clearfix" id="article_content"><div class="article-content-left">
<div class="new_style_article">新浪财经APP：股市瞬息万变，投资难以决策？来@股小妹，获取方案&gt;&gt;</div>
{inner_ad}
<div class="article" id="artibody" data-sudaclick="blk_content">
<!-- 行情图end -->
<!-- 正文 start -->
<!-- 原始正文begin -->
{original}{body_of(entry, text, state)}
{closing}
<!-- 原始正文end -->
<!-- news_keyword_pub,stock, -->
<style type="text/css">.appendQr_wrap{{border:1px solid #E6E6E6;padding:8px;}}</style>
{promo}
{editor}
<!-- 正文 end -->
{statement}
</div>
<div class="article-bottom clearfix" id="article-bottom"><div class="keywords" id="keywords" data-wbkey="{esc(text.keywords[0])}"><span class="txt">文章关键词：</span>{keywords}</div>
<p class="report"><a href="#">我要反馈</a></p></div>
{related(site, entry, "热门推荐", "hot-recommend", 10)}
<div id="sinashareto">语音播报 缩小字体 放大字体 收藏 微博 微信 分享</div>
{weight["mid"]}
</div>
<div class="article-content-right">
{related(site, entry, "APP专享直播", "live-list", 4)}
{related(site, entry, "VIP课程推荐", "course-list", 6)}
{related(site, entry, "7X24小时", "roll-list", 12)}
</div></div></div>
<div class="footer"><p>新浪财经意见反馈留言板</p><p>电话：400-000-0000　欢迎批评指正</p><p>Copyright &copy; 1996-2026 SINA Corporation, All Rights Reserved</p></div>
{weight["foot"]}
</body>
</html>
"""


def _v2016(site: Sina, entry: Entry, text: Text, state: int) -> str:
    rng, weight = entry.rng("page"), weight_of(site.world, "v2016")
    original = f"<p>　　原标题：{esc(text.original_title)}</p>\n" if text.original_title else ""
    editor = f'<p class="article-editor">责任编辑：{text.editor} {text.extra["editor_code"]}</p>' if text.editor else ""
    source = f'<a href="{text.source_url}" target="_blank">{text.source}</a>' if text.source_url else text.source
    keywords = "".join(f'<a href="#">{esc(k)}</a>' for k in text.keywords)
    return f"""<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8"/>
<title>{esc(text.title)}|{esc(text.keywords[0])}_新浪财经_新浪网</title>
<meta name="keywords" content="{esc(",".join(text.keywords))}">
<meta name="publishid" content="{entry.key}">
<meta name="comment" content="cj:comos-{entry.key}">
<meta property="og:url" content="{entry.url}">
{weight["head"]}
{weight["css"]}
</head>
<body>
{nav()}
<div class="wrap-outer"><div class="page-header">
<h1 id="artibodyTitle" cid="{rng.randint(50000, 59999)}" docid="{entry.key}">{esc(text.title)}</h1>
<div class="page-info"><span class="time-source" id="navtimeSource">{entry.published:%Y年%m月%d日%H:%M}
<span data-sudaclick="media_name">{source}</span></span>
<span class="func-btn"><a href="javascript:;">我有话说</a>(<span class="f_red">{rng.randint(0, 99)}</span>人参与)</span></div></div>
<div class="page-content clearfix"><div class="left">
<div class="article article_16" id="artibody" data-sudaclick="suda_1028_content">
{original}{body_of(entry, text, state, style="")}
<div data-sudaclick="suda_1028_guba"><p>进入【<a href="#">新浪财经股吧</a>】讨论</p></div>
<div class="finance_app_zqtg">炒股开户享福利，送投顾服务60天体验权</div>
</div>
{editor}
<div class="article-info"><p class="article-keywords">文章关键词：{keywords}</p></div>
{related(site, entry, "相关阅读", "article-relative", 8)}
{weight["mid"]}
</div><div class="right">{related(site, entry, "阅读排行榜", "rank", 12)}</div></div></div>
<div class="footer">新浪简介 | 广告服务 | About Sina | 联系我们</div>
{weight["foot"]}
</body></html>
"""


def _tech2012(site: Sina, entry: Entry, text: Text, state: int) -> str:
    rng, weight = entry.rng("page"), weight_of(site.world, "tech2012")
    editor = f'<p class="article-editor">责任编辑：{text.editor} {text.extra["editor_code"]}</p>' if text.editor else ""
    return f"""<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8"/>
<title>{esc(text.title)}|{esc(text.keywords[0])}_新浪科技_新浪网</title>
<meta name="keywords" content="{esc(",".join(text.keywords))}">
<meta name="publishid" content="{entry.key}">
<meta name="stencil" content="PGLS000022">
{weight["head"]}
{weight["css"]}
</head>
<body>
{nav()}
<div id="J_Article_Wrap"><div class="blkBreadcrumb">{" &gt; ".join(text.breadcrumb)}</div>
<div class="blkContainer"><div class="blkContainerPblk">
<h1 id="artibodyTitle" docid="{entry.key}">{esc(text.title)}</h1>
<div class="artInfo"><span id="art_source"></span><span id="pub_date">{entry.published:%Y年%m月%d日%H:%M}</span>&nbsp;&nbsp;<span id="media_name">{text.source}</span>&nbsp;<a class="a_msg" href="#">我有话说(<span>{rng.randint(0, 88)}</span>人参与)</a></div>
<div class="blkContainerSblkCon" id="artibody">
<div class="tech-quotation clearfix"><p>　　新浪科技微信公众号，科技新闻早知道</p></div>
{body_of(entry, text, state, style="")}
{editor}
</div>
<div class="clear"></div>{related(site, entry, "相关专题", "blkComment", 6)}
</div></div></div>
{weight["mid"]}{weight["foot"]}
</body></html>
"""


def _gbk2013(site: Sina, entry: Entry, text: Text, state: int) -> str:
    rng, weight = entry.rng("page"), weight_of(site.world, "gbk2013")
    number = entry.key[-8:]
    closing = f'<p align="right">（{text.first_publisher}）</p>' if text.first_publisher else ""
    editor = f"<p>　　(责任编辑：{text.editor})</p>" if text.editor else ""
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-type" content="text/html; charset=gb2312" />
<title>{esc(text.title)}_国内财经_新浪财经_新浪网</title>
<meta name="keywords" content="{esc(",".join(text.keywords))}" />
{weight["head"]}
{weight["css"]}
</head>
<body>
{nav()}
<div class="wrap"><div class="blkBreadcrumb"><a href="http://finance.sina.com.cn/">新浪财经</a> &gt; <a href="#">国内财经</a> &gt; 正文</div>
<div class="blkContainer"><div class="blkContainerPblk"><div class="blkContainerSblk">
<h1 id="artibodyTitle">{esc(text.title)}</h1>
<div class="artInfo"><span id="art_source"></span><span id="pub_date">{entry.published:%Y年%m月%d日 %H:%M}</span>　<span id="media_name">{text.source}　<a href="#">微博</a></span>　<a href="#comment">评论(<b>{rng.randint(0, 60)}</b>人参与)</a></div>
<!-- 正文内容 begin -->
<div class="blkContainerSblkCon" id="artibody">
<!-- publish_helper name='原始正文' p_id='31' t_id='1' d_id='{number}' f_id='3' -->
{body_of(entry, text, state, style="")}
{closing}
{editor}
<!-- publish_helper_end -->
</div>
<!-- 正文内容 end -->
<div class="blkComment"><p><a href="#">分享到微博</a> <a href="#">保存</a> <a href="#">打印</a> <a href="#">关闭</a></p></div>
{related(site, entry, "相关新闻", "xgxw", 8)}
</div></div></div></div>
{weight["mid"]}
<div class="footer">新浪财经意见反馈留言板 电话：400-000-0000</div>
{weight["foot"]}
</body></html>
"""


def _mobile(site: Sina, entry: Entry, text: Text, state: int) -> str:
    weight = weight_of(site.world, "mobile")
    day = f"{entry.published:%Y-%m-%d}"
    body = []
    for n, block in enumerate(text.blocks):
        strong = f"<strong>{esc(block.text)}</strong>" if block.kind == "h" else esc(block.text)
        body.append(f'<p class="art_p">{strong}</p>')
        if n == 0:
            body.append('<div class="j_native_opq240314 box"></div>')
            body.extend(
                f'<div id="wx_pic"><img class="art_img_mini_img" src="{p.url.split(":", 1)[1]}" alt="{esc(p.caption)}"></div>'
                for p in text.pictures
            )
    attr = esc(text.title).replace('"', "&quot;")
    return f"""<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>{esc(text.title)}</title>
<meta name="keywords" content="{esc(",".join(text.keywords))},sina.cn">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<meta name="author" content="sina_mobile">
<meta name="format-detection" content="telephone=no">
<meta property="og:type" content="news">
<meta property="og:title" content="{attr}">
<meta property="og:url" content="https://finance.sina.cn/{day}/detail-i{entry.key}.d.html">
<meta property="article:author" content="{text.source}">
<meta property="article:published_time" content="{entry.published:%Y-%m-%d %H:%M:%S}">
<meta name="publishid" content="{entry.key}">
<meta name="sudameta" content="dataid:comos:{entry.key}">
{weight["css"]}{weight["head"]}
</head>
<body class="article_body">
<main class="page_main fl_padding"><section class="j_main_art">
<header class="hd_s1"><h2 class="hd_tit_l"><a class="hd_tit_a" href="https://finance.sina.cn/">新浪财经</a></h2></header>
<section class="s_card z_c1"><article class="art_box">
<h1 class="art_tit_h1">{esc(text.title)}</h1>
<section><div class="weibo_info look_info"><div class="media_focus"><em class="weibo_img"></em>
<figcaption class="weibo_detail no_audio"><h2 class="weibo_user">{text.source}</h2><time class="weibo_time">{entry.published:%m月%d日 %H:%M}</time></figcaption></div><a class="look_sub j_article_wbreco">关注</a></div></section>
<section class="art_pic_card art_content">
{"".join(body)}
</section></article></section></section>
<section class="s_card j_article_relevent_news z_c2"><aside class="feed_box" id="j_relevent_news">{related(site, entry, "相关新闻", "feed", 6)}</aside></section>
<section class="s_card hotCmnt">热门评论 加载中...</section>
{weight["mid"]}
<footer class="ft_cm"><nav class="ft_cm_nav"><a>首页</a><a>导航</a><a>反馈</a><a>登录</a></nav><cite class="ft_cite">Sina.cn</cite></footer>
</main>{weight["foot"]}</body></html>
"""


def _flash(site: Sina, entry: Entry, text: Text, state: int) -> str:
    """A 7x24 flash: the text stands in #artibody without a `<p>`."""
    page = _v2017(site, entry, text, state)
    start = page.index("<!-- 原始正文begin -->")
    end = page.index("<!-- 原始正文end -->")
    body = "<br>\n<br>\n".join(f"　　{esc(block.text)}" for block in text.blocks)
    return page[:start] + f"<!-- 原始正文begin -->\n{body}\n" + page[end:]


_LAYOUTS = {
    "v2017": _v2017,
    "v2016": _v2016,
    "tech2012": _tech2012,
    "mobile": _mobile,
    "flash": _flash,
    "gbk2013": _gbk2013,
}


def render(site: Sina, entry: Entry, text: Text, layout: str, state: int) -> bytes:
    """An article page, encoded as its era encodes it."""
    page = _LAYOUTS[layout](site, entry, text, state)
    return page.encode("gb18030" if layout == "gbk2013" else "utf-8")


def soft_404() -> str:
    """The page that says with status 200 that there is none."""
    return """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>页面没有找到</title><meta http-equiv="refresh" content="5;url=https://www.sina.com.cn/"></head>
<body><div class="wrap"><div class="info"><h1>页面没有找到</h1><p><span id="sec">5</span>秒钟之后将会带您进入新浪首页!</p>
<p><a href="https://www.sina.com.cn/">新浪首页</a> <a href="https://news.sina.com.cn/">新闻中心</a></p></div></div></body></html>
"""


def stranger(entry: Entry) -> str:
    """A gallery, a film, or an article of another Sina site."""
    title = esc(title_of(entry.plan))
    if entry.kind == "gallery":
        slides = ",".join(f'{{"src":"//n.sinaimg.cn/slide/{n}.jpg","intro":"{title}（{n}）"}}' for n in range(1, 9))
        return (
            f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_高清图集_新浪网</title></head><body>'
            f'<div id="SI_Wrap"></div><script>var slide_data = {{"slide":{{"title":"{title}"}},"images":[{slides}]}};</script></body></html>'
        )
    if entry.kind == "video":
        return (
            f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_新浪视频</title></head><body>'
            f'<h1>{title}</h1><div id="myflashBox"></div><script>SinaPlayer.init({{vid:"{entry.key}"}});</script></body></html>'
        )
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body><h1 class="main-title">{title}</h1></body></html>'


def front(world: World, entries: list[Entry]) -> str:
    """The roll page, whose rows a script fills: of no use without a browser."""
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>新浪财经_滚动</title>{weight_of(world, "v2017")["head"]}</head>'
        f'<body>{nav()}<div class="d_list_txt" id="d_list"></div></body></html>'
    )
