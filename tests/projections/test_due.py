"""What is due: by which day, and on which side of it (domain.md §6; contract.md §4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from journey.wishes import JourneyWish
from projections import at
from projections.due import DueRow, due, due_sheet
from projections.due_items import DueItem, due_items, status_on
from tests.examples import (
    COACH,
    EMPLOYER,
    FK,
    MANAGER,
    PARTICIPANT,
    SPLIT,
    coach_assigned,
    consent,
    contact,
    decision_granted,
    deregistration,
    employment,
    enrolled_in_fortsattning,
    enrolment,
    exit_decision,
    exited,
    exited_to_studies,
    exited_to_work,
    in_step_1,
    in_step_4,
    in_step_5,
    included,
    prepared,
    presented,
    ready,
    split_on_inclusion,
    wish,
)
from tests.journey.test_aftercare import A, B, C
from tests.projections.stores import a_store, of, performed

DAY = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def items(wishes: Iterable[JourneyWish], kind: str) -> list[DueItem]:
    """What of this kind a journey asks for after these wishes."""
    with a_store() as journeys:
        performed(journeys, wishes)
        return [item for item in due_items(journeys.load("j1")) if item.kind == kind]


def item(wishes: Iterable[JourneyWish], kind: str) -> DueItem:
    """The one thing of this kind."""
    (only,) = items(wishes, kind)
    return only


def asked(wishes: Iterable[JourneyWish], on: str, **filters: Any) -> list[DueRow]:
    """The answer on a day, after these wishes."""
    with a_store() as journeys:
        performed(journeys, wishes)
        with at(journeys) as connection:
            return due(connection, day(on), **filters)


def whats(rows: Iterable[DueRow], kind: str) -> list[tuple[str, str]]:
    return [(row.what, row.status) for row in rows if row.kind == kind]


# --- the aftercare calendar ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "start"), [(A, "2026-11-30"), (B, "2026-08-31"), (C, "2028-02-29")]
)
def test_the_three_calendars_of_6_4_slot_by_slot(table: str, start: str) -> None:
    """Coming the day before it is due, on time to the day to act by, overdue the day after."""
    expected = [line.split() for line in table.strip().splitlines()]
    with a_store() as journeys:
        performed(journeys, exited_to_work(start))
        with at(journeys) as connection:
            for slot, _, _, _, due_on, act_by, _ in expected:
                for on, status in (
                    (day(due_on) - DAY, "coming"),
                    (day(due_on), "due"),
                    (day(act_by), "due"),
                    (day(act_by) + DAY, "overdue"),
                ):
                    rows = [row for row in due(connection, on, ahead=1) if row.what == slot]
                    (row,) = rows
                    assert (row.kind, row.status) == ("aftercare", status)
                    assert (row.due_on, row.act_by) == (day(due_on), day(act_by))
    notices = [(i.what, i.notify_on) for i in items(exited_to_work(start), "aftercare")]
    assert notices == [(line[0], day(line[-1])) for line in expected]


def test_scenario_24_ten_slots_and_sus_are_asked_for_after_an_exit_to_work() -> None:
    rows = asked(exited_to_work(), "2026-08-31", ahead=365)
    assert len(whats(rows, "aftercare")) == 10
    (sus,) = [row for row in rows if row.kind == "sus_deregistration"]
    assert (sus.due_on, sus.act_by, sus.status) == (day("2026-11-30"), day("2026-11-30"), "coming")


def test_scenario_33_a_call_leaves_the_visit_due_and_a_saturday_s_visit_settles_it() -> None:
    called = (*exited_to_work(), contact("2026-09-03", "phone"))
    assert whats(asked(called, "2026-09-07"), "aftercare") == [("m1w1", "due")]
    visited = (*called, contact("2026-09-05"))
    assert whats(asked(visited, "2026-09-07"), "aftercare") == []


def test_scenario_34_a_missed_week_is_overdue_until_the_contact_is_taken_up_again() -> None:
    silent = exited_to_work()
    assert whats(asked(silent, "2026-09-15"), "aftercare") == [
        ("m1w1", "overdue"),
        ("m1w2", "overdue"),
    ]
    visited = (*silent, contact("2026-09-16"))
    assert whats(asked(visited, "2026-09-21", ahead=7), "aftercare") == [("m1w4", "coming")]


def test_a_missed_week_that_is_never_made_good_stays_to_the_end() -> None:
    """And goes when the aftercare ends: follow-ups do not stay overdue (domain.md §12.8)."""
    silent = exited_to_work()
    assert ("m1w1", "overdue") in whats(asked(silent, "2027-06-01"), "aftercare")
    ended = (*silent, wish("end_aftercare", COACH, "2027-06-01", reason="participant_declined"))
    assert whats(asked(ended, "2027-06-01"), "aftercare") == []


def test_a_slot_that_was_attempted_is_no_longer_due() -> None:
    tries = [
        wish("note_failed_contact", COACH, on, side="participant")
        for on in ("2026-12-10", "2026-12-11")
    ]
    taken_up = (*exited_to_work(), contact("2026-11-30"), *tries)
    assert "m4" not in dict(whats(asked(taken_up, "2027-01-04", ahead=40), "aftercare"))


def test_a_new_job_begins_the_calendar_anew() -> None:
    """A5: the old slots are cancelled, the new ones counted from the new first day."""
    moved = (*exited_to_work(), employment("2026-10-05", employment="w2"))
    slots = items(moved, "aftercare")
    assert len(slots) == 10
    assert slots[0].due_on == day("2026-10-12")


# --- the aftercare's end and its review ----------------------------------------------------


def in_full(until_slot: int = 10) -> tuple[JourneyWish, ...]:
    """Every slot filled on its due day, the last by a closing conversation."""
    lines = [line.split() for line in B.strip().splitlines()][:until_slot]
    contacts = [contact(line[4], closing=line[1] == "closing") for line in lines]
    return (*exited_to_work(), *contacts)


def test_aftercare_that_is_done_waits_for_its_end() -> None:
    """A3: from M(6) on someone ends it."""
    review = item(in_full(), "review")
    assert (review.what, review.due_on, review.act_by) == (
        "aftercare",
        day("2027-02-28"),
        day("2027-03-01"),
    )
    assert items(in_full(9), "review") == []


def test_scenario_32_an_extension_is_reviewed_after_nine_months_then_after_twelve() -> None:
    """The employer asks 2027-02-20: review M(9) = 2027-05-31, and so on until it is ended."""
    extended = (
        *in_full(),
        wish("extend_aftercare", EMPLOYER, "2027-02-20", requested_by="employer"),
    )
    assert item(extended, "review").due_on == day("2027-05-31")
    told = item(extended, "review").notify_on
    early = (*extended, contact(str(told - DAY), "phone"))
    assert item(early, "review").due_on == day("2027-05-31")
    answered = (*extended, contact(str(told), "phone"))
    assert item(answered, "review").due_on == day("2027-08-31")
    again = wish("extend_aftercare", PARTICIPANT, "2027-08-31", requested_by="participant")
    assert item((*answered, again), "review").due_on == day("2027-11-30")


def test_an_extension_with_a_last_day_is_ended_then() -> None:
    bounded = wish(
        "extend_aftercare", EMPLOYER, "2027-02-20", requested_by="employer", until="2027-04-30"
    )
    assert item((*in_full(), bounded), "review").due_on == day("2027-04-30")


def test_aftercare_without_a_calendar_is_reviewed_every_three_months() -> None:
    """Scenario 28: after studies on request; no slots, but not forgotten."""
    studying = (
        *exited_to_studies(),
        wish("start_aftercare", COACH, "2026-09-01", requested_by="participant"),
    )
    assert items(studying, "aftercare") == []
    assert item(studying, "review").due_on == day("2026-12-01")
    assert item((*studying, contact("2026-12-01")), "review").due_on == day("2027-03-01")


# --- SUS ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "status"),
    [("2026-11-29", "coming"), ("2026-11-30", "due"), ("2026-12-01", "overdue")],
)
def test_scenarios_25_and_26_deregistration_is_due_on_its_day(on: str, status: str) -> None:
    assert whats(asked(exited_to_work(), on, ahead=1), "sus_deregistration") == [
        ("deregistration", status)
    ]


def test_deregistration_on_a_sunday_is_on_time_on_monday() -> None:
    """§6.4 A: due 2027-02-28 (Sun), act by 2027-03-01."""
    found = item(exited_to_work("2026-11-30"), "sus_deregistration")
    assert (found.due_on, found.act_by) == (day("2027-02-28"), day("2027-03-01"))


def test_scenario_27_for_another_reason_deregistration_is_due_at_once() -> None:
    assert whats(asked(exited(), "2026-05-18"), "sus_deregistration") == [("deregistration", "due")]
    closed = (*exited(), deregistration("2026-05-18"))
    assert asked(closed, "2026-05-18", ahead=1000) == []


def test_scenario_28_studies_wait_three_months_too() -> None:
    assert item(exited_to_studies(), "sus_deregistration").due_on == day("2026-11-24")


def test_registration_is_asked_for_from_the_day_of_enrolment_until_it_is_done() -> None:
    enrolled = (*ready(), enrolment())
    found = item(enrolled, "sus_registration")
    assert (found.what, found.due_on, found.act_by) == (
        "registration",
        day("2026-02-12"),
        day("2026-02-12"),
    )
    assert items(in_step_1(), "sus_registration") == []
    anonymous = wish("register_in_sus", COACH, "2026-02-12", mode="anonymous")
    assert items((*enrolled, anonymous), "sus_registration") == []


def test_an_anonymous_registration_has_no_deregistration() -> None:
    left = (
        *ready(),
        enrolment(),
        wish("register_in_sus", COACH, "2026-02-12", mode="anonymous"),
        exit_decision("illness", "2026-05-18"),
    )
    assert items(left, "sus_deregistration") == []


# --- from the enrolment on -----------------------------------------------------------------


def test_documentation_is_due_from_the_enrolment_for_five_working_days() -> None:
    """§4 (24): enrolled on a Thursday, on time to the Thursday after."""
    found = item(in_step_1(), "documentation")
    assert (found.due_on, found.act_by) == (day("2026-02-12"), day("2026-02-19"))
    assert whats(asked(in_step_1(), "2026-02-20"), "documentation") == [
        ("municipal_system", "overdue")
    ]
    documented = (*in_step_1(), wish("document", COACH, "2026-02-13", system_ref="r1"))
    assert items(documented, "documentation") == []


def test_what_was_not_documented_is_still_asked_for_after_the_exit() -> None:
    assert items(exited_to_work(), "documentation") != []


def test_the_individual_team_meets_within_fourteen_days() -> None:
    """S2 §6.5: as soon as possible at the start; the number is assumed."""
    found = item(in_step_1(), "individual_team")
    assert (found.what, found.due_on, found.act_by) == (
        "first_meeting",
        day("2026-02-12"),
        day("2026-02-26"),
    )
    met = (*in_step_1(), wish("meet_individual_team", COACH, "2026-02-20", parties=["fk"]))
    assert items(met, "individual_team") == []


def test_a_programme_whose_sources_name_no_team_and_no_survey_asks_for_neither() -> None:
    kinds = {row.kind for row in asked(enrolled_in_fortsattning(), "2020-12-01", ahead=1000)}
    assert kinds == {"documentation"}


# --- the survey ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "ahead", "expected"),
    [
        ("2026-09-30", 0, []),
        ("2026-09-30", 1, [("2026", "coming")]),
        ("2026-10-01", 0, [("2026", "due")]),
        ("2026-11-02", 0, [("2026", "due")]),
        ("2026-11-03", 0, [("2026", "overdue")]),
        ("2026-11-30", 0, [("2026", "overdue")]),
        ("2026-12-01", 0, []),
        ("2027-09-30", 0, []),
        ("2027-09-30", 1, [("2027", "coming")]),
        ("2027-10-01", 0, [("2027", "due")]),
        ("2028-10-02", 0, [("2028", "due")]),
    ],
)
def test_the_survey_of_each_october(on: str, ahead: int, expected: list[tuple[str, str]]) -> None:
    """S2 §8.1: October, reported in November; 31 October 2026 is All Saints, a Saturday."""
    assert whats(asked(in_step_1(), on, ahead=ahead), "survey") == expected


def test_a_survey_that_was_offered_is_done_for_the_year() -> None:
    offered = (*in_step_1(), wish("offer_survey", COACH, "2026-10-05", year=2026))
    assert whats(asked(offered, "2026-10-06", ahead=90), "survey") == []
    assert whats(asked(offered, "2027-10-01"), "survey") == [("2027", "due")]


@pytest.mark.parametrize(("enrolled_on", "year"), [("2026-10-30", "2026"), ("2026-11-02", "2027")])
def test_who_is_enrolled_after_october_is_asked_the_next_year(enrolled_on: str, year: str) -> None:
    assert item((*ready(), enrolment(enrolled_on)), "survey").what == year


# --- consent -------------------------------------------------------------------------------


def ending(on: str = "2026-02-03", valid_until: str = "2026-06-30") -> JourneyWish:
    return consent(on=on, valid_until=valid_until)


def with_consent_that_ends() -> tuple[JourneyWish, ...]:
    """In step 1, and the only consent to the group holds to 2026-06-30."""
    first, _, *rest = in_step_1()
    return (first, ending(), *rest)


def test_a_consent_that_ends_is_due_on_its_last_day() -> None:
    found = item(with_consent_that_ends(), "consent")
    assert (found.what, found.due_on) == ("referral_group", day("2026-06-30"))
    assert whats(asked(with_consent_that_ends(), "2026-07-01"), "consent") == [
        ("referral_group", "overdue")
    ]


def test_a_renewed_consent_moves_the_day_and_one_without_end_settles_it() -> None:
    renewed = (*with_consent_that_ends(), ending("2026-06-01", "2027-06-30"))
    assert item(renewed, "consent").due_on == day("2027-06-30")
    assert items((*with_consent_that_ends(), consent(on="2026-06-01")), "consent") == []
    assert items((*in_step_1(), ending("2026-06-01")), "consent") == []


def test_a_consent_withdrawn_in_the_steps_asks_for_an_answer() -> None:
    """T28: a new consent, or a decision on an exit."""
    withdrawn = (
        *in_step_4(),
        wish("withdraw_consent", COACH, "2026-04-20", kind="referral_group"),
    )
    assert item(withdrawn, "consent").due_on == day("2026-04-20")
    assert items((*withdrawn, consent(on="2026-04-22")), "consent") == []
    assert items((*withdrawn, exit_decision("consent_withdrawn", "2026-04-22")), "consent") == []


def test_a_consent_withdrawn_before_the_enrolment_is_no_task() -> None:
    """It blocks; nobody must do anything."""
    gone = (*prepared(), wish("withdraw_consent", FK, "2026-02-09", kind="referral_group"))
    assert items(gone, "consent") == []


# --- pause and escalation ------------------------------------------------------------------


def test_a_pause_is_reviewed_on_the_day_that_was_named() -> None:
    paused = (
        *in_step_4(),
        wish("pause", COACH, "2026-04-10", reason="illness", review_on="2026-06-06"),
    )
    found = item(paused, "review")  # the national day, a Saturday
    assert (found.what, found.due_on, found.act_by) == (
        "pause",
        day("2026-06-06"),
        day("2026-06-08"),
    )
    assert items((*paused, wish("resume", COACH, "2026-06-08")), "review") == []


def test_a_pause_without_a_day_is_reviewed_after_three_months() -> None:
    """Scenario 15 too: GK pauses and names no day."""
    for paused in (
        wish("pause", COACH, "2026-04-30", reason="illness"),
        wish("start_gk", FK, "2026-04-30"),
    ):
        assert item((*in_step_4(), paused), "review").due_on == day("2026-07-30")


def test_an_open_escalation_is_due_from_its_day_until_the_manager_decides() -> None:
    """Scenarios 7, 8 and 30."""
    assert whats(asked(split_on_inclusion(), "2026-02-10"), "escalation") == [("inclusion", "due")]
    decided = wish(
        "decide_as_manager",
        MANAGER,
        "2026-02-12",
        question="inclusion",
        outcome="include",
        reason="r1",
    )
    assert items((*split_on_inclusion(), decided), "escalation") == []
    split = (*in_step_4(), exit_decision("illness", "2026-05-18", votes=SPLIT))
    assert whats(asked(split, "2026-05-19"), "escalation") == [("exit", "overdue")]
    stays = wish(
        "decide_as_manager",
        MANAGER,
        "2026-05-20",
        question="exit",
        outcome="remain",
        reason="r1",
    )
    assert items((*split, stays), "escalation") == []


# --- nothing after the end -----------------------------------------------------------------


def test_scenario_36_nothing_is_due_once_a_journey_has_ended() -> None:
    closed = (
        *in_full(),
        wish("document", COACH, "2027-02-28", system_ref="r1"),
        deregistration("2027-02-28"),
        wish("end_aftercare", COACH, "2027-02-28", reason="completed"),
    )
    withdrawn = (*split_on_inclusion(), wish("withdraw_referral", FK, "2026-02-12", reason="r1"))
    declined = (
        *presented(),
        wish(
            "give_consent",
            FK,
            "2026-02-10",
            kind="employer_contact",
            obtained_by="fk",
            valid_until="2026-03-01",
        ),
        wish(
            "decide_inclusion",
            COACH,
            "2026-02-10",
            outcome="decline",
            reason="r1",
            votes=dict.fromkeys(SPLIT, "for"),
        ),
    )
    for ended in (closed, withdrawn, declined):
        assert asked(ended, "2026-02-12", ahead=2000) == []


def test_a_death_leaves_the_deregistration_from_sus_alone() -> None:
    """domain.md §3.3: every notice is cancelled at once."""
    died = (*in_step_5(), employment("2026-05-11"), exit_decision("deceased", "2026-05-18"))
    assert [row.kind for row in asked(died, "2026-05-18", ahead=2000)] == ["sus_deregistration"]


def test_reopening_takes_back_the_days_that_the_exit_gave() -> None:
    """S5, T23: the job is lost before the deregistration."""
    back = (*exited_to_work(), wish("reopen", COACH, "2026-10-05", reason="job_lost"))
    kinds = {row.kind for row in asked(back, "2026-10-05", ahead=200)}
    assert kinds == {"documentation", "individual_team", "survey"}


# --- the question --------------------------------------------------------------------------


def test_it_can_be_asked_of_a_municipality_or_a_coach() -> None:
    with a_store() as journeys:
        performed(journeys, of("a", in_step_1()))
        performed(journeys, of("b", (*included(), decision_granted(), coach_assigned())))
        moved = wish("hand_over", MANAGER, "2026-03-02", coach="c2", reason="r1")
        performed(journeys, of("a", [moved]))
        with at(journeys) as connection:
            asked_of = {
                (coach, place): {
                    row.journey
                    for row in due(connection, day("2026-03-02"), coach=coach, municipality=place)
                }
                for coach in ("c1", "c2", None)
                for place in ("Nässjö", "Eksjö", None)
            }
    assert {who for who, found in asked_of.items() if found} == {
        ("c2", "Nässjö"),
        ("c2", None),
        (None, "Nässjö"),
        (None, None),
    }


def test_the_most_urgent_comes_first() -> None:
    rows = asked(exited_to_work(), "2026-08-31", ahead=365)
    assert all((a.act_by, a.due_on) <= (b.act_by, b.due_on) for a, b in pairwise(rows))
    assert rows[0].what == "municipal_system"


def test_what_is_coming_is_shown_as_far_ahead_as_is_asked() -> None:
    for ahead, slots in ((6, 0), (7, 1), (14, 2)):
        assert len(whats(asked(exited_to_work(), "2026-08-31", ahead=ahead), "aftercare")) == slots


def test_status_on_each_side_of_both_days() -> None:
    due_on, act_by = day("2026-02-28"), day("2026-03-02")
    said = [status_on(due_on + n * DAY, due_on, act_by) for n in range(-1, 4)]
    assert said == ["coming", "due", "due", "due", "overdue"]


def test_the_sheet_has_a_line_for_each_thing() -> None:
    rows = asked(exited_to_work(), "2026-09-07")
    sheet = due_sheet(rows)
    assert len(sheet.rows) == len(rows)
    assert list(sheet.rows[-1]) == [
        *("j1", "aftercare", "m1w1", "2026-09-07", "2026-09-07", "due", "c1", "Nässjö")
    ]
