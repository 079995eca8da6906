"""A store that is lost is filled again from the archive alone, while no site can be asked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from crawler import stages
from crawler.analysts.cite import Citation, cite
from crawler.analysts.selection import Selection
from crawler.belonging import adopt
from crawler.config import Config, load_config
from crawler.errors import CheckFailed, ConfigurationError
from crawler.run import Run, Window
from tests.night.nights import WINDOW, night, quiet
from tests.replica import Handle, start


@pytest.fixture(scope="module")
def replica() -> Iterator[Handle]:
    with start() as running:
        yield running


def _cited(config: Config) -> Citation:
    with stages.open_store(config) as store, store.reading() as connection:
        return cite(connection, Selection(), "")


def test_a_lost_store_is_filled_again_from_its_archive_without_asking_a_site(
    replica: Handle, config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The bytes would be there, and no way to the corpus in them."""
    monkeypatch.setenv("DIBAO_GATEWAY", replica.url)
    live = load_config(fresh=True)
    for day in WINDOW.days:
        with suppress(CheckFailed):
            night("tibet_net", live, window=Window(day, day + timedelta(days=1)))
    before = _cited(live)
    assert before.articles > 20
    root = Path(live.data_root.path)
    shutil.rmtree(root / "runs")
    archived = {path: path.read_bytes() for path in (root / "archive").rglob("*.warc.gz")}
    new = live.model_copy(
        update={"store": SecretStr(f"sqlite:///{tmp_path}/new.sqlite"), "gateway": "http://127.0.0.1:9"}
    )
    with stages.open_store(new) as store:
        store.upgrade()
        with pytest.raises(ConfigurationError, match="dibao db adopt"):
            stages.crawl(Run("tibet_net", WINDOW), new, on_line=quiet)
        adopt(store, new)
    for day in WINDOW.days:
        with suppress(CheckFailed):
            night("tibet_net", new, window=Window(day, day + timedelta(days=1)))
    after = _cited(new)
    assert (after.articles_digest, after.revisions_digest) == (before.articles_digest, before.revisions_digest)
    assert {path: path.read_bytes() for path in (root / "archive").rglob("*.warc.gz")} == archived
