"""Counts per run and per day, filled from the rows that are there; an index to find a run's revisions.

Revision ID: 0002
Revises: 0001
"""

from collections import Counter
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from models.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_revision_run_id", "revision", ["run_id"], unique=False)
    op.create_table(
        "run_fate",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("fate", sa.String(), nullable=False),
        sa.Column("urls", sa.BigInteger(), nullable=False),
        sa.Column(
            "captured",
            sa.BigInteger(),
            nullable=False,
            comment="those of them that an archived response belongs to",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_fate_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "fate", name=op.f("pk_run_fate")),
    )
    op.create_table(
        "run_layout",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("articles", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_layout_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "layout", name=op.f("pk_run_layout")),
    )
    op.create_table(
        "run_yield",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column(
            "new", sa.BigInteger(), nullable=False, comment="articles that were not known, image-only ones included"
        ),
        sa.Column("revised", sa.BigInteger(), nullable=False, comment="further revisions of known articles"),
        sa.Column("image_only", sa.BigInteger(), nullable=False, comment="of both, those without text"),
        sa.Column(
            "stories",
            sa.BigInteger(),
            nullable=False,
            comment="distinct stories among the new, as they were when it was loaded",
        ),
        sa.Column(
            "texts",
            sa.BigInteger(),
            nullable=False,
            comment="revisions with text: what the next columns are a share of",
        ),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("with_title", "with_time", "with_source", "with_authors", "with_editor", "with_body")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_yield_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_yield")),
    )
    op.create_table(
        "article_day",
        sa.Column("publisher", sa.String(), nullable=False, comment="as in article: empty for imported pages"),
        sa.Column("day", sa.Date(), nullable=False, comment="0001-01-01: no time is printed"),
        sa.Column("articles", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("publisher", "day", name=op.f("pk_article_day")),
    )
    _fill()


# In words of its own, not in those of models.aggregates, which will go on changing with later migrations.
def _fill() -> None:
    op.execute(
        "INSERT INTO run_fate (run_id, fate, urls, captured) "
        "SELECT run_id, fate, count(*), count(capture_id) FROM url_event WHERE current GROUP BY run_id, fate"
    )
    op.execute(
        "INSERT INTO run_layout (run_id, layout, articles) SELECT run_id, layout, count(*) FROM url_event "
        "WHERE current AND layout <> '' AND fate IN ('loaded_new', 'loaded_revision', 'unchanged', 'image_only') "
        "GROUP BY run_id, layout"
    )
    op.execute(
        "INSERT INTO run_yield (run_id, new, revised, image_only, stories, texts, "
        "with_title, with_time, with_source, with_authors, with_editor, with_body) "
        "SELECT r.run_id, count(CASE WHEN r.kind = 'new' THEN 1 END), count(CASE WHEN r.kind <> 'new' THEN 1 END), "
        "count(CASE WHEN a.kind = 'image_only' THEN 1 END), "
        "count(DISTINCT CASE WHEN r.kind = 'new' THEN c.story_id END), "
        "count(CASE WHEN a.kind <> 'image_only' THEN 1 END), "
        "count(CASE WHEN a.kind <> 'image_only' AND r.title <> '' THEN 1 END), "
        "count(CASE WHEN a.kind <> 'image_only' AND r.published_at IS NOT NULL THEN 1 END), "
        "count(CASE WHEN a.kind <> 'image_only' AND r.source <> '' THEN 1 END), "
        "count(CASE WHEN a.kind <> 'image_only' AND CAST(r.authors AS TEXT) <> '[]' THEN 1 END), "
        "count(CASE WHEN a.kind <> 'image_only' AND r.editor <> '' THEN 1 END), "
        "count(CASE WHEN a.kind <> 'image_only' AND CAST(r.paragraphs AS TEXT) <> '[]' THEN 1 END) "
        "FROM revision r JOIN article a ON a.id = r.article_id LEFT JOIN content c ON c.content_id = r.content_id "
        "GROUP BY r.run_id"
    )
    article = sa.table("article", sa.column("publisher", sa.String()), sa.column("published_at", UtcDateTime()))
    day = sa.table("article_day", sa.column("publisher"), sa.column("day", sa.Date()), sa.column("articles"))
    counted: Counter[tuple[str, date]] = Counter()
    # Days in Python: SQLite knows no zones, and Shanghai had summer time from 1986 to 1991.
    for publisher, moment in op.get_bind().execute(sa.select(article.c.publisher, article.c.published_at)):
        known = moment.astimezone(ZoneInfo("Asia/Shanghai")).date() if moment else date(1, 1, 1)
        counted[publisher, known] += 1
    if counted:
        op.bulk_insert(
            day,
            [{"publisher": publisher, "day": known, "articles": n} for (publisher, known), n in counted.items()],
        )


def downgrade() -> None:
    op.drop_table("article_day")
    op.drop_table("run_yield")
    op.drop_table("run_layout")
    op.drop_table("run_fate")
    op.drop_index("ix_revision_run_id", table_name="revision")
