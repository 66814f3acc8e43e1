"""From acceptance into the programme: the queue, enrolment, documentation (T11, T12)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.coach import coach_assigned
from journey.consent import consent_valid
from journey.decision import Context, Plan, decides, weigh
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.pause import gk_inactive
from journey.preparation import motivated
from journey.values import Code, ConsentKind, DecisionOutcome, Income, Occupation, Phase
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class PlacedInQueue(Fact, frozen=True):
    """An accepted person waits for a place (T11; S2 §4)."""


class RemovedFromQueue(Fact, frozen=True):
    """The person no longer waits in the queue."""


class JourneyEnrolled(Fact, frozen=True):
    """The person was taken into the operation, and is in step 1 (T12)."""

    income_before: Income
    occupation_before: Occupation
    bypass_reason: str | None = None


class DocumentedInMunicipalSystem(Fact, frozen=True):
    """The intervention is documented in the municipality's own system (S2 §3)."""

    system_ref: str


# --- wishes --------------------------------------------------------------------------


class Queue(JourneyWish, frozen=True, tag="queue"):
    """Place an accepted person in the queue."""


class LeaveQueue(JourneyWish, frozen=True, tag="leave_queue"):
    """Take a person out of the queue, still accepted."""


class Enrol(JourneyWish, frozen=True, tag="enrol"):
    """Enrol an accepted person."""

    income_before: Income
    occupation_before: Occupation
    bypass_reason: Code | None = None


class Document(JourneyWish, frozen=True, tag="document"):
    """Record where in the municipality's system the intervention is documented."""

    system_ref: Code


# --- the part of the journey ---------------------------------------------------------


class Enrolment(Struct, frozen=True):
    """Waiting, and being enrolled."""

    queued_on: date | None = None
    enrolled: JourneyEnrolled | None = None
    documented_on: date | None = None
    system_ref: str | None = None

    @property
    def enrolled_on(self) -> date | None:
        """The day of enrolment."""
        return self.enrolled.on if self.enrolled else None


EVOLVE = {
    "enrolment": {
        PlacedInQueue: lambda part, fact: replace(part, queued_on=fact.on),
        RemovedFromQueue: lambda part, fact: replace(part, queued_on=None),
        JourneyEnrolled: lambda part, fact: replace(part, enrolled=fact),
        DocumentedInMunicipalSystem: lambda part, fact: replace(
            part, documented_on=fact.on, system_ref=fact.system_ref
        ),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(Queue)
def queue(journey: Journey, wish: Queue, context: Context) -> Plan:
    """T11."""
    return Plan(
        facts=(PlacedInQueue(on=wish.on),),
        already=journey.phase is Phase.QUEUED,
        builds_on=(journey.since,),
    )


@decides(LeaveQueue)
def leave_queue(journey: Journey, wish: LeaveQueue, context: Context) -> Plan:
    """T11, back."""
    return Plan(
        facts=(RemovedFromQueue(on=wish.on),),
        already=journey.phase is Phase.ACCEPTED,
        builds_on=(journey.since,),
    )


@decides(Enrol)
def enrol(journey: Journey, wish: Enrol, context: Context) -> Plan:
    """T12: everything that must be in place on the day of enrolment."""
    fact = JourneyEnrolled(
        on=wish.on,
        income_before=wish.income_before,
        occupation_before=wish.occupation_before,
        bypass_reason=wish.bypass_reason,
    )
    rules, individual = context.rules, journey.inclusion.individual
    return Plan(
        facts=(fact,),
        already=journey.enrolment.enrolled == fact,
        rules=(
            weigh(
                rules.consent_check,
                consent_valid(journey, ConsentKind.REFERRAL_GROUP, wish.on, "T12"),
            ),
            weigh(rules.motivation_check, motivated(journey, "T12")),
            weigh(rules.individual_decision_check, _granted(journey)),
            gk_inactive(journey, rules, "T12"),
            coach_assigned(journey, "T12"),
            _in_turn(journey, wish, context),
        ),
        builds_on=(
            journey.since,
            journey.preparation.motivated_on,
            individual.on if individual else None,
            journey.coaching.since,
        ),
    )


@decides(Document)
def document(journey: Journey, wish: Document, context: Context) -> Plan:
    """S2 §3: what the municipality gives is documented in its own system."""
    part = journey.enrolment
    return Plan(
        facts=(DocumentedInMunicipalSystem(on=wish.on, system_ref=wish.system_ref),),
        already=part.system_ref == wish.system_ref,
        builds_on=(part.enrolled_on,),
    )


# --- rules ---------------------------------------------------------------------------


def _granted(journey: Journey) -> Reason | None:
    """S2 §3, §4.1: an individual assessment and decision comes first."""
    decision = journey.inclusion.individual
    if decision is not None and decision.outcome is DecisionOutcome.GRANTED:
        return None
    if decision is None:
        return refuse(
            "individual_decision_missing",
            "The individual decision on the intervention is missing.",
            rule="T12",
            source="S2 §3, §4.1",
        )
    return refuse(
        "individual_decision_missing",
        "The individual decision on the intervention was a refusal.",
        rule="T12",
        source="S2 §3, §4.1",
    )


def _in_turn(journey: Journey, wish: Enrol, context: Context) -> Reason | None:
    """T12, §3.4: from the queue the first is enrolled, or a reason for passing is given."""
    first = context.elsewhere.first_in_queue
    waiting = journey.phase is Phase.QUEUED and first is not None
    if not waiting or first == journey.referral.journey or wish.bypass_reason:
        return None
    return refuse(
        "phase_not_allowed",
        "Another person is first in the queue; give a bypass_reason to pass.",
        rule="T12",
        source="S2 §4",
        field="bypass_reason",
    )
