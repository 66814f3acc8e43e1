"""Posts and places of each municipality on a day (domain.md §7.4, §7.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from journey import Journeys
from projections import at
from projections.posts import Places, places_on
from tests.examples import BOARD
from tests.projections.stores import a_store


@pytest.fixture
def journeys() -> Iterator[Journeys]:
    with a_store() as store:
        yield store


def allocate(journeys: Journeys, unit: str, on: str, percent: int) -> None:
    journeys.perform(
        {"do": "allocate_post", "by": BOARD, "on": on, "unit": unit, "percent": percent}
    )


def places(journeys: Journeys, day: date) -> dict[str, Places]:
    with at(journeys) as connection:
        return places_on(connection, day)


TABLE = {  # percent and places 2018-2020, 2023 and from 2024
    "Aneby": ((75, 15), (75, 15), (75, 15)),
    "Eksjö": ((150, 30), (150, 30), (150, 30)),
    "Nässjö": ((180, 36), (180, 36), (180, 36)),
    "Sävsjö": ((150, 30), (150, 30), (150, 30)),
    "Tranås": ((100, 20), (125, 25), (150, 30)),
    "Vetlanda": ((150, 30), (150, 30), (150, 30)),
}


@pytest.mark.parametrize(
    ("column", "day", "percent", "total"),
    [
        (0, date(2018, 1, 1), 805, 161),
        (0, date(2020, 12, 31), 805, 161),
        (1, date(2023, 12, 31), 830, 166),
        (2, date(2024, 1, 1), 855, 171),
    ],
)
def test_the_places_of_the_table_cell_by_cell(
    journeys: Journeys, column: int, day: date, percent: int, total: int
) -> None:
    """§7.4: 161, 166 and 171 places, by the programmes' rules alone."""
    found = places(journeys, day)
    assert found == {unit: Places(*cells[column]) for unit, cells in TABLE.items()}
    assert sum(one.percent or 0 for one in found.values()) == percent
    assert sum(one.places or 0 for one in found.values()) == total


def test_posts_of_2021_and_2022_are_unknown_not_nothing(journeys: Journeys) -> None:
    assert places(journeys, date(2022, 6, 1)) == dict.fromkeys(TABLE, Places(None, None))


def test_the_latest_word_on_posts_holds_the_unit_s_own_or_the_rules(journeys: Journeys) -> None:
    """The rules of 2024-01-01 say anew what Tranås has (S2 §6.1)."""
    allocate(journeys, "Tranås", "2023-07-01", 200)
    assert places(journeys, date(2023, 6, 30))["Tranås"] == Places(125, 25)
    assert places(journeys, date(2023, 7, 1))["Tranås"] == Places(200, 40)
    assert places(journeys, date(2023, 12, 31))["Tranås"] == Places(200, 40)
    assert places(journeys, date(2024, 1, 1))["Tranås"] == Places(150, 30)


def test_posts_without_an_open_programme_make_no_known_places(journeys: Journeys) -> None:
    allocate(journeys, "Gnosjö", "2015-01-01", 50)
    assert places(journeys, date(2015, 1, 1))["Gnosjö"] == Places(50, None)
    assert "Gnosjö" not in places(journeys, date(2014, 12, 31).replace(year=2008))


def test_finnveden_has_posts_and_no_rule_for_places(journeys: Journeys) -> None:
    """Beside Höglandet's first project: six posts of 20 places are 120 (§7.5)."""
    found = places(journeys, date(2013, 1, 1))
    finnveden = dict.fromkeys(("Gislaved", "Gnosjö", "Värnamo"), Places(50, None))
    assert found == {**finnveden, **dict.fromkeys(TABLE, Places(100, 20))}
    assert sum(one.places or 0 for one in found.values()) == 120


def test_posts_of_the_whole_federation_are_no_municipality_s(journeys: Journeys) -> None:
    allocate(journeys, "*", "2023-01-01", 830)
    assert "*" not in places(journeys, date(2023, 1, 1))


def test_as_of_a_day_later_posts_are_not_known(journeys: Journeys) -> None:
    allocate(journeys, "Tranås", "2023-07-01", 200)
    with at(journeys, as_of=date(2023, 6, 30)) as connection:
        assert places_on(connection, date(2024, 1, 1))["Tranås"] == Places(150, 30)
