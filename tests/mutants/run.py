"""Plants one failure in a copy of the tree, and asks whether its guard speaks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.planted import Mutant

__all__ = ["ROOT", "Verdict", "place_of", "planted", "try_out"]

ROOT = Path(__file__).parents[2]
_CODE = ("crawler", "models", "dags")
_COPIED = (*_CODE, "tests", "scripts", "docs", "benchmarks", "pyproject.toml", "scrapy.cfg", "airflow.cfg.example")
_LIMIT_SECONDS = 1800


@dataclass(frozen=True)
class Verdict:
    """What came of one planted failure.

    Args:
        caught: whether its guard spoke.
        spoken: what spoke: guards of a night, or the tests that failed.
    """

    caught: bool
    spoken: tuple[str, ...]


def place_of(old: str, root: Path = ROOT) -> Path:
    """The one file below `root` in which a piece of code occurs, once.

    Raises:
        LookupError: it occurs nowhere, or more than once: the failure must be planted anew.
    """
    places = [
        file
        for folder in _CODE
        for file in sorted((root / folder).rglob("*.py"))
        for _ in range(file.read_text(encoding="utf-8").count(old))
    ]
    if len(places) != 1:
        raise LookupError(f"{old!r} occurs {len(places)} times")
    return places[0]


@contextmanager
def planted(mutant: Mutant | None) -> Iterator[Path]:
    """A copy of the tree with the failure in it; without one where there is none."""
    with tempfile.TemporaryDirectory(prefix="dibao-mutant-") as folder:
        copy = Path(folder)
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        for old, new in mutant.edits if mutant else ():
            file = place_of(old, copy)
            file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        yield copy


def try_out(mutant: Mutant | None, tests: tuple[str, ...] = ()) -> Verdict:
    """Plant a failure and ask its guard.

    Args:
        mutant: the failure; None asks the healthy tree.
        tests: for the healthy tree: the tests to run there; none for a night.
    """
    tests = mutant.tests if mutant else tests
    with planted(mutant) as tree:
        if tests:
            done = _run(tree, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-rfE", *tests)
            lines = (done.stdout + done.stderr).splitlines()
            failed = tuple(
                line.split(" ", 1)[1].split(" - ")[0] for line in lines if line.startswith(("FAILED ", "ERROR "))
            )
            # 0 is success, 1 failed tests; all else is a run that did not take place and proves nothing.
            if done.returncode not in (0, 1) or (done.returncode == 1 and not failed):
                raise RuntimeError(f"pytest {' '.join(tests)} ended with {done.returncode}:\n" + "\n".join(lines[-15:]))
            return Verdict(bool(failed), failed)
        night = tree / "night"
        night.mkdir()
        done = _run(tree, "-m", "tests.mutants.night", str(night))
        if done.returncode:
            raise RuntimeError(f"the night ended with {done.returncode}:\n{done.stderr[-1500:]}")
        spoken = tuple(json.loads(done.stdout.splitlines()[-1]))
        return Verdict(bool(mutant) and mutant.guard in spoken if mutant else bool(spoken), spoken)


def _run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DIBAO_", "PYTEST_"))}
    environment |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=tree, env=environment, capture_output=True, text=True,
        timeout=_LIMIT_SECONDS, check=False,
    )  # fmt: skip
