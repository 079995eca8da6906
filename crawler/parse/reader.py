"""From a page's tree to an Article, by a layout or without one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from crawler.parse.article import Article, Attachment, Kind
from crawler.parse.body import is_file, lines_of, text_length
from crawler.parse.byline import read_credits
from crawler.parse.container import find_container, has_matter
from crawler.parse.credited import header_credits, read_credited
from crawler.parse.dates import labelled_time
from crawler.parse.document import has_marks, read_document
from crawler.parse.heading import find_title, fold_title
from crawler.parse.layout import Layout
from crawler.parse.line import Line
from crawler.parse.names import split_names
from crawler.parse.page import Element, HtmlPage, flat, line_of, look_for, select, squeeze
from crawler.parse.published import read_time
from crawler.parse.rendered import render
from crawler.parse.source_name import clean_source
from crawler.parse.surroundings import lines_after, lines_before, lines_inside
from crawler.parse.trim import Trimmed, trim

__all__ = ["Reading", "read"]

_BAIDU = {
    "#pubtime_baidu": "time",
    "#source_baidu": "source",
    "#author_baidu": "author",
    "#editor_baidu": "editor",
    "#ne_article_source": "source",
    "#media_name": "source",
    "#js_name": "source",
    "#post-user": "source",
}
look_for(_BAIDU)
_QQ_MARKS = etree.XPath("//span[@bosszone = 'jgname' or @bosszone = 'author']")
_ATTACHMENT_SCRIPT = re.compile(
    r"<a[^>]{0,200}?href\s*=\s*\\?[\"']([^\"'<>\s]{4,300}?\.(?:pdf|docx?|xlsx?|wps|ofd|zip|rar|et|pptx?))\\?[\"']["
    r"^>]{0,200}>(.{0,120}?)<\\?/a>",
    re.I,
)


@dataclass(slots=True)
class Reading:
    """An article as read, and what the reader saw that decides its fate."""

    article: Article
    container: Element
    before: list[Line]
    after: list[Line]
    trimmed: Trimmed


def read(page: HtmlPage, layout: Layout | None = None, *, known: bool = True) -> Reading | None:
    """Read a page's article.

    Args:
        page: the page.
        layout: the layout to read by; None for the general reader.
        known: let the general reader use the marks of known editors and systems.

    Returns:
        None where no container with text or pictures is found.
    """
    latest = page.page.fetched_at or datetime.now(UTC)
    article = Article(url=page.page.url)
    container: Element | None = None
    if layout is not None and layout.body:
        for where in layout.body:
            container = next((element for element in layout.find(where, page) if has_matter(element)), None)
            if container is not None:
                break
        article.layout = layout.name
    else:
        container, how = find_container(page, known=known)
        article.layout = layout.name if layout is not None else f"generic/{how}"
    if container is None:
        return None

    size = text_length(container)
    inside = lines_of(container, page, total=size, drop=layout.drop if layout is not None else None)
    before = lines_before(container)
    formal = has_marks(before) or has_marks(inside[:40])
    if formal:
        before = lines_before(container, 240)
    after = lines_after(container)
    named = list(layout.titles(page)) if layout is not None else []
    listed = page.page.listed
    article.title, at = find_title(page, before, inside, named, listed.title if listed is not None else "")
    # A header that stands inside the text's own element is set in spans that only a style parts.
    set_inside = any("20" in line.text and len(line.text) <= 90 for line in inside[:14])
    trimmed = trim(inside, article.title, lines_inside(container) if set_inside else ())

    start = at + 1 if 0 <= at < len(before) else 0
    header = [*before[start:], *trimmed.head]
    if layout is not None and layout.header:
        header = [line for element in layout.first(layout.header, page) for line in lines_inside(element)] + header
    found = header_credits(header)
    marked = _marked(page)
    for kind, text in marked:
        if kind == "source" and (text := clean_source(re.sub(r"^.{0,6}来源[:：]", "", text))):
            found.source = text
        elif kind == "author":
            found.authors = found.authors or split_names(re.sub(r"^.{0,6}作者[:：]", "", text))
        elif kind == "editor":
            said = read_credits(text, loose=True)
            if said is not None and said.editor:
                found.merge(said)

    above = before[max(0, start - 8) : start] if at >= 0 else []
    read_time(article, page, header, above, after, found, marked, trimmed.credits.times, latest)
    document = read_document([*before, *inside[:40]]) if formal else None
    if document is not None:
        article.document = document
        article.kind = Kind.DOCUMENT
    read_credited(article, page, layout, header, before[max(0, start - 6) : start], after, found, trimmed, document)
    render(article, trimmed)
    _attachments(article, page, container, size, inside)
    article.original_title = trimmed.original_title
    article.first_publisher = trimmed.first_publisher
    article.subtitle = _subtitle(header, article)
    article.breadcrumb = _breadcrumb(before)
    _metas(article, page)
    if trimmed.spam:
        article.notes.append(f"spam around the text cut off: {trimmed.spam} lines")
    if trimmed.copies:
        article.notes.append(f"second copy of the text left out: {trimmed.copies}")
    if layout is not None and layout.finish is not None:
        layout.finish(article, page)
    return Reading(article, container, before, after, trimmed)


def _marked(page: HtmlPage) -> list[tuple[str, str]]:
    """What stands in the elements that Baidu's news protocol (and 网易, Sina) name by id."""
    found = []
    for name, kind in _BAIDU.items():
        for element in page.named(name):
            if text := line_of(element):
                found.append((kind, text))
    if "bosszone" in page.source:
        # 腾讯: the medium that published first, and a link to its account; the writer.
        found.extend(
            ("author" if element.get("bosszone") == "author" else "source", text)
            for element in select(_QQ_MARKS, page.root)
            if "微博" not in (text := line_of(element))
        )
    return found


def _attachments(article: Article, page: HtmlPage, container: Element, size: int, inside: list[Line]) -> None:
    found: dict[str, str] = {}
    for line in inside:
        for url, name in line.files:
            found.setdefault(url, name)
    # Many systems put the list of files beside the text's own element.
    scope = container
    for _ in range(2):
        parent = scope.getparent()
        if parent is None or parent.tag in ("body", "html"):
            break
        scope = parent
    files = [link for link in scope.iter("a") if (href := link.get("href")) and is_file(href)]
    if files and text_length(scope) <= size * 3 + 3000:
        for link in files:
            url = page.absolute(link.get("href") or "")
            if url and not found.get(url):
                found[url] = line_of(link) or flat(link.get("title") or "")
    # Some systems write the list by script; the text then speaks of files that it does not link.
    scripted = not found and any("附件" in text for text in (*article.paragraphs, article.title))
    for match in _ATTACHMENT_SCRIPT.finditer(page.source) if scripted else ():
        url = page.absolute(match.group(1))
        if url:
            found.setdefault(url, flat(re.sub(r"<[^>]{0,200}>", "", match.group(2))))
    article.attachments = [Attachment(url, name) for url, name in found.items()]


def _subtitle(header: list[Line], article: Article) -> str:
    for line in header[:4]:
        if (
            line.kind == "heading"
            and 4 <= len(line.text) <= 80
            and fold_title(line.text) not in (fold_title(article.title), fold_title(article.source))
            and not re.search(r"[:：]\s*$|来源|时间", line.text)
        ):
            return line.text
    return ""


_SITE_CODE = re.compile(r"网站标识码\s{0,20}[:：]?\s{0,20}(?:<[^>]{0,80}>\s{0,20})?(bm\d{8}|\d{10})", re.I)
_CRUMB = re.compile(
    r"^.{0,6}?(?:当前(?:的|所在)?位置|您?(?:现在|当前)?(?:所在|的)?的?位置|所在位置)(?:是)?\s*[:：]?\s*(?P<path>.+)$"
)
_ARROW = re.compile(r"\s*(?:>>|＞|>|»|›|→|/|\\|-|—|::)\s*")


def _breadcrumb(before: list[Line]) -> list[str]:
    for index in range(len(before) - 1, -1, -1):
        text = before[index].text
        match = _CRUMB.match(text)
        if match is None and text.count(">") >= 1 and len(text) <= 80 and before[index].linked:
            match = re.match(r"(?P<path>.+)", text)
        if match is None:
            continue
        path = match["path"]
        if len(path) < 2 and index + 1 < len(before):
            path = before[index + 1].text
        return [
            part
            for part in (part.strip() for part in _ARROW.split(path))
            if part and len(part) <= 40 and part not in ("正文", "内容")
        ][:10]
    return []


def _metas(article: Article, page: HtmlPage) -> None:
    metas = page.metas
    keywords = metas.get("keywords") or metas.get("tags") or ""
    if keywords and len(keywords) <= 300:
        words = [word.strip() for word in re.split(r"[,，;；、\s]+", keywords)]
        article.keywords = [
            word for word in dict.fromkeys(words) if word and fold_title(word) != fold_title(article.title)
        ][:20]
    article.site_id_code = metas.get("siteidcode", "")
    if not article.site_id_code:
        # One character is looked for at a tenth of the cost of five.
        at = page.source.find("网站标识码") if "识" in page.source else -1
        code = _SITE_CODE.search(page.source, at) if at >= 0 else None
        if code is not None:
            article.site_id_code = code.group(1).lower()
    if article.modified_at is None:
        for name in ("weibo:article:update_at", "lastmodifiedtime", "article:modified_time"):
            moment = labelled_time(metas.get(name, ""), latest=page.page.fetched_at)
            if moment is not None and article.published_at is not None and moment.at > article.published_at:
                article.modified_at = moment.at
                break
    if squeeze(article.title) and len(article.title) > 300:
        article.title = article.title[:300]
