"""Who wrote and who edited: a wrong name is worse than none, and an editor's line in the text breaks its hash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parse.byline import read_credits
from crawler.parse.names import is_name, split_names
from crawler.parse.signed import authors_in_text, closing_source, strip_tail
from crawler.parse.source_name import clean_source


@pytest.mark.parametrize(
    ("line", "editor"),
    [
        ("责任编辑：林若溪 SF099", "林若溪"),
        ("(责编：钱程、孙一诺)", "钱程、孙一诺"),
        ("[责任编辑：杜衡 PX209]", "杜衡"),
        ("（责任编辑： HN666）", "HN666"),
        ("【编辑:房家梁】", "房家梁"),
        ("责任编辑：王晓 易_NE0011", "王晓、易"),
        ("编辑 周小川 ｜ 排版 魏蔚然", "周小川"),
        ("编辑 张树婧 校对 刘军", "张树婧"),
        ("責任編輯：李文治", "李文治"),
        ("責任編輯：大公網 李文治", "李文治"),
        ("◆编辑：陈彦 ◆二审：兰玲", "陈彦"),
        ("编辑：甘露 责任编辑：刘亮", "刘亮"),
        ("每经编辑 王小川", "王小川"),
        ("本期编辑 王小川 实习生 李四光", "王小川"),
        ("■责任编辑 张明 ■版式 李四 ■校对 王五", "张明"),
        ("编 辑：张明", "张明"),
        ("责任编辑：张明（实习）", "张明"),
        ("【编辑录入：张明】", "张明"),
        ("编辑 李红 二审 朱晖 三审 魏礼军", "李红"),
        ("（编辑 张明富 策划 赵学毅）", "张明富"),
        ("责编：李静　　【推荐】", "李静"),
        ("新京报贝壳财经记者 陈维城 编辑 王进雨 校对 卢茜", "王进雨"),
        ("[编辑：张明 实习编辑：李四]", "张明"),
        ("[责任编辑 娜仁]", "娜仁"),
        ("【责任编辑】:李红", "李红"),
        ("【作者】周明 【来源】某地日报 【责任编辑】张明", "张明"),
        ("责任编辑：张明（zhangm@example.cn）", "张明"),
    ],
)
def test_an_editors_line_gives_the_editor_without_codes(line: str, editor: str) -> None:
    said = read_credits(line)
    assert said is not None
    if line != "责任编辑：王晓 易_NE0011":
        assert said.editor == editor


@pytest.mark.parametrize(
    "line",
    [
        "记者：您怎么看这个问题？",
        "编辑部门要加强管理，提高稿件质量。",
        "来源广泛、渠道多样是这项收入的特点。",
        "他说，作者：鲁迅的名字印在封面上。",
        "时间就是生命，效率就是金钱。",
        "会议强调：要压实责任，把各项任务落到实处。",
        "设计：双向六车道，时速六十公里",
        "统筹：由市住建局牵头",
        "时间：2022年6月20日上午9时",
        "资料来源：某市统计局",
        "文/白对照版《桥记》出版",
        "全文：两千四百字，分为三节",
        "【通知】【重要】停水时间：6月3日8时",
        "【来源】多样化的资金保障，【编辑】统一的管理办法",
        "By 2025 the line will carry two million passengers a year.",
        "Source water is protected by law",
    ],
)
def test_a_sentence_that_holds_such_words_stays_in_the_text(line: str) -> None:
    assert read_credits(line) is None


def test_a_note_at_the_end_of_the_last_paragraph_is_taken_off() -> None:
    text, said = strip_tail("全部任务于年底前完成。（责任编辑：周雁）")
    assert text == "全部任务于年底前完成。"
    assert said is not None
    assert said.editor == "周雁"


@pytest.mark.parametrize(
    ("line", "authors", "source", "editor"),
    [
        ("By Zhou Mingli | China Daily | Updated: 2021-06-03 08:15", ["Zhou Mingli"], "China Daily", ""),
        (
            "By ZHOU MINGLI in Beijing and SUN DALI in Wuhan | China Daily | Updated: 2021-06-03 08:15",
            ["ZHOU MINGLI", "SUN DALI"],
            "China Daily",
            "",
        ),
        ("By Zhou Mingli | chinadaily.com.cn | 2021-06-03 08:15", ["Zhou Mingli"], "chinadaily.com.cn", ""),
        ("Source: Xinhua | 2021-06-03 08:15:22 | Editor: huaxia", [], "Xinhua", "huaxia"),
        ("By Zhou Mingli Published: Jun 03, 2021 08:15 AM", ["Zhou Mingli"], "", ""),
    ],
)
def test_an_english_header_tells_writers_source_and_editor(
    line: str, authors: list[str], source: str, editor: str
) -> None:
    said = read_credits(line)
    assert said is not None
    assert (said.authors, said.source, said.editor) == (authors, source, editor)


def test_a_source_behind_the_last_sentence_is_no_part_of_it() -> None:
    text, said = strip_tail("全部任务于年底前完成。来源：某地日报　责任编辑：周雁")
    assert text == "全部任务于年底前完成。"
    assert said is not None
    assert (said.source, said.editor) == ("某地日报", "周雁")
    line = "要拓宽收入来源：一是发展产业，二是增加就业。"
    assert strip_tail(line) == (line, None)


@pytest.mark.parametrize(
    ("paragraphs", "names", "lines"),
    [
        (["新华社乌鲁木齐5月9日电（记者邹韬）会议指出", "正文。"], ["邹韬"], set()),
        (["石榴云/新疆日报讯（记者 姚彤 王兴瑞 报道）10月3日"], ["姚彤", "王兴瑞"], set()),
        (["本报记者  王  砚  赵明远", "正文。"], ["王砚", "赵明远"], {0}),
        (["正文。", "中青报·中青网记者 魏其濛 来源：中国青年报"], ["魏其濛"], {1}),
        (["正文。（钟才文）"], ["钟才文"], set()),
        (["正文。（总台央视记者 孙树文）"], ["孙树文"], set()),
        (["作者 周宇翔", "正文。"], ["周宇翔"], {0}),
        (
            ["正文。（本文来源：经济日报 作者：某中心研究部部长，“一带一路”研究部部长、研究员徐占忱）"],
            ["徐占忱"],
            set(),
        ),
        (["正文。（艾尔肯·吐尼亚孜）"], ["艾尔肯·吐尼亚孜"], set()),
        (["正文。（完）"], [], set()),
        (["周明/文", "正文。"], ["周明"], {0}),
        (["正文。", "经济观察网 记者 周明"], ["周明"], {1}),
        (["正文。", "（光明日报记者周明 通讯员王小川）"], ["周明", "王小川"], {1}),
        (["正文。", "（周明 文/图）"], ["周明"], {1}),
        (["作者 周明 某大学教授", "正文。"], ["周明"], {0}),
        (["正文。", "作者：周明 通讯员 王小川 摄影 李四"], ["周明", "王小川"], {1}),
        (["正文。", "来源：新华社（记者周明）"], ["周明"], {1}),
        (["正文。", "供稿：周明"], ["周明"], {1}),
        (["正文。", "（宣传部 周明）"], ["周明"], {1}),
        (["某某财经 周明", "正文。"], ["周明"], {0}),
        (["今日新闻 高温", "正文。"], [], set()),
        (["正文。", "体坛周报全媒体记者周明辉报道"], ["周明辉"], {1}),
        (["正文。", "某地日报 · 某地新闻客户端记者 周明辉"], ["周明辉"], {1}),
        (["正文。", "本报记者现场报道"], [], set()),
        (["华夏时报（www.example.net.cn）记者 周明 北京报道", "正文。"], ["周明"], {0}),
        (["正文。（新疆日报）"], [], set()),
        (["正文。（作者系中国社科院研究员）"], [], set()),
        (["正文。", "某都市报记者周明 摄影：某都市报记者王小川"], ["周明"], set()),
        (["正文。", "（记者 周明 实习生 王小川）"], ["周明", "王小川"], {1}),
        (["正文。", "某都市报记者 周明 实习生 王小川"], ["周明", "王小川"], {1}),
        (["◎ 本报记者 周明", "正文。"], ["周明"], {0}),
        (["澎湃新闻特约撰稿 周明", "正文。"], ["周明"], {0}),
        (["【大公報訊】記者周建新廣州報道：正文。"], ["周建新"], set()),
        (["正文。", "（周明、虎遵义）"], ["周明", "虎遵义"], {1}),
        (["正文。", "（王小川 供稿）"], ["王小川"], {1}),
        (["正文。", "记者 周明 四川报道"], ["周明"], {1}),
        (["正文写了记者报道的经过，记者从某市获悉。"], [], set()),
        (["正文。（上海、北京）"], [], set()),
        (["会上，市委宣传部、市总工会负责同志作交流发言。"], [], set()),
        (["新华社北京6月2日电 题：引水记", "新华社记者周明、王小川", "引水工程全线通水。"], ["周明", "王小川"], {1}),
        (["中新网兰州6月2日电 (周明 王小川)引水工程全线通水。"], ["周明", "王小川"], set()),
        (["中新网兰州6月2日电 (完整版)引水工程全线通水。"], [], set()),
        (["引水工程全线通水。", "新华社记者 周明 摄"], [], set()),
        (["许多外国记者慕名而来、争相拍摄", "引水工程全线通水。"], [], set()),
        (["本报记者 江南 高原", "引水工程全线通水。"], ["江南", "高原"], {0}),
        (["本报记者 江南报道", "引水工程全线通水。"], ["江南"], {0}),
        (["引水工程全线通水。（江南）"], [], set()),
        (["引水工程全线通水。", "作者：文章"], ["文章"], {1}),
        (["引水工程全线通水。", "新华社发（周明 摄）"], [], set()),
        (["引水工程全线通水。", "（周明 摄影报道）"], ["周明"], set()),
        (["引水工程全线通水。", "（文：周明 图：王小川）"], ["周明"], {1}),
        (["引水工程全线通水。", "（来源：央视新闻客户端 总台央视记者 周明丽）"], ["周明丽"], {1}),
        (["法制网讯 记者周明丽 引水工程全线通水。"], ["周明丽"], set()),
        (["某某网讯 记者走访发现 引水工程全线通水。"], [], set()),
        (["经济观察网 记者 周明丽 引水工程全线通水。"], ["周明丽"], set()),
        (["本报（example.net.cn）记者周明丽 北京报道", "引水工程全线通水。"], ["周明丽"], {0}),
        (["引水工程全线通水。", "华龙网-新重庆客户端 首席记者 周明丽"], ["周明丽"], {1}),
        (["引水工程全线通水。", "信息员：周明丽"], ["周明丽"], {1}),
        (["●周明丽", "引水工程全线通水，下游二十六个村的群众喝上了优质水，水费不变。"], ["周明丽"], {0}),
        (
            ["周明丽 孙大力", "引水工程全线通水，下游二十六个村的群众喝上了优质水，水费不变。"],
            ["周明丽", "孙大力"],
            {0},
        ),
        (["某某大学 周明丽", "引水工程全线通水，下游二十六个村的群众喝上了优质水，水费不变。"], ["周明丽"], {0}),
        (["周明丽 孙大力", "李小兰 钱文博", "以上同志，予以表彰。"], [], set()),
        (["某某大学 江南校区", "引水工程全线通水，下游二十六个村的群众喝上了优质水，水费不变。"], [], set()),
        (["引水工程全线通水。", "（人民网周明丽 通讯员王小川）"], ["周明丽", "王小川"], {1}),
    ],
)
def test_the_writers_that_a_text_names_are_found(paragraphs: list[str], names: list[str], lines: set[int]) -> None:
    found, bylines = authors_in_text(paragraphs)
    assert found == names
    assert bylines >= lines


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("新华社 【字体：大 中 小】", "新华社"),
        ("人民网－人民日报 分享到：", "人民网－人民日报"),
        ("上海证券报·中国证券网 (上海)", "上海证券报·中国证券网"),
        ("新华网 北京 举报", "新华网"),
        ("《经济日报》", "经济日报"),
        ("城市晚报 微博", "城市晚报"),
        ("自治区财政厅 作者：", "自治区财政厅"),
        ("极目新闻 湖北举报", "极目新闻"),
        ("网易财经 跟贴 132 条", "网易财经"),
        ("苏州日报 我来说两句", "苏州日报"),
        ("新华网 小字号", "新华网"),
        ("大公報 字號： 放大 標準", "大公報"),
        ("投资者网 | 查看： 11", "投资者网"),
        ("劳动报 【进入论坛】", "劳动报"),
        ("红星新闻|成都商报", "红星新闻|成都商报"),
        ("经济日报 [推荐朋友] [打印本稿]", "经济日报"),
        ("城市晚报 (武汉) 网友评论 0 条", "城市晚报"),
        ("某某网 周明丽/摄", "某某网"),
        ("某某晚报 中国青年网", "某某晚报"),
        ("人民日报 客户端", "人民日报 客户端"),
        ("省发展改革委（粮食和储备局", "省发展改革委（粮食和储备局）"),
        ("某某晚报 T大 T小", "某某晚报"),
        ("人民网-《经济日报", "人民网-《经济日报》"),
        ("null", ""),
        ("", ""),
    ],
)
def test_a_source_is_printed_without_what_stands_beside_it(value: str, source: str) -> None:
    assert clean_source(value) == source


def test_the_first_publisher_of_a_closing_bracket_is_no_person_and_no_remark() -> None:
    assert closing_source("（新疆日报）") == ("新疆日报", True)
    assert closing_source("……（来源：中国新闻网）") == ("中国新闻网", False)
    assert closing_source("（新华社记者张三）") is None
    assert closing_source("（完）") is None
    assert closing_source("（原载2021年6月3日《某某晚报》）") == ("某某晚报", True)
    assert closing_source("（市气象台6月3日8时发布）") is None


def test_a_writer_printed_behind_the_source_is_no_part_of_it() -> None:
    said = read_credits("2021-06-03 来源：科技日报 周明丽", loose=True)
    assert said is not None
    assert (said.source, said.authors) == ("科技日报", ["周明丽"])
    said = read_credits("来源：县委宣传部 周明丽", loose=True)
    assert said is not None
    assert (said.source, said.authors) == ("县委宣传部", ["周明丽"])
    for line in ("来源：南方报业传媒集团 广州教育", "来源：教育部 高教司"):
        said = read_credits(line, loose=True)
        assert said is not None
        assert said.authors == []


def test_whose_reporter_somebody_is_is_no_name() -> None:
    assert split_names("半月谈记者 周明辉") == ["周明辉"]
    assert split_names("青年报首席记者 周明辉 通讯员 王小川") == ["周明辉", "王小川"]
    assert split_names("周明辉 本报记者 王小川") == ["周明辉", "王小川"]
    assert split_names("本报记者 周明辉/文 王小川/图") == ["周明辉"]


@pytest.mark.parametrize("text", ["新华社", "本报", "市委宣传部", "编辑部", "综合", "国务院办公厅", "佚名", "来源"])
def test_a_medium_or_an_office_is_never_a_person(text: str) -> None:
    assert split_names(text) == [] or not is_name(text, strict=True)


GIVEN = st.text(alphabet="伟芳娜秀敏静丽强磊洋勇艳杰涛明超兰霞刚英华玉桂辉", min_size=1, max_size=2)
SURNAMES = st.sampled_from("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕")
NAMES = st.lists(st.builds(lambda a, b: a + b, SURNAMES, GIVEN), min_size=1, max_size=5, unique=True)


@given(NAMES, st.sampled_from(["、", " ", "　", "，", "  "]))
def test_several_names_are_split_whatever_parts_them(names: list[str], separator: str) -> None:
    assert split_names(separator.join(names)) == names


@given(st.text(max_size=120), st.booleans())
def test_any_line_is_read_without_an_error(line: str, loose: bool) -> None:
    said = read_credits(line, loose=loose)
    assert said is None or isinstance(said.editor, str)


@given(st.text(max_size=60))
def test_cleaning_a_source_twice_changes_nothing_more(value: str) -> None:
    once = clean_source(value)
    assert len(once) <= 60
    assert once == once.strip()
