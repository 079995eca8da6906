"""Pages on disk to rows: what `dibao parse --manifest` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crawler.errors import ConfigurationError
from crawler.parse.article import Parsed
from crawler.parse.parse import parse_page
from crawler.parse.saved import read_saved

__all__ = ["as_row", "parse_manifest"]


def parse_manifest(manifest: Path) -> Iterator[dict[str, Any]]:
    """Read each page that a manifest names, in order; whose page it is, its URL and content tell.

    Args:
        manifest: JSON lines with `id`, `url`, `file` (relative to the manifest) and maybe `content_type`.

    Yields:
        One row per line: `id`, `outcome` (`article` or the fate), `message`, and every field of an Article.

    Raises:
        ConfigurationError: the manifest or a file that it names cannot be read, or a line is not what it must be.
    """
    try:
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the manifest {manifest} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            identifier, file = str(row["id"]), str(row["file"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"line {number} of {manifest} is no JSON object with id and file: {error}"
            ) from error
        page = read_saved(manifest.parent / file, row.get("url"), row.get("content_type"))
        yield as_row(identifier, parse_page(page))


def as_row(identifier: str, parsed: Parsed) -> dict[str, Any]:
    """The row of one page."""
    article = parsed.article
    data: dict[str, Any] = {
        "id": identifier,
        "outcome": parsed.fate.value if parsed.fate is not None else "article",
        "message": parsed.message,
    }
    if article is None:
        data |= {
            "title": "",
            "published_at": None,
            "published_precision": None,
            "source": "",
            "authors": [],
            "editor": "",
            "body": "",
        }
        data |= {"layout": parsed.layout, "charset": parsed.charset}
        return data
    return data | article.as_json() | {"body": article.body}
