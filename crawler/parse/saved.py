"""Saved pages from disk: HTML, Hexo posts, page text."""

from __future__ import annotations

from pathlib import Path

from crawler.errors import ConfigurationError
from crawler.parse.article import Page

__all__ = ["read_saved"]


def read_saved(path: Path, url: str | None = None, content_type: str | None = None) -> Page:
    """A saved file as a page.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the page {path} cannot be read: {error}") from error
    return Page(url=url or path.resolve().as_uri(), body=body, content_type=content_type or "")
