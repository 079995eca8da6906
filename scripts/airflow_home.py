"""AIRFLOW_HOME: the configuration's link, the secrets' files, the environment of Airflow's processes."""

from __future__ import annotations

import base64
import configparser
import json
import os
import re
import secrets
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHECKOUT", "AirflowHome"]

CHECKOUT = Path(__file__).resolve().parent.parent

_EXAMPLE = CHECKOUT / "airflow.cfg.example"

_HERE = ("127.0.0.1", "localhost", "::1")

_MAY_BE_SECRET = re.compile(r"STORE|CONN|KEY|SECRET|PASSWORD|TOKEN|BROKER|BACKEND|NOTIFIERS|DSN")
"""Names of variables whose values may be, or hold, a secret; a command that prints one (`_CMD`) counts too."""


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
    def public_address(self) -> str:
        """Where people open the UI: the `[api] base_url` that the environment or an airflow.cfg of one's own gives."""
        given = os.environ.get("AIRFLOW__API__BASE_URL") or self._of_own_file("api", "base_url")
        return (given or self.address).rstrip("/")

    def _of_own_file(self, section: str, key: str) -> str | None:
        """What an airflow.cfg in the place of our link says otherwise than the example."""
        own, example = (configparser.RawConfigParser() for _ in range(2))
        example.read(_EXAMPLE, encoding="utf-8")
        own.read(self.path / "airflow.cfg", encoding="utf-8")
        value = own.get(section, key, fallback=None)
        return None if value == example.get(section, key, fallback=None) else value

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process of this Airflow."""
        kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "AIRFLOW_CONFIG")}
        return kept | self._own | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])}

    @property
    def _own(self) -> dict[str, str]:
        # A proxy of the environment cannot reach our own loopback: tasks would never begin, and nothing would say so.
        direct = ",".join(
            dict.fromkeys(
                [*filter(None, f"{os.environ.get('NO_PROXY', '')},{os.environ.get('no_proxy', '')}".split(",")), *_HERE]
            )
        )
        return {
            "AIRFLOW_HOME": str(self.path),
            "DIBAO_HOME": str(CHECKOUT),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.public_address,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.task_port}/execution/",
            "NO_PROXY": direct,
            "no_proxy": direct,
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
            link.symlink_to(os.path.relpath(_EXAMPLE, self.path))
        (self.path / "secrets").mkdir(mode=0o700, exist_ok=True)
        self._secret("fernet_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        self._secret("api_secret_key", secrets.token_urlsafe(48))
        self._secret("jwt_secret", secrets.token_urlsafe(64))
        new_login = self._secret("passwords.json", json.dumps({"admin": secrets.token_urlsafe(12)}) + "\n")
        (self.path / "env.sh").write_text(self._env_sh())
        return new_login

    def _env_sh(self) -> str:
        """What leads a shell to this very Airflow; what may be a secret is demanded of the shell, not written down."""
        lines = [f"# . {self.path / 'env.sh'}; airflow …"]
        given = {
            name: value for name, value in os.environ.items() if name.startswith(("AIRFLOW__", "DIBAO_")) and value
        }
        for name, value in sorted((given | self._own).items()):
            if name in self._own or not _MAY_BE_SECRET.search(name):
                lines.append(f"export {name}={shlex.quote(value)}")
            else:
                # Without it, airflow would work in another database, an empty one of its own.
                lines.append(f': "${{{name}:?make up was started with it: set it here too (docs/production.md)}}"')
        return "\n".join(lines) + "\n"

    def _secret(self, name: str, value: str) -> bool:
        try:
            handle = os.open(self.path / "secrets" / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(handle, "w") as file:
            file.write(value)
        return True
