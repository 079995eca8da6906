"""`python -m tests.faults`: writes the fault table into docs/guarantees.md."""

from tests.faults.expected import write

write()
