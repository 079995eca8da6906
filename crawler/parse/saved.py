"""Saved pages from disk: HTML, Hexo posts, page text."""

from __future__ import annotations

from pathlib import Path

from crawler.errors import ConfigurationError
from crawler.parse.article import Page

__all__ = ["read_saved"]

_TYPES = {
    ".md": "text/markdown", ".markdown": "text/markdown", ".txt": "text/plain", ".html": "text/html",
    ".htm": "text/html", ".shtml": "text/html",
}  # fmt: skip


def read_saved(path: Path, url: str | None = None, content_type: str | None = None) -> Page:
    """A saved file as a page, its bytes untouched; `parse_page` tells a post and page text from HTML by looking.

    Args:
        path: the file; its ending tells what it is where no content type is given.
        url: the address it was saved from, where that is known; else the page has the file's own `file:` URL and
            belongs to no publisher's host.
        content_type: the HTTP header it came with.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the page {path} cannot be read: {error}") from error
    return Page(
        url=url or path.resolve().as_uri(), body=body, content_type=content_type or _TYPES.get(path.suffix.lower(), "")
    )
