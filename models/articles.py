"""Articles, and the states of their content over time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, exists, or_
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models.base import Base

__all__ = ["Article", "Revision", "brought_an_article", "is_latest_reading"]


class Article(Base):
    """One article of one publisher, under the publisher's own id."""

    __tablename__ = "article"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    publisher: Mapped[str] = mapped_column(comment="empty for an imported page that is no publisher's own")
    site: Mapped[str]
    key: Mapped[str]
    url: Mapped[str]
    kind: Mapped[str] = mapped_column(comment="article, document or image_only")
    title: Mapped[str] = mapped_column(comment="of the current revision")
    published_at: Mapped[datetime | None] = mapped_column(comment="of the current revision")
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    current_revision_id: Mapped[int]

    __table_args__ = (
        Index("ix_article_publisher_published_at", "publisher", "published_at"),
        Index("ix_article_publisher_site_key", "publisher", "site", "key", unique=True),
        Index("ix_article_published_at", "published_at"),
    )


class Revision(Base):
    """One state of an article: every field as printed, the capture it was read from and the parser that read it.

    The kind `reparsed` says that not the site but the parser has changed: another reading of the same bytes.
    """

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    ordinal: Mapped[int] = mapped_column(comment="counts from 1 in the order of arrival")
    kind: Mapped[str] = mapped_column(comment="new, substantive, cosmetic or reparsed")
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id"))
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id"))
    content_id: Mapped[int] = mapped_column(comment="the distinct folded text, what stories are made of")
    record_hash: Mapped[str] = mapped_column(comment="of every field as printed")
    parser_version: Mapped[str]
    layout: Mapped[str]
    seen_from: Mapped[datetime] = mapped_column(comment="when this state was first fetched")
    seen_to: Mapped[datetime] = mapped_column(comment="when it was last fetched")
    url: Mapped[str]
    title: Mapped[str]
    subtitle: Mapped[str]
    original_title: Mapped[str]
    source: Mapped[str]
    source_url: Mapped[str]
    first_publisher: Mapped[str]
    authors: Mapped[list[str]]
    editor: Mapped[str]
    published_at: Mapped[datetime | None]
    published_precision: Mapped[str | None]
    published_printed: Mapped[str]
    published_from: Mapped[str]
    modified_at: Mapped[datetime | None]
    breadcrumb: Mapped[list[str]]
    paragraphs: Mapped[list[str]]
    body_html: Mapped[str] = mapped_column(comment="sanitised; hostile all the same where it is shown")
    images: Mapped[list[dict[str, Any]]]
    attachments: Mapped[list[dict[str, Any]]]
    keywords: Mapped[list[str]]
    site_id_code: Mapped[str]
    document: Mapped[dict[str, Any]]
    notes: Mapped[list[str]]

    __table_args__ = (
        Index("ix_revision_article_id_ordinal", "article_id", "ordinal", unique=True),
        Index("ix_revision_content_id", "content_id"),
        Index("ix_revision_capture_id", "capture_id"),
        Index("ix_revision_run_id", "run_id"),
    )


def is_latest_reading() -> ColumnElement[bool]:
    """Whether no later revision is another reading of the same capture."""
    later = aliased(Revision)
    return ~exists().where(
        later.article_id == Revision.article_id,
        later.capture_id == Revision.capture_id,
        later.ordinal > Revision.ordinal,
    )


def brought_an_article() -> ColumnElement[bool]:
    """Whether a revision is the first of its article, or another reading of the capture that brought it."""
    first = aliased(Revision)
    same_capture = exists().where(
        first.article_id == Revision.article_id, first.capture_id == Revision.capture_id, first.kind == "new"
    )
    return or_(Revision.kind == "new", and_(Revision.kind == "reparsed", same_capture))
