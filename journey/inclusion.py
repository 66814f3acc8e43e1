"""The referral group decides whether a person is included (T5-T9, T12's individual decision)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.calendar import age_on
from journey.consent import consent_valid
from journey.decision import Context, Plan, decides, weigh
from journey.errors import Reason, refuse
from journey.escalation import DecisionEscalated
from journey.facts import Fact
from journey.pause import gk_inactive
from journey.preparation import livelihood_secured, motivated
from journey.referral import ReferralReopened
from journey.values import (
    Code,
    ConsentKind,
    DecisionOutcome,
    Inclusion,
    LegalBasis,
    PartyName,
    Phase,
    Question,
    Vote,
)
from journey.voting import all_against, all_for, quorum_reached
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

LEADS_TO = {
    Inclusion.INCLUDE: Phase.ACCEPTED,
    Inclusion.INCLUDE_WHEN_MOTIVATED: Phase.AWAITING_MOTIVATION,
    Inclusion.DECLINE: Phase.DECLINED,
}

# --- facts ---------------------------------------------------------------------------


class ReferralPresented(Fact, frozen=True):
    """The coach brought the person up in the monthly referral group (T5)."""

    parties_present: tuple[str, ...]
    parties_absent: tuple[str, ...] = ()


class InclusionDecided(Fact, frozen=True):
    """What the group decided, and how each party voted (T6-T9)."""

    outcome: Inclusion
    votes: dict[str, Vote]
    unanimous: bool
    reason: str | None = None

    def leads_to(self) -> Phase | None:
        """The outcome's phase; a split group leaves the journey where it is."""
        return LEADS_TO[self.outcome] if self.unanimous else None


class IndividualDecisionRecorded(Fact, frozen=True):
    """An authority's own decision on the intervention for this person (S2 §3)."""

    authority: str
    legal_basis: LegalBasis
    outcome: DecisionOutcome


# --- wishes --------------------------------------------------------------------------


class Present(JourneyWish, frozen=True, tag="present"):
    """Present the person in the referral group's meeting."""

    parties_present: tuple[PartyName, ...]


class DecideInclusion(JourneyWish, frozen=True, tag="decide_inclusion"):
    """Record the group's decision with each party's vote on it."""

    outcome: Inclusion
    votes: dict[PartyName, Vote]
    reason: Code | None = None


class RecordIndividualDecision(JourneyWish, frozen=True, tag="record_individual_decision"):
    """Record the authority's individual decision."""

    authority: PartyName
    legal_basis: LegalBasis
    outcome: DecisionOutcome


# --- the part of the journey ---------------------------------------------------------


class InclusionPart(Struct, frozen=True):
    """What the group and the authority have decided."""

    presented: ReferralPresented | None = None
    decided: InclusionDecided | None = None
    individual: IndividualDecisionRecorded | None = None

    @property
    def presented_on(self) -> date | None:
        """The day of the group's meeting."""
        return self.presented.on if self.presented else None


EVOLVE = {
    "inclusion": {
        ReferralPresented: lambda part, fact: replace(part, presented=fact),
        InclusionDecided: lambda part, fact: replace(part, decided=fact),
        IndividualDecisionRecorded: lambda part, fact: replace(part, individual=fact),
        ReferralReopened: lambda part, fact: replace(part, presented=None, decided=None),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(Present)
def present(journey: Journey, wish: Present, context: Context) -> Plan:
    """T5: with a valid consent and no GK; motivation is not needed yet."""
    absent = tuple(p for p in context.programme.parties if p not in wish.parties_present)
    fact = ReferralPresented(
        on=wish.on, parties_present=wish.parties_present, parties_absent=absent
    )
    rules = context.rules
    return Plan(
        facts=(fact,),
        already=journey.inclusion.presented == fact,
        rules=(
            weigh(
                rules.consent_check,
                consent_valid(journey, ConsentKind.REFERRAL_GROUP, wish.on, "T5"),
            ),
            gk_inactive(journey, rules, "T5"),
            weigh(rules.livelihood_check, livelihood_secured(journey)),
        ),
        builds_on=(journey.since,),
    )


@decides(DecideInclusion)
def decide_inclusion(journey: Journey, wish: DecideInclusion, context: Context) -> Plan:
    """T6-T9: unanimous among those who vote; otherwise the question goes to the manager."""
    unanimous = _unanimous(wish)
    decided = InclusionDecided(
        on=wish.on,
        outcome=wish.outcome,
        votes=dict(wish.votes),
        unanimous=unanimous,
        reason=wish.reason,
    )
    return Plan(
        facts=(decided,) if unanimous else (decided, _escalated(wish)),
        already=journey.inclusion.decided == decided,
        rules=(
            quorum_reached(wish.votes, context.rules, "T6"),
            _can_be_settled(wish, unanimous, context),
            *criteria(journey, wish.outcome, wish.on, context),
        ),
        builds_on=(journey.since,),
    )


def _unanimous(wish: DecideInclusion) -> bool:
    if wish.outcome is Inclusion.DECLINE and all_against(wish.votes):
        return True
    return all_for(wish.votes)


def _escalated(wish: DecideInclusion) -> DecisionEscalated:
    return DecisionEscalated(
        on=wish.on, question=Question.INCLUSION, votes=dict(wish.votes), reason=wish.reason
    )


@decides(RecordIndividualDecision)
def record_individual_decision(
    journey: Journey, wish: RecordIndividualDecision, context: Context
) -> Plan:
    """S2 §3: FK and AF decide for their own, the municipality for its own and the region's."""
    fact = IndividualDecisionRecorded(
        on=wish.on,
        authority=wish.authority,
        legal_basis=wish.legal_basis,
        outcome=wish.outcome,
    )
    return Plan(
        facts=(fact,),
        already=journey.inclusion.individual == fact,
        builds_on=(journey.inclusion.presented_on,),
    )


# --- rules ---------------------------------------------------------------------------


def criteria(
    journey: Journey, outcome: Inclusion, day: date, context: Context
) -> tuple[Reason | None, ...]:
    """S2 §4.1: what a person must meet to be included; a decline needs none of it."""
    if outcome is Inclusion.DECLINE:
        return ()
    rules = context.rules
    needs_motivation = outcome is Inclusion.INCLUDE
    return (
        weigh(rules.motivation_check, motivated(journey, "T6")) if needs_motivation else None,
        weigh(rules.min_parties_check, _needs_from_enough_parties(journey, context)),
        weigh(rules.target_group_check, _in_target_group(journey, context)),
        weigh(rules.age_check, _of_working_age(journey, day, context)),
        weigh(
            rules.consent_check,
            consent_valid(journey, ConsentKind.REFERRAL_GROUP, day, "T6"),
        ),
    )


def _needs_from_enough_parties(journey: Journey, context: Context) -> Reason | None:
    """S2 §4.1: the person needs interventions from at least two of the parties."""
    needed = set(journey.referral.needs_from) & set(context.programme.parties)
    if len(needed) >= context.rules.min_parties:
        return None
    return refuse(
        "fewer_than_two_parties",
        "The person must need interventions from at least {least} parties, not {needed}.",
        rule="T6",
        source=context.rules.source("min_parties"),
        least=context.rules.min_parties,
        needed=len(needed),
    )


def _in_target_group(journey: Journey, context: Context) -> Reason | None:
    """S2 §4: disability, mental ill-health or a former substance problem."""
    if set(journey.referral.grounds) & set(context.rules.grounds):
        return None
    return refuse(
        "not_target_group",
        "None of the programme's target grounds is given: {grounds}.",
        rule="T6",
        source=context.rules.source("grounds"),
        grounds=", ".join(context.rules.grounds),
    )


def _of_working_age(journey: Journey, day: date, context: Context) -> Reason | None:
    """S2 §4: of working age; the numbers are the programme's."""
    limits, born = context.rules.working_age, journey.referral.birth_date
    if limits is None or born is None or limits[0] <= age_on(born, day) <= limits[1]:
        return None
    return refuse(
        "not_target_group",
        "The person's age is outside {lowest}-{highest}.",
        rule="T6",
        source=context.rules.source("working_age"),
        lowest=limits[0],
        highest=limits[1],
    )


def _can_be_settled(wish: DecideInclusion, unanimous: bool, context: Context) -> Reason | None:
    """A group that is of one mind against, or that has no one to ask, has not decided this."""
    if unanimous or not wish.votes:
        return None
    if not all_against(wish.votes) and Question.INCLUSION in context.rules.who_escalates:
        return None
    return refuse(
        "not_unanimous",
        "The group is not for this outcome; record what it did decide.",
        rule="T6",
        source="S2 §6.5",
    )
