"""Who may do what: one matrix, by role, municipality, party and own caseload (domain.md §2.2).

The host authenticates, the engine authorises. Each command names the standings
from which it may be given; an actor needs one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from journey.actor import Actor
from journey.aftercare import (
    EndAftercare,
    ExtendAftercare,
    NoteFailedContact,
    RecordContact,
    StartAftercare,
)
from journey.coach import AssignCoach, HandOver
from journey.consent import GiveConsent, WithdrawConsent, obtained_by_right_party
from journey.corrections import Correct, OfferSurvey, TransferProgramme
from journey.decision import Context
from journey.enrolment import Document, Enrol, LeaveQueue, Queue
from journey.errors import Reason, refuse
from journey.exit import DecideExit, ProposeExit, Reopen
from journey.inclusion import DecideInclusion, Present, RecordIndividualDecision
from journey.manager import DecideAsManager
from journey.meetings import GiveSupport, HoldFollowUp, MeetIndividualTeam, RequestFollowUp
from journey.notices import IssueNotices
from journey.pause import EndGk, Pause, Resume, StartGk
from journey.preparation import (
    ConfirmMotivation,
    HoldCoordinatedPlan,
    NoteMotivationLacking,
    SecureLivelihood,
    SupportPreparation,
)
from journey.referral import Refer, ReferOnward, ReopenReferral, WithdrawReferral
from journey.steps import Advance, CompleteProfile, ConcludeAgreement, StepBack
from journey.sus import DeregisterFromSus, RegisterInSus
from journey.units import (
    AllocatePost,
    AttestHalfYear,
    MeasureFidelity,
    RecordSurvey,
    RecordVolumeContacts,
    RequisitionGrant,
)
from journey.values import Role
from journey.wishes import JourneyWish, PlaceWish, UnitWish
from journey.work import (
    ChangeEmployment,
    EndEmployment,
    EndStudies,
    RecordIncome,
    StartEmployment,
    StartStudies,
)
from journey.workplace import AnalyseWorkplace, ContactWorkplace, EndActivity, StartActivity

if TYPE_CHECKING:
    from journey.state import Journey

FEDERATION = frozenset((Role.FEDERATION_MANAGER, Role.STEERING_GROUP, Role.BOARD))
"""They decide about money and method, never about a person (law 2003:1210, 7 § 2 st)."""

PARTIES = frozenset((Role.MUNICIPALITY, Role.FK, Role.AF, Role.REGION))
BOUND_TO_A_MUNICIPALITY = frozenset((Role.COACH, Role.MANAGER, Role.MUNICIPALITY))

CONSENT_RECORDERS = PARTIES | {Role.COACH, Role.MANAGER, Role.PARTICIPANT}

Standing = Callable[["Journey", Actor, JourneyWish], bool]


# --- standings -----------------------------------------------------------------------


def _in_place(journey: Journey, actor: Actor) -> bool:
    """In the journey's municipality; FK, AF and region may act for all of them."""
    if actor.municipality is None:
        return actor.role not in BOUND_TO_A_MUNICIPALITY
    return actor.municipality == journey.referral.municipality


def coach(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The journey's own coach; until it has one, any coach of its municipality."""
    mine = journey.coaching.coach in (None, actor.id)
    return actor.role is Role.COACH and mine and _in_place(journey, actor)


def manager(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The manager of the coaches in the journey's municipality (S2 §6.3, §6.5)."""
    return actor.role is Role.MANAGER and _in_place(journey, actor)


def any_party(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """A member or case officer of any party (S2 §6.5: on equal terms)."""
    return actor.role in PARTIES and _in_place(journey, actor)


def municipality(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The municipality's assistance unit."""
    return actor.role is Role.MUNICIPALITY and _in_place(journey, actor)


def referring_party(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The party that referred the person."""
    return any_party(journey, actor, wish) and actor.role.value == journey.referral.referring_party


def fk(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The social insurance agency, which runs the joint assessment (S2 §5)."""
    return actor.role is Role.FK and _in_place(journey, actor)


def participant(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The person, in the person's own journey."""
    return actor.role is Role.PARTICIPANT and actor.id == journey.referral.person


def asking_participant(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The person, asking on the person's own behalf."""
    return participant(journey, actor, wish) and _asked_by(wish) == actor.role.value


def asking_employer(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """An employer of the person, asking on its own behalf."""
    employers = {job.started.employer for job in journey.work.employments}
    mine = actor.role is Role.EMPLOYER and actor.id in employers
    return mine and _asked_by(wish) == actor.role.value


def _asked_by(wish: JourneyWish) -> str | None:
    return wish.requested_by.value if isinstance(wish, ExtendAftercare | StartAftercare) else None


def referrer(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The party that refers now, or a coach for the coach's own municipality (T1)."""
    if not isinstance(wish, Refer):
        return False
    here = actor.municipality == wish.municipality
    if actor.role is Role.COACH:
        return here
    away = actor.municipality is None and actor.role not in BOUND_TO_A_MUNICIPALITY
    return actor.role.value == wish.referring_party and (here or away)


def system(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The engine itself (§2.2, scheduler: only notices)."""
    return actor.role is Role.SYSTEM


def decider(journey: Journey, actor: Actor, wish: JourneyWish) -> bool:
    """The authority whose decision it is, by its own member (S2 §3)."""
    named = isinstance(wish, RecordIndividualDecision) and wish.authority == actor.role.value
    return named and any_party(journey, actor, wish)


# --- the matrix ----------------------------------------------------------------------

MATRIX: Mapping[type[JourneyWish], tuple[Standing, ...]] = {
    # Entry
    Refer: (referrer,),
    SecureLivelihood: (coach, referring_party),
    ConfirmMotivation: (coach, referring_party),
    NoteMotivationLacking: (coach, referring_party),
    GiveConsent: (coach, manager, any_party, participant),
    WithdrawConsent: (coach, manager, any_party, participant),
    SupportPreparation: (coach, any_party),
    HoldCoordinatedPlan: (coach, any_party),
    StartGk: (coach, fk),
    EndGk: (coach, fk),
    Present: (coach,),
    DecideInclusion: (coach, any_party),
    DecideAsManager: (manager,),
    RecordIndividualDecision: (decider,),
    Queue: (coach, manager),
    LeaveQueue: (coach, manager),
    ReferOnward: (coach, any_party),
    WithdrawReferral: (participant, referring_party),
    ReopenReferral: (any_party,),
    AssignCoach: (manager,),
    HandOver: (manager,),
    Enrol: (coach, manager),
    Document: (coach, manager, municipality),
    # Steps
    ConcludeAgreement: (coach, manager),
    CompleteProfile: (coach, manager),
    ContactWorkplace: (coach, manager),
    AnalyseWorkplace: (coach, manager),
    StartActivity: (coach, manager),
    EndActivity: (coach, manager),
    Advance: (coach, manager),
    StepBack: (coach, manager),
    GiveSupport: (coach, manager),
    Pause: (coach, manager),
    Resume: (coach, manager),
    MeetIndividualTeam: (coach, manager, any_party),
    RequestFollowUp: (coach, manager, any_party, participant),
    HoldFollowUp: (coach, manager),
    # Work and studies
    StartEmployment: (coach, manager),
    ChangeEmployment: (coach, manager),
    EndEmployment: (coach, manager),
    StartStudies: (coach, manager),
    EndStudies: (coach, manager),
    RecordIncome: (coach, manager),
    # Exit, SUS, aftercare
    ProposeExit: (coach, manager),
    DecideExit: (coach, any_party),
    Reopen: (coach,),
    RegisterInSus: (coach,),
    DeregisterFromSus: (coach,),
    StartAftercare: (coach, asking_participant, asking_employer),
    RecordContact: (coach,),
    NoteFailedContact: (coach,),
    ExtendAftercare: (coach, asking_participant, asking_employer),
    EndAftercare: (coach,),
    # Record keeping
    Correct: (coach, manager, referring_party),
    TransferProgramme: (coach, manager),
    OfferSurvey: (coach, manager),
}

OWN_MATRIX: Mapping[type[JourneyWish], tuple[Standing, ...]] = {IssueNotices: (system,)}
"""The engine's own wishes: they are no commands, and nobody else may ask for them."""

UNIT_MATRIX: Mapping[type[UnitWish], frozenset[Role]] = {
    AllocatePost: frozenset((Role.BOARD,)),
    AttestHalfYear: frozenset((Role.MANAGER,)),
    RequisitionGrant: frozenset((Role.MUNICIPALITY, Role.MANAGER)),
    RecordSurvey: frozenset((Role.COACH, Role.MANAGER, Role.FEDERATION_MANAGER)),
    MeasureFidelity: frozenset((Role.COACH, Role.MANAGER)),
    RecordVolumeContacts: frozenset((Role.COACH, Role.MANAGER)),
}
"""Who may; those bound to a municipality only for their own, where a unit is named."""


# --- the answer ----------------------------------------------------------------------


def refusals(journey: Journey, wish: JourneyWish, context: Context) -> tuple[Reason, ...]:
    """Why this actor may not do this to this journey; empty if the actor may."""
    actor = context.actor
    if actor.role in FEDERATION:
        return (_federation(),)
    found: list[Reason] = []
    if isinstance(wish, GiveConsent) and actor.role in CONSENT_RECORDERS:
        found += _present_only(obtained_by_right_party(journey, wish, actor))
    if isinstance(wish, RecordIndividualDecision):
        found += _present_only(_right_authority(journey, wish, context))
    standings = MATRIX.get(type(wish)) or OWN_MATRIX[type(wish)]
    if not any(standing(journey, actor, wish) for standing in standings):
        found.append(_not_permitted(journey, wish, actor))
    return tuple(found)


def unit_refusals(wish: UnitWish, actor: Actor) -> tuple[Reason, ...]:
    """Why this actor may not do this to a unit; empty if the actor may."""
    if actor.role not in UNIT_MATRIX[type(wish)]:
        return (_plainly_not_permitted(),)
    bound = actor.role in BOUND_TO_A_MUNICIPALITY and isinstance(wish, PlaceWish)
    if not bound or actor.municipality == wish.unit:
        return ()
    return (_wrong_unit() if actor.role is Role.MANAGER else _plainly_not_permitted(),)


def _present_only(reason: Reason | None) -> list[Reason]:
    return [] if reason is None else [reason]


def _not_permitted(journey: Journey, wish: JourneyWish, actor: Actor) -> Reason:
    managers_matter = manager in MATRIX.get(type(wish), ())
    if actor.role is Role.MANAGER and managers_matter and not _in_place(journey, actor):
        return refuse(
            "wrong_manager",
            "This is for the manager of the coaches in the journey's municipality.",
            rule="T10",
            source="S2 §6.5",
            field="by",
        )
    return _plainly_not_permitted()


def _plainly_not_permitted() -> Reason:
    return refuse(
        "actor_not_permitted",
        "This actor may not do this here.",
        rule="§2.2",
        source="domain §2.2",
        field="by",
    )


def _wrong_unit() -> Reason:
    return refuse(
        "wrong_manager",
        "This is for the manager of the unit's own coaches.",
        rule="§2.2",
        source="S2 §6.3",
        field="by",
    )


def _federation() -> Reason:
    return refuse(
        "federation_may_not_decide",
        "The federation does not decide about individuals (law 2003:1210, 7 § 2 st).",
        rule="§2.2",
        source="S2 §3, law 2003:1210 7 § 2 st",
        field="by",
    )


def _right_authority(
    journey: Journey, wish: RecordIndividualDecision, context: Context
) -> Reason | None:
    """S2 §3: FK and AF decide for their own, the municipality for its own and the region's."""
    referring = journey.referral.referring_party
    expected = context.programme.deciding_parties.get(referring)
    if expected is None or wish.authority == expected:
        return None
    return refuse(
        "actor_not_permitted",
        "For a referral by {referring} the individual decision is made by {expected}.",
        rule="T12",
        source="S2 §3",
        field="authority",
        referring=referring,
        expected=expected,
    )
