"""Each way in which a page can fail to come ends in its own fate, and none costs another page."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.fetch.capture import open_payload
from tests.fetch.crawls import Crawled, crawl
from tests.fetch.site import Answer, Asked, Site, article, page, trs_list

HOME = "https://www.tibet.cn"
LIST = f"{HOME}/cn/news/yc/"
WHOLE = article("赛马节开幕")
_PAGE = gzip.decompress(WHOLE.body)
BROKEN_OFF = _PAGE[: _PAGE.index("兽医站".encode())]


def _twice_then(bad: Answer, good: Answer) -> object:
    def answer(asked: Asked) -> Answer:
        return good if asked.number == 2 else bad

    return answer


def _gbk(text: str) -> str:
    """A header's value as `http.server` must be given it to send GBK."""
    return text.encode("gbk").decode("latin-1")


def _chain(asked: Asked) -> Answer:
    step = int(asked.path.rsplit("_", 1)[1].split(".")[0])
    return Answer(status=302, headers={"Location": f"t20260615_{step + 1}.html"})


FAULTS: dict[str, tuple[object, str | None]] = {
    "whole": (WHOLE, None),
    "uncompressed": (Answer(gzip.decompress(WHOLE.body), headers={"Content-Type": "text/html; charset=utf-8"}), None),
    "gone": (Answer(b"404", 404), "gone"),
    "gone_for_good": (Answer(b"410", 410), "gone"),
    "server_error": (Answer(b"oops", 500), "server_error"),
    "passing_error": (_twice_then(Answer(b"busy", 503), WHOLE), None),
    "asks_for_a_second": (_twice_then(Answer(b"busy", 503, {"Retry-After": "1"}), WHOLE), None),
    "forbidden": (Answer(b"<h1>403 Forbidden</h1>", 403), "blocked"),
    "too_many": (Answer(b"slow down", 429), "rate_limited"),
    "never_answers": (Answer(b"late", hold=6), "timeout"),
    "reset": (Answer(reset=True), "network_error"),
    "reset_once": (_twice_then(Answer(reset=True), WHOLE), None),
    "cut": (Answer(b"<html>" + b"x" * 5000, headers={"Content-Type": "text/html"}, drop_after=900), "truncated"),
    "cut_gzip": (Answer(WHOLE.body[:-40], headers=WHOLE.headers), "truncated"),
    "damaged_gzip": (Answer(b"\x1f\x8b\x08\x00nonsense", headers=WHOLE.headers), "truncated"),
    "raw_deflate": (
        Answer(
            zlib.compress(gzip.decompress(WHOLE.body), wbits=-15),
            headers={"Content-Type": "text/html", "Content-Encoding": "deflate"},
        ),
        None,
    ),
    "announced_too_large": (Answer(b"x", headers={"Content-Length": str(300 << 20)}), "too_large"),
    "sent_too_large": (Answer(b"x" * (3 << 20), headers={"Content-Length": str(3 << 20)}), "too_large"),
    "bomb": (Answer(gzip.compress(b"\0" * (60 << 20)), headers=WHOLE.headers), "too_large"),
    "moved": (Answer(status=301, headers={"Location": "/cn/news/zx/202606/t20260615_900.html"}), None),
    "moved_away": (Answer(status=302, headers={"Location": "http://spam.example/x.html"}), "off_site"),
    "moved_inside": (Answer(status=302, headers={"Location": "http://127.0.0.1:22/"}), "off_site"),
    "moved_to_a_file": (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "off_site"),
    "moved_to_nonsense": (Answer(status=302, headers={"Location": "http://[nowhere/"}), "server_error"),
    "in_a_circle": (Answer(status=302, headers={"Location": "t20260615_25.html"}), "redirect_loop"),
    "chain": (_chain, "redirect_loop"),
    # Bytes that are not UTF-8: what an old IIS writes into a header.
    "gbk_header": (article("头部是国标码", X_Info=_gbk("公告")), None),
    "moved_to_gbk": (Answer(status=302, headers={"Location": _gbk("/cn/news/zx/公告.html")}), None),
    "moved_to_a_gbk_host": (Answer(status=302, headers={"Location": _gbk("http://公告/x.html")}), "off_site"),
    # The length is right and the page is not: its server stopped in the middle.
    "cut_in_its_text": (Answer(BROKEN_OFF, headers={"Content-Type": "text/html; charset=utf-8"}), "truncated"),
    "cut_once": (_twice_then(Answer(BROKEN_OFF, headers={"Content-Type": "text/html; charset=utf-8"}), WHOLE), None),
}
NAMES = list(FAULTS)


def _number(name: str) -> int:
    # Far apart, so that the chain of redirects has room behind it.
    return 10 + NAMES.index(name)


def _path(name: str) -> str:
    number = 800 if name == "chain" else 25 if name == "in_a_circle" else 100 + _number(name)
    return f"202606/t20260615_{number}.html"


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Crawled]]:
    site = Site()
    site.add(f"{HOME}/robots.txt", b"User-agent: *\nDisallow: /cn/secret/\n")
    rows: list[tuple[str, str]] = []
    for count, (name, (answer, _)) in enumerate(FAULTS.items()):
        rows += [(_path(name), name), (f"202606/t20260615_{5000 + count}.html", "between")]
        site.add(LIST + _path(name), answer)  # type: ignore[arg-type]
        # A page that comes between two faults: a host that fails again and again is left alone, by another rule.
        site.add(f"{LIST}202606/t20260615_{5000 + count}.html", article(f"间隔{count}"))
    for step in range(801, 810):
        site.add(f"{LIST}202606/t20260615_{step}.html", _chain)
    site.add(f"{HOME}/cn/news/zx/202606/t20260615_900.html", article("搬了家"))
    # As browsers ask for it: the bytes of the header, percent-encoded.
    site.add(f"{HOME}/cn/news/zx/%B9%AB%B8%E6.html", article("搬到国标码地址"))
    site.add(f"{LIST}202606/t20260615_700.html", _parts(0))
    site.add(f"{LIST}202606/t20260615_700_1.html", _parts(1))
    site.add(f"{LIST}202606/t20260615_700_2.html", _parts(2))
    site.add(f"{HOME}/cn/news/zx/202606/t20260615_901.html", article("两个地址"))
    rows += [
        ("202606/t20260615_700.html", "three parts"),
        ("/cn/secret/202606/t20260615_701.html", "disallowed"),
        ("http://m.spam.example/cn/news/yc/202606/t20260615_702.html", "a mirror"),
        ("http://media.tibet.cn/photo/news/123.shtml", "a gallery"),
        ("/cn/zhuanti/", "not an article"),
        ("202606/t20260610_703.html", "before the window"),
        ("202606/t20260617_704.html", "after the window"),
        ("/cn/news/zx/202606/t20260615_901.html", "first of two"),
        ("/cn/NEWS/zx/202606/t20260615_901.html", "second of two"),
    ]
    site.add(LIST, trs_list(rows))
    with site.served() as gateway:
        yield site, crawl(gateway, tmp_path_factory.mktemp("data"), response_limit_mb=2)


def _parts(current: int) -> Answer:
    script = f'<script>createPageHTML(3, {current}, "t20260615_700", "html");</script>'
    return page(f"<html><head><meta charset='utf-8'></head><body><p>第{current}部分</p>{script}</body></html>")


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_is_named_and_costs_no_other_page(crawled: tuple[Site, Crawled], name: str) -> None:
    assert crawled[1].fate(_path(name)) == FAULTS[name][1], crawled[1].row(_path(name))["evidence"]


def test_pages_between_faults_all_come(crawled: tuple[Site, Crawled]) -> None:
    between = [row for row in crawled[1].rows if row["listed"]["title"] == "between"]
    assert len(between) == len(FAULTS)
    assert all(row["fate"] is None and row["capture"]["status"] == 200 for row in between)


@pytest.mark.parametrize(
    ("ending", "fate"),
    [
        ("t20260615_701.html", "robots_disallowed"),
        ("t20260615_702.html", "off_site"),
        ("123.shtml", "gallery"),
        ("/cn/zhuanti/", "other_kind"),
        ("t20260610_703.html", "out_of_window"),
        ("t20260617_704.html", "out_of_window"),
        ("/cn/news/zx/202606/t20260615_901.html", None),
        ("/cn/NEWS/zx/202606/t20260615_901.html", "duplicate_link"),
    ],
)
def test_a_link_that_is_not_fetched_says_why(crawled: tuple[Site, Crawled], ending: str, fate: str | None) -> None:
    assert crawled[1].fate(ending) == fate


def test_no_request_goes_to_a_foreign_or_forbidden_address(crawled: tuple[Site, Crawled]) -> None:
    site, _ = crawled
    assert {asked.host for asked in site.asked} == {"www.tibet.cn"}
    assert not [path for path in site.paths() if "secret" in path or "_703" in path or "_704" in path]


def test_refusals_are_never_tried_again_and_passing_faults_are(crawled: tuple[Site, Crawled]) -> None:
    site, _ = crawled
    tries = {name: site.paths().count(f"/cn/news/yc/{_path(name)}") for name in NAMES}
    assert tries["forbidden"] == tries["too_many"] == tries["gone"] == tries["announced_too_large"] == 1
    assert tries["server_error"] == tries["never_answers"] == 3
    assert tries["passing_error"] == 2


def test_an_article_in_parts_has_them_all_in_order(crawled: tuple[Site, Crawled]) -> None:
    row = crawled[1].row("t20260615_700.html")
    parts = [part["url"].rsplit("/", 1)[1] for part in row["further"]]
    assert parts == ["t20260615_700_1.html", "t20260615_700_2.html"]


def test_an_article_whose_pager_never_ends_is_too_large_and_not_asked_for_on_and_on(tmp_path: Path) -> None:
    site = Site()
    site.add(f"{HOME}/robots.txt", b"")
    site.add(LIST, trs_list([("202606/t20260615_800.html", "没有尽头")]))

    def one_more(asked: Asked) -> Answer:
        name = asked.path.rsplit("/", 1)[1].removesuffix(".html")
        return Answer(f"<html><body><p>正文</p><a href='{name}_1.html'>下一页</a></body></html>".encode())

    name = "202606/t20260615_800"
    for _ in range(80):
        site.add(f"{LIST}{name}.html", one_more)
        name += "_1"
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
    row = result.row("t20260615_800.html")
    assert row["fate"] == "too_large"
    assert "60 further pages" in row["evidence"]["message"]
    assert len(site.asked) < 70


def test_a_moved_article_tells_the_address_that_answered(crawled: tuple[Site, Crawled]) -> None:
    row = crawled[1].row(_path("moved"))
    assert row["capture"]["url"] == f"{HOME}/cn/news/zx/202606/t20260615_900.html"
    assert row["url"] == LIST + _path("moved")


def test_every_exchange_is_archived_errors_and_redirects_too(crawled: tuple[Site, Crawled]) -> None:
    statuses = {capture.url: capture.status for capture in crawled[1].index}
    assert statuses[LIST] == 200
    assert statuses[f"{HOME}/robots.txt"] == 200
    assert statuses[LIST + _path("gone")] == 404
    assert statuses[LIST + _path("forbidden")] == 403
    assert statuses[LIST + _path("moved")] == 301
    torn = [c for c in crawled[1].index if c.url == LIST + _path("cut")]
    assert [c.truncated for c in torn] == ["disconnect"] * 3


def test_the_summary_adds_up(crawled: tuple[Site, Crawled]) -> None:
    result = crawled[1]
    summary = result.folder.read_summary()["crawl"]
    assert summary["discovered"] == len(result.rows) == sum(summary["fates"].values())
    assert summary["captures"] == len(result.index)
    assert len({row["url"] for row in result.rows}) == len(result.rows)


def test_a_third_party_reads_the_archive_whole(crawled: tuple[Site, Crawled], tmp_path: Path) -> None:
    result = crawled[1]
    archived = result.folder.data_root / result.index[0].file
    seen: dict[str, int] = {}
    with archived.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            body = record.content_stream().read() if record.rec_type != "warcinfo" else b"-"
            seen[record.rec_type] = seen.get(record.rec_type, 0) + 1
            target = record.rec_headers.get_header("WARC-Target-URI")
            if target == LIST + _path("whole") and record.rec_type == "response":
                assert "赛马节开幕" in body.decode()
                assert record.http_headers.get_statuscode() == "200"
                assert record.http_headers.get_header("Content-Encoding") == "gzip"
                assert record.rec_headers.get_header("WARC-IP-Address") is None
    assert seen["response"] == seen["request"] == len(result.index)
    assert seen["warcinfo"] == 1


def test_a_capture_leads_to_the_page(crawled: tuple[Site, Crawled]) -> None:
    result = crawled[1]
    capture = result.row(_path("raw_deflate"))["capture"]
    body = open_payload(result.folder.data_root, capture["file"], capture["offset"], capture["length"])
    assert body == gzip.decompress(WHOLE.body)


@pytest.mark.parametrize(
    ("bad", "fate"),
    [
        (Answer(b"404", 404), "gone"),
        (Answer(b"oops", 500), "server_error"),
        (Answer(b"no", 403), "blocked"),
        (Answer(reset=True), "network_error"),
        (Answer(status=302, headers={"Location": "http://spam.example/x.html"}), "off_site"),
        (_parts(0), "gone"),
    ],
    ids=["gone", "fails", "forbidden", "breaks", "leads away", "lacks a part"],
)
def test_an_article_whose_first_address_is_dead_comes_from_its_second(tmp_path: Path, bad: Answer, fate: str) -> None:
    site = Site()
    site.add(f"{HOME}/robots.txt", b"User-agent: *\n")
    addresses = [f"/cn/{name}/yc/202606/t20260615_700.html" for name in ("news", "NEWS", "News", "NeWs")]
    rows = [(address, "x") for address in addresses]
    site.add(LIST, trs_list([*rows, ("202606/t20260615_701.html", "y")]))
    site.add(HOME + addresses[0], bad)
    site.add(HOME + addresses[1], Answer(b"404", 404))
    site.add(HOME + addresses[2], article("第三个地址"))
    site.add(HOME + addresses[3], article("第四个地址"))
    site.add(f"{LIST}202606/t20260615_701.html", article("别的"))
    with site.served() as gateway:
        result = crawl(gateway, tmp_path)
        fates = [result.row(address)["fate"] for address in addresses]
        asked = len(site.asked)
        again = crawl(gateway, tmp_path)
    assert result.error is None, result.log
    assert fates == [fate, "gone", None, "duplicate_link"]
    assert result.row(addresses[2])["capture"]["status"] == 200
    assert addresses[3] not in site.paths()
    # The same run again decides the same, from its archive where that can answer.
    assert [again.row(address)["fate"] for address in addresses] == fates
    if fate == "gone" and bad.status == 404:
        assert len(site.asked) == asked
