"""What is installed is what the locks say, and the locks say what the .in files ask for."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.airflow_home import CHECKOUT
from scripts.audit_dependencies import read_lock

EXTRAS = ("requirements-s3", "requirements-slack")
LOCKS = ("requirements", "requirements-dev", *EXTRAS)


def _asked(name: str) -> dict[str, Requirement]:
    lines = (line.split("#")[0].strip() for line in (CHECKOUT / f"{name}.in").read_text().splitlines())
    asked = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(each.name): each for each in asked}


def _pins(name: str) -> set[tuple[str, str]]:
    return {(package, version) for package, version, _ in read_lock(CHECKOUT / f"{name}.txt").pins}


def _said_to_be_asked(lock: str, source: str) -> set[str]:
    """The packages that the lock itself annotates with the file that asks for them."""
    found, package = set(), ""
    for line in (CHECKOUT / f"{lock}.txt").read_text().splitlines():
        if pin := re.match(r"([a-z0-9-]+)==", line):
            package = pin[1]
        elif line.startswith("    #") and line.split()[-2:] == ["-r", f"{source}.in"]:
            found.add(package)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_was_made_from_this_in_file(name: str) -> None:
    """A package that was added to the .in and not locked would be missing where nobody has it by chance."""
    asked = _asked(name)
    assert set(asked) == _said_to_be_asked(name, name), "run `make lock`"
    for package, requirement in asked.items():
        versions = [version for pinned, version in _pins(name) if pinned == package]
        assert versions, f"{package} is not locked: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions)


def test_the_tests_run_on_the_versions_that_users_install() -> None:
    assert _pins("requirements") <= _pins("requirements-dev")


@pytest.mark.parametrize("name", EXTRAS)
def test_an_extra_changes_nothing_of_what_everybody_has(name: str) -> None:
    """A second version of a package would take the place of the one that all tests ran on."""
    base = {package for package, _ in _pins("requirements")}
    assert _pins(name)
    assert base.isdisjoint(package for package, _ in _pins(name))


def test_the_docs_name_the_extras_by_a_line_that_works_with_uv_and_pip() -> None:
    """A .venv of uv has no pip, and what is installed by hand is lost with the next .venv."""
    pages = [CHECKOUT / "airflow.cfg.example", *(CHECKOUT / "docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    assert "pip install" not in text
    for name in EXTRAS:
        assert f"make install EXTRAS={name.removeprefix('requirements-')}" in text


def test_what_pyproject_needs_is_asked_for_with_a_reason() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    needed = {canonicalize_name(Requirement(each).name) for each in project["dependencies"]}
    assert needed <= set(_asked("requirements"))
    for name in LOCKS:
        for line in (CHECKOUT / f"{name}.in").read_text().splitlines():
            assert line.startswith(("#", "-")) or re.search(r"\S\s+# \S+ \S+", line), line


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    """One line without a hash and pip refuses them all; an address would be somebody's own mirror."""
    text = (CHECKOUT / f"{name}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"^\s+--hash=sha256:[0-9a-f]{64}( \\)?$", "", text, flags=re.M), re.M)
    for package, _, hashes in read_lock(CHECKOUT / f"{name}.txt").pins:
        assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}(\s+--hash=sha256:[0-9a-f]{64})*", hashes), package


def test_this_environment_is_the_locks() -> None:
    """Else the other tests tell of versions that nobody else has."""
    lines = (CHECKOUT / "requirements-dev.txt").read_text().splitlines()
    pins = [Requirement(line.removesuffix("\\").strip()) for line in lines if re.match(r"[a-z0-9]", line)]
    here = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    assert len(here) > 200
    installed = {canonicalize_name(each.name): each.version for each in importlib.metadata.distributions()}
    wrong = [
        f"{pin.name}{pin.specifier}, installed: {installed.get(pin.name)}"
        for pin in here
        if pin.name not in installed or not pin.specifier.contains(installed[pin.name], prereleases=True)
    ]
    assert not wrong, "run `make install-dev`"


@pytest.mark.parametrize("installer", ["uv pip install", "-m pip install"])
def test_the_install_script_takes_nothing_without_a_hash(installer: str) -> None:
    lines = [line for line in Path(CHECKOUT / "scripts/install.sh").read_text().splitlines() if installer in line]
    assert len(lines) == 2
    assert ["--require-hashes" in line for line in lines] == [True, False]
    assert "--no-deps --no-build-isolation -e ." in lines[1], "Dibao itself, built with the lock's setuptools"
