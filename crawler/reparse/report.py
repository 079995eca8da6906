"""What a reparse would change, as a person reads it: totals, fields by layout, samples with their differences."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.reparse.differences import Outcome, weight
from crawler.reparse.request import Reparse
from crawler.run import SHANGHAI
from crawler.tables import counted, table

__all__ = ["Tally", "read_text", "report", "summary_text", "written_text"]

_SAMPLES = 3
"""Pages shown of each layout and field."""

_SHOWN = 10
"""Pages shown of each outcome that is no change of a field."""

_LINES = 12
"""Lines shown of the difference of one body; `changes.jsonl` has all of them."""

_CHANGED = (Outcome.SUBSTANTIVE.value, Outcome.COSMETIC.value, Outcome.UNSURE.value)

_NO_LAYOUT = "(none)"

_OF_TIME = ("published_precision", "published_printed")


@dataclass
class Tally:
    """Counts of changes, and a few of them to show; its size does not grow with their number.

    Args:
        pages: how many were compared.
        outcomes: how many pages came to what.
        layouts: pages by the layout that read them before and the one that reads them now.
        fields: by both layouts and field: how often it was filled, emptied, changed.
        samples: by both layouts and field.
        shown: by outcome.
        same_version: articles that are read otherwise by a parser that calls itself the same.
    """

    pages: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    layouts: Counter[tuple[str, str]] = field(default_factory=Counter)
    fields: defaultdict[tuple[str, str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    samples: defaultdict[tuple[str, str, str], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    shown: defaultdict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    same_version: int = 0

    def add(self, change: dict[str, Any]) -> None:
        """Count one page.

        Args:
            change: a row of `changes.jsonl`.
        """
        self.pages += 1
        outcome = change["outcome"]
        self.outcomes[outcome] += 1
        before, after = (change[name]["layout"] or _NO_LAYOUT for name in ("before", "after"))
        if outcome not in (Outcome.DAMAGED.value, Outcome.SUPERSEDED.value):
            self.layouts[before, after] += 1
        for name, values in change["fields"].items():
            if name in _OF_TIME and "published_at" in change["fields"]:
                # Told with the time itself.
                continue
            self.fields[before, after, name][weight(values)] += 1
            kept = self.samples[before, after, name]
            if len(kept) < _SAMPLES:
                kept.append({"url": change["url"], "values": values})
        if outcome in (Outcome.SUBSTANTIVE.value, Outcome.COSMETIC.value):
            self.same_version += change["before"]["parser_version"] == change["after"]["parser_version"]
        if len(self.shown[outcome]) < _SHOWN and outcome not in (*_CHANGED[:2], Outcome.SAME.value):
            self.shown[outcome].append(change)

    def as_json(self) -> dict[str, Any]:
        """The counts, for the summary and for XCom."""
        return {
            "pages": self.pages,
            "outcomes": {each.value: self.outcomes[each.value] for each in Outcome if self.outcomes[each.value]},
            "layouts": [[*names, count] for names, count in _most_first(self.layouts)],
            "fields": [
                [*names, counts["filled"], counts["emptied"], counts["changed"]]
                for names, counts in sorted(self.fields.items())
            ],
            "same_version": self.same_version,
        }


def _most_first(counts: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def read_text(counts: dict[str, Any]) -> str:
    """What was read, as text for a log.

    Args:
        counts: what `read` returned.
    """
    pages, runs = counted(counts["pages"], "page"), counted(counts["runs"], "run")
    text = f"read {pages} of {runs} again in {counts['seconds']:.1f} s"
    if counts["damaged"]:
        text += f"; {counts['damaged']:,} captures were not given back by the archive: run `dibao audit`"
    return text


def summary_text(counts: dict[str, Any]) -> str:
    """The totals of a comparison as text for a log.

    Args:
        counts: what `compare` returned.
    """
    parts = [
        f"compared {counted(counts['pages'], 'page')}, read again by parser {counts['parser_version']}",
        table(["outcome", "pages"], list(counts["outcomes"].items())),
    ]
    if counts["layouts"]:
        parts.append(table(["layout before", "layout now", "pages"], counts["layouts"]))
    if counts["fields"]:
        parts.append(table(_FIELD_HEAD, counts["fields"]))
    if counts["same_version"]:
        parts.append(
            f"{counts['same_version']:,} articles are read otherwise by a parser of the same version "
            f"({counts['parser_version']}): raise PARSER_VERSION in crawler/parse/parse.py before you write"
        )
    return "\n\n".join(parts)


_FIELD_HEAD = ["layout before", "layout now", "field", "filled", "emptied", "changed"]


def written_text(counts: dict[str, Any]) -> str:
    """What was written, as text for a log.

    Args:
        counts: what `write` returned.
    """
    names = {
        "new": "new articles",
        "reparsed": "articles read otherwise",
        "revised": "other states of known articles",
        "fates": "fates or layouts of URLs",
        "rows_written": "rows, all together",
    }
    text = table(["written now", ""], [[name, counts[key]] for key, name in names.items()])
    if not counts["rows_written"]:
        text += "\n\nthe store says all of this already; nothing was written"
    if counts["checks"]:
        rows = [[run, answer] for run, answer in sorted(counts["checks"].items())]
        text += "\n\n" + table(["run", "check, asked again"], rows)
    return "\n".join([text, *(f"not done: {line}" for line in counts["problems"])])


def report(reparse: Reparse, was_read: dict[str, Any], tally: Tally) -> str:
    """The whole report, as Markdown.

    Args:
        reparse: what was asked for.
        was_read: what `read` counted.
        tally: what `compare` counted.
    """
    asked = reparse.as_json()
    moment = datetime.fromisoformat(was_read["read_at"]).astimezone(SHANGHAI)
    lines = [
        f"# {reparse.publisher}, read again by parser {was_read['parser_version']}",
        "",
        f"Read at {moment:%Y-%m-%d %H:%M} (Shanghai) from the archive of {counted(was_read['runs'], 'run')}. "
        "Nothing of this is in the store unless `write` says so.",
        "",
        *(f"- {name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in asked.items()
          if value and name != "publisher"),
        "",
        "## Totals",
        "",
        _fenced(summary_text({**tally.as_json(), "parser_version": was_read["parser_version"]})),
    ]  # fmt: skip
    for outcome in Outcome:
        if outcome.value in _CHANGED[:2] or not tally.shown[outcome.value]:
            continue
        lines += ["", f"## {outcome.value.capitalize()}: {tally.outcomes[outcome.value]:,}", "", _meaning(outcome), ""]
        lines += [_line(change) for change in tally.shown[outcome.value]]
        if tally.outcomes[outcome.value] > _SHOWN:
            lines.append(f"- … and {tally.outcomes[outcome.value] - _SHOWN:,} more in changes.jsonl")
    for (before, after, name), samples in sorted(tally.samples.items()):
        counts = tally.fields[before, after, name]
        numbers = ", ".join(f"{count:,} {how}" for how, count in sorted(counts.items()))
        lines += ["", f"## {name}: {before} → {after} ({numbers})"]
        for sample in samples:
            lines += ["", sample["url"], "", _fenced(_difference(sample["values"]))]
    return "\n".join(lines) + "\n"


def _fenced(text: str) -> str:
    # Backticks of a page must not end the block.
    return "```text\n" + text.replace("```", "ʼʼʼ") + "\n```"


def _meaning(outcome: Outcome) -> str:
    return {
        Outcome.READABLE: "They become articles; notices of scans become image-only ones.",
        Outcome.STILL_REFUSED: "Nothing changes.",
        Outcome.REFUSED_OTHERWISE: "Their fate becomes the other one.",
        Outcome.NOW_REFUSED: "Kept as they are, never written: look at each.",
        Outcome.OTHER_ARTICLE: "Kept as they are, never written: look at each.",
        Outcome.UNSURE: "Kept as they are: the words of their listings went with the run's files.",
        Outcome.SUPERSEDED: "Left alone.",
        Outcome.DAMAGED: "`dibao audit` says what the archive has lost; restore it from its backup.",
    }[outcome]


def _line(change: dict[str, Any]) -> str:
    before, after = change["before"], change["after"]
    if change["outcome"] == Outcome.READABLE.value:
        return f"- {change['url']}: {after['title'] or '(no title)'} (by {after['layout']}; was {before['fate']})"
    told = ": ".join(part for part in (after["fate"] or "", after["message"]) if part)
    return f"- {change['url']}: {told or 'an article'} (was {before['fate']})"


def _difference(values: dict[str, Any]) -> str:
    if "diff" in values:
        (old, new), (few, many) = values["paragraphs"], values["characters"]
        head = f"{old} paragraphs of {few:,} characters became {new} of {many:,}"
        shown = values["diff"][:_LINES]
        if len(values["diff"]) > _LINES:
            shown = [*shown, f"… and {len(values['diff']) - _LINES} lines more"]
        return "\n".join([head, *shown])
    return f"- {_shown(values['before'])}\n+ {_shown(values['after'])}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(_shown, value)) or "(empty)"
    if isinstance(value, dict):
        return ", ".join(f"{name}={_shown(item)}" for name, item in value.items())
    return str(value) if value not in (None, "") else "(empty)"
