"""First tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "publisher", sa.String(), nullable=False, comment="empty for an imported page that is no publisher's own"
        ),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="article, document or image_only"),
        sa.Column("title", sa.String(), nullable=False, comment="of the current revision"),
        sa.Column("published_at", UtcDateTime(timezone=True), nullable=True, comment="of the current revision"),
        sa.Column("first_seen", UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen", UtcDateTime(timezone=True), nullable=False),
        sa.Column("current_revision_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
    )
    op.create_index("ix_article_published_at", "article", ["published_at"], unique=False)
    op.create_index("ix_article_publisher_published_at", "article", ["publisher", "published_at"], unique=False)
    op.create_index("ix_article_publisher_site_key", "article", ["publisher", "site", "key"], unique=True)
    op.create_table(
        "content",
        sa.Column(
            "content_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="the first 63 bits of content_hash: the same in every store",
        ),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False, comment="xxh3-128 of the folded text"),
        sa.Column("algorithm", sa.SmallInteger(), nullable=False, comment="version of the folding"),
        sa.Column(
            "day",
            sa.Integer(),
            nullable=False,
            comment="ordinal (date.toordinal) of the earliest publication day in Asia/Shanghai; 0 if none is known",
        ),
        sa.Column("chars", sa.Integer(), nullable=False, comment="characters of the text without its line ends"),
        sa.Column(
            "story_id", sa.BigInteger(), nullable=False, comment="the least content_id of the story that it belongs to"
        ),
        sa.Column(
            "text",
            sa.Text(),
            nullable=False,
            comment="skeletons of the sentences, one per line; never shown to a reader",
        ),
        sa.PrimaryKeyConstraint("content_id", name=op.f("pk_content")),
    )
    op.create_index("ix_content_story_id", "content", ["story_id"], unique=False)
    op.create_table(
        "fingerprint",
        sa.Column("fp", sa.BigInteger(), autoincrement=False, nullable=False, comment="xxh3-64, signed"),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False, comment="as in content"),
        sa.Column("content_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False, comment="characters that a match stands for"),
        sa.PrimaryKeyConstraint("fp", "day", "content_id", name=op.f("pk_fingerprint")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "publisher",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("home", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_publisher")),
    )
    op.create_table(
        "recurring_sentence",
        sa.Column("fp", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False, comment="for the reader; empty for an n-gram of a sketch"),
        sa.PrimaryKeyConstraint("fp", name=op.f("pk_recurring_sentence")),
    )
    op.create_table(
        "story_alias",
        sa.Column("old_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("old_id", name=op.f("pk_story_alias")),
    )
    op.create_index("ix_story_alias_story_id", "story_alias", ["story_id"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", sa.String(), nullable=False, comment="publisher/run_key"),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("run_key", sa.String(), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False, comment="first day, Asia/Shanghai"),
        sa.Column("window_end", sa.Date(), nullable=False, comment="the day after the last"),
        sa.Column("selection", sa.JSON(), nullable=False, comment="channels, sites, page limit; empty = everything"),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "crawled_at", UtcDateTime(timezone=True), nullable=False, comment="when the site last answered its crawl"
        ),
        sa.Column(
            "complete", sa.Boolean(), nullable=False, comment="whether every listing was walked to the window's start"
        ),
        sa.ForeignKeyConstraint(["publisher"], ["publisher.key"], name=op.f("fk_run_publisher_publisher")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_publisher_window_start", "run", ["publisher", "window_start"], unique=False)
    op.create_table(
        "story_edge",
        sa.Column("shorter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("longer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("relation", sa.String(length=10), nullable=False, comment="near or contained"),
        sa.Column(
            "exact_chars", sa.Integer(), nullable=False, comment="of the shorter's sentences that the longer has too"
        ),
        sa.Column(
            "near_chars",
            sa.Integer(),
            nullable=False,
            comment="of those that the longer has with small differences",
        ),
        sa.Column("conflict_chars", sa.Integer(), nullable=False, comment="of those that differ in a number or a name"),
        sa.Column(
            "recurring_chars",
            sa.Integer(),
            nullable=False,
            comment="of shared sentences that recur and so do not count",
        ),
        sa.Column("shorter_chars", sa.Integer(), nullable=False),
        sa.Column("longer_chars", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False, comment="the rule that accepted the pair"),
        sa.Column("algorithm", sa.SmallInteger(), nullable=False, comment="version of folding and of the rules"),
        sa.CheckConstraint("shorter_id <> longer_id", name=op.f("ck_story_edge_two_texts")),
        sa.ForeignKeyConstraint(["longer_id"], ["content.content_id"], name=op.f("fk_story_edge_longer_id_content")),
        sa.ForeignKeyConstraint(["shorter_id"], ["content.content_id"], name=op.f("fk_story_edge_shorter_id_content")),
        sa.PrimaryKeyConstraint("shorter_id", "longer_id", name=op.f("pk_story_edge")),
    )
    op.create_index("ix_story_edge_longer_id", "story_edge", ["longer_id"], unique=False)
    op.create_table(
        "capture",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file", sa.String(), nullable=False, comment="WARC file, relative to the data root"),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False, comment="of the compressed record, bytes"),
        sa.Column("sha256", sa.String(), nullable=False, comment="of the payload as it came over the wire, hex"),
        sa.Column("url", sa.String(), nullable=False, comment="the address that answered"),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("fetched_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("charset_declared", sa.String(), nullable=True),
        sa.Column("charset_used", sa.String(), nullable=True),
        sa.Column("charset_how", sa.String(), nullable=True, comment="which rung of the ladder decided"),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_capture_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture")),
    )
    op.create_index("ix_capture_file_offset", "capture", ["file", "offset"], unique=False)
    op.create_index("ix_capture_run_id", "capture", ["run_id"], unique=False)
    op.create_table(
        "check_result",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False, comment="sum, hard or usual"),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("observed", sa.String(), nullable=False),
        sa.Column("expected", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("checked_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_check_result_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "name", name=op.f("pk_check_result")),
    )
    op.create_table(
        "listing_count",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("links", sa.BigInteger(), nullable=False),
        sa.Column("in_window", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True, comment="the listing's own total, where it tells one"),
        sa.Column("oldest", sa.Date(), nullable=True),
        sa.Column("newest", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_listing_count_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "channel", name=op.f("pk_listing_count")),
    )
    op.create_table(
        "url",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=False, comment="who listed it"),
        sa.Column("site", sa.String(), nullable=True, comment="empty for a URL that is nobody's article"),
        sa.Column("key", sa.String(), nullable=True, comment="the article key"),
        sa.Column("fate", sa.String(), nullable=False),
        sa.Column("last_run_id", sa.String(), nullable=False),
        sa.Column("first_seen", UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["last_run_id"], ["run.id"], name=op.f("fk_url_last_run_id_run")),
        sa.ForeignKeyConstraint(["publisher"], ["publisher.key"], name=op.f("fk_url_publisher_publisher")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_url")),
    )
    op.create_index("ix_url_publisher_fate", "url", ["publisher", "fate"], unique=False)
    op.create_index("ix_url_publisher_site_key", "url", ["publisher", "site", "key"], unique=False)
    op.create_table(
        "revision",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False, comment="counts from 1 in the order of arrival"),
        sa.Column("kind", sa.String(), nullable=False, comment="new, substantive, cosmetic or reparsed"),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("capture_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "content_id", sa.BigInteger(), nullable=False, comment="the distinct folded text, what stories are made of"
        ),
        sa.Column("record_hash", sa.String(), nullable=False, comment="of every field as printed"),
        sa.Column("parser_version", sa.String(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("seen_from", UtcDateTime(timezone=True), nullable=False, comment="when this state was first fetched"),
        sa.Column("seen_to", UtcDateTime(timezone=True), nullable=False, comment="when it was last fetched"),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("subtitle", sa.String(), nullable=False),
        sa.Column("original_title", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=False),
        sa.Column("first_publisher", sa.String(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("published_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("published_precision", sa.String(), nullable=True),
        sa.Column("published_printed", sa.String(), nullable=False),
        sa.Column("published_from", sa.String(), nullable=False),
        sa.Column("modified_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("breadcrumb", sa.JSON(), nullable=False),
        sa.Column("paragraphs", sa.JSON(), nullable=False),
        sa.Column(
            "body_html", sa.String(), nullable=False, comment="sanitised; hostile all the same where it is shown"
        ),
        sa.Column("images", sa.JSON(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("site_id_code", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_revision_article_id_article")),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name=op.f("fk_revision_capture_id_capture")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_revision_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    op.create_index("ix_revision_article_id_ordinal", "revision", ["article_id", "ordinal"], unique=True)
    op.create_index("ix_revision_capture_id", "revision", ["capture_id"], unique=False)
    op.create_index("ix_revision_content_id", "revision", ["content_id"], unique=False)
    op.create_table(
        "url_event",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("url_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False, comment="counts from 1"),
        sa.Column("current", sa.Boolean(), nullable=False, comment="whether no later attempt of this run replaced it"),
        sa.Column("fate", sa.String(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("capture_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name=op.f("fk_url_event_capture_id_capture")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_url_event_run_id_run")),
        sa.ForeignKeyConstraint(["url_id"], ["url.id"], name=op.f("fk_url_event_url_id_url")),
        sa.PrimaryKeyConstraint("run_id", "url_id", "attempt", name=op.f("pk_url_event")),
    )
    op.create_index("ix_url_event_run_id_current_fate", "url_event", ["run_id", "current", "fate"], unique=False)
    op.create_index("ix_url_event_url_id", "url_event", ["url_id"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_index("ix_url_event_url_id", table_name="url_event")
    op.drop_index("ix_url_event_run_id_current_fate", table_name="url_event")
    op.drop_table("url_event")
    op.drop_index("ix_revision_content_id", table_name="revision")
    op.drop_index("ix_revision_capture_id", table_name="revision")
    op.drop_index("ix_revision_article_id_ordinal", table_name="revision")
    op.drop_table("revision")
    op.drop_index("ix_url_publisher_site_key", table_name="url")
    op.drop_index("ix_url_publisher_fate", table_name="url")
    op.drop_table("url")
    op.drop_table("listing_count")
    op.drop_table("check_result")
    op.drop_index("ix_capture_run_id", table_name="capture")
    op.drop_index("ix_capture_file_offset", table_name="capture")
    op.drop_table("capture")
    op.drop_index("ix_story_edge_longer_id", table_name="story_edge")
    op.drop_table("story_edge")
    op.drop_index("ix_run_publisher_window_start", table_name="run")
    op.drop_table("run")
    op.drop_index("ix_story_alias_story_id", table_name="story_alias")
    op.drop_table("story_alias")
    op.drop_table("recurring_sentence")
    op.drop_table("publisher")
    op.drop_table("fingerprint")
    op.drop_index("ix_content_story_id", table_name="content")
    op.drop_table("content")
    op.drop_index("ix_article_publisher_site_key", table_name="article")
    op.drop_index("ix_article_publisher_published_at", table_name="article")
    op.drop_index("ix_article_published_at", table_name="article")
    op.drop_table("article")
    # ### end Alembic commands ###
