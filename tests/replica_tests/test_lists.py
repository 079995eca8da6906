"""An article that its list does not name would be lost by no crawl's fault, and no test would see it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.replica import Handle
from tests.replica_tests.asking import PUBLISHERS, articles, get
from tests.replica_tests.lists import channel_urls, listed, roll, static_links


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_a_crawl_test_would_pass_while_articles_are_missing_from_the_lists(
    shared: Handle, truth: list[dict[str, Any]], publisher: str
) -> None:
    found = listed(shared, publisher)
    known = channel_urls(publisher)
    mine = [row for row in truth if row["publisher"] == publisher]
    every = {link for row in mine for link in row["links"]}
    for key, links in found.items():
        # Compared without the scheme: lists name their articles by path.
        bare = [re.sub(r"^https?:", "", link) for link in links]
        assert {re.sub(r"^https?:", "", link) for link in every} >= set(bare), (
            f"{key} lists what the truth does not know"
        )
        expected = {re.sub(r"^https?:", "", row["found_url"]) for row in mine if key in row["channels"]}
        assert expected <= set(bare), f"{key} does not list all of its articles"
        assert max(Counter(bare).values()) == 1, f"{key} lists an address twice"
    shown = {re.sub(r"^https?:", "", link) for links in found.values() for link in links}
    for row in mine:
        if set(row["channels"]) & set(known):
            assert {re.sub(r"^https?:", "", link) for link in row["links"]} <= shown, row["url"]


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_a_run_would_look_full_with_too_few_articles_a_day(truth: list[dict[str, Any]], publisher: str) -> None:
    channels = set(channel_urls(publisher))
    days = Counter(row["day"] for row in articles(truth, publisher) if set(row["channels"]) & channels)
    for n in range(7, 17):
        assert 15 <= days[f"2026-06-{n:02d}"] <= 60, (publisher, n, days[f"2026-06-{n:02d}"])
    assert len([day for day in days if day < "2026-06-07"]) > 50, "the lists are not deep"
    window = [r for r in articles(truth, publisher) if r["day"] == "2026-06-15"]
    assert len({channel for row in window for channel in row["channels"]}) >= 4
    assert all(row["day"] <= "2026-06-17" for row in truth)


def test_stopping_by_date_would_not_be_tested_by_lists_of_one_page(shared: Handle) -> None:
    for publisher in PUBLISHERS[1:]:
        sizes = {
            key: static_links(shared, url)[1]
            for key, url in channel_urls(publisher).items()
            if not key.startswith("klmy")
        }
        assert max(sizes.values()) >= 7, sizes
    assert roll(shared, 384, 2519)["total"] > 500


def test_the_menu_would_not_be_needed_to_find_a_channel(shared: Handle) -> None:
    page = get(shared, "https://www.tibet.cn/cn/Instant/").text
    assert re.search(r'<a href="(/cn/Instant/difang/)">地方</a>', page)
    home = get(shared, "http://www.xjjh.gov.cn/").text
    assert '<a href="ztzl/zxbb.htm" title="最新播报">' in home
