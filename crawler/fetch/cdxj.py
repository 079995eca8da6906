"""The CDXJ index of a run: one line for each response record of its archive, sorted by address and time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import quote, urlsplit

from crawler.artefacts import RunFolder
from crawler.errors import ArtefactError
from crawler.fetch.capture import Capture

__all__ = ["read_index", "write_index"]

_KEY_SAFE = "%:/?#[]@!$&'()*+,;="
"""What RFC 3986 lets stand in an address, beside letters, digits and `-._~`."""


def _surt(url: str) -> str:
    """The sort-friendly form of an address: `cn,com,sina,finance)/path` (as CDX indexes key it), without a space."""
    try:
        parts = urlsplit(url)
        host = ",".join(reversed((parts.hostname or "").split(".")))
        port = f":{parts.port}" if parts.port else ""
        key = f"{host}{port}){parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    except ValueError:
        # A stranger's archive may name what is no address.
        key = url
    # A space or a line's end in the key would break the line; what is encoded already stays.
    return quote(key, safe=_KEY_SAFE, errors="replace")


def _cdxj_order(capture: Capture) -> tuple[str, datetime, str, int]:
    return _surt(capture.url), capture.fetched_at, capture.file, capture.offset


def _cdxj_line(capture: Capture) -> str:
    fields = {
        "url": capture.url,
        "mime": capture.content_type.split(";")[0].strip() or "unk",
        "status": str(capture.status),
        "digest": f"sha256:{capture.sha256}",
        "length": str(capture.length),
        "offset": str(capture.offset),
        "filename": capture.file,
        "content_type": capture.content_type,
        "fetched_at": capture.fetched_at.isoformat(),
        "etag": capture.etag,
        "last_modified": capture.last_modified,
        "truncated": capture.truncated or None,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return f"{_surt(capture.url)} {capture.fetched_at:%Y%m%d%H%M%S} {json.dumps(kept, ensure_ascii=False)}\n"


def write_index(folder: RunFolder, captures: Iterable[Capture]) -> None:
    """Write the index of a run whole, in place of the one before.

    Raises:
        ArtefactError: the folder cannot be written.
    """
    lines = (_cdxj_line(capture).encode() for capture in sorted(captures, key=_cdxj_order))
    folder.write_chunks(RunFolder.INDEX, lines)


def read_index(folder: RunFolder) -> Iterator[Capture]:
    """Every response record of a run, from its CDXJ index, in the index's order.

    Raises:
        ArtefactError: the crawl has not ended yet, or a line is damaged.
    """
    path = folder / RunFolder.INDEX
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ArtefactError(f"{path} is missing; run `crawl` of this run first") from error
    # Not `splitlines`: a header may hold U+0085 or U+2028, which end no line of JSON.
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        try:
            # Older indexes have keys with spaces.
            fields = json.loads(line[line.index(" {") :])
            yield Capture(
                file=fields["filename"],
                offset=int(fields["offset"]),
                length=int(fields["length"]),
                sha256=fields["digest"].removeprefix("sha256:"),
                status=int(fields["status"]),
                content_type=fields["content_type"],
                url=fields["url"],
                fetched_at=datetime.fromisoformat(fields["fetched_at"]),
                etag=fields.get("etag"),
                last_modified=fields.get("last_modified"),
                truncated=fields.get("truncated", ""),
            )
        except (ValueError, KeyError, IndexError) as error:
            raise ArtefactError(
                f"line {number} of {path} is damaged ({error}); run `crawl` of this run again"
            ) from error
