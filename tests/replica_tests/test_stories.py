"""Stories are apart that must be, and together that must be: or dedupe is measured against nothing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

from tests.replica_tests.asking import articles


def shingles(paragraphs: list[str]) -> set[str]:
    text = re.sub(r"\W", "", "".join(paragraphs))
    return {text[i : i + 5] for i in range(len(text) - 4)}


def test_stories_that_are_different_would_be_one_by_accident(truth: list[dict[str, Any]]) -> None:
    rows = [row for row in articles(truth) if row["day"] >= "2026-06-15" and not row["note"].startswith("template")]
    told = {row["story"]: shingles(row["paragraphs"]) for row in rows if row["form"] == "full"}
    names = list(told)
    assert len(names) > 150
    worst = 0.0
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            worst = max(worst, len(told[one] & told[other]) / len(told[one] | told[other]))
    assert worst < 0.5
    sentences: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for sentence in re.split(r"(?<=[。；])", "".join(row["paragraphs"])):
            if len(sentence) >= 18:
                sentences[sentence].add(row["story"])
    again = sum(len(stories) > 1 for stories in sentences.values())
    assert again / len(sentences) < 0.02


def test_one_story_at_several_publishers_would_not_be_met(truth: list[dict[str, Any]]) -> None:
    stories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in articles(truth):
        stories[row["story"]].append(row)
    shared_stories = {name: rows for name, rows in stories.items() if len({row["publisher"] for row in rows}) > 1}
    assert {row["day"] for rows in shared_stories.values() for row in rows} >= {
        f"2026-06-{n:02d}" for n in range(7, 17)
    }
    forms = Counter(row["form"] for rows in shared_stories.values() for row in rows)
    assert forms["excerpt"] >= 10
    assert forms["revised"] >= 5
    for rows in shared_stories.values():
        whole = next(row for row in rows if row["form"] == "full")
        for row in rows:
            if row["form"] == "full":
                assert row["paragraphs"] == whole["paragraphs"]
            elif row["form"] == "excerpt":
                assert set(row["paragraphs"]) < set(whole["paragraphs"])
            else:
                assert row["paragraphs"] != whole["paragraphs"]
                assert len(shingles(row["paragraphs"]) & shingles(whole["paragraphs"])) > 0.7 * len(
                    shingles(whole["paragraphs"])
                )


def test_two_notices_of_one_wording_would_not_be_met(truth: list[dict[str, Any]]) -> None:
    pairs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in truth:
        if row["note"].startswith("template"):
            pairs[row["note"]].append(row)
    assert len(pairs) == 10
    for rows in pairs.values():
        assert len(rows) == 3
        assert len({row["story"] for row in rows}) == 3
        first, second = (shingles(row["paragraphs"]) for row in rows[:2])
        assert first != second
        assert len(first & second) / len(first | second) > 0.45
