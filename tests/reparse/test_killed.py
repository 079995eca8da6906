"""A reparse that is killed anywhere and begun again comes to the same store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.artefacts import RunFolder
from crawler.assurance.audit import audit
from crawler.config import Config
from crawler.reparse import write as writing
from crawler.reparse.compare import compare
from crawler.reparse.read import read
from crawler.reparse.request import Reparse
from crawler.reparse.write import write
from crawler.run import Window
from models.store import Store
from tests.reparse.archived import DAY, MONDAY, ArchivedNight, Shown, all_rows, installed, quiet, right, wrong

ASKED = Reparse("tibet_net", Window(MONDAY, MONDAY + 2 * DAY))


class Killed(BaseException):
    """Nobody catches it, as nobody catches a SIGKILL."""


class Death:
    """Comes at the n-th step, before or after it is done."""

    def __init__(self) -> None:
        self.steps = self.at = 0

    def around(self, patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        done: Callable[..., Any] = getattr(owner, name)

        def step(*args: Any, **kwargs: Any) -> Any:
            self._meet()
            result = done(*args, **kwargs)
            self._meet()
            return result

        patch.setattr(owner, name, step)

    def _meet(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Killed


def two_nights(config: Config) -> None:
    with installed(wrong, "1"):
        ArchivedNight(config, [Shown(number) for number in range(7001, 7007)]).through()
        ArchivedNight(config, [Shown(number) for number in range(7011, 7015)], MONDAY + DAY).through()


def whole(config: Config) -> dict[str, Any]:
    with installed(right, "2"):
        read(ASKED, config, on_line=quiet)
        compare(ASKED, config, on_line=quiet)
        return write(ASKED, config, on_line=quiet)


def test_killed_at_every_step_it_ends_as_if_it_never_was(
    store: Store, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More transactions than pages would take.
    monkeypatch.setattr(writing, "CHUNK", 2)
    undisturbed = Config(data=str(tmp_path / "undisturbed"), store=f"sqlite:///{tmp_path}/undisturbed.sqlite")
    other = Store(undisturbed.store_url)
    other.upgrade()
    two_nights(undisturbed)
    whole(undisturbed)
    with other.reading() as connection:
        expected = all_rows(connection)
    other.close()

    two_nights(config)
    death = Death()
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((Store, "write"), (RunFolder, "write_lines"), (RunFolder, "write_bytes")):
            death.around(patch, owner, name)
        kills = 0
        while True:
            death.steps, death.at = 0, death.at + 1
            try:
                whole(config)
            except Killed:
                kills += 1
                with store.reading() as connection:
                    found = audit(connection, config.data_root)
                # Not even a half is wrong: what is not done yet is only not done.
                assert [line for question in found.questions for line in question.breaks] == []
                continue
            break
    assert kills > 30
    with store.reading() as connection:
        assert all_rows(connection) == expected
    assert whole(config)["rows_written"] == 0
