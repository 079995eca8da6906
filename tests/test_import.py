"""Import: pages that somebody saved arrive whole, once, and as nobody's where their host is a stranger's."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.cli import main
from crawler.config import Config
from crawler.errors import ArtefactError, ConfigurationError
from crawler.fetch.archive import RunArchive
from crawler.fetch.capture import open_payload
from crawler.fetch.segments import archive_name
from crawler.importing import import_files
from models.articles import Article, Revision
from models.store import Store
from models.urls import Capture, UrlEvent
from tests.assurance.loaded import CrawledRun, run_of

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>湖畔小镇办起读书节_新浪财经_新浪网</title></head>
<body>
<h1 class="main-title">湖畔小镇办起读书节</h1>
<div class="date-source"><span class="date">2026年06月16日 09:30</span> <span class="source">湖畔晚报</span></div>
<div class="article" id="artibody">
<p>　　六月的清晨，湖面上的雾还没有散，镇上的老粮仓已经坐满了来听故事的孩子和他们的祖父母。</p>
<p>　　组织者说，今年的读书节一共准备了四十二场活动，比去年多出十一场，其中一半由村里的人自己主持。</p>
<p>　　闭幕那天，大家要把各自写下的家史装订成册，存放在新修的阅览室里，任何人都可以借去看。</p>
<p class="article-editor">责任编辑：林小满 </p>
</div></body></html>"""
URL = "https://finance.sina.com.cn/roll/2026-06-16/doc-iabcdefg1234567.shtml"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "saved.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def dibao(*words: str) -> str:
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_saved_page_arrives_with_its_fields_and_leads_back_to_its_bytes(
    page: Path, store: Store, config: Config
) -> None:
    dibao("import", str(page), "--url", URL)
    with store.reading() as connection:
        article = connection.execute(select(Article.__table__)).one()
        revision = connection.execute(select(Revision.__table__)).one()
        capture = connection.execute(select(Capture.__table__)).one()
    assert (article.publisher, article.key) == ("sina_finance", "abcdefg1234567")
    assert revision.title == "湖畔小镇办起读书节"
    assert revision.source == "湖畔晚报"
    assert revision.editor == "林小满"
    assert revision.published_at == datetime(2026, 6, 16, 1, 30, tzinfo=UTC)
    assert [paragraph[:6] for paragraph in revision.paragraphs] == ["六月的清晨，", "组织者说，今", "闭幕那天，大"]
    assert revision.paragraphs[-1].endswith("任何人都可以借去看。")
    assert revision.capture_id == capture.id
    assert open_payload(config.data_root, capture.file, capture.offset, capture.length) == PAGE.encode()


def test_the_same_file_from_another_folder_is_the_same_import_and_writes_nothing(
    page: Path, store: Store, config: Config, tmp_path: Path
) -> None:
    dibao("import", str(page), "--url", URL)
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    copy = moved / page.name
    copy.write_bytes(page.read_bytes())
    assert "nothing was written" in dibao("import", str(copy), "--url", URL)


def test_a_copy_under_a_foreign_host_is_nobodys_own(page: Path, store: Store, config: Config) -> None:
    dibao("import", str(page), "--url", URL.replace("finance.sina.com.cn", "mirror.example.org"))
    with store.reading() as connection:
        assert connection.execute(select(Article.__table__.c.publisher)).scalar_one() == ""


def test_the_machines_folders_stay_out_of_the_store(page: Path, store: Store, config: Config) -> None:
    dibao("import", str(page))
    with store.reading() as connection:
        rows = [
            str(row) for table in (Article, Revision, Capture) for row in connection.execute(select(table.__table__))
        ]
    assert not [row for row in rows if str(page.parent) in row]


def warc(path: Path, *, chunked: bool = False) -> Path:
    """A file as another tool would write it."""
    body = PAGE.encode()
    headers = [("Content-Type", "text/html")]
    if chunked:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        headers.append(("Transfer-Encoding", "chunked"))
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, kind, payload in ((URL, headers, body), (URL + ".png", [("Content-Type", "image/png")], b"PNG")):
            writer.write_record(
                writer.create_warc_record(
                    url,
                    "response",
                    payload=BytesIO(payload),
                    http_headers=StatusAndHeaders("200 OK", kind, protocol="HTTP/1.1"),
                    warc_headers_dict={"WARC-Date": "2026-06-16T08:00:00Z"},
                )
            )
    return path


@pytest.mark.parametrize("chunked", [False, True])
def test_a_warc_file_of_another_tool_gives_its_pages_and_their_dates(
    tmp_path: Path, store: Store, config: Config, chunked: bool
) -> None:
    dibao("import", str(warc(tmp_path / "other.warc.gz", chunked=chunked)))
    with store.reading() as connection:
        revision = connection.execute(select(Revision.__table__)).one()
    assert revision.title == "湖畔小镇办起读书节"
    assert revision.seen_from == datetime(2026, 6, 16, 8, tzinfo=UTC)


def test_a_torn_warc_file_is_refused_by_name_and_nothing_is_stored(
    tmp_path: Path, store: Store, config: Config
) -> None:
    torn = tmp_path / "torn.warc.gz"
    torn.write_bytes(gzip.compress(b"WARC/1.1\r\nWARC-Type: resp")[:-9])
    with pytest.raises((ArtefactError, ConfigurationError), match=r"torn\.warc\.gz"):
        import_files([torn], "", config)


def test_a_folder_is_refused_with_a_hint(tmp_path: Path, config: Config) -> None:
    with pytest.raises(ConfigurationError, match=r"\*\.html"):
        import_files([tmp_path], "", config)


def test_one_url_does_not_go_with_two_files(page: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["import", str(page), str(page), "--url", URL])
    assert result.exit_code == 2


def test_a_manifest_is_parsed_without_a_store(page: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "pages.jsonl"
    manifest.write_text(json.dumps({"id": "a", "url": URL, "file": page.name}) + "\n")
    row = json.loads(dibao("parse", "--manifest", str(manifest)))
    assert (row["id"], row["outcome"], row["published_at"]) == ("a", "article", "2026-06-16T09:30:00+08:00")
    assert row["body"].count("\n") == 2


def test_a_page_whose_name_has_a_space_is_imported_like_any_other(page: Path, store: Store, config: Config) -> None:
    spaced = page.rename(page.with_name("我的 page 1.html"))
    dibao("import", str(spaced))
    with store.reading() as connection:
        assert connection.execute(select(Article.__table__.c.title)).scalar_one() == "湖畔小镇办起读书节"


def record(writer: WARCWriter, status: str, body: bytes, day: str, **headers: str) -> None:
    writer.write_record(
        writer.create_warc_record(
            URL,
            "response",
            payload=BytesIO(body),
            http_headers=StatusAndHeaders(
                status, [("Content-Type", "text/html"), *headers.items()], protocol="HTTP/1.1"
            ),
            warc_headers_dict={"WARC-Date": f"{day}T08:00:00Z"},
        )
    )


def test_an_archive_that_saw_the_page_go_still_gives_the_page(tmp_path: Path, store: Store, config: Config) -> None:
    with (tmp_path / "gone.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        record(writer, "200 OK", PAGE.encode(), "2026-06-16")
        record(writer, "404 Not Found", b"<html>gone</html>", "2026-07-16")
    dibao("import", str(tmp_path / "gone.warc.gz"))
    with store.reading() as connection:
        assert connection.execute(select(Article.__table__.c.key)).scalar_one() == "abcdefg1234567"


def test_one_unreadable_record_does_not_keep_the_others_out(tmp_path: Path, store: Store, config: Config) -> None:
    with (tmp_path / "mixed.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        record(writer, "200 OK", b"\x00\x01", "2026-06-16", **{"Content-Encoding": "snappy"})
    dibao("import", str(tmp_path / "mixed.warc.gz"))
    with store.reading() as connection:
        assert list(connection.execute(select(UrlEvent.__table__.c.fate)).scalars()) == ["decode_failed"]


def test_an_import_that_was_killed_goes_on_and_adds_up(
    page: Path, store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(RunArchive, "seal", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            import_files([page], URL, config)
    dibao("import", str(page), "--url", URL)
    with store.reading() as connection:
        assert len(connection.execute(select(Capture.__table__)).all()) == 1


def test_a_file_of_the_own_archive_is_no_import(config: Config) -> None:
    """Galleries and listings would become articles, the bytes would be there twice, and the audit as red as before."""
    crawled = CrawledRun(config, run_of())
    own = Path(config.data_root.path) / archive_name(crawled.run, 0)
    with pytest.raises(ConfigurationError, match="`dibao rebuild` loads it"):
        import_files([own], "", config)
