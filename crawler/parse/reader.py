"""From a page's tree to an Article, by a layout or without one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import cast

import nh3

from crawler.parse.article import Article, Attachment, Image, Kind, Precision
from crawler.parse.body import Line, is_file, lines_of, text_length
from crawler.parse.byline import Credits, authors_in_text, clean_source, read_credits
from crawler.parse.container import find_container, has_matter
from crawler.parse.dates import Moment, first_time, from_url, labelled_time
from crawler.parse.document import has_marks, read_document
from crawler.parse.heading import find_title, fold_title
from crawler.parse.layout import Layout
from crawler.parse.names import is_name, split_names
from crawler.parse.page import Element, HtmlPage, flat, look_for, squeeze
from crawler.parse.surroundings import lines_after, lines_before, lines_inside
from crawler.parse.trim import STATEMENT, Trimmed, is_clutter, trim
from crawler.run import SHANGHAI

__all__ = ["Reading", "read"]

_TAGS = {
    "p",
    "h3",
    "strong",
    "em",
    "u",
    "a",
    "sub",
    "sup",
    "table",
    "tbody",
    "tr",
    "td",
    "ul",
    "li",
    "figure",
    "figcaption",
    "img",
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS, attributes={"a": {"href"}, "img": {"src"}}, url_schemes={"http", "https"}, link_rel=None
)
# What the cleaner would give back as it is, which is most bodies: paragraphs of escaped text, marks that are closed
# where they were opened, links and pictures with plain addresses. All else goes through the cleaner.
_CLEAN_TEXT = r"[^<>&\xa0\r\x00]*(?:&(?:amp|lt|gt);[^<>&\xa0\r\x00]*)*"
_CLEAN_URL = r"https?://(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}(?:/[A-Za-z0-9_./~=?-]*)?"
_CLEAN_INNER = (
    rf'{_CLEAN_TEXT}(?:(?:<(strong|em|u|sub|sup)>{_CLEAN_TEXT}</\1>|<a href="{_CLEAN_URL}">{_CLEAN_TEXT}</a>)'
    rf"{_CLEAN_TEXT})*"
)
_CLEAN = re.compile(
    rf"(?:(?:<p>{_CLEAN_INNER}</p>|<h3>{_CLEAN_INNER.replace(chr(92) + '1', chr(92) + '2')}</h3>|"
    rf'<figure><img src="{_CLEAN_URL}">(?:<figcaption>{_CLEAN_TEXT}</figcaption>)?</figure>)(?:\n|$))*'
)
_OPEN_SOURCE = re.compile(r"(?:来源|來源|稿源)\s*[:：]\s*$")
_OPEN_AUTHOR = re.compile(r"(?:作者|记者)\s*[:：]\s*$")
_MODIFIED = re.compile(r"更新|修改|编辑时间")
_NOT_PUBLISHED = re.compile(r"成文|印发|生成|撰写|生效|失效|施行|截止|开始|结束|创建")
_CLOCK = re.compile(r"星期[一二三四五六日天]|农历|今天")
_TODAY = re.compile(r"今天是|今日|现在是|欢迎|农历|当前时间|星期.{0,4}天气")
_AUTHOR_CSS = re.compile(r"(?:^|[\s_-])(?:author|reporter|writer|zuozhe|byline)(?:[\s_-]|$)", re.I)
_SOURCE_CSS = re.compile(
    r"(?:^|[\s_-])(?:source|media|laiyuan|origin|from|pub-?source)(?:[\s_A-Z-]|$)|[a-z](?:Source|"
    r"Media)"
)
_MEDIUM_LINE = re.compile(
    r"^(?:(?P<name>[\u3400-\u9fff·]{2,4})\s?[/／]\s?)?(?P<medium>[\u3400-\u9fffA-Za-z0-9·]{2,20}(?:日报|"
    r"晚报|时报|早报|周刊|周报|商报|青年报|导报|快报|都市报|晨报|新闻网|新闻社|新华社|新华网|"
    r"人民网|中新社|中新网|中国网|客户端|通讯社|电视台|央视网|央视新闻|央广网|光明网|"
    r"证券报|参考消息|观察报|财联社|经济网|证券时报网|报业|新闻|财经|报|网|社))$"
)
_BAIDU = {
    "#pubtime_baidu": "time",
    "#source_baidu": "source",
    "#author_baidu": "author",
    "#editor_baidu": "editor",
    "#ne_article_source": "source",
    "#media_name": "source",
}
look_for(_BAIDU)
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
    trimmed = trim(inside, article.title)

    start = at + 1 if 0 <= at < len(before) else 0
    header = [*before[start:], *trimmed.head]
    if layout is not None and layout.header:
        header = [line for element in layout.first(layout.header, page) for line in lines_inside(element)] + header
    found = _header(header)
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

    _time(article, page, header, before[max(0, start - 8) : start] if at >= 0 else [], after, found, marked, latest)
    document = read_document([*before, *inside[:40]]) if formal else None
    if document is not None:
        article.document = document
        article.kind = Kind.DOCUMENT
    _credits(article, page, layout, header, before[max(0, start - 6) : start], after, found, trimmed, document)
    _text_and_pictures(article, page, trimmed, after)
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


def _text(element: Element) -> str:
    return flat(" ".join(cast("Iterator[str]", element.itertext())))


def _marked(page: HtmlPage) -> list[tuple[str, str]]:
    """What stands in the elements that Baidu's news protocol (and 网易, Sina) name by id."""
    found = []
    for name, kind in _BAIDU.items():
        for element in page.named(name):
            if text := _text(element):
                found.append((kind, text))
    return found


def _header(header: list[Line]) -> Credits:
    """Credits of the lines between title and text; a label whose value stands in the next line gets it."""
    found = Credits()
    for index, line in enumerate(header):
        text = line.text
        if len(text) > 200 or _TODAY.search(text):
            continue
        said = read_credits(text, loose=True)
        if said is None:
            continue
        found.merge(said)
        if index + 1 == len(header):
            continue
        following = header[index + 1].text
        if len(following) > 24:
            continue
        if (
            not found.source
            and _OPEN_SOURCE.search(text)
            and not re.search(r"[:：。，]", following)
            and not is_clutter(following)
            and first_time(following) is None
        ):
            found.source = clean_source(following)
        if not found.authors and _OPEN_AUTHOR.search(text):
            found.authors = split_names(following, strict=True)
    return found


def _time(
    article: Article,
    page: HtmlPage,
    header: list[Line],
    above: list[Line],
    after: list[Line],
    found: Credits,
    marked: list[tuple[str, str]],
    latest: datetime,
) -> None:
    url_day = from_url(page.page.url, latest=latest)
    year = url_day.at.year if url_day is not None else None
    candidates: list[tuple[Moment, str]] = []
    for kind, text in marked:
        if kind == "time" and (moment := labelled_time(text, latest=latest, year=year)):
            candidates.append((moment, "printed"))
    for label, value in found.times:
        if _NOT_PUBLISHED.search(label):
            continue
        moment = labelled_time(value, latest=latest, year=year)
        if moment is None:
            continue
        if _MODIFIED.search(label):
            article.modified_at = article.modified_at or moment.at
        else:
            candidates.append((moment, "printed"))
    for line in header:
        if len(line.text) > 200 or _TODAY.search(line.text):
            continue
        said = read_credits(line.text, loose=True)
        if (
            said is not None
            and said.times
            and all(_MODIFIED.search(label) or _NOT_PUBLISHED.search(label) for label, _ in said.times)
        ):
            continue
        moment = first_time(line.text, latest=latest)
        if moment is not None and (len(line.text) <= 90 or line.text.find(moment.printed) < 40):
            candidates.append((moment, "printed"))
    if not candidates:
        joined = " ".join(line.text for line in header if len(line.text) <= 40)
        moment = first_time(joined, latest=latest) if joined and not _TODAY.search(joined) else None
        if moment is not None:
            candidates.append((moment, "printed"))
    if not candidates:
        for line in reversed(above):
            if (
                len(line.text) <= 120
                and not _TODAY.search(line.text)
                and not _CLOCK.search(line.text)
                and (moment := first_time(line.text, latest=latest))
            ):
                candidates.append((moment, "printed above the title"))
                break
    if not candidates:
        for line in after[:12]:
            said = read_credits(line.text, loose=True) if len(line.text) <= 90 else None
            if said is not None:
                for label, value in said.times:
                    if (
                        not _MODIFIED.search(label)
                        and not _NOT_PUBLISHED.search(label)
                        and (moment := labelled_time(value, latest=latest, year=year))
                    ):
                        candidates.append((moment, "printed below the text"))
    if candidates:
        chosen, where = candidates[0]
        # A time of day beside a bare day of the same date is the better print of the same time.
        for moment, place in candidates[1:]:
            if len(chosen.precision) == 3 and len(moment.precision) > 3 and moment.at.date() == chosen.at.date():
                chosen, where = moment, place
                break
        meta = _meta_time(page, latest)
        if (
            meta is not None
            and len(chosen.precision) == 3
            and len(meta[0].precision) > 3
            and meta[0].at.date() == chosen.at.date()
        ):
            chosen, where = meta
        elif (
            meta is not None
            and chosen.precision is Precision.MINUTE
            and meta[0].precision is Precision.SECOND
            and meta[0].at.replace(second=0) == chosen.at
        ):
            # The head holds the same minute with its seconds: the print is borne out and made exact.
            chosen, where = Moment(meta[0].at, Precision.SECOND, chosen.printed), f"{where}, seconds from {meta[1]}"
    else:
        meta = _meta_time(page, latest)
        listed = page.page.listed
        if meta is not None:
            chosen, where = meta
        elif listed is not None and listed.time is not None:
            chosen, where = (
                Moment(listed.time.astimezone(SHANGHAI), Precision.SECOND, listed.time.isoformat()),
                "listing",
            )
        elif url_day is not None:
            chosen, where = url_day, "url"
        else:
            return
    article.published_at = chosen.at
    article.published_precision = chosen.precision
    article.published_printed = chosen.printed
    article.published_from = where


_TIME_METAS = (
    "weibo:article:create_at",
    "pubdate",
    "firstpublishedtime",
    "article:published_time",
    "og:time",
    "og:release_date",
    "publishdate",
    "bytedance:published_time",
    "datepublished",
    "og:published_time",
    "publish_time",
    "article:published",
    "createdate",
    "date",
    "dc.date",
)


def _meta_time(page: HtmlPage, latest: datetime) -> tuple[Moment, str] | None:
    """The time of the meta tags, the most exact first; a page's generation time is none."""
    metas = page.metas
    generated = metas.get("others", "")
    best: tuple[Moment, str] | None = None
    for name in _TIME_METAS:
        value = metas.get(name, "")
        if not value or (value in generated and name == "pubdate"):
            continue
        moment = labelled_time(value, latest=latest)
        if moment is not None and (best is None or (len(best[0].precision) == 3 and len(moment.precision) > 3)):
            best = (moment, f"meta {name}")
    if best is None and generated and metas.get("pubdate"):
        return None
    return best


def _credits(
    article: Article,
    page: HtmlPage,
    layout: Layout | None,
    header: list[Line],
    above: list[Line],
    after: list[Line],
    found: Credits,
    trimmed: Trimmed,
    document: dict[str, str] | None,
) -> None:
    metas = page.metas
    source = ""
    if layout is not None:
        for element in layout.sources(page):
            source = clean_source(re.sub(r"^\s*(?:稿件|信息)?来源\s*[:：]", "", _text(element)))
            if source:
                article.source_url = page.absolute(element.get("href") or "")
                break
    if not source:
        source = found.source
    if source and fold_title(source) == fold_title(article.title):
        source = ""
    if not source:
        source = _unlabelled_source(header, found)
    if not source:
        above_found = _header(above)
        source = above_found.source
    end = _after(after)
    if not source:
        source = found.agency or (document or {}).get("发布机构", "") or (document or {}).get("发文机关", "")
    if not source:
        for name in ("mediaid", "contentsource", "source", "article:author", "og:article:author", "copyrightfrom"):
            value = clean_source(re.sub(r"^\s*(?:稿件|信息|文章)?来源\s*[:：]", "", metas.get(name, "")))
            if (
                value
                and fold_title(value) != fold_title(article.title)
                and not (name.endswith("author") and is_name(value, strict=True))
            ):
                source = value
                break
    listed = page.page.listed
    source = (
        source
        or trimmed.credits.source
        or end.source
        or (listed.source if listed is not None else "")
        or trimmed.first_publisher
    )
    article.source = unicodedata.normalize("NFC", source)

    editor, rank = "", 0
    for said in (found, trimmed.credits, end):
        if said.editor and said.editor_rank >= rank:
            editor, rank = said.editor, said.editor_rank
    article.editor = editor

    texts = [line.text for line in trimmed.lines if line.kind in ("text", "item", "heading", "caption")]
    in_text, bylines = authors_in_text(texts)
    if bylines:
        gone = {texts[index] for index in bylines}
        for line in trimmed.lines:
            if (
                line.text in gone
                and not trimmed.credits.source
                and (byline := read_credits(line.text, loose=True))
                and byline.source
            ):
                article.source = article.source or byline.source
        trimmed.lines = [line for line in trimmed.lines if line.text not in gone or line.kind == "image"]
    names: list[str] = []
    for group in (found.authors, trimmed.credits.authors, in_text):
        for name in group:
            if name not in names:
                names.append(name)
    if not names:
        names.extend(_header_reporters([*above, *header]))
    if not names:
        names.extend(end.authors)
    if not names and listed is not None:
        names.extend(listed.authors)
    article.authors = names


_REPORTER_LINE = re.compile(
    r"^(?:[\u3400-\u9fffA-Za-z·/／]{0,16}?)(?:记者|通讯员|评论员|作者|文)[\s/／丨｜|:：]+(?P<names>.{2,40})$"
)


def _header_reporters(header: list[Line]) -> list[str]:
    for line in header:
        text = line.text
        if len(text) > 60:
            continue
        for piece, css in [*line.pieces, (text, line.css)]:
            if css and len(piece) <= 24 and _AUTHOR_CSS.search(css) and (names := split_names(piece, strict=True)):
                return names
        match = _REPORTER_LINE.match(text)
        if match is not None and (names := split_names(match["names"], strict=True)):
            return names
        medium = _MEDIUM_LINE.match(text)
        if medium is not None and medium["name"] and is_name(medium["name"], strict=True):
            return [medium["name"]]
    return []


def _unlabelled_source(header: list[Line], found: Credits) -> str:
    """A medium's name that stands beside the time or in a line of its own, without a label."""
    for line in header:
        for text, css in [*line.pieces, (line.text, line.css)]:
            if len(text.strip()) <= 24 and css and _SOURCE_CSS.search(css) and first_time(text) is None:
                source = clean_source(text)
                if source and not is_clutter(source) and not re.search(r"来自|关注|[:：。，]", source):
                    return source
    for index, line in enumerate(header):
        text = line.text
        if len(text) > 60:
            continue
        moment = first_time(text)
        near = moment is not None or any(first_time(other.text) for other in header[max(0, index - 1) : index + 2])
        rest = text.replace(moment.printed, " ", 1) if moment is not None else text
        for part in re.split(r"[\s|｜]+", rest.strip()):
            medium = _MEDIUM_LINE.match(part.strip("：:·"))
            if medium is not None and near and len(medium["medium"]) >= 3 and "来自" not in part:
                return medium["medium"]
    return ""


def _after(after: list[Line]) -> Credits:
    """Editor and source below the text, up to where other things begin."""
    found = Credits()
    for line in after:
        text = line.text
        if len(text) > 160:
            # A statement stands between text and editor; another text ends the search.
            if STATEMENT.match(text) or sum(text.count(mark) for mark in "，。") * 40 < len(text):
                continue
            break
        if re.match(r"^[\s【\[]*(?:相关|推荐|热门|延伸|更多|猜你|为您|精彩)", text):
            break
        said = read_credits(text) or (read_credits(text, loose=True) if re.search(r"责任?编[辑]?", text) else None)
        if said is not None:
            found.merge(said)
    return found


def _text_and_pictures(article: Article, page: HtmlPage, trimmed: Trimmed, after: list[Line]) -> None:
    lines = trimmed.lines
    paragraphs: list[str] = []
    parts: list[str] = []
    images: list[Image] = []
    table = False
    for index, line in enumerate(lines):
        if line.kind == "row" and not table:
            parts.append("<table>")
        elif line.kind != "row" and table:
            parts.append("</table>")
        table = line.kind == "row"
        if line.picture is not None:
            caption = ""
            following = lines[index + 1] if index + 1 < len(lines) else None
            if following is not None and following.kind == "caption":
                caption = following.text
            if all(image.url != line.picture.url for image in images):
                images.append(Image(line.picture.url, unicodedata.normalize("NFC", caption)))
                note = f"<figcaption>{escape(caption, quote=False)}</figcaption>" if caption else ""
                parts.append(f'<figure><img src="{escape(line.picture.url)}">{note}</figure>')
            continue
        if not line.text or line.kind == "caption":
            continue
        text = unicodedata.normalize("NFC", line.text)
        paragraphs.append(text)
        if not line.html:
            inner = escape(text, quote=False)
        else:
            inner = text if line.html is line.text else unicodedata.normalize("NFC", line.html)
        parts.append(
            inner
            if line.kind == "row"
            else f"<h3>{inner}</h3>"
            if line.kind == "heading" or (line.bold and len(text) <= 60)
            else f"<p>{inner}</p>"
        )
    if table:
        parts.append("</table>")
    article.paragraphs = paragraphs
    article.images = images
    html = "\n".join(parts)
    article.body_html = html if _CLEAN.fullmatch(html) is not None else _CLEANER.clean(html)


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
                found[url] = _text(link) or flat(link.get("title") or "")
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


_SITE_CODE = re.compile(r"网站标识码\s*[:：]?\s*(?:<[^>]{0,80}>\s*)?(bm\d{8}|\d{10})", re.I)
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
