"""What a person is told of a story: who is the origin, who copied, what differs, why they are one."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Boolean, Connection, Date, DateTime, Integer, Table, insert

from crawler.dedupe.describe import Role, Story, describe_story
from crawler.dedupe.normalise import fold
from crawler.dedupe.stories import StoryDocument, assign
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


def publish(connection: Connection, publisher: str, document: Document, hours: int, source: str) -> int:
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
        published_at=TIME + timedelta(hours=hours),
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
