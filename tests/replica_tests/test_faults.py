"""Each fault does what its name says, where it was told to and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.errors import Fate
from tests.replica import Handle, start
from tests.replica.faults import FAULTS
from tests.replica_tests.asking import article_url, articles, get
from tests.replica_tests.faults import answers, connection, encodings, lists, pages

CHECKS = answers.CHECKS | connection.CHECKS | encodings.CHECKS | lists.CHECKS | pages.CHECKS


def test_a_fault_would_be_named_and_never_tried() -> None:
    assert set(CHECKS) == set(FAULTS)
    assert len(FAULTS) >= 80
    known = {fate.value for fate in Fate}
    for fault in FAULTS.values():
        assert set(fault.fates) <= known, fault.name
        assert bool(fault.fates) == (fault.scope in ("article", "any")), fault.name
        assert fault.about


@pytest.fixture(scope="module")
def faulty() -> Iterator[Handle]:
    with start(hiccups=False) as replica:
        yield replica


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_fault_would_not_do_what_it_says(faulty: Handle, name: str) -> None:
    url = article_url(faulty)
    assert get(faulty, url).status == 200
    faulty.fault(name)
    try:
        CHECKS[name](faulty, url)
    finally:
        faulty.clear()
    calm = get(faulty, url)
    assert calm.status == 200
    assert "</html>" in calm.text


def test_a_fault_would_strike_where_it_was_not_told_to(own: Handle) -> None:
    sichuan, tibet = article_url(own), article_url(own, "tibet_net")
    own.fault("http_500", site="sichuan_gov", scope="article")
    assert get(own, sichuan).status == 500
    assert get(own, tibet).status == 200
    assert get(own, "https://www.sc.gov.cn/10462/12771/list_ft.shtml").status == 200
    own.clear()
    own.fault("http_500", site="www.tibet.cn", path=r"/cn/news/zx/")
    assert get(own, "https://www.tibet.cn/cn/news/zx/").status == 500
    assert get(own, "https://www.tibet.cn/cn/news/yc/").status == 200
    own.clear()
    own.fault("http_500", rate=0.3)
    urls = [row["url"] for row in articles(own.truth("tibet_net"))[-200:] if not row["gone_from"]]
    struck = [get(own, url).status == 500 for url in urls]
    assert 30 <= sum(struck) <= 90
    assert [get(own, url).status == 500 for url in urls] == struck
    with pytest.raises(KeyError):
        own.fault("nonsense")
    with pytest.raises(ValueError, match="scope"):
        own.fault("reset", scope="moon")
