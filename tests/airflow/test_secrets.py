"""What a night logs, writes and shows holds no secret: canaries are planted where secrets are, and looked for."""

from __future__ import annotations

import gzip
import logging
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import make_url, select

from crawler.config import Config, load_config
from crawler.errors import ConfigurationError
from crawler.fetch.process import _without_secrets
from models.base import Base
from models.store import Store
from tests.airflow.test_real_night import replica  # noqa: F401 -- a fixture
from tests.command import dibao
from tests.corpus.conftest import airflow_login, browser, stranger  # noqa: F401 -- fixtures

pytestmark = [pytest.mark.airflow, pytest.mark.postgres]

# Characters that drivers, shells and URLs treat in ways of their own; each canary has one part that stays as it is.
_IN_THE_STORE, _IN_A_CONNECTION, _IN_THE_MAIL = "kanarie4711", "kanarie4712", "kanarie4713"
_CONF = {"from": "2026-06-15", "to": "2026-06-16"}


@pytest.fixture
def store_url(empty_database: str) -> str:
    """PostgreSQL, with a password that its server does not ask for and nobody may repeat."""
    return make_url(empty_database).set(password=f"p %/:{_IN_THE_STORE}").render_as_string(hide_password=False)


@pytest.fixture
def canaries(airflow_database: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that must be found nowhere: the planted ones, and Airflow's own keys."""
    monkeypatch.setenv("AIRFLOW_CONN_LAKE", f"aws://key:{_IN_A_CONNECTION}@/")
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", f"smtp://dibao:{_IN_THE_MAIL}@127.0.0.1:1")
    assert quote(_IN_THE_STORE) in store_url
    own = [path.read_text().strip() for path in (airflow_database / "secrets").iterdir() if path.suffix != ".json"]
    assert len(own) == 3
    return [_IN_THE_STORE, _IN_A_CONNECTION, _IN_THE_MAIL, *own]


def _unpacked(path: Path) -> bytes:
    """The bytes of a file, those of its gzip members too."""
    raw = path.read_bytes()
    if path.suffix != ".gz":
        return raw
    return raw + gzip.decompress(raw)


def _holders(canaries: list[str], places: dict[str, bytes]) -> list[tuple[str, str]]:
    forms = [(each, form) for each in canaries for form in (each.encode(), quote(each, safe="").encode())]
    return sorted({(place, canary) for place, content in places.items() for canary, form in forms if form in content})


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): _unpacked(path)
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and "secrets" not in path.parts
    }


def test_the_search_finds_a_canary_wherever_it_sits(tmp_path: Path) -> None:
    """A guard that never barks guards nothing."""
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(b"x") + gzip.compress(_IN_THE_STORE.encode()))
    (tmp_path / "b.json").write_text(f'{{"url": "postgresql://u:{_IN_A_CONNECTION}@h"}}')
    found = _holders([_IN_THE_STORE, _IN_A_CONNECTION], _files(tmp_path))
    assert found == [("a.warc.gz", _IN_THE_STORE), ("b.json", _IN_A_CONNECTION)]


def test_nothing_that_a_night_leaves_behind_holds_a_secret(
    replica: None,  # noqa: F811
    store: Store,
    config: Config,
    airflow_database: Path,
    dag_bag: Any,
    canaries: list[str],
    browser: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A night that goes well, one whose store is gone, some whose store is written wrongly; then all is searched."""
    ingest, revisit = dag_bag.dags["ingest_tibet_net"], dag_bag.dags["revisit"]
    good = config.store_url
    for task in (*ingest.tasks, *revisit.tasks):
        task.retries = 0
    gone = make_url(good).set(port=1).render_as_string(hide_password=False)
    wrong = [
        f"postgresql://dibao:p@{_IN_THE_STORE}@127.0.0.1/x",
        f"postgresql://dibao@127.0.0.1:{_IN_THE_STORE}/x",
        f"mysql://dibao:{_IN_THE_STORE}@127.0.0.1/x",
        f"{good}?passwort={_IN_THE_STORE}",
    ]
    states, printed = [], []
    with caplog.at_level(logging.DEBUG):
        for minute, url in enumerate([good, gone, *wrong]):
            monkeypatch.setenv("DIBAO_STORE", url)
            # Some are refused here already; what follows must refuse them too, and without the secret.
            with suppress(ConfigurationError):
                load_config(fresh=True)
            moment = datetime(2026, 6, 18, 2, minute, tzinfo=UTC)
            states.append(ingest.test(run_after=moment, logical_date=None, run_conf=_CONF).state)
            if url != good:
                revisit.test(run_after=moment, logical_date=None, run_conf={"recent": False})
            for words in (["status"], ["gaps"], ["audit"], ["load", "tibet_net", "--from", "2026-06-15"]):
                printed.append(dibao(*words).output)
            page = browser.get("/corpus/")
            assert page.status_code == (200 if url == good else 503)
            printed.append(page.text)
            from corpus_page.reading import _store

            _store.cache_clear()
    assert states == ["success", *["failed"] * 5]

    monkeypatch.setenv("DIBAO_STORE", good)
    with store.reading() as connection:
        rows = {
            f"table {table.name}": "\n".join(map(str, connection.execute(select(table)))).encode()
            for table in Base.metadata.sorted_tables
        }
    captured = capfd.readouterr()
    places = {
        "the log": caplog.text.encode(),
        "standard output": captured.out.encode(),
        "standard error": captured.err.encode(),
        "pages and commands": "\n".join(printed).encode(),
        **rows,
        **{f"data/{name}": content for name, content in _files(Path(config.data)).items()},
        **{f"AIRFLOW_HOME/{name}": content for name, content in _files(airflow_database).items()},
    }
    assert {"data/runs/tibet_net/2026-06-15_2026-06-16/captures.warc.gz", "AIRFLOW_HOME/airflow.db"} <= set(places)
    assert b"run folder" in places["the log"] + places["standard output"], "the log was looked at"
    assert _holders(canaries, places) == []


def test_the_process_that_reads_strangers_pages_knows_no_secret() -> None:
    """A page that found a hole in a parser would find no password behind it."""
    environment = {
        "DIBAO_STORE": "postgresql://u:secret@h/d",
        "AIRFLOW__API_AUTH__JWT_SECRET": "secret",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://u:secret@h/a",
        "AIRFLOW_CONN_SMTP_DEFAULT": "smtp://u:secret@h",
        "AIRFLOW_VAR_KEY": "secret",
        "PGPASSWORD": "secret",
        "PGPASSFILE": "/home/dibao/.pgpass",
        "PATH": "/usr/bin",
        "DIBAO_DATA": "s3://lake/dibao",
        "AWS_PROFILE": "dibao",
        "AIRFLOW_HOME": "/var/airflow",
    }
    kept = {"PATH", "DIBAO_DATA", "AWS_PROFILE", "AIRFLOW_HOME"}
    assert set(_without_secrets(environment)) == kept
