"""What holds for every journey: design.md §4 and §7, on random facts and random commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_any
from hypothesis import strategies as st
from msgspec.structs import replace

from journey.corrections import Correct
from journey.decision import Decision
from journey.errors import Refused
from journey.facts import Fact
from journey.lifecycle import allowed
from journey.referral import Refer, ReferralReceived
from journey.state import Journey, evolve, fold
from journey.steps import Advance
from journey.values import Phase, Sex
from tests.spec import given
from tests.strategies import (
    BIRTH_DATES,
    STORIES,
    TARGET_GROUNDS,
    Step,
    answered,
    context_of,
    facts,
    walks,
)

CODES = frozenset(
    {
        *("consent_missing", "consent_wrong_party", "consent_expired"),
        *("gk_active", "not_target_group", "fewer_than_two_parties"),
        *("motivation_missing", "individual_decision_missing", "not_unanimous"),
        *("no_open_escalation", "wrong_manager", "federation_may_not_decide"),
        *("actor_not_permitted", "open_journey_exists", "step_skipped"),
        *("step_evidence_missing", "step_back_reason_missing", "not_open_labour_market"),
        *("work_trial_needs_end_date", "exit_reason_missing", "exit_evidence_missing"),
        *("sus_too_early", "sus_not_registered", "sus_anonymous_has_no_deregistration"),
        *("sus_consent_missing", "protected_identity", "aftercare_too_early_to_end"),
        *("aftercare_not_applicable", "contact_kind_insufficient", "journey_closed"),
        *("reopen_window_passed", "date_in_future", "date_before_predecessor"),
        *("programme_not_open", "attestation_missing", "comparison_not_allowed"),
        *("cell_too_small", "personal_data_in_free_text", "invalid_command"),
        *("id_reused", "unknown_journey", "phase_not_allowed"),
    }
)
"""domain.md §3.6, and what contract.md §2 adds."""

ROOMY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
COMMANDS = 10_000


def examples(number: int) -> settings:
    """So many journeys; each is long, and that is meant."""
    return settings(max_examples=number, suppress_health_check=ROOMY)


# --- folding -------------------------------------------------------------------------


@examples(300)
@for_any(st.lists(facts(), max_size=25), st.dates(date(2025, 1, 1), date(2028, 1, 1)))
def test_a_fold_never_raises_whatever_the_order(some: list[Fact], day: date) -> None:
    """Promise 2: evolve never refuses; nor does reading what came of it."""
    journey = fold(some)
    assert journey.version == len(some)
    assert journey.phase is None or journey.phase in Phase
    read: list[Any] = [journey.flags(day), journey.active, journey.sus.status, journey.sus.settled]
    read += [journey.aftercare.earliest_end, journey.aftercare.open_slots(day)]
    read += [journey.work.current, journey.work.latest_start, journey.inclusion.presented_on]
    assert read


@examples(60)
@for_any(walks())
def test_a_decision_says_what_its_facts_fold_to(steps: list[Step]) -> None:
    """What the door answers is what a replay finds, corrections included."""
    for step in steps:
        if isinstance(step.answer, Decision) and step.answer.facts:
            assert step.answer.then == fold((*step.history, *step.answer.facts))


# --- the table -----------------------------------------------------------------------


@examples(60)
@for_any(walks())
def test_whatever_is_decided_the_table_allows(steps: list[Step]) -> None:
    """Fact by fact, in the phase in which it happens."""
    for step in steps:
        if isinstance(step.answer, Decision):
            _allowed_one_by_one(step.before, step.answer.facts)


def _allowed_one_by_one(journey: Journey, decided: tuple[Fact, ...]) -> None:
    for fact in decided:
        assert allowed(fact, journey.phase), (fact, journey.phase)
        journey = evolve(journey, fact)


# --- asking twice --------------------------------------------------------------------


@examples(60)
@for_any(walks())
def test_asking_twice_records_nothing_the_second_time(steps: list[Step]) -> None:
    """Promise 4. ``advance`` without its number asks for the next step, whichever that is:
    it is not idempotent by nature, and callers who may repeat it give it an ``id``."""
    for step in steps:
        next_step = isinstance(step.wish, Advance) and step.wish.to is None
        if isinstance(step.answer, Decision) and not next_step:
            again = _again(step, step.answer)
            assert isinstance(again, Refused) or again.facts == (), (step.wish, again.facts)


def _again(step: Step, answer: Decision) -> Decision | Refused:
    history = (*step.history, *answer.facts)
    elsewhere, today = step.context.elsewhere, step.context.today
    context = context_of(answer.then, step.wish, today, history, elsewhere)
    return answered(answer.then, step.wish, context)


# --- ten thousand commands -----------------------------------------------------------


def test_ten_thousand_commands_are_recorded_or_refused() -> None:
    """Nothing else is raised; every code is the domain's or the contract's; in every phase."""
    told: Counter[str] = Counter()
    asked: Counter[Phase | None] = Counter()

    def every_command(steps: list[Step]) -> None:
        told.update(_told(step.answer) for step in steps)
        asked.update(step.before.phase for step in steps)

    for phase in STORIES:
        examples(18)(for_any(walks((phase,)))(every_command))()
    assert sum(told.values()) >= COMMANDS
    assert min(told["recorded"], told["already"], told["refused"]) >= COMMANDS // 100
    assert all(asked[phase] >= COMMANDS // 1000 for phase in Phase)


@pytest.mark.parametrize("phase", STORIES)
def test_a_walk_sets_out_from_every_phase(phase: Phase | None) -> None:
    """The stories lead where they say, so that deep phases are reached."""
    assert given(*STORIES[phase]).journey.phase is phase


def _told(answer: Decision | Refused) -> str:
    if isinstance(answer, Decision):
        return "recorded" if answer.facts else "already"
    assert answer.reasons
    for reason in answer.reasons:
        assert reason.code in CODES, reason
        assert reason.message
        assert reason.source
    return "refused"


# --- sex, birth date and grounds decide nothing (S2 §7; promise 8) -------------------

Retold = Callable[[Refer], Refer]


def _outcomes(steps: list[Step], retold: Retold) -> list[object]:
    """What the same commands come to when the referral says this of the person."""
    journey, history, told = Journey(), tuple[Fact, ...](), list[object]()
    for step in steps:
        if isinstance(step.wish, Correct):
            continue
        wish = retold(step.wish) if isinstance(step.wish, Refer) else step.wish
        elsewhere, today = step.context.elsewhere, step.context.today
        answer = answered(journey, wish, context_of(journey, wish, today, history, elsewhere))
        told.append(_said(answer))
        if isinstance(answer, Decision):
            journey, history = answer.then, (*history, *answer.facts)
    return told


def _said(answer: Decision | Refused) -> object:
    """The answer, but for what the referral itself repeats of the person."""
    if isinstance(answer, Refused):
        return answer.reasons
    return [_impersonal(fact) for fact in answer.facts], answer.warnings


def _impersonal(fact: Fact) -> Fact:
    if not isinstance(fact, ReferralReceived):
        return fact
    return replace(fact, sex=Sex.UNDISCLOSED, birth_date=date(2000, 1, 1), grounds=())


def _same(steps: list[Step], *ways: Retold) -> None:
    first, *others = (_outcomes(steps, way) for way in ways)
    assert all(other == first for other in others)


def _with(**said: Any) -> Retold:
    def retold(wish: Refer) -> Refer:
        return replace(wish, **said)

    return retold


@examples(25)
@for_any(walks())
def test_sex_never_changes_a_decision(steps: list[Step]) -> None:
    """S2 §7."""
    _same(steps, *(_with(sex=sex) for sex in Sex))


@examples(25)
@for_any(walks())
def test_a_birth_date_within_the_ages_never_changes_a_decision(steps: list[Step]) -> None:
    """§3.4: an order in the queue, never an exclusion; the age check apart."""
    _same(steps, *(_with(birth_date=date.fromisoformat(day)) for day in BIRTH_DATES[:3]))


@examples(25)
@for_any(walks())
def test_a_ground_of_the_target_group_is_as_good_as_another(steps: list[Step]) -> None:
    """S2 §4: that there is one decides, not which."""
    _same(steps, *(_with(grounds=tuple(grounds)) for grounds in TARGET_GROUNDS))
