"""One page to one result: an article, or the fate it meets instead."""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.errors import ConfigurationError, DecodeFailed, Fate
from crawler.parse.article import Article, Attachment, Image, Kind, Page, Parsed
from crawler.parse.body_html import without
from crawler.parse.decode import MARK, Decoded, decode
from crawler.parse.layout import Layout
from crawler.parse.markdown import is_markdown, markdown_to_html
from crawler.parse.page import HtmlPage, squeeze
from crawler.parse.post import read_post
from crawler.parse.reader import Reading, read
from crawler.parse.recognise import kind_of_page, looks_like_list, refusal
from crawler.parse.repair import BROKEN, repair_article, unpinyin
from crawler.parse.scripted import scripted_html
from crawler.parse.text import is_page_text, text_to_html
from crawler.parse.time_limit import TooSlow

if TYPE_CHECKING:
    from crawler.publishers import ArticleUrl

__all__ = ["PARSER_VERSION", "parse_page"]

PARSER_VERSION = "2"
"""Raised whenever the same bytes may give another record."""

_FAMILIES = ("ucap", "trs", "vsb")
# Hosts that share a publisher's templates without being its own: they are read by the same layouts and stay nobody's.
_KIN = (
    ("sina.com.cn", "sina_finance"),
    ("sina.cn", "sina_finance"),
    ("tibet.cn", "tibet_net"),
    ("sc.gov.cn", "sichuan_gov"),
    ("xinjiang.gov.cn", "xinjiang_gov"),
)
_ERROR_STATUS = {404: Fate.GONE, 410: Fate.GONE}


def parse_page(page: Page, publisher: str | None = None, *, known: bool = True) -> Parsed:
    """Read one page.

    The layouts of the publisher come first, then those of the system families, then the general reader, whose layout
    name begins with `generic`, so that drift is seen.

    Args:
        page: its bytes, as archived.
        publisher: whose page it is; None to find out by its URL. A page under a foreign host is nobody's, whatever it
            says of itself: what it appears to copy is noted.
        known: let the general reader use the marks of known systems (False is for measuring it without them).

    Returns:
        An article, or a fate with its evidence; for a page of scans both. Bytes of any kind give a result: what is
        our own fault is `parse_failed` with the error's text, and the run's check counts it.

    Raises:
        ConfigurationError: the file of the publisher, or its layouts, cannot be read.
    """
    try:
        return _parse(page, publisher, known)
    except (TooSlow, ConfigurationError):
        # The limit is the caller's, and so is what follows from it; a wrong file is no page's fault.
        raise
    except RecursionError as error:
        return Parsed(fate=Fate.PARSE_FAILED, message=f"the page is nested too deep: {error}")
    except Exception as error:  # noqa: BLE001 - the outermost boundary: one page must not end a night; it is counted
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = f"{where.tb_frame.f_code.co_name}:{where.tb_lineno}" if where is not None else "?"
        return Parsed(fate=Fate.PARSE_FAILED, message=f"{type(error).__name__} in {place}: {error}")


def _parse(page: Page, publisher: str | None, known: bool) -> Parsed:
    if not page.content_type.startswith("text/markdown"):
        refused = refusal(page.status, {"content-type": page.content_type}, page.body)
        if refused is not None:
            return Parsed(fate=refused[0], message=refused[1])
    try:
        decoded = decode(page.body, page.content_type)
    except DecodeFailed as error:
        return Parsed(fate=Fate.DECODE_FAILED, message=f"{error}; first at byte {error.offset}")
    if page.status in _ERROR_STATUS:
        return Parsed(fate=_ERROR_STATUS[page.status], message=f"status {page.status}", charset=decoded.evidence())
    return parse_decoded(page, decoded, publisher, known)


def parse_decoded(page: Page, decoded: Decoded, publisher: str | None, known: bool = True) -> Parsed:
    """Read a page that is decoded already."""
    text = decoded.text
    damage = unpinyin(decoded)
    post = read_post(decoded.text)
    if post is not None:
        page = post.page(page)
        decoded.text = post.html
    elif page.content_type.startswith("text/markdown") and is_markdown(decoded.text):
        decoded.text = f"<html><head><title></title></head><body>{markdown_to_html(decoded.text)}</body></html>"
    elif is_page_text(page, decoded.text):
        decoded.text = text_to_html(decoded.text)
    html = HtmlPage(page, decoded, decoded.utf8 if decoded.text is text else None)
    charset = decoded.evidence()
    identity, claims = _identity(html, publisher)
    if identity is not None and identity.kind in ("gallery", "video"):
        return Parsed(fate=Fate(identity.kind), message=f"a {identity.kind} by its address", charset=charset)
    owner = identity.publisher if identity is not None else publisher or (post.feed if post is not None else None)
    reading = _by_layouts(html, owner) or read(html, known=known)
    if reading is None or not any(len(text) >= 12 for text in reading.article.paragraphs):
        reading = _from_data(page, decoded) or reading
    if reading is None:
        return _nothing(html, charset)
    article = reading.article
    titled = bool(article.title) and (
        article.published_from.startswith("printed") or bool(article.source or article.editor or article.document)
    )
    other = kind_of_page(html, article.paragraphs, len(article.images), titled=titled)
    if other is not None:
        return Parsed(fate=other[0], message=other[1], layout=article.layout, charset=charset)
    size = sum(len(squeeze(text)) for text in article.paragraphs)
    if article.layout.startswith("generic/density"):
        linked = sum(line.linked for line in reading.trimmed.lines)
        if ((not titled and size < 600) or linked * 2 > size) and (listing := looks_like_list(html)):
            return Parsed(fate=Fate.LISTING, message=listing, layout=article.layout, charset=charset)
        if size < 40 and not titled:
            return _nothing(html, charset, article.layout)
    if not article.title and size < 200:
        return _nothing(html, charset, article.layout)
    lost = _further(article, page, publisher, known)
    if lost:
        # Half an article under a whole one's name would be a loss that nobody sees.
        return Parsed(fate=Fate.PARSE_FAILED, message=lost, layout=article.layout, charset=charset)
    article.charset = charset
    article.parser_version = PARSER_VERSION
    article.notes.extend(damage)
    if identity is not None:
        article.publisher, article.site, article.key, article.url = (
            identity.publisher,
            identity.site,
            identity.key,
            identity.canonical,
        )
    else:
        article.publisher, article.site, article.key = _by_content(html, article, owner, post is not None)
        if not article.publisher and not _own_host(html.host):
            claims = claims or _appears(article, html, bool(damage))
        if claims and not article.publisher:
            article.notes.append(claims)
    if post is not None:
        post.finish(article)
    repair_article(article)
    broken = any(_holds_mark(getattr(article, name)) for name in Article.__slots__)
    if decoded.damaged:
        if broken:
            where = ", ".join(map(str, decoded.damaged))
            return Parsed(
                fate=Fate.DECODE_FAILED,
                message=f"the article holds bytes that {decoded.used} cannot read; "
                f"first at byte {decoded.damaged[0]} (all: {where})",
                layout=article.layout,
                charset=charset,
            )
        article.notes.append(f"bytes outside the article that could not be read: {len(decoded.damaged)}")
    elif broken:
        _mark_broken(article)
    if size < 30:
        if article.images or article.attachments:
            article.kind = Kind.IMAGE_ONLY
            what = f"{len(article.images)} images, {len(article.attachments)} attachments and no text"
            return Parsed(article=article, fate=Fate.IMAGE_ONLY, message=what, layout=article.layout, charset=charset)
        if size == 0:
            return _nothing(html, charset, article.layout)
    return Parsed(article=article, layout=article.layout, charset=charset)


def _from_data(page: Page, decoded: Decoded) -> Reading | None:
    """The article of a page that holds it only as data for its script."""
    made = scripted_html(decoded.text)
    if made is None:
        return None
    reading = read(HtmlPage(page, replace(decoded, text=made, utf8=None)))
    if reading is not None:
        reading.article.layout = "generic/script"
    return reading


def _identity(html: HtmlPage, publisher: str | None) -> tuple[ArticleUrl | None, str]:
    """Whose article a page is by the host that answered; what a foreign host's page claims is only told."""
    found = _identify(html.page.url)
    if found is not None:
        return found, ""
    if publisher is not None:
        return None, ""
    canonical = html.canonical
    claimed = _identify(canonical) if canonical else None
    if claimed is not None and _own_host(html.host) == claimed.publisher:
        return claimed, ""
    if claimed is not None:
        return (
            None,
            f"says that it is {claimed.canonical} of {claimed.publisher}, but came from {html.host or 'no host'}",
        )
    return None, ""


_OWN_TEXT = ((re.compile(r"主办单位\s*[:：]\s*四川省人民政府办公厅"), "sichuan_gov"),)
_COPIES = {
    "中国西藏网": "tibet_net",
    "中國西藏網": "tibet_net",
    "四川省人民政府": "sichuan_gov",
    "新浪财经": "sina_finance",
}


def _appears(article: Article, html: HtmlPage, noise: bool) -> str:
    """Which publisher a page that is nobody's seems to copy, by the names in its breadcrumb and its notice."""
    text = " ".join(article.breadcrumb) + " " + html.title
    for name, publisher in _COPIES.items():
        if name in text or (noise and name in html.source):
            return f"appears to copy {name} ({publisher})"
    return ""


def _by_content(html: HtmlPage, article: Article, owner: str | None, post: bool) -> tuple[str, str, str]:
    """Publisher, site and key of a page whose URL names none.

    A saved file has no host that could contradict it: there the site's identification code, or the feed that a post
    renders, tells whose text it is. A page under a foreign host stays nobody's. The key is made of the address or,
    for a file, of the bytes, so that two such pages are never taken for one article.
    """
    from crawler import publishers

    url = html.page.url
    if html.host and not post and urlsplit(url).path not in ("", "/"):
        key = "url-" + hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:20]
    else:
        key = "bytes-" + hashlib.sha256(html.page.body).hexdigest()[:20]
    if owner is not None and (not html.host or _own_host(html.host) == owner):
        return owner, publishers.load(owner).sites[0].key if owner in publishers.keys() else "", key
    noise = any("readings in brackets" in note for note in article.notes)
    if not html.host and not noise:
        for sign, name in _OWN_TEXT:
            if sign.search(html.source):
                return name, publishers.load(name).sites[0].key, key
    if not html.host and article.site_id_code and not noise:
        for publisher in publishers.readable():
            for site in publisher.sites:
                if site.site_id_code == article.site_id_code:
                    return publisher.key, site.key, key
    return "", html.host, key


def _own_host(host: str) -> str:
    return _owners().get(host, "")


@cache
def _owners() -> dict[str, str]:
    """Every host of a publisher; of two publishers that share one, the first."""
    from crawler import publishers

    found: dict[str, str] = {}
    for publisher in publishers.readable():
        for host in publisher.hosts:
            found.setdefault(host, publisher.key)
    return found


@cache
def _article_hosts() -> frozenset[str]:
    from crawler import publishers

    return frozenset(
        host for publisher in publishers.readable() for pattern in publisher.patterns for host in pattern.hosts
    )


def _identify(url: str) -> ArticleUrl | None:
    """`publishers.identify`, which tries every pattern, only where the host is one of theirs."""
    from crawler import publishers

    try:
        host = (urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        # Brackets that enclose no address: nobody's page.
        return None
    return publishers.identify(url) if host in _article_hosts() else None


@cache
def layouts_of(module: str) -> Sequence[Layout]:
    """The layouts that a `pages` module lists; empty where the folder has none.

    Raises:
        ConfigurationError: the module cannot be imported, or lists none.
    """
    try:
        found: Sequence[Layout] = importlib.import_module(module).LAYOUTS
    except (ImportError, SyntaxError, AttributeError, NameError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name is not None and module.startswith(error.name):
            return ()
        file = f"{module.replace('.', '/')}.py"
        raise ConfigurationError(
            f"the layouts of {file} cannot be loaded, so no page can be read: {type(error).__name__}: {error}"
        ) from error
    return tuple(found)


def _by_layouts(html: HtmlPage, publisher: str | None) -> Reading | None:
    owners = [publisher] if publisher is not None else []
    owners += [key for domain, key in _KIN if html.host == domain or html.host.endswith(f".{domain}")]
    modules = [f"crawler.publishers.{key}.pages" for key in dict.fromkeys(owners) if re.fullmatch(r"[a-z0-9_]+", key)]
    modules += [f"crawler.cms.{family}.pages" for family in _FAMILIES]
    # All of them are loaded before the first looks at the page: its index holds only names that were asked for.
    for candidate in [found for module in modules for found in layouts_of(module)]:
        if not candidate.applies(html):
            continue
        reading = read(html, candidate)
        if reading is not None and (
            reading.article.paragraphs or reading.article.images or reading.article.attachments
        ):
            return reading
    return None


def _nothing(html: HtmlPage, charset: dict[str, object], layout: str = "") -> Parsed:
    other = kind_of_page(html, [], 0, titled=False)
    if other is not None:
        return Parsed(fate=other[0], message=other[1], layout=layout, charset=charset)
    listing = looks_like_list(html)
    if listing:
        return Parsed(fate=Fate.LISTING, message=listing, layout=layout, charset=charset)
    return Parsed(
        fate=Fate.LAYOUT_UNKNOWN, message="no text stands together anywhere on the page", layout=layout, charset=charset
    )


def _further(article: Article, page: Page, publisher: str | None, known: bool) -> str:
    """Join the later parts, without the text that each part repeats; says which part could not be read, if one."""
    for number, part in enumerate(page.further, 2):
        parsed = _parse(Page(part.url, part.body, part.content_type, part.status, part.fetched_at), publisher, known)
        if parsed.article is None:
            return f"part {number} of the article, {part.url}, was not read: {parsed.fate}, {parsed.message}"
        seen = {squeeze(text) for text in article.paragraphs}
        new = [text for text in parsed.article.paragraphs if len(squeeze(text)) < 12 or squeeze(text) not in seen]
        if not any(len(squeeze(text)) >= 12 for text in new):
            continue
        repeated = [text for text in parsed.article.paragraphs if text not in new]
        shown = {image.url for image in article.images}
        article.paragraphs.extend(new)
        article.body_html += "\n" + without(parsed.article.body_html, repeated, shown)
        article.images.extend(image for image in parsed.article.images if image not in article.images)
        article.attachments.extend(item for item in parsed.article.attachments if item not in article.attachments)
        article.editor = article.editor or parsed.article.editor
        article.authors.extend(name for name in parsed.article.authors if name not in article.authors)
        article.first_publisher = parsed.article.first_publisher or article.first_publisher
    return ""


def _mark_broken(article: Article) -> None:
    """The site itself printed U+FFFD: shown as the sign for a character that is missing, and told."""
    count = sum(text.count(MARK) for text in (article.title, *article.paragraphs))
    for field in fields(article):
        setattr(article, field.name, _marked(getattr(article, field.name)))
    article.notes.append(f"characters that were broken at the site itself, marked {BROKEN}: {count}")


def _holds_mark(value: Any) -> bool:
    if isinstance(value, str):
        return MARK in value
    if isinstance(value, list):
        # Mostly paragraphs: a call for each would cost ten times what looking into it does.
        return any(MARK in item if item.__class__ is str else _holds_mark(item) for item in value)
    if isinstance(value, dict):
        return any(map(_holds_mark, value)) or any(map(_holds_mark, value.values()))
    if isinstance(value, Image):
        return MARK in value.url or MARK in value.caption
    return isinstance(value, Attachment) and (MARK in value.url or MARK in value.name)


def _marked(value: Any) -> Any:
    if isinstance(value, str):
        # Not Kind and Precision, which are strings too and hold none.
        return value.replace(MARK, BROKEN) if MARK in value else value
    if isinstance(value, list):
        return [_marked(item) for item in value]
    if isinstance(value, dict):
        return {_marked(key): _marked(item) for key, item in value.items()}
    if isinstance(value, Image):
        return Image(_marked(value.url), _marked(value.caption))
    if isinstance(value, Attachment):
        return Attachment(_marked(value.url), _marked(value.name))
    return value
