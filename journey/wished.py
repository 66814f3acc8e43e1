"""From facts back to the wish that became them, so that a decision can be judged again.

A command's first fact says what was wished: its fields are the wish's own. Where they
are not (a correction, an end of aftercare that first cancels slots), the facts beside it
say the rest. Two spellings of one wish are told as one: an exit without ``exit_date`` as
an exit on the day of its decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from journey import aftercare as ac
from journey import (
    coach,
    consent,
    enrolment,
    exit,
    inclusion,
    manager,
    meetings,
    pause,
    steps,
    sus,
    work,
    workplace,
)
from journey import corrections as co
from journey import preparation as prep
from journey import referral as ref
from journey.escalation import DecisionEscalated
from journey.facts import Fact
from journey.notices import IssueNotices, Notice, NoticeIssued
from journey.values import AftercareEndReason, Question
from journey.wishes import JourneyWish

SAME_FIELDS: tuple[tuple[type[Fact], type[JourneyWish]], ...] = (
    # Entry
    (ref.ReferralReceived, ref.Refer),
    (ref.ReferralWithdrawn, ref.WithdrawReferral),
    (ref.ReferralReopened, ref.ReopenReferral),
    (ref.ReferredOnward, ref.ReferOnward),
    (prep.LivelihoodSecured, prep.SecureLivelihood),
    (prep.MotivationConfirmed, prep.ConfirmMotivation),
    (prep.MotivationLacking, prep.NoteMotivationLacking),
    (prep.PreparationSupportGiven, prep.SupportPreparation),
    (prep.CoordinatedPlanHeld, prep.HoldCoordinatedPlan),
    (consent.ConsentGiven, consent.GiveConsent),
    (consent.ConsentWithdrawn, consent.WithdrawConsent),
    (pause.GkStarted, pause.StartGk),
    (pause.GkEnded, pause.EndGk),
    (inclusion.ReferralPresented, inclusion.Present),
    (inclusion.InclusionDecided, inclusion.DecideInclusion),
    (inclusion.IndividualDecisionRecorded, inclusion.RecordIndividualDecision),
    (manager.ManagerDecisionRecorded, manager.DecideAsManager),
    (coach.CoachAssigned, coach.AssignCoach),
    (coach.CoachHandedOver, coach.HandOver),
    (enrolment.PlacedInQueue, enrolment.Queue),
    (enrolment.RemovedFromQueue, enrolment.LeaveQueue),
    (enrolment.JourneyEnrolled, enrolment.Enrol),
    (enrolment.DocumentedInMunicipalSystem, enrolment.Document),
    # Steps
    (steps.AgreementConcluded, steps.ConcludeAgreement),
    (steps.VocationalProfileCompleted, steps.CompleteProfile),
    (steps.StepAdvanced, steps.Advance),
    (steps.StepReturned, steps.StepBack),
    (workplace.WorkplaceContacted, workplace.ContactWorkplace),
    (workplace.WorkplaceAnalysed, workplace.AnalyseWorkplace),
    (workplace.WorkplaceActivityStarted, workplace.StartActivity),
    (workplace.WorkplaceActivityEnded, workplace.EndActivity),
    (meetings.SupportGiven, meetings.GiveSupport),
    (meetings.IndividualTeamMet, meetings.MeetIndividualTeam),
    (meetings.FollowUpMeetingRequested, meetings.RequestFollowUp),
    (meetings.FollowUpMeetingHeld, meetings.HoldFollowUp),
    (pause.JourneyPaused, pause.Pause),
    (pause.JourneyResumed, pause.Resume),
    # Work and studies
    (work.EmploymentStarted, work.StartEmployment),
    (work.EmploymentChanged, work.ChangeEmployment),
    (work.EmploymentEnded, work.EndEmployment),
    (work.StudiesStarted, work.StartStudies),
    (work.StudiesEnded, work.EndStudies),
    (work.IncomeSourceRecorded, work.RecordIncome),
    # Exit, SUS, aftercare
    (exit.ExitProposed, exit.ProposeExit),
    (exit.ExitDecided, exit.DecideExit),
    (exit.JourneyReopened, exit.Reopen),
    (sus.SusRegistered, sus.RegisterInSus),
    (sus.SusDeregistered, sus.DeregisterFromSus),
    (ac.AftercareStarted, ac.StartAftercare),
    (ac.AftercareContactMade, ac.RecordContact),
    (ac.AftercareContactFailed, ac.NoteFailedContact),
    (ac.AftercareExtended, ac.ExtendAftercare),
    # Record keeping
    (co.SurveyOffered, co.OfferSurvey),
)
"""Facts that bear every field of the wish that they begin with, under the same name."""

FOLLOWING: frozenset[type[Fact]] = frozenset(
    (
        exit.JourneyExited,
        exit.JourneyClosed,
        sus.SusDeregistrationCancelled,
        ac.ClosingConversationHeld,
    )
)
"""Facts that only ever follow from others of the same command."""

Said = Mapping[str, Any]
"""What every wish says: ``by``, ``on`` and ``journey``."""
Teller = Callable[[Sequence[Fact], Said], Iterator[JourneyWish]]


def wishes_told(
    facts: Sequence[Fact], journey: str, by: str, seen: int = 0
) -> Iterator[JourneyWish]:
    """The wishes that these facts, beginning with the first, may have been recorded for.

    At most one, but for corrections: of several that one command made, any may be the
    one that was asked for. None where the first fact begins no command. ``seen`` is the
    version at which the journey stood.
    """
    first = facts[0]
    if isinstance(first, NoticeIssued):
        return iter((_noticed(facts, journey, by, seen),))
    teller = TELLERS.get(type(first))
    return teller(facts, {"by": by, "on": first.on, "journey": journey}) if teller else iter(())


def _same_fields(fact: type[Fact], wish: type[JourneyWish]) -> Teller:
    known = set(fact.__struct_fields__) - set(JourneyWish.__struct_fields__)
    names = tuple(name for name in wish.__struct_fields__ if name in known)

    def tell(facts: Sequence[Fact], said: Said) -> Iterator[JourneyWish]:
        first = facts[0]
        yield wish(**said, **{name: getattr(first, name) for name in names})

    return tell


def _escalated(facts: Sequence[Fact], said: Said) -> Iterator[JourneyWish]:
    """An exit that the group did not agree on; a question of inclusion follows its decision."""
    first = facts[0]
    if isinstance(first, DecisionEscalated) and first.question is Question.EXIT:
        yield exit.DecideExit(
            **said, votes=first.votes, reason=first.reason, exit_date=first.exit_date
        )


def _ended(facts: Sequence[Fact], said: Said) -> Iterator[JourneyWish]:
    """The end of aftercare, behind the slots that it cancels."""
    ends = (fact for fact in facts if isinstance(fact, ac.AftercareEnded))
    end = next(ends, None)
    if end is not None and end.reason in AftercareEndReason._value2member_map_:
        yield ac.EndAftercare(**said, reason=AftercareEndReason(end.reason))


def _corrected(facts: Sequence[Fact], said: Said) -> Iterator[JourneyWish]:
    for fact in takewhile(lambda one: isinstance(one, co.EntryCorrected), facts):
        assert isinstance(fact, co.EntryCorrected)
        yield co.Correct(
            **said, entry=fact.entry, field=fact.field, value=fact.value, reason=fact.reason
        )


def _transferred(facts: Sequence[Fact], said: Said) -> Iterator[JourneyWish]:
    first = facts[0]
    assert isinstance(first, co.ProgrammeTransferred)
    yield co.TransferProgramme(**said, programme=first.to_programme)


def _noticed(facts: Sequence[Fact], journey: str, by: str, seen: int) -> IssueNotices:
    """All notices of one round about the journey, as it stood."""
    issued = takewhile(lambda one: isinstance(one, NoticeIssued) and one.on == facts[0].on, facts)
    notices = tuple(
        Notice(**{name: getattr(one, name) for name in Notice.__struct_fields__}) for one in issued
    )
    return IssueNotices(by=by, on=facts[0].on, journey=journey, seen=seen, notices=notices)


TELLERS: Mapping[type[Fact], Teller] = {
    **{fact: _same_fields(fact, wish) for fact, wish in SAME_FIELDS},
    DecisionEscalated: _escalated,
    ac.AftercareSlotCancelled: _ended,
    ac.AftercareEnded: _ended,
    co.EntryCorrected: _corrected,
    co.ProgrammeTransferred: _transferred,
}
"""For each fact that may begin a command, how it tells the wish."""

TELLING: frozenset[type[Fact]] = frozenset((*TELLERS, NoticeIssued))
"""Every fact that may begin a command, or a wish of the engine's own."""
