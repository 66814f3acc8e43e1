"""SUS, in and out: S1-S4, §6.3, §6.4 "More SUS dates", Q2; scenarios 25-27."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from journey.exit import JourneyExited
from journey.sus import SusDeregistered, SusRegistered
from journey.values import Income, Occupation, SusMode
from journey.wishes import JourneyWish
from tests.examples import (
    COACH,
    consent,
    contact,
    deregistration,
    employment,
    enrolled_in_fortsattning,
    enrolment,
    exit_decision,
    exited,
    exited_to_studies,
    exited_to_work,
    in_step_1,
    included,
    ready,
    studies,
    wish,
)
from tests.spec import given

DATES = """
2026-11-28 2027-02-28 2027-03-01
2026-11-29 2027-02-28 2027-03-01
2026-11-30 2027-02-28 2027-03-01
2026-12-01 2027-03-01 2027-03-01
2026-01-31 2026-04-30 2026-04-30
2026-05-31 2026-08-31 2026-08-31
2026-09-30 2026-12-30 2026-12-30
2026-10-31 2027-01-31 2027-02-01
2026-09-24 2026-12-24 2026-12-28
2026-09-25 2026-12-25 2026-12-28
2023-11-30 2024-02-29 2024-02-29
2027-11-30 2028-02-29 2028-02-29
2026-08-31 2026-11-30 2026-11-30
2024-02-29 2024-05-29 2024-05-29
2028-02-29 2028-05-29 2028-05-29
"""
EXITS = [tuple(map(date.fromisoformat, line.split())) for line in DATES.strip().splitlines()]


def registration(mode: str = "identified", on: str = "2026-02-12") -> JourneyWish:
    """The coach registers the person."""
    return wish("register_in_sus", COACH, on, mode=mode)


def enrolled_in(year: int) -> tuple[JourneyWish, ...]:
    """The whole entry on New Year's Day of this year, SUS by name."""
    return tuple(replace(one, on=date(year, 1, 1)) for one in in_step_1())


# --- registration (S1, S2) -----------------------------------------------------------


def test_registration_by_name_needs_a_written_consent() -> None:
    """S1."""
    enrolled = given(*ready(), enrolment())
    enrolled.when(registration()).then_refused("sus_consent_missing")
    oral = consent("sus_registration", "2026-02-12", form="oral")
    enrolled.and_then(oral).when(registration()).then_refused("sus_consent_missing")
    written = consent("sus_registration", "2026-02-12")
    enrolled.and_then(written).when(registration()).then(
        SusRegistered(on=date(2026, 2, 12), mode=SusMode.IDENTIFIED)
    )


def test_a_written_consent_counts_beside_a_later_oral_one() -> None:
    """S1: one written, valid consent is enough."""
    written = consent("sus_registration", "2026-02-12")
    oral = consent("sus_registration", "2026-02-13", form="oral")
    both = given(*ready(), enrolment(), written, oral)
    both.when(registration(on="2026-02-13")).then_events("SusRegistered")


def test_the_group_s_consent_is_none_for_sus() -> None:
    """§12.2: kept apart from every other consent."""
    given(*ready(), enrolment()).when(registration()).then_refused("sus_consent_missing")


def test_a_protected_identity_is_registered_anonymously() -> None:
    """S1, S2."""
    protected = given(*ready(protected_identity=True), enrolment())
    protected.when(registration()).then_refused("protected_identity", "sus_consent_missing")
    written = consent("sus_registration", "2026-02-12")
    protected.and_then(written).when(registration()).then_refused("protected_identity")
    then = protected.when(registration("anonymous")).then_events("SusRegistered")
    assert then.journey.sus.status == "registered_anonymous"


def test_registration_begins_with_enrolment() -> None:
    """contract.md: from the day of enrolment, and not before."""
    given(*included()).when(registration("anonymous")).then_refused("phase_not_allowed")
    early = registration("anonymous", "2026-02-11")
    given(*ready(), enrolment()).when(early).then_refused("date_before_predecessor")


def test_a_person_is_registered_once() -> None:
    registered = given(*in_step_1())
    registered.when(registration()).then_nothing()
    registered.when(registration("anonymous")).then_refused("phase_not_allowed")


# --- deregistration (S3, S4) ---------------------------------------------------------


def test_scenario_25_sus_too_early() -> None:
    """The refusal names the day."""
    refused = given(*exited_to_work()).when(deregistration("2026-11-29"))
    refused.then_refused("sus_too_early")
    assert refused.reasons[0].earliest == date(2026, 11, 30)
    assert "2026-11-30" in refused.reasons[0].message


def test_scenario_26_sus_on_time() -> None:
    """Deregistered; aftercare goes on; exited, not closed."""
    then = given(*exited_to_work()).when(deregistration("2026-11-30"))
    then.then(
        SusDeregistered(
            on=date(2026, 11, 30),
            due_on=date(2026, 11, 30),
            occupation_after=Occupation.EMPLOYED,
            income_after=Income.WAGE,
        )
    ).then_phase("exited")
    assert then.journey.sus.status == "deregistered"
    assert then.journey.aftercare.status == "running"


def test_a_late_deregistration_keeps_both_days() -> None:
    """§6.3: the actual day, beside the day that was due."""
    then = given(*exited_to_work()).when(deregistration("2026-12-15"))
    out = then.facts[0]
    assert isinstance(out, SusDeregistered)
    assert (out.on, out.due_on) == (date(2026, 12, 15), date(2026, 11, 30))


@pytest.mark.parametrize(("exit_date", "due_on", "act_by"), EXITS)
def test_three_months_after_an_exit_to_work_or_studies(
    exit_date: date, due_on: date, act_by: date
) -> None:
    """§6.4: clamped to the month; due_on is never moved, act_by is a working day."""
    active = given(*enrolled_in(exit_date.year))
    day = exit_date.isoformat()
    for begun, reason in ((employment(day), "work"), (studies(day), "studies")):
        left = active.and_then(begun, exit_decision(reason, day))
        assert isinstance(left.facts[-1], JourneyExited)
        assert (left.journey.sus.due_on, left.journey.sus.act_by) == (due_on, act_by)
        before = date.fromordinal(due_on.toordinal() - 1)
        left.when(deregistration(before.isoformat())).then_refused("sus_too_early")
        assert left.when(deregistration(due_on.isoformat())).facts


@pytest.mark.parametrize(
    ("exit_date", "act_by"),
    [("2026-05-15", "2026-05-15"), ("2026-05-16", "2026-05-18"), ("2026-12-24", "2026-12-28")],
)
def test_other_reasons_are_due_on_the_day_of_the_exit(exit_date: str, act_by: str) -> None:
    """§6.4: act_by is the next working day."""
    journey = given(*in_step_1(), exit_decision("moved", exit_date)).journey
    assert journey.sus.due_on == date.fromisoformat(exit_date)
    assert journey.sus.act_by == date.fromisoformat(act_by)


def test_the_clock_runs_from_the_exit_and_aftercare_from_the_job() -> None:
    """Q1."""
    journey = given(*in_step_1(), employment("2026-08-31"), exit_decision("work", "2026-09-30"))
    assert journey.journey.sus.due_on == date(2026, 12, 30)
    assert journey.journey.aftercare.started is not None
    assert journey.journey.aftercare.started.anchor == date(2026, 8, 31)


def test_an_anonymous_registration_has_no_deregistration() -> None:
    """S2."""
    left = given(*ready(), enrolment(), registration("anonymous"), employment(), exit_decision())
    assert left.journey.sus.due_on is None
    left.when(deregistration()).then_refused("sus_anonymous_has_no_deregistration")


def test_who_was_never_registered_is_not_deregistered() -> None:
    left = given(*ready(), enrolment(), employment(), exit_decision())
    left.when(deregistration()).then_refused("sus_not_registered")
    given(*ready(), enrolment()).when(deregistration()).then_refused(
        "sus_not_registered", "phase_not_allowed"
    )


def test_nobody_is_deregistered_before_an_exit() -> None:
    given(*in_step_1()).when(deregistration()).then_refused("phase_not_allowed")


def test_deregistering_twice_is_once() -> None:
    given(*exited_to_work(), deregistration()).when(deregistration()).then_nothing()
    closed = given(*exited(), deregistration("2026-05-18"))
    closed.when(deregistration("2026-05-18")).then_refused("journey_closed")


# --- 2018-2020 and the transfer (Q2, §3.1) -------------------------------------------


def test_in_2018_to_2020_sus_was_left_with_the_job() -> None:
    """Q2: no lag."""
    left = given(
        *enrolled_in_fortsattning(), employment("2020-05-04"), exit_decision("work", "2020-05-04")
    )
    assert left.journey.sus.due_on == date(2020, 5, 4)
    left.when(deregistration("2020-05-04")).then_events("SusDeregistered", "JourneyClosed")


def transfer(on: str = "2021-01-01") -> JourneyWish:
    """The project is carried over into the long-term operation."""
    return wish("transfer_programme", COACH, on, programme="se-hoglandet")


def test_a_transferred_journey_goes_on_as_it_is() -> None:
    """S0 §11: step, coach, registration stay; the rules are the new programme's."""
    before = given(*enrolled_in_fortsattning())
    after = before.when(transfer()).then_events("ProgrammeTransferred").then_phase("step_1")
    assert after.journey.referral.programme == "se-hoglandet"
    assert after.journey.sus == before.journey.sus
    transferred = before.and_then(transfer())
    transferred.when(transfer()).then_nothing()


def test_after_the_transfer_the_lag_is_three_months() -> None:
    """Q22: the version that is valid on the event's own day."""
    left = given(
        *enrolled_in_fortsattning(),
        transfer(),
        employment("2021-03-01"),
        exit_decision("work", "2021-03-01"),
    )
    assert left.journey.sus.due_on == date(2021, 6, 1)
    assert len(left.journey.aftercare.slots) == 10


def test_a_transfer_needs_a_programme_that_is_open_and_covers_the_municipality() -> None:
    active = given(*enrolled_in_fortsattning())
    active.when(transfer("2020-12-31")).then_refused("programme_not_open")
    elsewhere = wish("transfer_programme", COACH, "2021-01-01", programme="finnveden")
    active.when(elsewhere).then_refused("programme_not_open")
    active.where(open_journey="j2").when(transfer()).then_refused("open_journey_exists")


def test_income_and_occupation_are_recorded_at_deregistration() -> None:
    """S2 §8: before, during and after."""
    out = deregistration("2026-11-24", occupation_after="studies", income_after="student_aid")
    fact = given(*exited_to_studies()).when(out).facts[0]
    assert isinstance(fact, SusDeregistered)
    assert (fact.occupation_after, fact.income_after) == ("studies", "student_aid")


def test_aftercare_outlives_sus() -> None:
    """§3: contacts go on after the deregistration."""
    out = given(*exited_to_work(), deregistration())
    out.when(contact("2026-12-15", "phone")).then_events("AftercareContactMade")
