"""Views for whoever asks the store in SQL, in Shanghai days and plain text; the title that a listing gave a URL.

A later migration that alters a table beneath a view drops the view first and makes it again: SQLite renames no table
that a view names, PostgreSQL drops no such column.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# SQLite knows no zones. Shanghai is at UTC+8 but for the summers of 1986 to 1991 (IANA time zone database), in UTC:
_SUMMERS = (
    ("1986-05-03 18:00:00", "1986-09-13 17:00:00"),
    ("1987-04-11 18:00:00", "1987-09-12 17:00:00"),
    ("1988-04-16 18:00:00", "1988-09-10 17:00:00"),
    ("1989-04-15 18:00:00", "1989-09-16 17:00:00"),
    ("1990-04-14 18:00:00", "1990-09-15 17:00:00"),
    ("1991-04-13 18:00:00", "1991-09-14 17:00:00"),
)
_SUMMER = " OR ".join(f"(a.published_at >= '{start}' AND a.published_at < '{end}')" for start, end in _SUMMERS)
_SHIFT = f"CASE WHEN a.published_at < '1991-09-15' AND ({_SUMMER}) THEN '+9 hours' ELSE '+8 hours' END"

_SQLITE = {
    "authors": "coalesce((SELECT group_concat(value, '、') FROM json_each(r.authors)), '')",
    "body": "coalesce((SELECT group_concat(value, char(10)) FROM json_each(r.paragraphs)), '')",
    "day": f"date(a.published_at, {_SHIFT})",
    "seconds": f"strftime('%H:%M:%S', a.published_at, {_SHIFT})",
    "minutes": f"strftime('%H:%M', a.published_at, {_SHIFT})",
    "channels": "coalesce((SELECT group_concat(value, ',') FROM json_each(e.channels)), '')",
    "order": "coalesce(strftime('%Y-%m-%d %H:%M:%S', {0}.published_at, "
    "CASE {1}.published_precision WHEN 'day' THEN '+1 day' ELSE '+0 days' END), 'never')",
}
_POSTGRESQL = {
    "authors": "coalesce((SELECT string_agg(value, '、' ORDER BY ordinality) "
    "FROM json_array_elements_text(r.authors) WITH ORDINALITY), '')",
    "body": "coalesce((SELECT string_agg(value, chr(10) ORDER BY ordinality) "
    "FROM json_array_elements_text(r.paragraphs) WITH ORDINALITY), '')",
    "day": "CAST(a.published_at AT TIME ZONE 'Asia/Shanghai' AS date)",
    "seconds": "to_char(a.published_at AT TIME ZONE 'Asia/Shanghai', 'HH24:MI:SS')",
    "minutes": "to_char(a.published_at AT TIME ZONE 'Asia/Shanghai', 'HH24:MI')",
    "channels": "coalesce((SELECT string_agg(value, ',' ORDER BY ordinality) "
    "FROM json_array_elements_text(e.channels) WITH ORDINALITY), '')",
    "order": "coalesce({0}.published_at + CASE {1}.published_precision "
    "WHEN 'day' THEN interval '1 day' ELSE interval '0' END, 'infinity')",
}

_GROUPS = {
    "fetched": ("loaded_new", "loaded_revision", "unchanged", "not_modified", "not_due"),
    "not_article": ("gallery", "video", "image_only", "listing", "other_kind"),
    "gone": ("gone", "soft_404"),
    "refused": ("robots_disallowed", "blocked", "rate_limited", "challenged"),
    "failed_retry": ("timeout", "network_error", "server_error", "truncated", "too_large", "redirect_loop"),
    "failed_look": ("decode_failed", "layout_unknown", "parse_failed"),
    "out_of_scope": ("off_site", "out_of_window", "duplicate_link"),
}


def _article_now(words: dict[str, str]) -> str:
    # A day without an hour counts as the end of that day, no time as later than any; what is nobody's own comes last.
    place = f"CASE {{0}}.publisher WHEN '' THEN 1 ELSE 0 END, {words['order']}, {{0}}.id"
    return (
        "CREATE VIEW article_now AS SELECT "  # noqa: S608 -- of constants only
        "a.id AS article_id, a.publisher AS publisher, a.site AS site, a.key AS key, a.kind AS kind, r.url AS url, "
        "r.title AS title, r.subtitle AS subtitle, r.source AS source, "
        f"{words['authors']} AS authors, r.editor AS editor, {words['day']} AS published_day, "
        f"CASE r.published_precision WHEN 'second' THEN {words['seconds']} "
        f"WHEN 'minute' THEN {words['minutes']} END AS published_time, "
        "r.published_precision AS published_precision, r.published_printed AS published_printed, "
        f"{words['body']} AS body, c.story_id AS story_id, "
        "(c.story_id IS NULL OR NOT EXISTS (SELECT 1 FROM content oc "
        "JOIN revision o ON o.content_id = oc.content_id "
        "JOIN article oa ON oa.id = o.article_id AND oa.current_revision_id = o.id "
        "WHERE oc.story_id = c.story_id "
        f"AND ({place.format('oa', 'o')}) < ({place.format('a', 'r')}))) AS first_in_story, "
        "r.ordinal AS revision, r.record_hash AS record_hash, r.capture_id AS capture_id, "
        "a.published_at AS published_utc "
        "FROM article a JOIN revision r ON r.id = a.current_revision_id "
        "LEFT JOIN content c ON c.content_id = r.content_id"
    )


def _url_fate(words: dict[str, str]) -> str:
    group = " ".join(
        f"WHEN e.fate IN ({', '.join(repr(fate) for fate in fates)}) THEN '{name}'" for name, fates in _GROUPS.items()
    )
    return (
        "CREATE VIEW url_fate AS SELECT "  # noqa: S608 -- of constants only
        "e.run_id AS run_id, run.publisher AS publisher, run.window_start AS window_start, "
        "run.window_end AS window_end, u.url AS url, u.site AS site, u.key AS key, e.listed_title AS listed_title, "
        f"e.fate AS fate, CASE {group} END AS fate_group, e.status AS http_status, e.message AS message, "
        f"{words['channels']} AS channels, e.layout AS layout, e.capture_id AS capture_id, "
        "coalesce((SELECT a.id FROM article a WHERE a.publisher = u.publisher AND a.site = u.site AND a.key = u.key), "
        # What was imported is listed by no publisher.
        "(SELECT min(r.article_id) FROM revision r WHERE r.capture_id = e.capture_id)) AS article_id, "
        "run.crawled_at AS crawled_utc "
        "FROM url_event e JOIN url u ON u.id = e.url_id JOIN run ON run.id = e.run_id WHERE e.current"
    )


def upgrade() -> None:
    op.add_column(
        "url_event",
        sa.Column(
            "listed_title",
            sa.String(),
            nullable=False,
            server_default="",
            comment="the title that the listing gave; empty where it gave none, and before schema 0005",
        ),
    )
    words = _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE
    op.execute(sa.text(_article_now(words).replace(":", r"\:")))
    op.execute(sa.text(_url_fate(words).replace(":", r"\:")))


def downgrade() -> None:
    op.execute("DROP VIEW url_fate")
    op.execute("DROP VIEW article_now")
    op.drop_column("url_event", "listed_title")
