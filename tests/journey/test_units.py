"""Posts for coaches: facts of a unit's own stream (S2 §6.1; contract.md §2 Units)."""

from __future__ import annotations

from datetime import date

from journey.access import unit_refusals
from journey.actor import parse_actor
from journey.commands import parse
from journey.facts import Fact
from journey.units import AllocatePost, CoachingPostAllocated, Unit, evolve_unit
from journey.units.door import decide_unit
from journey.wishes import UnitWish
from tests.examples import BOARD, COACH, FEDERATION_MANAGER, MANAGER, STEERING_GROUP


def allocation(on: str, percent: int, unit: str = "Tranås") -> AllocatePost:
    wish = parse({"do": "allocate_post", "by": BOARD, "on": on, "unit": unit, "percent": percent})
    assert isinstance(wish, AllocatePost)
    return wish


def decided(unit: Unit, wish: UnitWish) -> tuple[Fact, ...]:
    return decide_unit(unit, wish, parse_actor(wish.by), date(2030, 1, 1))


def unit_with(*allocations: AllocatePost) -> Unit:
    unit = Unit("Tranås")
    for wish in allocations:
        for fact in decided(unit, wish):
            unit = evolve_unit(unit, fact)
    return unit


def test_a_post_becomes_a_fact() -> None:
    assert decided(Unit("Tranås"), allocation("2018-01-01", 100)) == (
        CoachingPostAllocated(on=date(2018, 1, 1), unit="Tranås", percent=100),
    )


def test_the_posts_of_tranas_are_dated() -> None:
    """§7.4: 100 % from 2018, 125 % from 2023, 150 % from 2024."""
    unit = unit_with(
        allocation("2018-01-01", 100), allocation("2023-01-01", 125), allocation("2024-01-01", 150)
    )
    days = [date(2017, 12, 31), date(2022, 12, 31), date(2023, 1, 1), date(2024, 1, 1)]
    assert [unit.percent_on(day) for day in days] == [None, 100, 125, 150]


def test_the_order_in_which_posts_are_recorded_does_not_matter() -> None:
    late, early = allocation("2024-01-01", 150), allocation("2018-01-01", 100)
    assert unit_with(late, early).percent_on(date(2020, 1, 1)) == 100
    assert unit_with(late, early).percent_on(date(2025, 1, 1)) == 150


def test_a_later_word_on_the_same_day_replaces_the_earlier() -> None:
    unit = unit_with(allocation("2018-01-01", 100), allocation("2018-01-01", 80))
    assert unit.percent_on(date(2018, 1, 1)) == 80


def test_posts_that_are_so_already_record_nothing() -> None:
    unit = unit_with(allocation("2018-01-01", 100))
    assert decided(unit, allocation("2018-01-01", 100)) == ()
    assert decided(unit, allocation("2019-01-01", 100)) == ()


def test_the_board_allocates_and_no_one_else() -> None:
    """§2.2: the board approves; the steering group proposes, the manager receives."""
    wish = allocation("2018-01-01", 100)
    assert unit_refusals(wish, parse_actor(BOARD)) == ()
    for actor in (COACH, MANAGER, FEDERATION_MANAGER, STEERING_GROUP):
        (reason,) = unit_refusals(wish, parse_actor(actor))
        assert reason.code == "actor_not_permitted"
