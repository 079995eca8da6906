"""Scores parsed pages against pages that a person annotated, per field and group of pages."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from crawler.errors import ConfigurationError, Fate

__all__ = ["Report", "Score", "evaluate", "evaluate_rows"]

_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})
_BLANK = re.compile(r"[\s\u3000\xa0\u200b\ufeff]+")
_NAMES = re.compile(r"[、 ，,]+")
_EDITOR_LINE = re.compile("责任编辑[:：]|责编[:：]|【编辑|（编辑|编辑[:：]")
_SNIPPETS = ("with", "without")
_TEXTS = ("file", "url", "content_type", "group", "title", "source", "author", "editor")
_KEYS = ("id", *_TEXTS, "date_iso", "outcome", *_SNIPPETS)
_OUTCOMES = ("article", *(fate.value for fate in Fate))
FIELDS = ("title", "day", "minute", "source", "author", "editor", "no editor line", "outcome")


@dataclass(slots=True)
class Score:
    """How one group of pages fared.

    Args:
        found, kept, lacking: snippets that the body holds rightly, holds wrongly, and lacks.
        fields: right and asked for, per field.
    """

    found: int = 0
    kept: int = 0
    lacking: int = 0
    fields: dict[str, list[int]] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        """Of the snippets in the bodies, the share that belongs there; 1 where there are none."""
        return self.found / (self.found + self.kept) if self.found + self.kept else 1.0

    @property
    def recall(self) -> float:
        """Of the snippets that belong into the bodies, the share that is there; 1 where none is asked for."""
        return self.found / (self.found + self.lacking) if self.found + self.lacking else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(slots=True)
class Report:
    """The scores of all pages (`all`) and of each group, and every miss in words."""

    pages: int
    groups: dict[str, Score]
    misses: list[str]

    def table(self) -> str:
        """The scores as a table of plain text."""
        lines = [
            f"{'group':<10} {'pages':>6} {'precision':>9} {'recall':>7} {'F1':>6}  "
            + "  ".join(f"{name:>9}" for name in FIELDS)
        ]
        for name, score in self.groups.items():
            cells = []
            for key in FIELDS:
                right, asked = score.fields.get(key, [0, 0])
                cells.append(f"{f'{right}/{asked}' if asked else '-':>9}")
            pages = score.fields.get("pages", [0, 0])[1]
            lines.append(
                f"{name:<10} {pages:>6} {score.precision:>9.3f} {score.recall:>7.3f} {score.f1:>6.3f}  "
                + "  ".join(cells)
            )
        return "\n".join(lines)

    def __str__(self) -> str:
        if not self.misses:
            return self.table()
        return self.table() + "\n\n" + "\n".join(self.misses)


def evaluate(gold: Path, parsed: Path | None = None) -> Report:
    """Score parsed pages against annotated ones.

    Args:
        gold: JSON lines, one per page, as docs/annotating.md tells.
        parsed: JSON lines as `dibao parse --manifest` prints them; None to parse the pages that `gold` names now.

    Raises:
        ConfigurationError: a file cannot be read or is not JSON lines, or `gold` says what cannot be held against
            anything; every such line is named.
    """
    pages = _rows(gold)
    _refuse_wrong(gold, pages)
    if parsed is not None:
        rows = {str(row.get("id")): row for row in _rows(parsed)}
    else:
        from crawler.parse.manifest import parse_manifest

        rows = {row["id"]: row for row in parse_manifest(gold)}
    return evaluate_rows(pages, rows)


def _refuse_wrong(gold: Path, pages: list[dict[str, Any]]) -> None:
    """A slip of the person who annotated must not count as the parser's miss, nor go unasked."""
    problems = [f"{page['id']}: {problem}" for page in pages for problem in _problems(page)]
    ids = Counter(str(page["id"]) for page in pages)
    problems += [f"{each}: {times} pages have this id" for each, times in ids.items() if times > 1]
    if problems:
        raise ConfigurationError(f"{gold} cannot be scored against (docs/annotating.md):\n" + "\n".join(problems))


def _problems(page: Mapping[str, Any]) -> list[str]:
    problems = []
    for key, value in page.items():
        if key not in _KEYS:
            # Further keys are the annotator's own notes.
            if near := get_close_matches(key, _KEYS, n=1, cutoff=0.75):
                problems.append(f"{key} is no key, do you mean {near[0]}?")
        elif value is None:
            continue
        elif key in _SNIPPETS:
            if not isinstance(value, list) or not all(isinstance(each, str) and _squeeze(each) for each in value):
                problems.append(f'{key} must be a list of snippets, such as ["新库全部启用"], not {value!r}')
        elif key == "date_iso":
            days = value if isinstance(value, list) else [value]
            if not days or not all(map(_is_time, days)):
                problems.append(f"date_iso must be YYYY-MM-DD or YYYY-MM-DDTHH:MM, or a list of such, not {value!r}")
        elif key == "outcome":
            if value not in _OUTCOMES:
                problems.append(f"outcome must be one of {', '.join(_OUTCOMES)}, not {value!r}")
        elif not isinstance(value, str) and key != "id":
            problems.append(f"{key} must be a text, not {value!r}")
    return problems


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?", value, re.ASCII):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def evaluate_rows(pages: list[dict[str, Any]], rows: dict[str, dict[str, Any]]) -> Report:
    """Score rows by their page's id; a page that was not parsed counts as empty."""
    groups: dict[str, Score] = {"all": Score()}
    misses: list[str] = []
    for page in pages:
        identifier = str(page["id"])
        row = rows.get(identifier, {})
        scores = [groups["all"], groups.setdefault(_group(page), Score())]
        for score in scores:
            score.fields.setdefault("pages", [0, 0])[1] += 1
        body = _squeeze(row.get("body"))
        wanted, unwanted = page.get("with") or [], page.get("without") or []
        found = [text for text in wanted if _squeeze(text) in body]
        kept = [text for text in unwanted if _squeeze(text) in body]
        for score in scores:
            score.found += len(found)
            score.kept += len(kept)
            score.lacking += len(wanted) - len(found)
        misses += [f"{identifier}: the body lacks: {text}" for text in wanted if text not in found]
        misses += [f"{identifier}: the body keeps: {text}" for text in kept]
        for name, right, why in _fields(page, row, body):
            for score in scores:
                counts = score.fields.setdefault(name, [0, 0])
                counts[0] += right
                counts[1] += 1
            if not right:
                misses.append(f"{identifier}: {name}: {why}")
    return Report(len(pages), groups, misses)


def _fields(page: dict[str, Any], row: dict[str, Any], body: str) -> list[tuple[str, bool, str]]:
    found: list[tuple[str, bool, str]] = []
    if page.get("title"):
        found.append(
            ("title", _fold(row.get("title")) == _fold(page["title"]), f"{row.get('title')!r}, not {page['title']!r}")
        )
    if page.get("date_iso"):
        wanted = page["date_iso"] if isinstance(page["date_iso"], list) else [page["date_iso"]]
        got = str(row.get("published_at") or "").replace(" ", "T")
        why = f"{got or 'nothing'}, not {' or '.join(wanted)}"
        found.append(("day", got[:10] in {day[:10] for day in wanted}, why))
        if len(wanted[0]) > 10:
            found.append(("minute", got[:16] in {day[:16] for day in wanted}, why))
    if page.get("source"):
        found.append(
            (
                "source",
                _fold(row.get("source")) == _fold(page["source"]),
                f"{row.get('source')!r}, not {page['source']!r}",
            )
        )
    if page.get("editor"):
        got_editors = set(_NAMES.split(str(row.get("editor") or "").strip()))
        right = got_editors == set(_NAMES.split(page["editor"]))
        found.append(("editor", right, f"{row.get('editor')!r}, not {page['editor']!r}"))
        line = _EDITOR_LINE.search(body)
        found.append(("no editor line", line is None, "the editor's line is still in the body"))
    if page.get("author"):
        names = " ".join(row.get("authors") or [])
        right = all(name in names for name in _NAMES.split(page["author"]))
        found.append(("author", right, f"{row.get('authors')!r}, not {page['author']!r}"))
    if page.get("outcome"):
        found.append(
            ("outcome", row.get("outcome") == page["outcome"], f"{row.get('outcome')!r}, not {page['outcome']!r}")
        )
    return found


def _group(page: dict[str, Any]) -> str:
    if page.get("group"):
        return str(page["group"])
    return str(page["id"]).split("-", 1)[0]


def _squeeze(text: str | None) -> str:
    return _BLANK.sub("", text or "")


def _fold(text: str | None) -> str:
    return unicodedata.normalize("NFKC", _squeeze(text)).casefold().translate(_QUOTES)


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ConfigurationError(f"line {number} of {path} is not JSON: {error}") from error
        if not isinstance(row, dict) or "id" not in row:
            raise ConfigurationError(f"line {number} of {path} is no object with an id")
        rows.append(row)
    return rows
