"""Preparation: livelihood, motivation, support and plan before the group decides (T2, T3, T13)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.consent import consent_valid
from journey.decision import Context, Plan, decides
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.values import Code, ConsentKind, Income, Minutes, PartyName, Phase
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class LivelihoodSecured(Fact, frozen=True):
    """What the person lives on, and which party secures it (T2; S2 §4.2)."""

    income_source: Income
    securing_party: str


class MotivationConfirmed(Fact, frozen=True):
    """The person wants to work and is motivated (T3, T13; S2 §4.1)."""


class MotivationLacking(Fact, frozen=True):
    """The person is not motivated for work now (T3, T7; S2 §6.4)."""


class PreparationSupportGiven(Fact, frozen=True):
    """The coach helped in the preparation (S2 §4.2)."""

    kind: str
    minutes: int | None = None


class CoordinatedPlanHeld(Fact, frozen=True):
    """A coordinated individual plan (SIP) was made (S2 §3)."""

    parties: tuple[str, ...]


# --- wishes --------------------------------------------------------------------------


class SecureLivelihood(JourneyWish, frozen=True, tag="secure_livelihood"):
    """Record that a party secures the person's livelihood."""

    income_source: Income
    securing_party: PartyName


class ConfirmMotivation(JourneyWish, frozen=True, tag="confirm_motivation"):
    """Record that the person is motivated for work."""


class NoteMotivationLacking(JourneyWish, frozen=True, tag="note_motivation_lacking"):
    """Record that the person is not motivated for work now."""


class SupportPreparation(JourneyWish, frozen=True, tag="support_preparation"):
    """Record the coach's help in the preparation."""

    kind: Code
    minutes: Minutes | None = None


class HoldCoordinatedPlan(JourneyWish, frozen=True, tag="hold_coordinated_plan"):
    """Record a coordinated individual plan (SIP)."""

    parties: tuple[PartyName, ...]


# --- the part of the journey ---------------------------------------------------------


class Preparation(Struct, frozen=True):
    """What is in place before the group decides. ``motivated`` is None until it is known."""

    livelihood: LivelihoodSecured | None = None
    motivated: bool | None = None
    motivated_on: date | None = None
    last_support: PreparationSupportGiven | None = None
    last_plan: CoordinatedPlanHeld | None = None


EVOLVE = {
    "preparation": {
        LivelihoodSecured: lambda part, fact: replace(part, livelihood=fact),
        MotivationConfirmed: lambda part, fact: replace(part, motivated=True, motivated_on=fact.on),
        MotivationLacking: lambda part, fact: replace(part, motivated=False, motivated_on=fact.on),
        PreparationSupportGiven: lambda part, fact: replace(part, last_support=fact),
        CoordinatedPlanHeld: lambda part, fact: replace(part, last_plan=fact),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(SecureLivelihood)
def secure_livelihood(journey: Journey, wish: SecureLivelihood, context: Context) -> Plan:
    """T2."""
    fact = LivelihoodSecured(
        on=wish.on, income_source=wish.income_source, securing_party=wish.securing_party
    )
    return Plan(facts=(fact,), already=journey.preparation.livelihood == fact)


@decides(ConfirmMotivation)
def confirm_motivation(journey: Journey, wish: ConfirmMotivation, context: Context) -> Plan:
    """T3; and T13: an awaited motivation makes the journey accepted without a new vote."""
    awaited = journey.phase is Phase.AWAITING_MOTIVATION
    return Plan(
        facts=(MotivationConfirmed(on=wish.on),),
        already=journey.preparation.motivated is True and not awaited,
        rules=(consent_valid(journey, ConsentKind.REFERRAL_GROUP, wish.on, "T13"),)
        if awaited
        else (),
        builds_on=(journey.since,) if awaited else (),
    )


@decides(NoteMotivationLacking)
def note_motivation_lacking(
    journey: Journey, wish: NoteMotivationLacking, context: Context
) -> Plan:
    """T3."""
    return Plan(
        facts=(MotivationLacking(on=wish.on),),
        already=journey.preparation.motivated is False,
    )


@decides(SupportPreparation)
def support_preparation(journey: Journey, wish: SupportPreparation, context: Context) -> Plan:
    """S2 §4.2: the person can have the coach's support in the preparation."""
    fact = PreparationSupportGiven(on=wish.on, kind=wish.kind, minutes=wish.minutes)
    return Plan(facts=(fact,), already=journey.preparation.last_support == fact)


@decides(HoldCoordinatedPlan)
def hold_coordinated_plan(journey: Journey, wish: HoldCoordinatedPlan, context: Context) -> Plan:
    """S2 §3: a SIP may be made before the person is received."""
    fact = CoordinatedPlanHeld(on=wish.on, parties=wish.parties)
    return Plan(facts=(fact,), already=journey.preparation.last_plan == fact)


# --- rules ---------------------------------------------------------------------------


def motivated(journey: Journey, rule: str) -> Reason | None:
    """S2 §4.1: the person's will and motivation to work is a criterion."""
    if journey.preparation.motivated:
        return None
    return refuse(
        "motivation_missing",
        "The person's motivation for work is not confirmed.",
        rule=rule,
        source="S2 §4.1",
    )


def livelihood_secured(journey: Journey) -> Reason | None:
    """S2 §4.2, §3 ("should"): the livelihood is secured first."""
    if journey.preparation.livelihood is not None:
        return None
    return refuse(
        "livelihood_missing",
        "No party has secured the person's livelihood yet.",
        rule="T5",
        source="S2 §4.2",
    )
