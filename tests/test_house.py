"""The house's order: which module may import which, what a module may be called, and how long it may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler import publishers

ROOT = Path(__file__).parent.parent
FLOORS = ("models", "crawler", "dags")
"""Each may import those before it, and itself."""

ROOMS = {"errors": 0, "parse": 1, "fetch": 1, "cms": 2, "publishers": 3}
"""Inside the crawler: a room may import those with the same or a lower number. The registry, `crawler.publishers`,
reads TOML only and stands outside; what is in its folders is the highest room."""

NOT_SAID = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
"""Names that do not say what is in a module."""

MOST_LINES = 400
LONG = {
    "tests/chaos/rounds.py": "one round's story, from its seed to its verdict",
    "tests/publishers/test_discovery.py": "each publisher's listings, publisher by publisher",
}
"""Files that are longer, each with its reason."""


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from package import module` imports the module.
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_run_from_the_dags_to_the_crawler_to_the_models_and_never_back(floor: str) -> None:
    above = FLOORS[FLOORS.index(floor) + 1 :]
    wrong = [
        f"{dotted(path)} imports {name}"
        for path in modules(floor)
        for name in sorted(imported(path))
        if name.split(".")[0] in (*above, "tests", "benchmarks", "scripts")
    ]
    assert not wrong, "\n".join(wrong)


def room(name: str) -> int | None:
    _, _, inside = name.partition("crawler.")
    key, _, rest = inside.partition(".")
    if key == "publishers" and rest.split(".")[0] not in publishers.keys():
        return None
    return ROOMS.get(key)


def test_inside_the_crawler_imports_run_from_the_publishers_to_the_cms_to_fetching_and_parsing() -> None:
    wrong = []
    for path in modules("crawler"):
        own = room(dotted(path))
        for name in sorted(imported(path)):
            other = room(name)
            if own is not None and other is not None and other > own:
                wrong.append(f"{dotted(path)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_no_two_modules_import_one_another() -> None:
    paths = {dotted(path): path for path in modules(*FLOORS)}
    graph = {name: {other for other in imported(path) if other in paths} - {name} for name, path in paths.items()}
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, "a circle of imports: " + " -> ".join([*way[way.index(name) :], name])
        if name not in done:
            for other in sorted(graph[name]):
                walk(other, (*way, name))
            done.add(name)

    for name in sorted(graph):
        walk(name, ())


def test_a_modules_name_says_what_is_in_it() -> None:
    assert not [
        path for path in modules(*FLOORS, "tests", "scripts", "benchmarks") if {path.stem, path.parent.name} & NOT_SAID
    ]


def test_a_long_file_has_its_reason() -> None:
    long = {
        str(path.relative_to(ROOT))
        for path in modules(*FLOORS, "tests", "scripts", "benchmarks")
        if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    }
    assert not long - set(LONG), "split what has grown, or say why not"
