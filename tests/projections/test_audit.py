"""The auditor's time line: who, when true, when known, by which rules, corrections beside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from journey import Journeys, Refused
from journey.storage.append import Append
from journey.storage.finding import Finding, FindingKind, HeadView, Verified
from journey.storage.verify import verify
from projections.audit import checked_sheet, timeline, timeline_sheet, verified_sheet
from projections.sheet import Words
from tests.examples import COACH, FK, MANAGER, exited_to_work, in_step_3, wish
from tests.projections.stores import a_store, of, performed

RULES = "se-hoglandet/2024-01-01"


@pytest.fixture
def journeys() -> Iterator[Journeys]:
    """Two journeys and a unit's posts; of one journey the needs were corrected, twice."""
    with a_store() as opened:
        performed(opened, in_step_3())
        performed(opened, of("j2", exited_to_work()))
        for needs in (["fk", "af"], ["fk", "af", "region"]):
            fields = {"entry": 1, "field": "needs_from", "value": needs, "reason": "typo"}
            opened.perform(wish("correct", COACH, "2026-06-01", **fields))
        opened.perform(
            {"do": "allocate_post", "unit": "Nässjö", "by": "board:b1", "on": "2026-01-01"}
            | {"percent": 150}
        )
        yield opened


def test_all_journeys_stand_in_the_order_in_which_they_became_known(journeys: Journeys) -> None:
    entries = timeline(journeys)
    assert len(entries) == journeys.facts.head()[0]
    assert [e.recorded_at for e in entries] == sorted(e.recorded_at for e in entries)
    assert {e.journey for e in entries} == {"j1", "j2", "Nässjö"}
    assert entries[-1].event == "CoachingPostAllocated"


def test_corrections_stand_beside_what_they_correct(journeys: Journeys) -> None:
    """Scenario 44: both values and who; what was recorded then stays readable."""
    first = timeline(journeys, "j1")[0]
    assert first.data["needs_from"] == ("fk", "region")
    assert [(one.field, one.old, one.value, one.by) for one in first.corrections] == [
        ("needs_from", ["fk", "region"], ["fk", "af"], COACH),
        ("needs_from", ["fk", "af"], ["fk", "af", "region"], COACH),
    ]
    sheet = timeline_sheet(timeline(journeys, "j1"))
    assert sheet.rows[0][-1].count("→") == 2


def test_as_known_at_a_time_later_corrections_are_not_yet_there(journeys: Journeys) -> None:
    first = timeline(journeys, "j1")[0]
    known = first.corrections[0].recorded_at
    then = timeline(journeys, known_at=known)
    assert [len(e.corrections) for e in then if e.journey == "j1" and e.version == 1] == [1]
    assert all(e.recorded_at <= known for e in then)
    assert "Nässjö" not in {e.journey for e in then}


def test_it_is_asked_by_actor_by_rule_and_by_day(journeys: Journeys) -> None:
    whole = timeline(journeys)
    for actor in (MANAGER, "manager:m1"):
        assert timeline(journeys, actor=actor) == [e for e in whole if e.by == MANAGER]
    day = date(2026, 2, 10)
    assert timeline(journeys, on=day) == [e for e in whole if e.on == day]
    assert timeline(journeys, rule=RULES) == [e for e in whole if e.ruleset == RULES]
    assert timeline(journeys, "j2", actor=FK, rule=RULES, on=date(2026, 2, 2))
    assert timeline(journeys, rule="none") == []


def test_a_journey_that_is_unknown_or_had_not_begun_is_refused(journeys: Journeys) -> None:
    with pytest.raises(Refused):
        timeline(journeys, "j9")
    before = timeline(journeys, "j1")[0].recorded_at.replace(year=2000)
    with pytest.raises(Refused):
        timeline(journeys, "j1", known_at=before)


def test_a_verification_is_told_to_people(journeys: Journeys) -> None:
    """Every kind has its sentence."""
    assert verified_sheet(verify(journeys)).title == "The record is intact"
    findings = tuple(Finding("j1", 1, kind, "why") for kind in FindingKind)
    sheet = verified_sheet(Verified(1, 1, False, findings, HeadView(1, "00")))
    assert sheet.title == "The record is NOT intact"
    assert all(isinstance(row[2], Words) and row[3] == "why" for row in sheet.rows)
    journeys.facts.append(Append(bytes(16), 1, (("ReferralReceived", b"{"),)))
    assert len(verified_sheet(verify(journeys)).rows) == 1


def test_a_checked_bundle_is_told_to_people() -> None:
    finding = {"journey": None, "version": None, "kind": "file", "detail": "why"}
    whole = checked_sheet({"facts": 1, "intact": True, "findings": []})
    broken = checked_sheet({"facts": 1, "intact": False, "findings": [finding]})
    assert (whole.title, whole.rows) == ("The bundle is intact", [])
    assert (broken.title, broken.rows) == ("The bundle is NOT intact", [["", "", "file", "why"]])
