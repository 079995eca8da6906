"""What a person is told of a story: who is the origin, who copied, what differs, why they are one."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Boolean, Connection, Date, DateTime, Integer, Table, insert

from crawler.dedupe.describe import Member, Role, Story, describe_story
from crawler.dedupe.normalise import fold
from crawler.dedupe.stories import StoryDocument, assign
from crawler.reading_commands import story_text
from crawler.run import SHANGHAI
from models.articles import Article, Revision
from models.base import identity
from models.runs import Publisher, Run
from models.store import Store
from models.urls import Capture
from tests.dedupe.texts import COPIES, Document, article

TIME = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)


def row(table: Any, **values: Any) -> dict[str, Any]:
    """A whole row: what is not given is empty."""
    full: dict[str, Any] = {}
    for column in table.columns:
        kind = getattr(column.type, "impl", column.type)
        if column.name in values:
            full[column.name] = values[column.name]
        elif column.nullable:
            full[column.name] = None
        elif isinstance(kind, Boolean):
            full[column.name] = False
        elif isinstance(kind, Integer):
            full[column.name] = 0
        elif isinstance(kind, DateTime):
            full[column.name] = TIME
        elif isinstance(kind, Date):
            full[column.name] = TIME.date()
        else:
            full[column.name] = [] if kind.__class__.__name__ == "JSON" else ""
    return full


_AT_HOURS = object()


def publish(
    connection: Connection,
    publisher: str,
    document: Document,
    hours: int,
    source: str,
    *,
    published: Any = _AT_HOURS,
    precision: str | None = "minute",
) -> int:
    """Store an article and its text as load does; returns its story."""

    def put(table: Any, **values: Any) -> None:
        connection.execute(insert(table), [row(table, **values)])

    number = identity(publisher, hours)
    folded = fold(document.title, document.paragraphs)
    assigned = assign(connection, [StoryDocument(folded, date(2026, 6, 15))])
    revision: Table = Revision.__table__  # type: ignore[assignment]
    put(Capture.__table__, id=number, run_id="run")
    put(
        Article.__table__,
        id=number,
        publisher=publisher,
        site=publisher,
        key=str(number),
        title=document.title,
        current_revision_id=number,
    )
    put(
        revision,
        id=number,
        article_id=number,
        ordinal=1,
        run_id="run",
        capture_id=number,
        content_id=folded.content_id,
        url=f"https://{publisher or 'mirror'}.example/{number}.html",
        title=document.title,
        source=source,
        published_at=TIME + timedelta(hours=hours) if published is _AT_HOURS else published,
        published_precision=precision,
        seen_from=TIME + timedelta(hours=hours),
        seen_to=TIME + timedelta(hours=hours),
        paragraphs=document.paragraphs,
    )
    return assigned.story_of[folded.content_id]


@pytest.fixture
def told(store: Store) -> Story:
    """Three outlets and a mirror of unknown origin that pretends to be the first."""
    original = article(3)
    copy = COPIES["cut"](original, random.Random(2))
    longer = Document(original.title, [*original.paragraphs, *article(4).paragraphs[:2]], "")
    mirror = COPIES["mirrored"](original, random.Random(2))

    def work(connection: Connection) -> int:
        for key, name in (("daily", "青河日报"), ("finance", "某某财经"), ("county", "青河县政府网")):
            connection.execute(
                insert(Publisher.__table__), [row(Publisher.__table__, key=key, name=name, home="https://x.example/")]
            )
        connection.execute(insert(Run.__table__), [row(Run.__table__, id="run", publisher="daily", selection={})])
        publish(connection, "", mirror, -5, "青河日报")
        publish(connection, "finance", copy, 3, "青河日报")
        publish(connection, "county", longer, 1, "青河日报")
        return publish(connection, "daily", original, 2, "青河日报")

    story_id = store.write(work)
    with store.reading() as connection:
        story = describe_story(connection, story_id)
        assert story is not None
        assert describe_story(connection, 77) is None
    return story


def test_the_outlet_that_the_source_names_is_the_origin_and_a_mirror_never_is(told: Story) -> None:
    roles = {member.publisher: member.roles for member in told.members}
    assert told.named_origin == "青河日报"
    assert roles["daily"] == [Role.ORIGIN]
    assert roles["county"] == [Role.EARLIEST, Role.LONG_VERSION]
    assert roles["finance"] == [Role.COPY]
    assert roles[""] == [Role.COPY]


def test_members_stand_beside_the_origin_with_what_differs(told: Story) -> None:
    assert [member.publisher for member in told.members] == ["daily", "county", "finance", ""]
    assert told.members[0].differs == []
    assert all(line.startswith("+ ") for line in told.members[1].differs)
    assert any(line.startswith("- ") for line in told.members[2].differs)


def test_every_pair_tells_its_evidence(told: Story) -> None:
    assert told.near
    for link in told.near:
        assert link.relation == "near"
        assert link.rule
        assert 0 < link.exact + link.near <= link.shorter_chars <= link.longer_chars
        assert link.shorter_story == link.longer_story == told.story_id


MORNING = datetime(2026, 6, 15, 14, 17, tzinfo=SHANGHAI)
THE_DAY = datetime(2026, 6, 15, tzinfo=SHANGHAI)
EVE = datetime(2026, 6, 14, tzinfo=SHANGHAI)


def publish_copies(store: Store, *printed: tuple[datetime | None, str | None, str]) -> Story:
    """A story of one member per printed time, precision and source, of publishers p0, p1, …"""
    original = article(3)

    def work(connection: Connection) -> int:
        keys = [f"p{number}" for number in range(len(printed))]
        connection.execute(insert(Publisher.__table__), [row(Publisher.__table__, key=key) for key in keys])
        connection.execute(insert(Run.__table__), [row(Run.__table__, id="run", publisher="p0", selection={})])
        story = 0
        for number, (published, precision, source) in enumerate(printed):
            story = publish(
                connection, f"p{number}", original, number, source, published=published, precision=precision
            )
        return story

    story_id = store.write(work)
    with store.reading() as connection:
        story = describe_story(connection, story_id)
    assert story is not None
    return story


def earliest(story: Story) -> dict[str, Role | None]:
    def role(member: Member) -> Role | None:
        return next((each for each in member.roles if each in (Role.EARLIEST, Role.PERHAPS_EARLIEST)), None)

    return {member.publisher: role(member) for member in story.members}


PERHAPS = Role.PERHAPS_EARLIEST


@pytest.mark.parametrize(
    ("printed", "told", "said"),
    [
        # A day alone may be any hour of it: of the same day, nobody knows which came first.
        ([(MORNING, "minute"), (THE_DAY, "day")], [PERHAPS, PERHAPS], "2 of 2 may be it (1 dated by day only)"),
        ([(THE_DAY, "day"), (THE_DAY, "day")], [PERHAPS, PERHAPS], "2 of 2 may be it (2 dated by day only)"),
        # The day before is before, whatever the hour; the day after is after.
        ([(MORNING, "minute"), (EVE, "day")], [None, Role.EARLIEST], ""),
        ([(EVE.replace(hour=23, minute=59), "minute"), (THE_DAY, "day")], [Role.EARLIEST, None], ""),
        # The second of a minute is open as well, and who prints the same time is not before the other.
        ([(MORNING.replace(second=40), "second"), (MORNING, "minute")], [PERHAPS, PERHAPS], "they print the same time"),
        ([(MORNING.replace(second=40), "second"), (MORNING.replace(second=41), "second")], [Role.EARLIEST, None], ""),
        # A page without a time was published at some time before it was fetched, here at eleven.
        ([(MORNING, "minute"), (None, None)], [None, Role.EARLIEST], ""),
        ([(MORNING.replace(hour=9), "minute"), (None, None), (MORNING, "minute")], [PERHAPS, PERHAPS, None],
         "2 of 3 may be it (1 without a printed time)"),
    ],
)  # fmt: skip
def test_the_earliest_is_told_only_where_the_printed_times_tell_it(
    store: Store, printed: list[tuple[datetime | None, str | None]], told: list[Role | None], said: str
) -> None:
    story = publish_copies(store, *((*each, "青河日报") for each in printed))
    assert earliest(story) == {f"p{number}": role for number, role in enumerate(told)}
    text = story_text(story)
    assert ("earliest: not certain, " in text) is bool(said)
    assert said in text


def test_a_page_dated_by_day_is_shown_without_an_hour_and_is_not_the_reference(store: Store) -> None:
    story = publish_copies(store, (THE_DAY, "day", "甲报"), (MORNING, "minute", "乙报"))
    assert [member.publisher for member in story.members] == ["p1", "p0"]
    text = story_text(story)
    assert "00:00" not in text
    assert "2026-06-15 14:17" in text
    assert " 2026-06-15  " in text


def test_four_sources_named_once_each_are_no_most(store: Store) -> None:
    story = publish_copies(store, *((MORNING, "minute", source) for source in ("甲报", "乙报", "丙报", "丁报")))
    assert story.named_origin == ""
    assert "none by more than the others" in story_text(story)


def test_the_source_that_most_name_is_told_with_how_many_do(store: Store) -> None:
    story = publish_copies(store, *((MORNING, "minute", source) for source in ("甲报", "乙报", "甲报", "")))
    assert story.named_origin == "甲报"
    assert "named as the source by 2 of 4: 甲报" in story_text(story)


def test_an_article_alone_is_no_copy(store: Store) -> None:
    story = publish_copies(store, (MORNING, "minute", "甲报"))
    assert story.members[0].roles == []
    lines = story_text(story).splitlines()
    assert lines[:2] == [f"story {story.story_id}: 1 article", "no copies are known"]
    assert "copy" not in story_text(story)
