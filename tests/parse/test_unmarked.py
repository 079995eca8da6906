"""Pages whose classes and ids say nothing: only what stands there tells the text from what surrounds it."""

from __future__ import annotations

import pytest

from crawler.parse import parse_page
from crawler.parse.article import Article, Page

ONE = "市水利局今日通报，东干渠除险加固工程完成主体施工，预计汛期前通水。"
TWO = "工程全长十二公里，总投资三亿元，受益农田八万亩。"


def read(inner: str) -> Article:
    html = (
        "<html><head><title>东干渠除险加固工程完成主体施工_某网</title></head><body>"
        "<div class='a1'><a href='/'>首页</a><a href='/xw/'>新闻</a></div>"
        f"<div class='a2'><div class='a3'>东干渠除险加固工程完成主体施工</div><div>2023-05-06 10:00</div>{inner}</div>"
        "</body></html>"
    )
    article = parse_page(Page("https://www.example.cn/1.html", html.encode(), "text/html; charset=utf-8")).article
    assert article is not None
    return article


def test_the_sentences_at_a_pages_foot_do_not_outweigh_a_short_text() -> None:
    article = read(
        f"<div class='a4'><p>{ONE}</p></div><div class='a5'><p>【免责声明】本文仅代表作者本人观点，与本网无关。"
        "本网对文中陈述、观点判断保持中立，不对所包含内容的准确性、可靠性或完整性提供任何保证，请读者仅作参考。</p></div>"
        "<div class='a6'>违法和不良信息举报电话：010-00000000，客服电话：010-00000001，传真：010-00000002，"
        "广告、发行、会员服务，请在工作日拨打。增值电信业务经营许可证编号：某B2-00000000，未经书面授权，禁止使用本站内容。</div>"
    )
    assert article.paragraphs == [ONE]


def test_a_list_that_names_itself_is_not_read_with_the_text_above_it() -> None:
    teaser = "<dl><dt><a href='/2'>图</a></dt><dd><a href='/2'>{0}</a></dd><dd>{0}，详情如何，一起来看。</dd></dl>"
    teasers = "".join(
        teaser.format(text) for text in ("西干渠开工", "南水厂扩建，供水能力翻番", "北湖清淤，水质连续三年向好")
    )
    article = read(
        f"<div class='a4'><p>{ONE}</p><p>{TWO}</p></div><div class='a5'><h2>为你推荐</h2><div>{teasers}</div></div>"
    )
    assert article.paragraphs == [ONE, TWO]


def test_a_row_of_links_in_a_text_is_a_menu_and_linked_words_in_a_sentence_are_not() -> None:
    row = "".join(f"<a href='/{word}'>{word}</a> " for word in ("资金流向", "千股千评", "个股诊断", "最新评级"))
    linked = "据<a href='/a'>水利局</a>、<a href='/b'>农业局</a>、<a href='/c'>气象局</a>会商，近期无大雨。"
    article = read(f"<div class='a4'><p>{ONE}</p><p>{row}</p><p>{linked}</p><p>{TWO}</p></div>")
    assert article.paragraphs == [ONE, "据水利局、农业局、气象局会商，近期无大雨。", TWO]


def test_a_long_paragraph_does_not_stand_for_the_text_that_it_is_a_part_of() -> None:
    long = TWO * 12
    article = read(
        f"<div class='a4'><div>（2023年5月6日市政府常务会议通过）</div><div>{long}</div><div>{ONE}</div></div>"
    )
    assert article.paragraphs[-2:] == [long, ONE]


def test_a_long_row_of_teasers_wrapped_many_times_is_not_the_text() -> None:
    teaser = (
        "<li><a href='/{0}'>专栏{0}</a><p>“第{0}次调研时，几位老农说，渠通了，地就活了，今年要多种两百亩。”</p></li>"
    )
    teasers = f"<ul>{''.join(teaser.format(number) for number in range(12))}</ul>"
    for _ in range(4):
        teasers = f"<table><tr><td>{teasers}</td></tr></table>"
    article = read(f"<div class='a4'><p>{ONE}</p><p>{TWO * 6}</p></div><div class='a5'>{teasers}</div>")
    assert article.paragraphs == [ONE, TWO * 6]


@pytest.mark.parametrize("stray", ["</body>", "</body></html>", "</html>", "</div></div></body></html><html><body>"])
def test_a_document_that_is_closed_in_the_middle_is_read_to_its_end(stray: str) -> None:
    article = read(f"{stray}<div class='a4'><p>{ONE}</p><p>{TWO}</p></div>")
    assert article.paragraphs == [ONE, TWO]
    assert article.published_printed == "2023-05-06 10:00"


def test_what_a_body_closed_in_the_middle_leaves_behind_may_hold_any_character() -> None:
    assert read(f"<div class='a4'><p>{ONE}</p><p>{TWO}</p></div></body>\x0b\x1f尾<br>").paragraphs[:2] == [ONE, TWO]


def test_bare_blocks_that_each_begin_with_a_link_are_teasers_and_sections_are_not() -> None:
    said = "说了它为什么值得一看，也说了它分成几个部分，读者可以从哪里看起。"
    teasers = "".join(f"<div><a href='/z{n}'>专题{n}</a><p>这是专题{n}的介绍，{said}</p></div>" for n in range(6))
    article = read(f"<div><p>{ONE}</p><p>{TWO * 3}</p></div><div>{teasers}</div>")
    assert article.paragraphs == [ONE, TWO * 3]
    sections = "".join(f"<div><h4>第{n}段</h4><p>这是第{n}段的介绍，{said}</p></div>" for n in range(6))
    article = read(f"<div><p>{ONE}</p>{sections}</div>")
    assert len(article.paragraphs) == 13


def test_short_lines_behind_a_single_paragraph_are_of_its_text() -> None:
    article = read(f"<div>{ONE * 2}</div><div>特此公告。</div><div>某市水利局</div><div>2023年5月6日</div>")
    assert article.paragraphs == [ONE * 2, "特此公告。", "某市水利局", "2023年5月6日"]
