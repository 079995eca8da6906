"""What sites put around a text: byline, editor, source, counters, navigation, rights, datelines."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from crawler.dedupe.characters import mainland_words, one_form, without_pinyin

__all__ = ["content_lines"]

SHORT_LINE = 80
"""A longer line is prose: only its dateline and its closing signature are looked at. (Measured: no site line of
8,000 altered copies is longer, but for declarations of rights.)"""

_PERSON = (
    "责任编辑 责编 编辑 主编 总编 编审 视频编辑 文字编辑 美编 图片编辑 网络编辑 值班编辑 值班编委 值班主任 "
    "审核 校对 终审 审校 审稿 复审 初审 一审 二审 三审 一校 二校 三校 监制 监审 统筹 策划 制作 制图 海报 "
    "录入 录入员 录入者 编译 翻译 作者 记者 本报记者 本网记者 通讯员 摄影 摄像 文 图 图片 图源 供图 供稿 投稿 "
    "撰文 撰稿 见习编辑 实习编辑 实习生 来源 稿源 来源于 文章来源 信息来源 稿件来源 新闻来源 本文来源 "
    "内容来源 图片来源 发布者 发布人 发布机构 发布单位 发稿 发布 供稿单位 标签 关键词 关键字 栏目 "
    "所属栏目"
)
_COUNTER = (
    "发布时间 发布日期 发表时间 发表日期 更新时间 更新日期 编辑时间 成文日期 公开日期 点击量 点击数 "
    "点击 点击率 浏览量 浏览次数 浏览数 浏览 阅读量 阅读次数 阅读 阅读数 访问量 访问次数 人气 字体 字体大小 "
    "字号 字号大小 大小 分享 分享到 分享至 分享本文 打印 收藏 评论 点赞 文章字号 保护视力色 视力保护色 "
    "选择字体"
)
_SITE = (
    "当前位置 您的位置 您当前的位置 您现在的位置 您所在的位置 所在位置 现在位置 首页 上一篇 下一篇 上一条 "
    "下一条 上一页 下一页 上篇 下篇 前一篇 后一篇 主办单位 主办 承办单位 承办 协办 技术支持 网站标识码 "
    "政府网站标识码 备案序号 备案号 网站链接 友情链接 版权声明 免责声明 特别声明 郑重声明 风险提示 版权 "
    "版权所有 举报电话 举报邮箱 违法和不良信息举报电话 不良信息举报电话 客服电话 投稿邮箱 联系邮箱 电子邮箱 "
    "原标题 原题 原文标题 原文链接 原文网址 原文 阅读原文 网址 本文网址 本文链接 本文地址 新闻热线 服务热线 "
    "扫码关注 扫一扫 微信公众号 微信 微博 官方微信 官方微博"
)
_RELATED = (
    "相关新闻 相关阅读 相关链接 相关报道 相关文章 相关信息 延伸阅读 推荐阅读 热门推荐 更多新闻 更多阅读 "
    "猜你喜欢 精彩推荐 热点新闻 最新新闻"
)
# What may stand after a label and still be no sentence of the text, in characters.
_LABELS: dict[str, int] = {
    **dict.fromkeys(_PERSON.split(), 40),
    **dict.fromkeys(_COUNTER.split(), 40),
    **dict.fromkeys(_SITE.split(), 400),
    **dict.fromkeys(_RELATED.split(), 60),
}
_SITE_NAME = re.compile(r"\w{1,12}")
_ARTICLES, _SITES = "articles", "sites"
_LISTS = {**dict.fromkeys(_RELATED.split(), _ARTICLES), **dict.fromkeys(("网站链接", "友情链接"), _SITES)}

_BUTTONS = (
    "首页 分享 打印 收藏 关闭 注册 登录 网站地图 无障碍 网站无障碍 无障碍浏览 无障碍阅读 进入适老版 "
    "进入关怀版 适老版 关怀版 长者模式 长者版 简体 繁体 简体中文 繁体中文 english 返回顶部 返回首页 关闭窗口 "
    "关闭本页 打印本页 打印本文 打印此页 关闭此页 纠错 我要纠错 查看全文 阅读全文 展开全文 点击查看全文 未完 "
    "请看全文 未完请看全文 完 全文完 上接第一版 设为首页 加入收藏 评论 点赞 举报 正文 大 中 小 大中小 "
    "责任编辑 来源 扫一扫 手机版 电脑版 联系我们 关于我们 网站声明 更多 下载 搜索 视频 图片 热门 推荐 微信 "
    "微博 qq空间 朋友圈 本文完 待续 未完待续"
)
_WORDS = frozenset(_BUTTONS.split()) | frozenset(_RELATED.split())
_JUNK = " \t\u3000•·●○■□◆◇▪▫★☆►▶◎※|丨*>#-—–_~=[【(<《"
_TAIL_JUNK = " \t\u3000]】)>》|丨*#-—–_~=.。:"

_DATE = (
    r"(?:\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|\d{1,2}月\d{1,2}日)(?:\s*星期.)?"
    r"\s*t?(?:\d{1,2}\s*[:时]\s*\d{1,2}\s*(?:[:分]\s*(?:\d{1,2}\s*秒?)?)?)?"
)
_DATED = frozenset(("日期", "时间"))
"""Labels that an announcement of an event uses too: boilerplate only before a full date."""
_FULL_DATE = re.compile(rf"\s*(?=\d{{4}}){_DATE}")
_DATE_LINE = re.compile(rf"{_DATE}(?P<rest>.*)")
_LABEL_INSIDE = re.compile(r"(?:责任编辑|责编|编辑|来源|稿源|作者|记者|点击|浏览|阅读|字体|字号|打印|分享|【|\[|评论)")
_STEP = re.compile(r"\s*>+\s*|\s*»\s*")
_PROSE = frozenset("。!?;,")
# In a line of at most SHORT_LINE characters.
_PHRASE = re.compile(
    r"扫一扫|扫码|扫描二维码|违者必究|未经(?:书面|本网|本报|本站|许可)?授权|icp[备证]|公网安备|转载请|转载须|版权所有|版权归|版权属|版权为|"
    r"尽在新浪财经|新浪财经app|海量资讯|客户端下载|下载客户端|下载.{0,8}(?:app|客户端)|关注.{0,10}(?:公众号|微信号)|长按.{0,6}二维码|"
    r"(?:查看|阅读|展开)(?:全文|原文|更多)|返回(?:顶部|首页)|打印本页|关闭窗口|本文(?:仅代表|系作者|来自|来源)|仅代表作者|不代表本|"
    r"责任编辑|浏览器版本|分享到(?:微信|微博|朋友圈)|违法和?不良信息|举报电话|点击(?:图片)?进入(?:专题|下一页)|"
    r"all rights reserved|copyright"
)
_RIGHTS = re.compile(
    r"^(?:版权声明|免责声明|特别声明|郑重声明|声明:|凡(?:本网|注明|本站|来源|转载)|本(?:网站?|站|报|刊)(?:所有|刊登|刊载|转载|未注明|注明)|"
    r"未经.{0,12}授权|转载请|转载声明|如(?:需|有).{0,14}(?:转载|版权|侵权)|任何(?:媒体|单位).{0,16}(?:转载|不得)|投资者据此操作)"
)
# 新华社北京1月2日电（记者 …） · 央视网消息（新闻联播）： · 本报讯 · IT之家 1 月 2 日消息，
_DATELINE = re.compile(
    r"(?:【[^】]{0,20}】)?\s*[\w/·\- ]{1,24}?(?=[讯訊电電消报報综綜网網台社云刊日0-9])"
    r"(?:(?:讯|訊|电|電|消息|报道|報道|報導|综述|綜述)\s*(?:[(（][^()（）]{1,80}[)）]\s*[:：]?|[:：])"
    r"|(?:[报報网網台社云刊][讯訊]|[社日][电電]|[网網台社报報日]消息)(?:\s+(?=\S)|$)"
    r"|\d{1,2}\s?月\s?\d{1,2}\s?日(?:讯|訊|电|電|消息)[,，]"
    r"|台[(（][^()（）]{1,12}[)）][:：])[\s,，]*"
)
_BRACKET_DATELINE = re.compile(
    r"[(（](?:本报|本报|本網|本网|本台|新华社|新華社|见习|見習|特约|特約)?(?:记者|記者|通讯员|通訊員)[^()（）]{1,60}[)）]\s*[:：]?\s*"
)
_SIGNATURE = re.compile(
    r"\s*[(\[【（［]\s*(?:完|全文完|待续|待續|(?:本报|本報|本网|本網|新华社|新華社)?(?:记者|記者|通讯员|通訊員)[^()（）]{0,50}|"
    r"[^()（），,。:：]{2,12}(?:社|日报|日報|晚报|晚報|网|網|报讯|報訊|电视台|電視台|电|電|客户端)|"
    r"(?:责任编辑|責任編輯|责编|責編|编辑|編輯|视频编辑|視頻編輯|文字编辑|文字編輯|作者|来源|來源|审核|審核|校对|校對|文|图|圖|总台|央视)"
    r"[^()（）]{0,60})\s*[)\]】）］]\s*$"
)


_CLOSING = frozenset(")）]］】")


def _is_boilerplate(line: str) -> bool:
    """Whether a short line, in one form and stripped, is the site's and not the text's."""
    bare = line.strip(_JUNK).rstrip(_TAIL_JUNK)
    if not bare or bare.replace(" ", "") in _WORDS:
        return True
    colon = line.find(":", 0, 24)
    if colon >= 0:
        label = line[:colon].strip(_JUNK).replace(" ", "").replace("\u3000", "")
        limit = _LABELS.get(label)
        if limit is not None:
            rest = line[colon + 1 :].strip(_TAIL_JUNK)
            return len(rest) <= limit and (
                limit > 60 or not ("。" in rest or "?" in rest or "!" in rest or "," in rest)
            )
        if label in _DATED and _FULL_DATE.fullmatch(line[colon + 1 :].strip(_TAIL_JUNK)):
            return True
    if line[0] in "([【" and line[-1] in ")]】":
        # A bracketed line of its own: the end mark, a signature, a credit.
        return len(bare) <= 12 or _SIGNATURE.match(line) is not None
    if "0" <= bare[0] <= "9":
        dated = _DATE_LINE.match(bare)
        if dated is not None:
            rest = dated["rest"].strip(_JUNK + _TAIL_JUNK)
            if not rest or _LABEL_INSIDE.match(rest):
                return True
    if (">" in line or "»" in line) and _is_breadcrumb(bare):
        return True
    return _PHRASE.search(line) is not None


def _is_breadcrumb(line: str) -> bool:
    """首页 > 新闻 > 正文"""
    steps = _STEP.split(line)
    return (
        len(steps) > 1
        and len(steps[0]) <= 16
        and all(0 < len(step) <= 30 for step in steps)
        and _PROSE.isdisjoint(line)
    )


def content_lines(title: str, paragraphs: Sequence[str]) -> list[str]:
    """The lines of a text that are its own, as printed but for datelines and signatures.

    Args:
        title: as printed; a line that only repeats it is dropped.
        paragraphs: the body as printed.
    """
    text = "\n".join(paragraphs)
    if "(" in text or "（" in text or "?" in text:
        text = without_pinyin(text)
    text = mainland_words(text)
    bare_title = _bare_title(one_form(title).strip())
    kept: list[str] = []
    listed: str | None = None
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            continue
        if len(line) <= SHORT_LINE:
            boilerplate, folded = _judge(line)
            if listed:
                # A list of other articles goes on as long as its bullets or book marks do, one of sites as its names.
                if folded[:1] in ("·", "•", "●", "-", "《") if listed is _ARTICLES else _SITE_NAME.fullmatch(folded):
                    continue
                listed = None
            if boilerplate:
                listed = _LISTS.get(folded.strip(_JUNK).rstrip(_TAIL_JUNK))
                continue
            if folded[-1:] == bare_title[-1:] and _bare_title(folded) == bare_title:
                continue
        elif len(line) <= 400 and _RIGHTS.match(one_form(line)):
            continue
        kept.append(_without_frame(line))
    return kept


@functools.lru_cache(maxsize=1 << 14)
def _judge(line: str) -> tuple[bool, str]:
    """Whether a short line is boilerplate, and its folded form; a site prints the same lines on every page."""
    folded = one_form(line).strip()
    return not folded or _is_boilerplate(folded), folded


def _bare_title(line: str) -> str:
    """A title without the kind of page in brackets before it (`[视频]`) and without spaces."""
    if line[:1] in ("[", "【"):
        end = max(line.find("]", 0, 8), line.find("】", 0, 8))
        line = line[end + 1 :]
    return line.replace(" ", "")


def _without_frame(line: str) -> str:
    """A line without the agencies' datelines before it and the signature after it."""
    # A copy of a copy has two or three, one before the other.
    for _ in range(3):
        found = _DATELINE.match(line) or _BRACKET_DATELINE.match(line)
        if found is None:
            break
        line = line[found.end() :]
    if line[-1:] in _CLOSING:
        signed = _SIGNATURE.search(line, max(0, len(line) - 70))
        if signed is not None:
            line = line[: signed.start()]
    return line
