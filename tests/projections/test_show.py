"""A journey as it is shown (contract.md §4; domain.md §6.4)."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from journey.wishes import JourneyWish
from projections import JourneyView, view
from projections.show import SlotView
from tests.examples import (
    COACH,
    contact,
    deregistration,
    employment,
    exit_decision,
    exited_to_studies,
    exited_to_work,
    in_step_1,
    in_step_3,
    in_step_5,
    prepared,
    wish,
)
from tests.spec import given


def as_json(value: object) -> Any:
    """The value as it is read by who asked for JSON."""
    return msgspec.json.decode(msgspec.json.encode(value))


def shown(*wishes: JourneyWish, day: str = "2029-01-01") -> JourneyView:
    return view(given(*wishes).journey, date.fromisoformat(day))


CALENDARS = {
    "2026-11-30": """
        m1w1 visit   2026-11-30 2026-12-07 2026-12-07 2026-12-07 2026-12-04
        m1w2 visit   2026-12-08 2026-12-14 2026-12-14 2026-12-14 2026-12-11
        m1w3 visit   2026-12-15 2026-12-21 2026-12-21 2026-12-21 2026-12-18
        m1w4 visit   2026-12-22 2026-12-30 2026-12-28 2026-12-28 2026-12-23
        m2a  visit   2026-12-31 2027-01-13 2027-01-13 2027-01-13 2027-01-08
        m2b  visit   2027-01-14 2027-01-30 2027-01-30 2027-02-01 2027-01-27
        m3   visit   2027-01-31 2027-02-28 2027-02-28 2027-03-01 2027-02-25
        m4   phone   2027-03-01 2027-03-30 2027-03-30 2027-03-30 2027-03-25
        m5   phone   2027-03-31 2027-04-30 2027-04-30 2027-04-30 2027-04-27
        m6   closing 2027-05-01 2027-05-30 2027-05-30 2027-05-31 2027-05-27
    """,
    "2026-08-31": """
        m1w1 visit   2026-08-31 2026-09-07 2026-09-07 2026-09-07 2026-09-04
        m1w2 visit   2026-09-08 2026-09-14 2026-09-14 2026-09-14 2026-09-11
        m1w3 visit   2026-09-15 2026-09-21 2026-09-21 2026-09-21 2026-09-18
        m1w4 visit   2026-09-22 2026-09-30 2026-09-28 2026-09-28 2026-09-25
        m2a  visit   2026-10-01 2026-10-14 2026-10-14 2026-10-14 2026-10-09
        m2b  visit   2026-10-15 2026-10-31 2026-10-31 2026-11-02 2026-10-28
        m3   visit   2026-11-01 2026-11-30 2026-11-30 2026-11-30 2026-11-27
        m4   phone   2026-12-01 2026-12-31 2026-12-31 2027-01-04 2026-12-28
        m5   phone   2027-01-01 2027-01-31 2027-01-31 2027-02-01 2027-01-28
        m6   closing 2027-02-01 2027-02-28 2027-02-28 2027-03-01 2027-02-25
    """,
    "2028-02-29": """
        m1w1 visit   2028-02-29 2028-03-07 2028-03-07 2028-03-07 2028-03-03
        m1w2 visit   2028-03-08 2028-03-14 2028-03-14 2028-03-14 2028-03-10
        m1w3 visit   2028-03-15 2028-03-21 2028-03-21 2028-03-21 2028-03-17
        m1w4 visit   2028-03-22 2028-03-29 2028-03-28 2028-03-28 2028-03-24
        m2a  visit   2028-03-30 2028-04-12 2028-04-12 2028-04-12 2028-04-07
        m2b  visit   2028-04-13 2028-04-29 2028-04-29 2028-05-02 2028-04-26
        m3   visit   2028-04-30 2028-05-29 2028-05-29 2028-05-29 2028-05-26
        m4   phone   2028-05-30 2028-06-29 2028-06-29 2028-06-29 2028-06-26
        m5   phone   2028-06-30 2028-07-29 2028-07-29 2028-07-31 2028-07-26
        m6   closing 2028-07-30 2028-08-29 2028-08-29 2028-08-29 2028-08-25
    """,
}
"""domain.md §6.4 A, B, C: slot, kind, window, due_on, act_by, notify_on."""

IN_SUS = {
    "2026-11-30": ("2027-02-28", "2027-03-01"),
    "2026-08-31": ("2026-11-30", "2026-11-30"),
    "2028-02-29": ("2028-05-29", "2028-05-29"),
}


def _as_line(slot: SlotView) -> list[str]:
    days = (slot.window_start, slot.window_end, slot.due_on, slot.act_by, slot.notify_on)
    return [slot.slot, str(slot.kind), *(day.isoformat() for day in days)]


@pytest.mark.parametrize("start", CALENDARS)
def test_the_worked_examples_slot_by_slot(start: str) -> None:
    """domain.md §6.4: employment start = exit date."""
    part = shown(*exited_to_work(start), day=start).aftercare
    expected = [line.split() for line in CALENDARS[start].strip().splitlines()]
    assert [_as_line(slot) for slot in part.slots] == expected
    assert (str(part.status), str(part.model), str(part.anchor)) == ("running", "calendar", start)
    assert {str(slot.status) for slot in part.slots} == {"open"}
    assert part.earliest_end is not None
    assert part.earliest_end.isoformat() == expected[-1][4]  # M(6), the closing talk's due day


@pytest.mark.parametrize("start", IN_SUS)
def test_the_worked_examples_days_in_sus(start: str) -> None:
    """domain.md §6.4: due and act_by."""
    sus = shown(*exited_to_work(start)).sus
    assert (str(sus.due_on), str(sus.act_by)) == IN_SUS[start]
    assert (str(sus.status), sus.deregistered_on) == ("deregistration_pending", None)


def test_a_slot_s_status_is_read_on_the_day() -> None:
    """§6.2: filled, missed for good after act_by, open until then."""
    wishes = (*exited_to_work(), contact("2026-09-05"))
    before = {s.slot: str(s.status) for s in shown(*wishes, day="2026-09-14").aftercare.slots}
    after = {s.slot: str(s.status) for s in shown(*wishes, day="2026-09-15").aftercare.slots}
    assert (before["m1w1"], before["m1w2"], after["m1w2"]) == ("filled", "open", "missed")
    filled = shown(*wishes).aftercare.slots[0]
    assert filled.contact_on == date(2026, 9, 5)


def test_a_new_job_s_calendar_takes_the_place_of_the_old() -> None:
    """A5: the slots are those of the calendar that runs."""
    again = (employment("2026-08-31"), employment("2026-09-21", employment="w2"))
    part = shown(*in_step_5(), *again, day="2026-09-21").aftercare
    assert (part.anchor, len(part.slots)) == (date(2026, 9, 21), 10)
    assert {str(slot.status) for slot in part.slots} == {"open"}


def test_aftercare_that_ended_still_shows_its_slots() -> None:
    """Follow-ups do not vanish when a job ends (domain.md §12.8)."""
    lost = wish("end_employment", COACH, "2026-09-10", employment="w1", cause="laid_off")
    part = shown(*exited_to_work(), contact("2026-09-05"), lost, day="2026-09-10").aftercare
    statuses = [str(slot.status) for slot in part.slots]
    assert str(part.status) == "ended"
    assert statuses == ["filled", *["cancelled"] * 9]


# --- the rest of it ------------------------------------------------------------------------


def test_the_keys_are_those_of_the_contract() -> None:
    """contract.md §4, in its order, at every level."""
    plain: dict[str, Any] = as_json(shown(*exited_to_work()))
    assert " ".join(plain) == (
        "journey person programme municipality coach phase step active flags coach_changes "
        "consents employment exit sus aftercare version"
    )
    assert " ".join(plain["consents"][0]) == "kind given_on withdrawn_on valid_until"
    assert " ".join(plain["employment"]) == "employment employer started_on percent"
    assert " ".join(plain["exit"]) == "exit_date reason outcome"
    assert " ".join(plain["sus"]) == "status registered_on due_on act_by deregistered_on"
    assert " ".join(plain["aftercare"]) == "status model anchor earliest_end slots"
    assert " ".join(plain["aftercare"]["slots"][0]) == (
        "slot kind window_start window_end due_on act_by notify_on status contact_on"
    )


def test_a_journey_in_preparation_shows_what_is_not_there_as_null() -> None:
    plain: dict[str, Any] = as_json(shown(*prepared()))
    nothing = ("coach", "step", "employment", "exit")
    assert [plain[key] for key in nothing] == [None] * 4
    assert (plain["phase"], plain["active"], plain["flags"]) == ("preparation", False, [])
    assert plain["sus"] == {
        "status": "none",
        "registered_on": None,
        "due_on": None,
        "act_by": None,
        "deregistered_on": None,
    }
    assert plain["aftercare"] == {
        "status": "none",
        "model": None,
        "anchor": None,
        "earliest_end": None,
        "slots": [],
    }
    assert plain["consents"] == [
        {
            "kind": "referral_group",
            "given_on": "2026-02-02",
            "withdrawn_on": None,
            "valid_until": None,
        }
    ]


def test_a_pause_keeps_the_step_and_an_exit_does_not() -> None:
    paused = shown(*in_step_3(), wish("pause", COACH, "2026-03-20", reason="illness"))
    left = shown(*exited_to_work())
    assert (str(paused.phase), paused.step, paused.active) == ("paused", 3, True)
    assert (str(left.phase), left.step, left.active) == ("exited", None, False)


def test_a_withdrawn_consent_is_shown_and_raises_its_flag() -> None:
    withdrawn = wish("withdraw_consent", COACH, "2026-03-20", kind="referral_group")
    seen = shown(*in_step_3(), withdrawn)
    assert seen.consents[0].withdrawn_on == date(2026, 3, 20)
    assert [str(flag) for flag in seen.flags] == ["consent_missing"]


def test_the_job_that_runs_is_shown_and_one_that_ended_is_not() -> None:
    change = wish("change_employment", COACH, "2026-09-01", employment="w1", percent=100)
    lost = wish("end_employment", COACH, "2026-09-10", employment="w1", cause="laid_off")
    running = shown(*exited_to_work(), change).employment
    assert running is not None
    assert (running.employment, running.percent) == ("w1", 100)
    assert running.started_on == date(2026, 8, 31)
    assert shown(*exited_to_work(), change, lost).employment is None


def test_sus_keeps_its_days_after_deregistration() -> None:
    sus = shown(*exited_to_work(), deregistration("2026-12-02")).sus
    assert as_json(sus) == {
        "status": "deregistered",
        "registered_on": "2026-02-12",
        "due_on": "2026-11-30",
        "act_by": "2026-11-30",
        "deregistered_on": "2026-12-02",
    }


def test_an_anonymous_registration_has_no_days() -> None:
    """S2: sex and year only; nothing becomes due."""
    anonymous = [w for w in in_step_1() if w.__struct_config__.tag != "register_in_sus"]
    registered = wish("register_in_sus", COACH, "2026-02-12", mode="anonymous")
    sus = shown(*anonymous, registered, exit_decision("illness", "2026-05-18")).sus
    assert (str(sus.status), sus.due_on, sus.act_by) == ("registered_anonymous", None, None)


def test_an_exit_to_studies_says_so() -> None:
    left = shown(*exited_to_studies()).exit
    assert as_json(left) == {
        "exit_date": "2026-08-24",
        "reason": "studies",
        "outcome": "studies",
    }
