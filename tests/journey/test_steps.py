"""The five steps, pauses and handover: T16-T19, T26, T27, §3.2; scenarios 15, 18-23."""

from __future__ import annotations

from datetime import date

import pytest

from journey.coach import CoachHandedOver
from journey.pause import GkStarted, JourneyPaused, JourneyResumed
from journey.steps import StepAdvanced, StepReturned
from journey.values import ACTIVE, Flag, PauseReason, Phase
from journey.wishes import JourneyWish
from tests.examples import (
    COACH,
    FK,
    MANAGER,
    OTHER_MANAGER,
    PARTICIPANT,
    contact,
    employment,
    exited_to_work,
    in_step_1,
    in_step_2,
    in_step_3,
    in_step_4,
    in_step_5,
    ready,
    wish,
    work_trial,
)
from tests.spec import given


def advance(on: str, **fields: int) -> JourneyWish:
    """The coach goes to the next step."""
    return wish("advance", COACH, on, **fields)


def back(on: str, to: int, **fields: str) -> JourneyWish:
    """The coach goes back."""
    return wish("step_back", COACH, on, to=to, **fields)


def pause(on: str = "2026-04-01", reason: str = "illness", **fields: str) -> JourneyWish:
    """The work rests."""
    return wish("pause", COACH, on, reason=reason, **fields)


def resume(on: str) -> JourneyWish:
    """The work goes on."""
    return wish("resume", COACH, on)


# --- forward and back (T16, T17) -----------------------------------------------------


def test_scenario_18_step_order() -> None:
    """With the agreement to step 2, which names its evidence; never over a step."""
    agreed = given(*in_step_1(), wish("conclude_agreement", COACH, "2026-03-02"))
    agreed.when(advance("2026-03-02")).then(
        StepAdvanced(
            on=date(2026, 3, 2),
            from_step=1,
            to=2,
            evidence={"AgreementConcluded": date(2026, 3, 2)},
        )
    ).then_phase("step_2")
    agreed.when(advance("2026-03-02", to=3)).then_refused("step_skipped")


@pytest.mark.parametrize("to", [3, 4, 5])
def test_scenario_18_no_step_is_skipped(to: int) -> None:
    given(*in_step_1()).when(advance("2026-03-02", to=to)).then_refused("step_skipped")


def test_scenario_19_evidence() -> None:
    """Each step is left only when its work is done (§3.2)."""
    given(*in_step_1()).when(advance("2026-03-02")).then_refused("step_evidence_missing")
    given(*in_step_2()).when(advance("2026-03-16")).then_refused("step_evidence_missing")
    given(*in_step_3()).when(advance("2026-04-01")).then_refused("step_evidence_missing")


def test_step_4_needs_an_analysis_and_a_workplace() -> None:
    """§3.2: both; an activity of any kind chooses the workplace."""
    analysis = wish("analyse_workplace", COACH, "2026-03-30", employer="e1")
    visit = work_trial("2026-03-31", kind="study_visit", until=None)
    in_3 = given(*in_step_3())
    for one in (analysis, visit):
        in_3.and_then(one).when(advance("2026-04-01")).then_refused("step_evidence_missing")
    in_3.and_then(analysis, visit).when(advance("2026-04-01")).then_phase("step_4")


@pytest.mark.parametrize(
    ("kind", "enough"),
    [
        ("study_visit", False),
        ("job_tasting", False),
        ("work_trial", True),
        ("work_placement", True),
    ],
)
def test_step_5_needs_a_trial_or_a_placement(kind: str, enough: bool) -> None:
    """§3.2."""
    in_4 = given(
        *in_step_3(),
        wish("analyse_workplace", COACH, "2026-03-30", employer="e1"),
        work_trial(kind=kind),
        advance("2026-04-01"),
    )
    then = in_4.when(advance("2026-05-04"))
    if enough:
        then.then_phase("step_5")
    else:
        then.then_refused("step_evidence_missing")
        in_4.and_then(employment("2026-05-04")).when(advance("2026-05-04")).then_phase("step_5")


def test_after_step_5_there_is_no_step() -> None:
    given(*in_step_5()).when(advance("2026-06-01")).then_refused("phase_not_allowed")


def test_a_step_is_advanced_to_once() -> None:
    """Asked with its number, twice is once; asked for the next step, it is the next."""
    in_2 = given(*in_step_2())
    in_2.when(advance("2026-03-02", to=2)).then_nothing()
    in_2.when(advance("2026-03-02", to=1)).then_refused("phase_not_allowed")


def test_scenario_20_back_a_step() -> None:
    """With a reason; the history shows both; without one it is refused."""
    in_4 = given(*in_step_4())
    went_back = in_4.and_then(back("2026-05-04", 3, reason="new_workplace"))
    assert went_back.journey.phase == "step_3"
    assert [type(fact) for fact in went_back.facts[-2:]] == [StepAdvanced, StepReturned]
    in_4.when(back("2026-05-04", 3)).then_refused("step_back_reason_missing")
    in_4.when(back("2026-05-04", 3, reason="")).then_refused("step_back_reason_missing")


@pytest.mark.parametrize("to", [1, 2, 3, 4])
def test_back_to_any_earlier_step(to: int) -> None:
    """T17: m < n."""
    given(*in_step_5()).when(back("2026-06-01", to, reason="needs")).then_phase(f"step_{to}")


def test_back_is_not_forward() -> None:
    given(*in_step_3()).when(back("2026-04-01", 3, reason="needs")).then_refused(
        "phase_not_allowed"
    )


def test_forward_again_after_going_back() -> None:
    """What was done is done: the evidence still stands."""
    went_back = given(*in_step_4(), back("2026-05-04", 3, reason="needs"))
    went_back.when(advance("2026-05-05")).then_phase("step_4")


# --- workplaces (§3.2) ---------------------------------------------------------------


def test_scenario_21_training_activity() -> None:
    """Not outside the open labour market; and a trial has an end."""
    in_3 = given(*in_step_3())
    in_3.when(work_trial(open_labour_market=False)).then_refused("not_open_labour_market")
    in_3.when(work_trial(until=None)).then_refused("work_trial_needs_end_date")
    both = work_trial(until=None, open_labour_market=False)
    in_3.when(both).then_refused("not_open_labour_market", "work_trial_needs_end_date")


@pytest.mark.parametrize("kind", ["study_visit", "job_tasting", "work_placement"])
def test_only_a_trial_must_have_an_end(kind: str) -> None:
    given(*in_step_3()).when(work_trial(kind=kind, until=None)).then_events(
        "WorkplaceActivityStarted"
    )


def test_an_activity_ends_after_it_begins_and_once() -> None:
    in_3 = given(*in_step_3())
    in_3.when(work_trial(until="2026-03-31")).then_refused("date_before_predecessor")
    end = wish("end_activity", COACH, "2026-04-30", activity="a1", outcome="job")
    in_3.when(end).then_refused("phase_not_allowed")
    running = in_3.and_then(work_trial())
    running.when(work_trial()).then_nothing()
    running.when(work_trial(employer="e2")).then_refused("phase_not_allowed")
    too_early = wish("end_activity", COACH, "2026-03-31", activity="a1")
    running.when(too_early).then_refused("date_before_predecessor")
    running.and_then(end).when(end).then_nothing()


def test_naming_the_person_to_an_employer_wants_a_consent() -> None:
    """§2.3: kept all the same; the coach may have named nobody."""
    call = wish("contact_workplace", COACH, "2026-03-20", employer="e1", kind="phone")
    in_3 = given(*in_step_3())
    in_3.when(call).then_events("WorkplaceContacted").then_warned("consent_missing")
    allowed = wish(
        "give_consent", COACH, "2026-03-17", kind="employer_contact", obtained_by="municipality"
    )
    assert in_3.and_then(allowed).when(call).warnings == ()


# --- pause and GK (T18, T19, T27) ----------------------------------------------------


def test_scenario_22_pause_and_resume() -> None:
    """Step 3 is remembered, and the person is in the caseload throughout."""
    paused = given(*in_step_3()).and_then(pause())
    assert paused.journey.phase == "paused"
    assert paused.journey.active
    assert paused.journey.steps.step == 3
    paused.when(resume("2026-05-04")).then(JourneyResumed(on=date(2026, 5, 4), to=3)).then_phase(
        "step_3"
    )


def test_a_paused_journey_counts_as_active() -> None:
    """§3: active is any step or paused."""
    assert {*Phase} - ACTIVE == {
        *(Phase.PREPARATION, Phase.PRESENTED, Phase.INCLUSION_ESCALATED, Phase.ACCEPTED),
        *(Phase.QUEUED, Phase.AWAITING_MOTIVATION, Phase.DECLINED, Phase.WITHDRAWN),
        *(Phase.EXITED, Phase.CLOSED),
    }


@pytest.mark.parametrize("stage", [in_step_1, in_step_2, in_step_3, in_step_4, in_step_5])
def test_every_step_is_resumed_where_it_rested(stage: object) -> None:
    assert callable(stage)
    before = given(*stage())
    after = before.and_then(pause("2026-06-01"), resume("2026-06-15"))
    assert after.journey.phase == before.journey.phase


def test_a_pause_has_its_review_after_it() -> None:
    in_3 = given(*in_step_3())
    in_3.when(pause(review_on="2026-03-31")).then_refused("date_before_predecessor")
    in_3.when(pause(review_on="2026-05-01")).then(
        JourneyPaused(on=date(2026, 4, 1), reason=PauseReason.ILLNESS, review_on=date(2026, 5, 1))
    )


def test_a_paused_journey_rests() -> None:
    """T16, T18: no steps, no second pause of another kind."""
    paused = given(*in_step_3()).and_then(pause())
    paused.when(advance("2026-04-02")).then_refused("phase_not_allowed")
    paused.when(pause("2026-04-02", "other")).then_refused("phase_not_allowed")
    paused.when(pause()).then_nothing()
    given(*in_step_3()).when(resume("2026-04-02")).then_refused("phase_not_allowed")


def test_scenario_15_gk_during_steps() -> None:
    """GK pauses; SUS stays; no way back before GK has ended."""
    paused = given(*in_step_3(), wish("start_gk", FK, "2026-04-01"))
    assert paused.facts[-2:] == (
        GkStarted(on=date(2026, 4, 1)),
        JourneyPaused(on=date(2026, 4, 1), reason=PauseReason.GK),
    )
    assert paused.journey.sus.status == "registered_identified"
    assert Flag.GK_ACTIVE in paused.journey.flags(date(2026, 4, 1))
    paused.when(resume("2026-04-20")).then_refused("gk_active")
    ended = paused.and_then(wish("end_gk", FK, "2026-04-20"))
    assert ended.journey.phase == "paused"
    ended.when(resume("2026-04-19")).then_refused("date_before_predecessor")
    ended.when(resume("2026-04-20")).then_phase("step_3")


def test_gk_during_another_pause_blocks_its_end() -> None:
    """T19."""
    paused = given(*in_step_3(), pause(), wish("start_gk", FK, "2026-04-10"))
    assert paused.facts[-1] == GkStarted(on=date(2026, 4, 10))
    paused.when(resume("2026-04-20")).then_refused("gk_active")


def test_resuming_needs_a_valid_consent() -> None:
    """T19."""
    withdrawn = wish("withdraw_consent", PARTICIPANT, "2026-04-10", kind="referral_group")
    given(*in_step_3(), pause(), withdrawn).when(resume("2026-04-20")).then_refused(
        "consent_missing"
    )


# --- handover (T26) ------------------------------------------------------------------


def handover(by: str = MANAGER, coach: str = "c2") -> JourneyWish:
    """Another coach takes over."""
    return wish("hand_over", by, "2026-04-01", coach=coach, reason="parental_leave")


def test_scenario_23_handover() -> None:
    """The manager, with a reason; the change is counted."""
    in_3 = given(*in_step_3())
    handed = in_3.when(handover()).then(
        CoachHandedOver(on=date(2026, 4, 1), coach="c2", from_coach="c1", reason="parental_leave")
    )
    assert handed.journey.coaching.coach == "c2"
    assert handed.journey.coaching.changes == 1
    in_3.when(handover(COACH)).then_refused("actor_not_permitted")
    in_3.when(handover(OTHER_MANAGER)).then_refused("wrong_manager")


def test_after_a_handover_the_new_coach_acts() -> None:
    """§2.2: own journeys."""
    handed = given(*in_step_3(), handover())
    old = wish("pause", COACH, "2026-04-02", reason="other")
    new = wish("pause", "coach:c2@Nässjö", "2026-04-02", reason="other")
    handed.when(old).then_refused("actor_not_permitted")
    handed.when(new).then_phase("paused")


def test_a_handover_is_to_another_coach() -> None:
    """T26: the same coach is no change; no coach cannot be followed."""
    given(*in_step_3()).when(handover(coach="c1")).then_nothing()
    given(*ready()[:-1]).when(
        wish("hand_over", MANAGER, "2026-02-12", coach="c2", reason="r1")
    ).then_refused("phase_not_allowed")


def test_a_coach_may_change_during_aftercare() -> None:
    """T26 from assignment to closing."""
    late = wish("hand_over", MANAGER, "2026-10-01", coach="c2", reason="left")
    handed = given(*exited_to_work(), late)
    handed.when(contact("2026-10-02")).then_refused("actor_not_permitted")


# --- meetings (S2 §6.5) --------------------------------------------------------------


def test_the_individual_team_and_follow_up_meetings() -> None:
    """The wish for a follow-up is a flag until the meeting is held."""
    wanted = given(
        *in_step_1(),
        wish("meet_individual_team", COACH, "2026-02-20", parties=["fk", "region"]),
        wish("request_follow_up", PARTICIPANT, "2026-04-01", reason="hours"),
    )
    day = date(2026, 4, 1)
    assert wanted.journey.meetings.team_first_met_on == date(2026, 2, 20)
    assert Flag.FOLLOWUP_MEETING_WANTED in wanted.journey.flags(day)
    early = wish("hold_follow_up", COACH, "2026-03-31", with_person=True)
    wanted.when(early).then_refused("date_before_predecessor")
    held = wanted.and_then(wish("hold_follow_up", COACH, "2026-04-15", with_person=True))
    assert held.journey.flags(day) == ()


def test_support_is_given_from_step_4() -> None:
    """S2 9.1 steps 4 and 5."""
    support = wish(
        "give_support", COACH, "2026-05-11", side="both", place="on_job", mode="visit", minutes=60
    )
    given(*in_step_4()).when(support).then_events("SupportGiven")
    given(*in_step_5()).when(support).then_events("SupportGiven")
    given(*in_step_3()).when(support).then_refused("phase_not_allowed")
