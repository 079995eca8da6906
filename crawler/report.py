"""The counts of a stage as a small table that reads well in a log."""

from __future__ import annotations

from collections import Counter
from typing import Any

from crawler.artefacts import RunFolder
from crawler.errors import Fate
from crawler.tables import counted, table, width

__all__ = ["describe", "fates_table", "table", "width"]


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
    return _short_ruler(table(["fate", "URLs", "for example"], rows))


def _short_ruler(text: str) -> str:
    """A table whose last ruler is no longer than 40: Airflow's log would break one that is as long as an address."""
    head, *lines = text.split("\n")
    if lines and set(lines[0]) == {"-", " "}:
        before, gap, last = lines[0].rpartition("  ")
        lines[0] = before + gap + last[:40]
    return "\n".join([head, *lines])


def _paragraphs(*parts: str) -> str:
    """Parts of a text with an empty line between them; what is empty is left out, as a table without rows is."""
    return "\n\n".join(filter(None, parts))


def _crawl(counts: dict[str, Any], folder: RunFolder) -> str:
    channels = table(
        ["channel", "pages", "links", "in window", "site's total", "oldest", "newest"],
        [
            [key, seen["pages"], seen["links"], seen["in_window"], seen["total"], seen["oldest"], seen["newest"]]
            for key, seen in sorted(counts["channels"].items())
        ],
    )
    head = f"discovered {counted(counts['discovered'], 'URL')}; archived {counted(counts['captures'], 'response')}"
    return _paragraphs(head, channels, fates_table(folder))


def _most_first(counts: dict[str, int]) -> list[list[object]]:
    return [[name, count] for name, count in sorted(counts.items(), key=lambda item: -item[1])]


def _parse(counts: dict[str, Any]) -> str:
    outcomes = table(["outcome", "pages"], _most_first(counts["outcomes"]))
    layouts = table(["layout", "articles"], _most_first(counts["layouts"]))
    return _paragraphs(
        f"read {counted(counts['pages'], 'page')} with parser {counts['parser_version']}", outcomes, layouts
    )


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
    """The figures that every table of runs shows, from stored fates.

    Args:
        fates: how many URLs met each fate.

    Returns:
        `discovered`, `new`, `revised`, `unchanged`, `image_only`, `not_article`, `gone`, `refused`, `failed`,
        `out_of_scope`; all but the first add up to the first. Articles without text are stored: they are a figure of
        their own, whether they are new or not, and none of `not_article`.
    """
    columns = dict.fromkeys(
        ("new", "revised", "unchanged", "image_only", "not_article", "gone", "refused", "failed", "out_of_scope"), 0
    )
    named = {Fate.LOADED_NEW: "new", Fate.LOADED_REVISION: "revised", Fate.IMAGE_ONLY: "image_only"}
    grouped = {"fetched": "unchanged", "failed_retry": "failed", "failed_look": "failed"}
    for fate, count in fates.items():
        columns[named.get(fate) or grouped.get(fate.group.value, fate.group.value)] += count
    return {"discovered": sum(fates.values()), **columns}
