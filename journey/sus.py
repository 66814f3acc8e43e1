"""SUS, the national follow-up system: in at enrolment, out after the exit (S1-S5; S2 §8)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.decision import Context, Plan, decides
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.values import ConsentForm, ConsentKind, Income, Occupation, SusMode, SusStatus
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class SusRegistered(Fact, frozen=True):
    """The person was registered, by name or by sex and year only (S1, S2)."""

    mode: SusMode


class SusDeregistered(Fact, frozen=True):
    """The person was registered out; ``due_on`` is the day from which that was due (S4)."""

    due_on: date
    occupation_after: Occupation
    income_after: Income


class SusDeregistrationCancelled(Fact, frozen=True):
    """The journey was reopened: the day that was due no longer is (S5)."""

    due_on: date


# --- wishes --------------------------------------------------------------------------


class RegisterInSus(JourneyWish, frozen=True, tag="register_in_sus"):
    """Register the enrolled person."""

    mode: SusMode


class DeregisterFromSus(JourneyWish, frozen=True, tag="deregister_from_sus"):
    """Register the person out, with what the person does and lives on now."""

    occupation_after: Occupation
    income_after: Income


# --- the part of the journey ---------------------------------------------------------


class Sus(Struct, frozen=True):
    """The registration, and the days that an exit gave it."""

    mode: SusMode | None = None
    registered_on: date | None = None
    exit_due_on: date | None = None
    exit_act_by: date | None = None
    deregistered: SusDeregistered | None = None

    @property
    def status(self) -> SusStatus:
        """Where the registration stands (domain.md §3)."""
        if self.deregistered is not None:
            return SusStatus.DEREGISTERED
        if self.mode is SusMode.ANONYMOUS:
            return SusStatus.REGISTERED_ANONYMOUS
        if self.mode is SusMode.IDENTIFIED:
            pending = self.exit_due_on is not None
            return SusStatus.DEREGISTRATION_PENDING if pending else SusStatus.REGISTERED_IDENTIFIED
        return SusStatus.NONE

    @property
    def due_on(self) -> date | None:
        """The day from which deregistration is due, for a person registered by name."""
        return self.exit_due_on if self.mode is SusMode.IDENTIFIED else None

    @property
    def act_by(self) -> date | None:
        """The working day by which deregistration is on time."""
        return self.exit_act_by if self.mode is SusMode.IDENTIFIED else None

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do in SUS (T24)."""
        return self.status in (
            SusStatus.NONE,
            SusStatus.REGISTERED_ANONYMOUS,
            SusStatus.DEREGISTERED,
        )


EVOLVE = {
    "sus": {
        SusRegistered: lambda part, fact: replace(part, mode=fact.mode, registered_on=fact.on),
        SusDeregistered: lambda part, fact: replace(part, deregistered=fact),
        SusDeregistrationCancelled: lambda part, fact: replace(
            part, exit_due_on=None, exit_act_by=None
        ),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(RegisterInSus)
def register_in_sus(journey: Journey, wish: RegisterInSus, context: Context) -> Plan:
    """S1, S2: by name with a written consent; else by sex and year only."""
    part = journey.sus
    return Plan(
        facts=(SusRegistered(on=wish.on, mode=wish.mode),),
        already=part.mode is wish.mode,
        rules=(
            _used(context),
            None if part.mode is None else _registered_otherwise(),
            *(_identifiable(journey, wish.on) if wish.mode is SusMode.IDENTIFIED else ()),
        ),
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(DeregisterFromSus)
def deregister_from_sus(journey: Journey, wish: DeregisterFromSus, context: Context) -> Plan:
    """S4: from the due day on; occupation and income are recorded with it (S2 §8)."""
    part = journey.sus
    due_on = part.due_on or wish.on
    fact = SusDeregistered(
        on=wish.on,
        due_on=due_on,
        occupation_after=wish.occupation_after,
        income_after=wish.income_after,
    )
    return Plan(
        facts=(fact,),
        already=part.deregistered is not None,
        rules=(_registered_by_name(part), _late_enough(part, wish.on)),
        builds_on=(part.registered_on,),
    )


# --- rules ---------------------------------------------------------------------------


def _used(context: Context) -> Reason | None:
    if context.rules.sus_used:
        return None
    return refuse(
        "phase_not_allowed",
        "The programme does not use SUS.",
        rule="S1",
        source=context.rules.source("sus_used"),
    )


def _identifiable(journey: Journey, day: date) -> tuple[Reason | None, ...]:
    """S1: not with a protected identity, and only with the person's written consent."""
    protected = journey.referral.protected_identity
    written = any(
        consent.valid_on(day) and consent.form is ConsentForm.WRITTEN
        for consent in journey.consents.known(ConsentKind.SUS_REGISTRATION)
    )
    return (_protected() if protected else None, None if written else _consent_missing())


def _protected() -> Reason:
    return refuse(
        "protected_identity",
        "A person with a protected identity is registered anonymously.",
        rule="S1",
        source="susam.se (domain §2.3)",
        field="mode",
    )


def _consent_missing() -> Reason:
    return refuse(
        "sus_consent_missing",
        "Registration by name needs a written, valid consent of the kind sus_registration.",
        rule="S1",
        source="susam.se (domain §2.3)",
    )


def _registered_otherwise() -> Reason:
    return refuse(
        "phase_not_allowed",
        "The person is registered in SUS already.",
        rule="S1",
        source="S2 §8",
    )


def _registered_by_name(part: Sus) -> Reason | None:
    if part.mode is SusMode.IDENTIFIED:
        return None
    if part.mode is SusMode.ANONYMOUS:
        return refuse(
            "sus_anonymous_has_no_deregistration",
            "An anonymous registration has no deregistration.",
            rule="S2",
            source="susam.se (domain §3.5 S2)",
        )
    return refuse(
        "sus_not_registered",
        "The person was never registered in SUS.",
        rule="S4",
        source="S2 §8",
    )


def _late_enough(part: Sus, day: date) -> Reason | None:
    """S3, S4: three months after an exit to work or studies, at once otherwise (S2 §8)."""
    if part.due_on is None or day >= part.due_on:
        return None
    return refuse(
        "sus_too_early",
        "Deregistration from SUS is allowed from {earliest} on.",
        rule="S4",
        source="S2 §8",
        earliest=part.due_on,
    )
