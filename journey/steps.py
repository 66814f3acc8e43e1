"""The five steps: forward one at a time with evidence, back with a reason (T16, T17; §3.2)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from journey.decision import Context, Plan, decides, weigh
from journey.enrolment import JourneyEnrolled
from journey.errors import Reason, refuse
from journey.facts import Fact
from journey.values import STEPS, ActivityKind, LooseCode, Phase, StepNumber
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class AgreementConcluded(Fact, frozen=True):
    """The person made an informed choice to use Supported Employment (S2 9.1 step 1)."""


class VocationalProfileCompleted(Fact, frozen=True):
    """Resources, wishes and needs of support are mapped (S2 9.1 step 2)."""


class StepAdvanced(Fact, frozen=True):
    """The next step began; ``evidence`` names the facts that it rests on, with their days."""

    from_step: int = field(name="from")
    to: StepNumber
    evidence: dict[str, date] = field(default_factory=dict)

    def leads_to(self) -> Phase | None:
        """The step that it names."""
        return STEPS[self.to - 1]


class StepReturned(Fact, frozen=True):
    """The person went back to an earlier step, for a reason."""

    from_step: int = field(name="from")
    to: StepNumber
    reason: str

    def leads_to(self) -> Phase | None:
        """The step that it names."""
        return STEPS[self.to - 1]


# --- wishes --------------------------------------------------------------------------


class ConcludeAgreement(JourneyWish, frozen=True, tag="conclude_agreement"):
    """Record the person's informed choice."""


class CompleteProfile(JourneyWish, frozen=True, tag="complete_profile"):
    """Record that the vocational profile is complete."""


class Advance(JourneyWish, frozen=True, tag="advance"):
    """Go to the next step."""

    to: StepNumber | None = None


class StepBack(JourneyWish, frozen=True, tag="step_back"):
    """Go back to an earlier step, with a reason."""

    to: StepNumber
    reason: LooseCode | None = None


# --- the part of the journey ---------------------------------------------------------


class Steps(Struct, frozen=True):
    """The step, kept through a pause, and what was done in steps 1 and 2."""

    step: int | None = None
    agreed_on: date | None = None
    profile_on: date | None = None
    moved: StepAdvanced | StepReturned | None = None


EVOLVE = {
    "steps": {
        JourneyEnrolled: lambda part, fact: replace(part, step=1),
        AgreementConcluded: lambda part, fact: replace(part, agreed_on=fact.on),
        VocationalProfileCompleted: lambda part, fact: replace(part, profile_on=fact.on),
        StepAdvanced: lambda part, fact: replace(part, step=fact.to, moved=fact),
        StepReturned: lambda part, fact: replace(part, step=fact.to, moved=fact),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(ConcludeAgreement)
def conclude_agreement(journey: Journey, wish: ConcludeAgreement, context: Context) -> Plan:
    """S2 9.1 step 1."""
    return Plan(
        facts=(AgreementConcluded(on=wish.on),),
        already=journey.steps.agreed_on == wish.on,
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(CompleteProfile)
def complete_profile(journey: Journey, wish: CompleteProfile, context: Context) -> Plan:
    """S2 9.1 step 2."""
    return Plan(
        facts=(VocationalProfileCompleted(on=wish.on),),
        already=journey.steps.profile_on == wish.on,
        builds_on=(journey.enrolment.enrolled_on,),
    )


@decides(Advance)
def advance(journey: Journey, wish: Advance, context: Context) -> Plan:
    """T16: one step at a time, each with its evidence."""
    current = journey.steps.step
    to = wish.to or min((current or 0) + 1, len(STEPS))
    evidence = _evidence(journey, to)
    return Plan(
        facts=(
            StepAdvanced(
                on=wish.on,
                from_step=current or 0,
                to=to,
                evidence={name: day for name, day in evidence.items() if day},
            ),
        ),
        already=wish.to is not None and wish.to == current and journey.phase in STEPS,
        rules=(
            _one_step_forward(current, to),
            weigh(context.rules.step_evidence_check, _evidence_complete(current, to, evidence)),
        ),
        builds_on=(journey.since, *evidence.values()),
    )


@decides(StepBack)
def step_back(journey: Journey, wish: StepBack, context: Context) -> Plan:
    """T17: support is individual and unlimited, so the way may lead back."""
    current = journey.steps.step
    fact = StepReturned(on=wish.on, from_step=current or 0, to=wish.to, reason=wish.reason or "")
    return Plan(
        facts=(fact,),
        already=_returned_so(journey, wish),
        rules=(
            None if wish.reason else _back_without_reason(),
            _backward(current, wish.to) if context.rules.allow_step_back else _no_way_back(),
        ),
        builds_on=(journey.since,),
    )


def _returned_so(journey: Journey, wish: StepBack) -> bool:
    moved = journey.steps.moved
    return (
        isinstance(moved, StepReturned)
        and (moved.on, moved.to, moved.reason) == (wish.on, wish.to, wish.reason)
        and journey.phase in STEPS
    )


# --- rules ---------------------------------------------------------------------------


def _evidence(journey: Journey, to: int) -> dict[str, date | None]:
    """§3.2: the facts that the move to this step rests on, with their days; None: missing."""
    steps, workplace = journey.steps, journey.workplace
    trial = workplace.started_on(ActivityKind.WORK_TRIAL, ActivityKind.WORK_PLACEMENT)
    employed = journey.work.first_employed_on
    needed: dict[int, dict[str, date | None]] = {
        2: {"AgreementConcluded": steps.agreed_on},
        3: {"VocationalProfileCompleted": steps.profile_on},
        4: {
            "WorkplaceAnalysed": workplace.analysed.on if workplace.analysed else None,
            "WorkplaceActivityStarted": workplace.started_on(*ActivityKind),
        },
        5: {"WorkplaceActivityStarted": trial}
        if trial or not employed
        else {"EmploymentStarted": employed},
    }
    return needed.get(to, {})


def _evidence_complete(
    current: int | None, to: int, evidence: dict[str, date | None]
) -> Reason | None:
    """§3.2: each step is left only when its work is done."""
    missing = [name for name, day in evidence.items() if day is None]
    if current is None or to != current + 1 or not missing:
        return None
    return refuse(
        "step_evidence_missing",
        "Step {step} needs: {missing}.",
        rule="§3.2",
        source="S2 9.1",
        step=to,
        missing=", ".join(missing),
    )


def _one_step_forward(current: int | None, to: int) -> Reason | None:
    """T16: the five steps are taken in order (S2 9.1)."""
    if current is None or to == current + 1:
        return None
    if to > current:
        return refuse(
            "step_skipped",
            "From step {current} the next step is {next}; steps are not skipped.",
            rule="T16",
            source="S2 9.1",
            field="to",
            current=current,
            next=current + 1,
        )
    return refuse(
        "phase_not_allowed",
        "The journey is in step {current}; there is no step forward to {to}.",
        rule="T16",
        source="S2 9.1",
        field="to",
        current=current,
        to=to,
    )


def _backward(current: int | None, to: int) -> Reason | None:
    if current is None or to < current:
        return None
    return refuse(
        "phase_not_allowed",
        "Step {to} is not before step {current}.",
        rule="T17",
        source="domain §3.1 T17",
        field="to",
        to=to,
        current=current,
    )


def _back_without_reason() -> Reason:
    return refuse(
        "step_back_reason_missing",
        "Give the reason for going back.",
        rule="T17",
        source="domain §3.1 T17",
        field="reason",
    )


def _no_way_back() -> Reason:
    return refuse(
        "phase_not_allowed",
        "The programme does not go back a step.",
        rule="T17",
        source="domain §3.1 T17",
    )
