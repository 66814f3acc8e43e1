"""Corrections beside what they correct, and the survey: event 61, 63; scenario 44's first half."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec import to_builtins

from journey.corrections import EntryCorrected, SurveyOffered
from journey.facts import Fact
from journey.wishes import JourneyWish
from tests.examples import (
    AF,
    COACH,
    FK,
    contact,
    deregistration,
    employment,
    exited,
    exited_to_work,
    in_step_1,
    in_step_4,
    in_step_5,
    prepared,
    presented,
    split_on_inclusion,
    wish,
)
from tests.spec import Given, Then, given

ON = "2026-12-01"


def entry(so_far: Given, name: str) -> int:
    """The version of the last fact of this name."""
    names = [type(fact).__name__ for fact in so_far.facts]
    return len(names) - names[::-1].index(name)


def correction(so_far: Given, name: str, field: str, value: Any, by: str = COACH) -> JourneyWish:
    """A field of the last fact of this name was wrong."""
    fields = {"entry": entry(so_far, name), "field": field, "value": value, "reason": "typo"}
    return wish("correct", by, ON, **fields)


def corrected(so_far: Given, name: str, field: str, value: Any) -> Then:
    """That correction, carried out or refused."""
    return so_far.when(correction(so_far, name, field, value))


def changes(then: Then) -> dict[tuple[str, str], tuple[Any, Any]]:
    """(event, field) to (old, value); each field of each entry once."""
    found: dict[tuple[str, str], tuple[Any, Any]] = {}
    for fact in then.facts:
        assert isinstance(fact, EntryCorrected)
        assert (fact.event, fact.field) not in found
        found[fact.event, fact.field] = (fact.old, fact.value)
    return found


# --- both values, and who (scenario 44) ----------------------------------------------


def test_scenario_44_a_correction_shows_both_values() -> None:
    """A further fact; the wrong one stays where it was."""
    so_far = given(*prepared())
    then = corrected(so_far, "LivelihoodSecured", "income_source", "sickness_benefit")
    then.then(
        EntryCorrected(
            on=date(2026, 12, 1),
            entry=3,
            event="LivelihoodSecured",
            field="income_source",
            old="activity_compensation",
            value="sickness_benefit",
            reason="typo",
        )
    )
    after: tuple[Fact, ...] = (*so_far.facts, *then.facts)
    assert after[:4] == so_far.facts
    livelihood = then.journey.preparation.livelihood
    assert livelihood is not None
    assert livelihood.income_source == "sickness_benefit"
    assert then.journey.version == 5


def test_a_correction_is_itself_corrected_by_another() -> None:
    """The last word stands, and says what it replaced."""
    wrong = given(*prepared())
    once = wrong.and_then(correction(wrong, "LivelihoodSecured", "income_source", "wage"))
    twice = corrected(once, "LivelihoodSecured", "income_source", "none")
    assert changes(twice) == {("LivelihoodSecured", "income_source"): ("wage", "none")}


def test_what_is_right_already_needs_no_correction() -> None:
    so_far = given(*prepared())
    corrected(so_far, "LivelihoodSecured", "securing_party", "fk").then_nothing()
    one = correction(so_far, "LivelihoodSecured", "income_source", "wage")
    so_far.and_then(one).when(one).then_nothing()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sex", "man"),
        ("birth_date", "1998-05-17"),
        ("grounds", ["disability"]),
        ("needs_from", ["fk", "af"]),
        ("municipality", "Eksjö"),
        ("protected_identity", True),
        ("on", "2026-02-01"),
    ],
)
def test_the_referrals_fields_may_be_corrected(field: str, value: Any) -> None:
    """GDPR art. 16; the journey is what it would have been."""
    then = corrected(given(*presented()), "ReferralReceived", field, value)
    then.then_events("EntryCorrected").then_phase("presented")
    part = then.journey.referral
    read = part.referred_on if field == "on" else getattr(part, field)
    assert to_builtins(read) == (tuple(value) if isinstance(value, list) else value)


def test_a_corrected_need_changes_what_is_decided_next() -> None:
    """Everything after is judged by the corrected value."""
    so_far = given(*presented())
    one_party = so_far.and_then(correction(so_far, "ReferralReceived", "needs_from", ["fk"]))
    including = wish(
        "decide_inclusion",
        COACH,
        ON,
        outcome="include",
        votes={"fk": "for", "municipality": "for"},
    )
    so_far.when(including).then_phase("accepted")
    one_party.when(including).then_refused("fewer_than_two_parties")


# --- what follows anew ---------------------------------------------------------------


def test_a_jobs_start_gives_its_slots_anew() -> None:
    """contract.md §2: slots; the exit and its days stay (Q1)."""
    so_far = given(*exited_to_work())
    then = corrected(so_far, "EmploymentStarted", "on", "2026-08-24")
    found = changes(then)
    assert found["EmploymentStarted", "on"] == ("2026-08-31", "2026-08-24")
    assert found["AftercareStarted", "anchor"] == ("2026-08-31", "2026-08-24")
    assert found["AftercareStarted", "earliest_end"] == ("2027-02-28", "2027-02-24")
    aftercare = then.journey.aftercare
    assert aftercare.started is not None
    assert aftercare.started.anchor == date(2026, 8, 24)
    first, last = aftercare.slots[0].slot, aftercare.slots[-1].slot
    assert (first.window_start, first.due_on) == (date(2026, 8, 24), date(2026, 8, 31))
    assert last.due_on == date(2027, 2, 24)
    assert then.journey.sus.due_on == date(2026, 11, 30)


def test_a_contact_that_still_fits_its_slot_keeps_it() -> None:
    so_far = given(*exited_to_work(), contact("2026-09-02"))
    then = corrected(so_far, "EmploymentStarted", "on", "2026-09-01")
    assert then.journey.aftercare.slots[0].contact_on == date(2026, 9, 2)


def test_a_contact_is_judged_by_the_corrected_calendar() -> None:
    """§6.2: a slot is filled by a contact inside its window; "slots anew"."""
    so_far = given(*exited_to_work(), contact("2026-09-05"))
    then = corrected(so_far, "EmploymentStarted", "on", "2026-08-24")
    filled = {s.slot.slot for s in then.journey.aftercare.slots if s.contact_on is not None}
    assert filled == {"m1w2"}


def test_another_field_of_a_job_leaves_the_slots() -> None:
    then = corrected(given(*exited_to_work()), "EmploymentStarted", "percent", 50)
    assert changes(then) == {("EmploymentStarted", "percent"): (75, 50)}
    assert then.journey.work.current is not None
    assert then.journey.work.current.percent == 50


def test_an_exits_day_gives_the_days_for_sus_anew() -> None:
    """contract.md §2: the SUS date; each change once, in decision and exit alike."""
    then = corrected(given(*exited_to_work()), "ExitDecided", "exit_date", "2026-09-24")
    assert changes(then) == {
        ("ExitDecided", "exit_date"): ("2026-08-31", "2026-09-24"),
        ("JourneyExited", "on"): ("2026-08-31", "2026-09-24"),
        ("JourneyExited", "exit_date"): ("2026-08-31", "2026-09-24"),
        ("JourneyExited", "sus_due_on"): ("2026-11-30", "2026-12-24"),
        ("JourneyExited", "sus_act_by"): ("2026-11-30", "2026-12-28"),
    }


@pytest.mark.parametrize("name", ["ExitDecided", "JourneyExited"])
def test_an_exits_day_may_be_corrected_in_either_fact(name: str) -> None:
    then = corrected(given(*exited_to_work()), name, "exit_date", "2026-09-24")
    exit_part = then.journey.exit
    assert exit_part.decided is not None
    assert exit_part.exited is not None
    assert exit_part.decided.exit_date == exit_part.exited.exit_date == date(2026, 9, 24)
    assert then.journey.sus.due_on == date(2026, 12, 24)
    assert then.journey.sus.act_by == date(2026, 12, 28)


def test_an_exits_two_days_never_part() -> None:
    """JourneyExited happens on its exit_date; correcting one corrects the other, or is refused."""
    so_far = given(*exited_to_work())
    then = corrected(so_far, "JourneyExited", "on", "2026-09-24")
    if then.decision is not None:
        exited_fact = then.journey.exit.exited
        assert exited_fact is not None
        assert exited_fact.on == exited_fact.exit_date


def test_an_exits_reason_gives_outcome_and_days_anew() -> None:
    """§3.3: from another reason to studies three months; back to illness at once."""
    studied = wish("start_studies", COACH, "2026-05-11", percent=100, level="vocational")
    so_far = given(*in_step_4(), studied, *exited()[-1:])
    then = corrected(so_far, "ExitDecided", "reason", "studies")
    assert then.journey.exit.exited is not None
    assert then.journey.exit.exited.outcome == "studies"
    assert then.journey.sus.due_on == date(2026, 8, 18)


def test_an_exits_corrected_reason_needs_its_evidence() -> None:
    """§3.3."""
    corrected(given(*exited()), "ExitDecided", "reason", "work").then_refused(
        "exit_evidence_missing"
    )
    corrected(given(*exited()), "ExitDecided", "reason", "tired").then_refused("invalid_command")
    corrected(given(*exited()), "ExitDecided", "reason", "").then_refused("exit_reason_missing")


def test_an_exits_corrected_day_is_not_before_enrolment_nor_to_come() -> None:
    so_far = given(*exited())
    corrected(so_far, "ExitDecided", "exit_date", "2026-02-11").then_refused(
        "date_before_predecessor"
    )
    corrected(so_far.on_the_day(ON), "ExitDecided", "exit_date", "2026-12-02").then_refused(
        "date_in_future"
    )


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("ReferralReceived", "person", "p2"),
        ("ReferralReceived", "journey", "j2"),
        ("ReferralReceived", "programme", "finnveden"),
        ("InclusionDecided", "outcome", "decline"),
        ("StepAdvanced", "to", 5),
        ("StepAdvanced", "from", 2),
        ("StepAdvanced", "evidence", {}),
        ("JourneyExited", "sus_due_on", "2026-09-01"),
        ("JourneyExited", "sus_act_by", "2026-09-01"),
        ("AftercareStarted", "anchor", "2026-09-01"),
        ("AftercareStarted", "slots", []),
    ],
)
def test_what_follows_from_other_facts_is_not_corrected(name: str, field: str, value: Any) -> None:
    """Those are corrected, or decided anew."""
    corrected(given(*exited_to_work()), name, field, value).then_refused("invalid_command")


def test_the_reckoned_outcome_of_an_exit_is_not_corrected() -> None:
    """§3.3: the class follows from the reason."""
    corrected(given(*exited()), "JourneyExited", "outcome", "work").then_refused("invalid_command")


def test_a_question_that_went_to_the_manager_is_not_corrected() -> None:
    so_far = given(*split_on_inclusion())
    corrected(so_far, "DecisionEscalated", "reason", "r2").then_refused("invalid_command")


@pytest.mark.parametrize("number", [0, 5, -1])
def test_an_entry_that_is_not_there_is_a_fault_of_form(number: int) -> None:
    so_far = given(*prepared())
    fields = {"entry": number, "field": "on", "value": "2026-02-02", "reason": "typo"}
    so_far.when(wish("correct", COACH, ON, **fields)).then_refused("invalid_command")


def test_a_field_that_is_not_there_and_a_value_that_does_not_fit() -> None:
    so_far = given(*prepared())
    corrected(so_far, "LivelihoodSecured", "colour", "red").then_refused("invalid_command")
    corrected(so_far, "LivelihoodSecured", "income_source", "gold").then_refused("invalid_command")
    corrected(so_far, "LivelihoodSecured", "on", "2026-02-30").then_refused("invalid_command")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("municipality", "Värnamo"),
        ("referring_party", "police"),
        ("needs_from", ["fk", "police"]),
        ("grounds", ["tired"]),
    ],
)
def test_a_corrected_word_is_one_that_the_programme_knows(field: str, value: Any) -> None:
    """As in the referral itself (contract.md §2, vocabularies)."""
    corrected(given(*presented()), "ReferralReceived", field, value).then_refused("invalid_command")


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("EmploymentStarted", "percent", 0),
        ("EmploymentStarted", "percent", 101),
        ("EmploymentStarted", "employer", "Anna Andersson, Storgatan 1"),
        ("CoachAssigned", "coach", "x" * 65),
        ("ExitDecided", "votes", {"police": "for"}),
    ],
)
def test_a_corrected_value_has_the_form_of_the_commands_field(
    name: str, field: str, value: Any
) -> None:
    """contract.md §1, §2: opaque keys, a share of 1-100, parties; never free text (§4)."""
    corrected(given(*exited_to_work()), name, field, value).then_refused("invalid_command")


def test_a_corrected_day_is_not_to_come_nor_before_the_referral() -> None:
    """contract.md §1."""
    so_far = given(*in_step_1()).on_the_day(ON)
    corrected(so_far, "JourneyEnrolled", "on", "2026-12-02").then_refused("date_in_future")
    corrected(so_far, "JourneyEnrolled", "on", "2026-02-01").then_refused("date_before_predecessor")


def test_a_corrected_day_is_not_before_what_the_fact_builds_on() -> None:
    """contract.md §1: a job is not before the enrolment, by correction either."""
    so_far = given(*in_step_5(), employment("2026-05-18"))
    corrected(so_far, "EmploymentStarted", "on", "2026-02-11").then_refused(
        "date_before_predecessor"
    )


def test_a_referral_is_not_moved_after_what_builds_on_it() -> None:
    """contract.md §1."""
    corrected(given(*in_step_1()), "ReferralReceived", "on", "2026-02-20").then_refused(
        "date_before_predecessor"
    )


def test_a_job_is_not_corrected_into_a_special_activity() -> None:
    """S2 §5: the corrected fact meets the rules that the original had to."""
    so_far = given(*in_step_5(), employment())
    corrected(so_far, "EmploymentStarted", "open_labour_market", False).then_refused(
        "not_open_labour_market"
    )


def test_who_may_correct() -> None:
    """Coach, manager and the referring party; no other."""
    so_far = given(*prepared())
    fine = correction(so_far, "LivelihoodSecured", "income_source", "wage", FK)
    so_far.when(fine).then_events("EntryCorrected")
    other = correction(so_far, "LivelihoodSecured", "income_source", "wage", AF)
    so_far.when(other).then_refused("actor_not_permitted")


def test_a_closed_journey_is_not_corrected() -> None:
    """T25, scenario 36."""
    so_far = given(*exited(), deregistration("2026-05-18"))
    corrected(so_far, "LivelihoodSecured", "income_source", "wage").then_refused("journey_closed")


def test_the_survey_is_offered_in_its_own_year_and_once() -> None:
    """S2 §8.1."""
    enrolled = given(*in_step_1())
    offer = wish("offer_survey", COACH, "2026-10-05", year=2026)
    enrolled.when(offer).then(SurveyOffered(on=date(2026, 10, 5), year=2026))
    enrolled.and_then(offer).when(offer).then_nothing()
    other = wish("offer_survey", COACH, "2026-10-05", year=2025)
    enrolled.when(other).then_refused("invalid_command")
    given(*prepared()).when(offer).then_refused("phase_not_allowed")
