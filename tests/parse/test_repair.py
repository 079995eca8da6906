"""A mirror's noise in the text keeps a copy from being known as one."""

from __future__ import annotations

from crawler.parse import parse_page
from crawler.parse.article import Page
from crawler.parse.decode import Decoded
from crawler.parse.repair import unpinyin

NOISY = (
    "經(jīng)濟(jì)發(fā)展與環(huán)境保護(hù)應(yīng)當(dāng)協(xié)調(diào)進(jìn)行,各級(jí)單位要認("
    "rèn)真總結(jié)經(jīng)驗(yàn),"
    "確保工作實(shí)效。據(jù)山西日?qǐng)?bào)消息,項(xiàng)目已經(jīng)開工。"
)


def test_readings_are_removed_and_a_broken_character_is_restored() -> None:
    decoded = Decoded(NOISY, "utf-8", "utf-8")
    notes = unpinyin(decoded)
    assert decoded.text == (
        "經濟發展與環境保護應當協調進行,各級單位要認真總結經驗,確保工作實效。據山西日報消息,項目已經開工。"
    )
    assert any("removed" in note for note in notes)
    assert any("restored: 1" in note for note in notes)


def test_a_character_that_is_not_certain_is_marked_and_not_guessed() -> None:
    decoded = Decoded(NOISY.replace("日?qǐng)?bào)", "日?xyǐng)?bào)"), "utf-8", "utf-8")
    notes = unpinyin(decoded)
    assert "山西日〓消息" in decoded.text
    assert any("marked" in note for note in notes)


def test_the_reading_of_one_rare_name_stays() -> None:
    text = "他叫陶喆(zhé),籍贯是睢(suī)县,这里的读音是编辑加的。"
    decoded = Decoded(text, "utf-8", "utf-8")
    assert unpinyin(decoded) == []
    assert decoded.text == text


def test_spam_around_a_copied_text_is_cut_off_and_told() -> None:
    text = (
        "中國新聞 > 地方\n\n湖區調查啟動\n\n發布時間:2022-02-24 14:29:00來源: 高原日報\n\n"
        "保護站今天啟動了為期十天的越冬水鳥同步調查,共布設二十六個觀測點,三十名隊員參加。\n\n"
        "(責編: 洛桑)\n\n国产精品福利在线无码卡一,亚洲欧洲无码中文字幕 不卡精品视频福利\n"
    )
    article = parse_page(Page("file:///tmp/copy.txt", text.encode(), "text/plain")).article
    assert article is not None
    assert article.title == "湖區調查啟動"
    assert article.source == "高原日報"
    assert article.editor == "洛桑"
    assert len(article.paragraphs) == 1
    assert any("spam" in note for note in article.notes)


def test_a_report_on_gambling_keeps_its_sentences() -> None:
    line = "警方通报，该团伙以百家乐、时时彩等名义设立网络赌博平台，涉案金额上亿元。"
    html = f"<html><head><title>警方破获赌博案</title></head><body><h1>警方破获赌博案</h1><div>2023-05-06 来源：某市日报</div><div id='zoom'><p>{line}</p><p>{line.replace('通报', '介绍')}</p></div></body></html>"  # noqa: E501
    article = parse_page(Page("https://www.example.cn/1.html", html.encode())).article
    assert article is not None
    assert line in article.paragraphs
