"""An aftercare contact is overdue: the coach twice, then the manager (domain.md §6.3)."""

from __future__ import annotations

from collections.abc import Iterator

from journey.notices import Notice
from journey.rules import Rules
from journey.state import Journey
from policies.sentence import late
from projections.due_items import DueItem


def says(journey: Journey, slot: DueItem, rules: Rules) -> Iterator[Notice]:
    """The day after ``act_by``, a week after it, and two weeks after it to the manager."""
    yield from late(slot, rules)
