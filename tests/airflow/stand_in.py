"""`crawler.stages` without the work: what Airflow makes of results and failures can be seen in seconds."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from crawler.artefacts import RunFolder
from crawler.run import Run
from crawler.stages import open_store

__all__ = ["STAGES", "StandIn"]

STAGES = ("crawl", "parse", "dedupe", "load", "check")


class StandIn(types.ModuleType):
    """`crawler.stages` with nothing behind it: notes the runs it is given, and fails when told to."""

    def __init__(self) -> None:
        super().__init__("crawler.stages")
        self.calls: list[tuple[str, Run]] = []
        self.failures: dict[str, list[Exception]] = {}
        self.stopped = 0
        # What a task's end means is noted in the store, and that is not stood in for.
        self.open_store = open_store
        for name in STAGES:
            setattr(self, name, self._stage(name))

    def _stage(self, name: str) -> Callable[..., dict[str, Any]]:
        def stage(run: Run, config: Any, *, on_line: Callable[[str], None]) -> dict[str, Any]:
            self.calls.append((name, run))
            on_line(f"a line of {name}")
            if self.failures.get(name):
                raise self.failures[name].pop(0)
            return {"stage": name, "seen": 7}

        return stage

    def stop_crawl(self) -> None:
        self.stopped += 1

    @staticmethod
    def describe(stage: str, counts: dict[str, Any], folder: RunFolder) -> str:
        return f"what  how many\n{stage}  {counts['seen']}"

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]
