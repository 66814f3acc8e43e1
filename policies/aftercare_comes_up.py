"""An aftercare contact comes up: the coach is told on ``notify_on`` (S2 9.2; domain.md §6.3)."""

from __future__ import annotations

from collections.abc import Iterator

from journey.notices import Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import NoticeStage
from policies.sentence import notice
from projections.due_items import DueItem


def says(journey: Journey, slot: DueItem, rules: Rules) -> Iterator[Notice]:
    """``lead_days`` before it is due, on a working day, so that it is seen at work."""
    yield notice(slot, NoticeStage.UPCOMING, slot.notify_on)
