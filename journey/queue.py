"""The order of the queue: the young first, then who waited longest (domain.md §3.4; S2 §4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from journey.calendar import age_on
from journey.rules import Rules


class Waiting(Struct, frozen=True):
    """One who waits; ``sequence`` is the order in which the referrals came in."""

    journey: str
    queued_on: date
    birth_date: date
    sequence: int


def has_priority(waiting: Waiting, day: date, rules: Rules) -> bool:
    """Whether the person is of the ages that come first, read on the day of the question."""
    if rules.priority_ages is None:
        return False
    queued = rules.priority_age_reference == "queue_entry_date"
    age = age_on(waiting.birth_date, waiting.queued_on if queued else day)
    return rules.priority_ages[0] <= age <= rules.priority_ages[1]


def place(waiting: Waiting, day: date, rules: Rules) -> tuple[bool, date, int]:
    """What puts one before another when the queue is read on this day; the least is first."""
    return not has_priority(waiting, day, rules), waiting.queued_on, waiting.sequence


def in_order(queue: Iterable[Waiting], day: date, rules: Rules) -> list[Waiting]:
    """The queue as it is read on this day: an order, never an exclusion."""
    return sorted(queue, key=lambda waiting: place(waiting, day, rules))
