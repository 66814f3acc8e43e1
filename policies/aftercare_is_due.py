"""An aftercare contact is due: the coach is told on ``act_by`` (S2 9.2; domain.md §6.3)."""

from __future__ import annotations

from collections.abc import Iterator

from journey.notices import Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import NoticeStage
from policies.sentence import notice
from projections.due_items import DueItem


def says(journey: Journey, slot: DueItem, rules: Rules) -> Iterator[Notice]:
    """On the working day by which the contact is still on time, not on a day off."""
    yield notice(slot, NoticeStage.DUE, slot.act_by)
