"""What may happen next: asked of the same door as the wishes themselves (contract.md §3 next)."""

from __future__ import annotations

from datetime import date

import pytest

from journey.access import UNIT_MATRIX
from journey.actor import parse_actor
from journey.commands import WISHES
from journey.decision import Context
from journey.facts import Fact
from journey.next import Possibility, possible
from journey.preview import falls_due
from journey.programme import programme
from journey.samples import SAMPLES
from journey.state import Journey, fold
from journey.values import Phase
from journey.wishes import JourneyWish
from tests.examples import (
    AF,
    AUDITOR,
    BOARD,
    COACH,
    EMPLOYER,
    FEDERATION_MANAGER,
    FK,
    MANAGER,
    MUNICIPALITY,
    PARTICIPANT,
    REGION,
    STEERING_GROUP,
    SYSTEM,
    employment,
    enrolment,
    exit_decision,
    in_step_1,
    in_step_3,
    in_step_5,
    ready,
    wish,
)
from tests.spec import given
from tests.strategies import STORIES

DAY = date(2026, 11, 23)
PARTIES = (FK, AF, REGION, MUNICIPALITY)
FEDERATION = (FEDERATION_MANAGER, STEERING_GROUP, BOARD)
EVERYONE = (COACH, MANAGER, *PARTIES, *FEDERATION, AUDITOR, PARTICIPANT, EMPLOYER, SYSTEM)


def asked(facts: tuple[Fact, ...], by: str, day: date = DAY) -> dict[str, Possibility]:
    """What may happen next to the journey of these facts."""

    def context(journey: Journey, one: JourneyWish) -> Context:
        plan = programme(journey.referral.programme)
        rules = plan.rules_on(one.on)
        return Context(day, parse_actor(one.by), plan, rules, history=facts)

    return {one.do: one for one in possible(fold(facts), by, day, context)}


def test_every_command_about_a_journey_has_samples() -> None:
    units = {str(wish.__struct_config__.tag) for wish in UNIT_MATRIX}
    assert set(SAMPLES) | {"refer"} | units == set(WISHES)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("by", EVERYONE)
def test_every_phase_and_role_has_an_answer_with_reasons(phase: Phase, by: str) -> None:
    facts = given(*STORIES[phase]).facts
    assert fold(facts).phase is phase
    answers = asked(facts, by)
    assert set(answers) == set(SAMPLES)
    for answer in answers.values():
        assert answer.allowed is not bool(answer.reasons)
        assert all(reason.message and reason.source for reason in answer.reasons)


@pytest.mark.parametrize("phase", list(Phase))
def test_the_federation_decides_nothing(phase: Phase) -> None:
    for by in FEDERATION:
        answers = asked(given(*STORIES[phase]).facts, by).values()
        assert {one.reasons[0].code for one in answers} == {"federation_may_not_decide"}


def test_a_closed_journey_allows_nothing() -> None:
    answers = asked(given(*STORIES[Phase.CLOSED]).facts, COACH).values()
    assert not any(one.allowed for one in answers)


def test_what_a_coach_may_do_in_step_3() -> None:
    answers = asked(given(*in_step_3()).facts, COACH)
    allowed = {do for do, one in answers.items() if one.allowed}
    assert {"analyse_workplace", "start_activity", "step_back", "pause", "decide_exit"} <= allowed
    assert not {"enrol", "present", "resume", "hand_over", "record_contact"} & allowed
    assert answers["advance"].reasons[0].code == "step_evidence_missing"
    assert answers["hand_over"].reasons[0].code == "actor_not_permitted"
    assert answers["deregister_from_sus"].reasons[0].code == "phase_not_allowed"


def test_what_it_says_is_what_would_happen() -> None:
    """Ready to be enrolled: the coach may, and does; before, every reason is named."""
    story = given(*ready())
    assert asked(story.facts, COACH)["enrol"].allowed
    story.when(enrolment()).then_phase("step_1")
    codes = [r.code for r in asked(given(*ready()[:1]).facts, COACH)["enrol"].reasons]
    assert codes[:3] == ["consent_missing", "motivation_missing", "individual_decision_missing"]


# --- preview -------------------------------------------------------------------------


def test_a_job_shows_its_ten_slots_and_the_earliest_end() -> None:
    then = given(*in_step_5()).when(employment("2026-11-30"))
    rules = programme("se-hoglandet").rules_on(DAY)
    dates = falls_due(then.facts, then.journey, rules)
    assert [due.what for due in dates][:2] == ["m1w1", "m1w2"]
    assert len([due for due in dates if due.kind == "aftercare"]) == 11
    assert (dates[-1].due_on, dates[-1].act_by) in {
        (date(2027, 5, 30), date(2027, 5, 31)),
        (date(2027, 5, 30), None),
    }


def test_an_exit_shows_the_day_for_sus() -> None:
    then = given(*in_step_5(), employment()).when(exit_decision())
    rules = programme("se-hoglandet").rules_on(DAY)
    (sus,) = falls_due(then.facts, then.journey, rules)
    assert (sus.kind, sus.due_on, sus.act_by) == (
        "sus_deregistration",
        date(2026, 11, 30),
        date(2026, 11, 30),
    )


def test_an_enrolment_shows_registration_and_documentation() -> None:
    """Five working days for the documentation (§4 event 24)."""
    then = given(*ready()).when(enrolment())
    rules = programme("se-hoglandet").rules_on(DAY)
    dates = {due.kind: due for due in falls_due(then.facts, then.journey, rules)}
    assert {due.due_on for due in dates.values()} == {date(2026, 2, 12)}
    assert set(dates) == {"sus_registration", "documentation"}
    assert dates["documentation"].act_by == date(2026, 2, 19)


def test_a_pause_shows_its_review() -> None:
    pausing = wish("pause", COACH, "2026-03-02", reason="illness", review_on="2026-05-01")
    then = given(*in_step_1()).when(pausing)
    rules = programme("se-hoglandet").rules_on(DAY)
    (review,) = falls_due(then.facts, then.journey, rules)
    assert (review.kind, review.due_on) == ("review", date(2026, 5, 1))


def test_scenario_32_an_extension_shows_its_review() -> None:
    """M(9) = 2027-05-31."""
    story = given(*in_step_5(), employment())
    longer = wish("extend_aftercare", COACH, "2027-02-20", requested_by="employer")
    then = story.when(longer)
    rules = programme("se-hoglandet").rules_on(DAY)
    (review,) = falls_due(then.facts, then.journey, rules)
    assert (review.kind, review.what, review.due_on) == ("review", "aftercare", date(2027, 5, 31))
