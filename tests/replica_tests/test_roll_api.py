"""What is wrong with the live roll API must be wrong with the replica's."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.replica import Handle, start
from tests.replica_tests.lists import roll


def test_a_spider_would_believe_what_the_live_api_gets_wrong(shared: Handle) -> None:
    first = roll(shared, 153, 2516)
    assert first["status"]["code"] == 0
    assert len(first["data"]) == 50
    assert len(roll(shared, 153, 2516, num=400)["data"]) == 50
    assert all(isinstance(row["ctime"], str) and row["ctime"].isdigit() for row in first["data"])
    many = [row for page in range(1, 9) for row in roll(shared, 153, 2516, page)["data"]]
    assert {type(row["img"]) for row in many} == {list, dict}
    assert any("&quot;" in row["title"] or "&middot;" in row["title"] or "&#183;" in row["title"] for row in many)
    times = [int(row["ctime"]) for row in many]
    assert times != sorted(times, reverse=True), "the rows are in perfect order"
    assert abs(times[-1] - min(times)) < 2 * 86400
    assert roll(shared, 153, 2516, 9999)["data"] == []


@pytest.mark.parametrize(
    ("pageid", "lid", "works"), [(153, 2516, True), (153, 2517, True), (155, 1686, False), (384, 2519, False)]
)
def test_a_back_fill_would_take_today_for_the_day_it_asked_for(
    shared: Handle, pageid: int, lid: int, works: bool
) -> None:
    day = datetime.fromisoformat("2026-06-10T00:00:00+08:00")
    asked = {
        "etime": int(day.timestamp()),
        "stime": int(day.timestamp()) + 86400,
        "ctime": int(day.timestamp()) + 86400,
        "date": "2026-06-10",
    }
    rows = roll(shared, pageid, lid, **asked)["data"]
    inside = [day.timestamp() <= int(row["ctime"]) < day.timestamp() + 86400 for row in rows]
    assert rows
    assert all(inside) if works else not any(inside)
    if works:
        expected = [
            r
            for r in shared.truth("sina_finance")
            if r["day"] == "2026-06-10" and {2516: "finance_all", 2517: "stock_all"}[lid] in r["channels"]
        ]
        assert roll(shared, pageid, lid, **asked)["total"] >= len(expected)


def test_an_answer_without_data_would_never_be_met() -> None:
    with start(hiccups=True) as replica:
        busy = 0
        for lid in (2516, 2517):
            for page in range(1, 13):
                answer = roll(replica, 153, lid, page)
                if answer["status"]["code"] != 0:
                    busy += 1
                    assert answer["data"] == {}
                    assert isinstance(roll(replica, 153, lid, page)["data"], list), "the second try fails too"
        assert busy >= 1
