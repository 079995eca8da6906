"""The archive is what everything else can be made from again: it is whole, readable by others, and never rewritten."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from crawler.artefacts import RunFolder
from crawler.errors import ArtefactError
from crawler.fetch.archive import RunArchive
from crawler.fetch.capture import open_payload, read_response
from crawler.fetch.cdxj import read_index
from crawler.fetch.content_coding import PayloadError, decode_content
from crawler.fetch.revisit import KnownUrl, KnownUrlsFile, as_lines
from crawler.fetch.segments import ARCHIVE_NAME, archive_name, spool
from crawler.fetch.warc_write import Exchange
from crawler.run import Run
from tests.fetch.crawls import WINDOW

NOW = datetime(2026, 6, 16, 17, 5, 9, 123456, tzinfo=UTC)


def _exchange(url: str = "https://www.tibet.cn/a?b=中", body: bytes = b"x", **headers: str) -> Exchange:
    return Exchange(
        url=url,
        request_line=b"GET /a HTTP/1.1",
        request_headers=[(b"Host", b"www.tibet.cn")],
        status_line=b"HTTP/1.1 200 OK",
        headers=[(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        body=body,
        fetched_at=NOW,
        ip_address="203.0.113.7",
    )


def _folder(root: UPath) -> RunFolder:
    folder = RunFolder(Run("tibet_net", WINDOW), root)
    folder.create()
    return folder


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=6), st.integers(min_value=0, max_value=4000))
def test_a_file_torn_anywhere_keeps_its_whole_records(bodies: list[bytes], cut: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as root:
        folder = _folder(UPath(root))
        archive = RunArchive(folder)
        written = [archive.write(_exchange(f"https://x.cn/{n}", body)) for n, body in enumerate(bodies)]
        path = Path((folder / "captures.warc.gz.open").path)
        os.truncate(path, max(0, path.stat().st_size - cut))
        size = path.stat().st_size
        again = RunArchive(folder)
        kept = [c for c in written if c.offset + c.length <= size]
        assert again.resumed == len(kept)
        for capture, body in zip(kept, bodies, strict=False):
            assert again.read(again.captures(capture.url)[0]).body == body
        again.write(_exchange("https://x.cn/new", b"after the tear"))
        again.seal()
        assert len(list(read_index(folder))) == len(kept) + 1


def test_warcio_checks_the_archive_and_finds_every_header(tmp_path: Path) -> None:
    folder = _folder(UPath(str(tmp_path)))
    archive = RunArchive(folder)
    archive.write(_exchange(body=gzip.compress("正文".encode()), Content_Encoding="gzip", Transfer_Encoding="chunked"))
    archive.write(_exchange("https://x.cn/empty", b"", ETag='"1"', Last_Modified="Tue, 16 Jun 2026 00:00:00 GMT"))
    archive.seal()
    path = tmp_path / archive_name(folder.run, 0)
    done = subprocess.run(
        [Path(sys.executable).with_name("warcio"), "check", "-v", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("digest pass") == 5
    plain = gzip.decompress(path.read_bytes())
    assert plain.startswith(b"WARC/1.1\r\nWARC-Type: warcinfo")
    assert b"WARC-IP-Address: 203.0.113.7" in plain
    assert b"WARC-Date: 2026-06-16T17:05:09.123456Z" in plain
    assert b"X-Archive-Orig-Transfer-Encoding: chunked" in plain
    first, second = sorted(read_index(folder), key=lambda capture: capture.offset)
    assert (second.etag, second.last_modified) == ('"1"', "Tue, 16 Jun 2026 00:00:00 GMT")
    assert first.fetched_at == NOW
    assert open_payload(folder.data_root, first.file, first.offset, first.length).decode() == "正文"


def test_the_run_and_the_archive_share_one_file(tmp_path: Path) -> None:
    folder = _folder(UPath(str(tmp_path)))
    archive = RunArchive(folder)
    archive.write(_exchange())
    archive.seal()
    kept = tmp_path / archive_name(folder.run, 0)
    assert kept.samefile((folder / "captures.warc.gz").path)
    assert kept.parent == tmp_path / "archive" / "tibet_net" / "2026" / "06"


def test_an_archive_that_was_never_kept_is_kept_at_the_next_start(tmp_path: Path) -> None:
    folder = _folder(UPath(str(tmp_path)))
    archive = RunArchive(folder)
    archive.write(_exchange())
    archive.seal()
    # Killed between its name and its place in the archive.
    (tmp_path / archive_name(folder.run, 0)).unlink()
    Path((folder / RunFolder.INDEX).path).unlink()
    RunArchive(folder).seal()
    assert (tmp_path / archive_name(folder.run, 0)).exists()
    assert len(list(read_index(folder))) == 1


def test_a_flipped_bit_is_found_and_not_parsed(tmp_path: Path) -> None:
    folder = _folder(UPath(str(tmp_path)))
    archive = RunArchive(folder)
    capture = archive.write(_exchange(body=b"the text as it was"))
    archive.seal()
    path = tmp_path / capture.file
    data = path.read_bytes()
    member = gzip.decompress(data[capture.offset : capture.offset + capture.length])
    forged = gzip.compress(member.replace(b"as it was", b"as it is."), mtime=0)
    path.write_bytes(data[: capture.offset] + forged + data[capture.offset + capture.length :])
    with pytest.raises(ArtefactError, match="digest"):
        read_response(folder.data_root, capture.file, capture.offset, len(forged))
    with pytest.raises(ArtefactError):
        RunArchive(folder)


def test_a_record_that_the_disk_has_lost_is_missed_before_the_crawl_counts(tmp_path: Path) -> None:
    folder = _folder(UPath(tmp_path))
    archive = RunArchive(folder)
    archive.write(_exchange("https://www.tibet.cn/a"))
    second = archive.write(_exchange("https://www.tibet.cn/b"))
    path = Path((folder / "captures.warc.gz.open").path)
    # Cut at a record's border, so that the file looks whole.
    os.truncate(path, second.offset)
    with pytest.raises(ArtefactError, match="1 responses that were written cannot be read back"):
        archive.seal()
    again = RunArchive(folder)
    assert again.captures("https://www.tibet.cn/a")
    assert not again.captures("https://www.tibet.cn/b"), "the next try must fetch it"


def test_an_object_store_gets_the_segments_when_they_are_sealed() -> None:
    root = UPath(f"memory://bucket-{uuid4().hex}/dibao")
    folder = _folder(root)
    archive = RunArchive(folder)
    first = archive.write(_exchange(body=b"one"))
    assert not (folder / "captures.warc.gz").exists()
    archive.seal()
    assert (folder / "captures.warc.gz").exists()
    assert not spool(folder).exists()
    assert open_payload(root, first.file, first.offset, first.length) == b"one"
    again = RunArchive(folder)
    assert again.sealed == 1
    assert again.read(again.captures(first.url)[0]).body == b"one"
    again.write(_exchange("https://x.cn/2", b"two"))
    assert again.seal() == ["captures.warc.gz", "captures-1.warc.gz"]
    assert len(list(read_index(folder))) == 2


def test_a_run_folder_that_was_deleted_comes_back_from_the_archive(tmp_path: Path) -> None:
    folder = _folder(UPath(str(tmp_path)))
    archive = RunArchive(folder)
    first = archive.write(_exchange(body=b"stored last night"))
    archive.seal()
    kept = tmp_path / first.file
    before = kept.read_bytes()
    shutil.rmtree(folder.path.path)
    folder.create()
    again = RunArchive(folder)
    assert again.sealed == 1, "a second segment 0 would be written over the bytes that the store points to"
    assert again.read(again.captures(first.url)[0]).body == b"stored last night"
    late = again.write(_exchange("https://x.cn/late", b"a late article"))
    assert again.seal() == ["captures.warc.gz", "captures-1.warc.gz"]
    assert kept.read_bytes() == before
    assert late.file != first.file
    for capture, body in ((first, b"stored last night"), (late, b"a late article")):
        assert open_payload(folder.data_root, capture.file, capture.offset, capture.length) == body


def test_a_segment_that_is_not_the_archives_is_refused_and_the_archives_stays(tmp_path: Path) -> None:
    folder = _folder(UPath(str(tmp_path)))
    archive = RunArchive(folder)
    capture = archive.write(_exchange(body=b"stored"))
    archive.seal()
    own, kept = Path((folder / "captures.warc.gz").path), tmp_path / capture.file
    # The same size, other bytes: only the digest tells.
    other = bytearray(kept.read_bytes())
    other[-1] ^= 1
    own.unlink()
    own.write_bytes(other)
    with pytest.raises(ArtefactError, match="Leave the archive's file") as raised:
        RunArchive(folder)
    assert f"move {own} out" in str(raised.value)
    # Following the advice mends it.
    own.rename(tmp_path / "moved.warc.gz")
    again = RunArchive(folder)
    assert again.read(again.captures(capture.url)[0]).body == b"stored"
    assert open_payload(folder.data_root, capture.file, capture.offset, capture.length) == b"stored"


def test_a_spool_left_on_one_worker_does_not_hide_what_another_has_published() -> None:
    root = UPath(f"memory://bucket-{uuid4().hex}/dibao")
    folder = _folder(root)
    archive = RunArchive(folder)
    published = archive.write(_exchange(body=b"published by another worker"))
    archive.seal()
    # This worker was killed after it had sealed its own, before it published.
    spool(folder).mkdir(parents=True)
    (spool(folder) / "captures.warc.gz").write_bytes(gzip.compress(b"left over"))
    again = RunArchive(folder)
    assert again.read(again.captures(published.url)[0]).body == b"published by another worker"
    again.seal()
    assert open_payload(root, published.file, published.offset, published.length) == b"published by another worker"


def test_an_offset_into_another_file_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    folder = _folder(UPath(str(tmp_path)))
    archive = RunArchive(folder)
    capture = archive.write(_exchange(body=os.urandom(5000)))
    archive.seal()
    with pytest.raises(ArtefactError, match="restore it from its backup"):
        read_response(folder.data_root, capture.file, capture.offset + 7, capture.length)


@pytest.mark.parametrize(
    "url", ["file:///ab/my page.html", "https://x.cn/a b?c={d e}", "https://x.cn/中\u2028文\x85", "http://[nobody/"]
)
def test_an_address_with_a_space_or_a_strange_line_end_is_found_in_the_index_again(tmp_path: Path, url: str) -> None:
    folder = _folder(UPath(str(tmp_path)))
    archive = RunArchive(folder)
    archive.write(_exchange(url, ETag='"v\x852\u2028"'))
    archive.write(_exchange("https://x.cn/next"))
    archive.seal()
    assert {capture.url for capture in read_index(folder)} == {url, "https://x.cn/next"}
    lines = (folder / RunFolder.INDEX).read_text(encoding="utf-8").split("\n")[:-1]
    # The format of the line: key, time stamp, JSON.
    assert all(len(line.split(" ", 2)[1]) == 14 and line.split(" ", 2)[2].startswith("{") for line in lines)


def test_what_the_store_knows_survives_a_validator_with_a_strange_line_end(tmp_path: Path) -> None:
    known = KnownUrl("tibet", "100", NOW, None, "https://x.cn/100", '"\x85\u2028x"')
    folder = _folder(UPath(str(tmp_path)))
    folder.write_lines("known.jsonl", as_lines([known, replace(known, key="101")]))
    assert list(KnownUrlsFile(Path((folder / "known.jsonl").path))) == [known, replace(known, key="101")]
    folder.write_lines("known.jsonl", [])
    assert list(KnownUrlsFile(Path((folder / "known.jsonl").path))) == []


@given(st.binary(max_size=2000), st.sampled_from(["gzip", "x-gzip", "deflate", "identity", "", "gzip, identity"]))
def test_what_was_coded_is_decoded(body: bytes, coding: str) -> None:
    coded = {"gzip": gzip.compress, "deflate": zlib.compress}.get(coding.split(",")[0].removeprefix("x-"), bytes)(body)
    assert decode_content(coded, coding, 1 << 20) == body


@given(st.binary(min_size=1, max_size=400), st.sampled_from(["gzip", "deflate", "br", "zstd"]))
def test_no_payload_breaks_the_decoder_but_by_its_own_error(body: bytes, coding: str) -> None:
    try:
        decode_content(body, coding, 1 << 20)
    except PayloadError:
        return


def test_a_payload_may_come_in_several_members() -> None:
    assert decode_content(gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0", "gzip", 100) == b"one two"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_bomb_is_not_unpacked(coding: str) -> None:
    import brotli

    bomb = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[coding](b"\0" * (20 << 20))
    with pytest.raises(PayloadError, match="larger") as raised:
        decode_content(bomb, coding, 1 << 20)
    assert raised.value.too_large


@pytest.mark.parametrize("number", [0, 1, 12, 1_234_567])
@pytest.mark.parametrize("more", [{}, {"channels": ("yc",)}, {"page_limit": 3}, {"digest": "0123456789abcdef"}])
def test_a_file_of_the_archive_tells_its_run_by_its_name(more: dict[str, Any], number: int) -> None:
    """A restored archive may have lost all else that says which night a file is of."""
    run = Run("imported" if "digest" in more else "tibet_net", WINDOW, **more)
    match = ARCHIVE_NAME.fullmatch(archive_name(run, number))
    assert match is not None
    assert int(match["number"] or 0) == number
    assert (match["digest"] or match["start"]) == more.get("digest", "2026-06-15")
    assert (match["selection"] is not None) == ("channels" in more or "page_limit" in more)
