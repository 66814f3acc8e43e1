"""Recorded facts judged again: by the table, and by the same door that decided them.

Judged are the actor, the phase, the dates, every rule that rests on the journey itself,
and what was reckoned (slots, due dates, the closing): the wish is told from the facts
(``journey/wished.py``), and ``decide`` must answer with these very facts, under the rule
set that they carry. What lies outside the journey and the record cannot be judged again,
and is taken as it was: the day on which the command was given, so that nothing counts as
still to come; other journeys (one open journey a person, the previous journey, the turn
in the queue); and a command whose wish was already true, for it left no fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Final

import msgspec
from msgspec import Struct

from journey.actor import parse_actor
from journey.corrections import Correct, EntryCorrected, TransferProgramme
from journey.decide import after, decide
from journey.decision import Context, Decision, Elsewhere
from journey.errors import Refused
from journey.facts import Fact
from journey.lifecycle import allowed
from journey.programme import Programme, programme
from journey.referral import Refer, ReferralReceived
from journey.rules import Rules
from journey.state import Journey, evolve, fold
from journey.values import Word
from journey.wished import FOLLOWING, TELLING, wishes_told
from journey.wishes import JourneyWish

_NO_DAY_IS_TO_COME: Final = date.max
_NAMING: Final = (Refer, TransferProgramme)
"""Wishes that name the programme whose rules judge them."""


class FaultKind(Word):
    """What is wrong with a recorded fact, as the rules of the time have it."""

    LIFECYCLE = "lifecycle"
    RULE = "rule"
    RULESET = "ruleset"


class Fault(Struct, frozen=True):
    """What is wrong with the fact of this version in its journey."""

    version: int
    kind: FaultKind
    detail: str


class Judged(Struct, frozen=True):
    """The journey after the facts that one decision explains, how many they are, and faults."""

    then: Journey
    count: int
    faults: tuple[Fault, ...] = ()


def judge(
    journey: Journey, history: Sequence[Fact], facts: Sequence[Fact], by: str, ruleset: str
) -> Judged:
    """Judge the first of these facts, and those that go with it.

    ``history`` are the journey's facts so far, ``facts`` those that were recorded next, at
    one time by one actor under one rule set: one command's, or several commands' in a row.
    Where they are at fault, all of them are gone through, one by one, by the table alone.
    """
    if type(facts[0]) not in TELLING and type(facts[0]) not in FOLLOWING:
        return Judged(after(journey, facts[:1]), 1, tuple(_by_the_table(journey, facts[:1])))
    key = facts[0].journey if isinstance(facts[0], ReferralReceived) else journey.key
    faults: list[Fault] = []
    for wish in wishes_told(facts, key, by, journey.version):
        answer = _decided_again(journey, history, wish, ruleset)
        if isinstance(answer, Fault):
            faults.append(answer)
        elif answer.facts and _same(answer.facts, facts[: len(answer.facts)]):
            return Judged(answer.then, len(answer.facts), _in_force(journey, wish, ruleset))
        else:
            faults.append(_otherwise(journey, answer))
    faults = faults[:1] or [_begins_nothing(journey, facts[0])]
    then = _after_all(journey, history, facts)
    return Judged(then, len(facts), (*_by_the_table(journey, facts), *faults))


def _same(decided: Sequence[Fact], recorded: Sequence[Fact]) -> bool:
    """Whether facts are the same once they are stored: a correction's values are any JSON."""
    if isinstance(decided[0], EntryCorrected):
        return msgspec.json.encode(decided) == msgspec.json.encode(recorded)
    return tuple(decided) == tuple(recorded)


def _decided_again(
    journey: Journey, history: Sequence[Fact], wish: JourneyWish, ruleset: str
) -> Decision | Fault:
    version = journey.version + 1
    try:
        plan = programme(_programme_of(journey, wish))
        rules = _rule_sets(plan.id)[ruleset]
    except KeyError:
        return Fault(version, FaultKind.RULESET, f"no programme has the rule set {ruleset!r}")
    try:
        return decide(journey, wish, _context(wish, plan, rules, history))
    except Refused as refused:
        codes = ", ".join(reason.code for reason in refused.reasons)
        return Fault(version, FaultKind.RULE, f"refused when judged again: {codes}")
    except Exception as error:  # a forged fact may hold what no command could have brought
        return Fault(version, FaultKind.RULE, f"cannot be judged again: {type(error).__name__}")


def _context(wish: JourneyWish, plan: Programme, rules: Rules, history: Sequence[Fact]) -> Context:
    """What the decision knew; of other journeys, what lets it pass."""
    previous = wish.person if isinstance(wish, Refer) else None
    return Context(
        today=_NO_DAY_IS_TO_COME,
        actor=parse_actor(wish.by),
        programme=plan,
        rules=rules,
        elsewhere=Elsewhere(previous_person=previous),
        history=tuple(history) if isinstance(wish, Correct) else (),
    )


def _programme_of(journey: Journey, wish: JourneyWish) -> str:
    """The programme whose rules judge a wish: the one that it names, or the journey's."""
    return wish.programme if isinstance(wish, _NAMING) else journey.referral.programme


@cache
def _rule_sets(id: str) -> dict[str, Rules]:
    return {rules.ruleset: rules for rules in programme(id).rule_sets}


def _in_force(journey: Journey, wish: JourneyWish, ruleset: str) -> tuple[Fault, ...]:
    """domain.md §11 Q22: a fact is judged by the rules of its own day."""
    if programme(_programme_of(journey, wish)).rules_on(wish.on).ruleset == ruleset:
        return ()
    return (
        Fault(journey.version + 1, FaultKind.RULESET, f"{ruleset} was not in force on {wish.on}"),
    )


def _otherwise(journey: Journey, answer: Decision) -> Fault:
    said = ", ".join(type(fact).__name__ for fact in answer.facts) or "nothing new"
    detail = f"judged again the command would record otherwise: {said}"
    return Fault(journey.version + 1, FaultKind.RULE, detail)


def _begins_nothing(journey: Journey, fact: Fact) -> Fault:
    detail = f"no command begins with {type(fact).__name__} as it stands here"
    return Fault(journey.version + 1, FaultKind.RULE, detail)


def _by_the_table(journey: Journey, facts: Sequence[Fact]) -> Iterator[Fault]:
    for fact in facts:
        if not allowed(fact, journey.phase):
            phase = journey.phase.value if journey.phase else "none"
            detail = f"{type(fact).__name__} may not happen in the phase {phase}"
            yield Fault(journey.version + 1, FaultKind.LIFECYCLE, detail)
        journey = evolve(journey, fact)


def _after_all(journey: Journey, history: Sequence[Fact], facts: Sequence[Fact]) -> Journey:
    """The journey after everything; a correction changes what came before, so all is folded."""
    if any(isinstance(fact, EntryCorrected) for fact in facts):
        return fold((*history, *facts))
    return after(journey, facts)
