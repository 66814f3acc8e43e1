"""Leaving the programme, coming back, and closing (T20-T24; domain.md §3.3)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from journey.aftercare import stop
from journey.calendar import act_by, add_months
from journey.decision import Context, Plan, decides
from journey.errors import Reason, caution, refuse
from journey.escalation import DecisionEscalated
from journey.facts import Fact
from journey.referral import unknown_word
from journey.rules import Rules
from journey.sus import SusDeregistrationCancelled
from journey.values import (
    STEPS,
    AftercareEndReason,
    Code,
    ExitClass,
    LooseCode,
    PartyName,
    Phase,
    Question,
    ReopenReason,
    SlotCancelReason,
    StepNumber,
    SusStatus,
    Vote,
)
from journey.voting import all_against, all_for, quorum_reached
from journey.wishes import JourneyWish
from journey.work import Work

if TYPE_CHECKING:
    from journey.state import Journey

# --- facts ---------------------------------------------------------------------------


class ExitProposed(Fact, frozen=True):
    """The coach proposes that the person leaves (T20)."""

    reason: str


class ExitDecided(Fact, frozen=True):
    """The group decided that the person leaves, when, and why (T21; S2 §6.5)."""

    reason: str
    exit_date: date
    votes: dict[str, Vote]
    aftercare_plan: str


class JourneyExited(Fact, frozen=True):
    """The person left on ``exit_date``; the days for SUS are kept as they were reckoned (S3)."""

    exit_date: date
    reason: str
    outcome: ExitClass
    sus_due_on: date
    sus_act_by: date


class JourneyReopened(Fact, frozen=True):
    """The exit was undone before SUS deregistration; it counts as no exit (T23)."""

    reason: ReopenReason
    to_step: StepNumber
    undone_exit: date

    def leads_to(self) -> Phase | None:
        """The step that it names."""
        return STEPS[self.to_step - 1]


class JourneyClosed(Fact, frozen=True):
    """Nothing is left to do (T24). A closed journey never opens again (T25)."""


# --- wishes --------------------------------------------------------------------------


class ProposeExit(JourneyWish, frozen=True, tag="propose_exit"):
    """Propose an exit to the referral group."""

    reason: Code


class DecideExit(JourneyWish, frozen=True, tag="decide_exit"):
    """Record the group's decision on an exit; ``exit_date`` is ``on`` unless given."""

    votes: dict[PartyName, Vote]
    reason: LooseCode | None = None
    exit_date: date | None = None


class Reopen(JourneyWish, frozen=True, tag="reopen"):
    """Undo an exit and go on in a step."""

    reason: ReopenReason
    to_step: StepNumber = 3


# --- the part of the journey ---------------------------------------------------------


class Exit(Struct, frozen=True):
    """The exit that stands, if any. One undone by reopening is no exit."""

    proposed: ExitProposed | None = None
    decided: ExitDecided | None = None
    exited: JourneyExited | None = None
    reopened: JourneyReopened | None = None
    closed_on: date | None = None


def _work_after_reopening(part: Work, fact: JourneyReopened) -> Work:
    if fact.reason is ReopenReason.JOB_LOST:
        return part.all_ended(fact.on)
    return part.studies_ended(fact.on) if fact.reason is ReopenReason.STUDIES_BROKEN_OFF else part


EVOLVE = {
    "exit": {
        ExitProposed: lambda part, fact: replace(part, proposed=fact),
        ExitDecided: lambda part, fact: replace(part, decided=fact),
        JourneyExited: lambda part, fact: replace(part, exited=fact, proposed=None),
        JourneyReopened: lambda part, fact: Exit(reopened=fact),
        JourneyClosed: lambda part, fact: replace(part, closed_on=fact.on),
    },
    "escalations": {JourneyExited: lambda part, fact: replace(part, exit=None)},
    "sus": {
        JourneyExited: lambda part, fact: replace(
            part, exit_due_on=fact.sus_due_on, exit_act_by=fact.sus_act_by
        ),
        JourneyReopened: lambda part, fact: replace(part, exit_due_on=None, exit_act_by=None),
    },
    "steps": {JourneyReopened: lambda part, fact: replace(part, step=fact.to_step)},
    "work": {JourneyReopened: _work_after_reopening},
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(ProposeExit)
def propose_exit(journey: Journey, wish: ProposeExit, context: Context) -> Plan:
    """T20."""
    proposed = journey.exit.proposed
    return Plan(
        facts=(ExitProposed(on=wish.on, reason=wish.reason),),
        already=proposed is not None and proposed.reason == wish.reason,
        rules=(_known_reason(wish.reason, context.rules),),
        builds_on=(journey.since,),
    )


@decides(DecideExit)
def decide_exit(journey: Journey, wish: DecideExit, context: Context) -> Plan:
    """T21, T22: unanimous, for a reason, with its evidence; otherwise the manager decides."""
    exit_date = wish.exit_date or wish.on
    agreed = all_for(wish.votes)
    facts = _decided(journey, wish, exit_date, context) if agreed else (_escalated(wish),)
    return Plan(
        facts=facts,
        already=_decided_so(journey, wish, exit_date, agreed),
        rules=(
            quorum_reached(wish.votes, context.rules, "T21"),
            _can_be_settled(wish, agreed, context.rules),
            *exit_rules(journey, wish.reason or "", exit_date, context),
        ),
        builds_on=(journey.since,),
    )


def _decided(
    journey: Journey, wish: DecideExit, exit_date: date, context: Context
) -> tuple[Fact, ...]:
    reason = wish.reason or ""
    decided = ExitDecided(
        on=wish.on,
        reason=reason,
        exit_date=exit_date,
        votes=dict(wish.votes),
        aftercare_plan=_aftercare_plan(reason, context.rules),
    )
    return (decided, *leave(journey, reason, exit_date, context))


def _escalated(wish: DecideExit) -> DecisionEscalated:
    return DecisionEscalated(
        on=wish.on,
        question=Question.EXIT,
        votes=dict(wish.votes),
        reason=wish.reason or None,
        exit_date=wish.exit_date,
    )


def _decided_so(journey: Journey, wish: DecideExit, exit_date: date, agreed: bool) -> bool:
    decided, waiting = journey.exit.decided, journey.escalations.exit
    if not agreed:
        return waiting is not None and waiting.reason == (wish.reason or None)
    return (
        journey.exit.exited is not None
        and decided is not None
        and (decided.on, decided.reason, decided.exit_date) == (wish.on, wish.reason, exit_date)
    )


def leave(journey: Journey, reason: str, exit_date: date, context: Context) -> tuple[Fact, ...]:
    """What an exit entails: the exit itself and, unless it is to work or studies, no aftercare."""
    exited = exited_on(exit_date, reason, context.rules)
    if exited.outcome in (ExitClass.WORK, ExitClass.STUDIES):
        return (exited,)
    same_word = reason in AftercareEndReason._value2member_map_
    ended = stop(
        journey, exit_date, reason if same_word else "exit", SlotCancelReason.AFTERCARE_ENDED
    )
    return (exited, *ended)


def exited_on(exit_date: date, reason: str, rules: Rules) -> JourneyExited:
    """The exit on this day, with the days that it gives SUS (S3)."""
    rule = rules.exit_rule(reason)
    lag = rules.sus_lag_months if rule is not None and rule.sus_lag else 0
    due_on = add_months(exit_date, lag)
    return JourneyExited(
        on=exit_date,
        exit_date=exit_date,
        reason=reason,
        outcome=rule.exit_class if rule else ExitClass.OTHER,
        sus_due_on=due_on,
        sus_act_by=act_by(due_on),
    )


def _aftercare_plan(reason: str, rules: Rules) -> str:
    """The shape of aftercare that goes with this exit (§3.3)."""
    rule = rules.exit_rule(reason)
    if rule is None or rule.exit_class not in (ExitClass.WORK, ExitClass.STUDIES):
        return "none"
    to_work = rule.exit_class is ExitClass.WORK
    return rules.aftercare_for_work if to_work else rules.aftercare_for_studies


@decides(Reopen)
def reopen(journey: Journey, wish: Reopen, context: Context) -> Plan:
    """T23, S5: before SUS deregistration an exit can be undone; its clock stops."""
    exited = journey.exit.exited
    fact = JourneyReopened(
        on=wish.on,
        reason=wish.reason,
        to_step=wish.to_step,
        undone_exit=exited.exit_date if exited else wish.on,
    )
    last = journey.exit.reopened
    return Plan(
        facts=(fact, *_sus_clock_stops(journey, wish.on), *_aftercare_stops(journey, wish)),
        already=last is not None
        and exited is None
        and (last.on, last.reason, last.to_step) == (wish.on, wish.reason, wish.to_step),
        rules=(_window_open(journey),),
        builds_on=(journey.since,),
    )


def _sus_clock_stops(journey: Journey, day: date) -> tuple[Fact, ...]:
    if journey.sus.status is not SusStatus.DEREGISTRATION_PENDING or not journey.sus.due_on:
        return ()
    return (SusDeregistrationCancelled(on=day, due_on=journey.sus.due_on),)


def _aftercare_stops(journey: Journey, wish: Reopen) -> tuple[Fact, ...]:
    """A job that goes on keeps its aftercare; one that was lost, or studies, do not."""
    if wish.reason is ReopenReason.WRONG_EXIT and journey.work.current is not None:
        return ()
    lost = wish.reason is ReopenReason.JOB_LOST
    reason = AftercareEndReason.EMPLOYMENT_ENDED.value if lost else "reopened"
    return stop(journey, wish.on, reason, SlotCancelReason.REOPENED)


# --- rules ---------------------------------------------------------------------------


def exit_rules(
    journey: Journey, reason: str, exit_date: date, context: Context
) -> tuple[Reason | None, ...]:
    """T21: the reason, its evidence, and a day that is neither too early nor to come."""
    return (
        _reason_given(reason),
        _known_reason(reason, context.rules),
        _evidence(journey, reason, context.rules),
        _not_before_enrolment(journey, exit_date),
        _not_to_come(exit_date, context),
        _late_in_the_steps(journey, reason, context.rules),
    )


def _reason_given(reason: str) -> Reason | None:
    """S2 §6.5, §8: every exit has a reason."""
    if reason:
        return None
    return refuse(
        "exit_reason_missing",
        "Give the reason for the exit.",
        rule="T21",
        source="S2 §6.5, §8",
        field="reason",
    )


def _known_reason(reason: str, rules: Rules) -> Reason | None:
    if not reason or rules.exit_rule(reason) is not None:
        return None
    return unknown_word("reason", tuple(rule.code for rule in rules.exit_reasons))


def _evidence(journey: Journey, reason: str, rules: Rules) -> Reason | None:
    """§3.3: an exit to work needs a running employment, one to studies running studies."""
    rule = rules.exit_rule(reason)
    outcome = rule.exit_class if rule else None
    if outcome is ExitClass.WORK and journey.work.current is None:
        return _evidence_missing("EmploymentStarted")
    if outcome is ExitClass.STUDIES and journey.work.studying is None:
        return _evidence_missing("StudiesStarted")
    return None


def _evidence_missing(fact: str) -> Reason:
    return refuse(
        "exit_evidence_missing",
        "This exit needs a fact that is not there, or has ended: {fact}.",
        rule="§3.3",
        source="S2 §8",
        fact=fact,
    )


def _not_before_enrolment(journey: Journey, exit_date: date) -> Reason | None:
    enrolled_on = journey.enrolment.enrolled_on
    if enrolled_on is None or exit_date >= enrolled_on:
        return None
    return refuse(
        "date_before_predecessor",
        "The exit cannot come before the enrolment on {earliest}.",
        rule="T21",
        source="domain §3.1 T21",
        earliest=enrolled_on,
        field="exit_date",
    )


def _not_to_come(exit_date: date, context: Context) -> Reason | None:
    if exit_date <= context.today:
        return None
    return refuse(
        "date_in_future",
        "The exit is recorded on the day or later, not before.",
        rule="T21",
        source="contract §1",
        earliest=exit_date,
        field="exit_date",
    )


def _late_in_the_steps(journey: Journey, reason: str, rules: Rules) -> Reason | None:
    """§3.2: people find jobs themselves, so an early exit to work is only worth a warning."""
    step, rule = journey.steps.step, rules.exit_rule(reason)
    to_work = rule is not None and rule.exit_class is ExitClass.WORK
    if step is None or not to_work or step >= rules.exit_to_work_warn_below_step:
        return None
    early = refuse(
        "early_exit_to_work",
        "The person leaves to work from step {step}.",
        rule="§3.2",
        source="domain §3.2 (assumed)",
        step=step,
    )
    return early if step < rules.exit_to_work_min_step else caution(early)


def _can_be_settled(wish: DecideExit, agreed: bool, rules: Rules) -> Reason | None:
    """A group of one mind against, or with no one to ask, has not decided an exit (T22)."""
    if agreed or not wish.votes:
        return None
    if not all_against(wish.votes) and Question.EXIT in rules.who_escalates:
        return None
    return refuse(
        "not_unanimous",
        "The group does not agree on the exit; the person stays.",
        rule="T21",
        source="S2 §6.5",
        field="votes",
    )


def _window_open(journey: Journey) -> Reason | None:
    """T23: until SUS deregistration; after it, a new journey begins (T25)."""
    if journey.sus.status is not SusStatus.DEREGISTERED:
        return None
    return refuse(
        "reopen_window_passed",
        "The person is deregistered from SUS; a new journey begins with a new referral.",
        rule="T23",
        source="domain §3.1 T23 (assumed)",
    )
