"""What concerns a unit, not a person: the posts for coaches (S2 §6.1; contract.md §2 Units)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from journey.facts import Fact
from journey.wishes import UnitWish

PostPercent = Annotated[
    int, Meta(ge=0, le=100_000, description="Percent of full time; 150 is one post and a half.")
]


class CoachingPostAllocated(Fact, frozen=True):
    """From this day the unit has coaching posts of ``percent`` of full time (S2 §6.1)."""

    unit: str
    percent: int


class AllocatePost(UnitWish, frozen=True, tag="allocate_post"):
    """Allocate coaching posts to a unit from a day on."""

    percent: PostPercent


class Unit(Struct, frozen=True):
    """A unit and its posts: the percent from each day on."""

    unit: str = ""
    version: int = 0
    posts: tuple[tuple[date, int], ...] = ()

    def percent_on(self, day: date) -> int | None:
        """The posts on this day, in percent of full time; None: none allocated yet."""
        known = [(since, percent) for since, percent in self.posts if since <= day]
        return max(known)[1] if known else None


def evolve_unit(unit: Unit, fact: Fact) -> Unit:
    """The unit after this fact; a later word on the same day replaces the earlier."""
    if not isinstance(fact, CoachingPostAllocated):
        return Unit(unit.unit, unit.version + 1, unit.posts)
    others = tuple(post for post in unit.posts if post[0] != fact.on)
    return Unit(fact.unit, unit.version + 1, (*others, (fact.on, fact.percent)))


def decide_unit(unit: Unit, wish: AllocatePost) -> tuple[Fact, ...]:
    """The fact that the wish becomes; none where the posts are so already."""
    if unit.percent_on(wish.on) == wish.percent:
        return ()
    return (CoachingPostAllocated(on=wish.on, unit=wish.unit, percent=wish.percent),)
