"""One story as a person looks at it: its members side by side, the role of each, what differs, and why they are one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, or_, select

from crawler.dedupe.difference import describe
from crawler.printed_time import PrintedTime, may_be_first
from models.articles import Article, Revision
from models.contents import Content
from models.runs import Publisher
from models.stories import StoryEdge, current_story

__all__ = ["Link", "Member", "Role", "Story", "describe_story"]

LONGER = 1.1
"""A text so many times as long as the story's others is its long version."""


class Role(StrEnum):
    """What a member is to its story; a member may have several roles."""

    ORIGIN = "origin"
    """The outlet that the members' 来源 names published this one itself."""
    EARLIEST = "earliest"
    """Published before the others, whatever the times that print a day alone leave open."""
    PERHAPS_EARLIEST = "perhaps earliest"
    """No other was surely published before it, but another may have been: both print the same time, or one prints its
    day alone or no time."""
    LONG_VERSION = "long version"
    """Has at least a tenth more text than every other text of the story."""
    COPY = "copy"
    """None of these."""


@dataclass(slots=True)
class Member:
    """One article of a story, in its current state.

    Args:
        article_id: of the store.
        publisher: key, empty for an imported page that is no publisher's own (a mirror of a mirror).
        site: key of the publisher's site.
        url: canonical.
        title: as printed.
        source: as printed (来源).
        published: the printed time, as exactly as it is printed.
        content_id: the text.
        chars: of the folded text.
        roles: at least one, but none in a story of one article.
        differs: against the story's reference member, as `crawler.dedupe.difference.describe` prints it; empty for the
            reference itself and for those that print the same.
    """

    article_id: int
    publisher: str
    site: str
    url: str
    title: str
    source: str
    published: PrintedTime
    content_id: int
    chars: int
    paragraphs: list[str] = field(repr=False)
    outlet: str
    roles: list[Role] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Link:
    """One verified pair and its evidence, in characters of the shorter text (letters and digits only).

    Args:
        relation: `near` or `contained`.
        shorter: content id.
        longer: content id.
        exact: of sentences that both have.
        near: of sentences with small differences.
        conflict: of sentences with another number or name.
        shorter_chars: of the shorter text.
        longer_chars: of the longer text.
        rule: that accepted the pair.
        algorithm: its version.
        shorter_story: story id of the shorter text.
        longer_story: story id of the longer text.
    """

    relation: str
    shorter: int
    longer: int
    exact: int
    near: int
    conflict: int
    shorter_chars: int
    longer_chars: int
    rule: str
    algorithm: int
    shorter_story: int
    longer_story: int


@dataclass(frozen=True, slots=True)
class Story:
    """A story with everything that a person asks of it.

    Args:
        story_id: its id now.
        asked_for: the id that was asked for: another one if that story became part of this.
        members: its articles, the reference first, then by time.
        named_origin: the source that more members print than any other, empty where there is none such.
        named: how many members print each source, most first; a mirror's only where no publisher's own page prints one.
        near: the pairs that make it one story.
        contained: the pairs of which only one text is of this story: texts that hold one of it, or are held by one.
    """

    story_id: int
    asked_for: int
    members: list[Member]
    named_origin: str
    named: list[tuple[str, int]]
    near: list[Link]
    contained: list[Link]


def describe_story(connection: Connection, story_id: int) -> Story | None:
    """Look a story up, also by an id that it had before.

    Args:
        connection: reads the store.
        story_id: any id that was ever given.

    Returns:
        The story, or None if no story ever had that id.
    """
    current = current_story(connection, story_id)
    if current is None:
        return None
    members = _members(connection, current)
    named = _named_sources(members)
    origin = named[0][0] if named and (len(named) == 1 or named[0][1] > named[1][1]) else ""
    _give_roles(members, origin)
    members.sort(key=_place)
    for member in members[1:]:
        member.differs = describe(members[0].paragraphs, member.paragraphs)
    links = _links(connection, current)
    return Story(
        story_id=current,
        asked_for=story_id,
        members=members,
        named_origin=origin,
        named=named,
        near=[link for link in links if link.relation == "near"],
        contained=[link for link in links if link.relation == "contained"],
    )


def _members(connection: Connection, story_id: int) -> list[Member]:
    query = (
        select(
            Article.id,
            Article.publisher,
            Article.site,
            Revision.url,
            Revision.title,
            Revision.source,
            Revision.published_at,
            Revision.published_precision,
            Revision.seen_from,
            Revision.content_id,
            Content.chars,
            Revision.paragraphs,
            Publisher.name,
        )
        .join_from(Content, Revision, Revision.content_id == Content.content_id)
        .join(Article, Article.current_revision_id == Revision.id)
        .join(Publisher, Publisher.key == Article.publisher, isouter=True)
        .where(Content.story_id == story_id)
    )
    return [
        Member(
            article_id=row.id,
            publisher=row.publisher,
            site=row.site,
            url=row.url,
            title=row.title,
            source=row.source,
            published=PrintedTime(row.published_at, row.published_precision, row.seen_from),
            content_id=row.content_id,
            chars=row.chars,
            paragraphs=list(row.paragraphs),
            outlet=row.name or "",
        )
        for row in connection.execute(query)
    ]


def _named_sources(members: Sequence[Member]) -> list[tuple[str, int]]:
    # What a mirror of unknown origin prints counts only where nobody else prints anything.
    printed = [(bool(member.publisher), member.source.strip()) for member in members if member.source.strip()]
    named = Counter(source for own, source in printed if own) or Counter(source for _, source in printed)
    return sorted(named.items(), key=lambda item: (-item[1], item[0]))


def _give_roles(members: Sequence[Member], named: str) -> None:
    if len(members) == 1:
        # Without copies nothing is an origin, and it is no copy.
        return
    # Who took a page from somewhere unknown cannot be where it comes from, whatever the page prints.
    own = [member for member in members if member.publisher]
    for member in own:
        if named and member.outlet and _same_outlet(member.outlet, named):
            member.roles.append(Role.ORIGIN)
    if len(own) > 1:
        first = [member for member, may in zip(own, may_be_first([m.published for m in own]), strict=True) if may]
        for member in first:
            member.roles.append(Role.EARLIEST if len(first) == 1 else Role.PERHAPS_EARLIEST)
    for member in members:
        others = [other.chars for other in members if other.content_id != member.content_id]
        if others and member.chars >= LONGER * max(others):
            member.roles.append(Role.LONG_VERSION)
        if not member.roles:
            member.roles.append(Role.COPY)


def _same_outlet(one: str, other: str) -> bool:
    return one in other or other in one


def _place(member: Member) -> tuple[bool, bool, bool, datetime, int]:
    """The reference is the origin, or else the first that is a publisher's own.

    By the moment before which each was published: a page of a known hour comes before those that print the day alone,
    and these before the ones without a time.
    """
    time = member.published
    return (Role.ORIGIN not in member.roles, not member.publisher, time.at is None, time.end, member.article_id)


def _links(connection: Connection, story_id: int) -> list[Link]:
    shorter, longer = Content.__table__.alias("shorter"), Content.__table__.alias("longer")
    query = (
        select(
            StoryEdge.relation,
            StoryEdge.shorter_id,
            StoryEdge.longer_id,
            StoryEdge.exact_chars,
            StoryEdge.near_chars,
            StoryEdge.conflict_chars,
            StoryEdge.shorter_chars,
            StoryEdge.longer_chars,
            StoryEdge.rule,
            StoryEdge.algorithm,
            shorter.c.story_id.label("shorter_story"),
            longer.c.story_id.label("longer_story"),
        )
        .join_from(StoryEdge, shorter, shorter.c.content_id == StoryEdge.shorter_id)
        .join(longer, longer.c.content_id == StoryEdge.longer_id)
        .where(or_(shorter.c.story_id == story_id, longer.c.story_id == story_id))
        .order_by(StoryEdge.shorter_id, StoryEdge.longer_id)
    )
    return [
        Link(
            relation=row.relation,
            shorter=row.shorter_id,
            longer=row.longer_id,
            exact=row.exact_chars,
            near=row.near_chars,
            conflict=row.conflict_chars,
            shorter_chars=row.shorter_chars,
            longer_chars=row.longer_chars,
            rule=row.rule,
            algorithm=row.algorithm,
            shorter_story=row.shorter_story,
            longer_story=row.longer_story,
        )
        for row in connection.execute(query)
    ]
