"""The replica: the four publishers' sites as one local server, with pages of every era and every fault by name.

`start()` runs one in a thread for a test; `python -m tests.replica` runs one until it is stopped.
"""

from __future__ import annotations

from tests.replica.server import Handle, Replica, start

__all__ = ["Handle", "Replica", "start"]
