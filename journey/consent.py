"""Consent: given, withdrawn, expired; it gates every exchange (T4, T28; domain.md §2.3)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.decision import Context, Plan, decides
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.values import Code, ConsentForm, ConsentKind, Party, PartyName, Role
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.actor import Actor
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class ConsentGiven(Fact, frozen=True):
    """The person allowed something; ``on`` is the day it was given."""

    kind: ConsentKind
    obtained_by: str
    form: ConsentForm = ConsentForm.WRITTEN
    recipients: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    valid_until: date | None = None


class ConsentWithdrawn(Fact, frozen=True):
    """The person took a consent back; sharing stops on this very day (T28)."""

    kind: ConsentKind


# --- wishes --------------------------------------------------------------------------


class GiveConsent(JourneyWish, frozen=True, tag="give_consent"):
    """Record a consent that the person has given."""

    kind: ConsentKind
    obtained_by: PartyName
    form: ConsentForm = ConsentForm.WRITTEN
    recipients: tuple[Code, ...] = ()
    scope: tuple[Code, ...] = ()
    valid_until: date | None = None


class WithdrawConsent(JourneyWish, frozen=True, tag="withdraw_consent"):
    """Record that the person has taken a consent back."""

    kind: ConsentKind


# --- the part of the journey ---------------------------------------------------------


class Consent(Struct, frozen=True):
    """One consent. It holds from ``given_on`` to ``valid_until``, both included."""

    kind: ConsentKind
    given_on: date
    obtained_by: str
    form: ConsentForm
    recipients: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    valid_until: date | None = None
    withdrawn_on: date | None = None

    def given_by(self, day: date) -> bool:
        """Whether it was given by this day and not withdrawn by then."""
        return self.given_on <= day and (self.withdrawn_on is None or day < self.withdrawn_on)

    def valid_on(self, day: date) -> bool:
        """Whether it holds on this day."""
        return self.given_by(day) and (self.valid_until is None or day <= self.valid_until)


class Consents(Struct, frozen=True):
    """All consents of the journey, in the order in which they were recorded."""

    given: tuple[Consent, ...] = ()

    def valid(self, kind: ConsentKind, day: date) -> Consent | None:
        """The consent of this kind that holds on this day, the latest if several."""
        for consent in reversed(self.given):
            if consent.kind == kind and consent.valid_on(day):
                return consent
        return None

    def known(self, kind: ConsentKind) -> tuple[Consent, ...]:
        """Every consent of this kind."""
        return tuple(consent for consent in self.given if consent.kind == kind)


def _given(part: Consents, fact: ConsentGiven) -> Consents:
    return Consents((*part.given, _as_consent(fact)))


def _as_consent(fact: ConsentGiven) -> Consent:
    return Consent(
        kind=fact.kind,
        given_on=fact.on,
        obtained_by=fact.obtained_by,
        form=fact.form,
        recipients=fact.recipients,
        scope=fact.scope,
        valid_until=fact.valid_until,
    )


def _withdrawn(part: Consents, fact: ConsentWithdrawn) -> Consents:
    def after(consent: Consent) -> Consent:
        standing = consent.kind == fact.kind and consent.withdrawn_on is None
        return replace(consent, withdrawn_on=fact.on) if standing else consent

    return Consents(tuple(after(consent) for consent in part.given))


EVOLVE = {"consents": {ConsentGiven: _given, ConsentWithdrawn: _withdrawn}}


# --- how a wish becomes facts --------------------------------------------------------


@decides(GiveConsent)
def give_consent(journey: Journey, wish: GiveConsent, context: Context) -> Plan:
    """T4 for the referral group's consent; §2.3 for the others."""
    fact = ConsentGiven(
        on=wish.on,
        kind=wish.kind,
        obtained_by=wish.obtained_by,
        form=wish.form,
        recipients=wish.recipients,
        scope=wish.scope,
        valid_until=wish.valid_until,
    )
    return Plan(
        facts=(fact,),
        already=_as_consent(fact) in journey.consents.given,
        rules=(_ends_after_it_begins(wish),),
    )


@decides(WithdrawConsent)
def withdraw_consent(journey: Journey, wish: WithdrawConsent, context: Context) -> Plan:
    """T28: a consent may be withdrawn at any time."""
    known = journey.consents.known(wish.kind)
    standing = [consent for consent in known if consent.withdrawn_on is None]
    return Plan(
        facts=(ConsentWithdrawn(on=wish.on, kind=wish.kind),),
        already=bool(known) and not standing,
        rules=(None if known else _missing(wish.kind, "T28"),),
        builds_on=tuple(consent.given_on for consent in standing),
    )


# --- rules ---------------------------------------------------------------------------


def consent_valid(journey: Journey, kind: ConsentKind, day: date, rule: str) -> Reason | None:
    """A consent of this kind holds on this day (S2 §6.6)."""
    if journey.consents.valid(kind, day) is not None:
        return None
    expired = [c.valid_until for c in journey.consents.known(kind) if c.given_by(day)]
    if not expired:
        return _missing(kind, rule)
    return refuse(
        "consent_expired",
        "The consent ({kind}) was valid until {until}; a new one is needed.",
        rule=rule,
        source="S2 §6.6",
        kind=kind.value,
        until=expired[-1],
    )


def _missing(kind: ConsentKind, rule: str) -> Reason:
    return refuse(
        "consent_missing",
        "There is no valid consent of the kind {kind} on that day.",
        rule=rule,
        source="S2 §6.6",
        kind=kind.value,
    )


def obtained_by_right_party(journey: Journey, wish: GiveConsent, actor: Actor) -> Reason | None:
    """T4: the referral group's consent is obtained, and recorded, by the referring party."""
    if wish.kind is not ConsentKind.REFERRAL_GROUP:
        return None
    referring = journey.referral.referring_party
    employed = actor.role in (Role.COACH, Role.MANAGER)
    recorder = Party.MUNICIPALITY.value if employed else actor.role.value
    if wish.obtained_by == referring and recorder in (referring, Role.PARTICIPANT.value):
        return None
    return refuse(
        "consent_wrong_party",
        "The consent for the referral group is obtained by the referring party, {party}.",
        rule="T4",
        source="S2 §6.6",
        party=referring,
    )


def _ends_after_it_begins(wish: GiveConsent) -> Reason | None:
    if wish.valid_until is None or wish.valid_until >= wish.on:
        return None
    return refuse(
        "date_before_predecessor",
        "A consent cannot end before the day on which it is given.",
        source="domain §2.3",
        field="valid_until",
    )
