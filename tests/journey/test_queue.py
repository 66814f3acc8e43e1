"""The queue's order (domain.md §3.4): an ordering by age and waiting, never an exclusion."""

from __future__ import annotations

from datetime import date

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from journey.programme import programme
from journey.queue import Waiting, has_priority, in_order

RULES = programme("se-hoglandet").rules_on(date(2026, 3, 10))
DAY = date(2026, 3, 10)


def waiting(key: str, queued_on: str, birth_date: str, sequence: int = 1) -> Waiting:
    return Waiting(key, date.fromisoformat(queued_on), date.fromisoformat(birth_date), sequence)


def names(queue: list[Waiting]) -> list[str]:
    return [one.journey for one in queue]


def test_scenario_17_the_young_come_first_then_who_waited_longest() -> None:
    a = waiting("A", "2026-01-10", "1981-01-01")
    b = waiting("B", "2026-03-01", "2004-01-01")
    d = waiting("D", "2026-02-01", "1997-01-01")
    assert names(in_order([a, b, d], DAY, RULES)) == ["D", "B", "A"]


def test_of_two_who_entered_the_same_day_the_earlier_referral_is_first() -> None:
    late = waiting("late", "2026-02-01", "2000-01-01", sequence=8)
    early = waiting("early", "2026-02-01", "2001-01-01", sequence=3)
    assert names(in_order([late, early], DAY, RULES)) == ["early", "late"]


def test_the_age_is_read_on_the_day_of_the_question() -> None:
    """Who turns 30 while waiting loses the priority on that day."""
    one = waiting("one", "2026-01-10", "1996-03-10")
    assert has_priority(one, date(2026, 3, 9), RULES)
    assert not has_priority(one, date(2026, 3, 10), RULES)


def test_the_age_at_the_entry_counts_where_the_programme_says_so() -> None:
    rules = msgspec.structs.replace(RULES, priority_age_reference="queue_entry_date")
    one = waiting("one", "2026-01-10", "1996-03-10")
    assert has_priority(one, date(2026, 3, 10), rules)


def test_both_ends_of_the_ages_are_included() -> None:
    turns_18 = waiting("18", "2026-01-10", "2008-03-10")
    last_day_of_29 = waiting("29", "2026-01-10", "1996-03-11")
    assert has_priority(turns_18, DAY, RULES)
    assert not has_priority(turns_18, date(2026, 3, 9), RULES)
    assert has_priority(last_day_of_29, DAY, RULES)


def test_a_programme_without_priority_ages_orders_by_waiting_alone() -> None:
    rules = msgspec.structs.replace(RULES, priority_ages=None)
    old = waiting("old", "2026-01-10", "1970-01-01")
    young = waiting("young", "2026-02-10", "2004-01-01")
    assert names(in_order([young, old], DAY, rules)) == ["old", "young"]


people = st.builds(
    Waiting,
    journey=st.text("abcdef", min_size=1, max_size=4),
    queued_on=st.dates(date(2025, 1, 1), DAY),
    birth_date=st.dates(date(1960, 1, 1), date(2008, 1, 1)),
    sequence=st.integers(1, 1000),
)


@given(st.lists(people, max_size=12))
def test_the_queue_is_an_order_and_never_an_exclusion(queue: list[Waiting]) -> None:
    ordered = in_order(queue, DAY, RULES)
    assert sorted(names(ordered)) == sorted(names(queue))
    priorities = [has_priority(one, DAY, RULES) for one in ordered]
    assert priorities == sorted(priorities, reverse=True)
