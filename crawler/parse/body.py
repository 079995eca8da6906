"""From the article's container to its lines: what a reader sees as paragraphs, headings, rows and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import cast

from crawler.parse.page import Element, HtmlPage, flat, plain, set_flat, text_of

__all__ = [
    "BLOCKS",
    "HEADINGS",
    "Line",
    "Picture",
    "is_file",
    "is_never_text",
    "lines_of",
    "link_share",
    "text_length",
]


@dataclass(slots=True)
class Picture:
    """An image in its place in the text."""

    url: str
    caption: str = ""


@dataclass(slots=True)
class Line:
    """One line as a reader sees it.

    Args:
        text: flat.
        kind: `text`, `heading`, `row` (of a table), `item` (of a list), `caption`, `image`.
        html: the same with emphasis and links, safe by construction.
        linked: how many characters stand inside links.
        css: class and id of the block, in lower case.
        files: the links of the line that point to files, as (url, name).
        centred: whether the block is centred or right-aligned.
    """

    text: str
    kind: str = "text"
    html: str = ""
    linked: int = 0
    css: str = ""
    files: list[tuple[str, str]] = field(default_factory=list)
    picture: Picture | None = None
    centred: bool = False
    bold: bool = False
    pieces: list[tuple[str, str]] = field(default_factory=list)
    """Of a header's line: the text and the class of each inline element in it."""


BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "blockquote",
        "pre",
        "figure",
        "figcaption",
        "center",
        "form",
        "fieldset",
        "hr",
        "main",
        "header",
        "footer",
        "nav",
        "aside",
        "address",
        "details",
        "summary",
        "body",
        "html",
        "ucapcontent",
        "ucaptitle",
        "label",
        "option",
        "marquee",
        "video",
        "audio",
        "button",
        "legend",
    ]
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SKIP = frozenset(
    [
        "script",
        "style",
        "noscript",
        "iframe",
        "object",
        "embed",
        "select",
        "svg",
        "template",
        "textarea",
        "canvas",
        "input",
        "button",
        "video",
        "audio",
        "head",
        "title",
        "link",
        "meta",
        "nav",
        "footer",
        "ins",
        "map",
    ]
)
_WORDS_TAGS = frozenset(["a", "span", "font", "strong", "b", "em", "i", "u", "sub", "sup", "label"])
_INLINE = {"b": "strong", "strong": "strong", "em": "em", "i": "em", "sub": "sub", "sup": "sup", "u": "u"}

_FILE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|wps|et|ofd|zip|rar|7z|txt|csv|ceb)(?:$|[?#])|downloadattachurl|/download\.jsp"
)

# Class or id of what is never text of the article. Whole names only: a class that merely contains "ad" or "share" is
# often the article itself. Names that a site may use for its text are in _DOUBTFUL and count only for small blocks.
_NEVER = re.compile(
    r"(?:^|[\s])(?:"
    r"(?:bd|b|j|jia|jiathis|social|news|art|article|content|page|m|g|u|gwds|pages)?[-_]?share[\w-]*|"
    r"fenxiang\w*|bdsharebuttonbox|sharecommend-wrap|"
    r"\w*(?:qr-?_?code|erweima|ewm)\w*|append_?qr\w*|weixin\w*|wechat\w*|"
    r"\w*comments?(?:[-_]?(?:box|wrap|area|list|con|content|section))?|pinglun\w*|gentie\w*|post_comment\w*|"
    r"related?(?:[-_]?\w+)?|\w+[-_]relate[ds]?|xiangguan\w*|xgyd|xgxw|xgwz|xglj|recommend\w*|tuijian\w*|"
    r"guess\w*|hot-?(?:news|list|rank)\w*|"
    r"(?:article|art|news)?[-_]?(?:keywords?|tags?)|copy-?right\w*|banquan\w*|content_banquan|statement|"
    r"show_statement|shengming|disclaimer|mianze|"
    r"crumbs?|bread[-_]?crumbs?|dqwz|location|"
    r"tool-?bars?|page-tools|font-?size\w*|dygnbox|dzbox|"
    r"(?:ad|ads|adv|advert|advertise|guanggao|sinaads|gg\d+x\d+|otherContent_01|article_?ad|ad[-_][\w-]+|"
    r"ads[-_][\w-]+|[\w]+[-_]ads?|adbox|adwrap|ad\d+)|"
    r"hqimg_\w+|ct_hqimg|finance_app_zqtg|app-kaihu-qr|tech-quotation|sinaad-toolkit-box|article-bottom(?:-tg)?|"
    r"wap_special|show_app|new_style_article|"
    r"artical-player-wrap|(?:video|audio|music)[-_]?(?:player|list|info|box|wrap|2017|url|area|con)?\w*|"
    r"player[-_]?\w*|tts\w*|"
    r"cookiecont|mod-?app\w*|app-?(?:down(?:load)?|qr|code|btn|guide)\w*|open-?app\w*|kaihu\w*|toupiao|"
    r"vote[-_]?\w*|zan|dianzan|praise\w*|like-?\w*|article-like|"
    r"backsohucom|back-?top|go-?top|login\w*|report(?:-c)?|articlereport|hidden-content|bottomlayer|"
    r"showall\w*|u-moretext"
    r")(?=[\s]|$)",
    re.I,
)
_DOUBTFUL = re.compile(
    r"(?:^|[\s])(?:page|pages|pager|pagination|paging|page[-_]?(?:nav|bar|list|num|box)|fenye\w*|fy|"
    r"hide|hidden|none|d-?none|source|time|date|info|editors?|edit|article[-_]?editor|"
    r"show_author|ep-source|zrbj\w*|author|liability|print|close|tip|tips|prompt|position|route|path|"
    r"nav|menu|footer|foot|share\w*|app\w*|"
    r"prev-?next|pre-?next|up-?down|link|links|xgtable|zrbjbox|ycdfj|fwl|hits|count|click)(?=[\s]|$)",
    re.I,
)
_CREDIT_BLOCK = re.compile(
    r"(?:^|[\s])(?:article-editor|show_author|editors?|edit|ep-source|ep-editor|zrbj|liability|articleedit|"
    r"p-tags|m-zbtool|ar_writer|pagesource_all|editor_baidu|author|rm_type|edit-?name|show_author_name)(?=[\s]|"
    r"$)",
    re.I,
)
_CAPTION = re.compile(
    r"(?:^|[\s])(?:img_descr|img-?desc\w*|pic-?text|picture-?desc\w*|pic_?(?:txt|desc|info|title)|img-?(?:note|"
    r"text|title|caption|info)|photo-?(?:desc|text|info)|f_center_caption|caption|imgtxt|image-?(?:caption|"
    r"desc)\w*|pictext|vsbcontent_img_desc|text_image_title)(?=[\s]|$)",
    re.I,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_CENTRED = re.compile(r"text-align\s*:\s*(?:center|right)", re.I)
_ICON = re.compile(
    r"(?:icon|logo|qr_?code|erweima|ewm|weixin|wechat|spacer|blank|loading|placeholder|pixel|avatar|"
    r"arrow|btn|button|share|sprite|end_money|bg\.|/emot|face/|smiley|ad-logo|adhint|fileTypeImages|"
    r"icon_)",
    re.I,
)
_PICTURE_ATTRIBUTES = (
    "data-original",
    "data-src",
    "data-original-src",
    "original",
    "data-lazy-src",
    "_src",
    "real_src",
    "data-url",
    "src",
    "vurl",
    "orisrc",
)


def is_file(href: str) -> bool:
    """Whether a link is to a file that a page offers."""
    return _FILE.search(href.lower()) is not None


def text_length(element: Element) -> int:
    """Characters of an element's text, white space not counted."""
    return len("".join(text_of(element).split()))


def link_share(element: Element) -> float:
    """Of an element's characters, the share inside links."""
    total = text_length(element)
    if not total:
        return 0.0
    return sum(text_length(link) for link in element.iter("a")) / total


def _css(element: Element) -> str:
    css, ident = element.get("class"), element.get("id")
    if css is None and ident is None:
        return ""
    return f"{css or ''} {ident or ''}"


_CAPTION_NAME, _CREDIT_NAME, _DOUBTFUL_NAME = 1, 2, 4


@lru_cache(maxsize=2048)
def _known_name(css: str) -> int:
    return (
        (_CAPTION_NAME if _CAPTION.search(css) else 0)
        | (_CREDIT_NAME if _CREDIT_BLOCK.search(css) else 0)
        | (_DOUBTFUL_NAME if _DOUBTFUL.search(css) else 0)
    )


@lru_cache(maxsize=2048)
def _known_never(css: str) -> bool:
    return _NEVER.search(css) is not None


def _name(css: str) -> int:
    """What class and id tell of an element, as flags; the same few names stand on every page of a site."""
    # A hostile page's names of any length are not kept.
    return _known_name(css) if len(css) <= 120 else _known_name.__wrapped__(css)


def is_never_text(css: str) -> bool:
    """Whether a class and id, joined by a space, name what is never text of an article."""
    return _known_never(css) if len(css) <= 120 else _known_never.__wrapped__(css)


def lines_of(
    container: Element,
    page: HtmlPage,
    *,
    total: int | None = None,
    drop: re.Pattern[str] | None = None,
    limit: int = 100_000,
) -> list[Line]:
    """The lines of a container, in order.

    Args:
        container: the element to read.
        page: its page, for absolute links.
        total: characters of the whole container, None to count them; a block that holds most of it is never
            dropped for its name.
        drop: further class or id names of a layout that are no text.
        limit: stop after so many lines.
    """
    walker = _Walker(page, text_length(container) if total is None else total, drop, limit)
    walker.walk(container)
    return walker.lines


# What the end of an element asks for; a mark such as `</strong>` stands for itself.
_PASSED = "passed"
_NOTHING, _BLOCK, _CAPTIONED, _LINK, _BARE_LINK = "", "block", "caption", "</a>", "bare link"


class _Walker:
    def __init__(self, page: HtmlPage, total: int, drop: re.Pattern[str] | None, limit: int) -> None:
        self.page = page
        self.total = total
        self.drop = drop
        self.limit = limit
        self.lines: list[Line] = []
        self.parts: list[str] = []
        # The line with its marks, kept only from the first mark on: most lines have none.
        self.html: list[str] = []
        self.marked = False
        self.open: list[str] = []
        self.linked = 0
        self.in_link = 0
        self.files: list[tuple[str, str]] = []
        self.bold = 0
        self.bold_chars = 0
        self.blocks: list[tuple[str, str, bool]] = []

    def walk(self, container: Element) -> None:
        # An explicit stack: hostile pages nest thousands deep. A tuple ends the element that it holds.
        stack: list[Element | tuple[Element, str]] = [container]
        pop, push, extend = stack.pop, stack.append, stack.extend
        lines, limit, enter, leave, read = self.lines, self.limit, self._enter, self._leave, self._text
        while stack and len(lines) < limit:
            item = pop()
            if isinstance(item, tuple):
                element, ending = item
                leave(ending)
            else:
                element = item
                ending = enter(element, container)
                if ending is not _PASSED:
                    if text := element.text:
                        read(text)
                    if len(element):
                        push((element, ending))
                        extend(reversed(element))
                        continue
                    if len(lines) >= limit:
                        break
                    leave(ending)
            if element is not container and (text := element.tail):
                read(text)
        self._flush()

    def _enter(self, element: Element, container: Element) -> str:
        """Begin an element; what its end asks for, or `_PASSED` where it is not gone into."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIP:
            return _PASSED
        if tag == "br":
            self._flush()
            return _PASSED
        if tag == "img":
            self._image(element)
            return _PASSED
        # Most have no attribute at all.
        names = element.keys()
        css = _css(element) if "class" in names or "id" in names else ""
        style = element.get("style") if "style" in names else None
        if (css or style) and element is not container and self._dropped(element, css, style):
            if tag in BLOCKS:
                self._flush()
            return _PASSED
        if tag in BLOCKS:
            if tag == "tr" and self._row(element):
                return _PASSED
            self._flush()
            if tag == "figcaption" or (css and _name(css) & _CAPTION_NAME):
                kind = "caption"
            elif tag in HEADINGS:
                kind = "heading"
            elif tag == "li":
                kind = "item"
            else:
                kind = self.blocks[-1][0] if self.blocks else "text"
            centred = (
                tag == "center"
                or ("align" in names and element.get("align") in ("center", "right"))
                or (style is not None and _CENTRED.search(style) is not None)
            )
            if not centred and "cms-style" in names:
                cms = element.get("cms-style") or ""
                centred = "align-Center" in cms or "align-Right" in cms
            self.blocks.append((kind, css, centred))
            return _BLOCK
        if tag == "a":
            self.in_link += 1
            href = element.get("href") or ""
            url = self.page.absolute(href)
            if not url:
                return _BARE_LINK
            if is_file(href):
                self.files.append((url, flat(text_of(element)) or flat(element.get("title") or "")))
            self._open(f'<a href="{escape(url)}">')
            return _LINK
        if tag in _INLINE:
            mark = _INLINE[tag]
            if mark == "strong":
                self.bold += 1
            self._open(f"<{mark}>")
            return f"</{mark}>"
        if tag == "font" and "cms-style" in names and "strong-Bold" in (element.get("cms-style") or ""):
            self.bold += 1
            self._open("<strong>")
            return "</strong>"
        if css and _name(css) & _CAPTION_NAME:
            self._flush()
            self.blocks.append(("caption", css, False))
            return _CAPTIONED
        return _NOTHING

    def _leave(self, ending: str) -> None:
        if ending is _NOTHING:
            return
        if ending is _BLOCK or ending is _CAPTIONED:
            self._flush()
            self.blocks.pop()
            return
        if ending is _LINK:
            self.in_link -= 1
        elif ending is _BARE_LINK:
            self.in_link -= 1
            return
        elif ending == "</strong>":
            self.bold -= 1
        self._mark()
        self.open.pop()
        self.html.append(ending)

    def _open(self, mark: str) -> None:
        self._mark()
        self.open.append(mark)
        self.html.append(mark)

    def _mark(self) -> None:
        """From here on the line is kept with its marks too."""
        if not self.marked:
            self.marked = True
            self.html.extend(escape(part, quote=False) for part in self.parts)

    def _text(self, text: str) -> None:
        if "&" in text:
            text = plain(text)
        self.parts.append(text)
        if self.marked:
            self.html.append(escape(text, quote=False))
            if self.in_link or self.bold:
                size = len(text.strip())
                if self.in_link:
                    self.linked += size
                if self.bold:
                    self.bold_chars += size
        elif self.in_link:
            self.linked += len(text.strip())

    def _flush(self) -> None:
        parts = self.parts
        if parts:
            joined = "".join(parts)
            parts.clear()
            text = flat(joined)
            if text:
                kind, css, centred = self.blocks[-1] if self.blocks else ("text", "", False)
                if self.marked:
                    for mark in reversed(self.open):
                        self.html.append("</a>" if mark.startswith("<a") else f"</{mark[1:]}")
                    html = set_flat("".join(self.html))
                elif "&" in joined or "<" in joined or ">" in joined:
                    html = set_flat(escape(joined, quote=False))
                else:
                    html = text
                self.lines.append(
                    Line(
                        text, kind, html, self.linked, css, self.files, centred=centred,
                        bold=self.bold_chars * 10 >= len(text) * 9,
                    )
                )  # fmt: skip
                self.files = []
            self.linked = 0
            self.bold_chars = 0
        if self.marked:
            self.html[:] = self.open
            self.marked = bool(self.open)

    def _dropped(self, element: Element, css: str, style: str | None) -> bool:
        if css:
            if self.drop is not None and self.drop.search(css):
                return True
            name = _name(css)
            if name & _CREDIT_NAME:
                # Read as lines first: the byline reader takes them and they leave the body there.
                return False
            never = is_never_text(css)
            if not never and not name & _DOUBTFUL_NAME and style is None:
                return False
            if element.tag in _WORDS_TAGS and self._amid_text(element):
                # A linked keyword or a marked word inside a sentence, whatever it is called.
                return False
            if never:
                size = text_length(element)
                return size * 5 <= self.total * 2 or link_share(element) > 0.6
            if name & _DOUBTFUL_NAME:
                size = text_length(element)
                if re.search(r"(?:^|\s)(?:hide|hidden|none|d-?none)(?:\s|$)", css):
                    return size * 5 <= self.total * 2
                if (
                    size <= 60
                    and size * 5 <= self.total * 2
                    and (
                        link_share(element) > 0.6
                        or re.search(
                            r"(?:^|\s)(?:page\w*|fenye\w*|fwl|hits|count|click|print|close|share\w*|app\w*)(?:\s|$)",
                            css,
                            re.I,
                        )
                    )
                ):
                    return not any(is_file(a.get("href") or "") for a in element.iter("a"))
        if style is not None and _HIDDEN.search(style):
            return text_length(element) * 5 <= self.total * 2
        return False

    def _amid_text(self, element: Element) -> bool:
        """Whether an inline element is a part of a longer line."""
        block: Element | None = element
        while block is not None and block.tag in _WORDS_TAGS:
            block = block.getparent()
        return block is not None and text_length(block) >= text_length(element) + 8

    def _row(self, row: Element) -> bool:
        """Emit a table's row as one line where it is data and not layout."""
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        if len(cells) < 2:
            return False
        texts = []
        for cell in cells:
            if next(cell.iter("table", "img", "li"), None) is not None:
                return False
            texts.append(flat(" ".join(cast("Iterator[str]", cell.itertext()))))
        filled = [text for text in texts if text]
        if not filled:
            return True
        if max(len(text) for text in filled) > 400 and len(filled) < 3:
            return False
        self._flush()
        html = "".join(f"<td>{escape(text, quote=False)}</td>" for text in texts)
        linked = sum(len(flat(text_of(link))) for link in row.iter("a"))
        line = Line("\t".join(texts).strip("\t"), "row", f"<tr>{html}</tr>", linked, _css(row))
        for link in row.iter("a"):
            href = link.get("href") or ""
            if is_file(href) and (url := self.page.absolute(href)):
                line.files.append((url, flat(text_of(link))))
        self.lines.append(line)
        return True

    def _image(self, element: Element) -> None:
        url = ""
        for name in _PICTURE_ATTRIBUTES:
            value = element.get(name)
            if value and not value.startswith("data:"):
                url = self.page.absolute(value)
                if url:
                    break
        if not url or _ICON.search(url.rsplit("/", 1)[-1]) or _HIDDEN.search(element.get("style") or ""):
            return
        for name in ("width", "height"):
            size = re.match(r"\d+", element.get(name) or "")
            if size is not None and int(size.group()) < 60:
                return
        if is_never_text(_css(element)):
            return
        self._flush()
        self.lines.append(Line("", "image", picture=Picture(url)))
