"""A question on which the group did not agree waits for the manager (T9, T22; S2 §6.5)."""

from __future__ import annotations

from collections.abc import Iterator

from journey.notices import Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import NoticeStage, Role
from policies.sentence import notice, overdue
from projections.due_items import DueItem


def says(journey: Journey, question: DueItem, rules: Rules) -> Iterator[Notice]:
    """To the manager on the day itself, and twice when it is left lying."""
    yield notice(question, NoticeStage.DUE, question.due_on, Role.MANAGER)
    yield from overdue(question, rules, Role.MANAGER)
