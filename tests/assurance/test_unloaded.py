"""What heals a store that lacks what its archive holds."""

from __future__ import annotations

import pytest

from crawler.assurance.unloaded import way_to_load


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("tibet_net/2026/06/tibet_net-2026-06-08_2026-06-09", "`dibao rebuild` loads it"),
        ("tibet_net/2026/06/tibet_net-2026-06-08_2026-06-09-12", "`dibao rebuild` loads it"),
        ("tibet_net/2026/06/tibet_net-2026-06-08_2026-06-09-93b2b258-1", "`dibao rebuild` loads it"),
        ("imported/2026/06/imported-import-0123456789abcdef", "`dibao rebuild` loads it"),
        ("tibet_net/2026/06/copy", "its name is none of a run"),
    ],
)
def test_what_loads_a_file_of_the_archive_is_its_own_run(name: str, way: str) -> None:
    """An import of it made articles of listings and galleries, doubled the bytes and healed nothing."""
    assert way in way_to_load(f"archive/{name}.warc.gz")
