"""The door to all decisions: a wish becomes facts, or is refused with every reason.

Pure: it takes a journey, a wish and a context, and gives a Decision or raises
Refused. The chapter plans, the table says whether the facts may happen in this
phase, the rules whether they may happen at all, ``access`` whether this actor may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from journey.access import refusals
from journey.corrections import EntryCorrected
from journey.decision import DECIDERS, Context, Decision, Plan
from journey.errors import Caution, Reason, Refused, refuse
from journey.exit import JourneyClosed
from journey.facts import Fact
from journey.lifecycle import allowed, destinations, phases_of
from journey.notices import IssueNotices
from journey.order import broken_by
from journey.referral import unknown_parties
from journey.state import Journey, evolve, fold
from journey.values import AftercareStatus, Phase
from journey.wishes import JourneyWish, Wish

_FORM = ("invalid_command", "unknown_journey", "id_reused", "personal_data_in_free_text")
_ACTOR = ("federation_may_not_decide", "wrong_manager", "consent_wrong_party")
_DATES = ("date_in_future", "date_before_predecessor")
_FINER_THAN_THE_PHASE = frozenset(
    {
        "open_journey_exists",
        "consent_missing",
        "consent_expired",
        "motivation_missing",
        "individual_decision_missing",
        "gk_active",
        "no_open_escalation",
        "step_skipped",
        "reopen_window_passed",
        "sus_not_registered",
        "sus_anonymous_has_no_deregistration",
        "aftercare_not_applicable",
    }
)
"""Codes that say where the journey stands, and so explain why the phase does not allow it."""


def decide(journey: Journey, wish: JourneyWish, context: Context) -> Decision:
    """The facts that the wish becomes, and warnings.

    Already true: no facts. Raises Refused with every reason, in the order of
    contract.md §3 (form, actor, phase, dates, rules; finer codes first).
    """
    reasons = [*unknown_parties(wish, context.programme), *refusals(journey, wish, context)]
    if journey.phase is Phase.CLOSED and not isinstance(wish, IssueNotices):
        raise Refused(_in_order([*reasons, _closed()], wrong_phase=True))
    plan = DECIDERS[type(wish)](journey, wish, context)
    if plan.already and not reasons and wish.on <= context.today:
        return Decision(journey)
    then, wrong_phase = _carried_out(journey, plan.facts)
    reasons += _dates(journey, wish, plan, context)
    reasons += [rule for rule in plan.rules if rule and not isinstance(rule, Caution)]
    if wrong_phase and not (reasons and _explained(then, plan)):
        reasons.append(wrong_phase)
    reasons += [reason for reason in (_order(plan, context),) if reason]
    if reasons:
        raise Refused(_in_order(reasons, wrong_phase=wrong_phase is not None))
    warnings = tuple(rule for rule in plan.rules if isinstance(rule, Caution))
    closing = _closing(then, plan.facts)
    then = _after_all(then, plan.facts, closing, context)
    return Decision(then, (*plan.facts, *closing), warnings)


def after(journey: Journey, facts: Iterable[Fact]) -> Journey:
    """The journey after these facts."""
    for fact in facts:
        journey = evolve(journey, fact)
    return journey


def _in_order(reasons: Iterable[Reason], *, wrong_phase: bool) -> list[Reason]:
    """contract.md §3: form, actor, phase, dates, rules; a finer code before a general one."""

    def rank(reason: Reason) -> int:
        code = reason.code
        if code in _FORM:
            return 0
        if code in _ACTOR:
            return 1
        if code == "actor_not_permitted":
            return 2
        if code == "journey_closed" or (wrong_phase and code in _FINER_THAN_THE_PHASE):
            return 3
        if code == "phase_not_allowed":
            return 4 if wrong_phase else 7
        return 5 if code in _DATES else 6

    return sorted(reasons, key=rank)


def _closed() -> Reason:
    """T25: a closed journey never opens again."""
    return refuse(
        "journey_closed",
        "The journey is closed; a new referral begins a new one.",
        rule="T25",
        source="domain §3.1 T25",
    )


def _order(plan: Plan, context: Context) -> Reason | None:
    """A correction must leave every fact after the one that it builds on."""
    if not any(isinstance(fact, EntryCorrected) for fact in plan.facts):
        return None
    return broken_by(context.history, plan.facts)


def _carried_out(journey: Journey, facts: Iterable[Fact]) -> tuple[Journey, Reason | None]:
    """The journey after these facts, or why the table does not allow one of them."""
    for fact in facts:
        if not allowed(fact, journey.phase):
            return journey, _phase_not_allowed(journey, fact)
        journey = evolve(journey, fact)
    return journey, None


def _after_all(
    then: Journey, facts: tuple[Fact, ...], closing: tuple[Fact, ...], context: Context
) -> Journey:
    """The journey after everything; a correction changes what came before, so all is folded."""
    if any(isinstance(fact, EntryCorrected) for fact in facts):
        return fold((*context.history, *facts, *closing))
    return after(then, closing)


def _explained(stuck: Journey, plan: Plan) -> bool:
    """Whether the rules said why: the fact may happen in this phase, only not so."""
    ruled = any(rule and not isinstance(rule, Caution) for rule in plan.rules)
    kinds = (type(fact) for fact in plan.facts)
    return ruled and any(destinations(kind, stuck.phase) for kind in kinds)


def _phase_not_allowed(journey: Journey, fact: Fact) -> Reason:
    phase = journey.phase.value if journey.phase else "none"
    phases = ", ".join(p.value for p in phases_of(type(fact))) or "none"
    return refuse(
        "phase_not_allowed",
        "Not possible in the phase {phase}; possible in: {phases}.",
        rule="§3.1",
        source="domain §3.1",
        phase=phase,
        phases=phases,
    )


def still_to_come(wish: Wish, today: date) -> Iterator[Reason]:
    """contract.md §1: a fact is true today or earlier."""
    if wish.on > today:
        yield refuse(
            "date_in_future",
            "A fact is true today or earlier; {day} is still to come.",
            rule="§4",
            source="contract §1",
            earliest=wish.on,
            field="on",
            day=wish.on,
        )


def _dates(journey: Journey, wish: JourneyWish, plan: Plan, context: Context) -> Iterator[Reason]:
    """contract.md §1: never after today, and not before the fact that it builds on."""
    yield from still_to_come(wish, context.today)
    yield from before_predecessor(wish, (journey.referral.referred_on, *plan.builds_on))


def before_predecessor(wish: Wish, builds_on: Iterable[date | None]) -> Iterator[Reason]:
    """contract.md §1: a fact is not before those that it builds on."""
    base = _latest(builds_on)
    if base is not None and wish.on < base:
        yield refuse(
            "date_before_predecessor",
            "The fact that this builds on is of {earliest}; it cannot come before.",
            rule="§4",
            source="contract §1",
            earliest=base,
            field="on",
        )


def _latest(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _closing(then: Journey, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """T24: a journey closes by itself when nothing is left to do."""
    done = (
        then.phase is Phase.EXITED
        and then.sus.settled
        and then.aftercare.status in (AftercareStatus.NONE, AftercareStatus.ENDED)
        and then.escalations.inclusion is None
        and then.escalations.exit is None
    )
    return (JourneyClosed(on=max(fact.on for fact in facts)),) if done and facts else ()
