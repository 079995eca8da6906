"""The counts of a stage as a small table that reads well in a log."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from crawler.artefacts import RunFolder
from crawler.errors import Fate

__all__ = ["counted", "describe", "fates_table", "table", "width"]


def counted(count: int, noun: str) -> str:
    """A number with its noun in singular or plural: `1 run`, `1,200 runs`.

    Args:
        count: how many.
        noun: an English noun whose plural ends in s.
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def width(text: str) -> int:
    """How many columns a text takes in a terminal; a Chinese character takes two (Unicode, UAX 11)."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A plain table: the first column to the left, numbers to the right.

    Args:
        head: the columns' names.
        rows: cells; None is printed as a dash.
    """
    cells = [[("-" if cell is None else str(cell)) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(head, *cells, strict=True)]

    def line(row: Sequence[str], numbers: Sequence[bool]) -> str:
        parts = []
        for text, size, number in zip(row, widths, numbers, strict=True):
            padding = " " * (size - width(text))
            parts.append(padding + text if number else text + padding)
        return "  ".join(parts).rstrip()

    numeric = [
        bool(cells)
        and all(row[n].replace(",", "").replace(".", "").lstrip("-").isdigit() or row[n] == "-" for row in cells)
        for n in range(len(head))
    ]
    # A column of addresses may be wider than the window; its rule alone would take a second line.
    rule = "  ".join(("-" * min(size, 40)).ljust(size) for size in widths).rstrip()
    return "\n".join([line(head, numeric), rule, *(line(row, numeric) for row in cells)])


def describe(stage: str, counts: dict[str, Any], folder: RunFolder) -> str:
    """What a stage did, as text for its log.

    Args:
        stage: `crawl`, `parse`, `dedupe`, `load` or `check`.
        counts: what the stage returned.
        folder: the run's.

    Raises:
        ArtefactError: the rows that the crawl wrote are gone or damaged.
    """
    if stage == "crawl":
        return _crawl(counts, folder)
    return {"parse": _parse, "dedupe": _dedupe, "load": _load, "check": _check}[stage](counts)


def fates_table(folder: RunFolder) -> str:
    """How many URLs of a run met each fate, most first, each with the first such URL and its evidence; empty for none.

    Args:
        folder: the run's, whose rows are counted.

    Raises:
        ArtefactError: the crawl has not written them, or they are damaged.
    """
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for row in folder.read_lines(RunFolder.FATES, "crawl"):
        fate = row["fate"] or "captured"
        counts[fate] += 1
        if fate not in examples:
            examples[fate] = f"{row['url']} {row['evidence']['message']}".rstrip()
    rows = [[fate, count, examples[fate]] for fate, count in counts.most_common()]
    return table(["fate", "URLs", "for example"], rows) if rows else ""


def _crawl(counts: dict[str, Any], folder: RunFolder) -> str:
    channels = table(
        ["channel", "pages", "links", "in window", "site's total", "oldest", "newest"],
        [
            [key, seen["pages"], seen["links"], seen["in_window"], seen["total"], seen["oldest"], seen["newest"]]
            for key, seen in sorted(counts["channels"].items())
        ],
    )
    head = f"discovered {counts['discovered']} URLs; archived {counts['captures']} responses"
    return f"{head}\n\n{channels}\n\n{fates_table(folder)}".rstrip()


def _most_first(counts: dict[str, int]) -> list[list[object]]:
    return [[name, count] for name, count in sorted(counts.items(), key=lambda item: -item[1])]


def _parse(counts: dict[str, Any]) -> str:
    outcomes = table(["outcome", "pages"], _most_first(counts["outcomes"]))
    layouts = table(["layout", "articles"], _most_first(counts["layouts"]))
    return f"read {counts['pages']} pages with parser {counts['parser_version']}\n\n{outcomes}\n\n{layouts}"


def _dedupe(counts: dict[str, Any]) -> str:
    rows = [[name, counts[name]] for name in ("new", "revision", "unchanged")]
    rows += [[f"  {kind}", count] for kind, count in counts["revision_kinds"].items()]
    return table(["decision", "articles"], rows)


def _load(counts: dict[str, Any]) -> str:
    names = ("new", "revised", "unchanged", "image_only", "rows_written")
    text = table(["written now", "rows"], [[name.replace("_", " "), counts[name]] for name in names])
    return text if counts["rows_written"] else f"{text}\n\nthe store holds all of this already; nothing was written"


def _check(counts: dict[str, Any]) -> str:
    text = table(["question", "level", "", "observed", "expected"], counts["answers"])
    lines = [f"warning: {line}" for line in counts["warnings"]] + [f"FAILED: {line}" for line in counts["failures"]]
    return "\n".join([text, "", *lines, f"{counts['passed']} of {counts['questions']} questions passed"])


def fate_columns(fates: dict[Fate, int]) -> dict[str, int]:
    """The seven figures that every table of runs shows, from stored fates.

    Args:
        fates: how many URLs met each fate.

    Returns:
        `discovered`, `new`, `revised`, `unchanged`, `not_article`, `gone`, `refused`, `failed`, `out_of_scope`;
        all but the first add up to the first.
    """
    columns = dict.fromkeys(
        ("new", "revised", "unchanged", "not_article", "gone", "refused", "failed", "out_of_scope"), 0
    )
    named = {Fate.LOADED_NEW: "new", Fate.LOADED_REVISION: "revised"}
    grouped = {"fetched": "unchanged", "failed_retry": "failed", "failed_look": "failed"}
    for fate, count in fates.items():
        columns[named.get(fate) or grouped.get(fate.group.value, fate.group.value)] += count
    return {"discovered": sum(fates.values()), **columns}
