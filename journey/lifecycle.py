"""The life of a journey: this fact may happen in these phases, and leads to that one.

One table, keyed by facts (domain.md §3.1). It is built into one shared
``transitions`` machine, which is only ever asked, never driven: what may happen
in a phase, and where it leads. ``journey diagram`` draws the same table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from transitions import Machine

from journey.aftercare import (
    AftercareContactFailed,
    AftercareContactMade,
    AftercareEnded,
    AftercareExtended,
    AftercareSlotCancelled,
    AftercareStarted,
    ClosingConversationHeld,
)
from journey.coach import CoachAssigned, CoachHandedOver
from journey.consent import ConsentGiven, ConsentWithdrawn
from journey.corrections import EntryCorrected, ProgrammeTransferred, SurveyOffered
from journey.enrolment import (
    DocumentedInMunicipalSystem,
    JourneyEnrolled,
    PlacedInQueue,
    RemovedFromQueue,
)
from journey.escalation import DecisionEscalated
from journey.exit import (
    ExitDecided,
    ExitProposed,
    JourneyClosed,
    JourneyExited,
    JourneyReopened,
)
from journey.facts import Fact
from journey.inclusion import InclusionDecided, IndividualDecisionRecorded, ReferralPresented
from journey.manager import ManagerDecisionRecorded
from journey.meetings import (
    FollowUpMeetingHeld,
    FollowUpMeetingRequested,
    IndividualTeamMet,
    SupportGiven,
)
from journey.notices import NoticeIssued
from journey.pause import GkEnded, GkStarted, JourneyPaused, JourneyResumed
from journey.preparation import (
    CoordinatedPlanHeld,
    LivelihoodSecured,
    MotivationConfirmed,
    MotivationLacking,
    PreparationSupportGiven,
)
from journey.referral import (
    ReferralReceived,
    ReferralReopened,
    ReferralWithdrawn,
    ReferredOnward,
)
from journey.steps import (
    AgreementConcluded,
    StepAdvanced,
    StepReturned,
    VocationalProfileCompleted,
)
from journey.sus import SusDeregistered, SusDeregistrationCancelled, SusRegistered
from journey.values import ACTIVE, STEPS, Phase
from journey.work import (
    EmploymentChanged,
    EmploymentEnded,
    EmploymentStarted,
    IncomeSourceRecorded,
    StudiesEnded,
    StudiesStarted,
)
from journey.workplace import (
    WorkplaceActivityEnded,
    WorkplaceActivityStarted,
    WorkplaceAnalysed,
    WorkplaceContacted,
)

P = Phase
BEFORE = "before"
"""The state of a journey that has no facts yet."""

BEFORE_ENROLMENT = (
    P.PREPARATION,
    P.PRESENTED,
    P.INCLUSION_ESCALATED,
    P.ACCEPTED,
    P.QUEUED,
    P.AWAITING_MOTIVATION,
)
DECIDED_ON = BEFORE_ENROLMENT[1:]
IN_PROGRAMME = (*STEPS, P.PAUSED)
ENROLLED = (*IN_PROGRAMME, P.EXITED)
BEFORE_CLOSING = tuple(phase for phase in Phase if phase is not P.CLOSED)


class Row(NamedTuple):
    """A fact, the phases in which it may happen, and where it leads.

    ``to`` is empty where the phase stays, one phase where the table names it, and
    several where the fact itself names one of them (``Fact.leads_to``).
    """

    fact: type[Fact]
    sources: tuple[Phase | str, ...]
    to: tuple[Phase, ...] = ()
    rule: str = ""


LIFECYCLE: tuple[Row, ...] = (
    # Entry
    Row(ReferralReceived, (BEFORE,), (P.PREPARATION,), "T1"),
    Row(LivelihoodSecured, BEFORE_CLOSING, rule="T2"),
    Row(MotivationConfirmed, (P.AWAITING_MOTIVATION,), (P.ACCEPTED,), "T13"),
    Row(
        MotivationConfirmed,
        tuple(phase for phase in BEFORE_CLOSING if phase is not P.AWAITING_MOTIVATION),
        rule="T3",
    ),
    Row(MotivationLacking, BEFORE_CLOSING, rule="T3"),
    Row(ConsentGiven, BEFORE_CLOSING, rule="T4"),
    Row(ConsentWithdrawn, BEFORE_CLOSING, rule="T28"),
    Row(PreparationSupportGiven, BEFORE_ENROLMENT, rule="S2 §4.2"),
    Row(CoordinatedPlanHeld, (*BEFORE_ENROLMENT, *IN_PROGRAMME), rule="S2 §3"),
    Row(GkStarted, BEFORE_CLOSING, rule="T27"),
    Row(GkEnded, BEFORE_CLOSING, rule="T27"),
    Row(ReferralPresented, (P.PREPARATION,), (P.PRESENTED,), "T5"),
    Row(InclusionDecided, (P.PRESENTED,), (P.ACCEPTED, P.AWAITING_MOTIVATION, P.DECLINED), "T6-T8"),
    Row(DecisionEscalated, (P.PRESENTED,), (P.INCLUSION_ESCALATED,), "T9"),
    Row(
        ManagerDecisionRecorded,
        (P.INCLUSION_ESCALATED,),
        (P.ACCEPTED, P.AWAITING_MOTIVATION, P.DECLINED),
        "T10",
    ),
    Row(IndividualDecisionRecorded, DECIDED_ON, rule="T12"),
    Row(PlacedInQueue, (P.ACCEPTED,), (P.QUEUED,), "T11"),
    Row(RemovedFromQueue, (P.QUEUED,), (P.ACCEPTED,), "T11"),
    Row(ReferredOnward, (P.DECLINED, P.WITHDRAWN, P.EXITED), rule="T8, T21"),
    Row(ReferralWithdrawn, (*BEFORE_ENROLMENT, P.DECLINED), (P.WITHDRAWN,), "T15"),
    Row(ReferralReopened, (P.DECLINED,), (P.PREPARATION,), "T14"),
    Row(CoachAssigned, (*DECIDED_ON, *ENROLLED), rule="T26"),
    Row(CoachHandedOver, (*DECIDED_ON, *ENROLLED), rule="T26"),
    Row(JourneyEnrolled, (P.ACCEPTED, P.QUEUED), (P.STEP_1,), "T12"),
    Row(DocumentedInMunicipalSystem, ENROLLED, rule="S2 §3"),
    # Steps
    Row(AgreementConcluded, STEPS, rule="§3.2"),
    Row(VocationalProfileCompleted, STEPS, rule="§3.2"),
    Row(WorkplaceContacted, STEPS, rule="§3.2"),
    Row(WorkplaceAnalysed, STEPS, rule="§3.2"),
    Row(WorkplaceActivityStarted, STEPS, rule="§3.2"),
    Row(WorkplaceActivityEnded, ENROLLED, rule="§3.2"),
    *(Row(StepAdvanced, (here,), (STEPS[n],), "T16") for n, here in enumerate(STEPS[:-1], 1)),
    *(Row(StepReturned, (here,), STEPS[:n], "T17") for n, here in enumerate(STEPS[1:], 1)),
    Row(SupportGiven, (P.STEP_4, P.STEP_5), rule="S2 9.1"),
    Row(JourneyPaused, STEPS, (P.PAUSED,), "T18"),
    Row(JourneyResumed, (P.PAUSED,), STEPS, "T19"),
    Row(IndividualTeamMet, IN_PROGRAMME, rule="S2 §6.5"),
    Row(FollowUpMeetingRequested, ENROLLED, rule="S2 §6.5"),
    Row(FollowUpMeetingHeld, ENROLLED, rule="S2 §6.5"),
    # Work and studies
    Row(EmploymentStarted, ENROLLED, rule="A1, A5"),
    Row(EmploymentChanged, ENROLLED, rule="S2 9.2"),
    Row(EmploymentEnded, ENROLLED, rule="A4"),
    Row(StudiesStarted, ENROLLED, rule="S2 §8"),
    Row(StudiesEnded, ENROLLED, rule="S2 §8"),
    Row(IncomeSourceRecorded, BEFORE_CLOSING, rule="S2 §8"),
    # Exit, SUS, aftercare
    Row(ExitProposed, IN_PROGRAMME, rule="T20"),
    Row(ExitDecided, IN_PROGRAMME, rule="T21"),
    Row(DecisionEscalated, IN_PROGRAMME, rule="T22"),
    Row(ManagerDecisionRecorded, IN_PROGRAMME, rule="T21"),
    Row(JourneyExited, IN_PROGRAMME, (P.EXITED,), "T21"),
    Row(JourneyReopened, (P.EXITED,), STEPS, "T23"),
    Row(JourneyClosed, (P.EXITED,), (P.CLOSED,), "T24"),
    Row(SusRegistered, ENROLLED, rule="S1, S2"),
    Row(SusDeregistered, (P.EXITED,), rule="S4"),
    Row(SusDeregistrationCancelled, ENROLLED, rule="S5"),
    Row(AftercareStarted, ENROLLED, rule="A1, A5"),
    Row(AftercareContactMade, ENROLLED, rule="§6.2"),
    Row(AftercareContactFailed, ENROLLED, rule="§6.2"),
    Row(AftercareSlotCancelled, ENROLLED, rule="A4, A5"),
    Row(AftercareExtended, ENROLLED, rule="A2"),
    Row(ClosingConversationHeld, ENROLLED, rule="A3"),
    Row(AftercareEnded, ENROLLED, rule="A3, A4"),
    # Record keeping
    Row(EntryCorrected, BEFORE_CLOSING, rule="event 61"),
    Row(ProgrammeTransferred, BEFORE_CLOSING, rule="§3.1"),
    Row(SurveyOffered, ENROLLED, rule="S2 §8.1"),
    Row(NoticeIssued, tuple(Phase), rule="event 60"),
)


def _machine(rows: Iterable[Row]) -> Machine:
    """One machine for all journeys; it holds no model and is only asked."""
    states = [BEFORE, *(phase.value for phase in Phase)]
    machine = Machine(model=None, states=states, initial=BEFORE, auto_transitions=False)
    for row in rows:
        for source in row.sources:
            for to in row.to or (None,):
                machine.add_transition(row.fact.__name__, str(source), to and str(to))
    return machine


MACHINE = _machine(LIFECYCLE)


def _lookup(machine: Machine) -> dict[tuple[str, str], tuple[Phase | None, ...]]:
    """The machine's transitions as a plain table: (fact, phase) to where it leads."""
    return {
        (name, source): tuple(Phase(t.dest) if t.dest else None for t in transitions)
        for name, event in machine.events.items()
        for source, transitions in event.transitions.items()
    }


_DESTINATIONS = _lookup(MACHINE)


def destinations(fact: type[Fact], phase: Phase | None) -> tuple[Phase | None, ...]:
    """Where this fact may lead from this phase; None: it stays; empty: it may not happen."""
    return _DESTINATIONS.get((fact.__name__, phase.value if phase else BEFORE), ())


def allowed(fact: Fact, phase: Phase | None) -> bool:
    """Whether this very fact may happen in this phase."""
    to = destinations(type(fact), phase)
    named = fact.leads_to()
    return bool(to) and (named in to or named is None)


def _sole_destinations() -> dict[str, dict[str, Phase]]:
    """By fact, the phases from which it leads to one other, and that one."""
    found: dict[str, dict[str, Phase]] = {}
    for (name, source), targets in _DESTINATIONS.items():
        if len(targets) == 1 and targets[0] is not None:
            found.setdefault(name, {})[source] = targets[0]
    return found


_SOLE_DESTINATION = _sole_destinations()

MOVING = frozenset(
    row.fact
    for row in LIFECYCLE
    if row.fact.__name__ in _SOLE_DESTINATION or row.fact.leads_to is not Fact.leads_to
)
"""The facts that may lead to another phase; after any other ``phase_after`` says the same."""


def phase_after(fact: Fact, phase: Phase | None) -> Phase | None:
    """The phase after this fact. Never refuses: what the table does not know leaves it."""
    named = fact.leads_to()
    if named is not None:
        return named
    to = _SOLE_DESTINATION.get(type(fact).__name__)
    return phase if to is None else to.get(phase.value if phase else BEFORE, phase)


def phases_of(fact: type[Fact]) -> tuple[Phase, ...]:
    """The phases in which a fact of this kind may happen, in the order of a journey."""
    return tuple(phase for phase in Phase if destinations(fact, phase))


def moves() -> Iterator[tuple[str, str, str]]:
    """Every move between phases as (from, fact, to), for the diagram."""
    for (name, source), targets in _DESTINATIONS.items():
        for to in targets:
            if to is not None and to.value != source:
                yield source, name, to.value


assert set(IN_PROGRAMME) == ACTIVE
