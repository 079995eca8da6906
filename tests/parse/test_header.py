"""The lines between title and text as sites print them: what is missed there is lost for good."""

from __future__ import annotations

import pytest

from crawler.parse import parse_page
from crawler.parse.article import Article, Page

TEXT = "".join(
    f"<p>　　{line}</p>"
    for line in (
        "记者从市水务局了解到，历时十四个月的引水工程日前完成全部管道敷设，下个月进入联合调试。",
        "项目沿线穿越三条河道和两处铁路，施工单位采用顶管工艺，减少了对交通的影响。",
        "下一步，水务部门将在汛期前完成阀门井的检查，并向社会公布水质监测结果。",
    )
)
TITLE = "引水工程完成管道敷设下月联合调试"


def read(
    header: str, *, head: str = f"{TITLE}_某地新闻网", title: str = f"<h1>{TITLE}</h1>", tail: str = ""
) -> Article:
    page = (
        f"<html><head><title>{head}</title></head><body><div class=top>今天是2024年5月20日 星期一</div><div class=wrap>"
        f"{title}{header}<div class=con>{TEXT}{tail}</div></div></body></html>"
    )
    article = parse_page(Page("https://www.example.cn/xw/1.html", page.encode(), "text/html; charset=utf-8")).article
    assert article is not None
    assert len(article.paragraphs) == 3, article.paragraphs
    return article


@pytest.mark.parametrize(
    ("header", "time", "source", "authors", "editor"),
    [
        ("<div>[ 2021-06-03 08:15 ] [ 来源：某地日报 ] [ 作者：周明 ]</div>", "08:15", "某地日报", ["周明"], ""),
        ("<div><i>2021年6月3日</i> <i>8时15分</i> 来源：<a><img alt='人民网'></a></div>", "08:15", "人民网", [], ""),
        (
            "<div>人民日报海外版 | 作者：周明 | 时间：2021-06-03 | 责编：王小川</div>",
            "00:00",
            "人民日报海外版",
            ["周明"],
            "王小川",
        ),
        ("<div>2021-06-03 08:15:22　　大洋网-广州日报　　评论 0</div>", "08:15", "大洋网-广州日报", [], ""),
        ("<div>发布时间：2021-06-03 08:15 编辑：王小川 信息类型：要闻</div>", "08:15", "", [], "王小川"),
        ("<div>某地新闻网 周明辉 2021-06-03 08:15</div>", "08:15", "某地新闻网", ["周明辉"], ""),
        ("<div>2021-06-03 08:15 来源：游戏报 作者：Shy夏夏</div>", "08:15", "游戏报", ["Shy夏夏"], ""),
        (
            "<p class=author>□ 本报记者 塔依尔·艾合买提 玛依努尔</p><div>2021-06-03 08:15 来源：某地日报</div>",
            "08:15",
            "某地日报",
            ["塔依尔·艾合买提", "玛依努尔"],
            "",
        ),
        (
            "<div>2021-06-03 08:15 来源：某地日报 记者 周明 通讯员 王小川</div>",
            "08:15",
            "某地日报",
            ["周明", "王小川"],
            "",
        ),
        (
            "<p>某地日报</p><div><span>官方账号</span><span>21-06-03</span><span>08:15</span></div>",
            "08:15",
            "某地日报",
            [],
            "",
        ),
        (
            "<span bosszone=jgname>某地日报</span><span bosszone=author>周明辉</span><span>2021-06-03 08:15</span>",
            "08:15",
            "某地日报",
            ["周明辉"],
            "",
        ),
        (
            "<em>2021-06-03 08:15</em><em class=rich_media_meta_text>周明辉</em><a id=post-user>水务在线</a>",
            "08:15",
            "水务在线",
            ["周明辉"],
            "",
        ),
        ("<div>本文来源于 国家统计局 2021-06-03 08:15</div>", "08:15", "国家统计局", [], ""),
        (
            "<div>【来源】某地日报　【作者】周明丽　【时间】2021-06-03 08:15　【责任编辑】王小川</div>",
            "08:15",
            "某地日报",
            ["周明丽"],
            "王小川",
        ),
        ("<div><b>2021</b> <i>06</i>/<i>03</i> <i>08:15:11</i> 来源：某地晚报</div>", "08:15", "某地晚报", [], ""),
        (
            "<table><tr><td>发布时间</td><td>2021-06-03 08:15</td><td>来源</td><td>某地晚报</td>"
            "<td>作者</td><td>周明丽</td></tr></table>",
            "08:15",
            "某地晚报",
            ["周明丽"],
            "",
        ),
        ("<div>（2021年6月1日）</div><div>2021-06-03 08:15 来源：县政府办</div>", "08:15", "县政府办", [], ""),
        ("<p><a href='/user/7'>周明丽</a> · 2021/06/03 08:15 浏览 3.2w</p>", "08:15", "", ["周明丽"], ""),
        ("<div>2021-06-03 08:15 来源: 某地晚报 (武汉) 有 0 人参与</div>", "08:15", "某地晚报", [], ""),
        ("<div>2021-06-03 08:15 本文来源于财经网</div>", "08:15", "财经网", [], ""),
        ("<div>◎周明丽 2021-06-03 08:15</div>", "08:15", "", ["周明丽"], ""),
        ("<div>金融界 2021-06-03 08:15</div>", "08:15", "", [], ""),
        ("<p>清河观察</p><p>2021-06-03 08:15 来自河北</p>", "08:15", "清河观察", [], ""),
        ("<div>2021年6月3日（星期四）08:15　　某地晚报</div>", "08:15", "某地晚报", [], ""),
        ("<div>2021-06-03 08:15 / 某地晚报 / 周明丽</div>", "08:15", "某地晚报", ["周明丽"], ""),
        ("<div>某地時報 / 周明麗 2021-06-03 08:15</div>", "08:15", "某地時報", ["周明麗"], ""),
        ("<div><i>南方+客户端</i> <i>周明丽</i> <i>2021-06-03 08:15</i></div>", "08:15", "南方+客户端", ["周明丽"], ""),
        (
            "<div>周明丽</div><div>2021年06月03日08:15　来源:某地网-《某地晚报》</div>",
            "08:15",
            "某地网-《某地晚报》",
            ["周明丽"],
            "",
        ),
        ("<div>时政</div><div>2021-06-03 08:15 来源：某地日报</div>", "08:15", "某地日报", [], ""),
        ("<div>来源：环保局　信息员：周明丽　时间：2021-06-03 08:15</div>", "08:15", "环保局", ["周明丽"], ""),
        (
            "<div>发布时间：<script>document.write('2021-06-03 08:15:00');</script> 来源：某地网</div>",
            "08:15",
            "某地网",
            [],
            "",
        ),
        (
            "<i id=x></i><script>var pubtime='2021-06-03 08:15:00';x.innerHTML=pubtime</script> 来源：某地网",
            "08:15",
            "某地网",
            [],
            "",
        ),
        (
            "<div><a href='/profile/88'><img src=t.jpg></a><a href='/profile/88'>清河那些事儿</a></div>"
            "<div><i>2021-06-03 08:15</i> <a href='/profile/follow'>关注</a></div>",
            "08:15",
            "清河那些事儿",
            [],
            "",
        ),
        ("<div>2021-06-03 08:15·清河观察官方账号</div>", "08:15", "清河观察", [], ""),
        ("<div>2021-06-03 08:15 <a href='/shizheng/'>时政要闻</a></div>", "08:15", "", [], ""),
        ("<div>2021-06-03 08:15:22　来源：\n某地日报\n  <a>我来说两句</a></div>", "08:15", "某地日报", [], ""),
    ],
)
def test_time_source_writers_and_editor_are_read_as_printed(
    header: str, time: str, source: str, authors: list[str], editor: str
) -> None:
    article = read(header)
    assert article.title == TITLE
    assert article.published_at is not None
    assert f"{article.published_at:%Y-%m-%d %H:%M}" == f"2021-06-03 {time}"
    assert (article.source, article.authors, article.editor) == (source, authors, editor)


def test_what_stands_above_the_title_or_below_the_text_counts_where_the_header_is_silent() -> None:
    article = read("", title=f"<div>发布时间：2021-06-03 08:15 作者：周 明 来源：教务部</div><h1>{TITLE}</h1>")
    assert (article.authors, article.source) == (["周明"], "教务部")
    article = read("", tail="<p>来源：某地日报</p><p>发布时间：2021-06-03 08:15</p>")
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2021-06-03T08:15:00+08:00"


def test_the_day_of_a_meeting_in_a_subtitle_is_not_the_page_s_day() -> None:
    article = read(
        "<div>2021年06月03日 08:15</div>",
        title=f"<h1>{TITLE}<br><span>——2021年6月2日在市人大常委会第二十九次会议上</span></h1>",
    )
    assert article.title == TITLE
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2021-06-03T08:15:00+08:00"


@pytest.mark.parametrize("head", [f"{TITLE}--某某网", "某地日报", "某地新闻网"])
def test_a_title_that_a_line_break_parts_is_whole(head: str) -> None:
    title = f"<h1>{TITLE[:8]}<br>{TITLE[8:]}</h1>"
    article = read("<div>2021-06-03 08:15 来源：某地日报</div>", head=head, title=title)
    assert article.title.replace(" ", "") == TITLE


def test_a_title_has_no_tag_behind_it_and_a_byline_is_none() -> None:
    header = "<div>2021-06-03 08:15 来源：某地日报</div>"
    assert read(header, title=f"<h1>\n{TITLE}\n<span>原创</span></h1>").title == TITLE
    article = read(f"<p>某地报·某地网记者 周明 实习生 王小川</p>{header}", head="某地报在线")
    assert (article.title, article.authors) == (TITLE, ["周明", "王小川"])


def test_what_is_set_as_the_title_beats_a_head_that_tells_of_something_else() -> None:
    cell = f"<table><tr><td class=tit>{TITLE}</td></tr></table>"
    article = read("<div>2021-06-03 08:15 来源：某地日报</div>", head="统计月报解读：全市供水投资增势良好", title=cell)
    assert article.title == TITLE


@pytest.mark.parametrize("head", ["政务公开信息内容页", "无标题文档", "欢迎访问某地门户", "News"])
def test_a_head_that_says_nothing_gives_way_to_what_is_printed(head: str) -> None:
    info = "<div>2021-06-03 08:15 来源：某地日报</div>"
    assert read(info, head=head, title=f"<p><b>{TITLE}</b></p>").title == TITLE
    table = f"<table><tr><td>名称</td><td>{TITLE}</td></tr><tr><td>公开日期</td><td>2021-06-03</td></tr></table>"
    assert read("", head=head, title=table).title == TITLE


def test_menus_above_the_title_inside_the_text_s_own_element_are_no_text() -> None:
    menu = "".join(f"<div><a href='/{n}'>栏目{n}</a></div>" for n in range(20))
    page = (
        f"<html><head><title>{TITLE}_某某网</title></head><body>{menu}<div>{TITLE}</div><div>2021-06-03 08:15 "
        f"来源：某地日报</div>{TEXT}<p>为你推荐</p>"
        + "".join(
            f"<p><a href='/{n}'>第{n}条别的新闻的标题很长</a></p><p>它的一句摘要，说了别的事情。</p>" for n in range(4)
        )
        + "</body></html>"
    )
    article = parse_page(Page("https://www.example.cn/xw/1.html", page.encode(), "text/html; charset=utf-8")).article
    assert article is not None
    assert len(article.paragraphs) == 3, article.paragraphs
    assert (article.title, article.source) == (TITLE, "某地日报")


def test_where_a_text_was_taken_from_tells_its_writer_and_is_no_paragraph() -> None:
    note = "<p>本文来自微信公众号“城事”（ID：cs），作者：周明，编辑：王小川，某网经授权发布。</p>"
    article = read("<div>2021-06-03 08:15</div>", tail=note)
    assert (article.authors, article.editor) == (["周明"], "王小川")


@pytest.mark.parametrize(
    ("header", "tail", "source", "authors", "editor"),
    [
        ("<div>21-06-03 08:15 来源：某地日报 21-06-03 08:16</div>", "", "某地日报", [], ""),
        ("<div><span>2021-06-03 08:15</span><a href='http://x.cn'>参考消息</a></div>", "", "参考消息", [], ""),
        ("<div>2021-06-03 08:15</div>", "<p>某报·某网记者 周明辉 来源 ： 某地日报</p>", "某地日报", ["周明辉"], ""),
        ("<div>2021-06-03 08:15</div>", "<p>本文稿源：某地日报 责任编辑：NF041</p>", "某地日报", [], "NF041"),
    ],
)
def test_sources_and_writers_are_read_in_further_places(
    header: str, tail: str, source: str, authors: list[str], editor: str
) -> None:
    article = read(header, tail=tail)
    assert (article.source, article.authors, article.editor) == (source, authors, editor)


@pytest.mark.parametrize(
    "line",
    [
        "【纠错】 【责任编辑: 王小川】",
        "【纠错】 编辑 王小川",
        "纠错 | 编辑：王小川",
        "【纠错】 编辑丨王小川 校对丨周明",
    ],
)
def test_an_editor_beside_a_button_below_the_text_is_found(line: str) -> None:
    page = (
        f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><div>2021-06-03 08:15</div>"
        f"<div id=detailContent>{TEXT}</div><div class=b>{line}</div></body></html>"
    )
    article = parse_page(Page("https://www.example.cn/xw/1.html", page.encode(), "text/html; charset=utf-8")).article
    assert article is not None
    assert article.editor == "王小川"


def test_a_header_inside_the_text_s_own_element_is_no_text_though_only_styles_part_its_pieces() -> None:
    page = (
        f"<html><head><title>{TITLE}_某地证券报</title></head><body><article><h1>{TITLE}</h1><div><span>周明丽</span>"
        f"<span>某地证券报</span><span>2021-06-03 08:15</span></div><div>{TEXT}</div></article></body></html>"
    )
    article = parse_page(Page("https://www.example.cn/xw/1.html", page.encode(), "text/html; charset=utf-8")).article
    assert article is not None
    assert len(article.paragraphs) == 3, article.paragraphs
    assert (article.source, article.authors) == ("某地证券报", ["周明丽"])
    assert article.published_at is not None
    assert f"{article.published_at:%H:%M}" == "08:15"


def test_a_newspaper_s_electronic_edition_is_the_source_of_its_pages() -> None:
    top = "<div>某地日报 2021年06月03日 星期四</div><div>第 06 版：民生 上一版 下一版</div>"
    assert read("<p>某地日报全媒记者 周明丽</p>", title=f"{top}<h2>{TITLE}</h2>").source == "某地日报"
    # Today's date above a page of the site is no edition.
    assert read("", title=f"<div>某地日报 2021年06月03日</div><h2>{TITLE}</h2>").source == ""


def test_a_title_that_the_text_repeats_in_two_lines_is_no_paragraph() -> None:
    page = (
        f"<html><head><title>{TITLE}_某地政府网</title></head><body><div>2021-06-03 08:15</div><div id=zoom>"
        f"<p>{TITLE[:8]}<br>{TITLE[8:]}</p><p>某政办发〔2021〕8号</p>{TEXT}</div></body></html>"
    )
    article = parse_page(Page("https://www.example.cn/xw/1.html", page.encode(), "text/html; charset=utf-8")).article
    assert article is not None
    assert article.paragraphs[0] == "某政办发〔2021〕8号"
    assert len(article.paragraphs) == 4
