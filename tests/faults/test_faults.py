"""Every fault by name, met by a real crawl and the real parse, dedupe and load: none ends in silence."""

from __future__ import annotations

import re

import pytest

from crawler.errors import Fate
from tests.faults.expected import EXPECTED, GAPS, OVER, markdown, written
from tests.faults.meet import Meeting, meet_all
from tests.replica.faults import FAULTS

STORED = {"loaded_new", "loaded_revision", "unchanged"}


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Meeting:
    return meet_all(tmp_path_factory.mktemp("faults"))


def _named(names: object) -> list[object]:
    return [
        pytest.param(name, marks=pytest.mark.xfail(reason=GAPS[name], strict=True) if name in GAPS else ())
        for name in FAULTS
        if name in names  # type: ignore[operator]
    ]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", _named(FAULTS))
def test_a_fault_ends_as_the_table_says(meeting: Meeting, name: str) -> None:
    met = meeting.met[name]
    assert met.fate in EXPECTED[name], met.message
    if FAULTS[name].fates:
        assert met.fate in FAULTS[name].fates, "the replica's own table says otherwise"
    if met.fate not in (*STORED, "loaded"):
        assert met.message, "a failure that does not say why"


@pytest.mark.parametrize("name", [name for name in FAULTS if OVER[name] == "loaded"])
def test_a_fault_that_passes_costs_nothing_once_it_is_over(meeting: Meeting, name: str) -> None:
    assert meeting.met[name].after in (*STORED, "loaded"), meeting.met[name]


def test_no_article_beside_the_faults_is_lost(meeting: Meeting) -> None:
    assert meeting.untouched == []


def test_the_audit_finds_nothing_wrong_after_any_fault(meeting: Meeting) -> None:
    assert meeting.breaks == []


def test_no_redirect_or_link_makes_the_crawl_speak_to_any_other_address(meeting: Meeting) -> None:
    # Written down by Python's own audit events inside the crawls: neither a connection nor a name looked up beside
    # those to the gateway, although 15 faults lead to loopback, private, link-local and metadata addresses.
    leading_away = [name for name in EXPECTED if name.startswith("redirect_") and EXPECTED[name] == ("off_site",)]
    assert len(leading_away) >= 13
    assert meeting.connections
    assert meeting.connections <= meeting.gateways
    assert meeting.strangers == set()


def test_stored_html_holds_nothing_that_a_browser_would_run(meeting: Meeting) -> None:
    bodies = {name: met.body_html for name, met in meeting.met.items() if met.body_html}
    assert {"hostile_html", "path_tricks", "entity_bomb"} <= set(bodies)
    for name, body in bodies.items():
        plain = body.lower()
        assert not re.search(r"<(script|style|iframe|object|embed|form|input|svg|math|base|meta|link)\b", plain), name
        assert not re.search(r"<[^>]*\son\w+\s*=", plain), name
        assert not re.search(r"(?:href|src)\s*=\s*[\"']?\s*(?!https?://)[a-z]+:", plain), name


def test_no_file_name_of_a_page_leads_out_of_the_data_root(meeting: Meeting) -> None:
    record = meeting.met["path_tricks"].record
    assert record
    assert "file:" not in record
    # What is left of such names are addresses on the publisher's own host, which nobody turns into a path.
    assert not re.search(r"\bc:[\\/%]", record.lower())


def test_entities_are_not_expanded_and_files_not_read(meeting: Meeting) -> None:
    record = meeting.met["entity_bomb"].record
    assert "lol" * 2 not in record
    assert "root:" not in record


def test_a_layout_that_nobody_has_seen_is_marked_as_read_by_the_general_reader(meeting: Meeting) -> None:
    # `check` counts these: "known layouts read the pages".
    assert "'generic/" in meeting.met["layout_overnight"].record


def test_no_null_byte_is_stored(meeting: Meeting) -> None:
    assert "\\x00" not in meeting.met["null_bytes"].record


def test_every_fault_has_its_row_and_every_fate_is_one() -> None:
    assert set(EXPECTED) == set(FAULTS)
    named = {fate for name, fates in EXPECTED.items() if FAULTS[name].fates for fate in fates}
    assert named <= {fate.value for fate in Fate}


def test_the_document_shows_this_table() -> None:
    assert written() == markdown(), "run: python -m tests.faults"
