"""Who is told of what on which day: scenario 35, the calendars of §6.4, and every policy."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from journey import Journeys, Refused
from journey.programme import programme
from journey.storage.rebuild import rebuild
from journey.wishes import JourneyWish
from policies.register import POLICIES
from policies.round import Issued, tick
from projections.due_items import due_items
from projections.moment import at
from tests.examples import (
    COACH,
    FK,
    PARTICIPANT,
    consent,
    contact,
    decision_granted,
    deregistration,
    employment,
    enrolment,
    exit_decision,
    exited,
    exited_to_work,
    in_step_1,
    in_step_3,
    in_step_5,
    ready,
    split_on_inclusion,
    wish,
)
from tests.projections.stores import LATE, a_store, performed

Line = tuple[str, str, str, str]
"""(day, what, notice, to)"""


def told(
    journeys: Journeys, first: str, last: str, kind: str | None = None, journey: str = "j1"
) -> list[Line]:
    """What the rounds of these days say, one a day."""
    day, end, found = date.fromisoformat(first), date.fromisoformat(last), []
    while day <= end:
        found += [
            (str(day), one.what, str(one.notice), str(one.to))
            for one in tick(journeys, day)
            if kind in (None, one.kind)
        ]
        day += timedelta(days=1)
    return found


def after(*wishes: JourneyWish, today: date = LATE) -> Journeys:
    """A store in memory to which this has happened."""
    journeys = a_store(today=today)
    performed(journeys, wishes)
    return journeys


# --- scenario 35 -------------------------------------------------------------------------


def test_scenario_35_two_rounds_of_a_day_issue_one_notice() -> None:
    """Exit to work on 2026-08-31: on 2026-09-04 m1w1 comes up, once."""
    journeys = after(*exited_to_work())
    tick(journeys, date(2026, 9, 3))
    day = date(2026, 9, 4)
    (first,) = tick(journeys, day)
    assert first == Issued("j1", "aftercare", "m1w1", first.notice, date(2026, 9, 7), first.to)
    assert (first.notice, first.to) == ("upcoming", "coach")
    assert tick(journeys, day) == []


def test_scenario_35_a_rebuild_and_a_replay_issue_none() -> None:
    journeys = after(*exited_to_work())
    tick(journeys, date(2026, 9, 4))
    facts = journeys.facts.head()
    rebuild(journeys)
    with at(journeys, as_of=date(2026, 9, 4)):
        pass
    assert journeys.facts.head() == facts
    assert tick(journeys, date(2026, 9, 4)) == []


def test_scenario_35_the_payload_has_no_name_no_sex_and_no_diagnosis() -> None:
    journeys = after(*exited_to_work())
    tick(journeys, date(2026, 9, 4))
    fields = set(journeys.history("j1")[-1].fact.__struct_fields__)
    assert fields == {"on", "kind", "what", "notice", "due_on", "act_by", "to", "fell_on"}


# --- the three calendars of §6.4 -----------------------------------------------------------

# Start, and for each slot: notify_on, act_by.
CALENDARS = {
    "2026-11-30": (
        ("m1w1", "2026-12-04", "2026-12-07"),
        ("m1w2", "2026-12-11", "2026-12-14"),
        ("m1w3", "2026-12-18", "2026-12-21"),
        ("m1w4", "2026-12-23", "2026-12-28"),
        ("m2a", "2027-01-08", "2027-01-13"),
        ("m2b", "2027-01-27", "2027-02-01"),
        ("m3", "2027-02-25", "2027-03-01"),
        ("m4", "2027-03-25", "2027-03-30"),
        ("m5", "2027-04-27", "2027-04-30"),
        ("m6", "2027-05-27", "2027-05-31"),
    ),
    "2026-08-31": (
        ("m1w1", "2026-09-04", "2026-09-07"),
        ("m1w2", "2026-09-11", "2026-09-14"),
        ("m1w3", "2026-09-18", "2026-09-21"),
        ("m1w4", "2026-09-25", "2026-09-28"),
        ("m2a", "2026-10-09", "2026-10-14"),
        ("m2b", "2026-10-28", "2026-11-02"),
        ("m3", "2026-11-27", "2026-11-30"),
        ("m4", "2026-12-28", "2027-01-04"),
        ("m5", "2027-01-28", "2027-02-01"),
        ("m6", "2027-02-25", "2027-03-01"),
    ),
    "2028-02-29": (
        ("m1w1", "2028-03-03", "2028-03-07"),
        ("m1w2", "2028-03-10", "2028-03-14"),
        ("m1w3", "2028-03-17", "2028-03-21"),
        ("m1w4", "2028-03-24", "2028-03-28"),
        ("m2a", "2028-04-07", "2028-04-12"),
        ("m2b", "2028-04-26", "2028-05-02"),
        ("m3", "2028-05-26", "2028-05-29"),
        ("m4", "2028-06-26", "2028-06-29"),
        ("m5", "2028-07-26", "2028-07-31"),
        ("m6", "2028-08-25", "2028-08-29"),
    ),
}
SUS = {
    "2026-11-30": ("2027-02-25", "2027-03-01"),
    "2026-08-31": ("2026-11-27", "2026-11-30"),
    "2028-02-29": ("2028-05-26", "2028-05-29"),
}


def _later(day: str, days: int) -> str:
    return str(date.fromisoformat(day) + timedelta(days=days))


def _expected(rows: Iterable[tuple[str, str, str]]) -> list[Line]:
    lines = []
    for what, notify_on, act_by in rows:
        lines += [
            (notify_on, what, "upcoming", "coach"),
            (act_by, what, "due", "coach"),
            (_later(act_by, 1), what, "overdue", "coach"),
            (_later(act_by, 7), f"{what}:again", "overdue", "coach"),
            (_later(act_by, 14), what, "escalated", "manager"),
        ]
    return sorted(lines)


@pytest.mark.parametrize("start", CALENDARS)
def test_the_notices_of_a_calendar_that_nobody_heeds(start: str) -> None:
    """§6.4 A, B, C: before, on and after each slot; a fortnight later to the manager (§6.3)."""
    journeys = after(*in_step_5(), employment(start), exit_decision("work", start))
    found = told(journeys, start, _later(start, 230))
    slots = {what for what, _, _ in CALENDARS[start]}
    aftercare = [line for line in found if line[1].removesuffix(":again") in slots]
    assert sorted(aftercare) == _expected(CALENDARS[start])
    deregistered = [line for line in found if line[1].startswith("deregistration")]
    assert sorted(deregistered) == _expected([("deregistration", *SUS[start])])


def test_a_visit_in_time_leaves_the_notice_that_came_before_it() -> None:
    """Visited on the day that it came up: neither due nor overdue is said of it."""
    journeys = after(*exited_to_work())
    assert [line[2] for line in told(journeys, "2026-09-01", "2026-09-04", "aftercare")] == [
        "upcoming"
    ]
    performed(journeys, [contact("2026-09-04")])
    later = told(journeys, "2026-09-05", "2026-09-30", "aftercare")
    assert not [line for line in later if line[1].startswith("m1w1")]


def test_aftercare_that_ends_is_followed_by_silence() -> None:
    """§12.8: follow-ups do not stay overdue when a journey ends."""
    journeys = after(*exited_to_work())
    told(journeys, "2026-09-01", "2026-09-04")
    performed(journeys, [wish("end_aftercare", COACH, "2026-09-05", reason="participant_declined")])
    assert told(journeys, "2026-09-05", "2026-11-20", "aftercare") == []


# --- the other policies ----------------------------------------------------------------------


def test_an_exit_for_another_reason_is_to_be_deregistered_at_once() -> None:
    """S2 §8: nothing comes up before; due on the exit's own day (2026-05-18, a Monday)."""
    journeys = after(*exited())
    found = told(journeys, "2026-05-18", "2026-06-30", "sus_deregistration")
    assert found == [
        ("2026-05-18", "deregistration", "due", "coach"),
        ("2026-05-19", "deregistration", "overdue", "coach"),
        ("2026-05-25", "deregistration:again", "overdue", "coach"),
        ("2026-06-01", "deregistration", "escalated", "manager"),
    ]


def test_what_is_missing_after_an_enrolment() -> None:
    """S2 §3, §6.4: not registered, not documented; the coach is told when it is still in time."""
    journeys = after(*ready(), enrolment())
    found = told(journeys, "2026-02-12", "2026-02-20")
    assert ("2026-02-12", "registration", "due", "coach") in found
    assert ("2026-02-13", "registration", "overdue", "coach") in found
    assert ("2026-02-19", "municipal_system", "due", "coach") in found
    assert ("2026-02-20", "municipal_system", "overdue", "coach") in found
    assert not [line for line in found if line[2] == "upcoming"]


def test_a_pause_is_to_be_reviewed() -> None:
    """T18: on the day that was named, which is a Sunday: due on the Monday."""
    pausing = wish("pause", COACH, "2026-04-01", reason="illness", review_on="2026-05-03")
    journeys = after(*in_step_3(), pausing)
    found = told(journeys, "2026-04-01", "2026-05-31", "review")
    assert found == _expected([("pause", "2026-04-30", "2026-05-04")])


def test_an_extended_aftercare_is_to_be_reviewed_after_nine_months() -> None:
    """§6.2, scenario 32: M(9) = 2027-05-31."""
    wishes = [*exited_to_work(), deregistration()]
    ask = wish("extend_aftercare", COACH, "2027-02-20", requested_by="employer")
    journeys = after(*wishes, ask)
    found = told(journeys, "2027-05-01", "2027-06-02", "review")
    assert [line for line in found if line[1].startswith("aftercare")] == [
        ("2027-05-28", "aftercare", "upcoming", "coach"),
        ("2027-05-31", "aftercare", "due", "coach"),
        ("2027-06-01", "aftercare", "overdue", "coach"),
    ]


def test_a_consent_is_about_to_expire() -> None:
    """§2.3: before its last day, and on it."""
    journeys = after(*in_step_1()[:1], consent(valid_until="2026-03-14"))
    found = told(journeys, "2026-03-01", "2026-03-17", "consent")
    assert found == [
        ("2026-03-11", "referral_group", "upcoming", "coach"),
        ("2026-03-14", "referral_group", "due", "coach"),
        ("2026-03-17", "referral_group", "overdue", "coach"),
    ]


def test_a_consent_withdrawn_while_active_goes_to_the_manager_in_the_end() -> None:
    """T28: the coach at once; new consent or a decision within a fortnight."""
    gone = wish("withdraw_consent", PARTICIPANT, "2026-04-01", kind="referral_group")
    journeys = after(*in_step_3(), gone)
    found = told(journeys, "2026-04-01", "2026-04-30", "consent")
    assert found == [
        ("2026-04-01", "referral_group", "due", "coach"),
        ("2026-04-02", "referral_group", "overdue", "coach"),
        ("2026-04-08", "referral_group:again", "overdue", "coach"),
        ("2026-04-15", "referral_group", "escalated", "manager"),
    ]


def test_the_survey_comes_every_october() -> None:
    """S2 §8.1: one that was missed is followed by the next year's."""
    journeys = after(*in_step_3())
    found = told(journeys, "2026-09-01", "2027-10-02", "survey")
    assert [line[:3] for line in found] == [
        ("2026-09-28", "2026", "upcoming"),
        ("2026-10-01", "2026", "due"),
        ("2026-11-03", "2026", "overdue"),
        ("2027-09-28", "2027", "upcoming"),
        ("2027-10-01", "2027", "due"),
    ]


def test_a_survey_of_years_ago_is_not_spoken_of() -> None:
    """A round for the first time in March 2029 says nothing of the Octobers before."""
    journeys = after(*in_step_3())
    assert told(journeys, "2029-03-01", "2029-03-02", "survey") == []
    found = told(journeys, "2029-09-01", "2029-10-01", "survey")
    assert [line[1] for line in found] == ["2029", "2029"]


def test_scenario_7_a_question_goes_to_the_manager_at_once() -> None:
    journeys = after(*split_on_inclusion())
    found = told(journeys, "2026-02-10", "2026-02-17", "escalation")
    assert found == [
        ("2026-02-10", "inclusion", "due", "manager"),
        ("2026-02-11", "inclusion", "overdue", "manager"),
        ("2026-02-17", "inclusion:again", "overdue", "manager"),
    ]


def test_retention_is_reached_five_years_after_the_last_fact() -> None:
    """§9.5: and must be finished when the next calendar year ends."""
    journeys = after(*exited(), deregistration("2026-05-18"), today=date(2034, 1, 1))
    found = told(journeys, "2031-05-17", "2031-05-19", "retention")
    assert found == [("2031-05-18", "personal_data", "due", "manager")]
    assert told(journeys, "2032-12-31", "2033-01-02", "retention") == [
        ("2033-01-01", "personal_data", "overdue", "manager")
    ]


@pytest.mark.parametrize(
    "wishes",
    [exited_to_work(), exited(), split_on_inclusion(), in_step_3(), (*ready(), enrolment())],
)
def test_what_is_said_of_a_thing_is_said_in_the_order_of_its_days(
    wishes: tuple[JourneyWish, ...],
) -> None:
    """The agenda asks for the first that is unsaid, and looks no further."""
    journey = after(*wishes).known("j1")
    rules = programme("se-hoglandet").rules_on(date(2026, 9, 1))
    for item in due_items(journey):
        said = [n.fell_on for says in POLICIES[item.kind] for n in says(journey, item, rules)]
        assert said == sorted(said)


# --- rounds ------------------------------------------------------------------------------------


def test_a_day_that_is_still_to_come_has_no_round() -> None:
    journeys = a_store(today=date(2026, 9, 1))
    with pytest.raises(Refused) as refused:
        tick(journeys, date(2026, 9, 2))
    assert refused.value.code == "date_in_future"


def test_a_round_for_a_past_day_says_what_that_day_had_reached() -> None:
    journeys = after(*exited_to_work())
    assert [one.what for one in tick(journeys, date(2026, 9, 4)) if one.kind == "aftercare"] == [
        "m1w1"
    ]


def test_a_round_before_the_referral_says_nothing() -> None:
    journeys = after(*in_step_1(), decision_granted("2026-02-11"))
    assert tick(journeys, date(2026, 1, 1)) == []


def test_a_notice_and_what_is_done_meanwhile_do_not_cross() -> None:
    """Another process fills the slot between the look and the record: nothing is said of it."""
    journeys = after(*exited_to_work())
    tick(journeys, date(2026, 9, 3))
    known = journeys.known("j1")
    performed(journeys, [contact("2026-09-03")])
    assert journeys.current("j1").version > known.version
    assert told(journeys, "2026-09-04", "2026-09-08", "aftercare") == []


def test_the_first_referral_needs_no_notice() -> None:
    journeys = after(in_step_1()[0], wish("confirm_motivation", FK, "2026-02-06"))
    assert tick(journeys, date(2026, 8, 1)) == []
