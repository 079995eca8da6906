from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.dedupe.documents import dedupe_documents
from crawler.errors import ArtefactError
from tests.dedupe.texts import COPIES, article, corpus


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def printed(path: Path, **options: Any) -> list[dict[str, Any]]:
    out = io.StringIO()
    dedupe_documents(path, out, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_document_gets_a_line_in_order_whatever_the_batch(tmp_path: Path) -> None:
    rows = [
        {"id": f"d{number}", "title": document.title, "paras": document.paragraphs}
        for number, document in enumerate(corpus(20, 4))
    ]
    path = write(tmp_path / "documents.jsonl", rows)
    lines = printed(path)
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
    assert lines == printed(path, batch=25)
    packed = tmp_path / "documents.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert printed(packed) == lines


def test_a_flash_in_a_roundup_is_told_as_contained(tmp_path: Path) -> None:
    parts = [article(number).paragraphs for number in (1, 2, 3, 4)]
    rows = [{"id": number, "title": "", "paras": part} for number, part in enumerate(parts)]
    rows.append({"id": "roundup", "title": "要闻", "paras": [line for part in parts for line in part]})
    lines = printed(write(tmp_path / "documents.jsonl", rows))
    assert [line["contained_in"] for line in lines] == [["roundup"]] * 4 + [[]]
    assert len({line["story"] for line in lines}) == 5


def test_documents_without_title_and_text_are_no_copies_of_each_other(tmp_path: Path) -> None:
    rows = [{"id": number, "title": " ", "paras": ["", "。"]} for number in range(2)]
    lines = printed(write(tmp_path / "documents.jsonl", rows))
    assert len({line["story"] for line in lines}) == 2


@pytest.mark.parametrize(
    "row",
    [[], {"id": 1, "title": "a"}, {"id": 1, "title": "a", "paras": "text"}, {"id": None, "title": "", "paras": []}],
)
def test_a_line_that_is_no_document_is_named(tmp_path: Path, row: Any) -> None:
    path = write(tmp_path / "documents.jsonl", [{"id": 0, "title": "", "paras": ["文"]}, row])
    with pytest.raises(ArtefactError, match=r"line 2 of .*paras"):
        printed(path)


def test_a_day_that_is_no_date_and_an_id_given_twice_are_refused(tmp_path: Path) -> None:
    row = {"id": 0, "title": "", "paras": ["文"]}
    with pytest.raises(ArtefactError, match="no date"):
        printed(write(tmp_path / "a.jsonl", [{**row, "day": "gestern"}]))
    with pytest.raises(ArtefactError, match="twice"):
        printed(write(tmp_path / "b.jsonl", [row, row]))


def test_a_missing_file_and_a_line_that_is_no_json_are_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="cannot read"):
        printed(tmp_path / "none.jsonl")
    (tmp_path / "bad.jsonl").write_text("{\n")
    with pytest.raises(ArtefactError, match=r"line 1 .* is not JSON"):
        printed(tmp_path / "bad.jsonl")


def test_the_module_runs_by_itself(tmp_path: Path) -> None:
    original = article(5)
    copy = COPIES["traditional"](original, random.Random(1))
    rows = [
        {"id": 1, "title": original.title, "paras": original.paragraphs, "day": "2026-06-15"},
        {"id": 2, "title": copy.title, "paras": copy.paragraphs, "day": "2026-06-16"},
    ]
    path = write(tmp_path / "documents.jsonl", rows)
    done = subprocess.run(
        [sys.executable, "-m", "crawler.dedupe.documents", str(path)], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["story"] == lines[1]["story"]
