"""What belongs to the page and not to the text: cut from a body's lines by rules on whole lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from crawler.parse.byline import Credits, read_credits
from crawler.parse.dates import first_time
from crawler.parse.heading import fold_title
from crawler.parse.line import Line
from crawler.parse.page import squeeze
from crawler.parse.repair import is_spam
from crawler.parse.signed import closing_source, strip_tail

__all__ = ["PARTED", "STATEMENT", "Trimmed", "is_clutter", "trim"]

# Whole lines that are never text of an article, wherever they stand.
_CLUTTER = re.compile(
    r"^[\s\[【（(<《>·•|｜*＊—-]*(?:"
    r"海量资讯、精准解读，尽在新浪财经APP|24小时滚动播报最新的.{0,80}|扫(?:描)?二维码，?.{0,12}开户.{0,12}|VIP课程推荐|APP专享直播|热门推荐|收起|加载中\.*|"
    r"热点栏目.{0,60}|热点栏目 自选股 数据中心 行情中心 资金流向 模拟交易|"
    r"(?:登录|打开|下载)新浪财经APP.{0,60}|炒股就看.{0,60}|炒股开户享福利.{0,80}|股市瞬息万变.{0,60}|"
    r"股市回暖.{0,60}|点击进入专题.{0,40}|进入【新浪财经股吧】讨论|"
    r"新浪财经意见反馈留言板|我要反馈|意见反馈|新浪财经Level2.{0,60}|新浪财经App[:：].{0,60}|"
    r"【线索征集令！】.{0,200}|语音播报.{0,80}|(?:THE[_ ]?)?END|#?PAGE_?BREAK#?|图集|\+1|"
    r"(?:新闻)?线索(?:爆料|报料|征集)(?:通道|方式|热线)?[:：].{0,160}|.{0,16}一键三连.{0,8}|"
    r"正在改变与想要改变世界的人.{0,12}|广告|和讯网今天刊登了《.{2,80}》一文，.{0,80}|(?:本文|原文|文章)(?:链接|地址|网址)[:：].{0,200}|"
    r".{0,12}点击下载|.{0,20}[点戳击][个下亮]?[“\"]?在看.{0,12}|(?:相关)?热词[:：].{0,80}|"
    r"视频加载中.{0,30}|自动播放|播放视频|点击播放|点击查看(?:大图|原图|更多|全文)?|查看(?:大图|"
    r"原图|更多|全文)|展开(?:全文|剩余.{0,6}|更多)|阅读(?:全文|"
    r"原文|更多)|剩余\d+%未读|点击阅读全文|"
    r"分享到?[:：]?|分享(?:至|到)(?:微信|微博|朋友圈|手机|.{0,10})?|分享到微信朋友圈.{0,40}|"
    r"微信|微博|QQ空间|朋友圈|新浪微博|腾讯微博|Qzone|复制链接|"
    r"用微信扫.{0,30}|(?:请)?(?:用|使用)?(?:手机)?(?:微信)?扫一?扫.{0,40}|微信扫码.{0,20}|"
    r"扫码(?:关注|下载|阅读|查看|观看|进入|加入|分享|进群|咨询|了解|订阅|看|听).{0,20}|扫描二维码.{0,30}|打开微信.{0,40}|"
    r"使用“扫一扫”.{0,40}|长按(?:识别)?二维码.{0,30}|手机看新闻|手机版|手机阅读.{0,12}|"
    r"(?:【|\[)?字[体号][:：]?\s*(?:[大中小默认超特标准\s]*)(?:】|\])?|字[体号][:：]?.{0,16}|"
    r"大 ?中 ?小|小 ?中 ?大|T\|T|A[+-]|"
    r"(?:【|\[)?(?:打印|打印本页|打印本文|打印页面|打印文章|我要打印|关闭|关闭窗口|关闭本页|"
    r"关闭页面|收藏|收藏本文|返回顶部|返回首页|返回列表|返回上页|返回|顶部|回到顶部|"
    r"纠错|我要纠错|举报|保存|下载|复制|复制本页|推荐|评论|点赞|赞|点击关闭)(?:】|\])?(?:[\s|"
    r"｜/·]*(?:【|\[)?(?:打印|打印本页|打印本文|关闭|关闭窗口|"
    r"关闭本页|收藏|返回顶部|返回首页|返回|纠错|分享)(?:】|\])?)*|"
    r"(?:上|下|前|后)一[篇条页则个]\s?(?:[:：].{0,80}|没有了|无)?|没有了|首页|尾页|末页|(?:首页|"
    r"上一页|下一页|尾页|末页|共\s?\d+\s?页|\d++|[|｜\s.…<>«»\[\]【】])+|"
    r"(?:(?:浏览|点击|访问|阅读|人气|点击率|评论|收藏|转载|喜欢|打印|举报|分享)(?:次数|量|数)?▼?[:：]?[\s（(\d)）次┊|｜]*)+|\d+\s*(?:人参与|人评论|"
    r"评论|条评论|阅读|次浏览|赞)|(?:\d+\s*)?人参与(?:\d+)?评论|"
    r"评论\s?\d*|暂无评论|[顶踩]\s?\d*|0% \(0\)|您是第\s?\d+\s?位.{0,8}|热词搜索[:：].{0,80}|下载.{2,10}，报料有奖|"
    r"版权合作.{0,12}电话[:：].{0,30}|"
    r"(?:投稿|新闻|报料|爆料|读者)热线[:：].{0,60}|(?:我要|发表|"
    r"网友|最新|热门|全部|查看)评论.{0,16}|已有\d+.{0,10}评论|"
    r"关键[字词][:：>].{0,120}|文章关键词[:：].{0,120}|标签[:：].{0,80}|tags?[:：].{0,80}|本文标签[:：].{0,80}|"
    r"返回搜狐，?查看更多|返回.{2,8}，?查看更多|责任编辑[:：]|责编[:：]|编辑[:：]|作者[:：]|"
    r"来源[:：]|审核[:：]|校对[:：]|原文链接.{0,120}|原文[:：]\s?https?://\S+|"
    r"版权声明|版權聲明|免责声明|特别声明|(?:相关|推荐|热门|延伸|更多)(?:阅读|新闻|文章|链接|报道|专题|"
    r"推荐|内容|视频|资讯|稿件|附件)?[:：>》\s]*|"
    r"(?:更多精彩.{0,30}|精彩推荐|猜你喜欢|为您推荐|大家都在看|点击排行|热门排行|今日热点|"
    r"编辑推荐|图片推荐|频道精选|精彩图集)|"
    r"(?:扫一扫|扫码|扫描|扫二维码|点击|长按).{0,12}(?:关注|下载).{0,30}|关注.{0,16}(?:公众号|微信|官方微博).{0,20}|"
    r"下载(?!.{0,8}反诈).{0,20}(?:客户端|APP|App).{0,30}|"
    r"(?:更多|欢迎).{0,20}(?:关注|下载).{0,40}(?:公众号|客户端|APP|App|微博|微信).{0,20}|"
    r"您?的?浏览器不支持.{0,60}|您的浏览器版本.{0,60}|请使用浏览器.{0,30}|Your browser does not support.{0"
    r",60}|如无法播放.{0,40}|"
    r"(?:当前位置|您(?:现在|当前)?(?:所在)?的?位置|所在位置)[:：].{0,100}|正文(?:内容)?[:：]?|"
    r"(?:沪深|港股|美股)?行情|手机新浪网.{0,30}|新浪首页|新浪导航|举报邮箱.{0,40}|.{0,12}报料[:：].{0,60}|"
    r".{0,20}未经授权，?(?:不得|禁止|"
    r"请勿)转载.{0,20}|.{0,6}本文系.{0,20}(?:原创|独家).{0,10}(?:稿件)?，?.{0,20}未经.{0,20}转载.{0,20}"
    r")[\s\]】）)>》·•|｜*＊。.!！—-]*$",
    re.I,
)
# Statements: dropped where they begin a line in the last third of the text or after its end.
STATEMENT = re.compile(
    r"^[\s\[【（(<《·•*＊“\"]*(?:版權聲明|新浪财经?声明|新浪声明|免责声明|特别声明|郑重声明|版权声明|"
    r"转载声明|平台声明|作者声明|网站声明|重要声明|风险(?:提示)?及免责|特别提醒[:：]如果我们使用了|本(?:内容|文章)(?:为|仅代表)作者.{0,8}观点|(?:本?文章?|图片|图文|内容|素材|资料)?(?:内容|图片)?均?(?:来源于?|来自于?|源自|源于|转自|转载自|摘自)(?:互联网|网络)(?=[\s，,。；;：:）)】]|$|侵|如|仅)|风险提示[:：].{0,12}(?:以上|本文|本内容|投资有风险|股市有风险|仅供)|"
    r"[\u3400-\u9fff]{1,6}(?:网|报|社|刊|财经|新闻|平台|证券)声明[:：]|声明\s?[:：]|提示[:：].{0,30}(?:仅供参考|不构成|本文|本网|不代表|观点)|凡(?:本网|本站|"
    r"注明|来源|未注明)|本文仅代表作者|本文(?:系|为).{0,20}(?:授权|原创|独家)|"
    r"以上(?:内容|信息|文章).{0,20}(?:仅供参考|不构成|投资建议)|文章内容仅供参考|本(?:网站|"
    r"网|站|平台|文).{0,30}(?:仅提供信息存储|不代表|版权|未经.{0,20}转载|"
    r"投资建议|转载请)|未经.{0,30}(?:授权|许可|同意).{0,20}(?:转载|摘编|镜像)|版权(?:所有|归|作品)|"
    r"(?:如需|如有)转载|转载请(?:注明|联系)|"
    r"如(?:有|涉及|存在).{0,20}(?:侵权|版权|作品内容).{0,40}(?:联系|删除|告知|来电|来函|通知我)|"
    r"Notice[:：]\s?The content above|"
    r"The content above|来源说明|"
    r"投资有风险|市场有风险|\(?以上信息|该文观点仅代表|扫描下方二维码|欢迎(?:关注|订阅|扫码)|"
    r"点击(?:下方|上方|左下角|右上角)|(?:海报|视频)?(?:更多|详情).{0,10}请(?:关注|"
    r"点击|扫)|如需.{0,20}请(?:关注|下载))",
    re.I,
)
# Headings of lists that follow a text. What comes after is cut if it is links or short.
_END = re.compile(
    r"^[\s\[【（(<《·•◆■▼>|｜-]*(?:相关(?:阅读|新闻|链接|报道|专题|文章|稿件|推荐|资讯|"
    r"内容|附件|解读|政策|文档|信息|热词搜索)|延伸阅读|推荐阅读|热门推荐|"
    r"热点推荐|精彩推荐|新闻推荐|热门(?:新闻|文章|评论)|更多(?:精彩|新闻|推荐|相关|资讯).{0,10}|"
    r"猜你喜欢|为您推荐|您可能(?:感兴趣|也喜欢).{0,10}|"
    r"大家都在看|今日推荐|编辑推荐|图片新闻|点击排行|排行榜|网友(?:评论|跟帖).{0,10}|最新评论|"
    r"热门评论|跟贴.{0,10}|专题推荐|频道推荐|往期回顾|往期推荐|往期精彩|"
    r"看过本文的人还看了.{0,10}|上一[篇条]|下一[篇条]|分享(?:到|让更多)|扫一扫.{0,30}|附件下载|"
    r"网站链接|友情链接|主办单位|主办[:：]|承办[:：]|版权所有|Copyright|"
    r".ICP备.*|网站标识码|政府网站标识码|返回搜狐.{0,10}|特别推荐|阅读下一篇|热词|网站地图|联系我们|关于我们)",
    re.I,
)
# A line of links set between paragraphs.
_LINKED = re.compile(
    r"^[\s\[【（(<《·•◆■▼>|｜*-]*(?:相关(?:阅读|新闻|链接|报道|专题|文章)|延伸阅读|推荐阅读|"
    r"此前报道|更多|点击|查看|专题|返回|进入|阅读更多|详见|>>)"
)
_FOOTER = re.compile(
    r"ICP备|公网安备|网站标识码|版权所有|Copyright|主办单位|主办[:：]|承办单位|运行维护单位|"
    r"技术支持[:：]|网站地图|联系我们.{0,20}网站|备案序号|建议使用.{0,20}浏览器|分辨率",
    re.I,
)
_FOOTER_SURE = re.compile(
    r"ICP备|公网安备|网站标识码|版权所有|Copyright|技术支持[:：]|网站地图|建议使用.{0,20}浏览器|分辨率", re.I
)
_INFO = re.compile(
    r"来源|來源|发布|發布|时间|日期|作者|字号|字体|浏览|点击|访问|阅读|分享|打印|编辑|记者|\d{4}[-年./]\d"
)
_ORIGINAL = re.compile(
    r"^[\s（(【\[]*原(?:文)?(?:标题|题)(?:为[:：]?|[:：]|[\s\u3000丨｜|]+(?=[^。]{2,60}$))\s*(?P<title>.{2,120}?)[)）】\]]?$"
)
_PRINT = re.compile(
    r"^[\s《]*(?P<medium>[\u3400-\u9fff]{2,12})[\s》]*(?:[（(]|(?<=》))\s*\d{4}年\d{1,2}月\d{1,2}日\s*(?:第\s*)?\d{1,3}\s*"
    r"版\s*[)）]?$"
)
_ROLE_ONLY = re.compile(
    r"^(?:新华社|本报|本刊|本网|人民日报|中新社|光明日报|经济日报)?(?:特约)?(?:记者|评论员|通讯员)$"
)
_CREDITED = re.compile(
    r"^图为|^图\d{0,2}[:：]|(?:摄|供图|图源.{0,12}|资料图片?|视觉中国(?:\s?资料)?|新华社发|图片来源.{0,20})[)）"
    r"。\s]*$"
)
# Centred under a picture and yet the text's own: a numbered heading, the date under a notice.
_NO_CAPTION = re.compile(
    r"[（(]?[一二三四五六七八九十]{1,3}[）)、.]|第[一二三四五六七八九十]|\d{4}年\d{1,2}月\d{1,2}日$|二[〇○零]"
)
# 本文来自微信公众号“某某”（ID：abc），作者：周明，编辑：王小川，某网经授权发布。
_CAME_FROM = re.compile(
    r"本文(?:来自|来源于?|转自|转载自|首发[于自])[^。]{0,80}?(?:作者\s?[:：]|编辑\s?[:：]|授权|ID\s?[:：]|公众号)"
)
_DATELINE = re.compile(r"(?:讯|电|讯员|日电|报道)[\s（(]")


@dataclass(slots=True)
class Trimmed:
    """The text of a body, and what the lines said that left it."""

    lines: list[Line]
    credits: Credits = field(default_factory=Credits)
    head: list[Line] = field(default_factory=list)
    """Lines before the text inside the body: title, time, source."""
    original_title: str = ""
    first_publisher: str = ""
    cut: int = 0
    spam: int = 0
    copies: int = 0


def is_clutter(text: str) -> bool:
    """Whether a whole line is page furniture."""
    return len(text) <= 240 and _CLUTTER.match(text) is not None


def trim(lines: list[Line], title: str = "") -> Trimmed:
    """Cut from a body's lines all that is not its text.

    Args:
        lines: as read.
        title: the article's title, whose repetition at the head is no paragraph.
    """
    result = Trimmed([])
    lines, cut = _end(_head(lines, title, result))
    for line in cut:
        if line.text and len(line.text) <= 160 and (said := read_credits(line.text)) is not None:
            result.credits.merge(said)
    result.cut += len(cut)
    total = sum(len(line.text) for line in lines)
    seen = 0
    for line in lines:
        seen += len(line.text)
        if line.kind == "image":
            result.lines.append(line)
            continue
        text = line.text
        late = seen * 3 >= total * 2
        if result.lines and result.lines[-1].kind == "image" and _is_caption(line):
            line.kind = "caption"
        paper = _PRINT.match(text) if "版" in text else None
        if paper is not None:
            result.first_publisher = paper["medium"]
            continue
        if text.startswith("本文") and len(text) <= 240 and _CAME_FROM.match(text) is not None:
            if (said := read_credits(text, loose=True)) is not None:
                result.credits.merge(said)
            result.cut += 1
            continue
        if len(text) <= 20 and _ROLE_ONLY.match(text):
            result.cut += 1
            continue
        original = _ORIGINAL.match(text) if "原" in text else None
        if original is not None and "。" not in text:
            result.original_title = result.original_title or _unwrapped(text, original["title"])
            continue
        if is_clutter(text):
            result.cut += 1
            continue
        if line.kind != "row":
            said = read_credits(text)
            if said is not None:
                result.credits.merge(said)
                continue
            rest, noted = strip_tail(text)
            if noted is not None:
                result.credits.merge(noted)
                if not rest:
                    continue
                if is_clutter(rest):
                    result.cut += 1
                    continue
                line.text = text = rest
                line.html = ""
        if line.linked * 2 >= len(text) and len(text) <= 80 and not line.files and _LINKED.match(text):
            result.cut += 1
            continue
        if (late or seen == len(text)) and "。" not in text and is_spam(text) and not re.search("[！？]", text):
            result.spam += 1
            continue
        if late and STATEMENT.match(text) and len(text) <= 600:
            result.cut += 1
            continue
        result.lines.append(line)
    _closing(result)
    _one_copy(result, fold_title(title))
    return result


def _unwrapped(line: str, title: str) -> str:
    """An original title without the brackets that stood around the whole remark, and with its own."""
    title = title.strip()
    if line.lstrip()[0] not in "（(【[" and line.rstrip()[-1] in "）)】]":
        title += line.rstrip()[-1]
    if title.startswith("《") and title.endswith("》") and title.count("《") == 1:
        title = title[1:-1]
    return title


def _is_caption(line: Line) -> bool:
    """A short line right under a picture that is set or worded like its caption."""
    if line.kind not in ("text", "caption") or len(line.text) > 100:
        return False
    return (
        line.kind == "caption"
        or _CREDITED.search(line.text) is not None
        or (line.centred and len(line.text) <= 50 and not _NO_CAPTION.match(line.text))
    )


def _head(lines: list[Line], title: str, result: Trimmed) -> list[Line]:
    """Take title, time and source lines from the head of a body that holds its own heading."""
    folded = fold_title(title)
    keep: list[Line] = []
    for index, line in enumerate(lines[:14]):
        text = line.text
        if line.kind == "image":
            keep.append(line)
            continue
        if folded and fold_title(text) == folded:
            # Everything before a repeated title is breadcrumb and tools, if it is short.
            if all(len(before.text) <= 40 or _INFO.search(before.text) for before in keep if before.text):
                result.head.extend(before for before in keep if before.text)
                keep = [before for before in keep if before.kind == "image"]
            result.head.append(line)
            continue
        if len(text) <= 90 and _is_info(text):
            result.head.append(line)
            continue
        if is_clutter(text):
            result.cut += 1
            result.head.append(line)
            continue
        if len(text) > 40 or text.endswith(("。", "，", "：", "；")):
            return keep + lines[index:]
        keep.append(line)
    return keep + lines[14:]


PARTED = re.compile(r"\s+[·•|｜丨/]\s+")
_YEARLESS = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}-\d{1,2}(?:\s\d{1,2}:\d{2})?")
_COUNTED = re.compile(r"(?:浏览|阅读|点击|评论|人气)(?:量|数|次数)?[\s:：]*\d*次?")
_PUBLISHED = re.compile(r"^(?:发布|发表|刊登|更新)[于在]?[\s/／|｜]*(?=\d{4})")


def _is_info(text: str) -> bool:
    """A line that tells time, source or tools and nothing else."""
    if not _INFO.search(text):
        return False
    found = read_credits(text)
    if found is not None and (found.times or found.source or found.agency):
        return True
    moment = first_time(text)
    if moment is None and len(parts := PARTED.split(text)) > 2:
        # 06月03日 · 作者 周明 · 来源 某某网
        return all(_YEARLESS.fullmatch(part) or read_credits(part) is not None for part in parts)
    if moment is None or re.search(r"[。！？]", text):
        return False
    text = _PUBLISHED.sub("", text)
    rest = squeeze(text.replace(moment.printed, "", 1))
    loose = read_credits(text, loose=True)
    if loose is not None and (loose.source or loose.authors or loose.other):
        return len(rest) <= 60
    if loose is not None and loose.times and len(rest) <= 4 and ":" in moment.printed.replace("：", ":"):
        return True
    if ":" in moment.printed.replace("：", ":") and not re.search(r"[，：、；“]", rest) and not _DATELINE.search(text):
        # 某某报 2021-06-03 08:15 浏览 66
        counted = _COUNTED.sub("", rest)
        if counted != rest and len(counted) <= 10:
            return True
    return (
        text.strip(" （(【[").startswith(moment.printed[:4])
        and len(rest) <= 14
        and not _DATELINE.search(text)
        and not re.search(r"[，：、]", rest)
    )


def _end(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Part a text from the lists of other things that follow it inside its container."""
    total = sum(len(line.text) for line in lines)
    seen = 0
    for index, line in enumerate(lines):
        seen += len(line.text)
        if seen * 10 < total * 3 or line.kind == "image" or not line.text:
            continue
        if len(line.text) <= 60 and not line.text.endswith("。") and _END.match(line.text):
            rest = [other for other in lines[index + 1 :] if other.text]
            if line.text.startswith(("主办", "承办")) and not any(
                _FOOTER_SURE.search(other.text) for other in (line, *rest)
            ):
                continue
            size = sum(len(other.text) for other in rest)
            linked = sum(other.linked for other in rest) + (len(line.text) if line.linked else 0)
            short = sum(1 for other in rest if len(other.text) <= 40)
            if (
                not rest
                or linked * 2 >= size
                or _FOOTER.search(line.text)
                or (short * 10 >= len(rest) * 8 and len(rest) >= 2)
            ):
                return _foot(lines[:index], lines[index:])
    return _foot(lines, [])


def _foot(lines: list[Line], rest: list[Line]) -> tuple[list[Line], list[Line]]:
    """Part from a text the link lists and footers that end a container without a heading of their own."""
    last = len(lines)
    while last:
        line = lines[last - 1]
        if len(line.text) >= 24 and line.linked * 2 < len(line.text) and not _FOOTER.search(line.text[:200]):
            break
        last -= 1
    tail = lines[last:]
    links = [
        index
        for index, line in enumerate(tail)
        if line.text and line.linked * 10 >= len(line.text) * 8 and not line.files
    ]
    footers = [index for index, line in enumerate(tail) if _FOOTER.search(line.text)]
    if not any(_FOOTER_SURE.search(line.text) for line in tail):
        # 主办单位 also ends the notice of an event.
        footers = []
    # A single linked line may end a text (a reference); a run of them does not.
    start = min([*links[:1], *footers[:1]]) if len(links) >= 2 or footers else len(tail)
    kept = [line for line in tail[start:] if line.files]
    return [*lines[: last + start], *kept], [*(line for line in tail[start:] if not line.files), *rest]


def _closing(result: Trimmed) -> None:
    if result.first_publisher:
        return
    for index in range(len(result.lines) - 1, max(-1, len(result.lines) - 4), -1):
        line = result.lines[index]
        if not line.text:
            continue
        found = closing_source(line.text)
        if found is not None:
            result.first_publisher, alone = found
            if alone:
                del result.lines[index]
            return
        if len(line.text) > 40:
            return


def _one_copy(result: Trimmed, title: str) -> None:
    """Keep one of two renderings of the same text in one container."""
    lines = result.lines
    long = [
        (index, squeeze(line.text)) for index, line in enumerate(lines) if len(line.text) >= 24 and line.kind != "row"
    ]
    first: dict[str, int] = {}
    for index, text in long:
        if text not in first:
            first[text] = index
            continue
        start = first[text]
        # The text starts again here: how much of what follows is a repetition of what was?
        rest = [squeeze(line.text) for line in lines[index:] if line.text]
        before = Counter(squeeze(line.text) for line in lines[:index] if line.text)
        repeated = sum(len(text) for text in rest if text in before)
        size = sum(len(text) for text in rest)
        head = sum(len(squeeze(line.text)) for line in lines[:start])
        body = sum(len(squeeze(line.text)) for line in lines[start:index])
        if size and repeated * 10 >= size * 8 and repeated * 10 >= body * 8 and head * 3 <= body:
            end = index
            head_lines = {squeeze(line.text) for line in result.head}
            # The second copy's own heading goes with it.
            while end > start + 1 and (
                (before[squeeze(lines[end - 1].text)] > 1 and len(lines[end - 1].text) < 24)
                or (title and fold_title(lines[end - 1].text) == title)
                or squeeze(lines[end - 1].text) in head_lines
            ):
                end -= 1
            del lines[end:]
            result.copies += 1
            return
