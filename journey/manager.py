"""The coach's manager decides where the group could not agree (T10, T21; S2 §6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journey.decision import Context, Plan, decides
from journey.errors import Reason, refuse
from journey.escalation import DecisionEscalated
from journey.exit import exit_rules, leave
from journey.facts import Fact
from journey.inclusion import LEADS_TO, criteria
from journey.referral import ReferralWithdrawn
from journey.values import Code, Inclusion, Phase, Question, Ruling
from journey.wishes import JourneyWish

if TYPE_CHECKING:
    from journey.state import Journey

_RULINGS = {
    Question.INCLUSION: (Ruling.INCLUDE, Ruling.INCLUDE_WHEN_MOTIVATED, Ruling.DECLINE),
    Question.EXIT: (Ruling.EXIT, Ruling.REMAIN),
}

# --- facts ---------------------------------------------------------------------------


class ManagerDecisionRecorded(Fact, frozen=True):
    """The manager's answer to an escalation (S2 §6.5)."""

    question: Question
    outcome: Ruling
    reason: str

    def leads_to(self) -> Phase | None:
        """The phase of an inclusion's outcome; an exit is a fact of its own."""
        if self.question is not Question.INCLUSION:
            return None
        return next((to for word, to in LEADS_TO.items() if word.value == self.outcome.value), None)


# --- wishes --------------------------------------------------------------------------


class DecideAsManager(JourneyWish, frozen=True, tag="decide_as_manager"):
    """Decide what the group could not agree on."""

    question: Question
    outcome: Ruling
    reason: Code


# --- the part of the journey ---------------------------------------------------------

EVOLVE = {
    "escalations": {
        ManagerDecisionRecorded: lambda part, fact: part.answered(fact.question),
        ReferralWithdrawn: lambda part, fact: part.answered(Question.INCLUSION),
    }
}


# --- how a wish becomes facts --------------------------------------------------------


@decides(DecideAsManager)
def decide_as_manager(journey: Journey, wish: DecideAsManager, context: Context) -> Plan:
    """T10, T21: only what was escalated, and with the same criteria as the group."""
    waiting = journey.escalations.about(wish.question)
    ruling = ManagerDecisionRecorded(
        on=wish.on, question=wish.question, outcome=wish.outcome, reason=wish.reason
    )
    return Plan(
        facts=(ruling, *_entailed(journey, wish, waiting, context)),
        rules=(
            _fits_the_question(wish),
            None if waiting else _nothing_waits(),
            *(_same_rules(journey, wish, waiting, context) if waiting else ()),
        ),
        builds_on=(waiting.on if waiting else None,),
    )


def _entailed(
    journey: Journey, wish: DecideAsManager, waiting: DecisionEscalated | None, context: Context
) -> tuple[Fact, ...]:
    """An exit happens on the day that the group named, or else on that of the decision."""
    if waiting is None or wish.outcome is not Ruling.EXIT:
        return ()
    return leave(journey, waiting.reason or "", waiting.exit_date or wish.on, context)


def _same_rules(
    journey: Journey, wish: DecideAsManager, waiting: DecisionEscalated, context: Context
) -> tuple[Reason | None, ...]:
    if wish.question is Question.INCLUSION and wish.outcome in _RULINGS[Question.INCLUSION]:
        return criteria(journey, Inclusion(wish.outcome.value), wish.on, context)
    if wish.outcome is Ruling.EXIT:
        return exit_rules(journey, waiting.reason or "", waiting.exit_date or wish.on, context)
    return ()


# --- rules ---------------------------------------------------------------------------


def _fits_the_question(wish: DecideAsManager) -> Reason | None:
    if wish.outcome in _RULINGS[wish.question]:
        return None
    return refuse(
        "invalid_command",
        "The outcome {outcome} does not answer the question {question}.",
        source="contract §2",
        field="outcome",
        outcome=wish.outcome.value,
        question=wish.question.value,
    )


def _nothing_waits() -> Reason:
    return refuse(
        "no_open_escalation",
        "The group has left no such question open; the manager decides only then.",
        rule="T10",
        source="S2 §6.5",
    )
