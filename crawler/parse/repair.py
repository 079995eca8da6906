"""Damaged copies made whole again where that is certain, and marked where it is not.

Spam mirrors set a text in Traditional characters and put the reading behind some of them (`發(fā)展`). Their tool works
on GBK bytes and sometimes matches across two characters, which breaks both: `日報` becomes `日?qǐng)?bào)`, because the
second byte of 日 and the first of 報 make 請.
"""

from __future__ import annotations

import re
import unicodedata

from crawler.parse.article import Article
from crawler.parse.body_html import without
from crawler.parse.decode import Decoded
from crawler.parse.page import squeeze

__all__ = ["BROKEN", "repair_article", "unpinyin"]

BROKEN = "〓"
"""The printer's sign for a character that is missing (U+3013); never U+FFFD, which means that decoding failed."""

_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_SYLLABLE = rf"[a-zü]{{0,4}}[{_TONES}][a-zü]{{0,4}}(?:[ ,，/][a-zü]{{0,4}}[{_TONES}][a-zü]{{0,4}})?"
_TONED = re.compile(rf"[(（][a-zü]{{0,4}}[{_TONES}]")
_READING = re.compile(rf"(?P<char>[\u3400-\u9fff])[(（](?P<reading>{_SYLLABLE})[)）]")
_SPLIT = re.compile(
    rf"(?P<before>[\u3400-\u9fff])[?？\ufffd](?P<crossed>{_SYLLABLE})[)）][?？\ufffd](?P<reading>{_SYLLABLE})[)）]"
)
_REST = re.compile(rf"[?？\ufffd](?P<reading>{_SYLLABLE})[)）]")
_ENOUGH = 12
"""Readings on a page from which they are a mirror's noise; a text that explains a rare name has one or two."""

# Readings of frequent Traditional characters: what such a tool is seen to annotate. Only used to restore a character
# whose GBK bytes and reading both fit, so a gap here leaves a mark and never a wrong character.
_READINGS = """
愛ài 礙ài 罷bà 擺bǎi 敗bài 頒bān 辦bàn 幫bāng 綁bǎng 寶bǎo 報bào 鮑bào 備bèi 貝bèi 輩bèi 筆bǐ 畢bì 幣bì
閉bì 邊biān 編biān 變biàn 辯biàn 標biāo 錶biǎo 別bié 賓bīn 餅bǐng 並bìng 撥bō 補bǔ 佈bù 財cái 參cān 殘cán
倉cāng 滄cāng 艙cāng 測cè 側cè 層céng 產chǎn 闡chǎn 長cháng 償cháng 嘗cháng 場chǎng 廠chǎng 暢chàng 車chē
徹chè 塵chén 陳chén 稱chēng 誠chéng 懲chéng 遲chí 馳chí 齒chǐ 衝chōng 蟲chóng 籌chóu 醜chǒu 礎chǔ 處chǔ
儲chǔ 觸chù 傳chuán 創chuàng 純chún 詞cí 辭cí 從cóng 叢cóng 聰cōng 達dá 帶dài 貸dài 單dān 擔dān 膽dǎn 彈dàn
當dāng 黨dǎng 檔dàng 導dǎo 島dǎo 燈dēng 鄧dèng 敵dí 遞dì 點diǎn 電diàn 調diào 釣diào 頂dǐng 訂dìng 東dōng
動dòng 凍dòng 鬥dòu 獨dú 讀dú 斷duàn 鍛duàn 隊duì 對duì 噸dūn 頓dùn 奪duó 額é 惡è 餓è 兒ér 發fā 罰fá 閥fá
範fàn 飯fàn 販fàn 訪fǎng 紡fǎng 飛fēi 費fèi 廢fèi 紛fēn 奮fèn 豐fēng 風fēng 鋒fēng 馮féng 鳳fèng 膚fū 負fù
復fù 複fù 婦fù 該gāi 蓋gài 幹gàn 趕gǎn 剛gāng 鋼gāng 綱gāng 崗gǎng 個gè 鞏gǒng 貢gòng 溝gōu 構gòu 購gòu
穀gǔ 顧gù 關guān 觀guān 館guǎn 慣guàn 貫guàn 廣guǎng 規guī 歸guī 軌guǐ 貴guì 國guó 過guò 漢hàn 號hào 賀hè
紅hóng 後hòu 護hù 華huá 畫huà 劃huà 話huà 懷huái 壞huài 環huán 還hái 歡huān 換huàn 揮huī 輝huī 匯huì 會huì
繪huì 貨huò 獲huò 禍huò 機jī 積jī 績jì 擊jī 雞jī 極jí 級jí 幾jǐ 計jì 記jì 際jì 紀jì 濟jì 繼jì 劑jì 價jià
駕jià 監jiān 堅jiān 間jiān 艱jiān 揀jiǎn 檢jiǎn 減jiǎn 簡jiǎn 見jiàn 建jiàn 艦jiàn 漸jiàn 踐jiàn 鑒jiàn
將jiāng 獎jiǎng 講jiǎng 醬jiàng 驕jiāo 膠jiāo 腳jiǎo 較jiào 階jiē 節jié 結jié 潔jié 傑jié 進jìn 緊jǐn 僅jǐn
盡jǐn 經jīng 驚jīng 鯨jīng 競jìng 靜jìng 鏡jìng 舊jiù 舉jǔ 據jù 劇jù 懼jù 鋸jù 捲juǎn 絕jué 覺jué 決jué
軍jūn 開kāi 凱kǎi 課kè 懇kěn 墾kěn 庫kù 褲kù 誇kuā 塊kuài 寬kuān 礦kuàng 況kuàng 虧kuī 潰kuì 擴kuò 闊kuò
來lái 蘭lán 欄lán 藍lán 覽lǎn 攬lǎn 勞láo 樂lè 類lèi 淚lèi 離lí 裡lǐ 裏lǐ 禮lǐ 歷lì 厲lì 勵lì 麗lì 聯lián
連lián 憐lián 臉liǎn 練liàn 鏈liàn 煉liàn 糧liáng 涼liáng 兩liǎng 輛liàng 療liáo 遼liáo 鄰lín 臨lín 齡líng
靈líng 領lǐng 嶺lǐng 劉liú 龍lóng 樓lóu 盧lú 陸lù 錄lù 綠lǜ 慮lǜ 驢lǘ 亂luàn 輪lún 論lùn 倫lún 羅luó 邏luó
絡luò 駱luò 媽mā 馬mǎ 碼mǎ 罵mà 買mǎi 賣mài 麥mài 滿mǎn 慢màn 貓māo 貿mào 沒méi 門mén 們men 夢mèng 彌mí
綿mián 廟miào 滅miè 閩mǐn 鳴míng 銘míng 畝mǔ 納nà 難nán 腦nǎo 內nèi 擬nǐ 鳥niǎo 寧níng 農nóng 濃nóng 諾nuò
歐ōu 盤pán 賠péi 噴pēn 篇piān 貧pín 頻pín 評píng 憑píng 蘋píng 撲pū 鋪pū 譜pǔ 齊qí 騎qí 啟qǐ 氣qì 棄qì
鉛qiān 遷qiān 簽qiān 錢qián 槍qiāng 強qiáng 牆qiáng 搶qiǎng 橋qiáo 喬qiáo 親qīn 輕qīng 傾qīng 請qǐng 慶qìng
窮qióng 區qū 驅qū 趨qū 權quán 勸quàn 確què 讓ràng 擾rǎo 熱rè 認rèn 榮róng 軟ruǎn 銳ruì 潤rùn 賽sài 傘sǎn
掃sǎo 殺shā 曬shài 閃shǎn 陝shǎn 傷shāng 賞shǎng 燒shāo 紹shào 設shè 攝shè 審shěn 滲shèn 聲shēng 繩shéng
聖shèng 勝shèng 師shī 詩shī 濕shī 實shí 時shí 識shí 蝕shí 勢shì 視shì 試shì 適shì 釋shì 飾shì 壽shòu 獸shòu
書shū 輸shū 屬shǔ 術shù 樹shù 數shù 豎shù 雙shuāng 誰shuí 稅shuì 順shùn 說shuō 絲sī 飼sì 鬆sōng 聳sǒng
訟sòng 蘇sū 訴sù 肅sù 雖suī 隨suí 歲suì 孫sūn 損sǔn 縮suō 鎖suǒ 態tài 灘tān 貪tān 談tán 譚tán 湯tāng 討tǎo
騰téng 題tí 體tǐ 條tiáo 鐵tiě 聽tīng 廳tīng 頭tóu 圖tú 團tuán 頹tuí 襪wà 灣wān 彎wān 萬wàn 網wǎng 為wéi
圍wéi 違wéi 維wéi 偉wěi 緯wěi 衛wèi 謂wèi 穩wěn 問wèn 聞wén 紋wén 窩wō 烏wū 無wú 吳wú 務wù 霧wù 誤wù 犧xī
習xí 襲xí 戲xì 細xì 係xì 繫xì 蝦xiā 嚇xià 鮮xiān 纖xiān 閑xián 賢xián 顯xiǎn 險xiǎn 縣xiàn 現xiàn 線xiàn
憲xiàn 獻xiàn 鄉xiāng 詳xiáng 響xiǎng 項xiàng 協xié 寫xiě 謝xiè 興xīng 鏽xiù 繡xiù 須xū 許xǔ 續xù 緒xù
軒xuān 選xuǎn 學xué 尋xún 詢xún 訓xùn 訊xùn 遜xùn 壓yā 鴨yā 亞yà 煙yān 嚴yán 顏yán 鹽yán 驗yàn 陽yáng
揚yáng 養yǎng 樣yàng 謠yáo 遙yáo 藥yào 業yè 葉yè 頁yè 醫yī 儀yí 遺yí 億yì 憶yì 議yì 義yì 藝yì 譯yì 異yì
陰yīn 銀yín 飲yǐn 隱yǐn 應yīng 鷹yīng 營yíng 贏yíng 擁yōng 優yōu 憂yōu 郵yóu 遊yóu 猶yóu 魚yú 漁yú 與yǔ
語yǔ 譽yù 預yù 園yuán 員yuán 圓yuán 緣yuán 遠yuǎn 願yuàn 約yuē 閱yuè 躍yuè 雲yún 運yùn 雜zá 災zāi 載zài
暫zàn 贊zàn 髒zāng 棗zǎo 責zé 則zé 擇zé 澤zé 賊zéi 增zēng 贈zèng 詐zhà 債zhài 戰zhàn 佔zhàn 張zhāng 漲zhǎng
帳zhàng 賬zhàng 趙zhào 這zhè 貞zhēn 針zhēn 偵zhēn 診zhěn 陣zhèn 鎮zhèn 爭zhēng 徵zhēng 證zhèng 鄭zhèng
織zhī 職zhí 執zhí 紙zhǐ 質zhì 製zhì 誌zhì 鐘zhōng 鍾zhōng 終zhōng 種zhǒng 腫zhǒng 眾zhòng 週zhōu 諸zhū
豬zhū 燭zhú 囑zhǔ 貯zhù 註zhù 駐zhù 築zhù 專zhuān 磚zhuān 轉zhuǎn 賺zhuàn 莊zhuāng 裝zhuāng 狀zhuàng
壯zhuàng 準zhǔn 資zī 總zǒng 縱zòng 組zǔ 鑽zuān
"""
_TABLE: dict[str, str] = {entry[0]: entry[1:] for entry in _READINGS.split()}

_SPAM = re.compile(
    "无码|無碼|国产精品|精品国产|精品久久|亚洲欧[洲美]|欧美(?:亚洲|日韩)|日韩(?:欧美|精品)|"
    "天天夜夜|狠狠狠|福利视频|视频福利|成人(?:视频|电影|网站)|黄(?:片|色网站)|在线观看免费|"
    "免费观看在线|色情|激情(?:五月|小说)|人妻|"
    "博彩|百家乐|时时彩|六合彩|彩票平台|北京赛车|娱乐城|菠菜网|棋牌(?:平台|游戏)|老虎机|真人(?:荷官|"
    "娱乐)|办证|代开发票|代孕|枪支|迷药"
)


def unpinyin(decoded: Decoded) -> list[str]:
    """Take a mirror's readings out of a decoded page, in place, before anything is read from it.

    Args:
        decoded: the page.

    Returns:
        What was done, for the article's notes; empty for a page that is not such a copy.
    """
    text = decoded.text
    # Cheap first: twelve readings without one of these letters do not happen.
    if not any(letter in text for letter in "ìǎù") or _TONED.search(text) is None:
        return []
    readings = list(_READING.finditer(text))
    if len(readings) < _ENOUGH:
        return []
    known = dict(_TABLE)
    for match in readings:
        known.setdefault(match["char"], unicodedata.normalize("NFC", match["reading"]))
    restored = marked = 0

    def restore(match: re.Match[str]) -> str:
        nonlocal restored, marked
        found = _restore(match["before"], match["crossed"], match["reading"], known)
        if found:
            restored += 1
        else:
            marked += 1
        return match["before"] + (found or BROKEN)

    def mark(match: re.Match[str]) -> str:
        nonlocal marked
        marked += 1
        return BROKEN

    text = _SPLIT.sub(restore, text)
    text = _READING.sub(r"\g<char>", text)
    text = _REST.sub(mark, text)
    decoded.text = text
    notes = [f"readings in brackets removed: {len(readings)}"]
    if restored:
        notes.append(f"broken characters restored: {restored}")
    if marked:
        notes.append(f"broken characters marked {BROKEN}: {marked}")
    return notes


def _restore(before: str, crossed: str, reading: str, known: dict[str, str]) -> str:
    """The one character whose reading and GBK bytes both explain the damage, or empty."""
    try:
        second = before.encode("gbk")[1:]
    except UnicodeEncodeError:
        return ""
    fitting = []
    for char, sound in known.items():
        if sound != reading:
            continue
        try:
            first = char.encode("gbk")[:1]
            across = (second + first).decode("gbk")
        except UnicodeError:
            # No character of GBK, or the two bytes are none: this one cannot have been broken so.
            continue
        if known.get(across) == crossed:
            fitting.append(char)
    return fitting[0] if len(fitting) == 1 else ""


def is_spam(text: str) -> bool:
    """Whether a line is what spam mirrors put around a stolen text."""
    hits = len(_SPAM.findall(text))
    return hits >= 2 or (hits == 1 and len(squeeze(text)) <= 40)


def repair_article(article: Article) -> None:
    """Cut spam that stands before or after the text, and say so.

    Only from the ends: a report on gambling names these words in its sentences.
    """
    paragraphs = article.paragraphs
    start, end = 0, len(paragraphs)
    while start < end and is_spam(paragraphs[start]) and not re.search("[。！？]", paragraphs[start]):
        start += 1
    while end > start and is_spam(paragraphs[end - 1]) and not re.search("[。！？]", paragraphs[end - 1]):
        end -= 1
    if start == 0 and end == len(paragraphs):
        return
    for cut, where in ((paragraphs[:start], "before"), (paragraphs[end:], "after")):
        if cut:
            article.notes.append(f"spam {where} the text cut off: {len(cut)} lines")
    article.body_html = without(article.body_html, [*paragraphs[:start], *paragraphs[end:]])
    article.paragraphs = paragraphs[start:end]
