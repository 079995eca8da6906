"""No pattern takes exponential time: else one line of a page, a row of digits, would stand a whole night still.

A backtracking matcher may try every way in which a repeated group can match the same characters. That is exponential
exactly where two ways through the group lead from one place back to it by the same text (Weber and Seidl, "On the
degree of ambiguity of finite automata", 1991: criterion EDA). Each repeat of each pattern of the crawler is made into
its position automaton (Glushkov 1961), and two copies of it are walked side by side.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import crawler
import models

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    # The parser of `re` itself has no public name since Python 3.11.
    from re import _constants as sre  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]

PROJECT = Path(__file__).parent.parent
MANY = 8
"""Turns from which a repeat with an end is as bad as one without."""
LONGEST = 12
"""Copies of a repeat inside another one that are written out; more change nothing that is looked for."""

Leaf = tuple[Any, Any, int]


class Automaton:
    """The positions of one repeated group: which characters each takes, which may follow, and in how many ways."""

    def __init__(self, body: Any, flags: int) -> None:
        self.flags = flags
        self.leaves: list[Leaf] = []
        self.edges: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        first, last, _ = self._sequence(body)
        self._join(last, first)

    def _join(self, last: set[int], first: set[int]) -> None:
        for a in last:
            for b in first:
                self.edges[a][b] += 1

    def _sequence(self, items: Any) -> tuple[set[int], set[int], bool]:
        first: set[int] = set()
        last: set[int] = set()
        empty = True
        for item in items:
            begin, end, skipped = self._item(*item)
            self._join(last, begin)
            first |= begin if empty else set()
            last = (last | end) if skipped else end
            empty = empty and skipped
        return first, last, empty

    def _item(self, op: Any, value: Any) -> tuple[set[int], set[int], bool]:
        if op in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            self.leaves.append((op, value, self.flags))
            place = {len(self.leaves) - 1}
            return place, place, False
        if op is sre.SUBPATTERN:
            around = self.flags
            self.flags = (around | value[1]) & ~value[2]
            found = self._sequence(value[-1])
            self.flags = around
            return found
        if op is sre.ATOMIC_GROUP:
            return self._sequence(value)
        if op is sre.BRANCH:
            ways = [self._sequence(branch) for branch in value[1]]
            return (
                set().union(*(first for first, _, _ in ways)),
                set().union(*(last for _, last, _ in ways)),
                any(empty for _, _, empty in ways),
            )
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, body = value
            endless = most is sre.MAXREPEAT
            copies = max(min(least, LONGEST), 1) if endless else min(most, LONGEST)
            first, last, end, empty = set[int](), set[int](), set[int](), True
            for number in range(copies):
                # A later turn is taken only after the one before it.
                begin, turn, skipped = self._sequence(body)
                self._join(end, begin)
                first |= begin if empty else set()
                end = (turn | end) if skipped else turn
                last = (last | end) if number + 1 > least else set(end)
                empty = empty and skipped
            if endless and op is not sre.POSSESSIVE_REPEAT:
                self._join(turn, begin)
            return first, last, empty or least == 0
        # Places, looks around and back references take no text of their own.
        return set(), set(), True

    def takes(self, leaf: Leaf, char: str) -> bool:
        op, value, flags = leaf
        forms = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
        if op is sre.ANY:
            return char != "\n" or bool(flags & re.DOTALL)
        if op is sre.LITERAL:
            return any(ord(form) == value for form in forms if len(form) == 1)
        if op is sre.NOT_LITERAL:
            return ord(char) != value
        negated = any(kind is sre.NEGATE for kind, _ in value)
        return negated != any(_in(kind, what, form) for kind, what in value for form in forms if len(form) == 1)

    def doubled(self) -> bool:
        """Whether two ways through the group lead from one place back to it by the same text."""
        alphabet = _alphabet(self.leaves)
        taken = [frozenset(char for char in alphabet if self.takes(leaf, char)) for leaf in self.leaves]
        meets: dict[tuple[int, int], bool] = {}

        def meet(a: int, b: int) -> bool:
            if (a, b) not in meets:
                meets[a, b] = not taken[a].isdisjoint(taken[b])
            return meets[a, b]

        onward: dict[tuple[int, int], set[tuple[int, int]]] = {}
        twice: set[tuple[int, int]] = set()
        waiting = [(place, place) for place in range(len(self.leaves)) if taken[place]]
        while waiting:
            pair = waiting.pop()
            if pair in onward:
                continue
            a, b = pair
            following = {(c, d) for c in self.edges[a] for d in self.edges[b] if meet(c, d)}
            onward[pair] = following
            if a == b and any(number > 1 and taken[c] for c, number in self.edges[a].items()):
                twice.add(pair)
            waiting.extend(following)
        for component in _components(onward):
            same = any(a == b for a, b in component)
            if same and any(a != b for a, b in component):
                return True
            for pair in component & twice:
                a = pair[0]
                if any(number > 1 and (c, c) in component for c, number in self.edges[a].items()):
                    return True
        return False


def _in(kind: Any, what: Any, char: str) -> bool:
    if kind is sre.LITERAL:
        return ord(char) == what
    if kind is sre.RANGE:
        return bool(what[0] <= ord(char) <= what[1])
    if kind is sre.CATEGORY:
        name = str(what).rsplit("_", 1)[-1].lower()
        found = {"digit": char.isdecimal(), "space": char.isspace(), "word": char.isalnum() or char == "_"}[name]
        return found != ("_NOT_" in str(what))
    return False


def _alphabet(leaves: list[Leaf]) -> set[str]:
    """One character at least of every set that the leaves part the characters into."""
    found = set("0aA_ \n\u3000中é!，\x00")
    for op, value, _ in leaves:
        for kind, what in value if op is sre.IN else [(op, value)]:
            if kind in (sre.LITERAL, sre.NOT_LITERAL):
                found.add(chr(what))
            elif kind is sre.RANGE:
                found.update(chr(code) for code in (what[0], what[1], max(what[0] - 1, 0), what[1] + 1))
    return found


def _components(graph: dict[Any, set[Any]]) -> Iterator[set[Any]]:
    """The parts of a graph in which every place can be reached from every other (Tarjan 1972, without recursion)."""
    number: dict[Any, int] = {}
    low: dict[Any, int] = {}
    stack: list[Any] = []
    held: set[Any] = set()
    for root in graph:
        if root in number:
            continue
        work = [(root, iter(graph[root]))]
        number[root] = low[root] = len(number)
        stack.append(root)
        held.add(root)
        while work:
            node, following = work[-1]
            for after in following:
                if after not in number:
                    number[after] = low[after] = len(number)
                    stack.append(after)
                    held.add(after)
                    work.append((after, iter(graph[after])))
                    break
                if after in held:
                    low[node] = min(low[node], number[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    component = set()
                    while True:
                        other = stack.pop()
                        held.discard(other)
                        component.add(other)
                        if other == node:
                            break
                    if len(component) > 1 or node in graph[node]:
                        yield component


def _repeats(items: Any, flags: int) -> Iterator[tuple[Any, int]]:
    """The bodies of all repeats that turn often, inner ones too, and the flags that hold there."""
    for op, value in items:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            if value[1] >= MANY:
                yield value[2], flags
            yield from _repeats(value[2], flags)
        elif op is sre.SUBPATTERN:
            yield from _repeats(value[-1], (flags | value[1]) & ~value[2])
        elif op is sre.ATOMIC_GROUP:
            yield from _repeats(value, flags)
        elif op is sre.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, flags)
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _repeats(value[1], flags)


def explodes(pattern: str | bytes, flags: int = 0) -> bool:
    """Whether some text makes a search with the pattern exponential."""
    read = parser.parse(pattern, flags)
    bodies = _repeats(read, flags | read.state.flags)
    return any(Automaton(body, held).doubled() for body, held in bodies if len(body) != 1 or body[0][0] not in _ONE)


_ONE = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)


def patterns() -> dict[tuple[str | bytes, int], str]:
    """Every pattern that a module holds or writes where it uses it, with a place where it stands."""
    found: dict[tuple[str | bytes, int], str] = {}
    for package in (crawler, models):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__") or ".versions." in module.name:
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                several = value if isinstance(value, (list, tuple)) else (value,)
                for item in several:
                    for one in item if isinstance(item, tuple) else (item,):
                        if isinstance(one, re.Pattern):
                            found.setdefault((one.pattern, one.flags & ~re.UNICODE), f"{module.name}.{name}")
    for folder in ("crawler", "dags", "models", "plugins", "scripts"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "re"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                    and node.func.attr != "escape"
                ):
                    pattern = node.args[0].value
                    flags = 0
                    for part in ast.walk(ast.Module([ast.Expr(arg) for arg in node.args[1:]], [])):
                        if isinstance(part, ast.Attribute) and part.attr in ("I", "S", "M", "X"):
                            flags |= getattr(re, part.attr)
                    found.setdefault((pattern, flags), f"{path.relative_to(PROJECT)}:{node.lineno}")
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\w+)+",
        r"(?:a|\d{1,3}|[|\s.])+$",
        r"(?:x|\d*\s*)*y",
        r"(?:\d+,?)+",
        r"(?:(?:甲|乙)?\s*次?[\s|]*)+",
        r"(?:[ab]x?|[bc]y?)*d",
        r"(?:.{0,3}，)+?甲",
        r"(?:.a|b.)*c",
        r"(?:ab|a|b)+$",
        r"(?i:Ax?|a)*b",
        r"(?:\d{1,2}){3,40}x",
    ],
)
def test_a_pattern_that_explodes_is_known(pattern: str) -> None:
    assert explodes(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\w+\d+",
        r"(?:a|b|cd)+",
        r"(?:\d{1,3},)+",
        r"[^<>]*(?:&(?:amp|lt);[^<>&]*)*",
        r"(?:x\s*)+",
        r"(?:\d{1,2}){1,3}",
    ],
)
def test_a_pattern_that_cannot_explode_is_let_through(pattern: str) -> None:
    assert not explodes(pattern)


def test_no_line_of_a_page_can_stand_a_night_still() -> None:
    found = patterns()
    assert len(found) > 150, "the patterns were not found"
    bad = sorted(place for (pattern, flags), place in found.items() if explodes(pattern, flags))
    assert not bad, f"exponential in the length of a line: {bad} (Python {sys.version_info[:2]})"
