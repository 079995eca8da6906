"""What is asked for is what is read: a wider reading costs hours, a narrower one leaves the corpus half mended."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.config import Config
from crawler.errors import ConfigurationError
from crawler.reparse.differences import differences
from crawler.reparse.read import read
from crawler.reparse.request import Reparse
from crawler.run import Window
from models.store import Store
from tests.reparse.archived import DAY, MONDAY, ArchivedNight, Shown, address, installed, quiet, right, wrong

WINDOW = Window(MONDAY, MONDAY + DAY)


@pytest.fixture
def misread(store: Store, config: Config) -> ArchivedNight:
    """A night of twelve pages, two of which were not read."""
    with installed(wrong, "1"):
        return ArchivedNight(config, [Shown(number) for number in range(7001, 7013)]).through()


@pytest.mark.parametrize(
    ("asked", "pages"),
    [
        (Reparse("tibet_net", WINDOW, layouts=("unread",)), 2),
        (Reparse("tibet_net", WINDOW, layouts=("tibet_net/*",)), 10),
        (Reparse("tibet_net", None, urls=(address(7002), address(7001))), 2),
        (Reparse("tibet_net", Window(MONDAY + DAY, MONDAY + 2 * DAY)), 0),
        (Reparse("tibet_net", WINDOW, sites=("tibet",)), 12),
        (Reparse.from_json({"publisher": "tibet_net", "from": "2026-06-09", "to": "2026-06-10", "by": "captured"}), 12),
        (Reparse.from_json({"publisher": "tibet_net", "from": "2026-06-08", "to": "2026-06-09", "by": "captured"}), 0),
        (Reparse("sichuan_gov", WINDOW), 0),
    ],
    ids=["unread", "layout", "addresses", "other days", "site", "captured then", "captured before", "other publisher"],
)  # fmt: skip
def test_only_what_is_asked_for_is_read(
    misread: ArchivedNight, store: Store, config: Config, asked: Reparse, pages: int
) -> None:
    with installed(right, "2"):
        assert read(asked, config, on_line=quiet)["pages"] == pages


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"publisher": "nobody", "from": "2026-06-08", "to": "2026-06-09"}, "nobody"),
        ({"publisher": "tibet_net"}, "say what to read again"),
        ({"publisher": "tibet_net", "from": "2026-06-08"}, "only From was given"),
        ({"publisher": "tibet_net", "from": "2026-06-09", "to": "2026-06-08"}, "must be a later day than From"),
        ({"publisher": "tibet_net", "from": "2026-06-08", "to": "2026-06-09", "sites": ["lhasa"]}, "no site 'lhasa'"),
        ({"publisher": "tibet_net", "from": "2026-06-08", "to": "2026-06-09", "by": "moon"}, "days are"),
    ],
)
def test_a_wrong_wish_is_refused_before_anything_starts(form: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Reparse.from_json(form)


@pytest.mark.parametrize(
    ("precisions", "shown"),
    [
        (("day", "minute"), ("2026-06-15", "2026-06-16 14:08")),
        (("second", "day"), ("2026-06-15 00:00:00", "2026-06-16")),
        ((None, "minute"), ("", "2026-06-16 14:08")),
    ],
)
def test_a_difference_of_times_shows_no_hour_that_a_page_has_not_printed(
    precisions: tuple[str | None, str], shown: tuple[str, str]
) -> None:
    """A page that gave its day alone looked as if it had been published at midnight."""
    before, after = (
        {"published_at": moment if precision else "", "published_precision": precision}
        for moment, precision in zip(("2026-06-15 00:00:00", "2026-06-16 14:08:00"), precisions, strict=True)
    )
    assert differences(before, after)["published_at"] == {"before": shown[0], "after": shown[1]}
