"""Ask an advisory service about every pin of a lock: `make audit-dependencies`.

Exit codes: 0 no advisory is known; 1 at least one is; 2 the lock cannot be read; 75 the service could not be asked
about every pin, which says nothing about them.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["COULD_NOT_ASK", "Lock", "main", "read_lock"]

COULD_NOT_ASK = 75
"""EX_TEMPFAIL of sysexits.h: nothing is known, another try may tell."""

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?:\s*;[^\\]*?)?(?P<hashes>(?:\s+--hash=\S+)+)\s*$")


class WrongLock(Exception):
    """The file is no lock, or one without hashes; the message says which line."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The pins of one requirements file: name, version and hash options; and the day they were chosen."""

    path: Path
    locked_on: str
    pins: tuple[tuple[str, str, str], ...]


def read_lock(path: Path) -> Lock:
    """Read a lock, the pins for other Pythons and systems included.

    Raises:
        WrongLock: a line is no pin with hashes, or the day of the lock is missing.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise WrongLock(f"{path} cannot be read: {error.strerror}") from error
    day = re.search(r"^# Locked on (\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    if day is None:
        raise WrongLock(f"{path} does not say when it was locked; `make lock` writes it anew")
    pins = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pin = _PIN.match(line)
        if pin is None:
            raise WrongLock(f"{path}: {line.split('--hash')[0].strip()!r} is no pin with hashes; `make lock`")
        pins.append((pin["name"], pin["version"], pin["hashes"].strip()))
    if not pins:
        raise WrongLock(f"{path} pins nothing; `make lock` writes it anew")
    return Lock(path, day[1], tuple(pins))


def main(arguments: list[str] | None = None) -> int:
    """Audit one lock; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lock", nargs="?", type=Path, default=Path("requirements.txt"))
    parser.add_argument("--osv-url", help="another address of an OSV service than pip-audit's own")
    given = parser.parse_args(arguments)
    try:
        lock = read_lock(given.lock)
    except WrongLock as error:
        print(f"audit-dependencies: {error}", file=sys.stderr)
        return 2
    answers, reason = _ask(lock, given.osv_url)
    name = f"{lock.path.name} (locked on {lock.locked_on})"
    asked = {(row["name"].lower(), row["version"]): row["vulns"] for row in answers if "version" in row}
    unasked = [pin for pin in lock.pins if (pin[0].lower(), pin[1]) not in asked]
    known = [(package, version, each) for (package, version), found in sorted(asked.items()) for each in found]
    for package, version, found in known:
        mended = ", ".join(found["fix_versions"]) or "no version yet"
        print(f"{package} {version}: {' '.join([found['id'], *found['aliases']])}, mended in {mended}")
        print(f"    {found.get('description', '')[:300]}")
    if known:
        print(f"audit-dependencies: {len(known)} advisories about the {len(lock.pins)} pins of {name}")
        print("audit-dependencies: `make lock ARGS='--upgrade-package NAME'` takes the newest version of one")
    if unasked:
        print(
            f"audit-dependencies: COULD NOT ASK about {len(unasked)} of the {len(lock.pins)} pins of {name}; "
            f"nothing is known about them. Is there a network? {reason}",
            file=sys.stderr,
        )
    if known:
        return 1
    if unasked:
        return COULD_NOT_ASK
    print(f"audit-dependencies: asked about all {len(lock.pins)} pins of {name}: no known advisory")
    return 0


def _ask(lock: Lock, osv_url: str | None) -> tuple[list[dict[str, Any]], str]:
    """What pip-audit answers about the pins, and the last words of a run of it that failed."""
    # Without their markers, or it leaves out what this machine does not install. It refuses a name that stands twice,
    # as one does that is pinned to two versions for different Pythons: the second goes into a run of its own.
    rounds: list[dict[str, str]] = []
    for package, version, hashes in lock.pins:
        free = next((each for each in rounds if package not in each), None)
        if free is None:
            rounds.append(free := {})
        free[package] = f"{package}=={version} {hashes}\n"
    answers, reason = [], ""
    with tempfile.TemporaryDirectory(prefix="dibao-pins-") as folder:
        pins_file = Path(folder, "requirements.txt")
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--requirement", str(pins_file)]
        command += ["--require-hashes", "--format", "json", "--progress-spinner", "off"]
        command += ["--cache-dir", str(Path(folder, "cache")), "--vulnerability-service", "osv"]
        command += ["--osv-url", osv_url] if osv_url else []
        for pins in rounds:
            pins_file.write_text("".join(pins.values()), encoding="utf-8")
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
            found = _answers(done.stdout)
            answers += found
            if not found:
                reason = (done.stderr.strip().splitlines() or [f"pip-audit ended with {done.returncode}"])[-1]
    return answers, reason


def _answers(output: str) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        # It prints its table whole or, where the service fails in between, not at all.
        return []
    return rows


if __name__ == "__main__":
    sys.exit(main())
