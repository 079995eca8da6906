"""A registry of the shipped publishers and one more, whose file a test writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler import publishers
from crawler.parse import parse

__all__ = ["XIZANG", "one_more"]

XIZANG = r"""
name = "西藏自治区人民政府"
home = "https://www.xizang.gov.cn/"
schedule = "25 3 * * *"
since = "2018-01-01"

[pace]
delay_seconds = 3.0

[[site]]
key = "xizang"
name = "西藏自治区人民政府"
hosts = ["www.xizang.gov.cn"]
cms = "trs"

[[channel]]
key = "zwyw"
name = "政务要闻"
url = "https://www.xizang.gov.cn/xwzx_406/zwyw/"

[[article_url]]
pattern = '^/.*/\d{6}/t(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})_(?P<key>\d+)\.html'

[expectations]
min_articles_per_day = 1
max_articles_per_day = 300
filled = ["title", "published_at"]
min_body_length = 40
"""
"""A right publisher.toml, as docs/adding-a-publisher.md has it."""


@contextmanager
def one_more(folder: Path, toml: str, key: str = "xizang_gov") -> Iterator[str]:
    """The registry with one publisher more.

    Args:
        folder: where its files are laid, empty.
        toml: its publisher.toml.
        key: its key.

    Returns:
        The key.
    """
    for shipped in publishers.keys():
        (folder / shipped).symlink_to(Path(publishers.__file__).parent / shipped)
    (folder / key).mkdir()
    (folder / key / "publisher.toml").write_text(toml, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishers, "_root", lambda: folder)
        _forget()
        yield key
    _forget()


def _forget() -> None:
    for cached in (publishers._keys, publishers._state, publishers._warn, parse._owners, parse._article_hosts):
        cached.cache_clear()
