"""Read by Python itself at its start, where this folder is on PYTHONPATH: writes down each address spoken to.

The audit events of `socket` (PEP 578) cannot be switched off by what runs later in the process.
"""

import os
import sys

if "FAULTS_CONNECTIONS" in os.environ:
    _file = os.open(os.environ["FAULTS_CONNECTIONS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def _write_down(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect":
            os.write(_file, f"connect {arguments[1]!r}\n".encode())
        elif event == "socket.getaddrinfo":
            os.write(_file, f"resolve {arguments[0]!r}\n".encode())

    sys.addaudithook(_write_down)
