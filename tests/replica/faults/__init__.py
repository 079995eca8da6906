"""Every fault, in the table: importing this package registers them all."""

from __future__ import annotations

from tests.replica.faults import answers, connection, encodings, lists, pages
from tests.replica.faults.table import FAULTS, Active, Context, Fault, run

__all__ = ["FAULTS", "Active", "Context", "Fault", "answers", "connection", "encodings", "lists", "pages", "run"]
