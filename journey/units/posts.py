"""The posts for coaches, in percent of full time, and who pays for them (S2 §6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from journey.decision import Plan
from journey.facts import Fact
from journey.units.programmes import posts_stated, rules_of
from journey.wishes import PlaceWish

if TYPE_CHECKING:
    from journey.units.unit import Unit

PostPercent = Annotated[
    int, Meta(ge=0, le=100_000, description="Percent of full time; 150 is one post and a half.")
]

Posts = tuple[tuple[date, int], ...]
"""The percent of full time from each day on."""

# --- fact and wish -------------------------------------------------------------------


class CoachingPostAllocated(Fact, frozen=True):
    """From this day the unit has coaching posts of ``percent`` of full time (S2 §6.1)."""

    unit: str
    percent: int


class AllocatePost(PlaceWish, frozen=True, tag="allocate_post"):
    """Allocate coaching posts to a unit from a day on."""

    percent: PostPercent


def plan_post(unit: Unit, wish: AllocatePost) -> Plan:
    """Already true where the posts were allocated so, and no rules have said otherwise since."""
    fact = CoachingPostAllocated(on=wish.on, unit=wish.unit, percent=wish.percent)
    own, holds = unit.percent_on(wish.on), posts_on(wish.unit, unit.posts, wish.on)
    return Plan((fact,), already=own == holds == wish.percent)


def with_post(posts: Posts, fact: CoachingPostAllocated) -> Posts:
    """The posts after this fact; a later word on the same day replaces the earlier."""
    return (*(post for post in posts if post[0] != fact.on), (fact.on, fact.percent))


# --- what the posts are --------------------------------------------------------------


class Allotment(Struct, frozen=True):
    """What a unit has on a day; None says that it is not known.

    ``percent`` of full time; ``standard_amount`` in SEK per full-time post and year
    (S2 §6.1); ``per_full_time`` participants per full-time post (S2 §6.4).
    """

    percent: int | None
    standard_amount: int | None
    per_full_time: int | None


def allocated(posts: Posts, day: date) -> int | None:
    """The posts allocated by this day; None: none yet."""
    known = [(since, percent) for since, percent in posts if since <= day]
    return max(known)[1] if known else None


def posts_on(unit: str, posts: Posts, day: date) -> int | None:
    """The posts that hold on a day, in percent of full time: the latest word on them.

    That is what was allocated to the unit or what its programme's rules state, whichever
    came later; what was allocated, where both are of one day. None: neither says.
    """
    known = [(since, 1, percent) for since, percent in posts if since <= day]
    stated = posts_stated(unit, day)
    if stated is not None:
        known.append((stated[0], 0, stated[1]))
    return max(known)[2] if known else None


def allotment(unit: str, posts: Posts, day: date) -> Allotment | None:
    """What the unit has on a day; None where neither posts nor a programme are known there."""
    rules, percent = rules_of(unit, day), posts_on(unit, posts, day)
    if rules is None:
        return None if percent is None else Allotment(percent, None, None)
    return Allotment(percent, rules.standard_amount, rules.capacity_per_full_time)


def by_month(unit: str, posts: Posts, first: date, months: int) -> Iterator[Allotment]:
    """The unit's allotment in each of so many months from ``first`` on.

    A month is as its first day is (assumed); months without any are left out.
    """
    for month in range(first.month, first.month + months):
        found = allotment(unit, posts, date(first.year, month, 1))
        if found is not None:
            yield found
