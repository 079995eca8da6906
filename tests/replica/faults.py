"""placeholder"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FAULTS: dict[str, Any] = {}


@dataclass
class Active:
    hits: int = 0

    @classmethod
    def make(cls, name: str, options: dict[str, str]) -> Active:
        raise ValueError(name)

    @classmethod
    def none(cls) -> Active:
        return cls()

    def as_json(self) -> dict[str, Any]:
        return {}

    def applies(self, host: str, target: str, role: str, site: Any) -> bool:
        return False


async def run(*a: Any) -> None:
    return None
