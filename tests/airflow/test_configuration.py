"""airflow.cfg.example: keys that Airflow knows, no secret, and the files that its commands read."""

from __future__ import annotations

import configparser
import stat
from pathlib import Path

import pytest

from scripts.airflow_home import CHECKOUT, AirflowHome

_EXAMPLE = CHECKOUT / "airflow.cfg.example"


def _keys() -> list[tuple[str, str, str]]:
    parser = configparser.RawConfigParser()
    parser.read(_EXAMPLE, encoding="utf-8")
    return [(section, key, value) for section in parser.sections() for key, value in parser.items(section)]


@pytest.mark.parametrize(("section", "key", "value"), _keys())
def test_airflow_knows_the_key_and_its_default_differs(section: str, key: str, value: str) -> None:
    from airflow.configuration import retrieve_configuration_description

    options = retrieve_configuration_description(include_providers=False)[section]["options"]
    option = options[key.removesuffix("_cmd")]
    if key.endswith("_cmd"):
        assert option.get("sensitive"), "Airflow reads _cmd for sensitive keys only"
    assert str(option["default"]) != value


def test_every_key_has_its_reason() -> None:
    lines = _EXAMPLE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), line


def test_the_example_holds_no_secret() -> None:
    for _, key, value in _keys():
        if any(word in key for word in ("secret", "fernet", "password")):
            assert key.endswith("_cmd") or value.startswith("$AIRFLOW_HOME"), key


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    """A key that changes at each start ends every session and fails every task."""
    home = AirflowHome(tmp_path / "airflow", 8080, 8081, {})
    assert home.prepare() is True
    before = {path.name: path.read_text() for path in (home.path / "secrets").iterdir()}
    assert set(before) == {"fernet_key", "api_secret_key", "jwt_secret", "passwords.json"}
    for path in (home.path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((home.path / "secrets").stat().st_mode) == 0o700
    assert home.prepare() is False
    assert {path.name: path.read_text() for path in (home.path / "secrets").iterdir()} == before
    assert home.password not in (home.path / "env.sh").read_text()


def test_airflow_reads_the_example_with_the_secrets(airflow_database: Path) -> None:
    from airflow.configuration import conf

    assert conf.get("core", "dags_folder") == str(CHECKOUT / "dags")
    assert conf.get("core", "fernet_key") == (airflow_database / "secrets" / "fernet_key").read_text()
    assert conf.get("api_auth", "jwt_secret") == (airflow_database / "secrets" / "jwt_secret").read_text()
    assert conf.get("api", "host") == "127.0.0.1"


def test_a_file_of_ones_own_in_the_place_of_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "airflow.cfg").write_text("[core]\n")
    AirflowHome(tmp_path, 8080, 8081, {}).prepare()
    assert (tmp_path / "airflow.cfg").read_text() == "[core]\n"
