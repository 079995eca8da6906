"""Texts that are made to be slow, or that are no texts: none may hold up a night."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dedupe.difference import describe
from crawler.dedupe.fingerprint import MOST_SENTENCES, fingerprints
from crawler.dedupe.match import Body, compare
from crawler.dedupe.normalise import fold

pytestmark = pytest.mark.timeout(30)

CHANCE = random.Random(5)
NOISE = "".join(chr(CHANCE.randrange(0x4E00, 0x9000)) for _ in range(200_000))

SLOW = {
    "datelines": "讯:" * 300_000,
    "dots": "." * 500_000,
    "dashes": "-5" * 300_000,
    "brackets": "(" * 300_000 + ")",
    "pinyin": "網(wǎ" * 100_000,
    "steps": "\n".join(["a>     " * 11 + "。"] * 20_000),
    "one sentence": NOISE,
    "numbers": "".join(f"第{number}号" for number in range(60_000)),
    "short sentences": "".join(f"是。{number}号。" for number in range(40_000)),
    "one short sentence": "是。" * 200_000,
    "signatures": "\n".join(["(" + "记者" * 39] * 20_000),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_page_that_is_made_to_be_slow_is_folded_and_compared_in_time(name: str) -> None:
    text = SLOW[name]
    folded = fold(text[:5000], [text])
    other = fold("", [text[1 : len(text) // 2] + "甲" + text[len(text) // 2 :]])
    assert len(fingerprints(folded)) <= MOST_SENTENCES + 16
    compare(Body(1, folded.sentences), Body(2, other.sentences))


@pytest.mark.parametrize("name", SLOW)
def test_the_difference_of_two_long_bodies_is_told_in_time(name: str) -> None:
    assert describe([SLOW[name][:40_000]], [SLOW[name][20_000:60_000] + "。改了。"])


@given(st.text(st.characters(codec=None), max_size=300))
def test_no_character_stops_the_fold(text: str) -> None:
    folded = fold(text, [text, "甲" + text])
    fingerprints(folded)
    # What goes into the store must be encodable.
    folded.text.encode()


def test_lone_surrogates_and_pictures_are_left_out() -> None:
    assert fold("", ["水利\ud800工程🚰完工了。"]).sentences == ("水利工程完工了",)
