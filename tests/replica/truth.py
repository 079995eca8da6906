"""The truth about an entry, as JSON: what a pipeline's result is held against."""

from __future__ import annotations

from typing import Any

from crawler.publishers import identify
from tests.replica.model import Entry, SiteServer

__all__ = ["truth_of"]


def truth_of(site: SiteServer, entry: Entry, state: int) -> dict[str, Any]:
    """Everything that is true of an entry in a state.

    `url` is the canonical form by the registry's patterns (what a store holds), `found_url` what the listings print.
    `links` are all addresses under which listings name it: the first is `found_url`, which every list has above the
    others, and each other one of the same key is a duplicate_link. `fate` is what a first crawl whose window holds
    `published` makes of it. `authors` are printed in a byline, `reporters` in the text's dateline.
    """
    identified = identify(entry.url)
    row: dict[str, Any] = {
        "publisher": entry.publisher,
        "site": entry.site,
        "url": identified.canonical if identified is not None else entry.url,
        "found_url": entry.url,
        "links": [entry.url, *(link for _, link in entry.extra_links)],
        "aliases": list(entry.aliases),
        "key": entry.key,
        "kind": entry.kind,
        "layout": entry.layout,
        "channels": list(entry.channels),
        "published": entry.published.isoformat(),
        "day": entry.day.isoformat(),
        "precision": entry.precision,
        "fate": entry.fate,
        "story": entry.story_id,
        "form": entry.form,
        "revised_from": entry.revised_from,
        "touched_from": entry.touched_from,
        "gone_from": entry.gone_from,
        "listed_from": entry.listed_from,
        "note": entry.note,
    }
    if entry.kind not in ("article", "document", "image_only"):
        return row
    text = site.text(entry, state)
    row |= {
        "title": text.title,
        "subtitle": text.subtitle,
        "original_title": text.original_title,
        "source": text.source,
        "source_url": text.source_url,
        "first_publisher": text.first_publisher,
        "authors": list(text.authors),
        "reporters": list(text.reporters),
        "editor": text.editor,
        "keywords": list(text.keywords),
        "paragraphs": text.paragraphs,
        "images": [{"url": picture.url, "caption": picture.caption} for picture in text.pictures],
        "attachments": [{"url": file.url, "name": file.name} for file in text.attachments],
        "document": dict(text.document),
        "breadcrumb": list(text.breadcrumb),
        "modified": text.modified.isoformat() if text.modified else None,
    }
    return row
