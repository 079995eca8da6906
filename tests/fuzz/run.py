"""One broken page through everything that reads bytes, and what must hold of the answer."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime

from crawler.errors import Fate
from crawler.fetch.challenge import recognise
from crawler.parse import further_pages, parse_page
from crawler.parse.article import Article, Page

HANG_SECONDS = 2.0
FETCHED = datetime(2026, 6, 17, tzinfo=UTC)


def try_page(url: str, body: bytes, kind: str, status: int) -> tuple[str, float]:
    """What became of a page (`article`, a fate, `exception: …`, `wrong: …`) and how long it took, CPU seconds."""
    started = time.process_time()
    try:
        outcome = _read(Page(url, body, kind, status, FETCHED))
    except Exception as error:  # noqa: BLE001 - finding them is what this is for
        outcome = f"exception: {type(error).__name__} {error}"
    return outcome, time.process_time() - started


def _read(page: Page) -> str:
    recognise(page.status, {"Content-Type": page.content_type}, page.body)
    for further in further_pages(page):
        if not further.startswith(("http://", "https://", "file:///")):
            return f"wrong: a further page at {further[:80]!r}"
    parsed = parse_page(page)
    article = parsed.article
    if parsed.fate is Fate.PARSE_FAILED:
        return f"parse_failed: {parsed.message}"
    if article is None:
        return parsed.fate.value if parsed.fate is not None else "wrong: neither article nor fate"
    if (parsed.fate is None) == (parsed.fate is Fate.IMAGE_ONLY):
        return "wrong: an article and a fate"
    text = json.dumps(article.as_json(), ensure_ascii=False)
    if "\ufffd" in text:
        return "wrong: U+FFFD in the article"
    if re.search(r"<script|<[^>]*\son\w+=|<(?:a href|img src)=\"(?!https?://)", article.body_html, re.I):
        return "wrong: a script in the body's HTML"
    if Article.from_json(json.loads(text)) != article:
        return "wrong: the article does not survive JSON"
    if article.published_at is not None and article.published_at.date() > FETCHED.date().replace(day=19):
        return f"wrong: a time in the future, {article.published_at}"
    return "article" if parsed.fate is None else parsed.fate.value
