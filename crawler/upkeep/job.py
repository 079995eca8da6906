"""The names of the upkeep's jobs; importing this imports neither Scrapy nor the store."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Job"]


class Job(StrEnum):
    """What there is to do, in the order in which it is done."""

    LEFTOVERS = "leftovers"
    FIXITY = "fixity"
    RUN_FOLDERS = "run_folders"
    STORE = "store"
