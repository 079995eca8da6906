"""The title as printed: the line of the page that `<title>` and the meta tags bear out."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from crawler.parse.byline import read_credits
from crawler.parse.dates import first_time
from crawler.parse.line import Line
from crawler.parse.page import HtmlPage, flat, squeeze

__all__ = ["cut_title", "find_title", "fold_title"]

_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "＂": '"', "—": "-", "–": "-", "―": "-", "－": "-"})
_QUOTE = re.compile("[" + "".join(map(chr, _QUOTES)) + "]")
_SEPARATOR = re.compile(r"[\s_\-|｜—–―:：(（【\[·•《>/]")
_HARD = re.compile(
    r"\s*(?:[|｜]|_{1,3}|\s[-–—]{1,2}\s|--+|(?<=[\u3400-\u9fff）)”！？!?])-(?=[\u3400-\u9fff]{2,14}$)|"
    r"\s-\s?|>>|\s·\s)\s*"
)
_TRAILER = re.compile(r"\s*-\s*[\u3400-\u9fff]{2,12}(?:网|频道|新闻|财经|中心|日报|政府|门户|在线|首页|栏目)$")
_SITE = re.compile(
    r"网$|网站$|门户|政府|频道|新闻$|日报|晚报|头条|资讯|公众|澎湃|凤凰|新浪|搜狐|腾讯|网易|"
    r"公开$|首页|中国$|央视|财经$|股票$|时政$|新闻中心|要闻|com|cn$|"
    r"动态$|平台$|报$|部$|局$|厅$|委$|APP",
    re.I,
)
_TITLE_CSS = re.compile(
    r"title|tit\b|\bbt\b|pbt|biaoti|headline|heading|article[-_]?name|_tit|tit_|\bh1\b|topic|subject|ucaptitle", re.I
)
_NO_TITLE = re.compile(
    r"^(?:当前位置|您(?:当前|现在)?(?:所在)?的?位置|首页|网站首页|来源|时间|日期|发布|字号|"
    r"字体|分享|正文|打印|关闭|关注|扫一扫|上一篇|下一篇|相关|作者|责任编辑|"
    r"原标题|返回|登录|注册|繁体|简体|无障碍|English|手机版|导航|搜索|网站地图|收藏)"
)


def fold_title(text: str) -> str:
    """A title for comparing: compatibility forms, one kind of quotes and dashes, no space, no case."""
    # The title is compared with many lines, a line with several titles; a paragraph is not worth keeping.
    return _folded(text) if len(text) <= 160 else _folded.__wrapped__(text)


@lru_cache(maxsize=1024)
def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    if _QUOTE.search(text) is not None:
        text = text.translate(_QUOTES)
    return squeeze(text).casefold()


def _names_title(css: str) -> bool:
    # A hostile page's names of any length are not kept.
    return _known_title_name(css) if len(css) <= 120 else _known_title_name.__wrapped__(css)


@lru_cache(maxsize=1024)
def _known_title_name(css: str) -> bool:
    return _TITLE_CSS.search(css) is not None


def find_title(
    page: HtmlPage,
    before: list[Line],
    inside: list[Line],
    named: list[str],
    listed: str = "",
) -> tuple[str, int]:
    """The title and where it stands.

    Args:
        page: the page.
        before: lines before the body, in page order.
        inside: the first lines of the body (some bodies hold their own title).
        named: what a layout's title expressions found, best first.
        listed: the title that the listing gave.

    Returns:
        The title, and the index of its line in `before` (or `len(before)` plus the index in `inside`; -1 where it is
        only in the head of the page).
    """
    for text in named:
        text = flat(text)
        if text and len(squeeze(text)) >= 2 and not _NO_TITLE.match(text):
            return text, _index(text, before, inside)
    metas = page.metas
    references = []
    for reference in (
        page.title,
        metas.get("articletitle", ""),
        metas.get("og:title", ""),
        metas.get("title", ""),
        listed,
    ):
        folded = fold_title(reference)
        if len(folded) >= 4 and folded not in references:
            references.append(folded)

    best: tuple[float, str, int] = (0.0, "", -1)
    size = len(before)
    raw = squeeze(" ".join((page.title, metas.get("articletitle", ""), metas.get("og:title", ""), listed)))
    for index, line in enumerate([*before, *inside[:6]]):
        text = line.text
        if not 3 <= len(text) <= 160 or _NO_TITLE.match(text):
            continue
        heading = line.kind == "heading"
        named_so = line.css != "" and _names_title(line.css)
        if not heading and not named_so and text[:2].isalnum() and text[:2] not in raw:
            # Most lines of a page; no reference can bear them out.
            continue
        folded = fold_title(text)
        if len(folded) < 3:
            continue
        score = 0.0
        for reference in references:
            score = max(score, _agreement(folded, reference))
        if score:
            score += (20 if heading else 0) + (10 if named_so else 0) - (30 if line.linked * 2 > len(text) else 0)
            # The nearest of equal ones: the copies further up stand in menus and hidden share boxes.
            score += index / (10.0 * (size + 6))
        elif heading and index < size and not line.linked:
            score = 25 + (10 if named_so else 0) + min(len(folded), 20) / 2 + index / (size + 1.0)
        elif named_so and index < size and not line.linked and len(folded) >= 6:
            score = 20 + min(len(folded), 20) / 2 + index / (size + 1.0)
        if score > best[0]:
            best = (score, text, index)
    if best[0] >= 60:
        return _whole(best[1], best[2], [*before, *inside[:6]], references), best[2]
    for name in ("articletitle", "og:title"):
        text = flat(metas.get(name, ""))
        if len(squeeze(text)) >= 4 and not _generic(text, page):
            text = cut_title(text) if name == "og:title" else text
            return text, _index(text, before, inside)
    for index in range(size - 1, -1, -1):
        line = before[index]
        row = _ROW_TITLE.match(line.text) if line.kind == "row" or "题" in line.text else None
        if row is not None:
            return row["title"], index
    at = _above_info(before, inside)
    set_above = [*before, *inside[:6]][at] if at >= 0 else None
    if set_above is not None and (set_above.kind == "heading" or _names_title(set_above.css)):
        # The head tells of something else; what is set as the title above time and source is what readers see.
        return _joined(at, before, inside), at
    # A reference that no line agrees with may be generic (政务公开信息内容页); a heading then says more.
    cut = cut_title(page.title)
    if at >= 0 and (_names_site(cut) or _generic(page.title, page)):
        return _joined(at, before, inside), at
    if best[0] >= 30 and _MEDIUM.search(squeeze(cut)):
        return best[1], best[2]
    if best[0] >= 30 and (_generic(page.title, page) or (best[0] >= 40 and len(squeeze(cut)) < 6)):
        return best[1], best[2]
    if len(squeeze(cut)) >= 4 and not _generic(cut, page):
        return cut, _index(cut, before, inside)
    if listed:
        return flat(listed), _index(listed, before, inside)
    if best[0] > 0:
        return best[1], best[2]
    return cut, -1


def _joined(at: int, before: list[Line], inside: list[Line]) -> str:
    """A title that nothing but its place tells, with the line that a `<br>` parted from it."""
    text = [*before, *inside[:6]][at].text
    if 0 < at < len(before) and before[at].broken and not text.startswith(("（", "(")):
        above = before[at - 1]
        if len(above.text) + len(text) <= 80 and not above.linked and first_time(above.text) is None:
            return f"{above.text} {text}"
    return _TAG.sub("", text)


_TAG = re.compile(r"\s+(?:原创|转载|独家|置顶)$")


def _whole(text: str, index: int, lines: list[Line], references: list[str]) -> str:
    """A title with the lines of its own block that a `<br>` parted from it, and without a tag set behind it."""
    folded = fold_title(text)
    if folded not in references:
        line = lines[index]
        for start, end in ((index - 1, index + 1), (index, index + 2), (index - 1, index + 2), (index, index + 3)):
            parts = lines[max(start, 0) : end]
            if (
                len(parts) != end - start
                or any(part.css != line.css or part.kind != line.kind or part.linked for part in parts)
                or len(joined := " ".join(part.text for part in parts)) > 160
            ):
                continue
            whole = fold_title(joined)
            if any(_agreement(whole, reference) >= 100 for reference in references):
                return joined
    return _TAG.sub("", text)


def _agreement(line: str, reference: str) -> float:
    """How well a line of the page is borne out by a reference title, both folded; 0 where it is not."""
    if line == reference:
        return 120.0
    if reference.startswith(line) and len(line) >= 4:
        rest = reference[len(line) :]
        if _SEPARATOR.match(rest):
            return 100.0 + min(len(line), 60) / 10
        return 30.0 if len(line) * 2 < len(reference) else 50.0
    if line.startswith(reference) and len(reference) >= 6:
        # The page's own line is longer: the head holds it cut short, or the line brings its label along.
        return 80.0 if len(line) <= len(reference) * 2 else 0.0
    if len(line) >= 6 and line in reference:
        return 70.0 if len(line) * 2 >= len(reference.split("_")[0]) else 20.0
    stem = reference.rstrip(".…")
    if len(stem) >= 8 and stem != reference and line.startswith(stem):
        return 90.0
    common = 0
    for a, b in zip(line, reference, strict=False):
        if a != b:
            break
        common += 1
    return 60.0 if common >= 10 and common * 10 >= len(line) * 7 else 0.0


_SITE_NAME = re.compile(
    r"(?:网|网站|门户|频道|中心|日报|晚报|政府|部|局|厅|委|办|院|校|大学|公司|集团|银行|协会|学会|动态|要闻|新闻|公告|公示|通知|信息|资讯|"
    r"平台|系统|首页|官网|在线|详情|内容|正文|目录|指南|专栏|栏目|办事处)$"
)


_MEDIUM = re.compile(r"^[\u3400-\u9fff]{2,8}(?:日报|晚报|时报|早报|商报|周刊|青年报|网|网站|频道|门户)$")


# 标 题<tab>关于…的通知: a row of a document's header table.
_ROW_TITLE = re.compile(r"^(?:信息|文件|公文)?(?:标\s*题|名\s*称)\s*[:：]?\s*\t\s*(?P<title>[^\t]{6,120})")


def _names_site(text: str) -> bool:
    """Whether a head title, which no line of the page bears out, names the site or the column and no article."""
    text = squeeze(text)
    return len(text) <= 5 or (len(text) <= 24 and _SITE_NAME.search(text) is not None)


_BYLINE = re.compile(r"\S{0,12}(?:记者|通讯员)[\s\u3000:：]\S|[\u3400-\u9fff·]{2,4}\s?[/／]\s?\S{2,12}$")


def _above_info(before: list[Line], inside: list[Line]) -> int:
    """The line right above the one that prints time and source: where a title stands that nothing else marks."""
    lines = [*before, *inside[:6]]
    for index in range(len(lines) - 2, -1, -1):
        text, info = lines[index].text, lines[index + 1].text
        if (
            not 6 <= len(squeeze(text)) <= 80
            or len(info) > 160
            or lines[index].kind == "row"
            or lines[index + 1].kind == "row"
            or _BYLINE.match(text)
            or lines[index].linked * 2 > len(text)
            or _NO_TITLE.match(text)
            or re.search(r"[>＞»]|[。；：]$", text)
            or first_time(text) is not None
        ):
            continue
        said = read_credits(info, loose=True)
        if (
            (said is not None and (said.times or said.source))
            or (lines[index].kind == "heading" and (_BYLINE.match(info) or (said is not None and said.authors)))
            or (first_time(info) is not None and len(squeeze(info)) <= 30 and not re.search("今天是|星期|农历", info))
        ) and read_credits(text) is None:
            return index
    return -1


def _generic(text: str, page: HtmlPage) -> bool:
    """Whether a head title names the kind of page and not the article."""
    folded = squeeze(text)
    site = squeeze(page.metas.get("sitename", ""))
    column = squeeze(page.metas.get("columnname", ""))
    return (
        not folded
        or folded in (site, column)
        or re.fullmatch(
            r".{0,12}(?:内容页|详情页?|信息公开|正文页?|文章页|新闻详情|信息详情|文章详情|"
            r"首页|内容详情|政府网站?|门户网站?|人民政府|官网)|"
            r"(?:无标题|新建)(?:文档|网页|页面)?\d*|untitled\w*|document|index|home|news|details?|文章|内容|正文|"
            r"欢迎(?:您|访问|光临|来到).{0,30}|.{0,30}欢迎您?[!！]?",
            folded,
            re.I,
        )
        is not None
    )


def _index(text: str, before: list[Line], inside: list[Line]) -> int:
    folded = fold_title(text)
    for index in range(len(before) - 1, -1, -1):
        if fold_title(before[index].text) == folded:
            return index
    for index, line in enumerate(inside[:6]):
        if fold_title(line.text) == folded:
            return len(before) + index
    return -1


def cut_title(text: str) -> str:
    """The head title without the names of site and column that follow it."""
    text = flat(text)
    while (match := _TRAILER.search(text)) is not None and match.start() >= 6:
        text = text[: match.start()].rstrip()
    parts = _HARD.split(text)
    if len(parts) == 1:
        return text
    # Cut from the end while what is cut looks like a site's or a column's name; a title may hold a bar of its own.
    first = parts[0].strip()
    if len(squeeze(first)) >= 6 or any(_SITE.search(part) for part in parts[1:]):
        return first
    return text
