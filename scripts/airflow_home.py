"""AIRFLOW_HOME: the configuration's link, the secrets' files, the environment of Airflow's processes."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHECKOUT", "AirflowHome"]

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class AirflowHome:
    """One AIRFLOW_HOME on this machine.

    Args:
        path: the folder.
        port: where the UI and its API listen, on loopback.
        task_port: where the tasks' API listens, on loopback; see `scripts.airflow_processes`.
        settings: further environment variables for Airflow's processes (`DIBAO_…`).
    """

    path: Path
    port: int
    task_port: int
    settings: dict[str, str]

    @property
    def address(self) -> str:
        """The UI's address; the API is below it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process of this Airflow."""
        kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "AIRFLOW_CONFIG")}
        return kept | self._own | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])}

    @property
    def _own(self) -> dict[str, str]:
        return {
            "AIRFLOW_HOME": str(self.path),
            "DIBAO_HOME": str(CHECKOUT),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.address,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.task_port}/execution/",
            **self.settings,
        }

    @property
    def password(self) -> str:
        """The password of the user admin."""
        passwords: dict[str, str] = json.loads((self.path / "secrets" / "passwords.json").read_text())
        return passwords["admin"]

    def prepare(self) -> bool:
        """Make what is missing: the folder, the configuration's link, the secrets; touch nothing that is there.

        Returns:
            Whether the login was made now, and its password has not been shown yet.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        link = self.path / "airflow.cfg"
        if not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(CHECKOUT / "airflow.cfg.example", self.path))
        (self.path / "secrets").mkdir(mode=0o700, exist_ok=True)
        self._secret("fernet_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        self._secret("api_secret_key", secrets.token_urlsafe(48))
        self._secret("jwt_secret", secrets.token_urlsafe(64))
        new_login = self._secret("passwords.json", json.dumps({"admin": secrets.token_urlsafe(12)}) + "\n")
        exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(self._own.items()))
        (self.path / "env.sh").write_text(f"# . {self.path / 'env.sh'}; airflow …\n{exports}")
        return new_login

    def _secret(self, name: str, value: str) -> bool:
        try:
            handle = os.open(self.path / "secrets" / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(handle, "w") as file:
            file.write(value)
        return True
