"""Employment, studies and income: A1, A4, A5, §3.2; S2 §8, 9.2."""

from __future__ import annotations

from datetime import date

import pytest

from journey.aftercare import AftercareEnded, AftercareSlotCancelled, AftercareStarted
from journey.values import EmploymentCause, EmploymentForm, Income, SlotCancelReason, SlotStatus
from journey.work import EmploymentChanged, EmploymentEnded, EmploymentStarted
from tests.examples import (
    COACH,
    contact,
    employment,
    enrolled_in_fortsattning,
    exited,
    exited_to_studies,
    exited_to_work,
    in_step_1,
    in_step_3,
    in_step_5,
    ready,
    studies,
    wish,
)
from tests.spec import given

LOST = wish("end_employment", COACH, "2026-10-15", employment="w1", cause="laid_off")


@pytest.mark.parametrize("stage", [in_step_1, in_step_3, in_step_5])
def test_a_job_begins_in_any_step_and_aftercare_with_it(stage: object) -> None:
    """§3.2, A1: the calendar's anchor is the first day of the job."""
    assert callable(stage)
    then = given(*stage()).when(employment()).then_events("EmploymentStarted", "AftercareStarted")
    plan = then.facts[1]
    assert isinstance(plan, AftercareStarted)
    assert (plan.model, plan.anchor, plan.employment) == ("calendar", date(2026, 8, 31), "w1")
    assert len(plan.slots) == 10
    assert plan.earliest_end == date(2027, 2, 28)


def test_a_job_keeps_its_terms() -> None:
    """A subsidised job counts (§3.3)."""
    subsidised = employment(percent=50, form="probation", wage_subsidy=True, agreement_wage=False)
    started = given(*in_step_5()).when(subsidised).facts[0]
    assert started == EmploymentStarted(
        on=date(2026, 8, 31),
        employment="w1",
        employer="e1",
        percent=50,
        form=EmploymentForm.PROBATION,
        wage_subsidy=True,
        agreement_wage=False,
    )


def test_a_job_is_on_the_open_labour_market() -> None:
    """S2 §5."""
    given(*in_step_5()).when(employment(open_labour_market=False)).then_refused(
        "not_open_labour_market"
    )


def test_a_job_before_enrolment_is_none_of_the_journeys() -> None:
    given(*ready()).when(employment("2026-02-12")).then_refused("phase_not_allowed")
    given(*in_step_1()).when(employment("2026-02-11")).then_refused("date_before_predecessor")


def test_a_key_names_one_job() -> None:
    employed = given(*in_step_5(), employment())
    employed.when(employment()).then_nothing()
    employed.when(employment(percent=100)).then_refused("phase_not_allowed")


def test_hours_change_while_the_job_runs() -> None:
    """S2 9.2: increased hours are a matter for aftercare."""
    more = wish("change_employment", COACH, "2026-09-15", employment="w1", percent=100)
    employed = given(*exited_to_work())
    then = employed.when(more).then(
        EmploymentChanged(on=date(2026, 9, 15), employment="w1", percent=100)
    )
    assert then.journey.work.current is not None
    assert then.journey.work.current.percent == 100
    employed.and_then(more).when(more).then_nothing()
    before = wish("change_employment", COACH, "2026-08-30", employment="w1", percent=100)
    employed.when(before).then_refused("date_before_predecessor")
    unknown = wish("change_employment", COACH, "2026-09-15", employment="w2", percent=100)
    employed.when(unknown).then_refused("phase_not_allowed")
    employed.and_then(LOST).when(
        wish("change_employment", COACH, "2026-10-16", employment="w1", percent=50)
    ).then_refused("phase_not_allowed")


def test_job_lost_ends_aftercare_and_cancels_what_is_open() -> None:
    """A4: filled and missed slots stay in the history as they were."""
    employed = given(*exited_to_work(), contact("2026-09-05"))
    then = employed.when(LOST)
    day = date(2026, 10, 15)
    open_slots = ("m2b", "m3", "m4", "m5", "m6")
    reason = SlotCancelReason.EMPLOYMENT_ENDED
    then.then(
        EmploymentEnded(on=day, employment="w1", cause=EmploymentCause.LAID_OFF),
        *(AftercareSlotCancelled(on=day, slot=slot, reason=reason) for slot in open_slots),
        AftercareEnded(on=day, reason="employment_ended"),
    )
    statuses = {s.slot.slot: s.status_on(day) for s in then.journey.aftercare.slots}
    assert statuses["m1w1"] is SlotStatus.FILLED
    assert statuses["m1w2"] is SlotStatus.MISSED
    assert {statuses[slot] for slot in open_slots} == {SlotStatus.CANCELLED}


def test_a_job_ends_once() -> None:
    lost = given(*exited_to_work(), LOST)
    lost.when(LOST).then_nothing()
    again = wish("end_employment", COACH, "2026-10-16", employment="w1", cause="laid_off")
    lost.when(again).then_refused("phase_not_allowed")
    early = wish("end_employment", COACH, "2026-08-30", employment="w1", cause="laid_off")
    given(*exited_to_work()).when(early).then_refused("date_before_predecessor")


def test_a_new_job_begins_the_calendar_anew() -> None:
    """A5: a new anchor; old open slots are superseded."""
    new = employment("2026-10-15", employment="w2", employer="e2")
    then = given(*exited_to_work(), contact("2026-09-05")).when(new)
    names = [type(fact).__name__ for fact in then.facts]
    assert names == ["EmploymentStarted", *["AftercareSlotCancelled"] * 5, "AftercareStarted"]
    cancelled = [fact for fact in then.facts if isinstance(fact, AftercareSlotCancelled)]
    assert {fact.reason for fact in cancelled} == {SlotCancelReason.NEW_EMPLOYMENT}
    started = then.journey.aftercare.started
    assert started is not None
    assert started.anchor == date(2026, 10, 15)
    assert then.journey.aftercare.status == "running"


def test_the_end_of_the_old_job_leaves_the_new_ones_aftercare() -> None:
    """A5."""
    new = employment("2026-10-10", employment="w2", employer="e2")
    then = given(*exited_to_work(), new).when(LOST).then_events("EmploymentEnded")
    assert then.journey.aftercare.runs


def test_a_new_job_after_the_aftercare_of_the_lost_one_starts_it_again() -> None:
    """A4, A5: while SUS is still to be deregistered the journey is open."""
    new = employment("2026-11-02", employment="w2", employer="e2")
    then = given(*exited_to_work(), LOST).when(new)
    then.then_events("EmploymentStarted", "AftercareStarted")


@pytest.mark.parametrize("stage", [exited_to_studies, exited])
def test_a_job_after_another_exit_has_no_calendar(stage: object) -> None:
    """§3.3: aftercare by the calendar belongs to an exit to work."""
    assert callable(stage)
    given(*stage()).when(employment()).then_events("EmploymentStarted")


def test_a_programme_without_a_calendar_starts_none() -> None:
    """2018-2020: as long as they judge that they need it."""
    given(*enrolled_in_fortsattning()).when(employment("2020-05-04")).then_events(
        "EmploymentStarted"
    )


def test_studies_run_one_at_a_time() -> None:
    studying = given(*in_step_3(), studies())
    studying.when(studies()).then_nothing()
    studying.when(studies(level="university")).then_refused("phase_not_allowed")
    broken = wish("end_studies", COACH, "2026-10-01", cause="broken_off")
    given(*in_step_3()).when(broken).then_refused("phase_not_allowed")
    early = wish("end_studies", COACH, "2026-08-23")
    studying.when(early).then_refused("date_before_predecessor")
    ended = studying.and_then(broken)
    assert ended.journey.work.studying is None
    ended.when(broken).then_nothing()
    ended.when(studies("2026-10-02")).then_events("StudiesStarted")


def test_income_is_followed_before_during_and_after() -> None:
    """S2 §8: the latest of each phase."""
    journey = given(
        *in_step_1(),
        wish("record_income", COACH, "2026-02-12", phase="before", source="sickness_benefit"),
        wish("record_income", COACH, "2026-05-04", phase="during", source="activity_support"),
        wish("record_income", COACH, "2026-06-01", phase="during", source="wage"),
    ).journey
    sources = {phase: fact.source for phase, fact in journey.work.incomes.items()}
    assert sources == {"before": Income.SICKNESS_BENEFIT, "during": Income.WAGE}
