"""What a reader of each layout would lose: every expectation was read against its page before it was committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.parse import parse_page
from crawler.parse.article import Article
from crawler.parse.page import squeeze
from crawler.parse.saved import read_saved

PAGES = Path(__file__).parent / "pages"
GOLD: list[dict[str, Any]] = json.loads((PAGES / "gold.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("gold", GOLD, ids=[gold["id"] for gold in GOLD])
def test_a_page_of_this_layout_gives_its_text_and_fields_as_printed(gold: dict[str, Any]) -> None:
    parsed = parse_page(read_saved(PAGES / gold["file"], gold["url"], gold["content_type"]))
    assert (parsed.fate.value if parsed.fate else "article") == gold.get("outcome", "article"), parsed.message
    article = parsed.article
    assert article is not None
    body = squeeze(article.body)
    assert [text for text in gold["with_"] if squeeze(text) not in body] == []
    assert [text for text in gold["without"] if squeeze(text) in body] == []
    for text in gold.get("once", []):
        assert body.count(squeeze(text)) == 1
    assert squeeze(article.title) == squeeze(gold["title"])
    assert article.published_at is not None
    assert article.published_at.isoformat() == gold["published"]
    if "source" in gold:
        assert article.source == gold["source"]
    if "editor" in gold:
        assert article.editor == gold["editor"]
    if "authors" in gold:
        assert article.authors == gold["authors"]
    for name in ("layout", "publisher", "key", "site_id_code"):
        if name in gold:
            assert getattr(article, name) == gold[name]
    if "kind" in gold:
        assert article.kind.value == gold["kind"]
    if "document" in gold:
        assert {label: article.document.get(label) for label in gold["document"]} == gold["document"]
    if "images" in gold:
        assert len(article.images) == gold["images"]
    if "attachments" in gold:
        assert [attachment.name for attachment in article.attachments] == gold["attachments"]
    assert Article.from_json(json.loads(json.dumps(article.as_json()))) == article
