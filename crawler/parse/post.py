"""Hexo and Hugo posts: front matter in YAML or TOML, maybe invalid, over the HTML that a feed delivered."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from html import escape, unescape
from typing import Any

import yaml

from crawler.parse.article import Article, Listed, Page, Precision
from crawler.parse.dates import first_time, parse_rfc822
from crawler.parse.markdown import with_marks_as_html
from crawler.parse.names import is_name
from crawler.run import SHANGHAI

__all__ = ["Post", "read_post"]

_FRONT = re.compile(r"\A\s*---[ \t]*\r?\n(?P<front>.{0,20000}?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.S)
_TOML = re.compile(r"\A\s*\+\+\+[ \t]*\r?\n(?P<front>.{0,20000}?)\r?\n\+\+\+[ \t]*(?:\r?\n|\Z)", re.S)
_KEY = re.compile(r"^(?P<key>[A-Za-z_\u3400-\u9fff][\w-]*)\s*:\s?(?P<value>.*)$")

# The feeds that mirrors are known to render, by the name that they print as the author.
_FEEDS = {"新浪财经": "sina_finance"}


_SOURCES = ("source", "来源", "copyfrom", "media")


@dataclass(slots=True)
class Post:
    """A post's front matter and the HTML under it.

    Args:
        html: a whole page made of title and body.
        title, time: of the front matter; its `date` is the feed's time, GMT.
        categories: as written.
        author: the feed's name, or the writer's where it is a person's.
        source: who published first, where the front matter says so.
    """

    html: str
    title: str = ""
    time: datetime | None = None
    printed: str = ""
    categories: list[str] = field(default_factory=list)
    author: str = ""
    source: str = ""

    @property
    def feed(self) -> str | None:
        """The publisher whose feed the post renders, or None."""
        for name, publisher in _FEEDS.items():
            if self.author.startswith(name) or any(category.startswith(name) for category in self.categories):
                return publisher
        return None

    def page(self, page: Page) -> Page:
        """The page with what the front matter tells, as a listing would."""
        writers = (self.author,) if is_name(self.author, strict=True) else ()
        return replace(page, listed=Listed(title=self.title, time=self.time, source=self.source, authors=writers))

    def finish(self, article: Article) -> None:
        """Fill what only the front matter says; its time wins, since a feed's HTML prints none."""
        if self.title:
            article.title = self.title
        if self.time is not None:
            article.published_at = self.time.astimezone(SHANGHAI)
            article.published_precision = Precision.SECOND
            article.published_printed = self.printed
            article.published_from = "front matter"
        if self.categories and not article.breadcrumb:
            article.breadcrumb = list(self.categories)
        if article.source and article.source == self.author:
            article.source = ""
        if self.source and not article.source:
            article.source = self.source
        article.notes.append(f"a post made from the feed {self.author or '(unnamed)'}")


def read_post(text: str) -> Post | None:
    """Read a post, or None where the text is none."""
    start = text.lstrip()[:3]
    if start not in ("---", "+++"):
        return None
    match = (_FRONT if start == "---" else _TOML).match(text)
    if match is None:
        return None
    front = _front(match["front"]) if start == "---" else _toml(match["front"])
    if "title" not in front:
        return None
    title = unescape(str(front["title"])).strip()
    printed, time = _time(front.get("date"))
    categories = front.get("categories") or front.get("tags") or []
    if isinstance(categories, str):
        categories = [categories]
    body = with_marks_as_html(text[match.end() :])
    # The generator writes braces of scripts and styles as entities.
    html = f'<html><head><title>{escape(title)}</title></head><body id="dibao-post">{body}</body></html>'
    return Post(
        html=html,
        title=title,
        time=time,
        printed=printed,
        author=str(front.get("author") or "").strip(),
        source=next((value.strip() for key in _SOURCES if isinstance(value := front.get(key), str)), ""),
        categories=[str(item).strip() for item in (categories if isinstance(categories, list) else []) if item],
    )


def _front(text: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        # A title with a quote in it, a tab: read line by line below.
        data = None
    if isinstance(data, dict) and "title" in data and data["title"] is not None:
        return {str(key): value for key, value in data.items()}
    found: dict[str, Any] = {}
    last = ""
    for line in text.splitlines():
        item = re.match(r"^\s+-\s+(?P<item>.+)$|^-\s+(?P<item1>.+)$", line)
        if item is not None and last:
            value = found.get(last)
            found[last] = [*(value if isinstance(value, list) else []), _bare(item["item"] or item["item1"])]
            continue
        match = _KEY.match(line)
        if match is not None:
            last = match["key"]
            found[last] = _bare(match["value"])
    return found


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        # No post then: what stands there is read as text.
        return {}


def _bare(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
        return text.replace("''", "'")
    return text


def _time(value: object) -> tuple[str, datetime | None]:
    if isinstance(value, datetime):
        return value.isoformat(), value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if isinstance(value, date) or value is None:
        # A bare day is no time that a feed printed.
        return "", None
    text = str(value)
    moment = parse_rfc822(text) if re.match(r"^\w{3},", text.strip()) else first_time(text)
    return (text, moment.at) if moment is not None else ("", None)
