"""The queue of a municipality in its order (domain.md §3.4; contract.md §4, ``queue``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest

from journey import Journeys, Refused
from journey.wishes import JourneyWish
from projections import at
from projections.queue import QueueRow, queue, queue_sheet
from tests.examples import COACH, enrolled_in_fortsattning, enrolment, ready, wish
from tests.projections.stores import a_store, of, performed

DAY = date(2026, 3, 10)


@pytest.fixture
def journeys() -> Iterator[Journeys]:
    """Three who wait in Nässjö: domain.md §8, scenario 17."""
    with a_store() as opened:
        for key, birth_date, since in (
            ("A", "1981-01-01", "2026-02-20"),
            ("B", "2004-01-01", "2026-03-01"),
            ("D", "1997-01-01", "2026-02-25"),
        ):
            performed(opened, of(key, waits(since, birth_date=birth_date)))
        yield opened


def waits(since: str, **fields: str) -> tuple[JourneyWish, ...]:
    return (*ready(**fields), wish("queue", COACH, since))


def order(journeys: Journeys, day: date = DAY, **moment: Any) -> list[str]:
    with at(journeys, **moment) as connection:
        return [row.journey for row in queue(connection, day, "Nässjö")]


def test_scenario_17_the_young_first_then_who_waited_longest(journeys: Journeys) -> None:
    with at(journeys) as connection:
        assert queue(connection, DAY, "Nässjö") == [
            QueueRow(1, "D", date(2026, 2, 25), True),
            QueueRow(2, "B", date(2026, 3, 1), True),
            QueueRow(3, "A", date(2026, 2, 20), False),
        ]
        assert queue(connection, DAY, "Eksjö") == []


def test_scenario_17_another_than_the_first_needs_a_reason(journeys: Journeys) -> None:
    """The command reads the same order as the question."""
    with pytest.raises(Refused):
        performed(journeys, of("A", [enrolment("2026-03-10")]))
    performed(journeys, of("D", [enrolment("2026-03-10")]))
    assert order(journeys) == ["B", "A"]


def test_ages_are_read_on_the_day_of_the_question(journeys: Journeys) -> None:
    """D turns 30 on the first day of 2027, and A has waited longer."""
    assert order(journeys, date(2026, 12, 31)) == ["D", "B", "A"]
    assert order(journeys, date(2027, 1, 1)) == ["B", "A", "D"]


def test_the_queue_of_a_past_day_is_that_of_then(journeys: Journeys) -> None:
    performed(journeys, of("B", [wish("leave_queue", COACH, "2026-03-05")]))
    assert order(journeys) == ["D", "A"]
    assert order(journeys, as_of=date(2026, 3, 4)) == ["D", "B", "A"]
    assert order(journeys, as_of=date(2026, 2, 24)) == ["A"]


def test_of_two_of_one_day_the_earlier_referral_is_first_also_in_the_past(
    journeys: Journeys,
) -> None:
    """The place among all referrals is known to the past too."""
    performed(journeys, of("aa", waits("2026-02-25", birth_date="1998-01-01")))
    assert order(journeys) == order(journeys, as_of=DAY) == ["D", "aa", "B", "A"]


def test_each_waits_by_the_rules_of_its_own_programme() -> None:
    """18-29 comes first in SE-Höglandet, 19-29 in the project before it (§5.1)."""
    with a_store() as journeys:
        referred, *rest = enrolled_in_fortsattning()[:-3]  # up to the coach
        young = msgspec.structs.replace(referred, birth_date=date(2001, 6, 1))
        performed(journeys, of("old", (young, *rest, wish("queue", COACH, "2020-02-03"))))
        performed(journeys, of("new", waits("2026-02-20", birth_date="2001-06-01")))
        with at(journeys) as connection:
            then = {
                row.journey: row.priority for row in queue(connection, date(2020, 3, 1), "Nässjö")
            }
    assert then == {"new": True, "old": False}


def test_the_sheet_says_who_comes_first_by_age(journeys: Journeys) -> None:
    with at(journeys) as connection:
        sheet = queue_sheet(queue(connection, DAY, "Nässjö"))
    assert [list(row) for row in sheet.rows] == [
        ["1", "D", "2026-02-25", "yes"],
        ["2", "B", "2026-03-01", "yes"],
        ["3", "A", "2026-02-20", ""],
    ]
