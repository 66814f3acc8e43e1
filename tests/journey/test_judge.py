"""Recorded facts are judged again by the door that decided them: what is true is found true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from journey.access import MATRIX
from journey.aftercare import EndAftercare
from journey.corrections import Correct, TransferProgramme
from journey.decision import Decision
from journey.exit import DecideExit, JourneyClosed, JourneyExited
from journey.facts import Fact
from journey.judge import FaultKind, Judged, judge
from journey.state import fold
from journey.steps import StepAdvanced
from journey.storage.codec import decode, encode, stored_name
from journey.wished import SAME_FIELDS, TELLERS
from tests.examples import COACH, FK, exited_to_work, in_step_3
from tests.journey.test_properties import ROOMY
from tests.spec import given
from tests.strategies import Step, facts, walks

RULESET = "se-hoglandet/2024-01-01"


def judged_all(
    history: Sequence[Fact], then: Sequence[Fact], by: str, ruleset: str
) -> list[Judged]:
    """All facts that came then judged, however many commands they are."""
    found, so_far, left = list[Judged](), list(history), list(then)
    journey = fold(history)
    while left:
        one = judge(journey, so_far, left, by, ruleset)
        found.append(one)
        so_far += left[: one.count]
        journey, left = one.then, left[one.count :]
    return found


def stored(some: Sequence[Fact]) -> list[Fact]:
    """The facts as a store gives them back."""
    return [decode(stored_name(fact), encode(fact, COACH, RULESET)).data for fact in some]


def of_step(step: Step) -> list[Judged]:
    """What a decision's facts are judged to be."""
    assert isinstance(step.answer, Decision)
    ruleset = step.context.rules.ruleset
    return judged_all(stored(step.history), stored(step.answer.facts), step.wish.by, ruleset)


@settings(max_examples=150, suppress_health_check=ROOMY)
@for_any(walks())
def test_whatever_was_decided_is_judged_the_same_again(steps: list[Step]) -> None:
    """No fault in any history that commands made, and the same journey after each."""
    for step in steps:
        if isinstance(step.answer, Decision) and step.answer.facts:
            (judged,) = of_step(step)
            assert judged.faults == (), (step.wish, step.answer.facts)
            assert judged.then == fold(stored((*step.history, *step.answer.facts)))


@settings(max_examples=40, suppress_health_check=ROOMY)
@for_any(walks())
def test_commands_of_one_moment_are_told_apart(steps: list[Step]) -> None:
    """Two commands of one actor may bear the same microsecond; they are judged one by one."""
    decided = [s for s in steps if isinstance(s.answer, Decision) and s.answer.facts]
    for one, next_ in pairwise(decided):
        assert isinstance(one.answer, Decision)
        assert isinstance(next_.answer, Decision)
        rules = one.context.rules.ruleset, next_.context.rules.ruleset
        if one.wish.by == next_.wish.by and len(set(rules)) == 1:
            both = (*one.answer.facts, *next_.answer.facts)
            judged = judged_all(stored(one.history), stored(both), one.wish.by, rules[0])
            assert [each for each in judged if each.faults] == [], both


def test_every_command_has_a_fact_that_tells_it() -> None:
    """Each command of the matrix begins with a fact that this knows; a new one is missed here."""
    told = {wish for _, wish in SAME_FIELDS}
    told |= {DecideExit, EndAftercare, Correct, TransferProgramme}
    assert told == set(MATRIX)
    assert {fact for fact, _ in SAME_FIELDS} <= set(TELLERS)


def _judged_with(facts: list[Fact], by: str = COACH, ruleset: str = RULESET) -> list[FaultKind]:
    """The faults of the last fact of a history, recorded so."""
    judged = judge(fold(facts[:-1]), facts[:-1], facts[-1:], by, ruleset)
    return [fault.kind for fault in judged.faults]


def _in_step_3() -> list[Fact]:
    facts = list(given(*in_step_3()).facts)
    assert isinstance(facts[-1], StepAdvanced)
    return facts


def test_a_fact_that_a_rule_forbids_is_found() -> None:
    """A step forward that names other evidence than there is, or comes before what it rests on."""
    *before, last = _in_step_3()
    assert _judged_with([*before, last]) == []
    assert _judged_with([*before, replace(last, evidence={})]) == [FaultKind.RULE]
    assert _judged_with([*before, replace(last, on=date(2026, 2, 3))]) == [FaultKind.RULE]


def test_a_fact_by_one_who_may_not_is_found() -> None:
    for by in (FK, "coach:c9@Nässjö", "nobody"):
        assert _judged_with(_in_step_3(), by) == [FaultKind.RULE], by


def test_a_fact_that_the_table_does_not_allow_is_found_as_that_too() -> None:
    facts = [*_in_step_3(), _in_step_3()[0]]
    assert _judged_with(facts, FK) == [FaultKind.LIFECYCLE, FaultKind.RULE]


def test_a_fact_that_only_follows_from_others_cannot_stand_alone() -> None:
    assert FaultKind.RULE in _judged_with([*_in_step_3(), JourneyClosed(on=date(2026, 9, 1))])


def test_a_rule_set_that_is_unknown_or_was_not_in_force_is_found() -> None:
    """domain.md §11 Q22: the rules of the fact's own day."""
    assert _judged_with(_in_step_3(), ruleset="se-hoglandet/1999") == [FaultKind.RULESET]
    earlier = "se-hoglandet/2021-01-01"
    assert _judged_with(_in_step_3(), ruleset=earlier)[-1:] == [FaultKind.RULESET]


def test_what_was_reckoned_is_reckoned_again() -> None:
    """An exit whose day for SUS was moved is not what the decision would have said."""
    facts = list(given(*exited_to_work()).facts)
    place = next(n for n, fact in enumerate(facts) if isinstance(fact, JourneyExited))
    assert isinstance(facts[place], JourneyExited)
    moved = replace(facts[place], sus_due_on=date(2026, 1, 1))
    history, decided = facts[: place - 1], [facts[place - 1], moved]
    judged = judge(fold(history), history, decided, COACH, RULESET)
    assert [fault.kind for fault in judged.faults] == [FaultKind.RULE]
    assert judged.then == fold([*history, *decided])


@settings(max_examples=200, suppress_health_check=ROOMY)
@for_any(st.lists(facts(), min_size=1, max_size=8), st.sampled_from([COACH, FK, "x"]))
def test_any_facts_at_all_can_be_judged(some: list[Fact], by: str) -> None:
    """A forged record is found false; it does not stop the judge."""
    judged = judged_all((), some, by, RULESET)
    assert sum(one.count for one in judged) == len(some)
    assert judged[-1].then.version == len(some)
