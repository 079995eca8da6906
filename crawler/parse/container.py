"""Where the article stands on a page whose layout nobody described: known editors' marks first, then density."""

from __future__ import annotations

import re
from itertools import islice
from typing import cast

from lxml import etree

from crawler.parse.body import text_length
from crawler.parse.class_names import is_never_text, names_of
from crawler.parse.furniture import LIST_HEADING, STATEMENT
from crawler.parse.page import STEMS, Element, HtmlPage, look_for

__all__ = ["find_container", "has_matter"]

# Marks that an editor or a CMS puts around the text itself, seen on many sites: id first, then class. Names that sites
# also use for other things (content, article, main) are left to the density reader.
_IDS = (
    "ucap-content|vsb_content|artibody|endtext|rwb_zw|p_content|ozoom|zoom|js_content|detailcontent|"
    "p-detail|ctrlfscont|contentbody|"
    "the_content|mp-editor|contenttext|cnt-main-article-qq|articlecnt|qmt_content_div|articletext|articlebody|"
    "artical_real|con_con|newscontent|"
    "main_content_val|content_area|text_area|cmsarticlecontent|dochtmlcon|detail_content|content_main|"
    "newsbody|articlecontentbody|news_content|"
    "arc-body|nr_content|contentmain|text_content|txt_con|article_inbox|main-article|printcontent|infocontent|"
    "mainbodycontent|contenttxt|page-text"
)
_CLASSES = (
    "trs_editor|trs_ueditor|trs_editor_view|trs_web|custom_unionstyle|v_news_content|rm_txt_con|box_con|"
    "show_text|u-maintext|news_txt|left_zw|"
    "pages_content|post_body|post_text|text-3zq3czd4|art_contextbox|"
    "art_content|all-txt|content-article|"
    "xz-xl-article|cnt_bd|txt_con|cas_content|g-article-txt|m-txt|article_txt|articlecon|news_con|newscontent|"
    "article-content-body|"
    "rich_media_content|easysite-news-text|main-aticle|main-article|arti-content|articalcontent|wp_articlecontent|"
    "conttext|post-richtext|article_body|entry-content|"
    "jj_txt|txtcontent|artcontent|article-txt|text_con|content_txt|articletext|news_text|nr_con"
)
_MARKS = frozenset([f"#{name}" for name in _IDS.split("|")] + [f".{name}" for name in _CLASSES.split("|")])
look_for(_MARKS)

# Spelled out, and without the argument that stands for the text itself, XPath takes half the time.
_LONG = etree.XPath("/descendant::body/descendant::text()[string-length() > 14]")
_LONG_INSIDE = etree.XPath("descendant::text()[string-length() > 29]")
_POINT = re.compile("[，。；：！？、”]")
_FOOT = re.compile(
    "ICP备|公网安备|版权所有|Copyright|许可证[:：编号]|(?:举报|客服)(?:电话|邮箱)|不代表.{0,12}(?:观点|立场)|免责声明",
    re.I,
)
"""Sentences at a page's foot; of a short article they may outweigh the text."""
_INLINE = frozenset(
    [
        "span",
        "font",
        "strong",
        "b",
        "em",
        "i",
        "u",
        "a",
        "sub",
        "sup",
        "small",
        "big",
        "label",
        "code",
        "ins",
        "bdo",
        "o:p",
        "st1:chsdate",
    ]
)
_PLAIN = frozenset(["p", "span", "font", "strong", "b", "em", "i", "u", "a", "h1", "h2", "h3", "h4", "h5", "li", "pre"])


def has_matter(element: Element) -> bool:
    """Whether an element holds text or pictures enough to be an article's body."""
    return text_length(element) >= 20 or next(element.iter("img"), None) is not None


def find_container(page: HtmlPage, *, known: bool = True) -> tuple[Element | None, str]:
    """The element that holds the article's text, and how it was found.

    Args:
        page: the page.
        known: try the marks of editors and systems first.

    Returns:
        The element and `mark:<name>`, `density`; None where no text stands together anywhere.
    """
    if known:
        found = _marked(page)
        if found is not None:
            return found
    return _dense(page), "density"


def _marked(page: HtmlPage) -> tuple[Element, str] | None:
    names = [name for name in page.names if name in _MARKS or name.startswith(STEMS)]
    names += [tag for tag in ("<ucapcontent", "<article") if page.has(tag)]
    found: list[tuple[int, Element, str]] = []
    for name in names:
        elements = page.named(name)
        name = name[1:]
        for element in elements[:8]:
            size = text_length(element)
            if size < 40:
                continue
            linked = sum(text_length(link) for link in element.iter("a"))
            if linked * 2 > size and size - linked < 200:
                continue
            found.append((size - linked, element, name))
    if not found:
        return None
    best = max(found, key=lambda item: item[0])
    if best[2].lower() == "article" and len([f for f in found if f[2].lower() == "article"]) > 3:
        # A page of many <article> elements is a list of teasers.
        return None
    size, element, name = best
    # The innermost mark that holds nearly all of it: a wrapper brings its share boxes along.
    for other_size, other, other_name in sorted(found, key=lambda item: item[0]):
        if (
            other is not element
            and other_size >= size * 0.7
            and _inside(other, element)
            and (other_size >= size * 0.9 or not _paragraphs_outside(element, other))
        ):
            size, element, name = other_size, other, other_name
            break
    # Two pieces of one text side by side (an editor's block each): take what holds both.
    siblings = [
        item
        for item in found
        if item[1] is not element and item[1].getparent() is element.getparent() and item[0] >= size * 0.25
    ]
    if siblings:
        parent = element.getparent()
        if parent is not None and parent.tag not in ("body", "html"):
            return parent, f"mark:{name.lower()}"
    return element, f"mark:{name.lower()}"


def _paragraphs_outside(element: Element, inner: Element) -> bool:
    """Whether an element holds sentences of its own beside an inner one, statements not counted."""
    size = 0
    for text in cast("list[etree._ElementUnicodeResult]", _LONG_INSIDE(element)):
        if "，" not in text or "。" not in text or STATEMENT.match(text) is not None:
            continue
        node = text.getparent()
        if node is not None and text.is_tail:
            node = node.getparent()
        while node is not None and node is not inner and node is not element:
            if node.tag == "a" or is_never_text(names_of(node)):
                break
            node = node.getparent()
        if node is element:
            size += len(text)
    return size >= 60


def _inside(element: Element, ancestor: Element) -> bool:
    parent = element.getparent()
    while parent is not None:
        if parent is ancestor:
            return True
        parent = parent.getparent()
    return False


def _is_list_of_others(element: Element) -> bool:
    """Whether a block calls itself a list of other texts: 为你推荐, 相关阅读."""
    # A few elements only: the first words of a block that is nested thousands deep are as far away.
    for node in islice(element.iter(), 10):
        head = (node.text or "").strip()
        if not head and not len(node) and node is not element:
            head = (node.tail or "").strip()
        if head:
            return len(head) <= 14 and LIST_HEADING.match(head) is not None
    return False


def _is_items(element: Element) -> bool:
    """Whether an element is a row of like blocks, each made of a name or a link and some words: comments, teasers."""
    kinds: dict[tuple[str, str], list[Element]] = {}
    for child in element:
        if child.tag in ("div", "li", "dl", "article", "section"):
            kinds.setdefault((child.tag, child.get("class") or ""), []).append(child)
    if not kinds:
        return False
    (_, css), items = max(kinds.items(), key=lambda kind: len(kind[1]))
    if len(items) < 5 or len(items) * 10 < len(element) * 7:
        return False
    if not css and items[0].tag == "div":
        # Bare blocks may be a text's sections; each of these begins with a link.
        return all(_begins_with_link(item) for item in items)
    composed = sum(
        1
        for item in items
        if next(item.iter("a", "h3", "h4", "h5", "b", "strong", "time"), None) is not None
        and next(item.iter("p", "div", "dd", "td", "section", "h3", "h4", "h5"), None) is not None
    )
    return composed * 10 >= len(items) * 8


def _begins_with_link(element: Element) -> bool:
    """Whether the first words of a block are a short link that is followed by words of its own."""
    if (element.text or "").strip():
        return False
    for node in islice(element.iter(), 1, 8):
        if node.tag == "a":
            size = text_length(node)
            return 0 < size <= 40 and text_length(element) >= size + 10
        if (node.text or "").strip():
            return False
    return False


def _core(element: Element, points: dict[Element, float]) -> Element:
    """The element inside others that each hold hardly anything else."""
    while True:
        inner = next((child for child in element if points.get(child, 0.0) >= 0.9 * points[element]), None)
        if inner is None:
            return element
        element = inner


def _has_twin(element: Element) -> bool:
    """Whether a block is one paragraph of several: the one beside it is set alike and is words without links."""
    following = element.getnext()
    if following is not None and following.tag == "table" and next(following.iter("a"), None) is None:
        return text_length(following) >= 8
    return any(
        beside is not None
        and beside.tag == element.tag
        and beside.get("class") == element.get("class")
        # 特此公告。
        and text_length(beside) >= (4 if beside is following else 8)
        and next(beside.iter("a"), None) is None
        for beside in (element.getprevious(), following)
    )


def _is_clutter(element: Element) -> bool:
    tag = element.tag
    return tag in ("a", "footer", "nav") or (is_never_text(names_of(element)) and tag not in ("body", "html"))


def _dense(page: HtmlPage) -> Element | None:
    """Follow the text down from the body: into the child that holds most of what is not links or known clutter."""
    points: dict[Element, float] = {}
    never: dict[Element, bool] = {}
    # One paragraph after the other stands in the same elements: they are climbed through once.
    parent: Element | None = None
    above: list[Element] = []
    cluttered = False
    for text in cast("list[etree._ElementUnicodeResult]", _LONG(page.root)):
        element = text.getparent()
        if element is not None and text.is_tail:
            element = element.getparent()
        if element is None:
            continue
        size = len("".join(text.split()))
        marks = len(_POINT.findall(text))
        if size < 12 or (not marks and size < 30):
            continue
        value = size + 10.0 * marks if marks else size * 0.3
        if STATEMENT.match(text) is not None or _FOOT.search(text, 0, 200) is not None:
            value *= 0.05
        if element.getparent() is not parent or parent is None:
            parent = element.getparent()
            above = [parent, *parent.iterancestors()] if parent is not None else []
            never.update((outer, _is_clutter(outer)) for outer in above if outer not in never)
            cluttered = any(map(never.__getitem__, above))
        if cluttered or _is_clutter(element):
            # Not nothing: an unclosed player box may swallow the whole article.
            value *= 0.05
        points[element] = points.get(element, 0.0) + value
        for outer in above:
            points[outer] = points.get(outer, 0.0) + value
    node = page.root.find("body")
    if node is None or not points.get(node):
        return None
    while True:
        total = points[node]
        ranked = sorted((child for child in node if child in points), key=lambda child: -points[child])
        if not ranked:
            return node
        others = [child for child in ranked[:4] if _is_list_of_others(child)]
        rest = total - sum(points[child] for child in others)
        if others and rest >= 40:
            total, ranked = rest, [child for child in ranked if child not in others]
            if not ranked:
                return node
        best = ranked[0]
        share = points[best] / total
        if len(ranked) > 1 and ranked[1] in best.itersiblings(preceding=True) and _is_items(_core(best, points)):
            # Comments or teasers below a text may be longer than the text.
            if points[ranked[1]] >= max(150.0, 0.25 * points[best]) and not _is_items(_core(ranked[1], points)):
                best, share = ranked[1], 1.0
        elif len(ranked) > 1 and share < 0.6 and _is_items(_core(ranked[1], points)) and not _is_items(best):
            share = 1.0
        if best.tag in _PLAIN or best.tag in _INLINE:
            return node
        blocks = any(isinstance(child.tag, str) and child.tag not in _INLINE and child.tag != "br" for child in best)
        if not blocks and (share < 0.95 or _has_twin(best)):
            return node
        if (
            share < 0.8
            and best.tag == "tr"
            and len(ranked) > 1
            and points[ranked[1]] * 4 >= points[best]
            and ranked[1] in best.itersiblings(preceding=True)
            and not _is_items(ranked[1])
        ):
            # A text that begins in the row above goes on in this one.
            return node
        if share < 0.6:
            # Beside a column or comments that hold text of their own the article still stands out; equal blocks in
            # a row are the sections of one text.
            second = ranked[1] if len(ranked) > 1 else None
            alike = second is not None and second.tag == best.tag and second.get("class") == best.get("class")
            if share < 0.35 or alike or (second is not None and points[second] * 2 > points[best]):
                return node
        node = best
