"""The parsed record: what a page said, field by field."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crawler.errors import Fate

__all__ = ["Article", "Attachment", "Image", "Kind", "Listed", "Page", "Parsed", "Precision"]


class Precision(StrEnum):
    """How exactly a time was printed."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class Kind(StrEnum):
    """What sort of record a page holds."""

    ARTICLE = "article"
    DOCUMENT = "document"
    """A policy document with a header table (索引号, 发文字号 …)."""
    IMAGE_ONLY = "image_only"
    """A body of scans: title, time, images and attachments, no text."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the body: absolute URL and the caption printed with it, empty where there is none."""

    url: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the page offers: absolute URL and printed name. It is not fetched."""

    url: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a listing said of a link; it fills a field only where the page prints nothing.

    Args:
        title: as listed.
        time: aware, or None.
        source: the API's media name, where there is one.
        authors: the API's author, where there is one.
    """

    title: str = ""
    time: datetime | None = None
    source: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes of one page and what is known of them without reading them.

    Args:
        url: the address that answered.
        body: after content decoding (gunzip), before charset decoding.
        content_type: the HTTP header, or empty.
        status: the HTTP status, 200 for a page from disk.
        fetched_at: aware; a time printed on the page that is later than this is not believed.
        listed: what the listing said.
        further: later parts of the same article (分页), in order.
    """

    url: str
    body: bytes
    content_type: str = ""
    status: int = 200
    fetched_at: datetime | None = None
    listed: Listed | None = None
    further: tuple[Page, ...] = ()


@dataclass(slots=True)
class Article:
    """One article as printed; every field that the page does not print is empty, never guessed.

    Times are aware, in Asia/Shanghai as printed; `published_printed` is the string they were read from and
    `published_from` where it stood. `body` is the paragraphs joined by newlines, NFC.
    """

    url: str
    publisher: str = ""
    site: str = ""
    key: str = ""
    kind: Kind = Kind.ARTICLE
    title: str = ""
    subtitle: str = ""
    original_title: str = ""
    source: str = ""
    source_url: str = ""
    first_publisher: str = ""
    authors: list[str] = field(default_factory=list)
    editor: str = ""
    published_at: datetime | None = None
    published_precision: Precision | None = None
    published_printed: str = ""
    published_from: str = ""
    modified_at: datetime | None = None
    breadcrumb: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    body_html: str = ""
    images: list[Image] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    site_id_code: str = ""
    document: dict[str, str] = field(default_factory=dict)
    """The header table of a policy document, label to value, as printed."""
    layout: str = ""
    parser_version: str = ""
    charset: dict[str, Any] = field(default_factory=dict)
    """declared (header, meta), used, how (which rung of the ladder)."""
    notes: list[str] = field(default_factory=list)
    """What was repaired or cut off, for the record: `pinyin removed: 412`, `spam after the article: 3 lines`."""

    @property
    def body(self) -> str:
        """The paragraphs, one per line."""
        return "\n".join(self.paragraphs)

    def as_json(self) -> dict[str, Any]:
        """A JSON form; `from_json` reads it back."""
        data = asdict(self)
        for name in ("published_at", "modified_at"):
            moment: datetime | None = getattr(self, name)
            data[name] = moment.isoformat() if moment else None
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Article:
        """The article that `as_json` wrote."""
        values = dict(data)
        for name in ("published_at", "modified_at"):
            values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
        values["kind"] = Kind(values["kind"])
        precision = values.get("published_precision")
        values["published_precision"] = Precision(precision) if precision else None
        values["images"] = [Image(**image) for image in values["images"]]
        values["attachments"] = [Attachment(**attachment) for attachment in values["attachments"]]
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of one page: an article, or the fate that it meets instead, and why.

    Exactly one of `article` and `fate` is set, but for `image_only`, which has both.
    """

    article: Article | None = None
    fate: Fate | None = None
    message: str = ""
    layout: str = ""
    charset: dict[str, Any] = field(default_factory=dict)
