"""The coach of a journey: assigned, and handed over with a reason (T26; S3 §3.4.1)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from journey.decision import Context, Plan, decides
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.values import Code, Key
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class CoachAssigned(Fact, frozen=True):
    """The municipality gave the journey its first coach (S2 §6.3)."""

    coach: str


class CoachHandedOver(Fact, frozen=True):
    """Another coach took over; the change is counted (S3 §3.4.1: alliance not broken)."""

    coach: str
    from_coach: str
    reason: str


# --- wishes --------------------------------------------------------------------------


class AssignCoach(JourneyWish, frozen=True, tag="assign_coach"):
    """Give the journey its coach."""

    coach: Key


class HandOver(JourneyWish, frozen=True, tag="hand_over"):
    """Hand the journey over to another coach, with a reason."""

    coach: Key
    reason: Code


# --- the part of the journey ---------------------------------------------------------


class Coaching(Struct, frozen=True):
    """Who coaches, since when, and how often that changed. A closed journey keeps its coach."""

    coach: str | None = None
    since: date | None = None
    changes: int = 0


EVOLVE = {
    "coaching": {
        CoachAssigned: lambda part, fact: Coaching(fact.coach, fact.on, part.changes),
        CoachHandedOver: lambda part, fact: Coaching(fact.coach, fact.on, part.changes + 1),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(AssignCoach)
def assign_coach(journey: Journey, wish: AssignCoach, context: Context) -> Plan:
    """S2 §6.3: the municipality is the coach's employer and assigns."""
    return Plan(
        facts=(CoachAssigned(on=wish.on, coach=wish.coach),),
        already=journey.coaching.coach == wish.coach,
        rules=(None if journey.coaching.coach is None else _has_one(),),
        builds_on=(journey.inclusion.presented_on,),
    )


@decides(HandOver)
def hand_over(journey: Journey, wish: HandOver, context: Context) -> Plan:
    """T26: a reason is needed, and the new coach is another one."""
    current = journey.coaching.coach
    return Plan(
        facts=(
            CoachHandedOver(
                on=wish.on, coach=wish.coach, from_coach=current or "", reason=wish.reason
            ),
        ),
        already=current == wish.coach,
        rules=(coach_assigned(journey, "T26"),),
        builds_on=(journey.coaching.since,),
    )


# --- rules ---------------------------------------------------------------------------


def coach_assigned(journey: Journey, rule: str) -> Reason | None:
    """T12, T26: the journey has a coach."""
    if journey.coaching.coach is not None:
        return None
    return refuse(
        "phase_not_allowed",
        "The journey has no coach yet; the coach's manager assigns one.",
        rule=rule,
        source="S2 §6.3",
    )


def _has_one() -> Reason:
    return refuse(
        "phase_not_allowed",
        "The journey has a coach already; hand it over, with a reason.",
        rule="T26",
        source="S3 §3.4.1",
    )
