from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedupe.boilerplate import content_lines
from crawler.dedupe.characters import skeleton
from crawler.dedupe.normalise import Change, classify_revision, fold

TITLE = "青河县引水工程全线通水"
BODY = [
    "新华社乌鲁木齐6月15日电（记者 张三）青河县引水工程15日全线通水，沿线4个乡镇2.6万名群众喝上了放心水。",
    "工程总投资3.8亿元，铺设管道128公里；建设者克服高寒缺氧等困难，提前42天完工。",
    "县水利局局长王五说：“水质检测42项指标全部合格。”下一步，当地将把支管接到每一户牧民家中！",
    "据了解，工程每年可节约运水费用约900万元，运水里程同比变化12%，为发展棚圈养殖和设施农业提供了保障。",
]


def frame(body: list[str]) -> list[str]:
    return [
        "当前位置： 首页>>新闻中心>>疆内>>正文",
        TITLE,
        "日期：2026-06-15 10:21",
        "来源：某某日报",
        "点击量：318",
        "【字体： 大 中 小】",
        *body,
        "（责任编辑：李四）",
        "海量资讯、精准解读，尽在新浪财经APP",
        "版权声明：凡注明“来源：某某网”的所有作品，版权归某某网所有，未经授权不得转载。",
        "相关新闻：",
        "· 青河县春耕全面展开",
        "扫一扫在手机打开当前页",
    ]


def test_a_copy_in_another_frame_is_the_same_content() -> None:
    assert fold(TITLE, frame(BODY)).content_id == fold(TITLE, BODY).content_id


def test_another_dateline_is_the_same_content() -> None:
    other = [BODY[0].replace("新华社乌鲁木齐6月15日电（记者 张三）", "石榴云/新疆日报讯（记者 赵六报道）"), *BODY[1:]]
    assert fold(TITLE, other).content_id == fold(TITLE, BODY).content_id


def test_a_traditional_copy_with_pinyin_noise_is_the_same_content() -> None:
    simplified = ["国务院联防联控机制综合组派出工作组，指导当地进一步落实有关要求。", *BODY]
    mirror = [
        "國(guó)務(wù)院聯(lián)防聯(lián)控機(jī)制綜合組派出工作組,指導(dǎo)當(dāng)?shù)剡M(jìn)一步落實(shí)有關(guān)要求.".replace(
            "?shù)剡", "地"
        ),
        *BODY,
    ]
    assert fold(TITLE, mirror).sentences[1:] == fold(TITLE, simplified).sentences[1:]
    assert "guo" not in fold(TITLE, mirror).sentences[0]


def test_full_width_digits_and_half_width_commas_do_not_make_a_new_content() -> None:
    wide = [line.replace("，", ", ").replace("42", "４２").replace("“", '"').replace("”", '"') for line in BODY]
    assert fold(TITLE, wide).content_id == fold(TITLE, BODY).content_id


def test_a_body_printed_twice_folds_like_one_printed_once() -> None:
    assert fold(TITLE, BODY + BODY).content_id == fold(TITLE, BODY).content_id


def test_two_notices_of_few_words_are_known_by_their_titles() -> None:
    assert fold("关于停水的公告", ["详见附件。"]).content_id != fold("关于停电的公告", ["详见附件。"]).content_id


def test_a_page_that_is_all_labels_is_not_emptied() -> None:
    lines = ["主办单位：青河县人民政府", "承办单位：青河县水利局", "联系地址：团结路1号", "时间：6月20日上午"]
    assert "".join(fold("会议通知", lines).sentences)


@pytest.mark.parametrize(
    "line",
    [
        "记者：您怎么看这项工程？",
        "一、总体要求",
        "2026年6月15日，青河县引水工程全线通水，群众喝上了放心水。",
        "时间：6月20日上午9时",
        "国家大力发展核电 促进能源转型",
        "他说，来源清楚、去向明白的水才是放心水。",
        "（一）加强组织领导，压实各级责任，确保按期完工。",
    ],
)
def test_a_line_of_the_text_is_kept(line: str) -> None:
    assert content_lines(TITLE, [line]) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "责任编辑：李四 SF001",
        "（责编：李四）",
        "2026年06月15日 10:21  来源：某某网",
        "• 2026年6月15日 9时05分",
        "某某网 > 即时新闻 > 地方",
        "編輯：李四  審核：王五",
        "　　原标题：青河县引水工程",
        "【纠错】",
        "上一篇：青河县春耕全面展开",
        "本报讯（记者 张三）",
        "新ICP备12345678号-1",
    ],
)
def test_a_line_of_the_site_is_dropped(line: str) -> None:
    assert "".join(content_lines(TITLE, [line])) == ""


def revised(old: str, new: str) -> list[str]:
    changed = [line.replace(old, new) for line in BODY]
    assert changed != BODY
    return changed


@pytest.mark.parametrize(
    ("old", "new"),
    [("3.8亿元", "3.6亿元"), ("王五", "王武"), ("全部合格", "基本合格"), ("12%", "-12%"), ("2.6万名", "2.6%名")],
)
def test_a_change_of_number_name_or_word_is_substantive(old: str, new: str) -> None:
    assert classify_revision((TITLE, BODY), (TITLE, revised(old, new))) is Change.SUBSTANTIVE
    assert classify_revision(fold(TITLE, BODY), fold(TITLE, revised(old, new))) is Change.SUBSTANTIVE


def test_another_title_is_substantive() -> None:
    assert classify_revision((TITLE, BODY), (TITLE + "提前", BODY)) == "substantive"


def test_a_sign_before_a_number_is_substantive() -> None:
    old, new = ["工业增加值同比增长 3.5%，降幅收窄。" * 3], ["工业增加值同比增长 -3.5%，降幅收窄。" * 3]
    assert classify_revision((TITLE, old), (TITLE, new)) is Change.SUBSTANTIVE


@pytest.mark.parametrize(
    "body",
    [
        frame(BODY),
        [BODY[0] + BODY[1], *BODY[2:]],
        ["　　" + line + " " for line in BODY],
        [*BODY, "编辑：赵六", "点击量：99999"],
        [*BODY, "下载新浪财经APP，了解更多"],
    ],
    ids=["frame", "paragraphs joined", "white space", "editor and counter", "promotion"],
)
def test_a_change_around_the_text_is_cosmetic(body: list[str]) -> None:
    assert classify_revision((TITLE, BODY), (TITLE, body)) is Change.COSMETIC


@given(st.text())
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    once = skeleton(text)
    assert skeleton(once) == once


@given(st.text(), st.lists(st.text(), max_size=6))
def test_folding_is_deterministic_and_never_repeats_a_sentence(title: str, paragraphs: list[str]) -> None:
    folded = fold(title, paragraphs)
    assert folded == fold(title, paragraphs)
    assert len(set(folded.sentences)) == len(folded.sentences)
    assert 0 <= folded.content_id < 1 << 63
    assert "\n" not in folded.title
    assert all(folded.sentences)
