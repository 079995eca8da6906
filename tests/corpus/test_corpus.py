"""What the Corpus page is told: figures that users act upon, on both databases."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, update

from crawler.corpus.article import ArticleView, read_article
from crawler.corpus.coverage import CALENDAR_DAYS, DayState
from crawler.corpus.overview import Overview, overview
from crawler.errors import ConfigurationError, Fate
from crawler.run import SHANGHAI
from models.aggregates import refresh_aggregates
from models.articles import Article
from models.runs import CheckResult, Run
from models.store import Store
from models.urls import Url
from tests.corpus.sample import (
    LAST_DAY,
    NOW,
    VOLUME,
    Night,
    Rows,
    fill,
    four_weeks,
    write_event,
    write_night,
    write_text,
)

DAY = date(2026, 6, 16)
CRAWLED = datetime(2026, 6, 17, 1, 42, tzinfo=SHANGHAI)


def night(publisher: str = "tibet_net", day: date = DAY, **changed: Any) -> Night:
    return Night(publisher, day, day + timedelta(days=1), **changed)


def see(store: Store, now: datetime = NOW, **options: Any) -> Overview:
    with store.reading() as connection:
        return overview(connection, now, **options)


def state(view: Overview, publisher: str, day: date) -> tuple[DayState, str, int]:
    row = next(row for row in view.coverage if row.publisher == publisher)
    cell = next(cell for cell in row.cells if cell.day == day)
    return cell.state, cell.note, cell.articles


def load(store: Store, nights: list[Night], work: Any = None) -> None:
    def loaded(connection: Connection) -> None:
        fill(connection, nights)
        if work is not None:
            rows = Rows()
            work(rows)
            rows.write(connection)
            refresh_aggregates(connection, nights[-1].run_id)

    store.write(loaded)


def text(rows: Rows, of: Night, key: str, **changed: Any) -> int:
    values: dict[str, Any] = {
        "title": f"题{key}",
        "paragraphs": ["文"],
        "text": f"文{key}",
        "published": datetime(2026, 6, 16, 12, int(key), tzinfo=SHANGHAI),
        "crawled_at": CRAWLED,
    }
    return write_text(rows, of, key=key, **(values | changed))


def test_every_article_of_the_span_is_in_the_calendar_under_its_day(sample: Store) -> None:
    view = see(sample)
    with sample.reading() as connection:
        stored = connection.execute(select(func.count()).select_from(Article)).scalar_one()
    assert (view.first_day, view.last_day) == (LAST_DAY - timedelta(days=CALENDAR_DAYS - 1), LAST_DAY)
    assert sum(cell.articles for row in view.coverage for cell in row.cells) == stored == view.totals.articles
    assert [len(row.cells) for row in view.coverage] == [CALENDAR_DAYS] * len(VOLUME)
    assert not view.moved


def test_a_day_without_a_run_is_a_gap_and_not_a_quiet_day(sample: Store) -> None:
    view = see(sample)
    assert state(view, "tibet_net", date(2026, 6, 5))[0] is DayState.GAP
    assert state(view, "sichuan_gov", date(2026, 6, 14))[0] is DayState.EMPTY
    assert view.gaps == {"中国西藏网": [date(2026, 6, 5), date(2026, 6, 6)]}


def test_a_failed_run_is_not_a_good_day_however_many_articles_it_brought(sample: Store) -> None:
    view = see(sample)
    failed, note, articles = state(view, "xinjiang_gov", date(2026, 6, 11))
    assert failed is DayState.FAILED
    assert "known layouts read the pages" in note
    assert articles > 0
    assert state(view, "sichuan_gov", date(2026, 6, 15))[0] is DayState.FAILED
    assert state(view, "sina_finance", date(2026, 6, 8))[0] is DayState.WARNED


def test_a_run_that_nobody_checked_does_not_pass_for_a_good_one(store: Store) -> None:
    load(store, [night(articles=3)])
    store.write(lambda connection: connection.execute(CheckResult.__table__.delete()))
    assert state(see(store), "tibet_net", DAY)[:2] == (DayState.WARNED, "its run is not checked yet")


def test_a_run_of_one_channel_does_not_cover_the_day(store: Store) -> None:
    load(store, [night(articles=3, selection={"channels": ["yc"]})])
    assert state(see(store), "tibet_net", DAY)[0] is DayState.WARNED


def test_a_quick_look_at_one_channel_does_not_hide_the_whole_run(store: Store) -> None:
    whole = night(articles=3, failed_checks=(("articles are there", "hard", "0", "1", "look"),))
    partial = Night("tibet_net", DAY, DAY + timedelta(days=2), articles=1, selection={"page_limit": 1})
    load(store, [whole, partial])
    assert state(see(store), "tibet_net", DAY)[0] is DayState.FAILED


def test_days_before_the_first_run_and_today_are_no_gaps(store: Store) -> None:
    load(store, [night(articles=2, day=DAY - timedelta(days=3))])
    view = see(store)
    assert state(view, "tibet_net", DAY - timedelta(days=4))[0] is DayState.OUTSIDE
    assert state(view, "tibet_net", DAY - timedelta(days=2))[0] is DayState.GAP
    assert state(view, "sina_finance", DAY)[0] is DayState.OUTSIDE
    assert view.gaps == {"中国西藏网": [DAY - timedelta(days=2), DAY - timedelta(days=1), DAY]}


def test_last_night_is_no_gap_while_it_is_still_night(store: Store) -> None:
    load(store, [night(articles=2, day=DAY - timedelta(days=1))])
    at_two = datetime(2026, 6, 17, 2, 0, tzinfo=SHANGHAI)
    assert state(see(store, at_two), "tibet_net", DAY)[0] is DayState.OUTSIDE
    assert state(see(store, at_two + timedelta(hours=5)), "tibet_net", DAY)[0] is DayState.GAP


def test_a_corpus_that_nobody_fed_for_months_shows_its_last_weeks_and_says_so(sample: Store) -> None:
    view = see(sample, NOW + timedelta(days=160))
    assert view.moved
    assert view.last_day == LAST_DAY
    assert len(view.late) == len(VOLUME)
    assert see(sample, NOW + timedelta(days=20)).gaps["四川省人民政府"][-1] == LAST_DAY + timedelta(days=20)


def test_the_calendar_goes_back_to_any_day(sample: Store) -> None:
    view = see(sample, until=date(2026, 5, 25))
    assert view.last_day == date(2026, 5, 25)
    assert sum(cell.articles for row in view.coverage for cell in row.cells) > 0


def test_the_funnel_loses_no_url(sample: Store) -> None:
    view = see(sample)
    assert len(view.funnels) == len(VOLUME)
    for funnel in view.funnels:
        assert funnel.run.start == LAST_DAY
        assert funnel.discovered == funnel.parsed + sum(count for _, count in funnel.rest)
        assert (
            funnel.discovered >= funnel.fetched >= funnel.parsed >= funnel.new >= funnel.stories > 0 or not funnel.new
        )
    of_xinjiang = next(funnel for funnel in view.funnels if funnel.run.publisher == "xinjiang_gov")
    assert dict(of_xinjiang.rest)[Fate.LAYOUT_UNKNOWN] == 1


def test_a_back_fill_of_old_days_is_not_the_latest_night(store: Store) -> None:
    load(store, [night(articles=4), night(articles=2, day=DAY - timedelta(days=400))])
    assert [funnel.new for funnel in see(store).funnels] == [4]


def test_the_fates_of_a_day_add_up(sample: Store) -> None:
    for row in see(sample).fate_days:
        parts = sum(count for name, count in row.figures.items() if name != "discovered")
        assert parts == row.figures["discovered"] > 0
    days = [row.day for row in see(sample).fate_days]
    assert days == sorted(days, reverse=True)
    assert len(days) == 14
    assert days[0] == date(2026, 6, 17)


def test_an_old_latest_article_and_a_night_that_did_not_come_are_said(store: Store) -> None:
    load(store, [night(articles=2), night("sichuan_gov", DAY - timedelta(days=5), articles=2)])
    rows = {row.publisher: row for row in see(store).freshness}
    assert (rows["tibet_net"].quiet, rows["tibet_net"].overdue) == (False, False)
    assert (rows["sichuan_gov"].quiet, rows["sichuan_gov"].overdue) == (True, True)
    assert (rows["sina_finance"].latest, rows["sina_finance"].crawled_at) == (None, None)


def test_a_field_that_is_often_empty_though_expected_is_named(sample: Store) -> None:
    fields = {row.name: row for row in see(sample).fields}
    assert fields["新浪财经"].low == {"source"}
    assert fields["四川省人民政府"].low == frozenset()
    assert fields["四川省人民政府"].filled["editor"] == 0


def test_the_share_of_the_general_reader_is_that_of_the_span(sample: Store) -> None:
    layouts = {row.name: row for row in see(sample).layouts}
    row = layouts["新疆维吾尔自治区人民政府"]
    assert row.articles == sum(count for _, count in row.layouts)
    assert row.general == dict(row.layouts)["generic"] == sum(n.generic for n in four_weeks())


def test_the_newest_articles_come_once_with_their_copies(store: Store) -> None:
    of, other = night(), night("sina_finance")

    def work(rows: Rows) -> None:
        write_night(rows, of)
        write_night(rows, other)
        text(rows, of, "1", story="s")
        text(rows, of, "2")
        text(rows, other, "3", story="s")
        text(rows, of, "4", story="s", published=datetime(2026, 6, 18, tzinfo=SHANGHAI))

    load(store, [of, other], work)
    newest = see(store).newest
    assert [item.title for item in newest] == ["题3", "题2"]
    assert [copy.title for copy in newest[0].copies] == ["题1", "题4"]
    assert not newest[0].more
    assert [item.title for item in see(store, publisher="tibet_net").newest] == ["题2", "题1"]


def test_a_copy_dated_by_its_day_alone_is_not_put_before_one_of_that_morning(store: Store) -> None:
    of = night()
    midnight = datetime(2026, 6, 16, tzinfo=SHANGHAI)

    def work(rows: Rows) -> None:
        write_night(rows, of)
        text(rows, of, "1", story="s", published=midnight, precision="day")
        text(rows, of, "2", story="s", published=None)
        text(rows, of, "3", story="s", published=midnight + timedelta(hours=9))
        text(rows, of, "4", story="s", published=midnight - timedelta(hours=9))
        text(rows, of, "5", story="s", published=midnight + timedelta(hours=10))

    load(store, [of], work)
    (item,) = see(store).newest
    assert (item.title, [copy.title for copy in item.copies]) == ("题5", ["题4", "题3", "题1", "题2"])


def test_the_latest_article_says_whether_it_is_dated_by_its_day_alone(store: Store) -> None:
    # 72 hours make a publisher quiet; this one may have published at any hour of the 14th.
    of = night()
    midnight = NOW.replace(day=14, hour=0, minute=0)

    def work(rows: Rows) -> None:
        write_night(rows, of)
        text(rows, of, "1", published=midnight, precision="day")

    load(store, [of], work)
    row = next(row for row in see(store).freshness if row.publisher == "tibet_net")
    assert (row.latest, row.precision, row.quiet) == (midnight, "day", False)


def test_a_story_of_many_copies_shows_a_few_and_says_that_there_are_more(store: Store) -> None:
    of = night()
    load(store, [of], lambda rows: [text(rows, of, str(n), story="s") for n in range(9)])
    (item,) = see(store).newest
    assert (len(item.copies), item.more) == (5, True)


def test_unread_pages_are_counted_with_a_sample_until_they_are_read(filled: Store) -> None:
    (row,) = see(filled).open_urls
    assert (row.name, row.count, row.capped) == ("新疆维吾尔自治区人民政府", 4, False)
    assert {fate for _, fate, _, _ in row.samples} == {Fate.DECODE_FAILED, Fate.LAYOUT_UNKNOWN}
    assert all(message for _, _, message, _ in row.samples)
    filled.write(
        lambda connection: connection.execute(
            update(Url.__table__)
            .where(Url.__table__.c.fate.in_(["layout_unknown", "decode_failed"]))
            .values(fate="gone")
        )
    )
    assert see(filled).open_urls == ()


def test_very_many_unread_pages_are_said_to_be_that_many_or_more(store: Store) -> None:
    of = night()
    load(
        store,
        [of],
        lambda rows: [
            write_event(rows, of, f"https://news.example.cn/{n}.html", "parse_failed", CRAWLED) for n in range(1005)
        ],
    )
    (row,) = see(store).open_urls
    assert (row.count, row.capped, len(row.samples)) == (1000, True, 3)


def test_one_publisher_alone_has_only_its_own_figures(sample: Store) -> None:
    view = see(sample, publisher="tibet_net")
    assert list(view.names) == ["tibet_net"]
    assert [row.publisher for row in view.coverage] == ["tibet_net"]
    assert {item.publisher for item in view.newest} == {"tibet_net"}
    with sample.reading() as connection:
        articles = select(func.count()).select_from(Article).where(Article.publisher == "tibet_net")
        runs = select(func.count()).select_from(Run).where(Run.publisher == "tibet_net")
        assert view.totals.articles == connection.execute(articles).scalar_one()
        assert view.totals.runs == connection.execute(runs).scalar_one()
    with pytest.raises(ConfigurationError, match="nobody"):
        see(sample, publisher="nobody")


def test_an_empty_store_is_no_error(store: Store) -> None:
    view = see(store)
    assert view.totals.articles == 0
    assert view.hands_needed == 0
    assert {cell.state for row in view.coverage for cell in row.cells} == {DayState.OUTSIDE}


def test_a_publisher_whose_file_is_wrong_is_said_and_the_others_are_shown(
    sample: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crawler import publishers

    load_publisher = publishers.load

    def broken(key: str) -> Any:
        if key == "tibet_net":
            raise ConfigurationError("crawler/publishers/tibet_net/publisher.toml is wrong: KeyError 'name'")
        return load_publisher(key)

    monkeypatch.setattr(publishers, "load", broken)
    view = see(sample)
    assert view.problems == ("crawler/publishers/tibet_net/publisher.toml is wrong: KeyError 'name'",)
    assert view.names["tibet_net"] == "中国西藏网"
    assert len(view.coverage) == len(VOLUME)


_LARGE = re.compile(r"SCAN (article|revision|content|capture|url|url_event|story_edge)\b(?!.* ix_article_published_at)")


def test_no_statement_reads_a_large_table_whole(sample: Store) -> None:
    """The page stays fast on millions of rows only if each of them is found through an index."""
    if sample.url.get_backend_name() != "sqlite":
        pytest.skip("SQLite says plainly what it scans")
    with sample.reading() as connection:
        article_id = connection.execute(select(Article.__table__.c.id).limit(1)).scalar_one()
    statements: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        statements.append((given[2], given[3]))

    event.listen(sample.engine, "before_cursor_execute", note)
    see(sample)
    see(sample, publisher="tibet_net")
    article(sample, article_id)
    event.remove(sample.engine, "before_cursor_execute", note)
    assert len(statements) > 40
    with sample.reading() as connection:
        plans = {
            statement: [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in statements
            if statement.startswith("SELECT")
        }
    assert {s: plan for s, plan in plans.items() if any(map(_LARGE.match, plan))} == {}


def article(store: Store, article_id: int, ordinal: int | None = None) -> ArticleView | None:
    with store.reading() as connection:
        return read_article(connection, article_id, ordinal)


def test_an_article_leads_to_its_bytes_and_to_each_of_its_states(store: Store) -> None:
    of, later = night(), night(day=DAY + timedelta(days=1))

    def work(rows: Rows) -> None:
        write_night(rows, later)
        text(rows, of, "1", title="旧题")
        text(rows, later, "1", title="新题", ordinal=2, revision_kind="substantive", text="新文")

    load(store, [of, later], work)
    with store.reading() as connection:
        article_id = connection.execute(select(Article.__table__.c.id)).scalar_one()
    now, before = article(store, article_id), article(store, article_id, 1)
    assert now is not None
    assert before is not None
    assert (now.revision["title"], before.revision["title"]) == ("新题", "旧题")
    assert [(line.ordinal, line.kind, line.current) for line in now.revisions] == [
        (1, "new", False),
        (2, "substantive", True),
    ]
    assert now.capture["id"] == now.revision["capture_id"] != before.capture["id"]
    assert now.capture["file"].startswith("archive/tibet_net/")
    assert article(store, article_id, 3) is None
    assert article(store, 1) is None


def test_a_site_that_was_down_asks_for_one_person_and_says_the_cause_first(store: Store) -> None:
    """Three questions fail for one reason; three calls for help would hide a fourth that has another."""
    questions = (
        ("no channel is silent", "hard", "yc, zx", "links on every listing", "has the layout changed?"),
        ("every listing was walked", "hard", "incomplete", "complete", "the site answers 503; run `crawl` again"),
        ("articles are there", "hard", "0 articles", "at least 1", "look at the listings"),
    )
    nights = [night(day=DAY, failed_checks=questions), night(day=DAY - timedelta(days=1), failed_checks=questions)]
    store.write(lambda connection: fill(connection, nights))
    view = see(store)
    assert [len(checks) for checks in view.failed_runs] == [3, 3]
    assert {checks[0].question for checks in view.failed_runs} == {"every listing was walked"}
    assert view.hands_needed == 2 + len(view.open_urls) + len(view.gaps) + len(view.late)
