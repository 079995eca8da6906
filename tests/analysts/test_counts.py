"""Three places that count the same night: a reader who adds them up must come to the same articles."""

from __future__ import annotations

from datetime import date, datetime

from crawler.corpus.funnel import fate_days, funnels
from crawler.run import SHANGHAI
from crawler.status import articles_per_day, run_states
from models.aggregates import refresh_aggregates
from models.store import Store
from tests.corpus.sample import Night, Rows, fill, write_event, write_night, write_text

NIGHT = Night("xinjiang_gov", date(2026, 6, 16), date(2026, 6, 17))
NOW = datetime(2026, 6, 17, 9, tzinfo=SHANGHAI)
AT = datetime(2026, 6, 16, 10, tzinfo=SHANGHAI)


def test_articles_without_text_are_counted_as_articles_and_told_apart_wherever_they_are_shown(store: Store) -> None:
    store.write(lambda connection: fill(connection, []))
    rows = Rows()
    write_night(rows, NIGHT)
    for key, kind in (("1", "article"), ("2", "document"), ("3", "image_only"), ("4", "image_only")):
        write_text(rows, NIGHT, key=key, title=key, paragraphs=[], text=key, published=AT, crawled_at=AT, kind=kind)
    write_event(rows, NIGHT, "https://news.example.cn/1.html", "gallery", AT)
    store.write(rows.write)
    store.write(lambda connection: refresh_aggregates(connection, NIGHT.run_id))
    with store.reading() as connection:
        (state,) = run_states(connection)
        (funnel,) = funnels(connection, {"xinjiang_gov": "新疆"}, NOW)
        (day,) = fate_days(connection, ["xinjiang_gov"])
        (stored,) = articles_per_day(connection)
    assert (state.figures["new"], state.figures["image_only"], state.figures["not_article"]) == (2, 2, 1)
    assert day.figures == state.figures
    assert funnel.new == state.figures["new"] + state.figures["image_only"] == stored.articles == 4
