"""From the article's container to its lines: what a reader sees as paragraphs, headings, rows and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import cast

from crawler.parse.class_names import CAPTION, CREDIT, DOUBTFUL, is_never_text, kind_of_name, names_of
from crawler.parse.line import BLOCKS, HEADINGS, Line, Picture
from crawler.parse.page import Element, HtmlPage, flat, plain, set_flat, text_of

__all__ = ["is_file", "lines_of", "link_share", "text_length"]

_SKIP = frozenset([
    "script", "style", "noscript", "iframe", "object", "embed", "select", "svg", "template", "textarea",
    "canvas", "input", "button", "video", "audio", "head", "title", "link", "meta", "nav",
    "footer", "ins", "map",
])  # fmt: skip
_WORDS_TAGS = frozenset(["a", "span", "font", "strong", "b", "em", "i", "u", "sub", "sup", "label"])
_INLINE = {"b": "strong", "strong": "strong", "em": "em", "i": "em", "sub": "sub", "sup": "sup", "u": "u"}

_ENDINGS = frozenset(
    ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "wps", "et", "ofd", "zip", "rar", "7z", "txt", "csv", "ceb")
)
_FILE = re.compile(rf"\.(?:{'|'.join(sorted(_ENDINGS))})(?:$|[?#])|downloadattachurl|/download\.jsp")

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
# What a mirror sets among the words so that readers do not see it; blocks use it for their gaps.
_TINY = re.compile(r"font-size\s*:\s*0(?:px|pt|r?em|%)?\s*(?:;|!|$)", re.I)
_CENTRED = re.compile(r"text-align\s*:\s*center", re.I)
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
    href = href.lower()
    if "?" in href or "#" in href or "download" in href or href.endswith("\n"):
        return _FILE.search(href) is not None
    # What the search comes to for nearly every link, at a quarter of its cost.
    return href[href.rfind(".") + 1 :] in _ENDINGS and "." in href


def text_length(element: Element) -> int:
    """Characters of an element's text, white space not counted."""
    return len("".join(text_of(element).split()))


def link_share(element: Element) -> float:
    """Of an element's characters, the share inside links."""
    total = text_length(element)
    if not total:
        return 0.0
    return sum(text_length(link) for link in element.iter("a")) / total


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
_BARE_BOLD = "bare bold"
_DEEPEST = 8
"""Marks kept one inside another; a page that opens thousands would be as long as their number times its lines."""


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
        css = names_of(element) if "class" in names or "id" in names else ""
        style = element.get("style") if "style" in names else None
        if (css or style) and element is not container and self._dropped(element, css, style):
            if tag in BLOCKS:
                self._flush()
            return _PASSED
        if tag in BLOCKS:
            if tag == "tr" and self._row(element):
                return _PASSED
            self._flush()
            if tag == "figcaption" or (css and kind_of_name(css) & CAPTION):
                kind = "caption"
            elif tag in HEADINGS:
                kind = "heading"
            elif tag == "li":
                kind = "item"
            else:
                kind = self.blocks[-1][0] if self.blocks else "text"
            centred = (
                tag == "center"
                or ("align" in names and element.get("align") == "center")
                or (style is not None and _CENTRED.search(style) is not None)
            )
            if not centred and "cms-style" in names:
                cms = element.get("cms-style") or ""
                centred = "align-Center" in cms
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
            return _LINK if self._open(f'<a href="{escape(url)}">') else _BARE_LINK
        if tag in _INLINE:
            mark = _INLINE[tag]
            if mark == "strong":
                self.bold += 1
            return f"</{mark}>" if self._open(f"<{mark}>") else _BARE_BOLD if mark == "strong" else _NOTHING
        if tag == "font" and "cms-style" in names and "strong-Bold" in (element.get("cms-style") or ""):
            self.bold += 1
            return "</strong>" if self._open("<strong>") else _BARE_BOLD
        if css and kind_of_name(css) & CAPTION:
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
        elif ending is _BARE_BOLD:
            self.bold -= 1
            return
        elif ending == "</strong>":
            self.bold -= 1
        self._mark()
        self.open.pop()
        self.html.append(ending)

    def _open(self, mark: str) -> bool:
        """Begin a mark, unless the text stands inside it already."""
        if mark in self.open or len(self.open) >= _DEEPEST:
            return False
        self._mark()
        self.open.append(mark)
        self.html.append(mark)
        return True

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
            name = kind_of_name(css)
            if name & CREDIT:
                # Read as lines first: the byline reader takes them and they leave the body there.
                return False
            never = is_never_text(css)
            if not never and not name & DOUBTFUL and style is None:
                return False
            if element.tag in _WORDS_TAGS and self._amid_text(element):
                # A linked keyword or a marked word inside a sentence, whatever it is called.
                return False
            if never:
                size = text_length(element)
                return size * 5 <= self.total * 2 or link_share(element) > 0.6
            if name & DOUBTFUL:
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
        if style is not None and element.tag in _WORDS_TAGS and not len(element) and _TINY.search(style):
            return text_length(element) <= 30
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
        line = Line("\t".join(texts).strip("\t"), "row", f"<tr>{html}</tr>", linked, names_of(row))
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
        if is_never_text(names_of(element)):
            return
        self._flush()
        self.lines.append(Line("", "image", picture=Picture(url)))
