"""The little language of phrases/*.txt: `[a|b|c]` is a choice, `{名}` a slot, `{数:3-9}` a number.

A template is compiled once; expanding it with the same random stream and scene gives the same sentence.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Protocol

__all__ = ["Slots", "Template", "load_topic", "topics"]

FOLDER = Path(__file__).with_name("phrases")


class Slots(Protocol):
    """Whatever can fill a slot."""

    def fill(self, name: str, argument: str, rng: Random) -> str:
        """The words for one slot."""
        ...


class Template:
    """One line of phrases/, compiled."""

    __slots__ = ("parts", "source", "tag")

    def __init__(self, line: str) -> None:
        self.tag, source = "", line
        if line.startswith("@"):
            # @tag: the line belongs to one of several things that the topic can tell of.
            self.tag, _, source = line[1:].partition(" ")
        self.source = source
        parts, rest = _sequence(source, 0, top=True)
        if rest != len(source):
            raise ValueError(f"unbalanced bracket at {rest} in: {source}")
        self.parts = parts

    def expand(self, slots: Slots, rng: Random) -> str:
        """One sentence."""
        return _expand(self.parts, slots, rng)


def _sequence(text: str, at: int, *, top: bool) -> tuple[tuple[object, ...], int]:
    parts: list[object] = []
    plain: list[str] = []

    def flush() -> None:
        if plain:
            parts.append("".join(plain))
            plain.clear()

    while at < len(text):
        char = text[at]
        if char == "{":
            end = text.index("}", at)
            flush()
            name, _, argument = text[at + 1 : end].partition(":")
            parts.append((name, argument))
            at = end + 1
        elif char == "[":
            flush()
            choices: list[tuple[object, ...]] = []
            at += 1
            while True:
                choice, at = _sequence(text, at, top=False)
                choices.append(choice)
                if at >= len(text):
                    raise ValueError(f"[ without ] in: {text}")
                at += 1
                if text[at - 1] == "]":
                    break
            parts.append(choices)
        elif char == "]" or (char == "|" and not top):
            if top:
                return tuple(parts), at
            break
        else:
            plain.append(char)
            at += 1
    flush()
    return tuple(parts), at


def _expand(parts: tuple[object, ...], slots: Slots, rng: Random) -> str:
    out: list[str] = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, tuple):
            out.append(slots.fill(part[0], part[1], rng))
        else:
            assert isinstance(part, list)
            out.append(_expand(rng.choice(part), slots, rng))
    return "".join(out)


@functools.cache
def load_topic(name: str) -> dict[str, tuple[Template, ...]]:
    """The templates of one topic, by section: title, lead, body, quote, close.

    Raises:
        ValueError: a line does not compile; the message shows it.
    """
    sections: dict[str, list[Template]] = {
        name: [] for name in ("title", "lead", "body", "quote", "close", "head", "said", "view")
    }
    current = sections["title"]
    for line in _lines(FOLDER / f"{name}.txt"):
        if line.startswith("## "):
            current = sections[line[3:].strip()]
        else:
            current.append(Template(line))
    return {section: tuple(templates) for section, templates in sections.items()}


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield line.strip()


@functools.cache
def topics() -> tuple[str, ...]:
    """Every topic but the common lines."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem != "common"))
