"""The shape of a sentence: from a thing to do to the notices about it, each on its day.

``Says`` takes the journey, one of its things to do, and the rules in force on the day that
it is due; it gives the notices from the first to the last, whatever the day is today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from journey.notices import AGAIN, Notice
from journey.rules import Rules
from journey.state import Journey
from journey.values import NoticeStage, Role
from projections.due_items import DueItem

Says = Callable[[Journey, DueItem, Rules], Iterator[Notice]]


def notice(
    item: DueItem, stage: NoticeStage, on: date, to: Role = Role.COACH, *, again: bool = False
) -> Notice:
    """A notice about a thing, for this day."""
    what = f"{item.what}{AGAIN}" if again else item.what
    return Notice(item.kind, what, stage, item.due_on, item.act_by, to, on)


def overdue(item: DueItem, rules: Rules, to: Role = Role.COACH) -> Iterator[Notice]:
    """Overdue: the day after ``act_by``, and again a week after it (domain.md §6.3)."""
    yield notice(item, NoticeStage.OVERDUE, _later(item, rules.overdue_days), to)
    again = _later(item, rules.overdue_again_days)
    yield notice(item, NoticeStage.OVERDUE, again, to, again=True)


def escalated(item: DueItem, rules: Rules) -> Iterator[Notice]:
    """Two weeks after ``act_by`` the coach's manager is told (domain.md §6.3)."""
    on = _later(item, rules.overdue_manager_days)
    yield notice(item, NoticeStage.ESCALATED, on, Role.MANAGER)


def late(item: DueItem, rules: Rules) -> Iterator[Notice]:
    """Everything that follows when nobody acts: overdue, overdue again, escalated."""
    yield from overdue(item, rules)
    yield from escalated(item, rules)


def _later(item: DueItem, days: int) -> date:
    return item.act_by + timedelta(days=days)
