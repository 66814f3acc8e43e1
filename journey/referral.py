"""Being referred: how a journey begins, is taken back and is taken up again (T1, T8, T14, T15)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.decision import Context, Plan, decides
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.programme import Programme
from journey.values import ENDED, Code, Ground, Key, PartyName, Phase, Sex
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class ReferralReceived(Fact, frozen=True):
    """A party raised a person for the programme (T1)."""

    journey: str
    person: str
    municipality: str
    referring_party: str
    grounds: tuple[str, ...]
    needs_from: tuple[str, ...]
    birth_date: date
    sex: Sex
    programme: str
    protected_identity: bool = False
    previous_journey: str | None = None


class ReferralWithdrawn(Fact, frozen=True):
    """The participant or the referring party took the referral back (T15)."""

    reason: str


class ReferralReopened(Fact, frozen=True):
    """A declined referral was taken up again on a new fact (T14)."""

    reason: str


class ReferredOnward(Fact, frozen=True):
    """The person was shown the way to another activity (T8, T21; S0 annex)."""

    to: str


# --- wishes --------------------------------------------------------------------------


class Refer(JourneyWish, frozen=True, tag="refer"):
    """Refer a person to a programme."""

    person: Key
    municipality: str
    referring_party: PartyName
    grounds: tuple[Code, ...]
    needs_from: tuple[PartyName, ...]
    birth_date: date
    sex: Sex
    protected_identity: bool = False
    programme: str = "se-hoglandet"
    previous_journey: Key | None = None


class WithdrawReferral(JourneyWish, frozen=True, tag="withdraw_referral"):
    """Take a referral back before enrolment."""

    reason: Code


class ReopenReferral(JourneyWish, frozen=True, tag="reopen_referral"):
    """Take a declined referral up again."""

    reason: Code


class ReferOnward(JourneyWish, frozen=True, tag="refer_onward"):
    """Show a person who was not included, or has left, the way to another activity."""

    to: Code


# --- the part of the journey ---------------------------------------------------------


class Referral(Struct, frozen=True):
    """Who was referred, by whom, to what."""

    received: ReferralReceived | None = None
    journey: str = ""
    person: str = ""
    programme: str = ""
    municipality: str = ""
    referring_party: str = ""
    grounds: tuple[str, ...] = ()
    needs_from: tuple[str, ...] = ()
    birth_date: date | None = None
    sex: Sex = Sex.UNDISCLOSED
    protected_identity: bool = False
    previous_journey: str | None = None
    referred_on: date | None = None
    withdrawn_on: date | None = None
    reopened_on: date | None = None
    onward_to: str | None = None


def _received(part: Referral, fact: ReferralReceived) -> Referral:
    return Referral(
        received=fact,
        journey=fact.journey,
        person=fact.person,
        programme=fact.programme,
        municipality=fact.municipality,
        referring_party=fact.referring_party,
        grounds=fact.grounds,
        needs_from=fact.needs_from,
        birth_date=fact.birth_date,
        sex=fact.sex,
        protected_identity=fact.protected_identity,
        previous_journey=fact.previous_journey,
        referred_on=fact.on,
    )


EVOLVE = {
    "referral": {
        ReferralReceived: _received,
        ReferralWithdrawn: lambda part, fact: replace(part, withdrawn_on=fact.on),
        ReferralReopened: lambda part, fact: replace(part, reopened_on=fact.on),
        ReferredOnward: lambda part, fact: replace(part, onward_to=fact.to),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(Refer)
def refer(journey: Journey, wish: Refer, context: Context) -> Plan:
    """T1: any party may refer; the programme is open; one open journey a person."""
    fact = _as_fact(wish)
    return Plan(
        facts=(fact,),
        already=journey.referral.received == fact,
        rules=(
            known_words(wish, context),
            _key_taken() if journey.exists else None,
            _programme_open(wish, context),
            no_other_open_journey(context),
            _previous_is_the_same_persons(wish, context),
        ),
        builds_on=(wish.birth_date,),
    )


@decides(WithdrawReferral)
def withdraw_referral(journey: Journey, wish: WithdrawReferral, context: Context) -> Plan:
    """T15: taking part is voluntary until the end."""
    return Plan(
        facts=(ReferralWithdrawn(on=wish.on, reason=wish.reason),),
        already=journey.phase is Phase.WITHDRAWN and journey.referral.withdrawn_on == wish.on,
        builds_on=(journey.since,),
    )


@decides(ReopenReferral)
def reopen_referral(journey: Journey, wish: ReopenReferral, context: Context) -> Plan:
    """T14: a new fact brings a declined referral back, as the same journey."""
    return Plan(
        facts=(ReferralReopened(on=wish.on, reason=wish.reason),),
        already=journey.phase is Phase.PREPARATION and journey.referral.reopened_on == wish.on,
        rules=(no_other_open_journey(context),),
        builds_on=(journey.since,),
    )


@decides(ReferOnward)
def refer_onward(journey: Journey, wish: ReferOnward, context: Context) -> Plan:
    """T8, T21: a person who is not included, or has left, may be shown on."""
    return Plan(
        facts=(ReferredOnward(on=wish.on, to=wish.to),),
        already=journey.referral.onward_to == wish.to,
        builds_on=(journey.since,),
    )


def _as_fact(wish: Refer) -> ReferralReceived:
    return ReferralReceived(
        on=wish.on,
        journey=wish.journey,
        person=wish.person,
        municipality=wish.municipality,
        referring_party=wish.referring_party,
        grounds=wish.grounds,
        needs_from=wish.needs_from,
        birth_date=wish.birth_date,
        sex=wish.sex,
        programme=wish.programme,
        protected_identity=wish.protected_identity,
        previous_journey=wish.previous_journey,
    )


PARTY_FIELDS = frozenset(
    {
        "referring_party",
        "needs_from",
        "obtained_by",
        "securing_party",
        "authority",
        "parties_present",
        "parties",
        "votes",
    }
)
"""Every field, of a wish or a fact, that names parties."""

GROUNDS = tuple(ground.value for ground in Ground)


# --- rules ---------------------------------------------------------------------------


def known_words(said: Refer | ReferralReceived, context: Context) -> Reason | None:
    """The words that a programme's file defines: municipality and grounds."""
    if said.municipality not in context.programme.municipalities:
        return unknown_word("municipality", context.programme.municipalities)
    grounds = (*GROUNDS, *context.rules.grounds)
    return None if set(said.grounds) <= set(grounds) else unknown_word("grounds", GROUNDS)


def unknown_parties(said: Struct, programme: Programme) -> list[Reason]:
    """The fields of a wish or a fact that name a party which is none of the programme's."""
    found = []
    for name in PARTY_FIELDS.intersection(said.__struct_fields__):
        value = getattr(said, name)
        named = (value,) if isinstance(value, str) else tuple(value)
        if not set(named) <= set(programme.parties):
            found.append(unknown_word(name, programme.parties))
    return found


def unknown_word(field: str, known: tuple[str, ...]) -> Reason:
    """A word that neither the contract nor the programme's file knows."""
    return refuse(
        "invalid_command",
        "The field {name} must be one of: {known}.",
        field=field,
        source="contract §2",
        name=field,
        known=", ".join(known),
    )


def _programme_open(wish: Refer, context: Context) -> Reason | None:
    """T1: the programme is open on the day of the referral."""
    if context.programme.open_on(wish.on):
        return None
    return refuse(
        "programme_not_open",
        "The programme {programme} takes no referrals on {day}.",
        rule="T1",
        source=context.programme.source,
        earliest=context.programme.opens if wish.on < context.programme.opens else None,
        programme=context.programme.id,
        day=wish.on,
    )


def no_other_open_journey(context: Context) -> Reason | None:
    """T1: a person has one open journey in a programme at a time."""
    if context.elsewhere.open_journey is None:
        return None
    return refuse(
        "open_journey_exists",
        "The person already has an open journey in the programme.",
        rule="T1",
        source="domain §3.1 T1 (assumed)",
    )


def _key_taken() -> Reason:
    return refuse(
        "phase_not_allowed",
        "A journey with this key exists already; choose another key.",
        rule="T1",
        source="contract §1",
        field="journey",
    )


def _previous_is_the_same_persons(wish: Refer, context: Context) -> Reason | None:
    """T25: a new episode names an earlier journey of the same person."""
    if wish.previous_journey is None or context.elsewhere.previous_person == wish.person:
        return None
    return refuse(
        "unknown_journey",
        "The previous journey is not one of this person.",
        rule="T25",
        source="domain §3.1 T25",
        field="previous_journey",
    )


def is_open(phase: Phase | None) -> bool:
    """Whether a journey in this phase stands in the way of a new referral (T1)."""
    return phase is not None and phase not in ENDED
