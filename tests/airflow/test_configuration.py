"""airflow.cfg.example: keys that Airflow knows, no secret, and the files that its commands read."""

from __future__ import annotations

import configparser
import os
import stat
import subprocess
from pathlib import Path
from unittest import mock
from urllib.request import proxy_bypass_environment

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


def test_the_address_that_people_open_airflow_at_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mail would lead to the loopback of whoever reads it."""
    home = AirflowHome(tmp_path, 8080, 8081, {})
    home.prepare()
    assert home.environment["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8080"
    (tmp_path / "airflow.cfg").unlink()
    (tmp_path / "airflow.cfg").write_text("[api]\nbase_url = https://dibao.example.org/\n")
    assert home.environment["AIRFLOW__API__BASE_URL"] == "https://dibao.example.org"
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://other.example.org")
    assert home.environment["AIRFLOW__API__BASE_URL"] == "https://other.example.org"
    assert home.address == "http://127.0.0.1:8080", "what the scripts themselves ask stays on this machine"


def test_no_proxy_comes_between_the_tasks_and_their_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server with HTTP_PROXY every task would stay queued for ever, and nothing would tell."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.org:3128")
    monkeypatch.setenv("no_proxy", "intranet.example.org")
    environment = AirflowHome(tmp_path, 8080, 8081, {}).environment
    with mock.patch.dict(os.environ, environment, clear=True):
        assert proxy_bypass_environment("127.0.0.1:8081")
        assert proxy_bypass_environment("intranet.example.org")
        assert not proxy_bypass_environment("www.example.org")


def test_a_shell_is_led_to_the_airflow_that_make_up_runs_or_told_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the address of its database, airflow makes an empty one and a back-fill there never begins."""
    secret = "postgresql+psycopg://airflow:kanarie4714@db/airflow"
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", secret)
    monkeypatch.setenv("DIBAO_USER_AGENT", "Dibao/0.1 (it's us; ops@example.org)")
    AirflowHome(tmp_path, 8080, 8081, {"DIBAO_DATA": "/srv/dibao"}).prepare()
    script = (tmp_path / "env.sh").read_text()
    assert "kanarie4714" not in script
    monkeypatch.delenv("DIBAO_USER_AGENT")
    show = f'. {tmp_path}/env.sh && echo "$DIBAO_DATA|$DIBAO_USER_AGENT|$AIRFLOW_HOME"'
    done = subprocess.run(["sh", "-c", show], capture_output=True, text=True, check=True)
    assert done.stdout == f"/srv/dibao|Dibao/0.1 (it's us; ops@example.org)|{tmp_path}\n"
    monkeypatch.delenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    refused = subprocess.run(["sh", "-c", show], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: make up was started with it" in refused.stderr
