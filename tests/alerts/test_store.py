"""What is remembered of trouble: one message a day, none lost, none twice, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from crawler.alerts.causes import Cause
from crawler.alerts.due import CLAIM, WAIT, Kind, Notice, claim_due, note_said, open_alerts
from crawler.alerts.record import note_gone, note_task_works
from models.store import Store
from tests.alerts.told import NIGHT, Told, failure

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def told(store: Store) -> Told:
    return Told(store)


def test_hundreds_of_failing_runs_are_one_message_a_day(told: Told) -> None:
    """A back-fill of months over a site that is down."""
    for n in range(200):
        told.fails(failure(-n), NIGHT + n * timedelta(minutes=1))
        told.says(NIGHT + n * timedelta(minutes=1))
    assert [(notice.kind, notice.runs) for notice in told.said] == [(Kind.WRONG, 1)]
    told.fails(failure(1), NIGHT + DAY)
    assert told.says(NIGHT + DAY) == [Kind.STILL]
    assert (told.said[-1].runs, told.said[-1].since) == (201, NIGHT)


def test_a_day_is_a_day_in_shanghai(told: Told) -> None:
    """15:59 UTC is 23:59 there, 16:01 UTC is the next day."""
    evening = datetime(2026, 6, 17, 15, 58, tzinfo=UTC)
    for minute, kinds in ((0, [Kind.WRONG]), (1, []), (3, [Kind.STILL])):
        told.fails(failure(minute), evening + minute * timedelta(minutes=1))
        assert told.says(evening + minute * timedelta(minutes=1)) == kinds


def test_a_task_that_is_tried_and_cleared_and_fails_again_is_one_run(told: Told) -> None:
    for n in range(5):
        told.fails(failure(), NIGHT + n * HOUR)
    told.fails(failure(stage="parse"), NIGHT + 5 * HOUR)
    told.says(NIGHT + 6 * HOUR)
    assert told.said[0].runs == 1


def test_nothing_new_says_nothing_the_next_day(told: Told) -> None:
    """A person who has paused the DAG is not reminded of what they know."""
    told.fails(failure(), NIGHT)
    told.says(NIGHT)
    assert told.says(NIGHT + 3 * DAY) == []


def test_the_end_is_said_once(told: Told) -> None:
    told.fails(failure(), NIGHT)
    told.says(NIGHT)
    told.works(NIGHT + DAY, 1)
    assert told.says(NIGHT + DAY) == [Kind.WELL]
    assert told.says(NIGHT + 2 * DAY) == []
    assert told.said[-1].well_at == NIGHT + DAY


def test_trouble_that_ends_while_mail_is_down_is_one_message_that_tells_both(told: Told) -> None:
    told.fails(failure(), NIGHT)
    assert told.cannot_say(NIGHT) == 1
    told.works(NIGHT + HOUR)
    assert told.says(NIGHT + 2 * HOUR) == [Kind.WELL]
    assert told.said[0].told is False
    assert told.says(NIGHT + 3 * DAY) == []


def test_a_week_without_mail_is_one_message(told: Told) -> None:
    for n in range(7):
        told.fails(failure(n), NIGHT + n * DAY)
        told.cannot_say(NIGHT + n * DAY)
    (shown,) = _open(told)
    assert (shown.late_since, shown.refusal) == (NIGHT, "no route")
    assert told.says(NIGHT + 7 * DAY) == [Kind.WRONG]
    assert (told.said[0].runs, told.said[0].late_since) == (7, NIGHT)
    assert _open(told)[0].late_since is None


def test_a_dead_mail_server_is_not_asked_by_every_task(told: Told) -> None:
    told.fails(failure(), NIGHT)
    assert told.cannot_say(NIGHT) == 1
    assert told.cannot_say(NIGHT + WAIT / 2) == 0
    assert told.cannot_say(NIGHT + WAIT) == 1


def test_flapping_is_two_messages_a_day(told: Told) -> None:
    for n in range(10):
        told.fails(failure(n), NIGHT + n * HOUR / 2)
        told.says(NIGHT + n * HOUR / 2)
        told.works(NIGHT + n * HOUR / 2 + HOUR / 4, n)
        told.says(NIGHT + n * HOUR / 2 + HOUR / 4)
    assert [notice.kind for notice in told.said] == [Kind.WRONG, Kind.WELL]


def test_a_night_that_failed_and_is_well_is_not_taken_for_the_next_failure(told: Told) -> None:
    told.fails(failure(), NIGHT)
    told.says(NIGHT)
    told.works(NIGHT + HOUR)
    told.says(NIGHT + HOUR)
    told.fails(failure(3), NIGHT + 3 * DAY)
    assert told.says(NIGHT + 3 * DAY) == [Kind.WRONG]
    assert (told.said[-1].since, told.said[-1].runs) == (NIGHT + 3 * DAY, 1)


def test_a_crawl_that_asked_nothing_proves_nothing(told: Told) -> None:
    """Cleared, a run whose archive is whole makes no request."""
    told.fails(failure(), NIGHT)
    told.works(NIGHT + HOUR, -5, asks=False)
    told.works(NIGHT + HOUR, -5, whole=False)
    assert len([notice for notice in _open(told) if notice.well_at is None]) == 1
    told.works(NIGHT + HOUR, asks=False)
    assert told.says(NIGHT + HOUR) == [Kind.WELL], "the run that failed is done: its own archive is whole now"


def test_the_check_of_a_past_day_does_not_end_tonights(told: Told) -> None:
    told.fails(failure(stage="check", cause=Cause.CHECK), NIGHT)
    told.says(NIGHT)
    told.works(NIGHT + HOUR, -30, stage="check")
    assert told.says(NIGHT + HOUR) == []
    told.works(NIGHT + DAY, 1, stage="check")
    assert told.says(NIGHT + DAY) == [Kind.WELL]


def test_a_failed_check_of_past_days_ends_with_its_own_runs_only(told: Told) -> None:
    for n in (-30, -31):
        told.fails(failure(n, stage="check", cause=Cause.PAST_CHECK), NIGHT)
    told.says(NIGHT)
    for n in (0, -30):
        told.works(NIGHT + HOUR, n, stage="check")
        assert told.says(NIGHT + HOUR) == []
    told.works(NIGHT + HOUR, -31, stage="check")
    assert told.says(NIGHT + HOUR) == [Kind.WELL]


def test_a_task_that_is_no_stage_ends_its_own_trouble_only(told: Told, store: Store) -> None:
    told.fails(failure(stage="windows_tibet_net", cause=Cause.FAULT), NIGHT)
    told.fails(failure(stage="parse", cause=Cause.FILES), NIGHT)
    told.says(NIGHT)
    store.write(lambda connection: note_task_works(connection, "tibet_net", "windows_tibet_net", NIGHT + HOUR))
    assert told.says(NIGHT + HOUR) == [Kind.WELL]
    assert [each.cause for each in _open(told)] == [Cause.FILES]


def test_two_tasks_at_once_send_one_message(told: Told, store: Store) -> None:
    """The race that a mailbox would show as two mails."""
    for cause in (Cause.UNREACHABLE, Cause.FAULT, Cause.STORE):
        told.fails(failure(cause=cause), NIGHT)
    taken: list[Notice] = []
    start = threading.Barrier(4)

    def task() -> None:
        own = Store(store.url.render_as_string(hide_password=False))
        start.wait()
        taken.extend(own.write(lambda connection: claim_due(connection, NIGHT)))
        own.close()

    threads = [threading.Thread(target=task) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(notice.cause for notice in taken) == ["fault", "store", "unreachable"]


def test_many_tasks_that_fail_at_once_are_all_counted(store: Store, told: Told) -> None:
    start = threading.Barrier(8)

    def task(n: int) -> None:
        own = Told(Store(store.url.render_as_string(hide_password=False)))
        start.wait()
        own.fails(failure(n), NIGHT)
        own.store.close()

    threads = [threading.Thread(target=task, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.says(NIGHT)
    assert [notice.runs for notice in told.said] == [8]


def test_a_process_that_dies_while_it_sends_loses_nothing(told: Told, store: Store) -> None:
    told.fails(failure(), NIGHT)
    assert len(store.write(lambda connection: claim_due(connection, NIGHT))) == 1
    assert told.says(NIGHT + CLAIM / 2) == []
    assert told.says(NIGHT + CLAIM) == [Kind.WRONG]


def test_a_failure_that_comes_while_a_message_is_sent_is_said_the_next_day(told: Told, store: Store) -> None:
    told.fails(failure(), NIGHT)
    (notice,) = store.write(lambda connection: claim_due(connection, NIGHT))
    told.fails(failure(1), NIGHT + timedelta(seconds=5))
    store.write(lambda connection: note_said(connection, notice, NIGHT + timedelta(seconds=9)))
    assert told.says(NIGHT + DAY) == [Kind.STILL]


def test_an_end_that_was_overtaken_is_not_believed(told: Told, store: Store) -> None:
    """Well again is being sent while it breaks again: the row says broken afterwards."""
    told.fails(failure(), NIGHT)
    told.says(NIGHT)
    told.works(NIGHT + HOUR)
    (notice,) = store.write(lambda connection: claim_due(connection, NIGHT + HOUR))
    told.fails(failure(1), NIGHT + 2 * HOUR)
    store.write(lambda connection: note_said(connection, notice, NIGHT + 2 * HOUR))
    assert [each.well_at for each in _open(told)] == [None]
    told.works(NIGHT + 3 * HOUR, 1)
    assert told.says(NIGHT + 3 * HOUR) == [Kind.WELL]


def _open(told: Told) -> list[Notice]:
    with told.store.reading() as connection:
        return open_alerts(connection)


def test_what_is_open_of_a_publisher_whose_folder_is_gone_ends_without_a_word(told: Told, store: Store) -> None:
    """A folder with a slip in its name, removed again: `dibao status` would begin with it for ever."""
    told.fails(failure(), NIGHT)
    told.cannot_say(NIGHT)
    assert store.write(lambda connection: note_gone(connection, ["tibet_net"], NIGHT + HOUR)) == []
    with store.reading() as connection:
        assert len(open_alerts(connection)) == 1
    assert store.write(lambda connection: note_gone(connection, ["sina_finance"], NIGHT + HOUR)) == ["tibet_net"]
    assert told.says(NIGHT + DAY) == []
    with store.reading() as connection:
        assert open_alerts(connection) == []
