"""The body as a reader sees it: its HTML must show the same text as its paragraphs, and nothing that runs."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.parse import parse_page
from crawler.parse.article import Article, Page
from crawler.parse.furniture import is_clutter
from crawler.parse.line import Line
from crawler.parse.names import split_names
from crawler.parse.page import squeeze
from crawler.parse.rendered import render
from crawler.parse.trim import Trimmed

FILLER = "<p>会议指出，各地要把群众温暖过冬作为重要民生任务，确保供暖设施检修一处、合格一处。</p>"


def read(body: str) -> Article:
    page = f"<html><head><title>供暖工作会议召开</title></head><body><h1>供暖工作会议召开</h1><div>2023-05-06 10:00 来源：某市日报</div><div id='zoom'>{body}{FILLER}</div></body></html>"  # noqa: E501
    article = parse_page(Page("https://www.example.cn/xw/1.html", page.encode(), "text/html; charset=utf-8")).article
    assert article is not None
    return article


def test_code_in_a_text_stays_text_in_its_html() -> None:
    article = read("<p>网页里写着&lt;script&gt;alert(1)&lt;/script&gt;和&lt;b&gt;，读者看得见。</p>")
    assert article.paragraphs[0] == "网页里写着<script>alert(1)</script>和<b>，读者看得见。"
    assert "<script" not in article.body_html
    assert "&lt;script&gt;" in article.body_html


def test_scripts_handlers_and_their_addresses_never_reach_the_html() -> None:
    article = read(
        "<p onclick='x()'>第一段讲了检修的进度，<a href='javascript:x()'>点这里</a>看详情，一共三处。</p>"
        "<script>alert(1)</script><p><img src='x.jpg' onerror='x()' width='600'>图下面的一段话，讲了燃料储备。</p>"
    )
    for sign in ("onclick", "onerror", "javascript:", "<script", "alert"):
        assert sign not in article.body_html
    assert article.images[0].url == "https://www.example.cn/xw/x.jpg"


@pytest.mark.parametrize(
    "html",
    [
        "<a href='javascript:x()'>点这里</a>",
        "<a href='https://www.example.cn/' onclick='x()'>点这里</a>",
        "<img src='https://www.example.cn/x.jpg' onerror='x()'>",
        "<script>x()</script>",
        "<iframe src='https://www.example.cn/'></iframe>",
        "<svg><script>x()</script></svg>",
    ],
)
def test_the_sanitiser_is_a_wall_of_its_own_whatever_a_line_brings(html: str) -> None:
    # Lines are safe by construction; this is for the day on which one is not.
    article = Article(url="https://www.example.cn/xw/1.html", publisher="tibet_net")
    render(article, Trimmed([Line("供暖设施检修一处、合格一处。", html=f"供暖设施{html}检修一处、合格一处。")]))
    assert "供暖设施" in article.body_html
    for sign in ("javascript:", "onclick", "onerror", "<script", "x()", "<iframe", "<svg"):
        assert sign not in article.body_html


def test_headings_tables_lists_captions_and_short_lines_are_kept_as_such() -> None:
    article = read(
        "<h3>一、储备</h3><table><tr><td>煤炭</td><td>三十万吨</td></tr><tr><td>天然气</td><td>八千万方</td></tr></table>"
        "<ul><li>东区两处</li><li>西区一处</li></ul><p>春天来了<br>雪化了</p>"
        "<div class='img_wrapper'><img src='a.jpg'><span class='img_descr'>工人在检修锅炉。</span></div>"
    )
    assert article.paragraphs[:7] == [
        "一、储备",
        "煤炭\t三十万吨",
        "天然气\t八千万方",
        "东区两处",
        "西区一处",
        "春天来了",
        "雪化了",
    ]
    assert "<h3>一、储备</h3>" in article.body_html
    assert "<td>煤炭</td>" in article.body_html
    assert article.images[0].caption == "工人在检修锅炉。"
    assert "工人在检修锅炉" not in article.body


@pytest.mark.parametrize(
    "line",
    [
        "声明说，双方将继续就供暖设施建设开展合作。",
        "提示：检修期间，东区两处暂停供水，请提前储水。",
        "风险提示函已送达有关企业，要求限期整改。",
        "如有侵权行为，当事人可以依法提起诉讼。",
        "未经许可使用他人商标的，由市场监管部门责令停止。",
        "扫码缴费不能成为唯一选项",
        "扫黑除恶需持续关注重点领域",
        "下载国家反诈中心APP，谨防电信诈骗。",
        "主办单位：某市文化广电和旅游局",
        "时间：2022年6月20日上午9时",
        "地点：市会议中心三楼会议室",
        "设计：双向六车道，时速60公里。",
        "统筹：由市住建局牵头，各县区配合。",
        "主任：周明　副主任：王小川",
        "资料来源：某市统计局",
        "来源：资金来源为市级财政拨款和银行贷款，共计九亿元。",
        "投稿邮箱：gr@example.cn",
        "举报电话：12345",
        "相关政策解读会将于近期举行。",
        "分享到每一位市民手中的，是实实在在的便利。",
        "编辑出版《供暖志》，计划年底前完成初稿。",
        "（此件公开发布）",
        "打开APP商城，优惠随处可见。",
        "文明上网的倡议得到了全校师生的响应，已有三百人签名。",
        "广告投放要真实合法。",
        "热词是时代的注脚。",
        "本文链接起两代人的记忆。",
        "来源于网络的供暖谣言不可信，请以公告为准。",
        "往来如织，老人们都在看热闹。",
        "监制：由市住建局牵头，各县区配合。",
        "图片/文字两不误",
        "审核/审批流程优化",
        "订阅手机报的用户已达三十万。",
        "下载安装应急广播客户端的农户已有三万。",
        "主持人：王小川",
        "相关链接：什么是“两免一补”？",
        "推荐阅读书目：《红楼梦》《西游记》",
        "扫一扫门前雪，邻里情更浓。",
        "声明：即日起，原公章作废。",
        "责任部门：办公室",
        "关注困难群众冷暖，是各级干部的责任。",
        "打印机、复印机等设备采购须集中进行。",
        "点赞！他们冒雨抢修六小时",
        "本文来自一位老工程师的日记，他记录了建厂的经过。",
        "12393",
        "登录和注册人数均创新高",
        "微信公众号粉丝突破百万",
        "违者必究的规定写进了公约。",
        "您看这篇文章写得怎么样？",
        "感动、高兴、难过，老人说着说着流下了泪。",
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_a_line_that_only_looks_like_furniture_stays_in_the_text(line: str, last: bool) -> None:
    long = "<p>近年来，全市改造老旧管网三百公里，更换锅炉四十台，群众满意度逐年提高。</p>"
    article = read(f"{long}<p>{line}</p>{'' if last else long}")
    assert line.replace("\u3000", " ") in article.paragraphs


@pytest.mark.parametrize(
    "line",
    [
        # 新华网 sets the number of a page in front of its text.
        "0100200303000000000000000111061250" * 3 + "审计三十年",
        "阅读  点击  评论  收藏  " * 9 + "甲",
        "中青报中青网见习见习驻北京驻上海" * 6 + "甲",
    ],
)
def test_a_line_of_the_same_over_and_over_is_read_in_no_time(line: str) -> None:
    # Each took longer than the age of the world; the rule for all patterns is in tests/test_patterns.py.
    assert not is_clutter(line)
    assert split_names(line, strict=True) == []


@pytest.mark.parametrize(
    "line",
    [
        "— END —",
        "广告",
        "相关热词：供暖",
        "62人评论",
        "新浪体育App：点击下载",
        "觉得不错，请点“在看”",
        "上一页 [1] [2] [3] 下一页",
        "本文链接：https://www.example.cn/xw/1.html",
        "（文章来源于网络，如有侵权请联系删除）",
        "风险及免责提示：以上内容仅代表作者的个人立场和观点。",
        "《某市日报》2021年06月03日第3版",
        "监制：某某博览",
        "■某某日报报业集团新闻信息中心",
        "点击图片进入专题>>>",
        "----------",
        "正文已结束，您可以按alt+4进行评论",
        "点赞 3",
        "请登录后发表评论",
        "违者必究",
        "微信公众号",
        "Read more: https://www.example.cn/1",
        "如需转载请与《某某新闻》报社联系。",
        "版權所有 不得轉載",
        "题图｜视觉中国",
        "内容审核：李红",
        "【编辑】：王小川",
        "本文转载自某地晚报",
        "总策划：赵有为 策划：李红 记者：周明丽 编辑：王小川",
        "您看到此篇文章时的感受是：",
        "【大 中 小】 【打印】 【关闭】",
        "返回栏目 | 返回首页",
        "点赞(3) 收藏(0)",
        "设为首页 | 加入收藏",
        "暂无评论，快来抢沙发",
        "网友评论仅供其表达个人看法，并不表明某某网立场。",
        "用户名： 密码： 匿名发布",
        "↓↓↓点击阅读原文",
        "打开某某新闻，阅读体验更佳",
        "关注某某财经（abc518），获取更多机会",
        "（本文来自某某新闻，更多原创资讯请下载“某某新闻”APP）",
        "主管：某某 主办：某某",
        "增值电信业务经营许可证：京B2-20000000",
        "题图来源：视觉中国",
        "审核人：李红",
        "感动 路过 高兴 难过 搞笑 愤怒 无聊 同情",
        "已有0人表态",
        "*某报独家稿件，转载请注明出处。",
        "© 某某传媒 2021",
        "此内容为某财经原创，著作权归某财经所有。未经书面授权，不得以任何方式加以使用。",
        "安装新浪财经客户端第一时间接收最全面的市场资讯→【下载地址】",
        "和讯网今天刊登了《供暖工作会议召开》一文，关于此事的更多报道，请在和讯财经客户端上阅读。",
    ],
)
def test_furniture_below_a_text_leaves_it(line: str) -> None:
    long = "<p>近年来，全市改造老旧管网三百公里，更换锅炉四十台，群众满意度逐年提高。</p>"
    article = parse_page(
        Page(
            "https://www.example.cn/xw/1.html",
            f"<html><head><title>供暖工作会议召开</title></head><body><h1>供暖工作会议召开</h1>"
            f"<div id='zoom'>{FILLER}{long}<p>{line}</p></div></body></html>".encode(),
            "text/html; charset=utf-8",
        )
    ).article
    assert article is not None
    assert len(article.paragraphs) == 2


@pytest.mark.parametrize(
    "line",
    ["3人点赞", "打开某某APP阅读全文", "展开阅读全文", "已有 0 条评论", "文明上网理性发言，请遵守新闻评论服务协议"],
)
def test_what_the_site_says_to_its_visitors_is_no_text(line: str) -> None:
    assert line not in read(f"{FILLER}<p>{line}</p>").paragraphs


def test_a_signature_under_a_picture_is_text_and_its_caption_is_not() -> None:
    article = read(
        "<p><img src='a.jpg'></p><p style='text-align:center'>工人在检修锅炉</p>"
        "<p>近年来，全市改造老旧管网三百公里，更换锅炉四十台，群众满意度逐年提高。</p>"
        "<p><img src='b.jpg'></p><p style='text-align:right'>某市住房和城乡建设局</p>"
    )
    assert "工人在检修锅炉" not in article.body
    assert "某市住房和城乡建设局" in article.paragraphs


def test_an_editors_block_inside_the_mark_does_not_hide_the_sentences_beside_it() -> None:
    inside = "".join(f"<p>第{n}处换热站完成检修，管道压力正常，值守人员到岗。</p>" for n in "一二三四五六七八九")
    article = read(
        f"<div class='TRS_Editor'>{inside}</div>"
        "<p>会议要求，各地要加强值守，发现问题及时处置，确保群众温暖过冬。</p><p>会后，与会人员实地察看了热源厂，听取了情况介绍。</p>"
    )
    assert "会后，与会人员实地察看了热源厂，听取了情况介绍。" in article.paragraphs
    assert "第九处换热站完成检修，管道压力正常，值守人员到岗。" in article.paragraphs


def test_a_keyword_link_called_keyword_stays_in_its_sentence() -> None:
    article = read(
        "<p>其中<a class='keyword' href='/q'>新能源汽车</a>、锂电池合计出口二百六十亿元。</p>"
        "<p>　　<span id='stock_1'><a class='keyword' href='/q'>额敏县</a></span><span id='q1'></span>抽检样品一千六百批次。</p>"  # noqa: E501
    )
    assert article.paragraphs[:2] == ["其中新能源汽车、锂电池合计出口二百六十亿元。", "额敏县抽检样品一千六百批次。"]


@given(st.text(alphabet="供暖工作<>&\"'；，。a1 ;/#x", min_size=1, max_size=60))
def test_the_html_shows_the_same_text_as_the_paragraphs(text: str) -> None:
    article = read(f"<p>第一段是：{escape(text)}，说完了。</p>")
    shown = html.fromstring(f"<div>{article.body_html}</div>").text_content()
    assert squeeze(shown) == squeeze(article.body)


def test_a_link_between_two_paragraphs_ends_no_text() -> None:
    one = "<p>市热力公司表示，八座热源厂均已完成设备检修。</p>"
    two = "<p>各供热企业开通了二十四小时服务电话。</p>"
    link = "<div><p>相关阅读：</p><p><a href='/2'>去年同期供暖工作提前三天完成</a></p></div>"
    article = read(f"{FILLER}{one}{link}{two}{one.replace('八', '十')}")
    assert article.paragraphs[-4:-1] == [
        "市热力公司表示，八座热源厂均已完成设备检修。",
        "各供热企业开通了二十四小时服务电话。",
        "市热力公司表示，十座热源厂均已完成设备检修。",
    ]


def test_a_document_s_table_at_the_head_of_its_text_is_no_text() -> None:
    rows = (
        "<tr><td>索 引 号</td><td>1142-2023-1</td><td>主题分类</td><td>市政</td></tr>"
        "<tr><td>发文机关</td><td>某市人民政府</td><td>成文日期</td><td>2023年5月1日</td></tr>"
    )
    article = read(f"<table>{rows}</table><table><tr><td>名称</td><td>数量</td></tr></table>")
    assert article.paragraphs == ["名称\t数量", FILLER[3:-4]]
    assert article.document is not None
    assert article.document["索引号"] == "1142-2023-1"


def test_signs_that_a_mirror_sets_among_the_words_unseen_are_no_text() -> None:
    line = "近年来，全市改造老旧管网三百公里，更换锅炉四十台，群众满意度逐年提高。"
    small = "<b style='font-size:0.9em'>好</b>"
    article = read(f"<p>{line[:9]}<font style='font-size:0px'>9kQ</font>{line[9:]}{small}</p>")
    assert article.paragraphs[0] == f"{line}好"
