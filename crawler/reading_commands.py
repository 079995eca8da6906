"""`dibao story`, `dibao history`, `dibao evaluate`: what a reader of the corpus asks of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, select

from crawler import publishers
from crawler.config import load_config
from crawler.dedupe.describe import Role, Story, describe_story
from crawler.dedupe.difference import describe
from crawler.errors import ConfigurationError
from crawler.printed_time import PrintedTime
from crawler.run import SHANGHAI
from crawler.tables import counted, fitted, table
from models.articles import Article, Revision
from models.contents import Content
from models.urls import Url

__all__ = ["evaluate_command", "history_command", "shown", "story_command", "story_text"]


@click.command("story")
@click.argument("which", metavar="ID|URL")
def story_command(which: str) -> None:
    """Show one story: its members side by side, the evidence, and what differs.

    ID is a story id, also one that the story had before it became part of another; URL is that of any member.
    """
    from crawler.stages import open_store

    with open_store(load_config()) as store, store.reading() as connection:
        story_id = int(which) if which.isdigit() else _story_of(connection, which)
        story = describe_story(connection, story_id)
    if story is None:
        raise ConfigurationError(f"no story ever had the id {which}")
    click.echo(fitted(story_text(story)))


def _story_of(connection: Connection, url: str) -> int:
    article = _article(connection, url)
    revision, content = Revision.__table__.c, Content.__table__.c
    found: int | None = connection.execute(
        select(content.story_id)
        .join_from(Content.__table__, Revision.__table__, content.content_id == revision.content_id)
        .where(revision.id == article.current_revision_id)
    ).scalar_one_or_none()
    if found is None:
        raise ConfigurationError(f"{url} has no text, so it belongs to no story")
    return found


def _article(connection: Connection, url: str) -> Article:
    """The stored article behind an address, in whatever form it is given."""
    table_ = Article.__table__.c
    identity = publishers.identify(url)
    wanted = (
        (table_.publisher == identity.publisher) & (table_.site == identity.site) & (table_.key == identity.key)
        if identity is not None
        else table_.url == url
    )
    row = connection.execute(select(Article.__table__).where(wanted)).one_or_none()
    if row is None:
        fate = connection.execute(select(Url.__table__.c.fate).where(Url.__table__.c.url == url)).scalar_one_or_none()
        seen = f"; its last fate is {fate}" if fate else ""
        raise ConfigurationError(f"no article with the address {url} is stored{seen}")
    return row  # type: ignore[return-value]


def story_text(story: Story) -> str:
    """A story as `dibao story` prints it."""
    lines = [f"story {story.story_id}: {counted(len(story.members), 'article')}"]
    if story.asked_for != story.story_id:
        lines.append(f"(the story {story.asked_for} became part of it)")
    if len(story.members) == 1:
        lines.append("no copies are known")
    else:
        lines += [*_source_line(story), *_earliest_line(story)]
    lines += [
        "",
        table(
            ["role", "publisher", "published (Shanghai)", "来源", "characters", "title", "url"],
            [
                [
                    ", ".join(role.value for role in member.roles) or None,
                    member.publisher or "(nobody's own)",
                    str(member.published) or None,
                    member.source,
                    member.chars,
                    member.title,
                    member.url,
                ]
                for member in story.members
            ],
        ),
    ]
    for member in story.members[1:]:
        lines += ["", f"{member.url}, held against the first:"]
        lines += [f"  {line}" for line in member.differs] or ["  prints the same text"]
    for name, links in (("near (one story)", story.near), ("contained (an excerpt; joins nothing)", story.contained)):
        if links:
            lines += [
                "",
                f"{name}, in characters of the shorter text:",
                table(
                    ["shorter", "longer", "exact", "near", "conflict", "of", "longer has", "rule", "algorithm"],
                    [
                        [x.shorter, x.longer, x.exact, x.near, x.conflict, x.shorter_chars, x.longer_chars, x.rule,
                         x.algorithm]
                        for x in links
                    ],
                ),
            ]  # fmt: skip
    return "\n".join(lines)


def _source_line(story: Story) -> list[str]:
    """Whom the members name as their source, and how many of them."""
    if story.named_origin:
        return [f"named as the source by {story.named[0][1]} of {len(story.members)}: {story.named_origin}"]
    if not story.named:
        return []
    most = [f"{source} by {count}" for source, count in story.named if count == story.named[0][1]]
    return [f"named as the source: {', '.join(most)}; none by more than the others, so no origin is told"]


def _earliest_line(story: Story) -> list[str]:
    """Why nobody can say which member was the first, where nobody can."""
    perhaps = [member.published for member in story.members if Role.PERHAPS_EARLIEST in member.roles]
    if not perhaps:
        return []
    by_day, without = sum(time.day_only for time in perhaps), sum(time.at is None for time in perhaps)
    why = [f"{by_day} dated by day only"] if by_day else []
    why += [f"{without} without a printed time"] if without else []
    return [
        f"earliest: not certain, {len(perhaps)} of {len(story.members)} may be it "
        f"({', '.join(why) or 'they print the same time'})"
    ]


def shown(value: object) -> str:
    """A field's value as a reader writes it; times in Shanghai."""
    if isinstance(value, PrintedTime):
        return str(value) or "nothing"
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list | tuple):
        value = "、".join(value)
    return f"「{value}」" if value else "nothing"


@click.command("history")
@click.argument("url")
def history_command(url: str) -> None:
    """Show every state of one article, and what changed from one to the next."""
    from crawler.stages import open_store

    with open_store(load_config()) as store, store.reading() as connection:
        article = _article(connection, url)
        table_ = Revision.__table__
        states = connection.execute(
            select(table_).where(table_.c.article_id == article.id).order_by(table_.c.ordinal)
        ).all()
    click.echo(f"{article.title}\n{article.url}")
    before = None
    for state in states:
        current = " (current)" if state.id == article.current_revision_id else ""
        seen = " to ".join(f"{m.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for m in (state.seen_from, state.seen_to))
        click.echo(
            fitted(
                f"\nrevision {state.ordinal}{current}: {state.kind}, seen from {seen} (Shanghai), "
                f"read by {state.layout} of parser {state.parser_version}"
            )
        )
        if before is not None:
            changes = [
                f"{name}: {shown(old)} became {shown(new)}"
                for name, old, new in zip(_FIELDS, _printed(before), _printed(state), strict=True)
                if old != new
            ]
            changes += describe(before.paragraphs, state.paragraphs)
            for line in changes or ["no field and no sentence that is shown differs"]:
                click.echo(fitted(f"  {line}"))
        before = state


_FIELDS = ("title", "source", "editor", "authors", "published_at", "modified_at")


def _printed(state: Any) -> list[object]:
    """The fields of a revision that are held against those of the one before; a time as exactly as it is printed."""
    published = PrintedTime(state.published_at, state.published_precision)
    return [published if name == "published_at" else getattr(state, name) for name in _FIELDS]


@click.command("evaluate")
@click.argument("gold", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("parsed", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def evaluate_command(gold: Path, parsed: Path | None) -> None:
    """Score parsed pages against annotated ones, per field and group.

    GOLD is a gold.jsonl as docs/annotating.md tells; PARSED what `dibao parse --manifest` printed, else the pages are
    parsed now.
    """
    from crawler.evaluate import evaluate

    click.echo(str(evaluate(gold, parsed)))
