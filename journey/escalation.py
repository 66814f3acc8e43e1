"""A question on which the group did not agree: it goes to the coach's manager (T9, T22)."""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from journey.facts import Fact
from journey.values import Phase, Question, Vote


class DecisionEscalated(Fact, frozen=True):
    """The group was not unanimous; what was proposed, and how each party voted (S2 §6.5).

    ``reason`` and ``exit_date`` are the proposed exit's, ``exit_date`` only where
    the group named one.
    """

    question: Question
    votes: dict[str, Vote]
    reason: str | None = None
    exit_date: date | None = None

    def leads_to(self) -> Phase | None:
        """A question of inclusion stops the journey; one of exit leaves the step as it is."""
        return Phase.INCLUSION_ESCALATED if self.question is Question.INCLUSION else None


class Escalations(Struct, frozen=True):
    """The questions that wait for the manager."""

    inclusion: DecisionEscalated | None = None
    exit: DecisionEscalated | None = None

    def about(self, question: Question) -> DecisionEscalated | None:
        """The open escalation of this question."""
        return self.inclusion if question is Question.INCLUSION else self.exit

    def answered(self, question: Question) -> Escalations:
        """The same without this question."""
        return replace(self, **{question.value: None})


EVOLVE = {
    "escalations": {
        DecisionEscalated: lambda part, fact: replace(part, **{fact.question.value: fact}),
    }
}
