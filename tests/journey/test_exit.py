"""Exit, reopening and closing: T20-T25, §3.3; scenarios 24, 27-30."""

from __future__ import annotations

from datetime import date

import pytest

from journey.aftercare import AftercareEnded, AftercareSlotCancelled
from journey.escalation import DecisionEscalated
from journey.exit import ExitDecided, ExitProposed, JourneyClosed, JourneyExited, JourneyReopened
from journey.sus import SusDeregistrationCancelled
from journey.values import ExitClass, Flag, Question, ReopenReason, SlotCancelReason, Vote
from journey.wishes import JourneyWish
from tests.examples import (
    COACH,
    FK,
    MANAGER,
    OTHER_MANAGER,
    PARTIES,
    SPLIT,
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
    in_step_3,
    in_step_4,
    in_step_5,
    ready,
    studies,
    wish,
)
from tests.spec import given

FOR = dict.fromkeys(PARTIES, Vote.FOR)
OTHER_REASONS = (
    "not_motivated",
    "other_programme",
    "continued_rehabilitation",
    "permanent_compensation_applied",
    "registered_jobseeker",
    "own_request",
    "consent_withdrawn",
    "illness",
    "moved",
    "deceased",
    "gk_started",
    "not_target_group",
)


def manager_decides(outcome: str, on: str = "2026-06-08", by: str = MANAGER) -> JourneyWish:
    """The manager's answer about an exit."""
    return wish("decide_as_manager", by, on, question="exit", outcome=outcome, reason="needs")


def split_exit(reason: str = "illness", on: str = "2026-06-01", **fields: str) -> JourneyWish:
    """AF is against the exit."""
    return exit_decision(reason, on, votes=SPLIT, **fields)


def reopening(on: str, reason: str = "job_lost", **fields: int) -> JourneyWish:
    """The coach undoes the exit."""
    return wish("reopen", COACH, on, reason=reason, **fields)


def anonymous() -> tuple[JourneyWish, ...]:
    """Enrolled, and registered by sex and year only."""
    return (*ready(), enrolment(), wish("register_in_sus", COACH, "2026-02-12", mode="anonymous"))


# --- the decision (T20-T22) ----------------------------------------------------------


def test_scenario_24_exit_to_work() -> None:
    """Outcome work, SUS due three months later, aftercare goes on with its ten slots."""
    then = given(*in_step_5(), employment()).when(exit_decision())
    day = date(2026, 8, 31)
    then.then(
        ExitDecided(on=day, reason="work", exit_date=day, votes=FOR, aftercare_plan="calendar"),
        JourneyExited(
            on=day,
            exit_date=day,
            reason="work",
            outcome=ExitClass.WORK,
            sus_due_on=date(2026, 11, 30),
            sus_act_by=date(2026, 11, 30),
        ),
    ).then_phase("exited")
    assert not then.journey.active
    assert then.journey.sus.status == "deregistration_pending"
    assert then.journey.aftercare.status == "running"
    assert len(then.journey.aftercare.open_slots(day)) == 10


def test_scenario_27_other_reason() -> None:
    """SUS is due at once, there is no aftercare; deregistered the same day, it closes."""
    then = given(*in_step_4()).when(exit_decision("illness", "2026-05-04"))
    then.then_events("ExitDecided", "JourneyExited").then_phase("exited")
    assert then.journey.sus.due_on == date(2026, 5, 4)
    assert then.journey.aftercare.status == "none"
    out = given(*in_step_4(), exit_decision("illness", "2026-05-04")).when(
        deregistration("2026-05-04")
    )
    out.then_events("SusDeregistered", "JourneyClosed").then_phase("closed")


@pytest.mark.parametrize("reason", OTHER_REASONS)
def test_every_other_reason_is_due_in_sus_at_once(reason: str) -> None:
    """§3.3."""
    exit_fact = given(*exited(reason)).facts[-1]
    assert isinstance(exit_fact, JourneyExited)
    assert exit_fact.outcome is ExitClass.OTHER
    assert exit_fact.sus_due_on == date(2026, 5, 18)


def test_a_wrong_registration_is_void() -> None:
    """§3.3 registration_error: counted nowhere, at once."""
    exit_fact = given(*exited("registration_error")).facts[-1]
    assert isinstance(exit_fact, JourneyExited)
    assert exit_fact.outcome is ExitClass.VOID
    assert exit_fact.sus_due_on == date(2026, 5, 18)


@pytest.mark.parametrize("reason", ["illness", "deceased", "moved"])
def test_another_reason_ends_the_aftercare_of_a_job_that_runs(reason: str) -> None:
    """§3.3: none for other reasons; deceased: nothing is asked for any more."""
    left = given(*in_step_5(), employment()).when(exit_decision(reason, "2026-09-10"))
    cancelled = [fact for fact in left.facts if isinstance(fact, AftercareSlotCancelled)]
    assert len(cancelled) == 9
    assert {fact.reason for fact in cancelled} == {SlotCancelReason.AFTERCARE_ENDED}
    assert isinstance(left.facts[-1], AftercareEnded)
    assert left.journey.aftercare.open_slots(date(2026, 9, 10)) == ()


def test_scenario_28_studies() -> None:
    """Three months in SUS, no slots; aftercare on the participant's request."""
    left = given(*exited_to_studies())
    assert left.journey.sus.due_on == date(2026, 11, 24)
    assert left.journey.aftercare.status == "none"
    assert isinstance(left.facts[-2], ExitDecided)
    assert left.facts[-2].aftercare_plan == "on_request"
    asked = wish("start_aftercare", "participant:p1", "2026-09-01", requested_by="participant")
    then = left.when(asked).then_events("AftercareStarted")
    assert then.journey.aftercare.slots == ()
    assert then.journey.aftercare.runs


def test_scenario_29_exit_without_evidence() -> None:
    """Work without a job, studies without studies; and a reason is always needed."""
    in_5 = given(*in_step_5())
    in_5.when(exit_decision("work", "2026-06-01")).then_refused("exit_evidence_missing")
    in_5.when(exit_decision("studies", "2026-06-01")).then_refused("exit_evidence_missing")
    in_5.when(exit_decision("", "2026-06-01")).then_refused("exit_reason_missing")
    left_out = wish("decide_exit", COACH, "2026-06-01", votes=FOR)
    in_5.when(left_out).then_refused("exit_reason_missing")


def test_a_job_that_has_ended_is_no_evidence() -> None:
    """§3.3."""
    lost = wish("end_employment", COACH, "2026-09-01", employment="w1", cause="laid_off")
    ended = given(*in_step_5(), employment(), lost)
    ended.when(exit_decision("work", "2026-09-01")).then_refused("exit_evidence_missing")


def test_a_reason_that_the_programme_does_not_know_is_a_fault_of_form() -> None:
    in_5 = given(*in_step_5())
    in_5.when(exit_decision("tired", "2026-06-01")).then_refused("invalid_command")
    in_5.when(wish("propose_exit", COACH, "2026-06-01", reason="tired")).then_refused(
        "invalid_command"
    )


def test_an_exit_may_be_proposed_and_changes_nothing() -> None:
    """T20."""
    proposal = wish("propose_exit", COACH, "2026-06-01", reason="illness")
    given(*in_step_5()).when(proposal).then(
        ExitProposed(on=date(2026, 6, 1), reason="illness")
    ).then_phase("step_5")


def test_an_early_exit_to_work_is_warned_of() -> None:
    """§3.2: people find jobs themselves; from step 1, with a warning below 4."""
    early = given(*in_step_1(), employment("2026-03-02")).when(exit_decision("work", "2026-03-02"))
    early.then_phase("exited").then_warned("early_exit_to_work")
    late = given(*in_step_4(), employment("2026-06-01")).when(exit_decision("work", "2026-06-01"))
    assert late.warnings == ()


def test_an_exit_from_a_pause() -> None:
    """T21: step_n or paused."""
    paused = wish("pause", COACH, "2026-05-01", reason="illness")
    given(*in_step_3(), paused).when(exit_decision("illness", "2026-06-01")).then_phase("exited")


def test_an_exit_has_its_own_day() -> None:
    """T21: not before the enrolment, not to come."""
    in_5 = given(*in_step_5())
    back = exit_decision("illness", "2026-06-01", exit_date="2026-05-15")
    assert in_5.when(back).journey.sus.due_on == date(2026, 5, 15)
    early = exit_decision("illness", "2026-06-01", exit_date="2026-02-11")
    refused = in_5.when(early).then_refused("date_before_predecessor")
    assert refused.reasons[0].earliest == date(2026, 2, 12)
    late = exit_decision("illness", "2026-06-01", exit_date="2026-06-02")
    in_5.on_the_day("2026-06-01").when(late).then_refused("date_in_future")


def test_scenario_30_exit_not_unanimous() -> None:
    """A flag, the step unchanged; "not exit" takes the flag away."""
    then = given(*in_step_5()).when(split_exit()).then_events("DecisionEscalated")
    then.then_phase("step_5")
    day = date(2026, 6, 8)
    waiting = given(*in_step_5(), split_exit())
    assert Flag.EXIT_ESCALATED in waiting.journey.flags(day)
    stays = waiting.when(manager_decides("remain")).then_events("ManagerDecisionRecorded")
    stays.then_phase("step_5")
    assert Flag.EXIT_ESCALATED not in stays.journey.flags(day)


def test_what_the_group_could_not_agree_on_is_kept() -> None:
    """T22."""
    then = given(*in_step_5()).when(split_exit(exit_date="2026-05-29"))
    then.then(
        DecisionEscalated(
            on=date(2026, 6, 1),
            question=Question.EXIT,
            votes={name: Vote(vote) for name, vote in SPLIT.items()},
            reason="illness",
            exit_date=date(2026, 5, 29),
        )
    )


@pytest.mark.parametrize(
    ("fields", "exit_date"), [({}, "2026-06-08"), ({"exit_date": "2026-05-29"}, "2026-05-29")]
)
def test_the_manager_decides_whether_and_when(fields: dict[str, str], exit_date: str) -> None:
    """S2 §6.5: on the day that the group named, or else on that of the decision."""
    then = given(*in_step_5(), split_exit(**fields)).when(manager_decides("exit"))
    then.then_events("ManagerDecisionRecorded", "JourneyExited").then_phase("exited")
    assert then.journey.exit.exited is not None
    assert then.journey.exit.exited.exit_date == date.fromisoformat(exit_date)
    assert then.journey.escalations.exit is None


def test_the_manager_needs_the_same_evidence() -> None:
    """§3.3, when the job ended while the question waited."""
    lost = wish("end_employment", COACH, "2026-09-05", employment="w1", cause="laid_off")
    waiting = given(*in_step_5(), employment(), split_exit("work", "2026-09-01"), lost)
    waiting.when(manager_decides("exit", "2026-09-08")).then_refused("exit_evidence_missing")
    waiting.when(manager_decides("remain", "2026-09-08")).then_phase("step_5")


def test_the_manager_decides_an_exit_only_when_asked() -> None:
    """T21, Q9."""
    given(*in_step_5()).when(manager_decides("exit")).then_refused("no_open_escalation")
    waiting = given(*in_step_5(), split_exit())
    waiting.when(manager_decides("exit", by=OTHER_MANAGER)).then_refused("wrong_manager")
    waiting.when(manager_decides("exit", by=COACH)).then_refused("actor_not_permitted")
    waiting.when(manager_decides("include")).then_refused("invalid_command")
    waiting.when(manager_decides("exit", "2026-05-31")).then_refused("date_before_predecessor")


def test_a_group_that_agrees_later_settles_the_question() -> None:
    """The open question goes with the exit."""
    waiting = given(*in_step_5(), split_exit())
    left = waiting.when(exit_decision("illness", "2026-06-15")).then_phase("exited")
    assert left.journey.escalations.exit is None


def test_a_group_of_one_mind_against_keeps_the_person() -> None:
    against = exit_decision("illness", "2026-06-01", votes=dict.fromkeys(PARTIES, "against"))
    given(*in_step_5()).when(against).then_refused("not_unanimous")


@pytest.mark.parametrize("votes", [{}, {"fk": "for"}])
def test_at_least_two_parties_decide_an_exit(votes: dict[str, str]) -> None:
    """Q8."""
    alone = exit_decision("illness", "2026-06-01", votes=votes)
    given(*in_step_5()).when(alone).then_refused("fewer_than_two_parties")


def test_in_2018_to_2020_an_exit_goes_to_no_manager() -> None:
    """§5.1: only inclusion is mentioned."""
    active = given(*enrolled_in_fortsattning())
    split = exit_decision("illness", "2020-06-01", votes=SPLIT)
    active.when(split).then_refused("not_unanimous")


# --- reopening (T23, S5) -------------------------------------------------------------


def test_job_lost_before_sus_deregistration_reopens_in_step_3() -> None:
    """Q3: the due date is cancelled, the job and its aftercare end, the exit is none."""
    then = given(*exited_to_work()).when(reopening("2026-10-15"))
    day = date(2026, 10, 15)
    open_slots = ("m2b", "m3", "m4", "m5", "m6")
    then.then(
        JourneyReopened(
            on=day, reason=ReopenReason.JOB_LOST, to_step=3, undone_exit=date(2026, 8, 31)
        ),
        SusDeregistrationCancelled(on=day, due_on=date(2026, 11, 30)),
        *(
            AftercareSlotCancelled(on=day, slot=slot, reason=SlotCancelReason.REOPENED)
            for slot in open_slots
        ),
        AftercareEnded(on=day, reason="employment_ended"),
    ).then_phase("step_3")
    assert then.journey.active
    assert then.journey.exit.exited is None
    assert then.journey.work.current is None
    assert then.journey.sus.status == "registered_identified"
    assert then.journey.sus.due_on is None


def test_a_job_that_was_ended_first_is_reopened_too() -> None:
    lost = wish("end_employment", COACH, "2026-10-15", employment="w1", cause="laid_off")
    then = given(*exited_to_work(), lost).when(reopening("2026-10-20", to_step=4))
    then.then_events("JourneyReopened", "SusDeregistrationCancelled").then_phase("step_4")


def test_a_later_exit_starts_a_new_clock() -> None:
    """S5: three months from the new exit."""
    again = (
        *exited_to_work(),
        reopening("2026-10-15"),
        employment("2027-01-11", employment="w2"),
        exit_decision("work", "2027-01-11"),
    )
    journey = given(*again).journey
    assert journey.phase == "exited"
    assert journey.sus.due_on == date(2027, 4, 11)


def test_after_reopening_an_exit_to_work_needs_a_new_job() -> None:
    """The lost job is no evidence."""
    reopened = given(*exited_to_work(), reopening("2026-10-15"))
    reopened.when(exit_decision("work", "2026-11-02")).then_refused("exit_evidence_missing")


def test_a_wrong_exit_leaves_the_job_and_its_aftercare() -> None:
    """T23: only what the exit cancelled is undone."""
    then = given(*exited_to_work()).when(reopening("2026-09-10", "wrong_exit", to_step=5))
    then.then_events("JourneyReopened", "SusDeregistrationCancelled").then_phase("step_5")
    assert then.journey.aftercare.runs
    assert then.journey.work.current is not None


def test_studies_broken_off_reopen_the_journey() -> None:
    """T23; aftercare on request stops."""
    asked = wish("start_aftercare", COACH, "2026-09-01", requested_by="participant")
    then = given(*exited_to_studies(), asked).when(reopening("2026-10-01", "studies_broken_off"))
    then.then_events("JourneyReopened", "SusDeregistrationCancelled", "AftercareEnded")
    assert then.then_phase("step_3").journey.work.studying is None


def test_after_sus_deregistration_a_new_journey_begins() -> None:
    """T23, Q3."""
    out = given(*exited_to_work(), deregistration())
    assert out.journey.phase == "exited"
    out.when(reopening("2026-12-07")).then_refused("reopen_window_passed")


def test_an_anonymous_registration_has_no_window_to_pass() -> None:
    """T23: sus is not deregistered."""
    left = given(*anonymous(), employment("2026-08-31"), exit_decision())
    left.when(reopening("2027-01-15")).then_events(
        "JourneyReopened", *["AftercareSlotCancelled"] * 2, "AftercareEnded"
    )


def test_only_an_exited_journey_is_reopened() -> None:
    given(*in_step_3()).when(reopening("2026-04-01")).then_refused("phase_not_allowed")
    given(*exited_to_work()).when(reopening("2026-08-30")).then_refused("date_before_predecessor")


def test_reopening_twice_is_once() -> None:
    reopened = given(*exited_to_work(), reopening("2026-10-15"))
    reopened.when(reopening("2026-10-15")).then_nothing()


# --- closing (T24, T25) --------------------------------------------------------------


def test_a_journey_closes_by_itself_when_nothing_is_left() -> None:
    """T24, with the last fact: SUS deregistered, anonymous or never registered."""
    illness = exit_decision("illness", "2026-06-01")
    given(*anonymous()).when(illness).then_events("ExitDecided", "JourneyExited", "JourneyClosed")
    never = given(*ready(), enrolment())
    then = never.when(illness).then_events("ExitDecided", "JourneyExited", "JourneyClosed")
    assert then.facts[-1] == JourneyClosed(on=date(2026, 6, 1))


def test_a_journey_stays_open_while_sus_or_aftercare_is_to_be_done() -> None:
    """T24."""
    assert given(*exited()).journey.phase == "exited"
    assert given(*exited_to_work(), deregistration()).journey.phase == "exited"
    ended = wish("end_aftercare", COACH, "2026-09-15", reason="participant_declined")
    assert given(*exited_to_work(), ended).journey.phase == "exited"
    assert given(*exited_to_work(), ended, deregistration()).journey.phase == "closed"
    assert given(*exited_to_work(), deregistration(), ended).journey.phase == "closed"


def test_an_anonymous_exit_to_work_closes_with_its_aftercare() -> None:
    """T24: an anonymous registration has no deregistration."""
    left = given(*anonymous(), employment("2026-08-31"), exit_decision())
    assert left.journey.phase == "exited"
    ended = wish("end_aftercare", COACH, "2026-09-15", reason="moved")
    left.when(ended).then_phase("closed")


def test_losing_the_job_after_deregistration_closes_the_journey() -> None:
    """A4: a new episode, then (T25)."""
    lost = wish("end_employment", COACH, "2026-12-15", employment="w1", cause="laid_off")
    then = given(*exited_to_work(), deregistration()).when(lost)
    assert isinstance(then.then_phase("closed").facts[-1], JourneyClosed)


def test_a_closed_journey_keeps_its_coach() -> None:
    """§12.8."""
    closed = given(*exited(), deregistration("2026-05-18")).journey
    assert closed.coaching.coach == "c1"
    assert closed.exit.closed_on == date(2026, 5, 18)


def test_studies_without_aftercare_close_with_sus() -> None:
    """Q21: on request only, and nobody asked."""
    out = deregistration("2026-11-24", occupation_after="studies", income_after="student_aid")
    given(*exited_to_studies()).when(out).then_phase("closed")


def test_consents_and_gk_may_come_until_closing() -> None:
    """contract.md §2: at any time before closing."""
    left = given(*exited_to_work())
    left.when(consent(on="2026-09-01")).then_events("ConsentGiven")
    left.when(wish("start_gk", FK, "2026-09-01")).then_events("GkStarted").then_phase("exited")
    left.when(contact("2026-09-05")).then_events("AftercareContactMade")
    given(*in_step_4()).when(studies("2026-06-01")).then_events("StudiesStarted")
